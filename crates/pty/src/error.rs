//! What goes wrong while a program is started: which step, why, and what the
//! person in front of it can do. Reading and writing afterwards fail with
//! plain [`std::io::Error`]s; what is not a failure there has its own outcome.

use std::fmt;
use std::io;

/// What kind of failure it was, for callers that act on it.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, ErrorKind};
///
/// let advice = match Command::new("/etc/passwd").spawn() {
///     Ok(_) => "it runs",
///     Err(error) => match error.kind() {
///         ErrorKind::NotFound => "offer to install it",
///         ErrorKind::PermissionDenied | ErrorKind::NotExecutable => "say why",
///         ErrorKind::ResourceExhausted => "try again later",
///         _ => "give up",
///     },
/// };
/// assert_eq!(advice, "say why");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The program does not exist: not in `PATH`, or not at its path.
    NotFound,
    /// The program may not be executed, or a directory on the way to it not be
    /// searched, by this user: mostly a missing execute permission.
    PermissionDenied,
    /// The file is there and is not a program: a directory, an unknown format,
    /// or a script or program whose interpreter is missing.
    NotExecutable,
    /// The working directory does not exist, is no directory or may not be
    /// entered.
    BadCwd,
    /// Something given cannot be passed to a program at all, such as an
    /// argument that contains a NUL byte.
    InvalidInput,
    /// Arguments and environment are larger than the kernel accepts.
    ArgumentsTooLong,
    /// A limit was reached: PTYs, descriptors, processes, memory.
    ResourceExhausted,
    /// The platform or kernel cannot do this.
    Unsupported,
    /// The program was not running within the time allowed for its start.
    TimedOut,
    /// Any other failure of the operating system.
    Io,
}

/// The step at which starting a program failed.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Stage};
///
/// let error = Command::new("true").cwd("/nowhere").spawn().unwrap_err();
/// assert_eq!(error.stage(), Stage::Chdir);
/// assert_eq!(error.stage().name(), "chdir");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Stage {
    /// Checking and converting what was given, before anything is opened.
    Prepare = 0,
    /// Looking for the program in `PATH`.
    Lookup = 1,
    /// Opening the PTY and setting its size and modes.
    OpenPty = 2,
    /// Opening pipes.
    Pipe = 3,
    /// `fork(2)`.
    Fork = 4,
    /// `setsid(2)` in the child.
    Session = 5,
    /// Making the PTY the child's controlling terminal.
    Terminal = 6,
    /// Putting the child's standard streams in place.
    Stdio = 7,
    /// Resetting signal dispositions and mask in the child.
    Signals = 8,
    /// Closing what the child must not inherit.
    Descriptors = 9,
    /// Setting resource limits.
    Limits = 10,
    /// Entering the working directory.
    Chdir = 11,
    /// `execve(2)`.
    Exec = 12,
    /// Getting a handle by which the child's exit can be awaited.
    Watch = 13,
}

impl Stage {
    /// The stage with this number, as the child reports it.
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        const ALL: [Stage; 14] = [
            Stage::Prepare,
            Stage::Lookup,
            Stage::OpenPty,
            Stage::Pipe,
            Stage::Fork,
            Stage::Session,
            Stage::Terminal,
            Stage::Stdio,
            Stage::Signals,
            Stage::Descriptors,
            Stage::Limits,
            Stage::Chdir,
            Stage::Exec,
            Stage::Watch,
        ];
        ALL.get(usize::from(byte)).copied()
    }

    /// The stage as an error message names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Lookup => "lookup",
            Self::OpenPty => "openpty",
            Self::Pipe => "pipe",
            Self::Fork => "fork",
            Self::Session => "setsid",
            Self::Terminal => "controlling terminal",
            Self::Stdio => "stdio",
            Self::Signals => "signals",
            Self::Descriptors => "close descriptors",
            Self::Limits => "rlimits",
            Self::Chdir => "chdir",
            Self::Exec => "exec",
            Self::Watch => "pidfd",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A program could not be started. Its text names the program, the step that
/// failed, the cause, and what to do about it.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, ErrorKind, Stage};
///
/// let error = Command::new("no-such-program").spawn().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::NotFound);
/// assert_eq!(error.stage(), Stage::Lookup);
/// assert!(error.to_string().starts_with("cannot start `no-such-program`: "));
/// assert_eq!(error.program(), "no-such-program");
/// assert!(!error.what().is_empty() && !error.remedy().is_empty());
/// assert_eq!(error.errno(), None); // it was not found in PATH; nothing was tried
/// ```
#[derive(Debug, thiserror::Error)]
#[error("cannot start `{program}`: {what} (step: {stage}); {remedy}")]
pub struct Error {
    kind: ErrorKind,
    stage: Stage,
    program: String,
    what: String,
    remedy: String,
    #[source]
    source: Option<io::Error>,
}

impl Error {
    pub(crate) fn new(
        stage: Stage,
        program: &std::ffi::OsStr,
        cause: Cause,
        errno: Option<i32>,
    ) -> Self {
        Self {
            kind: cause.kind,
            stage,
            program: program.to_string_lossy().into_owned(),
            what: cause.what,
            remedy: cause.remedy,
            source: errno.map(io::Error::from_raw_os_error),
        }
    }

    /// What kind of failure it was.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The step that failed.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// The program as it was given.
    #[must_use]
    pub fn program(&self) -> &str {
        &self.program
    }

    /// What happened, without program and advice.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    /// The operating system's error number, where there is one.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        self.source.as_ref().and_then(io::Error::raw_os_error)
    }
}

/// The middle of an [`Error`]: what, of which kind, and the advice.
#[derive(Debug)]
pub(crate) struct Cause {
    pub(crate) kind: ErrorKind,
    pub(crate) what: String,
    pub(crate) remedy: String,
}

impl Cause {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guards: the byte a child reports names the stage the child meant.
    #[test]
    fn stages_survive_the_pipe() {
        let mut count = 0;
        for byte in 0..=u8::MAX {
            if let Some(stage) = Stage::from_byte(byte) {
                assert_eq!(stage as u8, byte);
                count += 1;
            }
        }
        assert_eq!(count, Stage::Watch as usize + 1);
    }
}
