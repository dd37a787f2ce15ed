//! Whether the program waits for input, and for what: seen from outside.
//!
//! [`Probe`] looks at the terminal's foreground process group: what each of its
//! threads is blocked in, whether that is this very terminal, and what else it
//! would wake for. What it saw is a [`Sighting`]. [`judge`] is pure and says
//! what a sighting means, given how the output stands ([`Circumstances`]).
//! [`Sampling`] says when to look, and believes what was seen twice. [`Watch`]
//! holds what is known from one look to the next. [`Hint`] is what names and
//! text suggest on top, and decides nothing.
//!
//! The order of a look is what makes it sound: first it is made certain that
//! what was typed has been read, then the threads are looked at, then the
//! output is read. A thread that is blocked in a read of this terminal *after*
//! all input was taken waits for more, and what it printed before it came there
//! can be read already.

mod calls;
mod files;
mod hint;
mod judge;
mod pipe;
mod probe;
mod sampling;
mod text;
mod watch;

pub use hint::Hint;
pub(crate) use pipe::PipeProbe;
pub(crate) use probe::Probe;
pub(crate) use text::LastLine;
pub(crate) use watch::{Finding, Look, Shown, Watch};

use hint::{Clues, suggest};
use judge::{Circumstances, Verdict, judge};
use sampling::Sampling;

#[cfg(test)]
pub(crate) use watch::STALE;

use std::time::Duration;

/// What a look at the foreground process group showed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// The terminal's line editing; `None` where input comes through a pipe.
    pub(crate) modes: Option<LineModes>,
    /// The wait for the terminal that tells most, if a thread is in one.
    pub(crate) reader: Option<Reader>,
    /// Another thread of the group is at work.
    pub(crate) is_busy: bool,
    /// Some process of the group cannot be looked into, and none is at work.
    pub(crate) is_hidden: bool,
    /// The name of who cannot be looked into, or of the group's leader.
    pub(crate) foreground: String,
}

/// The modes of a terminal that tell a line from keys and a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LineModes {
    /// `ICANON`.
    pub(crate) canonical: bool,
    /// `ECHO`.
    pub(crate) echo: bool,
    /// `ICRNL`, which line editors switch off and askers for a secret leave.
    pub(crate) icrnl: bool,
}

/// A thread that waits for the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reader {
    /// The name of its process, as the kernel keeps it.
    pub(crate) name: String,
    /// It is inside a read, and not in a wait for something to read.
    pub(crate) in_read: bool,
    /// It wakes by itself after this long.
    pub(crate) tick: Option<Duration>,
    /// The process waits for something from outside as well: a network
    /// connection, another terminal, another program's output.
    pub(crate) has_other_sources: bool,
}
