//! Transcripts: everything a session prints, on disk, as asciicasts of version 3
//! (<https://docs.asciinema.org/manual/asciicast/v3/>).
//!
//! A transcript is one file or several ([segments](segments)), each an asciicast
//! that players play by itself. The format holds text, not bytes, so what makes
//! offsets exact and bytes recoverable stands in comments, which players pass
//! over:
//!
//! ```text
//! {"version":3,"term":{"cols":80,"rows":24,"type":"xterm-256color"},"timestamp":1504467315}
//! # rejoinder transcript 1
//! # offset 0
//! [0.248000, "o", "café\r\n"]
//! # raw 2:ff
//! [1.000000, "o", "a\r\ufffd\n"]
//! # offset 10
//! [0.500000, "m", "input 5 bytes by agent"]
//! [0.100000, "x", "0"]
//! ```
//!
//! - `# offset N`: the next byte of output has the offset N. It stands at the
//!   beginning, before the first output event behind every 64 KiB of the file,
//!   and before an output event that follows one with replaced bytes.
//! - `# raw GAP:HEX …`: in the next output event, each word is a U+FFFD that
//!   stands for the bytes HEX, GAP bytes of output behind the one before it.
//! - `# signal NAME`: the next exit event is a program ended by that signal.
//! - `# stopped N WHY`: the recording could not go on and is complete up to N.
//!
//! What was typed is recorded as a mark that says how much and by whom, never as
//! input.

mod error;
mod files;
mod header;
mod limits;

mod recorder;

mod encode;
mod escape;
mod segments;

mod reader;

mod cursor;
mod lines;
mod opened;
mod parse;

mod search;

mod shown;

mod excerpt;
mod export;

mod retention;

pub use error::{TranscriptError, TranscriptErrorKind};
pub use excerpt::Excerpt;
pub use export::{ExportFormat, InvalidExportFormat, export};
pub use header::TranscriptHeader;
pub use limits::{Stopped, TranscriptLimits};
pub use reader::{Mark, Notes, Resize, Transcript};
pub use recorder::Recorder;
pub use retention::{Pruned, prune};
pub use search::{LineFound, LineSearch, LinesFound};
