//! Handing an async conversation to the person at the terminal, and taking it back.

use super::async_pty::AsyncPtyStream;
use super::async_session::{AsyncSession, poll_read, until};
use super::error::Error;
use super::interact::{InteractEnd, InteractOptions, LOOK_AGAIN, RawMode, changed_size};
use super::shared::Heard;
use rejoinder_pty::{Interest, PollEntry, poll};
use std::future::poll_fn;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::mpsc;

/// What happened first.
enum Moment {
    Printed(io::Result<usize>),
    Typed(io::Result<usize>),
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncSession<S> {
    /// Connects the program with whatever stands for the person, until the escape character comes
    /// or one of the two ends.
    ///
    /// What had arrived and was not matched is shown first. What is shown counts as read: the next
    /// wait begins behind it. No terminal is touched: of the options, only
    /// [`InteractOptions::escape`] means something here.
    ///
    /// # Errors
    ///
    /// When reading or writing fails on either side.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::{AsyncSession, InteractEnd, InteractOptions};
    ///
    /// let mut session = AsyncSession::spawn("cat")?;
    /// let typed = &b"hello\n\x1d"[..]; // and Control-]
    /// let end = session.interact_with(typed, tokio::io::sink(), InteractOptions::default()).await?;
    /// assert_eq!(end, InteractEnd::Escaped);
    /// session.expect("hello").await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn interact_with(
        &mut self,
        input: impl AsyncRead + Unpin,
        output: impl AsyncWrite + Unpin,
        options: InteractOptions,
    ) -> Result<InteractEnd, Error> {
        self.connect(input, output, options, |_| Ok(())).await
    }

    async fn connect(
        &mut self,
        mut input: impl AsyncRead + Unpin,
        mut output: impl AsyncWrite + Unpin,
        options: InteractOptions,
        mut look_around: impl FnMut(&S) -> io::Result<()>,
    ) -> Result<InteractEnd, Error> {
        let broken = |error| Error::io("talk to the person at the terminal", error);
        let mut shown = self.shared.at();
        let mut typed = [0; 4096];
        loop {
            look_around(&self.stream).map_err(broken)?;
            let fresh = self.shared.ring.slice(shown..self.shared.ring.end());
            if !fresh.is_empty() {
                output.write_all(fresh).await.map_err(broken)?;
                output.flush().await.map_err(broken)?;
            }
            shown = self.shared.ring.end();
            self.shared.skip_unread();
            if self.shared.ended {
                return Ok(InteractEnd::Ended);
            }
            let (stream, space) = (&mut self.stream, self.shared.ring.spare_mut());
            let moment = poll_fn(|context| {
                if let Poll::Ready(count) = poll_read(stream, space, context) {
                    return Poll::Ready(Moment::Printed(count));
                }
                poll_read(&mut input, &mut typed, context).map(Moment::Typed)
            });
            let count = match until(Some(Instant::now() + LOOK_AGAIN), moment).await {
                None => continue,
                Some(Moment::Printed(count)) => {
                    let _: Heard = self.take_in(count)?;
                    continue;
                }
                Some(Moment::Typed(count)) => count.map_err(broken)?,
            };
            let typed = &typed[..count];
            let escape = options
                .escape
                .and_then(|key| typed.iter().position(|&byte| byte == key));
            self.send(&typed[..escape.unwrap_or(count)]).await?;
            if escape.is_some() {
                return Ok(InteractEnd::Escaped);
            }
            if count == 0 {
                return Ok(InteractEnd::InputEnded);
            }
        }
    }
}

impl AsyncSession<AsyncPtyStream> {
    /// Connects the program with the person at this process's terminal, until the person types
    /// Control-] or the program ends; see [`Session::interact`](crate::Session::interact).
    ///
    /// # Errors
    ///
    /// When reading or writing fails on either side.
    ///
    /// # Example
    ///
    /// ```no_run
    /// use rejoinder_expect::{AsyncSession, InteractEnd};
    ///
    /// # async fn example() -> Result<(), rejoinder_expect::Error> {
    /// let mut ssh = AsyncSession::spawn("ssh host.example")?;
    /// ssh.expect("$ ").await?;
    /// if ssh.interact().await? == InteractEnd::Escaped {
    ///     ssh.send_line("exit").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn interact(&mut self) -> Result<InteractEnd, Error> {
        let broken = |error| Error::io("talk to the person at the terminal", error);
        let options = InteractOptions::default();
        let _raw = RawMode::enter(&io::stdin()).map_err(broken)?;
        let keyboard = Keyboard::start().map_err(broken)?;
        let mut size = None;
        let follow_size = |stream: &AsyncPtyStream| {
            let changed = changed_size(io::stdin().as_fd(), &mut size);
            match (stream.leader(), changed) {
                (Some(leader), Some((rows, columns))) => {
                    let size = rejoinder_pty::Winsize::new(rows.into(), columns.into());
                    size.map_or(Ok(()), |size| leader.resize(size))
                }
                _ => Ok(()),
            }
        };
        self.connect(keyboard, tokio::io::stdout(), options, follow_size)
            .await
    }
}

/// The standard input as an async reader that leaves alone what is typed after it is dropped.
///
/// A thread waits for input in short turns; tokio's own reader would sit in a read that cannot be
/// called off, swallow the next line and keep the runtime from shutting down.
struct Keyboard {
    typed: mpsc::Receiver<io::Result<Vec<u8>>>,
    rest: Vec<u8>,
    stop: Arc<AtomicBool>,
}

/// How many reads may wait to be sent on.
const READS_QUEUED: usize = 16;

impl Keyboard {
    fn start() -> io::Result<Keyboard> {
        let (sender, typed) = mpsc::channel(READS_QUEUED);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        thread::Builder::new()
            .name("expect-keyboard".to_owned())
            .spawn(move || read_keyboard(&sender, &stopped))?;
        Ok(Keyboard {
            typed,
            rest: Vec::new(),
            stop,
        })
    }
}

fn read_keyboard(sender: &mpsc::Sender<io::Result<Vec<u8>>>, stopped: &AtomicBool) {
    let mut stdin = io::stdin().lock();
    let mut buffer = [0; 1024];
    while !stopped.load(Ordering::Relaxed) {
        let ready = {
            let mut entries = [PollEntry::new(stdin.as_fd(), Interest::READABLE)];
            poll(&mut entries, Some(LOOK_AGAIN))
        };
        let read = match ready {
            Ok(0) => continue,
            Ok(_) => stdin.read(&mut buffer),
            Err(error) => Err(error),
        };
        let over = !matches!(read, Ok(count) if count > 0);
        let sent = sender.blocking_send(read.map(|count| buffer[..count].to_vec()));
        if over || sent.is_err() {
            return;
        }
    }
}

impl AsyncRead for Keyboard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.rest.is_empty() {
            match ready!(self.typed.poll_recv(context)) {
                Some(bytes) => self.rest = bytes?,
                None => return Poll::Ready(Ok(())),
            }
        }
        let count = self.rest.len().min(buffer.remaining());
        buffer.put_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
