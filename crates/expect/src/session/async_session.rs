//! The async session on tokio: the loop of the blocking one, with awaits in it.

use super::error::Error;
use super::found::{Found, Reply, SoFar};
use super::options::{ExpectOptions, SessionOptions};
use super::patterns::{IntoPatterns, Patterns};
use super::shared::{Event, Heard, Pending, READS_FOR_GROWTH, Shared};
use super::state::state_methods;
use crate::{Edge, PatternSet, Ring, TextFilter};
use std::borrow::Cow;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::timeout_at;

#[cfg(feature = "spawn")]
type DefaultStream = super::async_pty::AsyncPtyStream;
#[cfg(not(feature = "spawn"))]
type DefaultStream = tokio::io::DuplexStream;

/// A conversation with a program, or with whatever is at the other end of an async stream.
///
/// The twin of the blocking `Session`, with the same methods under the same
/// names. It works over anything that is `AsyncRead` and, to send, `AsyncWrite`: a socket, a
/// serial port, an SSH channel.
///
/// Every method is cancel safe: dropped before it is ready, a wait has lost nothing of what has
/// arrived, and the next one begins where it did. (Of what was being sent, an unknown part has
/// been.)
///
/// # Example
///
/// ```
/// use rejoinder_expect::{AsyncSession, regex};
/// use tokio::io::AsyncWriteExt;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let (near, mut far) = tokio::io::duplex(4096);
/// far.write_all(b"220 mail.example ready\r\n").await?;
///
/// let mut session = AsyncSession::new(near);
/// let found = session.expect(regex(r"220 (\S+)")).await?;
/// assert_eq!(found.group(1).as_deref(), Some("mail.example"));
/// session.send_line("EHLO client.example").await?;
/// // What the last wait came to stays with the session, and so does what has not been matched.
/// assert_eq!((session.before(), session.matched()), ("".into(), Some("220 mail.example".into())));
/// assert_eq!(session.captures()[1].as_deref(), Some("mail.example"));
/// assert_eq!(session.unread(), b" ready\r\n");
/// assert_eq!(session.ring().as_bytes(), b"220 mail.example ready\r\n");
/// session.skip_unread().await?;
/// drop(far);
/// session.expect_eof().await?;
/// assert!(session.has_ended());
/// let _: &tokio::io::DuplexStream = session.stream();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
///
/// Methods that wait need a tokio runtime with its time driver enabled, unless the session has no
/// timeout.
#[derive(Debug)]
pub struct AsyncSession<S = DefaultStream> {
    pub(crate) stream: S,
    pub(crate) shared: Shared,
}

impl<S: AsyncRead + Unpin> AsyncSession<S> {
    /// A session over a stream, with the default options.
    pub fn new(stream: S) -> AsyncSession<S> {
        AsyncSession::with_options(stream, SessionOptions::default())
    }

    /// A session over a stream.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::{AsyncSession, SessionOptions};
    /// use std::time::Duration;
    ///
    /// let (near, _far) = tokio::io::duplex(4096);
    /// let options = SessionOptions { line_ending: "\r\n", ..SessionOptions::default() };
    /// let mut session = AsyncSession::with_options(near, options);
    /// session.set_timeout(Some(Duration::from_millis(10)));
    /// assert_eq!(session.options().line_ending, "\r\n");
    /// assert!(session.expect("anything").await.is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_options(stream: S, options: SessionOptions) -> AsyncSession<S> {
        AsyncSession {
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
    pub async fn expect(&mut self, patterns: impl IntoPatterns) -> Result<Found, Error> {
        let patterns = patterns.into_patterns();
        let (reply, set, timeout) = self.wait_for(patterns, ExpectOptions::new()).await?;
        reply.into_result(&set, timeout)
    }

    /// The same with a timeout of its own.
    ///
    /// # Errors
    ///
    /// As [`AsyncSession::expect`].
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::{AsyncSession, ErrorKind};
    /// use std::time::Duration;
    ///
    /// let mut session = AsyncSession::spawn("cat")?;
    /// let error = session.expect_within(Duration::from_millis(10), "anything").await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Timeout);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn expect_within(
        &mut self,
        timeout: Duration,
        patterns: impl IntoPatterns,
    ) -> Result<Found, Error> {
        let options = ExpectOptions::new().timeout(timeout);
        let (reply, set, timeout) = self.wait_for(patterns.into_patterns(), options).await?;
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
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::{AsyncSession, Reply};
    ///
    /// let mut session = AsyncSession::spawn("echo done")?;
    /// match session.expect_any(["failed", "retry"]).await? {
    ///     Reply::Eof(said) => assert_eq!(said.before(), "done\r\n"),
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn expect_any(&mut self, patterns: impl IntoPatterns) -> Result<Reply, Error> {
        self.expect_with(patterns, ExpectOptions::new()).await
    }

    /// The same with options for this wait alone.
    ///
    /// # Errors
    ///
    /// As [`AsyncSession::expect_any`].
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::{AsyncSession, ExpectOptions, Reply};
    /// use std::time::Duration;
    ///
    /// // Only what is there already counts.
    /// let mut session = AsyncSession::spawn("cat")?;
    /// let now = ExpectOptions::new().timeout(Duration::ZERO);
    /// assert!(matches!(session.expect_with("anything", now).await?, Reply::Timeout(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn expect_with(
        &mut self,
        patterns: impl IntoPatterns,
        options: ExpectOptions,
    ) -> Result<Reply, Error> {
        Ok(self.wait_for(patterns.into_patterns(), options).await?.0)
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
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::AsyncSession;
    ///
    /// let mut session = AsyncSession::spawn("echo bye")?;
    /// assert_eq!(session.expect_eof().await?.before(), "bye\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn expect_eof(&mut self) -> Result<SoFar, Error> {
        let nothing = Patterns::Set(PatternSet::empty());
        match self.wait_for(nothing, ExpectOptions::new()).await? {
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
    pub async fn skip_unread(&mut self) -> Result<u64, Error> {
        self.read_what_is_there().await?;
        Ok(self.shared.skip_unread())
    }

    async fn wait_for(
        &mut self,
        patterns: Patterns,
        options: ExpectOptions,
    ) -> Result<(Reply, PatternSet, Option<Duration>), Error> {
        let mut pending = self.shared.begin(patterns, options, Instant::now())?;
        if pending.timeout.is_some_and(|timeout| timeout.is_zero()) {
            self.read_what_is_there().await?;
        }
        let reply = self.drive(&mut pending).await?;
        Ok((reply, pending.set, pending.timeout))
    }

    /// The loop around the core. Nothing is decided here but when to read.
    async fn drive(&mut self, pending: &mut Pending) -> Result<Reply, Error> {
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
                if growing && self.receive_now().await? != Heard::Nothing {
                    continue;
                }
                if let Some(reply) = self.shared.poll(pending, Edge::Drained, now) {
                    return Ok(reply);
                }
                deadline = pending.wait.poll_timeout();
            }
            if self.receive(deadline).await? == Heard::Nothing {
                let now = Instant::now();
                if let Some(reply) = self.shared.poll(pending, Edge::Drained, now) {
                    return Ok(reply);
                }
            }
        }
    }

    async fn read_what_is_there(&mut self) -> Result<(), Error> {
        for _ in 0..READS_FOR_GROWTH {
            if self.receive_now().await? != Heard::More {
                break;
            }
        }
        Ok(())
    }

    /// Reads once, waiting until `deadline`.
    pub(crate) async fn receive(&mut self, deadline: Option<Instant>) -> Result<Heard, Error> {
        if self.shared.ended {
            return Ok(Heard::End);
        }
        let (stream, space) = (&mut self.stream, self.shared.ring.spare_mut());
        let read = poll_fn(|context| poll_read(stream, space, context));
        let Some(count) = until(deadline, read).await else {
            return Ok(Heard::Nothing);
        };
        self.take_in(count)
    }

    /// Reads what is there at this moment.
    async fn receive_now(&mut self) -> Result<Heard, Error> {
        if self.shared.ended {
            return Ok(Heard::End);
        }
        let (stream, space) = (&mut self.stream, self.shared.ring.spare_mut());
        let read = poll_fn(|context| {
            Poll::Ready(match poll_read(stream, space, context) {
                Poll::Ready(count) => Some(count),
                Poll::Pending => None,
            })
        });
        match read.await {
            Some(count) => self.take_in(count),
            None => Ok(Heard::Nothing),
        }
    }

    pub(super) fn take_in(&mut self, count: io::Result<usize>) -> Result<Heard, Error> {
        match count.map_err(|error| Error::io("read from the program", error))? {
            0 => {
                self.shared.ended = true;
                Ok(Heard::End)
            }
            count => {
                self.shared.received(count);
                Ok(Heard::More)
            }
        }
    }
}

/// One read; 0 is the end of the stream.
pub(super) fn poll_read(
    stream: &mut (impl AsyncRead + Unpin),
    space: &mut [u8],
    context: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    let mut buffer = ReadBuf::new(space);
    Pin::new(stream)
        .poll_read(context, &mut buffer)
        .map(|read| match read {
            Ok(()) => Ok(buffer.filled().len()),
            Err(error) if super::is_hang_up(&error) => Ok(0),
            Err(error) => Err(error),
        })
}

/// What a future gives, `None` when it did not by the deadline.
pub(super) async fn until<F: Future>(deadline: Option<Instant>, future: F) -> Option<F::Output> {
    match deadline {
        None => Some(future.await),
        Some(deadline) => timeout_at(deadline.into(), future).await.ok(),
    }
}
