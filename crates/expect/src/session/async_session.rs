//! The async session on tokio: the loop of the blocking one, with awaits in it.

use super::async_writer::AsyncWriter;
use super::error::Error;
use super::found::{Found, Reply, SoFar};
use super::key::{Key, control};
use super::patterns::{IntoPatterns, Patterns};
use super::shared::{Event, ExpectOptions, Pending, READS_FOR_GROWTH, SessionOptions, Shared};
use crate::{Edge, PatternSet, Ring, TextFilter};
use std::borrow::Cow;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind as IoErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf, ReadHalf, WriteHalf};
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

    /// What came before the last match, or in the whole of the last wait when it found none.
    /// Empty before the first wait.
    pub fn before(&self) -> Cow<'_, str> {
        self.shared.last().map_or(Cow::Borrowed(""), Reply::before)
    }

    /// What the last wait matched; `None` when it found no match.
    pub fn matched(&self) -> Option<Cow<'_, str>> {
        self.shared.last_found().map(Found::matched)
    }

    /// The groups of the last wait's match, the whole match first; empty when it found none.
    pub fn captures(&self) -> Vec<Option<Cow<'_, str>>> {
        self.shared
            .last_found()
            .map(|found| found.captures().collect())
            .unwrap_or_default()
    }

    /// What has been read and not been matched yet, without waiting for more.
    pub fn unread(&self) -> &[u8] {
        self.shared.unread()
    }

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

    /// Shows everything that passes through the session to `transcript`, from now on.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::{AsyncSession, Event};
    /// use std::sync::mpsc;
    ///
    /// let (log, lines) = mpsc::channel();
    /// let mut session = AsyncSession::spawn("echo hi")?;
    /// session.on_transcript(move |event| {
    ///     if let Event::Output(_, bytes) = event {
    ///         let _ = log.send(bytes.to_vec());
    ///     }
    /// });
    /// session.expect_eof().await?;
    /// assert_eq!(lines.try_iter().collect::<Vec<_>>().concat(), b"hi\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_transcript(&mut self, transcript: impl FnMut(Event<'_>) + Send + 'static) {
        self.shared.set_transcript(Box::new(transcript));
    }

    /// Matches the text that `filter` leaves of what arrives, instead of the bytes as they come: a
    /// prompt is then found whatever colours and cursor movements stand in it.
    ///
    /// Holds for everything behind the last match. What is found carries its text; its
    /// [`place`](Found::place) is still that in the stream.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::{AsyncSession, Offset, TextFilter};
    ///
    /// /// Drops NUL bytes, which some devices send as padding.
    /// struct NoNul;
    ///
    /// impl TextFilter for NoNul {
    ///     fn feed(&mut self, at: Offset, raw: &[u8], emit: &mut dyn FnMut(Offset, &[u8])) {
    ///         for (index, byte) in raw.iter().enumerate().filter(|(_, byte)| **byte != 0) {
    ///             emit(at + index as u64, std::slice::from_ref(byte));
    ///         }
    ///     }
    /// }
    ///
    /// let mut session = AsyncSession::spawn(r"printf 'lo\0gin\0: '")?;
    /// session.set_text_filter(NoNul);
    /// session.expect("login: ").await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_text_filter(&mut self, filter: impl TextFilter + Send + 'static) {
        self.shared.set_text_filter(Box::new(filter));
    }

    /// The session's options.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::{AsyncSession, Ring};
    ///
    /// let session = AsyncSession::spawn("cat")?;
    /// assert_eq!(session.options().window, Ring::DEFAULT_WINDOW);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn options(&self) -> &SessionOptions {
        &self.shared.options
    }

    /// Sets the timeout of later waits and sendings; `None` is for ever.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::AsyncSession;
    /// use std::time::Duration;
    ///
    /// let mut session = AsyncSession::spawn("cat")?;
    /// session.set_timeout(Some(Duration::from_secs(5)));
    /// assert_eq!(session.options().timeout, Some(Duration::from_secs(5)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.shared.options.timeout = timeout;
    }

    /// The bytes that have arrived, as far as they are kept.
    pub fn ring(&self) -> &Ring {
        &self.shared.ring
    }

    /// The stream.
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// Whether the stream has ended: the program has exited, or the other side has hung up, and
    /// everything from it has been read.
    pub fn has_ended(&self) -> bool {
        self.shared.ended
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

/// What one read came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    More,
    Nothing,
    End,
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncSession<S> {
    /// Sends text or bytes as they are.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout) when they are not all taken within the
    /// session's timeout, and when writing or reading fails.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::AsyncSession;
    ///
    /// let mut session = AsyncSession::spawn("cat")?;
    /// session.send("two ").await?;
    /// session.send(b"pieces\n").await?;
    /// session.expect("two pieces").await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        self.transmit(bytes.as_ref(), false).await
    }

    /// Sends a line: the text and [`SessionOptions::line_ending`].
    ///
    /// # Errors
    ///
    /// As [`AsyncSession::send`].
    pub async fn send_line(&mut self, line: impl AsRef<[u8]>) -> Result<(), Error> {
        let line = self.shared.line(line.as_ref());
        self.transmit(&line, false).await
    }

    /// Sends a line that is not to appear in the transcript, such as a password.
    ///
    /// # Errors
    ///
    /// As [`AsyncSession::send`].
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::AsyncSession;
    ///
    /// let script = r#"sh -c 'stty -echo; printf "Password: "; read p; echo; echo ${#p}'"#;
    /// let mut session = AsyncSession::spawn(script)?;
    /// session.expect("Password: ").await?;
    /// session.send_secret("hunter2").await?;
    /// session.expect("7").await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn send_secret(&mut self, secret: impl AsRef<[u8]>) -> Result<(), Error> {
        let line = self.shared.line(secret.as_ref());
        self.transmit(&line, true).await
    }

    /// Sends the character that a key gives together with Control: `'c'` interrupts, `'d'` is the
    /// end of input, `'z'` suspends.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Key`](crate::ErrorKind::Key) when there is no such character, and as
    /// [`AsyncSession::send`].
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::AsyncSession;
    ///
    /// let mut cat = AsyncSession::spawn("cat")?;
    /// cat.send_control('d').await?;
    /// cat.expect_eof().await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn send_control(&mut self, key: char) -> Result<(), Error> {
        self.transmit(&[control(key)?], false).await
    }

    /// Presses keys.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Key`](crate::ErrorKind::Key) when one of them does not exist; nothing is sent
    /// then. And as [`AsyncSession::send`].
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::{AsyncSession, Key};
    ///
    /// let mut session = AsyncSession::spawn("cat -v")?;
    /// session.send_keys([Key::Up, Key::Enter]).await?;
    /// session.expect("^[[A\r\n").await?; // the terminal's echo of an arrow key
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn send_keys(&mut self, keys: impl IntoIterator<Item = Key>) -> Result<(), Error> {
        let bytes = Key::sequence(keys)?;
        self.transmit(&bytes, false).await
    }

    async fn transmit(&mut self, bytes: &[u8], secret: bool) -> Result<(), Error> {
        let timeout = self.shared.options.timeout;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut sent = 0;
        while sent < bytes.len() {
            let progress = self.exchange(&bytes[sent..], deadline).await;
            match progress {
                Some(Ok(Progress::Sent(count))) => sent += count,
                Some(Ok(Progress::Received(count))) => {
                    self.take_in(Ok(count))?;
                }
                Some(Err(error)) => {
                    self.shared.sent(&bytes[..sent], secret);
                    return Err(Error::io("write to the program", error));
                }
                None => {
                    self.shared.sent(&bytes[..sent], secret);
                    return Err(Error::not_taken(sent, bytes.len(), timeout));
                }
            }
        }
        self.shared.sent(bytes, secret);
        match until(deadline, self.stream.flush()).await {
            Some(flushed) => flushed.map_err(|error| Error::io("write to the program", error)),
            None => Err(Error::not_taken(sent, bytes.len(), timeout)),
        }
    }

    /// Sends some of `bytes`, or reads, whichever is possible first.
    async fn exchange(
        &mut self,
        bytes: &[u8],
        deadline: Option<Instant>,
    ) -> Option<io::Result<Progress>> {
        let (stream, space) = (&mut self.stream, self.shared.ring.spare_mut());
        let ended = self.shared.ended;
        let progress = poll_fn(|context| {
            match Pin::new(&mut *stream).poll_write(context, bytes) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(IoErrorKind::WriteZero.into())),
                Poll::Ready(sent) => return Poll::Ready(sent.map(Progress::Sent)),
                Poll::Pending if ended => return Poll::Pending,
                Poll::Pending => {}
            }
            poll_read(stream, space, context).map(|count| count.map(Progress::Received))
        });
        until(deadline, progress).await
    }

    /// Takes the session apart, so that one task can wait while another sends.
    ///
    /// The reading end is a session that can do everything but send. What is sent by the other
    /// end is unknown to it: it appears in no transcript, and its echo is not left out.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::AsyncSession;
    ///
    /// let (mut reader, mut writer) = AsyncSession::spawn("cat")?.split();
    /// let (said, sent) = tokio::join!(reader.expect("hello"), writer.send_line("hello"));
    /// sent?;
    /// assert_eq!(said?.matched(), "hello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn split(self) -> (AsyncSession<ReadHalf<S>>, AsyncWriter<WriteHalf<S>>) {
        let options = self.shared.options;
        let (reader, writer) = tokio::io::split(self.stream);
        let session = AsyncSession {
            stream: reader,
            shared: self.shared,
        };
        (
            session,
            AsyncWriter {
                sink: writer,
                options,
            },
        )
    }
}

/// What came of an attempt to send while reading.
enum Progress {
    Sent(usize),
    Received(usize),
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
