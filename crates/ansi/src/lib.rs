//! Terminal output as text, and key names as bytes.
//!
//! Whoever drives a program through a pseudo-terminal gets bytes that are meant for a screen:
//! colours, progress bars that repaint themselves, window titles, and now and then something that
//! wants to hide. This crate turns them into text that a person, a log or a language model can
//! read, and turns the name of a key into the bytes that the program expects. It is pure: no
//! clock, no input or output, no threads, no unsafe code. It knows nothing of processes and keeps
//! no screen.
//!
//! # Example
//! ```
//! use rejoinder_ansi::{Key, ModeTracker, Stripper, escape_hidden, resolve};
//!
//! // What a program printed: a progress bar, a colour, and a character that reverses text.
//! let output = "\r 10%\r100%\r\n\x1b[32mok\x1b[0m \u{202e}gnp.exe\r\n".as_bytes();
//! // What a person reads, with what cannot be seen made visible.
//! assert_eq!(escape_hidden(&resolve(output)), "100%\nok \\u{202e}gnp.exe\n");
//!
//! // The same bytes without sequences, for searching; every run knows its raw offset.
//! let mut runs = Vec::new();
//! Stripper::new().strip_runs(output, |run| runs.push((run.offset, run.text.len())));
//! assert_eq!(runs, [(0, 12), (17, 2), (23, 13)]);
//!
//! // What the arrow key sends depends on what the program asked for.
//! let mut modes = ModeTracker::new();
//! modes.push(b"\x1b[?1h");
//! assert_eq!("Up".parse::<Key>()?.to_bytes(modes.key_modes())?, b"\x1bOA");
//! # Ok::<(), rejoinder_ansi::KeyError>(())
//! ```
//!
//! # The parts
//! - [`Stripper`] removes escape sequences and keeps the rest byte for byte, at several gigabytes
//!   a second; [`OffsetMap`] traces its text back to the raw stream. For searching and logging.
//! - [`LineResolver`] also acts on what moves the cursor and erases, within the last lines: a
//!   progress bar is one line, a spinner leaves no trail. For reading.
//! - [`escape_hidden`] and the streaming [`Escaper`] show control, bidirectional and invisible
//!   characters as escapes. For whoever must not be deceived.
//! - [`incomplete_suffix`] says how much of a slice's end to hold back for the next read.
//! - [`Key`] reads key names as tmux spells them and writes the bytes a terminal sends;
//!   [`Paste`] makes pasted text safe; [`ModeTracker`] follows the modes that decide
//!   on both.
//!
//! # Streams
//! [`Stripper`], [`LineResolver`], [`Escaper`] and [`ModeTracker`] take a stream in chunks of any
//! size and give the same result however it is cut, in the middle of a character or a sequence,
//! too. Each has a `finish` where something may be held back. Nothing they read can make them
//! panic.
//!
//! # The grammar
//! Sequences are those of ECMA-48 as the state machine at <https://vt100.net/emu/dec_ansi_parser>
//! reads them; the tests compare with the `vte` crate, which implements it, and which also decodes
//! the parameters of the sequences that the resolver and the tracker act on. Control strings (OSC,
//! DCS, APC, PM, SOS) end at ST, OSC at BEL, too, and all at CAN, SUB or the next ESC. What 8-bit
//! controls mean is a choice: see [`C1`].
//!
//! # Limits
//! | what | limit | past it |
//! | --- | --- | --- |
//! | escape or control sequence | [`MAX_CONTROL_SEQUENCE`] bytes | it ends, text flows again |
//! | control string | [`MAX_CONTROL_STRING`] bytes, or [`StripConfig::max_string`] | the same |
//! | rows that can be repainted | [`MAX_RECENT_LINES`] | older ones are settled |
//! | columns of a row | [`MAX_COLUMNS`] | the line goes on in the next row, joined in the text |
//! | zero-width characters in one place | 8 | the others are dropped by the resolver |
//! | window title | [`MAX_TITLE`] bytes | cut |
//! | saved titles, keyboard states | 10, [`MAX_KITTY_STACK`] | the oldest is forgotten |
//!
//! The text of a [`LineResolver`] can be longer than its input, since a few bytes can move the
//! cursor far: by at most the terminal's columns for each sequence.
//!
//! # Features
//! None: all of it is always there.
#![forbid(unsafe_code)]

mod hidden;
mod keys;
mod lexer;
mod lines;
mod modes;
mod runs;
mod scan;
mod sequence;
mod strip;
mod suffix;
mod utf8;

pub use hidden::{Escaper, escape_hidden, escape_hidden_lossy};
pub use keys::{Key, KeyCode, KeyError, KeyModes, Modifiers, Paste};
pub use lexer::{C1, MAX_CONTROL_SEQUENCE, MAX_CONTROL_STRING};
pub use lines::{LineConfig, LineResolver, MAX_COLUMNS, MAX_RECENT_LINES, resolve};
pub use modes::{MAX_KITTY_STACK, MAX_TITLE, ModeTracker};
pub use runs::OffsetMap;
pub use strip::{Run, StripConfig, Stripper, strip};
pub use suffix::incomplete_suffix;
