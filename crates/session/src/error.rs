//! Why a session could not be started, found or asked.

use std::fmt;

use minicbor::{Decode, Encode};

/// What kind of error an [`Error`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[non_exhaustive]
#[cbor(index_only)]
pub enum ErrorKind {
    /// The program could not be started; the source says why.
    #[n(0)]
    Spawn,
    /// As many sessions are open as may be.
    #[n(1)]
    TooManySessions,
    /// Another session of the same owner has this name.
    #[n(2)]
    NameTaken,
    /// The name has characters that would break a status line, or is too long.
    #[n(3)]
    BadName,
    /// No session answers to this id or name.
    #[n(4)]
    NotFound,
    /// The program has ended, and what was asked needs a living one.
    #[n(5)]
    Exited,
    /// The session is not in the state that the input asked for.
    #[n(6)]
    WrongState,
    /// A person is typing into the session.
    #[n(12)]
    HumanInControl,
    /// A pattern cannot be compiled; the message says which and why.
    #[n(7)]
    BadPattern,
    /// The session cannot do this in its mode.
    #[n(8)]
    Unsupported,
    /// The system refused.
    #[n(9)]
    Io,
    /// The session's driver is gone.
    #[n(10)]
    Lost,
    /// The session's holder lives and does not answer.
    #[n(11)]
    Unresponsive,
    /// The policy forbids it; the message names the rule.
    #[n(20)]
    PolicyDenied,
}

/// An error of this crate: what happened, to what, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    remedy: String,
    spawn: Option<rejoinder_pty::ErrorKind>,
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
            spawn: None,
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

    /// A program that could not be started.
    pub(crate) fn spawn(error: rejoinder_pty::Error) -> Self {
        // The remedy has a place of its own.
        let (message, remedy) = (error.to_string(), error.remedy().to_owned());
        let message = message
            .strip_suffix(&remedy)
            .map_or(message.as_str(), |message| message.trim_end_matches("; "));
        let kind = error.kind();
        Self::new(ErrorKind::Spawn, message, remedy)
            .with_spawn_kind(kind)
            .caused_by(error)
    }

    pub(crate) fn with_spawn_kind(mut self, kind: rejoinder_pty::ErrorKind) -> Self {
        self.spawn = Some(kind);
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

    /// What hindered the program's start, when that is what went wrong.
    #[must_use]
    pub fn spawn_kind(&self) -> Option<rejoinder_pty::ErrorKind> {
        self.spawn
    }
}
