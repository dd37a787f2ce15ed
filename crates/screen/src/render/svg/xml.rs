//! Values as they are written in the document.

use super::super::shapes::Step;
use super::super::theme::Rgb;
use rejoinder_ansi::escape_hidden;
use std::borrow::Cow;
use std::fmt::Write as _;

pub(super) fn hex((red, green, blue): Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

pub(super) fn push_outline(outline: &[Step], (x, y): (f32, f32), path: &mut String) {
    let at = |(dx, dy): (f32, f32)| {
        // Hundredths of a pixel are exact enough, and short.
        let round = |value: f32| (value * 100.0).round() / 100.0;
        format!("{} {}", round(x + dx), round(y + dy))
    };
    for step in outline {
        let _ = match *step {
            Step::Move(to) => write!(path, "M{}", at(to)),
            Step::Line(to) => write!(path, "L{}", at(to)),
            Step::Curve(one, two, to) => write!(path, "C{} {} {}", at(one), at(two), at(to)),
            Step::Close => write!(path, "z"),
        };
    }
}

/// Appends text as XML's character data: what hides or reorders text, and what XML 1.0 does not
/// allow (section 2.2), becomes U+FFFD.
pub(super) fn push_escaped(text: &str, out: &mut String) {
    let hiding = matches!(escape_hidden(text), Cow::Owned(_));
    for character in text.chars() {
        let hidden = hiding
            && matches!(
                escape_hidden(character.encode_utf8(&mut [0; 4])),
                Cow::Owned(_)
            );
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            _ if hidden || character.is_control() => out.push('\u{FFFD}'),
            _ => out.push(character),
        }
    }
}
