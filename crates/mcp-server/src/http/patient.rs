//! A connection whose other side has to read now and then.
//!
//! Nothing in HTTP says how long a client may leave an answer unread, and each that does holds one
//! of the connections that there may be.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// A stream on which a write fails that could not go on for too long.
#[derive(Debug)]
pub(super) struct Patient<S> {
    stream: S,
    patience: Duration,
    /// Runs while a write cannot go on.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    /// This stream, for as long as a write goes on within `patience`.
    pub(super) fn new(stream: S, patience: Duration) -> Self {
        Self {
            stream,
            patience,
            deadline: None,
        }
    }

    /// What came of an attempt to write, or that it has been in vain for too long.
    fn judge<T>(
        &mut self,
        cx: &mut Context<'_>,
        attempt: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if attempt.is_ready() {
            self.deadline = None;
            return attempt;
        }
        let until = Instant::now() + self.patience;
        let deadline = self
            .deadline
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        ready!(deadline.as_mut().poll(cx));
        let error = io::Error::new(ErrorKind::TimedOut, "the client does not read");
        Poll::Ready(Err(error))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.judge(cx, attempt)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.judge(cx, attempt)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let attempt = Pin::new(&mut self.stream).poll_flush(cx);
        self.judge(cx, attempt)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let attempt = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.judge(cx, attempt)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// Promise: a client that reads nothing is given up after the time that it has, and not before.
    #[tokio::test(start_paused = true)]
    async fn who_never_reads_is_given_up() {
        let (_client, server) = tokio::io::duplex(16);
        let mut server = Patient::new(server, PATIENCE);
        let started = Instant::now();
        let error = server.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(started.elapsed(), PATIENCE);
    }

    /// Promise: one that reads a little in time is waited for, however long it takes in all.
    #[tokio::test(start_paused = true)]
    async fn who_reads_slowly_is_waited_for() {
        let (mut client, server) = tokio::io::duplex(16);
        let mut server = Patient::new(server, PATIENCE);
        let started = Instant::now();
        let reading = tokio::spawn(async move {
            let mut byte = [0];
            let mut count = 0;
            loop {
                tokio::time::sleep_until(Instant::now() + PATIENCE / 2).await;
                match client.read(&mut byte).await {
                    Ok(0) | Err(_) => return count,
                    Ok(read) => count += read,
                }
            }
        });
        server.write_all(&[0; 64]).await.unwrap();
        drop(server);
        assert_eq!(reading.await.unwrap(), 64);
        assert!(started.elapsed() > 10 * PATIENCE);
    }
}
