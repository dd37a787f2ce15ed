//! A program on a PTY as a stream for an async session.

use super::async_session::AsyncSession;
use super::command::{command, program_methods, spawn_failed};
use super::error::{Error, ErrorKind};
use super::options::SessionOptions;
use super::pty::may_echo;
use super::shared::Heard;
use rejoinder_pty::aio::{AsyncChild, AsyncInput, AsyncLeader, AsyncOutput, ExitWatch};
use rejoinder_pty::{
    CanonicalWriter, Child, Command, ExitStatus, Flush, Leader, Process, ReadOutcome, Signal,
    Winsize,
};
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A program on a terminal of its own, or on pipes, for async sessions: the twin of
/// [`PtyStream`](crate::PtyStream).
///
/// Long lines typed to a terminal in canonical mode arrive whole. The stream ends when the program
/// has exited and all it printed is read; a terminal that is only closed may be opened again.
///
/// # Example
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// use rejoinder_expect::{AsyncPtyStream, AsyncSession, pty::Command};
///
/// let child = Command::new("echo").arg("hi").spawn()?;
/// let mut session = AsyncSession::new(AsyncPtyStream::new(child)?);
/// session.expect("hi").await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct AsyncPtyStream {
    process: Process,
    exit: ExitWatch,
    input: Arc<AsyncInput>,
    output: AsyncOutput,
    leader: Option<AsyncLeader>,
    queue: CanonicalWriter,
    phase: Phase,
    exited: Option<Waiting>,
    reopened: Option<Waiting>,
    writable: Option<Waiting>,
}

type Waiting = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The program runs and has its terminal open.
    Open,
    /// The program runs, and nothing has its terminal open.
    HungUp,
    /// The program has exited. What it printed is there to be read.
    Exited,
}

impl AsyncPtyStream {
    /// Takes over a program that was just started. Its separate standard error, if it has one, is
    /// not read.
    ///
    /// # Errors
    ///
    /// When the reactor cannot watch its descriptors.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with its I/O driver enabled.
    pub fn new(child: Child) -> io::Result<AsyncPtyStream> {
        let AsyncChild {
            process,
            exit,
            input,
            output,
            leader,
            ..
        } = AsyncChild::new(child)?;
        Ok(AsyncPtyStream {
            process,
            exit,
            input: Arc::new(input),
            output,
            leader,
            queue: CanonicalWriter::new(),
            phase: Phase::Open,
            exited: None,
            reopened: None,
            writable: None,
        })
    }

    pub(crate) fn process(&self) -> &Process {
        &self.process
    }

    pub(crate) fn leader(&self) -> Option<&Leader> {
        self.leader.as_ref().map(AsyncLeader::leader)
    }

    fn poll_exited(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let exit = &self.exit;
        let exited = self.exited.get_or_insert_with(|| {
            let exit = exit.clone();
            Box::pin(async move { exit.exited().await.map(drop) })
        });
        exited.as_mut().poll(context)
    }

    fn poll_reopened(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(leader) = &self.leader else {
            return Poll::Pending;
        };
        let reopened = self.reopened.get_or_insert_with(|| {
            let output = leader.output();
            Box::pin(async move { output.reopened().await })
        });
        let outcome = ready!(reopened.as_mut().poll(context));
        self.reopened = None;
        Poll::Ready(outcome)
    }

    fn poll_writable(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let input = &self.input;
        let writable = self.writable.get_or_insert_with(|| {
            let input = Arc::clone(input);
            Box::pin(async move { input.writable().await })
        });
        let outcome = ready!(writable.as_mut().poll(context));
        self.writable = None;
        Poll::Ready(outcome)
    }
}

impl AsyncRead for AsyncPtyStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if this.phase == Phase::Exited {
                let unfilled = buffer.initialize_unfilled();
                if let ReadOutcome::Data(count) = this.output.try_read(unfilled)? {
                    buffer.advance(count);
                }
                return Poll::Ready(Ok(()));
            }
            if this.phase == Phase::Open {
                let filled = buffer.filled().len();
                match Pin::new(&mut this.output).poll_read(context, buffer)? {
                    Poll::Ready(()) if buffer.filled().len() > filled => {
                        return Poll::Ready(Ok(()));
                    }
                    Poll::Ready(()) if this.leader.is_none() => return Poll::Ready(Ok(())),
                    Poll::Ready(()) => this.phase = Phase::HungUp,
                    Poll::Pending => {}
                }
            }
            if this.poll_exited(context)?.is_ready() {
                this.phase = Phase::Exited;
                continue;
            }
            if this.phase == Phase::Open {
                return Poll::Pending;
            }
            ready!(this.poll_reopened(context))?;
            this.phase = Phase::Open;
        }
    }
}

impl AsyncWrite for AsyncPtyStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        loop {
            // The queue holds nothing but these bytes: what is not taken now is given back, so
            // that the caller knows what was sent.
            let queued = this.queue.push(bytes);
            let flush = this.input.try_flush(&mut this.queue)?;
            let taken = queued - this.queue.clear();
            if taken > 0 {
                return Poll::Ready(Ok(taken));
            }
            if flush == Flush::Hangup {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            ready!(this.poll_writable(context))?;
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for AsyncPtyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncPtyStream")
            .field("process", &self.process)
            .field("leader", &self.leader)
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

impl AsyncSession<AsyncPtyStream> {
    /// Starts a program on a terminal of its own and talks to it; see
    /// [`Session::spawn`](crate::Session::spawn) for how the line is read.
    ///
    /// # Errors
    ///
    /// As [`Session::spawn`](crate::Session::spawn).
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with its I/O driver enabled.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::AsyncSession;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let mut shell = AsyncSession::spawn("sh")?;
    /// shell.send_line("echo $((6 * 7)) is the answer").await?;
    /// shell.expect("42 is the answer").await?;
    /// shell.send_line("exit 3").await?;
    /// assert_eq!(shell.wait().await?.code(), Some(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawn(command_line: &str) -> Result<AsyncSession, Error> {
        AsyncSession::spawn_command(&command(command_line)?)
    }

    /// Starts a program with arguments, environment, directory, window size and limits of one's
    /// own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Spawn`] when the program cannot be started.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with its I/O driver enabled.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::{AsyncSession, pty::Command};
    ///
    /// let mut command = Command::new("sh");
    /// command.args(["-c", "echo $GREETING from $PWD"]).env("GREETING", "hello").cwd("/");
    /// AsyncSession::spawn_command(&command)?.expect("hello from /").await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawn_command(command: &Command) -> Result<AsyncSession, Error> {
        AsyncSession::spawn_with(command, SessionOptions::default())
    }

    /// The same with session options of one's own.
    ///
    /// # Errors
    ///
    /// As [`AsyncSession::spawn_command`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with its I/O driver enabled.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::{AsyncSession, SessionOptions, pty::Command};
    /// use std::time::Duration;
    ///
    /// let options = SessionOptions {
    ///     timeout: Some(Duration::from_secs(5)),
    ///     ..SessionOptions::default()
    /// };
    /// let mut session = AsyncSession::spawn_with(Command::new("echo").arg("hi"), options)?;
    /// session.expect("hi").await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawn_with(command: &Command, options: SessionOptions) -> Result<AsyncSession, Error> {
        let child = command.spawn().map_err(spawn_failed)?;
        let stream = AsyncPtyStream::new(child)
            .map_err(|error| Error::io("watch the program's terminal", error))?;
        let mut session = AsyncSession::with_options(stream, options);
        if let Some(leader) = session.leader().cloned() {
            session.shared.probe_echo(move || may_echo(&leader));
        }
        Ok(session)
    }

    /// Waits for the program to end, reading what it still prints, and returns how it ended.
    ///
    /// What it printed can be matched afterwards, as far as the window reaches.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`] when it runs for longer than the session's timeout, and when
    /// reading fails.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::AsyncSession;
    ///
    /// let mut session = AsyncSession::spawn("sh -c 'echo last words; exit 3'")?;
    /// assert_eq!(session.wait().await?.code(), Some(3));
    /// session.expect("last words").await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn wait(&mut self) -> Result<ExitStatus, Error> {
        self.wait_within(self.shared.options.timeout).await
    }

    async fn wait_within(&mut self, timeout: Option<Duration>) -> Result<ExitStatus, Error> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            match self.receive(deadline).await? {
                Heard::More => {}
                Heard::Nothing => return Err(Error::still_running(timeout)),
                Heard::End => break,
            }
        }
        let exited = self.stream.exit.exited().await;
        exited.map_err(|error| Error::io("learn how the program ended", error))
    }

    /// Ends the program: SIGHUP and SIGTERM to its process group, and SIGKILL when it still runs
    /// after `grace`. Returns how it ended.
    ///
    /// # Errors
    ///
    /// When it cannot be signalled or read from.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rejoinder_expect::{AsyncSession, pty::Signal};
    /// use std::time::Duration;
    ///
    /// let mut session = AsyncSession::spawn("sleep 60")?;
    /// let status = session.terminate(Duration::from_secs(5)).await?;
    /// assert_eq!(status.signal(), Some(Signal::HUP));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn terminate(&mut self, grace: Duration) -> Result<ExitStatus, Error> {
        if let Some(status) = self.try_wait()? {
            return Ok(status);
        }
        self.signal_unless_gone(Signal::HUP)?;
        self.signal_unless_gone(Signal::TERM)?;
        match self.wait_within(Some(grace)).await {
            Err(error) if error.kind() == ErrorKind::Timeout => {
                self.signal_unless_gone(Signal::KILL)?;
                self.wait().await
            }
            other => other,
        }
    }

    program_methods!();
}
