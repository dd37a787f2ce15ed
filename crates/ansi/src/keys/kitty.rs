//! The kitty keyboard protocol as far as typing needs it: keys that the classic encoding has no
//! bytes of their own for.
//!
//! Source: "Comprehensive keyboard handling in terminals" (sw.kovidgoyal.net/kitty/
//! keyboard-protocol), sections "Disambiguate escape codes" and "Legacy functional keys".

use super::{Key, KeyCode, Modifiers, classic};

/// Progressive enhancement flag: disambiguate escape codes.
pub(super) const DISAMBIGUATE: u8 = 1;
/// Progressive enhancement flag: report all keys as escape codes.
pub(super) const ALL_KEYS: u8 = 8;

/// Appends the key's bytes if they differ from the classic ones; `false` where they do not.
pub(super) fn encode(key: Key, out: &mut Vec<u8>) -> bool {
    let Key { code, modifiers } = key;
    let plain = modifiers == Modifiers::default();
    match code {
        KeyCode::Char(_) if !modifiers.ctrl && !modifiers.alt => return false,
        KeyCode::Char(character) => {
            let mut lower = character.to_lowercase();
            let (unshifted, shift) = match (lower.next(), lower.next()) {
                (Some(lower), None) if lower != character => (lower, true),
                _ => (character, modifiers.shift),
            };
            unicode(u32::from(unshifted), Modifiers { shift, ..modifiers }, out);
        }
        KeyCode::Escape => unicode(27, modifiers, out),
        KeyCode::Enter if !plain => unicode(13, modifiers, out),
        KeyCode::Tab if !plain => unicode(9, modifiers, out),
        KeyCode::Backspace if !plain => unicode(127, modifiers, out),
        KeyCode::Up => cursor(b'A', modifiers, out),
        KeyCode::Down => cursor(b'B', modifiers, out),
        KeyCode::Right => cursor(b'C', modifiers, out),
        KeyCode::Left => cursor(b'D', modifiers, out),
        KeyCode::Home => cursor(b'H', modifiers, out),
        KeyCode::End => cursor(b'F', modifiers, out),
        // F3's letter is that of a cursor position report.
        KeyCode::Function(3) => classic::numbered(13, modifiers, out),
        KeyCode::Function(number @ 1..=4) => cursor(b'P' + number - 1, modifiers, out),
        KeyCode::Function(number @ 13..) => unicode(F13 + u32::from(number) - 13, modifiers, out),
        _ => return false,
    }
    true
}

/// Code point of F13 in the protocol's part of the private use area.
const F13: u32 = 57376;

/// `CSI letter`, or `CSI 1 ; modifiers letter`; never `ESC O letter`, whatever the mode.
fn cursor(last: u8, modifiers: Modifiers, out: &mut Vec<u8>) {
    if modifiers == Modifiers::default() {
        out.extend_from_slice(&[0x1B, b'[', last]);
    } else {
        classic::lettered(last, modifiers, out);
    }
}

/// `CSI code u`, or `CSI code ; modifiers u`
fn unicode(code: u32, modifiers: Modifiers, out: &mut Vec<u8>) {
    let text = match modifiers.parameter() {
        1 => format!("\x1b[{code}u"),
        parameter => format!("\x1b[{code};{parameter}u"),
    };
    out.extend_from_slice(text.as_bytes());
}
