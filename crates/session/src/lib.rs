//! Live interactive sessions: a program in a terminal of its own, with its
//! output, its readers, the waits on it, and its end.
//!
//! Choose this crate to hold many conversations with interactive programs from
//! one async process, where several parties may follow the same program. For a
//! script that drives one program in a straight line, `rejoinder-expect` is
//! simpler.
//!
//! # Example
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use rejoinder_session::{Input, Interact, Launch, Read, Registry, Wait};
//! use std::time::Duration;
//!
//! let sessions = Registry::new(Default::default());
//! let shell = sessions.start(&Launch::new("me", "/bin/sh", &[])).await?;
//! let answer = shell
//!     .interact(Interact {
//!         input: Some(Input::line("expr 6 '*' 7")),
//!         wait: Some(Wait::for_pattern("me", "[0-9]+\n", Duration::from_secs(10))),
//!         read: Some(Read::unread("me")),
//!     })
//!     .await?;
//! assert_eq!(answer.matched.unwrap().text, "42\n");
//! sessions.shut_down().await;
//! # Ok::<(), rejoinder_session::Error>(()) }).unwrap();
//! ```
//!
//! # Concepts
//!
//! - A [`Session`] is a handle; the program is run by a *driver*, a task of the
//!   tokio runtime that the session was started in. Requests and answers are
//!   plain data, so a driver may also live in another process.
//! - Every byte a program prints has an absolute [`Offset`]. A *reader* is a name
//!   with a position; reading takes nothing away from other readers. The last
//!   [`Limits::ring_bytes`] are kept, and what left the ring is counted.
//! - An [`Interact`] types, waits and reads as one step. A [`Wait`] ends with the
//!   first of its conditions, and [`ReturnedBy`] says which. A timeout is an
//!   answer, not an error.
//! - [`Session::run`] runs a command in the shell that has the terminal, and knows
//!   its end by marks that the shell prints; a shell at its prompt is
//!   [`State::Prompt`].
//! - One writer at a time: a person's input takes the session's input from an
//!   agent, who is refused until the person leaves or has not typed for
//!   [`PERSON_IDLE`]. Every input names its [`Actor`]; a journal remembers who
//!   typed how much.
//! - The end of output is not the end of the program: the exit status comes from
//!   the process, and what was printed before it is read first.
//! - [`Session::terminate`] ends everything that the session started, processes
//!   that turned themselves into daemons included; they are known by their
//!   descent and by the environment variable [`MARKER`].
//! - A program that waits for input is known by what its threads are blocked in,
//!   not by silence: [`State::Waiting`], with a [`Hint`] at what it may be.
//!   Looking costs nothing while nobody waits.
//! - A [`Follow`] waits for a session to change and is no use of it: no reader's
//!   place moves, and an idle session is closed all the same.
//! - A [`Recorder`] keeps all output on disk, beyond the ring, as asciicasts of
//!   version 3; a [`Transcript`] reads it back by offset, byte for byte,
//!   [`LineSearch`] searches either, and [`export`] makes text or a page of it.
//!
//! # Limits
//!
//! 50 living sessions a [`Registry`] (configurable), 64 readers and 256 queued
//! inputs a session. Linux is what is tested.

#![forbid(unsafe_code)]

mod session;

mod answer;
mod request;
mod secret;
mod state;
mod text;

mod registry;

mod launch;
mod look;

mod core;
mod newlines;
mod readers;
mod search;
mod wait;

mod driver;
mod encode;
mod ending;
mod lease;
mod paste;
mod redact;
mod typing;
mod waiting;
mod witness;

mod hold;
mod home;
mod remains;
mod remote;
mod wire;

mod shell;
mod transcript;

mod error;
mod id;

pub use answer::{Chunk, Followed, Group, Interacted, Matched, ReturnedBy, Typed};
pub use error::{Error, ErrorKind};
pub use hold::hold;
pub use home::Home;
pub use id::{InvalidSessionId, SessionId};
pub use launch::{Launch, MARKER};
pub use lease::{Actor, InputRecord, JOURNAL_LENGTH, PERSON_IDLE};
pub use look::ScreenView;
pub use registry::{Collected, HolderCommand, Registry, RegistryLimits};
pub use rejoinder_ansi::{Key, KeyError};
pub use rejoinder_expect::Offset;
pub use rejoinder_pty::{ExitStatus, Signal, Winsize};
pub use request::{
    Follow, Input, InputPart, Interact, PatternSpec, Pause, Read, ScreenLook, SearchFrom, Seen,
    SignalTarget, Termination, Wait,
};
pub use search::check_patterns;
pub use secret::{Secret, SecretBytes, SecretVariable};
pub use session::{SearchIn, Session};
pub use shell::{CommandEnd, Ran, RunEnd, RunRequest};
pub use state::{ForegroundProcess, Identity, Info, Limits, Mode, State, Status, WaitingFor};
pub use text::{Format, Gap, Rendered, render, render_within};
pub use transcript::{
    Excerpt, ExportFormat, InvalidExportFormat, LineFound, LineSearch, LinesFound, Mark, Notes,
    Pruned, Recorder, Resize, Stopped, Transcript, TranscriptError, TranscriptErrorKind,
    TranscriptHeader, TranscriptLimits, export, prune,
};
pub use waiting::Hint;
