//! The blocking session: one loop that reads, asks the core, and waits.

use super::error::Error;
use super::found::{Found, Reply, SoFar};
use super::options::{ExpectOptions, SessionOptions};
use super::patterns::{IntoPatterns, Patterns};
use super::pty::PtyStream;
use super::shared::{Event, Heard, Pending, READS_FOR_GROWTH, Shared};
use super::state::state_methods;
use super::stream::{Received, Source};
use crate::{Edge, PatternSet, Ring, TextFilter};
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// A conversation with a program, or with whatever is at the other end of a stream.
///
/// What arrives is read while a method waits (and while it sends, lest both sides wait for each
/// other), never in between. It is kept as far as the window reaches. Each wait begins behind the
/// last match; one that ends without a match leaves everything where it is.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Session, regex};
///
/// let mut shell = Session::spawn("sh")?;
/// shell.send_line("echo $((6 * 7)) is the answer")?;
/// let found = shell.expect(regex(r"(\d+) is the answer"))?;
/// assert_eq!(found.group(1).as_deref(), Some("42"));
/// shell.send_line("exit 3")?;
/// shell.expect_eof()?;
/// assert_eq!(shell.wait()?.code(), Some(3));
/// // What the last wait came to stays with the session, and so does what has not been matched.
/// let mut session = Session::spawn("echo one two three")?;
/// session.expect(regex("t(w)o"))?;
/// assert_eq!((session.before(), session.matched()), ("one ".into(), Some("two".into())));
/// assert_eq!(session.captures()[1].as_deref(), Some("w"));
/// session.wait()?;
/// assert_eq!(session.unread(), b" three\r\n");
/// assert_eq!(session.ring().as_bytes(), b"one two three\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Over another stream than a program's, make one with [`Session::new`].
#[derive(Debug)]
pub struct Session<S = PtyStream> {
    pub(crate) stream: S,
    pub(crate) shared: Shared,
}

impl<S: Source> Session<S> {
    /// A session over a stream, with the default options.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{FdStream, Session};
    /// use std::io::Write;
    /// use std::os::unix::net::UnixStream;
    ///
    /// let (near, mut far) = UnixStream::pair()?;
    /// far.write_all(b"login: ")?;
    /// let mut session = Session::new(FdStream::new(near.try_clone()?, near));
    /// session.expect("login: ")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(stream: S) -> Session<S> {
        Session::with_options(stream, SessionOptions::default())
    }

    /// A session over a stream.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Session, SessionOptions, ThreadedStream};
    ///
    /// let options = SessionOptions { line_ending: "\r\n", ..SessionOptions::default() };
    /// let stream = ThreadedStream::new(&b"220 ready\r\n"[..], std::io::sink())?;
    /// let mut session = Session::with_options(stream, options);
    /// session.expect("220 ")?;
    /// assert_eq!(session.options().line_ending, "\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_options(stream: S, options: SessionOptions) -> Session<S> {
        Session {
            stream,
            shared: Shared::new(options),
        }
    }

    /// Waits for a pattern, or the first of several, to be printed.
    ///
    /// # Errors
    ///
    /// When it does not come: [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) after the
    /// session's timeout, [`ErrorKind::Eof`](crate::ErrorKind::Eof) when the stream ends. When a
    /// pattern is not valid, and when reading fails.
    ///
    /// # Example
    ///
    /// ```
    /// # use rejoinder_expect::{Session, regex};
    /// let mut session = Session::spawn("printf 'login: \\nlast words\\n'")?;
    /// assert_eq!(session.expect(["password: ", "login: "])?.pattern(), 1);
    /// assert_eq!(session.expect(regex(r"(\w+) words"))?.group(1).as_deref(), Some("last"));
    ///
    /// let error = session.expect("more words").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the output ended without \"more words\"; what came is \"\\r\\n\"",
    /// );
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn expect(&mut self, patterns: impl IntoPatterns) -> Result<Found, Error> {
        let (reply, set, timeout) =
            self.wait_for(patterns.into_patterns(), ExpectOptions::new())?;
        reply.into_result(&set, timeout)
    }

    /// The same with a timeout of its own.
    ///
    /// # Errors
    ///
    /// As [`Session::expect`].
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{ErrorKind, Session};
    /// use std::time::Duration;
    ///
    /// let mut session = Session::spawn("cat")?;
    /// let error = session.expect_within(Duration::from_millis(10), "anything").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Timeout);
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn expect_within(
        &mut self,
        timeout: Duration,
        patterns: impl IntoPatterns,
    ) -> Result<Found, Error> {
        let options = ExpectOptions::new().timeout(timeout);
        let (reply, set, timeout) = self.wait_for(patterns.into_patterns(), options)?;
        reply.into_result(&set, timeout)
    }

    /// Waits for the first of several patterns, where the end of the stream and the timeout are
    /// answers like them.
    ///
    /// # Errors
    ///
    /// When a pattern is not valid, and when reading fails.
    ///
    /// # Example
    ///
    /// ```
    /// # use rejoinder_expect::{Reply, Session};
    /// let mut session = Session::spawn("echo done")?;
    /// match session.expect_any(["failed", "retry"])? {
    ///     Reply::Eof(said) => assert_eq!(said.before(), "done\r\n"),
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn expect_any(&mut self, patterns: impl IntoPatterns) -> Result<Reply, Error> {
        self.expect_with(patterns, ExpectOptions::new())
    }

    /// The same with options for this wait alone.
    ///
    /// # Errors
    ///
    /// As [`Session::expect_any`].
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{ExpectOptions, Reply, Session};
    /// use std::time::Duration;
    ///
    /// // Only what is there already counts.
    /// let mut session = Session::spawn("cat")?;
    /// let now = ExpectOptions::new().timeout(Duration::ZERO);
    /// assert!(matches!(session.expect_with("anything", now)?, Reply::Timeout(_)));
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn expect_with(
        &mut self,
        patterns: impl IntoPatterns,
        options: ExpectOptions,
    ) -> Result<Reply, Error> {
        Ok(self.wait_for(patterns.into_patterns(), options)?.0)
    }

    /// Waits for the end of the stream, and returns what came before it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and when reading fails.
    ///
    /// # Example
    ///
    /// ```
    /// # use rejoinder_expect::Session;
    /// let mut session = Session::spawn("echo bye")?;
    /// assert_eq!(session.expect_eof()?.before(), "bye\r\n");
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn expect_eof(&mut self) -> Result<SoFar, Error> {
        let nothing = Patterns::Set(PatternSet::empty());
        match self.wait_for(nothing, ExpectOptions::new())? {
            (Reply::Eof(so_far), ..) => Ok(so_far),
            (reply, set, timeout) => match reply.into_result(&set, timeout) {
                Err(error) => Err(error),
                Ok(_) => unreachable!("nothing matches the empty set"),
            },
        }
    }

    state_methods!();

    /// Reads what is there and passes over all that was not matched yet, so that the next wait
    /// begins now. Returns how many bytes were passed over.
    ///
    /// # Errors
    ///
    /// When reading fails.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::Session;
    ///
    /// let mut session = Session::spawn("echo one two")?;
    /// session.expect("one")?;
    /// session.wait()?;
    /// assert_eq!(session.skip_unread()?, 6);
    /// assert_eq!(session.unread(), b"");
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn skip_unread(&mut self) -> Result<u64, Error> {
        let now = Instant::now();
        for _ in 0..READS_FOR_GROWTH {
            if self.receive(Some(now))? != Heard::More {
                break;
            }
        }
        Ok(self.shared.skip_unread())
    }

    fn wait_for(
        &mut self,
        patterns: Patterns,
        options: ExpectOptions,
    ) -> Result<(Reply, PatternSet, Option<Duration>), Error> {
        let start = Instant::now();
        let mut pending = self.shared.begin(patterns, options, start)?;
        if pending.timeout.is_some_and(|timeout| timeout.is_zero()) {
            self.read_what_is_there(start)?;
        }
        let reply = self.drive(&mut pending)?;
        Ok((reply, pending.set, pending.timeout))
    }

    /// The loop around the core. Nothing is decided here but when to read.
    fn drive(&mut self, pending: &mut Pending) -> Result<Reply, Error> {
        let mut reads_for_growth = 0;
        loop {
            let now = Instant::now();
            if let Some(reply) = self.shared.poll(pending, Edge::Live, now) {
                return Ok(reply);
            }
            let mut deadline = pending.wait.poll_timeout();
            if pending.wait.has_candidate(self.shared.haystack()) {
                reads_for_growth += 1;
                let growing = reads_for_growth <= READS_FOR_GROWTH;
                if growing && self.receive(Some(now))? != Heard::Nothing {
                    continue;
                }
                if let Some(reply) = self.shared.poll(pending, Edge::Drained, now) {
                    return Ok(reply);
                }
                deadline = pending.wait.poll_timeout();
            }
            if self.receive(deadline)? == Heard::Nothing {
                let now = Instant::now();
                if let Some(reply) = self.shared.poll(pending, Edge::Drained, now) {
                    return Ok(reply);
                }
            }
        }
    }

    /// Reads once.
    pub(crate) fn receive(&mut self, deadline: Option<Instant>) -> Result<Heard, Error> {
        if self.shared.ended {
            return Ok(Heard::End);
        }
        let received = self
            .stream
            .receive(self.shared.ring.spare_mut(), deadline)
            .map_err(|error| Error::io("read from the program", error))?;
        Ok(self.take_in(received))
    }

    pub(super) fn take_in(&mut self, received: Received) -> Heard {
        match received {
            Received::Bytes(count) => {
                self.shared.received(count);
                Heard::More
            }
            Received::Nothing => Heard::Nothing,
            Received::End => {
                self.shared.ended = true;
                Heard::End
            }
        }
    }

    fn read_what_is_there(&mut self, now: Instant) -> Result<(), Error> {
        for _ in 0..READS_FOR_GROWTH {
            if self.receive(Some(now))? != Heard::More {
                break;
            }
        }
        Ok(())
    }
}
