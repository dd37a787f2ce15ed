//! Pseudo-terminals and the programs on them, for drivers of interactive
//! programs.
#![deny(unsafe_code)]

mod child;
mod command;
mod drain;
mod endpoint;
mod error;
mod exit;
mod process;
mod ready;
mod registry;
mod signal;
mod stream;
mod sys;
mod terminal;
mod tree;

#[cfg(feature = "tokio")]
pub mod aio;

pub use child::Child;
pub use command::{Command, DEFAULT_EXEC_TIMEOUT, Environment, Limit, Resource, Stderr, Stdio};
pub use drain::{DrainEnd, DrainLimits, drain};
pub use endpoint::{ReadOutcome, WriteOutcome};
pub use error::{Error, ErrorKind, Stage};
pub use exit::ExitStatus;
pub use process::Process;
pub use ready::{Interest, PollEntry, Ready, poll};
pub use signal::{Pid, Signal};
pub use stream::{Input, Output};
pub use terminal::{
    CanonicalSplitter, CanonicalWriter, DEFAULT_QUEUE_LIMIT, Flush, Follower, InitialModes, Leader,
    LineDiscipline, MAX_CANONICAL_LINE, Segment, TerminalModes, Winsize, WinsizeError,
};
#[cfg(target_os = "linux")]
pub use terminal::{Packet, PacketEvents, PacketReader};
pub use tree::{
    ProcessInfo, ProcessRef, ProcessTree, SignalReport, reap_orphans, set_child_subreaper,
};
