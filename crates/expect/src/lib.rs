//! An expect engine that never rescans, with blocking and async sessions on top.

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
    patterns::{IntoPatterns, Patterns},
    shared::{Event, ExpectOptions, SessionOptions},
};

#[cfg(all(feature = "spawn", feature = "tokio"))]
pub use session::async_pty::AsyncPtyStream;
#[cfg(feature = "tokio")]
pub use session::{async_session::AsyncSession, async_writer::AsyncWriter};

/// The crate that programs are started with: [`Command`](rejoinder_pty::Command),
/// [`Signal`](rejoinder_pty::Signal), [`ExitStatus`](rejoinder_pty::ExitStatus) and more.
#[cfg(feature = "spawn")]
pub use rejoinder_pty as pty;
