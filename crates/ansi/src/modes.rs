//! The modes a program sets that matter for typing, and its window title.

use crate::keys::KeyModes;
use crate::lexer::{Lexer, Part, Sink};
use crate::sequence::{self, Assembler};
use crate::suffix::incomplete_character;

/// The most bytes of a window title that are kept; a longer one is cut between characters.
pub const MAX_TITLE: usize = 1024;

/// The most titles that `CSI 22 t` saves, as in xterm; the oldest goes first.
const MAX_TITLE_STACK: usize = 10;

/// The most states of the kitty keyboard protocol that are saved for each screen; the oldest goes
/// first, as the protocol asks for.
pub const MAX_KITTY_STACK: usize = 16;

/// Follows the modes of a stream without a screen, however it is cut into chunks.
///
/// Followed are: application cursor keys (`CSI ? 1 h`), application keypad (`ESC =`, `ESC >`,
/// `CSI ? 66 h`), bracketed paste (`CSI ? 2004 h`), the alternate screen (`CSI ? 47 h`, `? 1047 h`,
/// `? 1049 h`), the kitty keyboard protocol (`CSI > u`, `CSI < u`, `CSI = u`, a stack for each
/// screen), xterm's modifyOtherKeys and its format (`CSI > 4 ; n m`, `CSI > 4 n`, `CSI > 4 ; n f`),
/// the window title (OSC 0 and 2, saved and restored by `CSI 22 t` and `CSI 23 t`), and
/// the resets `ESC c` and `CSI ! p`. Text between sequences costs a search for ESC, no more.
///
/// # Example
/// ```
/// use rejoinder_ansi::ModeTracker;
///
/// let mut modes = ModeTracker::new();
/// modes.push(b"\x1b[?1049h\x1b[?1h\x1b=\x1b]2;notes.txt\x07");
/// assert!(modes.alternate_screen() && modes.key_modes().application_cursor);
/// assert_eq!(modes.title(), Some("notes.txt"));
/// modes.push(b"\x1b[?1049l\x1b[?1l\x1b>");
/// assert!(!modes.alternate_screen());
/// ```
#[derive(Debug, Clone, Default)]
pub struct ModeTracker {
    lexer: Lexer,
    assembler: Assembler,
    modes: Modes,
}

impl ModeTracker {
    /// A tracker of a terminal just switched on.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of output.
    pub fn push(&mut self, input: &[u8]) {
        let Self {
            lexer,
            assembler,
            modes,
        } = self;
        lexer.feed(input, &mut Follow { assembler, modes });
    }

    /// The modes that decide which bytes a key sends.
    pub fn key_modes(&self) -> KeyModes {
        let mut modes = KeyModes::default();
        modes.application_cursor = self.modes.application_cursor;
        modes.application_keypad = self.modes.application_keypad;
        modes.kitty_flags = self.kitty_flags();
        modes.modify_other_keys = self.modes.modify_other_keys;
        modes.format_other_keys = self.modes.format_other_keys;
        modes
    }

    /// Whether the program asked for bracketed paste.
    ///
    /// # Example
    /// ```
    /// let mut modes = rejoinder_ansi::ModeTracker::new();
    /// modes.push(b"\x1b[?2004h");
    /// assert!(modes.bracketed_paste());
    /// ```
    pub fn bracketed_paste(&self) -> bool {
        self.modes.bracketed_paste
    }

    /// Whether the alternate screen is on.
    pub fn alternate_screen(&self) -> bool {
        self.modes.alternate_screen
    }

    /// The window title; none where none was set or it is empty. At most [`MAX_TITLE`] bytes.
    /// What a program wrote, hidden characters included: show it through
    /// [`escape_hidden`](crate::escape_hidden).
    pub fn title(&self) -> Option<&str> {
        Some(self.modes.title.as_str()).filter(|title| !title.is_empty())
    }

    /// The kitty keyboard protocol's flags in force, 0 to 31; 0 is the classic encoding.
    ///
    /// # Example
    /// ```
    /// let mut modes = rejoinder_ansi::ModeTracker::new();
    /// modes.push(b"\x1b[>5u");
    /// assert_eq!(modes.kitty_flags(), 5);
    /// modes.push(b"\x1b[<u");
    /// assert_eq!(modes.kitty_flags(), 0);
    /// ```
    pub fn kitty_flags(&self) -> u8 {
        self.modes.kitty[usize::from(self.modes.alternate_screen)].flags
    }
}

struct Follow<'a> {
    assembler: &'a mut Assembler,
    modes: &'a mut Modes,
}

impl Sink for Follow<'_> {
    const WANTS_TEXT: bool = false;

    fn text(&mut self, _: &[u8], _: usize, _: usize) {}

    fn held(&mut self, _: u8) {}

    fn sequence(&mut self, bytes: &[u8], part: Part) {
        self.assembler.take(bytes, part, |sequence| {
            // Most sequences are colours and movements; `vte` need not read them.
            let relevant = match sequence::final_of_csi(sequence) {
                Some(b'm' | b'n' | b'f') => sequence.get(2) == Some(&b'>'),
                Some(last) => matches!(last, b'h' | b'l' | b'u' | b'p' | b't'),
                None => true,
            };
            if relevant {
                sequence::interpret(sequence, self.modes);
            }
        });
    }
}

#[derive(Debug, Clone, Default)]
struct Modes {
    application_cursor: bool,
    application_keypad: bool,
    bracketed_paste: bool,
    alternate_screen: bool,
    modify_other_keys: u8,
    format_other_keys: bool,
    /// Of the main and the alternate screen.
    kitty: [KittyStack; 2],
    title: String,
    saved_titles: Vec<String>,
}

/// The protocol's state on one screen.
#[derive(Debug, Clone, Default)]
struct KittyStack {
    flags: u8,
    saved: Vec<u8>,
}

impl Modes {
    fn set_private_mode(&mut self, mode: u16, on: bool) {
        match mode {
            1 => self.application_cursor = on,
            66 => self.application_keypad = on,
            2004 => self.bracketed_paste = on,
            47 | 1047 | 1049 => self.alternate_screen = on,
            _ => {}
        }
    }

    fn kitty(&mut self, prefix: u8, first: Option<u16>, second: Option<u16>) {
        let stack = &mut self.kitty[usize::from(self.alternate_screen)];
        // The protocol defines five flags.
        let flags = (first.unwrap_or(0) & 0b1_1111) as u8;
        match prefix {
            b'>' => {
                if stack.saved.len() == MAX_KITTY_STACK {
                    stack.saved.remove(0);
                }
                stack.saved.push(stack.flags);
                stack.flags = flags;
            }
            b'<' => {
                let count = first.filter(|&count| count > 0).unwrap_or(1);
                for _ in 0..usize::from(count).min(MAX_KITTY_STACK + 1) {
                    stack.flags = stack.saved.pop().unwrap_or(0);
                }
            }
            b'=' => match second.unwrap_or(1) {
                1 => stack.flags = flags,
                2 => stack.flags |= flags,
                3 => stack.flags &= !flags,
                _ => {}
            },
            _ => {}
        }
    }

    /// `CSI > resource ; value m` sets one of xterm's keyboard resources, without a value or
    /// resource to what it was at first; `CSI > resource n` switches it off; `f` is the format.
    fn key_resource(&mut self, resource: Option<u16>, value: Option<u16>, action: char) {
        let value = match (resource.unwrap_or(0), value) {
            // All of them as they were at first.
            (0, None) => 0,
            (4, value) => value.unwrap_or(0),
            // The others are for keys that have bytes of their own.
            _ => return,
        };
        match action {
            'm' => self.modify_other_keys = value.min(3) as u8,
            'n' => self.modify_other_keys = 0,
            'f' => self.format_other_keys = value == 1,
            _ => {}
        }
    }

    /// `CSI 22 ; what t` saves the title, `CSI 23 ; what t` restores it; 1 is the icon's name only.
    fn title_stack(&mut self, operation: Option<u16>, what: Option<u16>) {
        if what == Some(1) {
            return;
        }
        match operation {
            Some(22) => {
                if self.saved_titles.len() == MAX_TITLE_STACK {
                    self.saved_titles.remove(0);
                }
                self.saved_titles.push(self.title.clone());
            }
            Some(23) => {
                if let Some(title) = self.saved_titles.pop() {
                    self.title = title;
                }
            }
            _ => {}
        }
    }

    fn set_title(&mut self, parts: &[&[u8]]) {
        let bytes = parts.join(&b';');
        let mut kept = &bytes[..bytes.len().min(MAX_TITLE)];
        if kept.len() < bytes.len() {
            kept = &kept[..kept.len() - incomplete_character(kept)];
        }
        let mut title = String::from_utf8_lossy(kept).into_owned();
        // A replacement takes three bytes for one.
        title.truncate(title.floor_char_boundary(MAX_TITLE));
        self.title = title;
    }
}

impl vte::Perform for Modes {
    fn csi_dispatch(
        &mut self,
        params: &vte::Params,
        intermediates: &[u8],
        ignore: bool,
        action: char,
    ) {
        if ignore {
            return;
        }
        let mut numbers = params.iter().map(|param| param[0]);
        match (intermediates, action) {
            ([b'?'], 'h' | 'l') => {
                numbers.for_each(|mode| self.set_private_mode(mode, action == 'h'));
            }
            ([prefix], 'u') => self.kitty(*prefix, numbers.next(), numbers.next()),
            ([b'>'], 'm' | 'n' | 'f') => {
                self.key_resource(numbers.next(), numbers.next(), action);
            }
            ([], 't') => self.title_stack(numbers.next(), numbers.next()),
            // DECSTR, soft reset.
            ([b'!'], 'p') => {
                self.application_cursor = false;
                self.application_keypad = false;
            }
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], ignore: bool, byte: u8) {
        match (intermediates, byte) {
            _ if ignore => {}
            ([], b'=') => self.application_keypad = true,
            ([], b'>') => self.application_keypad = false,
            // RIS, full reset; the title is not part of it.
            ([], b'c') => {
                let title = std::mem::take(&mut self.title);
                *self = Self {
                    title,
                    ..Self::default()
                };
            }
            _ => {}
        }
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], _bell_terminated: bool) {
        if let [b"0" | b"2", title @ ..] = params {
            self.set_title(title);
        }
    }
}
