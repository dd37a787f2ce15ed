//! Key names, and the bytes a terminal sends for them.
//!
//! The names are those of tmux; the bytes are those that xterm sends and its terminfo entry
//! `xterm-256color` promises, or those of the kitty keyboard protocol where the program asked for
//! it.

mod classic;
mod error;
mod kitty;
mod modify;
mod names;
mod paste;

pub use error::KeyError;
pub use paste::Paste;

use error::KeyErrorKind;
use std::fmt;
use std::str::FromStr;

/// A key with its modifiers: what a name such as `C-c`, `PageUp` or `M-S-Left` stands for.
///
/// # Names
/// - one character stands for itself: `a`, `A`, `é`, `-`;
/// - `Enter`, `Escape`, `Tab`, `BTab` (shift and tab), `Space`, `BSpace`, `Up`, `Down`, `Left`,
///   `Right`, `Home`, `End`, `PageUp` (`PgUp`, `PPage`), `PageDown` (`PgDn`, `NPage`), `IC`
///   (`Insert`), `DC` (`Delete`), `F1` to `F20`, in any case;
/// - keypad: `KP0` to `KP9`, `KP.`, `KP/`, `KP*`, `KP-`, `KP+`, `KPEnter`;
/// - modifiers before any of these, in any order: `C-` (control), `M-` (Alt or Meta), `S-` (shift);
///   `^x` is `C-x`. `Ctrl-`, `Alt-`, `Meta-`, `Shift-`, also with `+`, are understood.
///
/// # Example
/// ```
/// use rejoinder_ansi::{Key, KeyModes};
///
/// let interrupt: Key = "C-c".parse()?;
/// assert_eq!(interrupt.to_bytes(KeyModes::default())?, b"\x03");
///
/// let mut modes = KeyModes::default();
/// let up: Key = "Up".parse()?;
/// assert_eq!(up.to_bytes(modes)?, b"\x1b[A");
/// modes.application_cursor = true; // as `less` and `vim` ask for
/// assert_eq!(up.to_bytes(modes)?, b"\x1bOA");
///
/// let error = "Entre".parse::<Key>().unwrap_err();
/// assert_eq!(error.to_string(), "`Entre` is not a key; did you mean `Enter`?");
/// # Ok::<(), rejoinder_ansi::KeyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: Modifiers,
}

/// A key without its modifiers.
///
/// # Example
/// ```
/// use rejoinder_ansi::{Key, KeyCode};
///
/// let key: Key = "M-PgUp".parse()?;
/// assert_eq!(key.code(), KeyCode::PageUp);
/// # Ok::<(), rejoinder_ansi::KeyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyCode {
    /// A character; space, too.
    Char(char),
    /// `Enter`
    Enter,
    /// `Escape`
    Escape,
    /// `Tab`; with shift, `BTab`
    Tab,
    /// `BSpace`
    Backspace,
    /// `Up`
    Up,
    /// `Down`
    Down,
    /// `Left`
    Left,
    /// `Right`
    Right,
    /// `Home`
    Home,
    /// `End`
    End,
    /// `PageUp`
    PageUp,
    /// `PageDown`
    PageDown,
    /// `IC`
    Insert,
    /// `DC`
    Delete,
    /// `F1` to `F20`
    Function(u8),
    /// `KP0` to `KP9`, `KP.`, `KP/`, `KP*`, `KP-`, `KP+`; the character is the last of the name
    Keypad(char),
    /// `KPEnter`
    KeypadEnter,
}

/// Shift, Alt (Meta) and Control.
///
/// # Example
/// ```
/// use rejoinder_ansi::{Key, Modifiers};
///
/// let key: Key = "C-M-Left".parse()?;
/// assert_eq!(key.modifiers(), Modifiers { shift: false, alt: true, ctrl: true });
/// # Ok::<(), rejoinder_ansi::KeyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Modifiers {
    /// `S-`
    pub shift: bool,
    /// `M-`
    pub alt: bool,
    /// `C-`
    pub ctrl: bool,
}

/// Modes of the terminal that decide which bytes a key sends;
/// [`ModeTracker`](crate::ModeTracker) knows them.
///
/// # Example
/// ```
/// use rejoinder_ansi::{Key, ModeTracker};
///
/// let mut terminal = ModeTracker::new();
/// terminal.push(b"\x1b[?1h"); // as `less` asks for
/// let down: Key = "Down".parse()?;
/// assert_eq!(down.to_bytes(terminal.key_modes())?, b"\x1bOB");
/// # Ok::<(), rejoinder_ansi::KeyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct KeyModes {
    /// DECCKM (`CSI ? 1 h`): cursor keys send `ESC O …`.
    pub application_cursor: bool,
    /// DECKPAM (`ESC =` or `CSI ? 66 h`): the keypad sends `ESC O …`.
    pub application_keypad: bool,
    /// Flags of the kitty keyboard protocol in force, 0 to 31. With flag 1 (disambiguate) modified
    /// keys that have no bytes of their own otherwise are sent as `CSI … u`, with flag 8 (all keys)
    /// every key is; flags 4 (alternate keys) and 16 (text) add to those. Flag 2 (event types)
    /// adds nothing: a press without a type is complete, and releases are not sent.
    pub kitty_flags: u8,
    /// xterm's resource modifyOtherKeys (`CSI > 4 ; n m`): at 1, modified keys without bytes of
    /// their own are sent as `CSI 27 ; modifiers ; character ~`, from 2 on every modified
    /// character is. The kitty keyboard protocol goes before it.
    pub modify_other_keys: u8,
    /// xterm's resource formatOtherKeys (`CSI > 4 ; 1 f`): the same keys are sent as
    /// `CSI character ; modifiers u`.
    pub format_other_keys: bool,
}

impl Key {
    /// The key without its modifiers.
    ///
    /// # Example
    /// ```
    /// use rejoinder_ansi::{Key, KeyCode};
    ///
    /// let key: Key = "C-M-F5".parse()?;
    /// assert_eq!(key.code(), KeyCode::Function(5));
    /// assert!(key.modifiers().ctrl && key.modifiers().alt);
    /// # Ok::<(), rejoinder_ansi::KeyError>(())
    /// ```
    pub fn code(&self) -> KeyCode {
        self.code
    }

    /// The modifiers held down. Shift is not among them where the character shows it: `S-a` is
    /// the character `A`.
    ///
    /// # Example
    /// ```
    /// let key: rejoinder_ansi::Key = "S-a".parse()?;
    /// assert_eq!(key.to_string(), "A");
    /// assert!(!key.modifiers().shift);
    /// # Ok::<(), rejoinder_ansi::KeyError>(())
    /// ```
    pub fn modifiers(&self) -> Modifiers {
        self.modifiers
    }

    /// Appends the bytes that the key sends under these modes.
    ///
    /// # Example
    /// ```
    /// use rejoinder_ansi::{Key, KeyModes};
    ///
    /// let enter: Key = "S-Enter".parse()?;
    /// let (mut modes, mut out) = (KeyModes::default(), Vec::new());
    /// assert!(enter.encode(modes, &mut out).is_err());
    /// modes.kitty_flags = 1; // as newer programs ask for
    /// enter.encode(modes, &mut out)?;
    /// assert_eq!(out, b"\x1b[13;2u");
    /// # Ok::<(), rejoinder_ansi::KeyError>(())
    /// ```
    ///
    /// # Errors
    /// The key has no bytes of its own in the classic encoding (`S-Enter`, `C-;`: a program
    /// cannot tell it from the key without the modifier), and the program has switched on neither
    /// the kitty protocol nor modifyOtherKeys. `out` is unchanged then.
    pub fn encode(&self, modes: KeyModes, out: &mut Vec<u8>) -> Result<(), KeyError> {
        let start = out.len();
        let disambiguate = modes.kitty_flags & (kitty::DISAMBIGUATE | kitty::ALL_KEYS) != 0;
        if disambiguate {
            if kitty::encode(*self, modes.kitty_flags, out) {
                return Ok(());
            }
        } else if modes.modify_other_keys > 1 && modify::encode(*self, modes, out) {
            return Ok(());
        }
        if classic::encode(*self, modes, out).is_some() {
            return Ok(());
        }
        out.truncate(start);
        if !disambiguate && modes.modify_other_keys == 1 && modify::encode(*self, modes, out) {
            return Ok(());
        }
        Err(KeyError::new(self.to_string(), KeyErrorKind::NoBytes))
    }

    /// The bytes that the key sends under these modes.
    ///
    /// # Errors
    /// As [`Key::encode`].
    pub fn to_bytes(&self, modes: KeyModes) -> Result<Vec<u8>, KeyError> {
        let mut out = Vec::new();
        self.encode(modes, &mut out)?;
        Ok(out)
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(name: &str) -> Result<Self, KeyError> {
        names::parse(name).map_err(|kind| KeyError::new(name.to_owned(), kind))
    }
}

/// The name by which the key is parsed again.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        names::write(*self, f)
    }
}
