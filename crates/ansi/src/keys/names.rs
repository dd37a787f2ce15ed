//! From a key's name to the key, and back.

use super::error::KeyErrorKind;
use super::{Key, KeyCode, Modifiers};
use std::fmt::{self, Write as _};

/// Every name but those of one character and `F1` to `F20`; the first of a code is the one shown.
/// tmux's names (`man tmux`, "KEY BINDINGS"), then what people write for them.
const NAMES: &[(&str, KeyCode)] = &[
    ("Enter", KeyCode::Enter),
    ("Escape", KeyCode::Escape),
    ("Tab", KeyCode::Tab),
    ("Space", KeyCode::Char(' ')),
    ("BSpace", KeyCode::Backspace),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PageUp", KeyCode::PageUp),
    ("PgUp", KeyCode::PageUp),
    ("PPage", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
    ("PgDn", KeyCode::PageDown),
    ("NPage", KeyCode::PageDown),
    ("IC", KeyCode::Insert),
    ("Insert", KeyCode::Insert),
    ("DC", KeyCode::Delete),
    ("Delete", KeyCode::Delete),
    ("KP0", KeyCode::Keypad('0')),
    ("KP1", KeyCode::Keypad('1')),
    ("KP2", KeyCode::Keypad('2')),
    ("KP3", KeyCode::Keypad('3')),
    ("KP4", KeyCode::Keypad('4')),
    ("KP5", KeyCode::Keypad('5')),
    ("KP6", KeyCode::Keypad('6')),
    ("KP7", KeyCode::Keypad('7')),
    ("KP8", KeyCode::Keypad('8')),
    ("KP9", KeyCode::Keypad('9')),
    ("KP.", KeyCode::Keypad('.')),
    ("KP/", KeyCode::Keypad('/')),
    ("KP*", KeyCode::Keypad('*')),
    ("KP-", KeyCode::Keypad('-')),
    ("KP+", KeyCode::Keypad('+')),
    ("KPEnter", KeyCode::KeypadEnter),
    ("Return", KeyCode::Enter),
    ("Esc", KeyCode::Escape),
    ("Backspace", KeyCode::Backspace),
    ("Ins", KeyCode::Insert),
    ("Del", KeyCode::Delete),
    ("ArrowUp", KeyCode::Up),
    ("ArrowDown", KeyCode::Down),
    ("ArrowLeft", KeyCode::Left),
    ("ArrowRight", KeyCode::Right),
];

/// Shift and tab have a name of their own.
const BACK_TAB: &str = "BTab";

/// Function keys that have bytes: xterm's 12, and 8 more as its shifted ones.
const FUNCTION_KEYS: std::ops::RangeInclusive<u8> = 1..=20;

/// Spelt-out modifiers go with `+`, too: `Ctrl+C`.
const MODIFIERS: &[(&str, Modifiers)] = &[
    ("C-", CTRL),
    ("M-", ALT),
    ("S-", SHIFT),
    ("Ctrl-", CTRL),
    ("Ctrl+", CTRL),
    ("Control-", CTRL),
    ("Control+", CTRL),
    ("Alt-", ALT),
    ("Alt+", ALT),
    ("Meta-", ALT),
    ("Meta+", ALT),
    ("Shift-", SHIFT),
    ("Shift+", SHIFT),
];

const CTRL: Modifiers = Modifiers {
    shift: false,
    alt: false,
    ctrl: true,
};
const ALT: Modifiers = Modifiers {
    shift: false,
    alt: true,
    ctrl: false,
};
const SHIFT: Modifiers = Modifiers {
    shift: true,
    alt: false,
    ctrl: false,
};

pub(super) fn parse(name: &str) -> Result<Key, KeyErrorKind> {
    if name.is_empty() {
        return Err(KeyErrorKind::Empty);
    }
    let (modifiers, rest) = split_modifiers(name);
    let Some(first) = rest.chars().next() else {
        return Err(KeyErrorKind::ModifierAlone);
    };
    if rest.len() == first.len_utf8() {
        return with_character(first, modifiers);
    }
    if rest.eq_ignore_ascii_case(BACK_TAB) {
        return Ok(Key {
            code: KeyCode::Tab,
            modifiers: modifiers.and(SHIFT),
        });
    }
    match named(rest) {
        Some(KeyCode::Char(character)) => with_character(character, modifiers),
        Some(code) => Ok(Key { code, modifiers }),
        None => Err(KeyErrorKind::Unknown {
            suggestions: similar(rest),
        }),
    }
}

/// Takes the modifiers off the front of a name.
fn split_modifiers(name: &str) -> (Modifiers, &str) {
    let (mut modifiers, mut rest) = (Modifiers::default(), name);
    loop {
        let found = MODIFIERS
            .iter()
            .find(|(prefix, _)| starts_with_ignore_case(rest, prefix));
        if let Some((prefix, modifier)) = found {
            modifiers = modifiers.and(*modifier);
            rest = &rest[prefix.len()..];
        } else if let Some(character) = rest.strip_prefix('^').filter(|rest| !rest.is_empty()) {
            modifiers = modifiers.and(CTRL);
            rest = character;
        } else {
            return (modifiers, rest);
        }
    }
}

fn starts_with_ignore_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// A character with modifiers, in the one form that stands for it: `S-a` is `A`, `C-A` is `C-a`.
fn with_character(character: char, mut modifiers: Modifiers) -> Result<Key, KeyErrorKind> {
    let key = |character, modifiers| {
        Ok(Key {
            code: KeyCode::Char(character),
            modifiers,
        })
    };
    if modifiers.ctrl {
        return key(character.to_ascii_lowercase(), modifiers);
    }
    if !modifiers.shift || character == ' ' {
        return key(character, modifiers);
    }
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) if character.is_alphabetic() => {
            modifiers.shift = false;
            key(upper, modifiers)
        }
        _ => Err(KeyErrorKind::NoShifted(character)),
    }
}

fn named(name: &str) -> Option<KeyCode> {
    let known = NAMES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    if let Some((_, code)) = known {
        return Some(*code);
    }
    let number = name.strip_prefix(['F', 'f'])?;
    let plain = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    let number = number
        .parse()
        .ok()
        .filter(|number| plain && FUNCTION_KEYS.contains(number))?;
    Some(KeyCode::Function(number))
}

/// The longest name that is compared with the known ones.
const MAX_COMPARED: usize = 32;

/// Known names that one or two slips of the hand turn into `name`.
fn similar(name: &str) -> Vec<&'static str> {
    if name.len() > MAX_COMPARED {
        return Vec::new();
    }
    let name = name.to_ascii_lowercase();
    let allowed = if name.len() < 5 { 1 } else { 2 };
    let mut near: Vec<(usize, &'static str)> = NAMES
        .iter()
        .map(|(known, _)| *known)
        .chain([BACK_TAB])
        .map(|known| {
            (
                strsim::osa_distance(&name, &known.to_ascii_lowercase()),
                known,
            )
        })
        .filter(|(distance, _)| *distance <= allowed)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, known)| known).take(3).collect()
}

pub(super) fn write(key: Key, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Key {
        code,
        mut modifiers,
    } = key;
    let back_tab = code == KeyCode::Tab && modifiers.shift;
    modifiers.shift &= !back_tab;
    for (held, prefix) in [
        (modifiers.ctrl, "C-"),
        (modifiers.alt, "M-"),
        (modifiers.shift, "S-"),
    ] {
        if held {
            f.write_str(prefix)?;
        }
    }
    match code {
        _ if back_tab => f.write_str(BACK_TAB),
        KeyCode::Function(number) => write!(f, "F{number}"),
        _ => match (NAMES.iter().find(|(_, known)| *known == code), code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(character)) => f.write_char(character),
            (None, _) => unreachable!("every other code is in the table"),
        },
    }
}

impl Modifiers {
    fn and(self, other: Self) -> Self {
        Self {
            shift: self.shift | other.shift,
            alt: self.alt | other.alt,
            ctrl: self.ctrl | other.ctrl,
        }
    }
}
