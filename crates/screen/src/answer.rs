//! The answers to a program's questions.
//!
//! All of them are made here, one after the other in the order of the questions, so that an
//! answer to DA1 says that those before it have come, too. The emulator's own answers are not
//! used. No answer carries anything that came with the output: a program that shows a stranger's
//! text would otherwise have that text typed to it.

use crate::emulator::Emulator;
use crate::query::{ColourName, Query, Setting};
use crate::snapshot::{Colour, Size, Style, Underline};
use crate::theme::Theme;
use alacritty_terminal::term::TermMode;
use alacritty_terminal::vte::ansi::NamedColor;
use std::fmt::Write;

/// Pixels of a character cell, as window reports tell them. Nothing is drawn on a real screen;
/// this is the cell of the VGA text mode.
pub const CELL_PIXELS: (u16, u16) = (8, 16);

/// String terminator.
const ST: &str = "\x1b\\";

/// Appends the answer to a query, given what the screen shows at that moment.
pub(crate) fn answer(
    query: &Query,
    emulator: &Emulator,
    size: Size,
    theme: &Theme,
    out: &mut String,
) {
    // Writing to a string cannot fail.
    let _ = match query {
        // A VT220 with ANSI colours; nothing that asks for more answers, such as sixels.
        Query::Attributes => write!(out, "\x1b[?62;22c"),
        // A VT220. Programs take the second number for xterm's patch level and expect its mouse
        // and key modes from that; the third is a cartridge that none has.
        Query::SecondaryAttributes => write!(out, "\x1b[>1;276;0c"),
        // No unit id.
        Query::TertiaryAttributes => write!(out, "\x1bP!|00000000{ST}"),
        Query::Version => {
            write!(out, "\x1bP>|Rejoinder({}){ST}", env!("CARGO_PKG_VERSION"))
        }
        Query::Status => write!(out, "\x1b[0n"),
        Query::Position { extended } => position(emulator, *extended, out),
        // No printer; keys cannot be defined; a North American keyboard, ready.
        Query::Printer => write!(out, "\x1b[?13n"),
        Query::UserKeys => write!(out, "\x1b[?21n"),
        Query::Keyboard => write!(out, "\x1b[?27;1;0;0n"),
        Query::Scheme => {
            let light = is_light(colour(ColourName::Background, emulator, theme));
            write!(out, "\x1b[?997;{}n", if light { 2 } else { 1 })
        }
        Query::Mode { private, mode } => {
            let state = mode_state(emulator, *private, *mode);
            let prefix = if *private { "?" } else { "" };
            write!(out, "\x1b[{prefix}{mode};{state}$y")
        }
        Query::Capabilities(names) => {
            for name in names {
                capability(name, out);
            }
            Ok(())
        }
        Query::Setting(setting) => match setting_text(*setting, emulator, size) {
            Some(text) => write!(out, "\x1bP1$r{text}{ST}"),
            None => write!(out, "\x1bP0$r{ST}"),
        },
        Query::Colours { asked, bell } => {
            for name in asked {
                let colour = colour(*name, emulator, theme);
                colour_answer(*name, colour, *bell, out);
            }
            Ok(())
        }
        Query::KittyFlags => write!(out, "\x1b[?{}u", emulator.kitty_flags()),
        Query::Window(report) => window(*report, size, out),
        Query::SoftReset => Ok(()),
    };
}

fn position(emulator: &Emulator, extended: bool, out: &mut String) -> std::fmt::Result {
    let cursor = emulator.cursor();
    let mut row = cursor.row;
    if emulator.mode().contains(TermMode::ORIGIN) {
        row = row.saturating_sub(emulator.region().0 as u16);
    }
    let prefix = if extended { "?" } else { "" };
    write!(out, "\x1b[{prefix}{};{}R", row + 1, cursor.col + 1)
}

/// 0: not known; 1: set; 2: reset; 4: always reset.
fn mode_state(emulator: &Emulator, private: bool, mode: u16) -> u8 {
    let flags = emulator.mode();
    let state = |on: bool| if on { 1 } else { 2 };
    let has = |flag: TermMode| state(flags.contains(flag));
    match (private, mode) {
        (false, 4) => has(TermMode::INSERT),
        (false, 20) => has(TermMode::LINE_FEED_NEW_LINE),
        (true, 1) => has(TermMode::APP_CURSOR),
        (true, 5) => state(emulator.is_reverse()),
        (true, 6) => has(TermMode::ORIGIN),
        (true, 7) => has(TermMode::LINE_WRAP),
        (true, 12) => state(emulator.cursor_style() % 2 == 1),
        (true, 25) => has(TermMode::SHOW_CURSOR),
        (true, 66) => has(TermMode::APP_KEYPAD),
        (true, 1000) => has(TermMode::MOUSE_REPORT_CLICK),
        (true, 1002) => has(TermMode::MOUSE_DRAG),
        (true, 1003) => has(TermMode::MOUSE_MOTION),
        (true, 1004) => has(TermMode::FOCUS_IN_OUT),
        (true, 1005) => has(TermMode::UTF8_MOUSE),
        (true, 1006) => has(TermMode::SGR_MOUSE),
        (true, 1007) => has(TermMode::ALTERNATE_SCROLL),
        (true, 47 | 1047 | 1049) => state(emulator.is_alternate()),
        (true, 2004) => has(TermMode::BRACKETED_PASTE),
        // Columns cannot be changed by a program, frames are not held back.
        (true, 3 | 2026) => 4,
        _ => 0,
    }
}

/// Capabilities of terminfo, and kitty's and xterm's names for colours, with their values.
const CAPABILITIES: [(&str, &str); 5] = [
    ("TN", "xterm-256color"),
    ("name", "xterm-256color"),
    ("Co", "256"),
    ("colors", "256"),
    ("RGB", "8/8/8"),
];

/// `name` is in hexadecimal; the answer names it in that, too, where it is known.
fn capability(name: &[u8], out: &mut String) {
    let known = CAPABILITIES
        .iter()
        .find(|(known, _)| hex(known).as_bytes().eq_ignore_ascii_case(name));
    let _ = match known {
        Some((name, value)) => write!(out, "\x1bP1+r{}={}{ST}", hex(name), hex(value)),
        None => write!(out, "\x1bP0+r{ST}"),
    };
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02X}")).collect()
}

fn setting_text(setting: Setting, emulator: &Emulator, size: Size) -> Option<String> {
    Some(match setting {
        Setting::Rendition => rendition(&emulator.pen()),
        Setting::Region => {
            let (top, bottom) = emulator.region();
            format!("{};{bottom}r", top + 1)
        }
        Setting::CursorStyle => format!("{} q", emulator.cursor_style()),
        Setting::Conformance => "62;1\"p".to_owned(),
        Setting::Protection => "0\"q".to_owned(),
        Setting::LinesPerPage => format!("{}t", size.rows),
        Setting::Lines => format!("{}*|", size.rows),
        Setting::Columns => format!("{}$|", size.cols),
        Setting::Unknown => return None,
    })
}

/// The SGR sequence that makes this style.
fn rendition(style: &Style) -> String {
    let mut text = "0".to_owned();
    let flags = [
        (style.bold, ";1"),
        (style.dim, ";2"),
        (style.italic, ";3"),
        (style.inverse, ";7"),
        (style.hidden, ";8"),
        (style.strikeout, ";9"),
    ];
    for (on, code) in flags {
        text.push_str(if on { code } else { "" });
    }
    text.push_str(match style.underline {
        Underline::None => "",
        Underline::Single => ";4",
        Underline::Double => ";4:2",
        Underline::Curly => ";4:3",
        Underline::Dotted => ";4:4",
        Underline::Dashed => ";4:5",
    });
    push_colour(style.foreground, 30, &mut text);
    push_colour(style.background, 40, &mut text);
    push_colour(style.underline_colour.unwrap_or_default(), 50, &mut text);
    text.push('m');
    text
}

/// `base` is 30, 40 or 50; the last has no short forms.
fn push_colour(colour: Colour, base: u8, text: &mut String) {
    let _ = match colour {
        Colour::Default => Ok(()),
        Colour::Indexed(index @ 0..=7) if base < 50 => write!(text, ";{}", base + index),
        Colour::Indexed(index @ 8..=15) if base < 50 => write!(text, ";{}", base + 52 + index),
        Colour::Indexed(index) => write!(text, ";{}:5:{index}", base + 8),
        Colour::Rgb(red, green, blue) => {
            write!(text, ";{}:2::{red}:{green}:{blue}", base + 8)
        }
    };
}

fn colour(name: ColourName, emulator: &Emulator, theme: &Theme) -> (u8, u8, u8) {
    let (index, own) = match name {
        ColourName::Indexed(index) => (usize::from(index), Theme::indexed(index)),
        ColourName::Foreground => (NamedColor::Foreground as usize, theme.foreground),
        ColourName::Background => (NamedColor::Background as usize, theme.background),
        ColourName::Cursor => (NamedColor::Cursor as usize, theme.cursor),
    };
    emulator.colour(index).unwrap_or(own)
}

fn colour_answer(name: ColourName, colour: (u8, u8, u8), bell: bool, out: &mut String) {
    out.push_str("\x1b]");
    let _ = match name {
        ColourName::Indexed(index) => write!(out, "4;{index}"),
        ColourName::Foreground => write!(out, "10"),
        ColourName::Background => write!(out, "11"),
        ColourName::Cursor => write!(out, "12"),
    };
    let (red, green, blue) = colour;
    let _ = write!(
        out,
        ";rgb:{red:02x}{red:02x}/{green:02x}{green:02x}/{blue:02x}{blue:02x}"
    );
    out.push_str(if bell { "\x07" } else { ST });
}

/// Rec. 709 luminance above a half.
fn is_light((red, green, blue): (u8, u8, u8)) -> bool {
    2126 * u32::from(red) + 7152 * u32::from(green) + 722 * u32::from(blue) > 10_000 * 255 / 2
}

fn window(report: u16, size: Size, out: &mut String) -> std::fmt::Result {
    let Size { rows, cols } = size;
    let (cell_width, cell_height) = CELL_PIXELS;
    let width = u32::from(cols) * u32::from(cell_width);
    let height = u32::from(rows) * u32::from(cell_height);
    match report {
        // Not an icon, in the corner.
        11 => write!(out, "\x1b[1t"),
        13 => write!(out, "\x1b[3;0;0t"),
        14 => write!(out, "\x1b[4;{height};{width}t"),
        15 => write!(out, "\x1b[5;{height};{width}t"),
        16 => write!(out, "\x1b[6;{cell_height};{cell_width}t"),
        18 => write!(out, "\x1b[8;{rows};{cols}t"),
        19 => write!(out, "\x1b[9;{rows};{cols}t"),
        // The names of icon and window are the program's text: empty, whatever they are.
        20 => write!(out, "\x1b]L{ST}"),
        21 => write!(out, "\x1b]l{ST}"),
        _ => Ok(()),
    }
}
