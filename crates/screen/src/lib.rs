//! The terminal's screen: what a person would see of a program's output, as data and as pictures.
//!
//! A program that draws on the screen, an editor, a menu, a monitor, cannot be read from its
//! output: the output says where to put what, and only a terminal knows what is there in the end.
//! This crate is that terminal without glass and keys. Output goes in; out come views of the
//! screen, what changed since the last view, the rows that scrolled away, the answers to the
//! questions that programs ask their terminal, and the marks by which shells tell where a command
//! begins and ends. It is pure: no clock, no input or output, no threads, no unsafe code. It knows
//! nothing of processes.
//!
//! # Example
//! ```
//! use rejoinder_screen::{EventKind, Screen, ScreenConfig};
//!
//! let mut screen = Screen::new(ScreenConfig::default());
//! let mut events = Vec::new();
//! // A mark before the prompt, a question, a title, and a menu on the alternate screen.
//! screen.push(b"\x1b]133;A\x07$ \x1b[c\x1b]2;setup\x07\x1b[?1049h\x1b[3;5H\x1b[7m OK \x1b[m", &mut events);
//!
//! assert!(matches!(events[0].kind, EventKind::Mark(_)));
//! // To be written to the program's input.
//! assert_eq!(screen.take_replies(), b"\x1b[?62;22c");
//! let view = screen.snapshot(0);
//! assert_eq!((view.alternate, view.title.as_deref()), (true, Some("setup")));
//! let ok = &view.rows[2].cells[5];
//! assert!(ok.character == 'O' && ok.style.inverse);
//! // Who has seen this version asks for what is new.
//! screen.push(b"\x1b[4;5H Cancel ", &mut events);
//! assert_eq!(screen.changes_since(view.version).rows[0].first, 3);
//! ```
//!
//! # The parts
//! - [`Screen`] takes output and gives everything else. [`ScreenConfig`] says how large it is and
//!   which colours ([`Theme`]) it tells programs.
//! - [`Snapshot`] is a view as plain data: rows of cells, cursor, title, scrollback.
//!   [`Changes`] is the difference to an earlier view.
//! - [`Scanner`] finds the [`Event`]s alone, at half a gigabyte a second and more, where no screen is
//!   kept: marks of OSC 133 and 633, and the working directory.
//!
//! # When it works
//! Whoever drives a program hands over every piece of output. That costs a search for ESC;
//! events and most answers come of it at once. The emulator is fed later: when somebody looks,
//! when a question needs to know what is on the screen, when [`MAX_PENDING`] bytes wait, or on
//! [`Screen::catch_up`], for which a pause in the output is the moment. Of a flood, only the end
//! is fed: what has left the screen and the scrollback again makes no difference, and the tests
//! prove that it makes none. No result depends on when the screen caught up or on how the output
//! was cut.
//!
//! # Answers
//! They come in the order of the questions, so DA1 is the fence that programs take it for. Known
//! are DA1, DA2, DA3, XTVERSION, DSR (5, 6, ? 6, ? 15, ? 25, ? 26, ? 996), DECRQM, DECRQSS,
//! XTGETTCAP, colours (OSC 4, 10, 11, 12), kitty's keyboard flags and the window's reports. No
//! answer carries text that came with the output: the title is told as empty, the clipboard
//! is not told.
//!
//! # What is emulated
//! What `alacritty_terminal` emulates, an xterm with 256 and RGB colours, and what is added in
//! `emulator` where it has a gap. The tests compare with xterm.js after each eighth of recordings
//! of vim, htop, mc, less, tmux, dialog, nano, cargo, npm and others, and with the crate `vt100`
//! on random input. Known to be missing: left and right margins, protected cells, double-size
//! lines, blinking, images (sixel, iTerm2 and kitty), 8-bit controls, and frames held back with
//! mode 2026, which needs a clock. A line that is cleared with ED 2 is gone and does not go to the
//! scrollback, as in xterm.
//!
//! # Limits
//! | what | limit | past it |
//! | --- | --- | --- |
//! | size | 1 to [`MAX_SIZE`] | brought within it |
//! | control string that is read (OSC, DCS) | [`MAX_STRING`] bytes | skipped |
//! | any control string; control sequence | those of `rejoinder_ansi` | text again; dropped |
//! | parameters of a mark | [`MAX_PARAMETERS`] of [`MAX_PARAMETER`] bytes | no event |
//! | output not yet shown | [`MAX_PENDING`] bytes | shown |
//! | scrollback | [`MAX_SCROLLBACK_ROWS`], [`MAX_SCROLLBACK_BYTES`] | the oldest goes |
//! | combining characters on a cell | [`MAX_COMBINING`] | dropped |
//! | address of a link | [`MAX_LINK`] bytes | no link |
//! | title; saved titles | 1,024 bytes; 10 | cut; the oldest goes |
//! | answers not taken | [`MAX_REPLIES`] bytes | no answer |
//! | names or colours in a question | [`MAX_QUESTIONS`] | not answered |
//!
//! An idle screen of 24 × 80 takes under 100 KB, one with its scrollback full some 400 KB. A
//! screen of one column is worked with as one of two, the second of which is not shown.
//!
//! # Features
//! None: all of it is always there.
#![forbid(unsafe_code)]

mod answer;
mod changes;
mod emulator;
mod event;
mod flood;
mod lexer;
mod marks;
mod packed;
mod query;
pub mod render;
mod scanner;
mod screen;
mod scrollback;
mod seen;
mod snapshot;
mod theme;

pub use answer::CELL_PIXELS;
pub use changes::{Changes, RowRun};
pub use emulator::MAX_COMBINING;
pub use event::{Event, EventKind, Mark, MarkKind};
pub use lexer::MAX_STRING;
pub use marks::{MAX_PARAMETER, MAX_PARAMETERS};
pub use query::MAX_QUESTIONS;
pub use scanner::Scanner;
pub use screen::{MAX_LINK, MAX_PENDING, MAX_REPLIES, MAX_SIZE, Screen, ScreenConfig};
pub use scrollback::{MAX_SCROLLBACK_BYTES, MAX_SCROLLBACK_ROWS};
pub use snapshot::{
    Cell, Colour, Cursor, CursorShape, Palette, Row, Size, Snapshot, Style, Underline, Width,
};
pub use theme::Theme;
