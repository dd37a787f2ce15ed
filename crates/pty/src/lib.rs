//! Starts programs on pseudo-terminals or pipes, and drives what the kernel
//! offers around them: size, modes, foreground process group, signals, exit,
//! and everything a program started.
//!
//! Use it to build something that holds a conversation with interactive
//! programs: a terminal multiplexer, a session recorder, a test harness, an
//! automation tool. It knows nothing of what bytes mean: waiting for a prompt,
//! stripping colours or drawing a screen belongs to the crates above it. For
//! one command whose output is collected, [`std::process::Command`] is enough.
//!
//! # Example
//!
//! ```
//! use rejoinder_pty::{Command, ReadOutcome, Winsize};
//! use std::time::Duration;
//!
//! let child = Command::new("sh").winsize(Winsize::new(24, 80)?).env("PS1", "$ ").spawn()?;
//! child.input.write_timeout(b"stty size; exit 3\n", None)?;
//!
//! let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
//! while let ReadOutcome::Data(count) =
//!     child.output.read_timeout(&mut buffer, Some(Duration::from_secs(60)))?
//! {
//!     seen.extend_from_slice(&buffer[..count]);
//! }
//! assert!(String::from_utf8_lossy(&seen).contains("24 80"));
//! assert_eq!(child.process.wait()?.code(), Some(3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Concepts
//!
//! **Starting.** A [`Command`] says all that a program gets; nothing else is
//! inherited, neither descriptors nor signal dispositions nor the signal mask.
//! [`Command::spawn`] returns when the program's image runs, or with an
//! [`Error`] that names the program, the step, the cause and what to do. Every
//! program is the leader of a session of its own, on a PTY as in pipe mode
//! ([`Stdio`]).
//!
//! **Reading and writing.** The driver holds the [`Leader`], the program the
//! follower. [`Input`] and [`Output`] are the two directions, the same for a
//! PTY and for pipes. What a read or write may come to besides bytes are
//! outcomes and not errors: [`ReadOutcome`], [`WriteOutcome`]. Descriptors do
//! not block; methods with a timeout wait, [`poll`] waits for several things at
//! once, and the module `aio` (feature `tokio`) does so on tokio's reactor.
//!
//! **A hang-up is not an exit.** [`ReadOutcome::Hangup`] says that no program
//! has the terminal open at this moment. A program may close its terminal and
//! live on, and another may open it again. And an exit is not the end of the
//! output: what the program printed last is still to be read. So a driver
//! waits for the exit ([`Process::exit_fd`]), then reads what is left
//! ([`drain`]), within bounds, since a daemon may keep the terminal open for
//! ever. Nothing that was printed before an exit is lost.
//!
//! **Typing.** In canonical mode the kernel drops what exceeds 4095 bytes of
//! one line. A [`CanonicalWriter`] queues what is to be typed and splits long
//! lines so that programs get them whole. Read while you type: what is typed is
//! echoed, and both directions have limited room. (The kernel drops part of the
//! echo, and only of the echo, when nobody reads.)
//!
//! **Looking.** [`Leader::modes`] tells how the terminal is set, for example
//! that a password is asked for ([`TerminalModes::reads_password`]);
//! [`Leader::foreground_process_group`] tells who has it;
//! [`ProcessInfo::threads`] what each of its threads is blocked in, and
//! [`Leader::is_input_taken`] whether what was typed has been read.
//!
//! **Ending.** A [`Process`] is signalled by its pidfd, which can hit nobody
//! else. A [`ProcessTree`] finds all that a program started: its session, its
//! descendants, and, by a mark in the environment, daemons that left both. A
//! process that is a child subreaper ([`set_child_subreaper`]) gets such
//! daemons as children and reaps them by [`reap_orphans`].
//!
//! # Limits
//!
//! | what | limit | from |
//! | --- | --- | --- |
//! | queue of a [`CanonicalWriter`] | 1 MiB | [`DEFAULT_QUEUE_LIMIT`], or as given |
//! | a line in canonical mode | 4095 bytes unsplit | [`MAX_CANONICAL_LINE`] |
//! | fork to end of `execve(2)` | 30 s | [`DEFAULT_EXEC_TIMEOUT`], or as given |
//! | what a [`drain`] reads | 16 MiB | [`DrainLimits`], or as given |
//! | descriptors held | a leader or 2–3 pipes, and a pidfd | one program |
//! | terminals | 4096 on most systems | `/proc/sys/kernel/pty/max` |
//!
//! A program that runs with other rights than the driver (`sudo`) can be typed
//! to and hung up on, and not signalled.
//!
//! # Features
//!
//! None is on by default.
//!
//! - `tokio`: the module `aio`.
//!
//! # Platforms
//!
//! Linux is what this crate is tested on, from 5.9 by the direct ways, before
//! that by portable ones. macOS and the BSDs have paths of their own behind
//! `cfg`, written from their manuals and not yet tested: starting, reading,
//! writing, modes, sizes, signals and exits. What needs `/proc`
//! ([`ProcessTree`], [`ProcessInfo`], [`reap_orphans`]) is `Unsupported` there,
//! and packet mode is left out.
//!
//! # Safety
//!
//! All `unsafe` is in one private module of thin wrappers around system calls,
//! each block with its reason. Between fork and exec only async-signal-safe
//! calls are made, on memory prepared before the fork.

#![deny(unsafe_code)]

mod child;
mod command;
mod detach;
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
pub use command::{
    Command, DEFAULT_EXEC_TIMEOUT, Environment, Limit, Resource, Stderr, Stdio,
    raise_descriptor_limit,
};
pub use detach::{close_standard_streams, detach};
pub use drain::{DrainEnd, DrainLimits, drain};
pub use endpoint::{ReadOutcome, WriteOutcome};
pub use error::{Error, ErrorKind, Stage};
pub use exit::ExitStatus;
pub use process::Process;
pub use ready::{Interest, PollEntry, Ready, poll};
pub use signal::{Pid, Signal};
pub use stream::{Input, Output};
pub use terminal::{
    CanonicalSplitter, CanonicalWriter, DEFAULT_QUEUE_LIMIT, Flush, Follower, InitialModes,
    InputKind, Leader, LineDiscipline, MAX_CANONICAL_LINE, Segment, TerminalModes, Winsize,
    WinsizeError,
};
#[cfg(target_os = "linux")]
pub use terminal::{Packet, PacketEvents, PacketReader};
pub use tree::{
    Blocked, Descriptor, DescriptorKind, ProcessInfo, ProcessRef, ProcessTree, SignalReport,
    SystemCall, Thread, reap_orphans, set_child_subreaper,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
