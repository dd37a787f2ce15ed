//! The two directions and the leader, for async drivers.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::direction::Way;
use super::end::{AsyncEnd, Outcome};
use crate::endpoint::{ReadOutcome, WriteOutcome};
use crate::{CanonicalWriter, Flush, Input, Leader, Output};

/// A leader on tokio's reactor, registered once for both directions. Clones,
/// and the inputs and outputs made from it, share the registration.
///
/// # Example
/// ```
/// use rejoinder_pty::aio::AsyncLeader;
/// use rejoinder_pty::{Command, ReadOutcome};
///
/// # tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
/// let child = Command::new("cat").spawn()?;
/// let leader = AsyncLeader::new(child.leader.clone().unwrap())?;
/// leader.write(b"hi\n").await?;
/// let mut buffer = [0; 64];
/// assert!(matches!(leader.read(&mut buffer).await?, ReadOutcome::Data(_)));
/// assert!(leader.leader().modes()?.echo);
/// // Handles for two tasks, one that reads and one that types.
/// let (output, input) = (leader.output(), leader.input());
/// input.write(b"more\n").await?;
/// assert!(matches!(output.read(&mut buffer).await?, ReadOutcome::Data(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct AsyncLeader {
    end: Arc<AsyncEnd>,
    leader: Leader,
}

/// What a program prints, for async drivers. See the
/// [module page](super) for the end of output.
///
/// # Example
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
/// use rejoinder_pty::aio::AsyncOutput;
/// use rejoinder_pty::{Command, ReadOutcome};
///
/// let child = Command::new("echo").arg("hi").spawn()?;
/// let output = AsyncOutput::new(child.output)?;
/// let mut buffer = [0; 64];
/// assert_eq!(output.read(&mut buffer).await?, ReadOutcome::Data(4));
/// assert_eq!(output.read(&mut buffer).await?, ReadOutcome::Hangup);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AsyncOutput {
    end: Arc<AsyncEnd>,
}

/// What a program reads, for async drivers. In pipe mode, dropping it closes
/// the program's input.
///
/// # Example
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
/// use rejoinder_pty::aio::{AsyncInput, AsyncOutput};
/// use rejoinder_pty::{Command, ReadOutcome, Stderr, Stdio};
///
/// let child = Command::new("cat").stdio(Stdio::Pipe { stderr: Stderr::Merged }).spawn()?;
/// let (input, output) = (AsyncInput::new(child.input)?, AsyncOutput::new(child.output)?);
/// input.write(b"hi").await?;
/// drop(input);
/// assert_eq!(output.read(&mut [0; 64]).await?, ReadOutcome::Data(2));
/// assert_eq!(output.read(&mut [0; 64]).await?, ReadOutcome::End);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AsyncInput {
    end: Arc<AsyncEnd>,
}

impl Outcome for Flush {
    fn would_block(&self) -> bool {
        *self == Self::WouldBlock
    }
}

impl AsyncLeader {
    /// Registers a leader.
    ///
    /// # Errors
    /// What `epoll_ctl(2)` reports; `AlreadyExists` when this leader is
    /// registered already.
    ///
    /// # Panics
    /// Outside of a tokio runtime with its I/O driver enabled.
    pub fn new(leader: Leader) -> io::Result<Self> {
        Ok(Self {
            end: Arc::new(AsyncEnd::new(Arc::clone(&leader.endpoint))?),
            leader,
        })
    }

    /// The leader, for all that does not wait: size, modes, signals.
    #[must_use]
    pub fn leader(&self) -> &Leader {
        &self.leader
    }

    /// A handle for reading what is printed.
    #[must_use]
    pub fn output(&self) -> AsyncOutput {
        AsyncOutput {
            end: Arc::clone(&self.end),
        }
    }

    /// A handle for typing.
    #[must_use]
    pub fn input(&self) -> AsyncInput {
        AsyncInput {
            end: Arc::clone(&self.end),
        }
    }
}

impl AsyncOutput {
    /// Registers an output. For a PTY whose input is also to be async, take
    /// both from one [`AsyncLeader`].
    ///
    /// # Errors
    /// What `epoll_ctl(2)` reports; `AlreadyExists` when it is registered
    /// already.
    ///
    /// # Panics
    /// Outside of a tokio runtime with its I/O driver enabled.
    pub fn new(output: Output) -> io::Result<Self> {
        Ok(Self {
            end: Arc::new(AsyncEnd::new(output.endpoint)?),
        })
    }
}

impl AsyncInput {
    /// Registers an input. For a PTY whose output is also to be async, take
    /// both from one [`AsyncLeader`].
    ///
    /// # Errors
    /// What `epoll_ctl(2)` reports; `AlreadyExists` when it is registered
    /// already.
    ///
    /// # Panics
    /// Outside of a tokio runtime with its I/O driver enabled.
    pub fn new(input: Input) -> io::Result<Self> {
        Ok(Self {
            end: Arc::new(AsyncEnd::new(input.endpoint)?),
        })
    }
}

/// The reading half, the same for an output and a leader.
macro_rules! reads {
    ($handle:ty) => {
        impl $handle {
            /// Waits for output, the hang-up or the end. Never says
            /// `WouldBlock`. Cancel safe.
            ///
            /// # Example
            /// ```
            /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            /// use rejoinder_pty::aio::AsyncChild;
            /// use rejoinder_pty::{Command, ReadOutcome};
            ///
            /// let child = AsyncChild::new(Command::new("echo").arg("hi").spawn()?)?;
            /// let mut buffer = [0; 64];
            /// assert_eq!(child.output.read(&mut buffer).await?, ReadOutcome::Data(4));
            /// assert_eq!(&buffer[..4], b"hi\r\n");
            /// assert_eq!(child.output.read(&mut buffer).await?, ReadOutcome::Hangup);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// # })?;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// As for [`Output::read`].
            pub async fn read(&self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
                self.end.run(Way::In, |end| end.read(buffer)).await
            }

            /// Reads what is there at this moment, whatever the reactor knows.
            ///
            /// # Example
            /// ```
            /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            /// use rejoinder_pty::aio::AsyncChild;
            /// use rejoinder_pty::{Command, ReadOutcome};
            ///
            /// let child = AsyncChild::new(Command::new("cat").spawn()?)?;
            /// assert_eq!(child.output.try_read(&mut [0; 64])?, ReadOutcome::WouldBlock);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// # })?;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// As for [`Output::read`].
            pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
                self.end.attempt(Way::In, |end| end.read(buffer))
            }

            /// Waits until a read comes to something other than `WouldBlock`;
            /// it may be mistaken, so read by `try_read`. Cancel safe.
            ///
            /// # Example
            /// ```
            /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            /// use rejoinder_pty::aio::AsyncChild;
            /// use rejoinder_pty::{Command, ReadOutcome};
            ///
            /// let child = AsyncChild::new(Command::new("echo").arg("hi").spawn()?)?;
            /// let mut buffer = [0; 64];
            /// loop {
            ///     child.output.readable().await?;
            ///     match child.output.try_read(&mut buffer)? {
            ///         ReadOutcome::WouldBlock => continue, // it was mistaken
            ///         outcome => break assert_eq!(outcome, ReadOutcome::Data(4)),
            ///     }
            /// }
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// # })?;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// When the runtime is shutting down.
            pub async fn readable(&self) -> io::Result<()> {
                self.end.ready(Way::In).await
            }

            /// After a [`ReadOutcome::Hangup`], waits until a program that
            /// opened the follower again has printed something; an opening
            /// alone makes no event. Cancel safe.
            ///
            /// # Example
            /// ```
            /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            /// use rejoinder_pty::aio::AsyncChild;
            /// use rejoinder_pty::{Command, ReadOutcome};
            ///
            /// // It closes its terminal, and opens it again by its name.
            /// let script = "tty=$(tty); exec <&- >&- 2>&-; exec >$tty; echo back";
            /// let child = AsyncChild::new(Command::new("sh").args(["-c", script]).spawn()?)?;
            /// let mut buffer = [0; 64];
            /// while child.output.read(&mut buffer).await? == ReadOutcome::Hangup {
            ///     child.output.reopened().await?;
            /// }
            /// assert_eq!(&buffer[..6], b"back\r\n");
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// # })?;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// `InvalidInput` in pipe mode, where the end is final;
            /// `Unsupported` elsewhere than on Linux.
            pub async fn reopened(&self) -> io::Result<()> {
                self.end.reopened().await
            }
        }
    };
}

/// The writing half, the same for an input and a leader.
macro_rules! writes {
    ($handle:ty) => {
        impl $handle {
            /// Waits for room and writes what there is room for. Never says
            /// `WouldBlock`. Cancel safe: dropped before it is ready, it has
            /// written nothing.
            ///
            /// # Example
            /// ```
            /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            /// use rejoinder_pty::aio::AsyncChild;
            /// use rejoinder_pty::{Command, WriteOutcome};
            ///
            /// let child = AsyncChild::new(Command::new("cat").spawn()?)?;
            /// assert_eq!(child.input.write(b"hi\n").await?, WriteOutcome::Written(3));
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// # })?;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// As for [`Input::write`].
            pub async fn write(&self, bytes: &[u8]) -> io::Result<WriteOutcome> {
                self.end.run(Way::Out, |end| end.write(bytes)).await
            }

            /// Writes what there is room for at this moment.
            ///
            /// # Example
            /// ```
            /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            /// use rejoinder_pty::aio::AsyncChild;
            /// use rejoinder_pty::{Command, WriteOutcome};
            ///
            /// let child = AsyncChild::new(Command::new("sleep").arg("60").spawn()?)?;
            /// // Nobody reads: sooner or later the terminal is full.
            /// while let WriteOutcome::Written(_) = child.input.try_write(b"typed ahead\n")? {}
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// # })?;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// As for [`Input::write`].
            pub fn try_write(&self, bytes: &[u8]) -> io::Result<WriteOutcome> {
                self.end.attempt(Way::Out, |end| end.write(bytes))
            }

            /// Writes all that is queued in `writer`; ends with
            /// [`Flush::Done`] or [`Flush::Hangup`]. Cancel safe: what was
            /// not written is still in the queue. A driver that does not read
            /// meanwhile can wait for ever, for what is typed is echoed.
            ///
            /// # Example
            /// ```
            /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            /// use rejoinder_pty::aio::AsyncChild;
            /// use rejoinder_pty::{CanonicalWriter, Command, Flush, InitialModes};
            ///
            /// let quiet = InitialModes { echo: false, ..InitialModes::default() };
            /// let child = AsyncChild::new(Command::new("wc").arg("-c").modes(quiet).spawn()?)?;
            /// let mut writer = CanonicalWriter::new();
            /// writer.push(&[b'x'; 20_000]); // much longer than a line may be
            /// writer.push(b"\n\x04");
            /// assert_eq!(child.input.flush(&mut writer).await?, Flush::Done);
            /// let mut buffer = [0; 64];
            /// child.output.read(&mut buffer).await?;
            /// assert_eq!(&buffer[..7], b"20001\r\n");
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// # })?;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// As for [`CanonicalWriter::write_to`].
            pub async fn flush(&self, writer: &mut CanonicalWriter) -> io::Result<Flush> {
                self.end.run(Way::Out, |end| writer.write(end)).await
            }

            /// Writes what is queued in `writer` and there is room for at this
            /// moment.
            ///
            /// # Example
            /// ```
            /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            /// use rejoinder_pty::aio::AsyncChild;
            /// use rejoinder_pty::{CanonicalWriter, Command, Flush};
            ///
            /// let child = AsyncChild::new(Command::new("cat").spawn()?)?;
            /// let mut writer = CanonicalWriter::new();
            /// writer.push(b"hi\n");
            /// assert_eq!(child.input.try_flush(&mut writer)?, Flush::Done);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// # })?;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// As for [`CanonicalWriter::write_to`].
            pub fn try_flush(&self, writer: &mut CanonicalWriter) -> io::Result<Flush> {
                self.end.attempt(Way::Out, |end| writer.write(end))
            }

            /// Waits until a write comes to something other than `WouldBlock`;
            /// it may be mistaken. Cancel safe.
            ///
            /// # Example
            /// ```
            /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            /// use rejoinder_pty::aio::AsyncChild;
            /// use rejoinder_pty::{Command, WriteOutcome};
            ///
            /// let child = AsyncChild::new(Command::new("cat").spawn()?)?;
            /// child.input.writable().await?;
            /// assert_eq!(child.input.try_write(b"hi\n")?, WriteOutcome::Written(3));
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// # })?;
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            ///
            /// # Errors
            /// When the runtime is shutting down.
            pub async fn writable(&self) -> io::Result<()> {
                self.end.ready(Way::Out).await
            }
        }
    };
}

reads!(AsyncLeader);
reads!(AsyncOutput);
writes!(AsyncLeader);
writes!(AsyncInput);

/// A hang-up or end reads as the end of file. One task at a time.
macro_rules! async_read {
    ($handle:ty) => {
        impl AsyncRead for $handle {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                let unfilled = buffer.initialize_unfilled();
                let outcome = ready!(self.end.poll_run(Way::In, cx, |end| end.read(unfilled)))?;
                if let ReadOutcome::Data(count) = outcome {
                    buffer.advance(count);
                }
                Poll::Ready(Ok(()))
            }
        }
    };
}

/// When nobody can read it any more, the error is `BrokenPipe`. Flushing does
/// nothing, and neither does shutting down: dropping an input closes a pipe.
/// One task at a time.
macro_rules! async_write {
    ($handle:ty) => {
        impl AsyncWrite for $handle {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                let outcome = ready!(self.end.poll_run(Way::Out, cx, |end| end.write(bytes)))?;
                Poll::Ready(match outcome {
                    WriteOutcome::Written(count) => Ok(count),
                    WriteOutcome::WouldBlock | WriteOutcome::Hangup => {
                        Err(io::ErrorKind::BrokenPipe.into())
                    }
                })
            }

            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }
        }
    };
}

async_read!(AsyncLeader);
async_read!(AsyncOutput);
async_write!(AsyncLeader);
async_write!(AsyncInput);
