//! The sending end of an async session that was taken apart.

use super::async_session::until;
use super::error::Error;
use super::key::{Key, control};
use super::options::SessionOptions;
use std::io::ErrorKind as IoErrorKind;
use std::time::Instant;
use tokio::io::{AsyncWrite, AsyncWriteExt};

#[cfg(doc)]
use super::async_session::AsyncSession;

/// The sending end of a session that was [`split`](AsyncSession::split).
///
/// # Example
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use rejoinder_expect::{AsyncSession, Key, regex};
///
/// let (mut reader, mut writer) = AsyncSession::spawn("cat")?.split();
/// writer.send("hel").await?;
/// writer.send_keys([Key::Char('l'), Key::Char('o')]).await?;
/// writer.send_line("!").await?;
/// reader.expect(regex("hello!\r\nhello!")).await?; // its echo, and what `cat` says
/// writer.send_control('d').await?;
/// reader.expect_eof().await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AsyncWriter<W> {
    pub(super) sink: W,
    pub(super) options: SessionOptions,
}

impl<W: AsyncWrite + Unpin> AsyncWriter<W> {
    /// Sends text or bytes as they are.
    ///
    /// # Errors
    ///
    /// As [`AsyncSession::send`].
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        let bytes = bytes.as_ref();
        let timeout = self.options.timeout;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut sent = 0;
        let sink = &mut self.sink;
        let all = async {
            while sent < bytes.len() {
                match sink.write(&bytes[sent..]).await? {
                    0 => return Err(IoErrorKind::WriteZero.into()),
                    count => sent += count,
                }
            }
            sink.flush().await
        };
        match until(deadline, all).await {
            Some(written) => written.map_err(|error| Error::io("write to the program", error)),
            None => Err(Error::not_taken(sent, bytes.len(), timeout)),
        }
    }

    /// Sends a line; see [`AsyncSession::send_line`].
    ///
    /// # Errors
    ///
    /// As [`AsyncSession::send`].
    pub async fn send_line(&mut self, line: impl AsRef<[u8]>) -> Result<(), Error> {
        let line = [line.as_ref(), self.options.line_ending.as_bytes()].concat();
        self.send(line).await
    }

    /// Sends a control character; see [`AsyncSession::send_control`].
    ///
    /// # Errors
    ///
    /// As [`AsyncSession::send_control`].
    pub async fn send_control(&mut self, key: char) -> Result<(), Error> {
        self.send([control(key)?]).await
    }

    /// Presses keys; see [`AsyncSession::send_keys`].
    ///
    /// # Errors
    ///
    /// As [`AsyncSession::send_keys`].
    pub async fn send_keys(&mut self, keys: impl IntoIterator<Item = Key>) -> Result<(), Error> {
        let bytes = Key::sequence(keys)?;
        self.send(bytes).await
    }
}
