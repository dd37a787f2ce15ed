//! The leader: the end of a pseudo-terminal that the driving process holds.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nix::errno::Errno;

use super::{TerminalModes, Winsize};
use crate::endpoint::{Endpoint, Kind, ReadOutcome, WriteOutcome};
use crate::ready::{Interest, PollEntry, poll};
use crate::stream::{Input, Output, blocking_read, blocking_write, descriptor};
use crate::{Pid, Signal, sys};

/// Which terminal a program has, for telling its `/proc` entries from others.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, ProcessInfo};
///
/// let child = Command::new("cat").spawn()?;
/// let follower = child.leader.as_ref().unwrap().follower();
/// # #[cfg(target_os = "linux")]
/// assert_eq!(ProcessInfo::read(child.process.pid())?.terminal, Some(follower.rdev));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Follower {
    /// Its path, for example `/dev/pts/7`.
    pub path: PathBuf,
    /// Its device number: `st_rdev` of the path, and, in the kernel's
    /// encoding, field `tty_nr` of `/proc/<pid>/stat`.
    pub rdev: u64,
}

/// The leader of a pseudo-terminal: reads what programs print on it, types
/// to them, resizes it, and tells how the terminal is set and who has it.
///
/// Clones are further handles on the same leader. When the last handle is
/// gone, the terminal hangs up: its session's leader and foreground process
/// group get `SIGHUP`.
///
/// Read it through these methods rather than by its descriptor: Linux may say
/// `EIO` while there are bytes left, and here that is looked into.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, ReadOutcome, Winsize};
///
/// let child = Command::new("cat").spawn()?;
/// let leader = child.leader.as_ref().unwrap();
/// leader.resize(Winsize::new(50, 132)?)?; // the program gets SIGWINCH
/// assert_eq!(leader.winsize()?, Some(Winsize::new(50, 132)?));
/// assert_eq!(leader.foreground_process_group()?, Some(child.process.pid()));
/// # #[cfg(target_os = "linux")]
/// assert_eq!(leader.session()?, Some(child.process.pid()));
/// assert!(leader.follower().path.starts_with("/dev"));
///
/// // What it can do for reading and typing is on the leader too, and on handles
/// // that can be given away.
/// leader.write(b"hi\n")?;
/// let (mut seen, mut buffer) = (Vec::new(), [0; 64]);
/// while seen.len() < "hi\r\nhi\r\n".len() {
///     if let ReadOutcome::Data(count) = leader.read_timeout(&mut buffer, None)? {
///         seen.extend_from_slice(&buffer[..count]);
///     }
/// }
/// assert_eq!(seen, b"hi\r\nhi\r\n"); // the echo, and what `cat` says
/// assert_eq!(leader.readable_bytes()?, 0);
/// assert_eq!(leader.output().read(&mut buffer)?, ReadOutcome::WouldBlock);
/// assert!(leader.input().is_pty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Leader {
    pub(crate) endpoint: Arc<Endpoint>,
    follower: Arc<Follower>,
}

impl Leader {
    pub(crate) fn new(fd: OwnedFd, follower: Follower) -> Result<Self, Errno> {
        Ok(Self {
            endpoint: Arc::new(Endpoint::new(fd, Kind::Pty)?),
            follower: Arc::new(follower),
        })
    }

    /// A handle for reading what is printed.
    #[must_use]
    pub fn output(&self) -> Output {
        Output {
            endpoint: Arc::clone(&self.endpoint),
        }
    }

    /// A handle for typing.
    #[must_use]
    pub fn input(&self) -> Input {
        Input {
            endpoint: Arc::clone(&self.endpoint),
        }
    }

    /// Reads what is there, as [`Output::read`] does.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, ReadOutcome};
    ///
    /// let child = Command::new("cat").spawn()?;
    /// let leader = child.leader.as_ref().unwrap();
    /// assert_eq!(leader.read(&mut [0; 64])?, ReadOutcome::WouldBlock);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Output::read`].
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        self.endpoint.read(buffer)
    }

    /// Reads with a timeout, as [`Output::read_timeout`] does.
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

    /// Types what there is room for, as [`Input::write`] does.
    ///
    /// # Errors
    /// As for [`Input::write`].
    pub fn write(&self, bytes: &[u8]) -> io::Result<WriteOutcome> {
        self.endpoint.write(bytes)
    }

    /// Types with a timeout, as [`Input::write_timeout`] does.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, WriteOutcome};
    /// use std::time::Duration;
    ///
    /// let child = Command::new("cat").spawn()?;
    /// let leader = child.leader.as_ref().unwrap();
    /// let outcome = leader.write_timeout(b"hi\n", Some(Duration::from_secs(5)))?;
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

    /// Whether reads and writes return at once when they can do nothing (as
    /// they do from the start) or wait. Holds for every handle on this leader.
    /// While they wait, a write with a timeout may take longer than that, for
    /// the kernel then waits until all is taken. Handles of the module `aio`
    /// need it on.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, ReadOutcome};
    ///
    /// let child = Command::new("echo").arg("hi").spawn()?;
    /// child.leader.as_ref().unwrap().set_nonblocking(false)?;
    /// // Waits now.
    /// assert_eq!(child.output.read(&mut [0; 64])?, ReadOutcome::Data(4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What `fcntl(2)` reports.
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.endpoint.set_nonblocking(nonblocking)
    }

    /// The terminal's size, or `None` when a program set it to zero.
    ///
    /// # Errors
    /// What `ioctl(2)` reports.
    pub fn winsize(&self) -> io::Result<Option<Winsize>> {
        Ok(sys::terminal::winsize(self)?)
    }

    /// Sets the terminal's size. When it differs from before, the foreground
    /// process group gets `SIGWINCH`.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, Winsize};
    ///
    /// let child = Command::new("cat").spawn()?;
    /// let leader = child.leader.as_ref().unwrap();
    /// leader.resize(Winsize::new(50, 132)?)?;
    /// assert_eq!(leader.winsize()?, Some(Winsize::new(50, 132)?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What `ioctl(2)` reports.
    pub fn resize(&self, winsize: Winsize) -> io::Result<()> {
        Ok(sys::terminal::set_winsize(self, winsize)?)
    }

    /// The terminal's modes, as the program left them.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::Command;
    /// use std::io::Read;
    ///
    /// let child = Command::new("sh").args(["-c", "stty -echo; echo -n 'Password: '; read x"]).spawn()?;
    /// (&child.output).read_exact(&mut [0; 10])?;
    /// assert!(child.leader.as_ref().unwrap().modes()?.reads_password());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What `tcgetattr(3)` reports.
    pub fn modes(&self) -> io::Result<TerminalModes> {
        TerminalModes::read(self)
    }

    /// The process group that has the terminal, which gets what is typed and
    /// the signals of its control characters. `None` when the session is over.
    ///
    /// # Example
    /// ```
    /// let child = rejoinder_pty::Command::new("cat").spawn()?;
    /// let leader = child.leader.as_ref().unwrap();
    /// assert_eq!(leader.foreground_process_group()?, Some(child.process.pid()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What `ioctl(2)` reports.
    pub fn foreground_process_group(&self) -> io::Result<Option<Pid>> {
        Ok(sys::terminal::foreground_group(self)?)
    }

    /// The session whose controlling terminal this is. `None` when it is over.
    ///
    /// # Errors
    /// What `ioctl(2)` reports; `Unsupported` elsewhere than on Linux.
    pub fn session(&self) -> io::Result<Option<Pid>> {
        #[cfg(target_os = "linux")]
        return Ok(sys::terminal::session(self)?);
        #[cfg(not(target_os = "linux"))]
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Sends a signal to the foreground process group and returns the group's
    /// id where it is known. `INT`, `QUIT` and `TSTP` are sent by the terminal
    /// itself on Linux, so that the group cannot change in between.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, Signal};
    ///
    /// let child = Command::new("sleep").arg("60").spawn()?;
    /// child.leader.as_ref().unwrap().signal_foreground(Signal::INT)?;
    /// assert_eq!(child.process.wait()?.signal(), Some(Signal::INT));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `NotFound` when no process group has the terminal, `PermissionDenied`
    /// when it belongs to another user.
    pub fn signal_foreground(&self, signal: Signal) -> io::Result<Pid> {
        let no_group = || {
            io::Error::new(
                io::ErrorKind::NotFound,
                "no process group has the terminal: its session is over",
            )
        };
        let group = self.foreground_process_group()?.ok_or_else(no_group)?;
        #[cfg(target_os = "linux")]
        if [Signal::INT, Signal::QUIT, Signal::TSTP].contains(&signal) {
            match sys::terminal::signal_foreground(self, signal.number()) {
                Err(Errno::EINVAL | Errno::ENOTTY) => {}
                other => return other.map(|()| group).map_err(io::Error::from),
            }
        }
        match sys::process::kill_group(group, signal) {
            Err(Errno::ESRCH) => Err(no_group()),
            other => other.map(|()| group).map_err(io::Error::from),
        }
    }

    /// Which terminal the program has.
    #[must_use]
    pub fn follower(&self) -> &Follower {
        &self.follower
    }

    /// How many bytes that were typed wait to be read by the program; in
    /// canonical mode only lines that are complete count. What the kernel
    /// still has to pass on is not counted, so 0 a moment after typing does
    /// not mean that all was read.
    ///
    /// The follower is opened for a moment to ask.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, InitialModes};
    ///
    /// let child = Command::new("sleep").arg("60").modes(InitialModes::raw()).spawn()?;
    /// let leader = child.leader.as_ref().unwrap();
    /// leader.write(b"never read")?;
    /// while leader.unread_input()? < 10 {
    ///     std::thread::yield_now();
    /// }
    /// child.process.signal(rejoinder_pty::Signal::KILL)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What `open(2)` and `ioctl(2)` report; `EBUSY` where the program keeps
    /// the terminal to itself (`TIOCEXCL`), and `EIO` where it is gone.
    pub fn unread_input(&self) -> io::Result<usize> {
        let path = self.follower.path.to_string_lossy();
        let follower = sys::terminal::open_follower(self, &path)?;
        Ok(sys::terminal::readable_bytes(follower)?)
    }

    /// Whether all that was typed has been read by a program, or has gone into
    /// a line that is not finished yet. What the kernel still has to pass on
    /// counts as not read: it is made to pass it on first.
    ///
    /// The follower is opened for a moment to ask.
    ///
    /// # Example
    /// ```
    /// let child = rejoinder_pty::Command::new("sleep").arg("60").spawn()?;
    /// let leader = child.leader.as_ref().unwrap();
    /// assert!(leader.is_input_taken()?);
    /// leader.write(b"never read\n")?;
    /// assert!(!leader.is_input_taken()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Leader::unread_input`].
    pub fn is_input_taken(&self) -> io::Result<bool> {
        let path = self.follower.path.to_string_lossy();
        let follower = sys::terminal::open_follower(self, &path)?;
        // Polling a terminal flushes the work that passes input on to it
        // (`n_tty_poll` of Linux), which counting its bytes does not.
        let mut entries = [PollEntry::new(follower.as_fd(), Interest::READABLE)];
        Ok(poll(&mut entries, Some(Duration::ZERO))? == 0)
    }

    /// How many bytes a read would return now. What the kernel still has to
    /// pass on is not counted, so 0 does not mean that nothing was printed.
    ///
    /// # Errors
    /// What `ioctl(2)` reports.
    pub fn readable_bytes(&self) -> io::Result<usize> {
        Ok(sys::terminal::readable_bytes(self)?)
    }
}

descriptor!(Leader);
blocking_read!(Leader);
blocking_read!(&Leader);
blocking_write!(Leader);
blocking_write!(&Leader);
