//! What a session is doing, and what is known about it: the facts every answer carries.

use std::fmt;
use std::time::SystemTime;

use rejoinder_expect::Offset;
use rejoinder_pty::{ExitStatus, Winsize};

use crate::SessionId;

/// What the program in a session is doing, seen from outside.
///
/// Told from the terminal's modes and from the process, never from silence
/// alone. Where the system gives no answer the state is [`State::Running`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// Started, and nothing is known of it yet.
    Starting,
    /// At work, or doing something that cannot be told from work.
    Running,
    /// Reads a line or keys from the terminal.
    Waiting(WaitingFor),
    /// The program has ended and its output is complete.
    Exited(ExitStatus),
}

/// What a waiting program reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitingFor {
    /// A line, with echo.
    Line,
    /// A line, with echo turned off: a password or the like.
    Password,
    /// Single keys.
    Raw,
}

impl State {
    /// Whether the program has ended.
    #[must_use]
    pub fn is_exited(self) -> bool {
        matches!(self, Self::Exited(_))
    }

    /// Whether the program reads input.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::Waiting(_))
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
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a session's program is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Through a pseudo-terminal, as a person would run it.
    #[default]
    Pty,
    /// Through pipes, standard error merged into standard output.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What the program is doing.
    pub state: State,
    /// The offset just past the last byte the program printed.
    pub end: Offset,
    /// The offset of the oldest byte still in the ring.
    pub oldest: Offset,
}

/// What is fixed about a session once it has started.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The session's id.
    pub id: SessionId,
    /// Its name, unique among its owner's sessions.
    pub name: String,
    /// Who started it, and alone may see it.
    pub owner: String,
    /// The program, as a name or a path.
    pub command: String,
    /// Its arguments, without the program.
    pub args: Vec<String>,
    /// Terminal or pipes.
    pub mode: Mode,
    /// The program's process id.
    pub pid: i32,
    /// When it was started.
    pub created_at: SystemTime,
    /// The names of the environment variables that the caller set.
    pub env_names: Vec<String>,
}

/// All that is known about a session.
#[derive(Debug, Clone)]
pub struct Info {
    /// What is fixed about it.
    pub identity: Identity,
    /// What it is doing.
    pub status: Status,
    /// When the program last printed or was typed to, or the session was asked
    /// for something.
    pub last_activity: SystemTime,
    /// Seconds since then.
    pub idle_s: f64,
    /// Bytes that the asking reader has not read yet.
    pub unread_bytes: u64,
    /// The window title the program set, if any.
    pub title: Option<String>,
    /// The terminal's size; `None` in pipe mode.
    pub size: Option<Winsize>,
    /// The working directory of the foreground process, where it can be seen.
    pub cwd: Option<String>,
    /// The name of the foreground process, where it can be seen.
    pub foreground: Option<ForegroundProcess>,
    /// What the session may use.
    pub limits: Limits,
    /// Whether a person has the input, so that agents may not type.
    pub human_in_control: bool,
}

/// The process that has the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForegroundProcess {
    /// Its process id.
    pub pid: i32,
    /// Its short name, as the kernel keeps it (at most 15 bytes).
    pub name: String,
}

/// What one session may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of output kept for readers; older output is dropped and counted.
    pub ring_bytes: usize,
    /// The session is closed after this long without any request; `None` is never.
    pub idle_timeout: Option<std::time::Duration>,
    /// The session is closed this long after its start; `None` is never.
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
