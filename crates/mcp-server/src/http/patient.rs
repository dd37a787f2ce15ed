//! A connection whose other side has to read now and then.
//!
//! Nothing in HTTP says how long a client may leave an answer unread, and each that does holds one
//! of the connections that there may be, and the answer.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::unread::Unread;

/// How long a client may take nothing while too much waits for clients: 1 second. Stalled writes
/// are looked at as often.
const HURRIED: Duration = Duration::from_secs(1);

/// A stream on which a write fails that could not go on for too long.
#[derive(Debug)]
pub(super) struct Patient<S> {
    stream: S,
    patience: Duration,
    unread: Unread,
    stalled: Option<Stalled>,
}

/// A write that cannot go on.
#[derive(Debug)]
struct Stalled {
    since: Instant,
    /// Until it is looked at again.
    wait: Pin<Box<Sleep>>,
}

impl<S> Patient<S> {
    /// This stream, for as long as a write goes on within `patience`, or within a second while too
    /// much is unread.
    pub(super) fn new(stream: S, patience: Duration, unread: Unread) -> Self {
        Self {
            stream,
            patience,
            unread,
            stalled: None,
        }
    }

    /// What came of an attempt to write, or that it has been in vain for too long.
    fn judge<T>(
        &mut self,
        cx: &mut Context<'_>,
        attempt: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if attempt.is_ready() {
            self.stalled = None;
            return attempt;
        }
        let now = Instant::now();
        let stalled = self.stalled.get_or_insert_with(|| Stalled {
            since: now,
            wait: Box::pin(tokio::time::sleep_until(now + HURRIED)),
        });
        loop {
            ready!(stalled.wait.as_mut().poll(cx));
            let now = Instant::now();
            let stalled_for = now - stalled.since;
            if stalled_for >= self.patience || self.unread.is_too_much() {
                let error = io::Error::new(ErrorKind::TimedOut, "the client does not read");
                return Poll::Ready(Err(error));
            }
            stalled.wait.as_mut().reset(now + HURRIED);
        }
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

    use super::super::unread::MAX_UNREAD;
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    /// Promise: a client that reads nothing is given up after the time that it has, and not before.
    #[tokio::test(start_paused = true)]
    async fn who_never_reads_is_given_up() {
        let (_client, server) = tokio::io::duplex(16);
        let mut server = Patient::new(server, PATIENCE, Unread::default());
        let started = Instant::now();
        let error = server.write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(started.elapsed(), PATIENCE);
    }

    /// Promise: while too much is unread, who takes nothing for a second is given up, also when it
    /// was stalled before; who takes something is not.
    #[tokio::test(start_paused = true)]
    async fn who_never_reads_is_given_up_sooner_when_much_is_unread() {
        let unread = Unread::default();
        let (_client, server) = tokio::io::duplex(16);
        let mut server = Patient::new(server, PATIENCE, unread.clone());
        let started = Instant::now();
        let writing = tokio::spawn(async move { server.write_all(&[0; 64]).await });
        tokio::time::advance(10 * HURRIED).await;
        assert!(!writing.is_finished());
        let much = unread.hold(vec![0; MAX_UNREAD + 1].into());
        writing.await.unwrap().unwrap_err();
        assert!(started.elapsed() <= 12 * HURRIED);

        let (mut client, server) = tokio::io::duplex(16);
        let mut server = Patient::new(server, PATIENCE, unread);
        let writing = tokio::spawn(async move { server.write_all(&[0; 64]).await });
        for _ in 0..64 {
            tokio::time::sleep_until(Instant::now() + HURRIED / 2).await;
            client.read_exact(&mut [0]).await.unwrap();
        }
        writing.await.unwrap().unwrap();
        drop(much);
    }

    /// Promise: one that reads a little in time is waited for, however long it takes in all.
    #[tokio::test(start_paused = true)]
    async fn who_reads_slowly_is_waited_for() {
        let (mut client, server) = tokio::io::duplex(16);
        let mut server = Patient::new(server, PATIENCE, Unread::default());
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
