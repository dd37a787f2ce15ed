//! What a session is doing, and what is known about it: the facts every answer carries.

use std::fmt;
use std::time::SystemTime;

use minicbor::{Decode, Encode};
use rejoinder_expect::Offset;
use rejoinder_pty::{ExitStatus, Winsize};

use crate::SessionId;
use crate::waiting::Hint;
use crate::wire::codec;

/// What the program in a session is doing, seen from outside.
///
/// Told from the terminal's modes and from what the threads of the foreground
/// process group are blocked in, never from silence alone. Where the system gives no answer the state is [`State::Running`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[non_exhaustive]
pub enum State {
    /// Started, and nothing is known of it yet.
    #[n(0)]
    Starting,
    /// At work, or doing something that cannot be told from work.
    #[n(1)]
    Running,
    /// Reads a line or keys from the terminal.
    #[n(2)]
    Waiting(#[n(0)] WaitingFor),
    /// The program has ended and its output is complete.
    #[n(3)]
    Exited(#[cbor(n(0), with = "codec::exit_status")] ExitStatus),
    /// What ran the session is dead, and the program was ended with it; what it
    /// printed last may be missing.
    #[n(4)]
    Lost,
    /// A shell with integration is at its prompt, nothing typed there yet.
    #[n(5)]
    Prompt,
}

/// What a waiting program reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[non_exhaustive]
#[cbor(index_only)]
pub enum WaitingFor {
    /// A line, with echo.
    #[n(0)]
    Line,
    /// A line, with echo turned off: a password or the like.
    #[n(1)]
    Password,
    /// Single keys.
    #[n(2)]
    Raw,
}

impl State {
    /// Whether the program has ended, or was lost.
    #[must_use]
    pub fn is_exited(self) -> bool {
        matches!(self, Self::Exited(_) | Self::Lost)
    }

    /// Whether the program reads input.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::Waiting(_) | Self::Prompt)
    }

    /// The state's name as it stands in status lines: `waiting:password`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Waiting(WaitingFor::Line) => "waiting:line",
            Self::Waiting(WaitingFor::Password) => "waiting:password",
            Self::Waiting(WaitingFor::Raw) => "waiting:raw",
            Self::Exited(_) => "exited",
            Self::Lost => "lost",
            Self::Prompt => "prompt",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a session's program is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Mode {
    /// Through a pseudo-terminal, as a person would run it.
    #[default]
    #[n(0)]
    Pty,
    /// Through pipes, standard error merged into standard output.
    #[n(1)]
    Pipe,
}

impl Mode {
    /// The mode's name in the tool contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pty => "pty",
            Self::Pipe => "pipe",
        }
    }
}

/// The state of a session at one moment; every answer carries one.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Status {
    /// What the program is doing.
    #[n(0)]
    pub state: State,
    /// The offset just past the last byte the program printed.
    #[cbor(n(1), with = "codec::offset")]
    pub end: Offset,
    /// The offset of the oldest byte still in the ring.
    #[cbor(n(2), with = "codec::offset")]
    pub oldest: Offset,
    /// What the foreground program and the text suggest of a program that
    /// waits; a hint and no more.
    #[cbor(n(3), with = "codec::optional_hint", has_nil)]
    pub hint: Option<Hint>,
}

/// What is fixed about a session once it has started.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Identity {
    /// The session's id.
    #[cbor(n(0), with = "codec::session_id")]
    pub id: SessionId,
    /// Its name, unique among its owner's sessions.
    #[n(1)]
    pub name: String,
    /// Who started it, and alone may see it.
    #[n(2)]
    pub owner: String,
    /// The program, as a name or a path.
    #[n(3)]
    pub command: String,
    /// Its arguments, without the program.
    #[n(4)]
    pub args: Vec<String>,
    /// Terminal or pipes.
    #[n(5)]
    pub mode: Mode,
    /// The program's process id.
    #[n(6)]
    pub pid: i32,
    /// When it was started.
    #[n(7)]
    pub created_at: SystemTime,
    /// The names of the environment variables that the caller set.
    #[n(8)]
    pub env_names: Vec<String>,
}

/// All that is known about a session.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Info {
    /// What is fixed about it.
    #[n(0)]
    pub identity: Identity,
    /// What it is doing.
    #[n(1)]
    pub status: Status,
    /// When the program last printed or was typed to, or the session was asked
    /// for something.
    #[n(2)]
    pub last_activity: SystemTime,
    /// Seconds since then.
    #[n(3)]
    pub idle_s: f64,
    /// Bytes that the asking reader has not read yet.
    #[n(4)]
    pub unread_bytes: u64,
    /// The window title the program set, if any.
    #[n(5)]
    pub title: Option<String>,
    /// The terminal's size; `None` in pipe mode.
    #[cbor(n(6), with = "codec::optional_winsize", has_nil)]
    pub size: Option<Winsize>,
    /// The working directory of the foreground process, where it can be seen.
    #[n(7)]
    pub cwd: Option<String>,
    /// The name of the foreground process, where it can be seen.
    #[n(8)]
    pub foreground: Option<ForegroundProcess>,
    /// What the session may use.
    #[n(9)]
    pub limits: Limits,
    /// Where its transcript is, if it has one.
    #[n(10)]
    pub transcript: Option<TranscriptInfo>,
    /// Whether a person has the input, so that agents may not type.
    #[cbor(n(11), default)]
    pub human_in_control: bool,
}

/// A session's transcript.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TranscriptInfo {
    /// The file that is being written, or the first one.
    #[n(0)]
    pub path: String,
    /// The oldest byte of output that is still on disk.
    #[cbor(n(1), with = "codec::offset")]
    pub first: Offset,
    /// Where recording stopped and why, when it did before the session ended.
    #[n(2)]
    pub stopped: Option<String>,
}

/// The process that has the terminal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ForegroundProcess {
    /// Its process id.
    #[n(0)]
    pub pid: i32,
    /// Its short name, as the kernel keeps it (at most 15 bytes).
    #[n(1)]
    pub name: String,
}

/// What one session may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Limits {
    /// Bytes of output kept for readers; older output is dropped and counted.
    #[n(0)]
    pub ring_bytes: usize,
    /// The session is closed after this long without any request; `None` is never.
    #[n(1)]
    pub idle_timeout: Option<std::time::Duration>,
    /// The session is closed this long after its start; `None` is never.
    #[n(2)]
    pub lifetime: Option<std::time::Duration>,
}

impl Default for Limits {
    /// 1 MiB of output, closed after 30 minutes without a request, any age.
    fn default() -> Self {
        Self {
            ring_bytes: 1 << 20,
            idle_timeout: Some(std::time::Duration::from_secs(1800)),
            lifetime: None,
        }
    }
}
