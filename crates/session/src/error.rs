//! Why a session could not be started, found or asked.

use std::fmt;

/// What kind of error an [`Error`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The program could not be started; the source says why.
    Spawn,
    /// As many sessions are open as may be.
    TooManySessions,
    /// Another session of the same owner has this name.
    NameTaken,
    /// The name has characters that would break a status line, or is too long.
    BadName,
    /// No session answers to this id or name.
    NotFound,
    /// The program has ended, and what was asked needs a living one.
    Exited,
    /// The session is not in the state that the input asked for.
    WrongState,
    /// A person is typing into the session.
    HumanInControl,
    /// A pattern cannot be compiled; the message says which and why.
    BadPattern,
    /// The session cannot do this in its mode.
    Unsupported,
    /// The system refused.
    Io,
    /// The session's driver is gone.
    Lost,
}

/// An error of this crate: what happened, to what, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    remedy: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            message: message.into(),
            remedy: remedy.into(),
            source: None,
        }
    }

    pub(crate) fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn io(what: &str, source: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("{what}: {source}"), "").caused_by(source)
    }

    pub(crate) fn lost() -> Self {
        Self::new(
            ErrorKind::Lost,
            "the session's driver has ended",
            "start a new session",
        )
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to do about it; empty when nothing can be said.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    /// The error of the PTY layer, when the program could not be started.
    #[must_use]
    pub fn spawn_error(&self) -> Option<&rejoinder_pty::Error> {
        self.source.as_ref()?.downcast_ref()
    }
}
