//! The two directions of a program's standard streams, the same for a PTY and
//! for pipes.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

use crate::endpoint::{Endpoint, Kind, ReadOutcome, WriteOutcome};

/// What a program reads: the way to type to it, or to write into its pipe.
///
/// Its descriptor does not block unless [`Leader::set_nonblocking`] says so.
///
/// [`Leader::set_nonblocking`]: crate::Leader::set_nonblocking
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Stderr, Stdio};
/// use std::io::{Read, Write};
///
/// let child = Command::new("tr").args(["a-z", "A-Z"])
///     .stdio(Stdio::Pipe { stderr: Stderr::Merged }).spawn()?;
/// (&child.input).write_all(b"shout")?;
/// child.input.close(); // the program sees the end of its input
/// let mut text = String::new();
/// (&child.output).read_to_string(&mut text)?;
/// assert_eq!(text, "SHOUT");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Input {
    pub(crate) endpoint: Arc<Endpoint>,
}

/// What a program prints.
///
/// Its descriptor does not block unless [`Leader::set_nonblocking`] says so;
/// [`Output::read_timeout`] and [`io::Read`] wait.
///
/// [`Leader::set_nonblocking`]: crate::Leader::set_nonblocking
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, ReadOutcome};
///
/// let child = Command::new("echo").arg("hi").spawn()?;
/// let mut seen = Vec::new();
/// let mut buffer = [0; 4096];
/// while let ReadOutcome::Data(count) = child.output.read_timeout(&mut buffer, None)? {
///     seen.extend_from_slice(&buffer[..count]);
/// }
/// assert_eq!(seen, b"hi\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Output {
    pub(crate) endpoint: Arc<Endpoint>,
}

impl Input {
    /// Whether this is a PTY's leader, not a pipe.
    ///
    /// # Example
    /// ```
    /// let child = rejoinder_pty::Command::new("true").spawn()?;
    /// assert!(child.input.is_pty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_pty(&self) -> bool {
        self.endpoint.kind() == Kind::Pty
    }

    /// Writes what there is room for.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, WriteOutcome};
    ///
    /// let child = Command::new("cat").spawn()?;
    /// assert_eq!(child.input.write(b"hi\n")?, WriteOutcome::Written(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What `write(2)` reports and [`WriteOutcome`] has no variant for.
    pub fn write(&self, bytes: &[u8]) -> io::Result<WriteOutcome> {
        self.endpoint.write(bytes)
    }

    /// Writes what there is room for, waiting up to `timeout` (`None`: as long
    /// as it takes) for room for the first byte.
    ///
    /// A driver that only writes and never reads can wait for ever: what is
    /// typed is echoed, and a program stops reading once nobody reads what it
    /// prints.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, WriteOutcome};
    /// use std::time::Duration;
    ///
    /// let child = Command::new("cat").spawn()?;
    /// let outcome = child.input.write_timeout(b"hi\n", Some(Duration::from_secs(5)))?;
    /// assert_eq!(outcome, WriteOutcome::Written(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Input::write`].
    pub fn write_timeout(
        &self,
        bytes: &[u8],
        timeout: Option<Duration>,
    ) -> io::Result<WriteOutcome> {
        self.endpoint.write_timeout(bytes, timeout)
    }

    /// Gives this handle up. In pipe mode it is the only one, and the program
    /// sees the end of its input. A PTY stays open through its other handles:
    /// there, the end of input is typed, as the character
    /// [`TerminalModes::veof`](crate::TerminalModes::veof) at the start of a
    /// line.
    pub fn close(self) {}
}

impl Output {
    /// Whether this is a PTY's leader, not a pipe.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, Stderr, Stdio};
    ///
    /// let pipes = Stdio::Pipe { stderr: Stderr::Merged };
    /// let child = Command::new("true").stdio(pipes).spawn()?;
    /// assert!(!child.output.is_pty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_pty(&self) -> bool {
        self.endpoint.kind() == Kind::Pty
    }

    /// Reads what is there.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, ReadOutcome};
    ///
    /// let child = Command::new("cat").spawn()?;
    /// assert_eq!(child.output.read(&mut [0; 64])?, ReadOutcome::WouldBlock);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What `read(2)` reports and [`ReadOutcome`] has no variant for;
    /// `InvalidInput` while a [`PacketReader`](crate::PacketReader) has the
    /// leader.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        self.endpoint.read(buffer)
    }

    /// Reads what is there, waiting up to `timeout` (`None`: as long as it
    /// takes) for the first byte, the hang-up or the end.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, ReadOutcome};
    /// use std::time::Duration;
    ///
    /// let child = Command::new("cat").spawn()?;
    /// let outcome = child.output.read_timeout(&mut [0; 64], Some(Duration::from_millis(1)))?;
    /// assert_eq!(outcome, ReadOutcome::WouldBlock); // the time passed
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Output::read`].
    pub fn read_timeout(
        &self,
        buffer: &mut [u8],
        timeout: Option<Duration>,
    ) -> io::Result<ReadOutcome> {
        self.endpoint.read_timeout(buffer, timeout)
    }
}

macro_rules! descriptor {
    ($handle:ty) => {
        impl AsFd for $handle {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.endpoint.as_fd()
            }
        }

        impl AsRawFd for $handle {
            fn as_raw_fd(&self) -> RawFd {
                self.endpoint.as_fd().as_raw_fd()
            }
        }
    };
}

/// Waits for the first byte. A hang-up or end reads as 0 bytes.
macro_rules! blocking_read {
    ($handle:ty) => {
        impl io::Read for $handle {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                match self.endpoint.read_timeout(buffer, None)? {
                    ReadOutcome::Data(count) => Ok(count),
                    ReadOutcome::Hangup | ReadOutcome::End => Ok(0),
                    ReadOutcome::WouldBlock => Err(io::ErrorKind::WouldBlock.into()),
                }
            }
        }
    };
}

/// Waits for room for the first byte. Flushing does nothing: nothing is kept
/// back. When nobody can read it any more, the error is `BrokenPipe`.
macro_rules! blocking_write {
    ($handle:ty) => {
        impl io::Write for $handle {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                match self.endpoint.write_timeout(bytes, None)? {
                    WriteOutcome::Written(count) => Ok(count),
                    WriteOutcome::WouldBlock => Err(io::ErrorKind::WouldBlock.into()),
                    WriteOutcome::Hangup => Err(io::ErrorKind::BrokenPipe.into()),
                }
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
    };
}

pub(crate) use {blocking_read, blocking_write, descriptor};

descriptor!(Input);
descriptor!(Output);
blocking_write!(Input);
blocking_write!(&Input);
blocking_read!(Output);
blocking_read!(&Output);
