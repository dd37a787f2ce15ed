//! xterm's modifyOtherKeys: bytes for modified characters that the classic encoding has none for.
//!
//! Source: "XTerm Control Sequences", "Alt and Meta Keys" and `CSI > Pp ; Pv m`; Dickey,
//! "XTerm – Modified-Keys" (invisible-island.net/xterm/modified-keys.html).

use super::{Key, KeyCode, KeyModes, Modifiers};

/// Appends the key's bytes; `false`, and nothing appended, where it stays as it is.
pub(super) fn encode(key: Key, modes: KeyModes, out: &mut Vec<u8>) -> bool {
    let Key { code, modifiers } = key;
    if modifiers == Modifiers::default() {
        return false;
    }
    let only_shift = !modifiers.ctrl && !modifiers.alt;
    let character = match code {
        // Shift is in the character, except where nothing shows it.
        KeyCode::Char(character) if !only_shift || character == ' ' => {
            shifted(character, modifiers.shift)
        }
        KeyCode::Enter => '\r',
        KeyCode::Escape => '\x1b',
        // Shift and tab have bytes of their own.
        KeyCode::Tab if !only_shift => '\t',
        // Control and backspace do, too; shift does not count here.
        KeyCode::Backspace if modifiers.alt => '\x7f',
        _ => return false,
    };
    let (code, parameter) = (u32::from(character), modifiers.parameter());
    let text = match modes.format_other_keys {
        false => format!("\x1b[27;{parameter};{code}~"),
        true => format!("\x1b[{code};{parameter}u"),
    };
    out.extend_from_slice(text.as_bytes());
    true
}

/// The character that a keyboard makes of a letter's key with shift held.
fn shifted(character: char, shift: bool) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) if shift => upper,
        _ => character,
    }
}
