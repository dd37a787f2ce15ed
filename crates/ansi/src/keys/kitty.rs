//! The kitty keyboard protocol as far as typing needs it: the bytes of a key press.
//!
//! Source: "Comprehensive keyboard handling in terminals" (sw.kovidgoyal.net/kitty/
//! keyboard-protocol), sections "Progressive enhancement", "Functional key definitions" and
//! "Legacy functional keys".

use super::{Key, KeyCode, Modifiers, classic};

/// Progressive enhancement flag: disambiguate escape codes.
pub(super) const DISAMBIGUATE: u8 = 1;
/// Progressive enhancement flag: report alternate keys.
const ALTERNATE_KEYS: u8 = 4;
/// Progressive enhancement flag: report all keys as escape codes.
pub(super) const ALL_KEYS: u8 = 8;
/// Progressive enhancement flag: report associated text.
const TEXT: u8 = 16;

/// Appends the key's bytes if they differ from the classic ones; `false` where they do not.
pub(super) fn encode(key: Key, flags: u8, out: &mut Vec<u8>) -> bool {
    let Key { code, modifiers } = key;
    let all = flags & ALL_KEYS != 0;
    let plain = modifiers == Modifiers::default();
    match code {
        KeyCode::Char(_) if !all && !modifiers.ctrl && !modifiers.alt => return false,
        KeyCode::Char(character) => self::character(character, modifiers, flags, out),
        KeyCode::Escape => unicode(27, modifiers, out),
        KeyCode::Enter if all || !plain => unicode(13, modifiers, out),
        KeyCode::Tab if all || !plain => unicode(9, modifiers, out),
        KeyCode::Backspace if all || !plain => unicode(127, modifiers, out),
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
        // A keypad's digit is text until all keys are asked for; its Enter is none.
        KeyCode::Keypad(character) if !all && plain => {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        KeyCode::Keypad(character) => keypad(character, modifiers, flags, out),
        KeyCode::KeypadEnter => unicode(KEYPAD_ENTER, modifiers, out),
        _ => return false,
    }
    true
}

/// Code points of the protocol's part of the private use area.
const F13: u32 = 57376;
const KEYPAD_0: u32 = 57399;
const KEYPAD_ENTER: u32 = 57414;

/// The keypad's characters from 57399 on.
const KEYPAD: &str = "0123456789./*-+";

fn keypad(character: char, modifiers: Modifiers, flags: u8, out: &mut Vec<u8>) {
    let index = KEYPAD.chars().position(|known| known == character);
    let code = KEYPAD_0 + index.unwrap_or_default() as u32;
    with_text(&code.to_string(), modifiers, Some(character), flags, out);
}

/// A character's key: its code is the character without shift, its text the one with it.
fn character(character: char, modifiers: Modifiers, flags: u8, out: &mut Vec<u8>) {
    let lower = only(character.to_lowercase()).unwrap_or(character);
    let shift = modifiers.shift || lower != character;
    let shifted = only(lower.to_uppercase()).filter(|upper| shift && *upper != lower);
    let code = match shifted.filter(|_| flags & ALTERNATE_KEYS != 0) {
        Some(shifted) => format!("{}:{}", u32::from(lower), u32::from(shifted)),
        None => u32::from(lower).to_string(),
    };
    let text = shifted.unwrap_or(lower);
    with_text(
        &code,
        Modifiers { shift, ..modifiers },
        Some(text),
        flags,
        out,
    );
}

/// The character, where there is only one.
fn only(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next();
    first.filter(|_| characters.next().is_none())
}

/// `CSI code ; modifiers ; text u`, with as much of it as says something. Keys with Alt or Control
/// make no text.
fn with_text(code: &str, modifiers: Modifiers, text: Option<char>, flags: u8, out: &mut Vec<u8>) {
    let wanted = flags & TEXT != 0 && flags & ALL_KEYS != 0 && !modifiers.ctrl && !modifiers.alt;
    let sequence = match (text.filter(|_| wanted), modifiers.parameter()) {
        (Some(text), 1) => format!("\x1b[{code};;{}u", u32::from(text)),
        (Some(text), parameter) => format!("\x1b[{code};{parameter};{}u", u32::from(text)),
        (None, 1) => format!("\x1b[{code}u"),
        (None, parameter) => format!("\x1b[{code};{parameter}u"),
    };
    out.extend_from_slice(sequence.as_bytes());
}

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
    with_text(&code.to_string(), modifiers, None, 0, out);
}
