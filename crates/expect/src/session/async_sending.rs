//! The async session's sending half: it reads while it writes, lest both sides wait for each other.

use super::async_session::{AsyncSession, poll_read, until};
use super::async_writer::AsyncWriter;
use super::error::Error;
use super::key::{Key, control};
use std::future::poll_fn;
use std::io::{self, ErrorKind as IoErrorKind};
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};

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

    /// Sends a line: the text and
    /// [`SessionOptions::line_ending`](crate::SessionOptions::line_ending).
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
