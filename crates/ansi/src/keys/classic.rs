//! The classic encoding: what xterm sends in its default configuration.
//!
//! Sources: "XTerm Control Sequences" (Dickey), sections "PC-Style Function Keys" and "VT220-Style
//! Function Keys"; terminfo `xterm-256color` for `F13` to `F20`; the VT220 user guide, table 3-5,
//! for control and digits.

use super::{Key, KeyCode, KeyModes, Modifiers};

/// Appends the key's bytes; `None` where it has none of its own. What was appended until then is
/// the caller's to take away.
pub(super) fn encode(key: Key, modes: KeyModes, out: &mut Vec<u8>) -> Option<()> {
    let Key { code, modifiers } = key;
    match code {
        KeyCode::Up => cursor(b'A', modifiers, modes, out),
        KeyCode::Down => cursor(b'B', modifiers, modes, out),
        KeyCode::Right => cursor(b'C', modifiers, modes, out),
        KeyCode::Left => cursor(b'D', modifiers, modes, out),
        KeyCode::Home => cursor(b'H', modifiers, modes, out),
        KeyCode::End => cursor(b'F', modifiers, modes, out),
        KeyCode::Insert => numbered(2, modifiers, out),
        KeyCode::Delete => numbered(3, modifiers, out),
        KeyCode::PageUp => numbered(5, modifiers, out),
        KeyCode::PageDown => numbered(6, modifiers, out),
        KeyCode::Function(number) => function(number, modifiers, out)?,
        _ => {
            if modifiers.alt {
                out.push(0x1B);
            }
            unnumbered(
                code,
                Modifiers {
                    alt: false,
                    ..modifiers
                },
                modes,
                out,
            )?;
        }
    }
    Some(())
}

/// Keys whose bytes say nothing of modifiers; Alt is an ESC before them.
fn unnumbered(
    code: KeyCode,
    modifiers: Modifiers,
    modes: KeyModes,
    out: &mut Vec<u8>,
) -> Option<()> {
    let plain = modifiers == Modifiers::default();
    let only_ctrl = modifiers
        == Modifiers {
            ctrl: true,
            ..Modifiers::default()
        };
    let only_shift = modifiers
        == Modifiers {
            shift: true,
            ..Modifiers::default()
        };
    match code {
        KeyCode::Char(character) if only_ctrl => out.push(control(character)?),
        KeyCode::Char(character) if plain => {
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        KeyCode::Enter if plain => out.push(b'\r'),
        KeyCode::Escape if plain => out.push(0x1B),
        KeyCode::Tab if plain => out.push(b'\t'),
        KeyCode::Tab if only_shift => out.extend_from_slice(b"\x1b[Z"),
        KeyCode::Backspace if plain => out.push(0x7F),
        KeyCode::Backspace if only_ctrl => out.push(0x08),
        KeyCode::Keypad(character) if plain && !modes.application_keypad => {
            out.push(u8::try_from(character).ok()?);
        }
        // `*` is SS3 j, and so on to `?`: the digits' codes and 0x40 (VT100 user guide,
        // "Application keypad").
        KeyCode::Keypad(character) if plain => {
            out.extend_from_slice(&[0x1B, b'O', u8::try_from(character).ok()? + 0x40]);
        }
        KeyCode::KeypadEnter if plain && !modes.application_keypad => out.push(b'\r'),
        KeyCode::KeypadEnter if plain => out.extend_from_slice(b"\x1bOM"),
        _ => return None,
    }
    Some(())
}

/// The control character that a character's key sends with control held down.
fn control(character: char) -> Option<u8> {
    Some(match character {
        ' ' | '@' | '2' => 0x00,
        'a'..='z' => character as u8 & 0x1F,
        '[' | '3' => 0x1B,
        '\\' | '4' => 0x1C,
        ']' | '5' => 0x1D,
        '^' | '6' => 0x1E,
        '_' | '/' | '7' => 0x1F,
        '?' | '8' => 0x7F,
        _ => return None,
    })
}

fn cursor(last: u8, modifiers: Modifiers, modes: KeyModes, out: &mut Vec<u8>) {
    if modifiers != Modifiers::default() {
        lettered(last, modifiers, out);
    } else if modes.application_cursor {
        out.extend_from_slice(&[0x1B, b'O', last]);
    } else {
        out.extend_from_slice(&[0x1B, b'[', last]);
    }
}

fn function(number: u8, mut modifiers: Modifiers, out: &mut Vec<u8>) -> Option<()> {
    let mut number = number;
    if number > 12 {
        // In xterm and its terminfo entry F13 is shift and F1, and so on.
        if modifiers.shift {
            return None;
        }
        modifiers.shift = true;
        number -= 12;
    }
    match number {
        1..=4 if modifiers == Modifiers::default() => {
            out.extend_from_slice(&[0x1B, b'O', b'P' + number - 1]);
        }
        1..=4 => lettered(b'P' + number - 1, modifiers, out),
        _ => numbered(FUNCTION_NUMBERS[usize::from(number) - 5], modifiers, out),
    }
    Some(())
}

/// The numbers of F5 to F12 in `CSI … ~`.
const FUNCTION_NUMBERS: [u8; 8] = [15, 17, 18, 19, 20, 21, 23, 24];

/// `CSI 1 ; modifiers letter`
pub(super) fn lettered(last: u8, modifiers: Modifiers, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x1B, b'[', b'1', b';', b'0' + modifiers.parameter(), last]);
}

/// `CSI number ~`, or `CSI number ; modifiers ~`
pub(super) fn numbered(number: u8, modifiers: Modifiers, out: &mut Vec<u8>) {
    let text = match modifiers.parameter() {
        1 => format!("\x1b[{number}~"),
        parameter => format!("\x1b[{number};{parameter}~"),
    };
    out.extend_from_slice(text.as_bytes());
}

impl Modifiers {
    /// The parameter that stands for the modifiers: 1 for none, up to 8.
    pub(super) fn parameter(self) -> u8 {
        1 + u8::from(self.shift) + 2 * u8::from(self.alt) + 4 * u8::from(self.ctrl)
    }
}
