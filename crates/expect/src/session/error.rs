//! What can go wrong in a session.

use super::found::{Found, Reply, SoFar};
use crate::{PatternError, PatternSet};
use std::borrow::Cow;
use std::time::Duration;
use std::{fmt, io};

/// Why something could not be done in a session.
///
/// Where the program did not print what was expected, the error says what it printed instead:
/// in its message the last of it, through [`Error::before`] all of it.
///
/// # Example
///
/// ```no_run
/// use rejoinder_expect::{ErrorKind, Session};
///
/// let mut session = Session::spawn("make")?;
/// match session.expect("Finished") {
///     Ok(_) => println!("built"),
///     Err(error) if error.kind() == ErrorKind::Eof => println!("make gave up: {error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    so_far: Option<SoFar>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What kind of thing an [`Error`] is.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{ErrorKind, Session, regex};
///
/// let mut session = Session::spawn("echo hi")?;
/// assert_eq!(session.expect(regex("(")).unwrap_err().kind(), ErrorKind::Pattern);
/// assert_eq!(session.expect("bye").unwrap_err().kind(), ErrorKind::Eof);
/// assert_eq!(Session::spawn("no-such-program").unwrap_err().kind(), ErrorKind::Spawn);
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A pattern is not valid, or too large.
    Pattern,
    /// The program could not be started.
    Spawn,
    /// What was expected did not come in time. Nothing is lost: wait again.
    Timeout,
    /// The stream ended before what was expected came.
    Eof,
    /// Reading or writing failed.
    Io,
    /// A key has no character sequence, such as Control with a digit.
    Key,
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        message: impl fmt::Display,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        Error {
            kind,
            message: message.to_string(),
            so_far: None,
            source: Some(source.into()),
        }
    }

    pub(crate) fn plain(kind: ErrorKind, message: impl fmt::Display) -> Error {
        Error {
            kind,
            message: message.to_string(),
            so_far: None,
            source: None,
        }
    }

    pub(crate) fn io(what: &str, source: io::Error) -> Error {
        Error::new(ErrorKind::Io, format!("cannot {what}: {source}"), source)
    }

    /// Input that a program does not take.
    pub(crate) fn not_taken(taken: usize, of: usize, timeout: Option<Duration>) -> Error {
        let within = timeout.map_or_else(String::new, |time| format!(" within {time:?}"));
        Error::plain(
            ErrorKind::Timeout,
            format_args!(
                "the program took only {taken} of {of} bytes of input{within}; it may be busy, \
                 waiting for something else, or not reading at all"
            ),
        )
    }

    /// A program that was to end by now.
    #[cfg(feature = "spawn")]
    pub(crate) fn still_running(timeout: Option<Duration>) -> Error {
        let after = timeout.map_or_else(String::new, |time| format!(" after {time:?}"));
        Error::plain(
            ErrorKind::Timeout,
            format_args!("the program still runs{after}"),
        )
    }

    fn missing(kind: ErrorKind, what: &str, set: &PatternSet, so_far: SoFar) -> Error {
        let message = format!("{what} {}; {}", wanted(set), Tail(&so_far));
        Error {
            kind,
            message,
            so_far: Some(so_far),
            source: None,
        }
    }

    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What had come when the wait ended, as text, for [`ErrorKind::Timeout`] and
    /// [`ErrorKind::Eof`].
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::Session;
    ///
    /// let error = Session::spawn("echo it broke")?.expect("done").unwrap_err();
    /// assert_eq!(error.before().as_deref(), Some("it broke\r\n"));
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn before(&self) -> Option<Cow<'_, str>> {
        self.so_far.as_ref().map(SoFar::before)
    }

    /// The same with its place in the stream.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Offset, Session};
    ///
    /// let error = Session::spawn("echo it broke")?.expect("done").unwrap_err();
    /// let so_far = error.so_far().expect("the stream ended");
    /// assert_eq!(so_far.place().range().end, Offset::new(10));
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn so_far(&self) -> Option<&SoFar> {
        self.so_far.as_ref()
    }
}

impl From<PatternError> for Error {
    fn from(source: PatternError) -> Error {
        Error::new(ErrorKind::Pattern, source.to_string(), source)
    }
}

impl Reply {
    /// The match, or an error that says what came instead.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Eof`] and [`ErrorKind::Timeout`].
    pub(crate) fn into_result(
        self,
        set: &PatternSet,
        timeout: Option<Duration>,
    ) -> Result<Found, Error> {
        match self {
            Reply::Found(found) => Ok(found),
            Reply::Eof(so_far) => {
                let what = "the output ended without";
                Err(Error::missing(ErrorKind::Eof, what, set, so_far))
            }
            Reply::Timeout(so_far) => {
                let what = match timeout {
                    Some(time) => format!("{time:?} have passed without"),
                    None => "the time is up without".to_owned(),
                };
                Err(Error::missing(ErrorKind::Timeout, &what, set, so_far))
            }
        }
    }
}

/// The patterns as the reader of a message wants them.
fn wanted(set: &PatternSet) -> String {
    const SHOWN: usize = 4;
    if set.is_empty() {
        return "the end of the output".to_owned();
    }
    let shown: Vec<String> = set
        .patterns()
        .iter()
        .take(SHOWN)
        .map(ToString::to_string)
        .collect();
    let more = match set.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" or {more} more"),
    };
    format!("{}{more}", shown.join(" or "))
}

/// The last of what came, in one line.
struct Tail<'a>(&'a SoFar);

impl fmt::Display for Tail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 200;
        let bytes = self.0.before_bytes();
        let len = self.0.place().before_len();
        if len == 0 {
            return write!(f, "nothing came");
        }
        let tail = &bytes[bytes.len().saturating_sub(SHOWN)..];
        let text = String::from_utf8_lossy(tail);
        if tail.len() as u64 == len {
            write!(f, "what came is \"{}\"", text.escape_debug())
        } else {
            write!(
                f,
                "the last of the {len} bytes that came are \"{}\"",
                text.escape_debug()
            )
        }
    }
}
