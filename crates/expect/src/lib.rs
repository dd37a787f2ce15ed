//! Waits for what interactive programs print, and answers: an expect engine that never rescans,
//! with blocking and async sessions on top.
//!
#![cfg_attr(feature = "spawn", doc = "```")]
#![cfg_attr(not(feature = "spawn"), doc = "```ignore")]
//! use rejoinder_expect::{Session, regex};
//!
//! let mut shell = Session::spawn("sh")?;
//! shell.send_line("echo $((6 * 7)) apples")?;
//! let found = shell.expect(regex(r"(\d+) apples"))?;
//! assert_eq!(found.group(1).as_deref(), Some("42"));
//!
//! shell.send_line("printf 'name? '; read name; echo \"hello $name\"")?;
//! shell.expect("name? ")?;
//! shell.send_line("Ada")?;
//! shell.expect("hello Ada")?;
//!
//! shell.send_line("exit 3")?;
//! assert_eq!(shell.wait()?.code(), Some(3));
//! # Ok::<(), rejoinder_expect::Error>(())
//! ```
//!
//! # When to use it
//!
//! For everything that talks to a program the way a person would: installers that ask, REPLs,
//! shells local and remote, debuggers, serial consoles, network protocols in text. And, without
//! any program, wherever a stream has to be watched for patterns as it arrives: the engine is a
//! library of its own.
//!
//! To run a command and look at its output afterwards, [`std::process::Command`] will do.
//!
//! # The three layers
//!
//! * **The engine** needs nothing but bytes: a [`Ring`] that they are read into, a [`PatternSet`],
//!   and a [`Search`], which is told after each read what has arrived. It reads no clock, opens
//!   nothing and waits for nothing. Several searches can run on one ring. An [`EchoSkip`] leaves
//!   out the echo of what was typed, a [`TextRing`] searches text with its escape sequences taken
//!   out.
//! * **A wait** ([`Wait`]) puts these together with a deadline and ends in an [`Outcome`]. It is
//!   what a driver of one's own is built around: call [`Wait::advance`] after each read and when
//!   [`Wait::poll_timeout`] has come.
//! * **A session** (`Session`, `AsyncSession`) is such a driver: over a program on a terminal,
//!   or over any other stream.
//!
//! # Concepts
//!
//! **Offsets.** Every byte of a stream has an absolute [`Offset`] for the stream's life. Nothing is
//! "consumed": each wait begins behind the last match, and one that times out leaves everything
//! where it is.
//!
//! **One walk.** All patterns of a set become one automaton, and each byte is stepped over once,
//! ever. A new read costs its own length, whatever came before; a match is found however it is
//! split across reads, and also when its beginning has long left the window.
//!
//! **Which match** ([`Priority`]). The one that starts earliest in the stream, ties going to the
//! first in the list, as in pexpect; or list order before position, as in Tcl's Expect.
//!
//! **When** ([`Commit`]). A program that waits for input prints nothing more, so a match must be
//! taken at the end of what has arrived. One that could still grow (`\d+`, `.*`) is taken when the
//! input is used up; or at its first possible end, so that nothing depends on how the stream was
//! cut into reads; or after some quiet.
//!
//! **Literals and expressions.** A `&str` is a literal. Regular expressions are asked for with
//! [`regex`](crate::regex()); their syntax is that of the `regex` crate, with four differences that
//! terminals ask for ([`Pattern`]).
//!
//! # Limits
//!
//! Every buffer has one. A ring keeps 1 MiB by default and counts what it drops. Patterns are
//! bounded in length, number and compiled size ([`Limits`]), and the time a search takes is linear
//! in the output, whatever the pattern; so patterns may come from strangers. Nothing that a program
//! prints, and no pattern, makes this crate panic.
//!
//! # Features
//!
//! | feature | adds |
//! | --- | --- |
//! | `spawn` (default) | `Session`, over programs on PTYs (`rejoinder_pty`), descriptors, and any reader and writer |
//! | `tokio` | `AsyncSession`, over programs (with `spawn`) and anything `AsyncRead` and `AsyncWrite` |
//!
//! Both can be on together. With neither, the crate is the engine alone: no system call, no clock,
//! no thread.

#![forbid(unsafe_code)]

mod ascii;
mod automaton;
mod compile;
mod echo;
mod error;
mod exact;
mod lazy;
mod limits;
mod matched;
mod offset;
mod order;
mod pattern;
mod ring;
mod scan;
mod search;
#[cfg(any(feature = "spawn", feature = "tokio"))]
mod session;
mod set;
mod syntax;
mod text;
mod wait;

pub use echo::{EchoSkip, EchoState};
pub use error::PatternError;
pub use limits::Limits;
pub use matched::Match;
pub use offset::Offset;
pub use pattern::{Pattern, WordBoundary, regex};
pub use ring::Ring;
pub use search::{Commit, Edge, EndAnchor, Priority, Search, SearchOptions};
pub use set::{PatternSet, PatternSetBuilder};
pub use text::{TextFilter, TextRing};
pub use wait::{Outcome, Unmatched, Wait, WaitOptions};

#[cfg(feature = "spawn")]
pub use session::{
    blocking::Session,
    interact::{InteractEnd, InteractOptions, Pollable},
    pty::{PtySink, PtySource, PtyStream},
    stream::{FdSink, FdSource, FdStream, Progress, Received, Sink, Source, Stream},
    threaded::{ThreadedSink, ThreadedSource, ThreadedStream},
    writer::Writer,
};
#[cfg(any(feature = "spawn", feature = "tokio"))]
pub use session::{
    error::{Error, ErrorKind},
    found::{Found, Reply, SoFar},
    key::Key,
    options::{ExpectOptions, SessionOptions},
    patterns::{IntoPatterns, Patterns},
    shared::Event,
};

#[cfg(all(feature = "spawn", feature = "tokio"))]
pub use session::async_pty::AsyncPtyStream;
#[cfg(feature = "tokio")]
pub use session::{async_session::AsyncSession, async_writer::AsyncWriter};

/// The crate that programs are started with: [`Command`](rejoinder_pty::Command),
/// [`Signal`](rejoinder_pty::Signal), [`ExitStatus`](rejoinder_pty::ExitStatus) and more.
#[cfg(feature = "spawn")]
pub use rejoinder_pty as pty;
