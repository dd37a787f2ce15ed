//! Why a transcript could not be made or read.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What kind of error a [`TranscriptError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TranscriptErrorKind {
    /// There is no transcript of this session.
    NotFound,
    /// There is a transcript of this session already.
    Exists,
    /// The directory belongs to somebody else, or others may look into it.
    Insecure,
    /// The file is no asciicast of version 3, or of a later kind than is known here.
    NotATranscript,
    /// The file is an asciicast up to some place where it is not.
    Broken,
    /// The system refused, or what is exported could not be written.
    Io,
}

/// An error of a transcript: what happened, to which file, and what to do.
#[derive(Debug, thiserror::Error)]
pub struct TranscriptError {
    kind: TranscriptErrorKind,
    path: PathBuf,
    message: String,
    #[source]
    source: Option<io::Error>,
}

impl fmt::Display for TranscriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl TranscriptError {
    pub(crate) fn new(
        kind: TranscriptErrorKind,
        path: &Path,
        message: impl fmt::Display,
    ) -> TranscriptError {
        TranscriptError {
            kind,
            path: path.to_owned(),
            message: format!("{}: {message}", path.display()),
            source: None,
        }
    }

    pub(crate) fn io(path: &Path, what: &str, source: io::Error) -> TranscriptError {
        let kind = match source.kind() {
            io::ErrorKind::NotFound => TranscriptErrorKind::NotFound,
            io::ErrorKind::AlreadyExists => TranscriptErrorKind::Exists,
            _ => TranscriptErrorKind::Io,
        };
        TranscriptError {
            source: Some(source),
            ..TranscriptError::new(kind, path, what)
        }
        .with_source_in_message()
    }

    /// What is exported could not be written.
    pub(crate) fn output(source: io::Error) -> TranscriptError {
        TranscriptError {
            kind: TranscriptErrorKind::Io,
            path: PathBuf::new(),
            message: "the export cannot be written".to_owned(),
            source: Some(source),
        }
        .with_source_in_message()
    }

    pub(crate) fn broken(path: &Path, position: u64, why: impl fmt::Display) -> TranscriptError {
        TranscriptError::new(
            TranscriptErrorKind::Broken,
            path,
            format_args!("broken at byte {position} of the file: {why}"),
        )
    }

    fn with_source_in_message(mut self) -> TranscriptError {
        if let Some(source) = &self.source {
            self.message = format!("{}: {source}", self.message);
        }
        self
    }

    /// What kind of error it is.
    #[must_use]
    pub fn kind(&self) -> TranscriptErrorKind {
        self.kind
    }

    /// The file or directory it is about; empty when it is about where an export goes.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}
