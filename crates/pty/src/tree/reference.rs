//! A process by id and start time: a name that no later process can have.

use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;

use nix::errno::Errno;

use super::ProcessInfo;
use crate::{Pid, Signal, sys};

/// A process that need not be a child: its id and when it started. Ids are
/// used again; both together are not.
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// use rejoinder_pty::{Command, ProcessRef, Signal};
///
/// let child = Command::new("sleep").arg("60").spawn()?;
/// let sleeper = ProcessRef::of(child.process.pid())?;
/// assert!(sleeper.is_alive());
/// assert!(sleeper.signal(Signal::KILL)?);
/// child.process.wait()?;
/// assert!(!sleeper.signal(Signal::KILL)?, "gone, and nobody else is hit");
/// assert!(sleeper.info().is_err());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessRef {
    /// Its id.
    pub pid: Pid,
    /// When it started, in clock ticks since the system's start.
    pub start_time: u64,
}

impl ProcessRef {
    /// The process that has this id now.
    ///
    /// # Errors
    /// As for [`ProcessInfo::read`].
    pub fn of(pid: Pid) -> io::Result<Self> {
        Ok(Self::from(&ProcessInfo::read(pid)?))
    }

    /// Whether it runs: it exists and is no zombie.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.info().is_ok_and(|info| !info.is_zombie())
    }

    /// What the system tells about it now.
    ///
    /// # Errors
    /// `NotFound` when it is gone, even if its id is in use again.
    pub fn info(&self) -> io::Result<ProcessInfo> {
        let info = ProcessInfo::read(self.pid)?;
        if info.start_time != self.start_time {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(info)
    }

    /// Sends it a signal; `false` when it is gone.
    ///
    /// # Errors
    /// `PermissionDenied` when it runs as another user, `Unsupported`
    /// elsewhere than on Linux.
    pub fn signal(&self, signal: Signal) -> io::Result<bool> {
        #[cfg(target_os = "linux")]
        let sent = match self.open() {
            Ok(Some(pidfd)) => sys::process::pidfd_send_signal(pidfd, signal),
            Ok(None) => return Ok(false),
            // Without pidfds the time between look and signal remains.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => match self.info() {
                Ok(_) => sys::process::kill(self.pid, signal),
                Err(_) => return Ok(false),
            },
            Err(error) => return Err(error),
        };
        #[cfg(not(target_os = "linux"))]
        let sent = {
            self.info()?;
            sys::process::kill(self.pid, signal)
        };
        match sent {
            Ok(()) => Ok(true),
            Err(Errno::ESRCH) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    /// A descriptor that becomes readable when it exits; `None` when it is
    /// gone already. For `poll(2)` and the like.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, Interest, PollEntry, ProcessRef, Signal, poll};
    /// use std::os::fd::AsFd;
    ///
    /// let child = Command::new("cat").spawn()?;
    /// let exit = ProcessRef::of(child.process.pid())?.open()?.unwrap();
    /// child.process.signal(Signal::KILL)?;
    /// poll(&mut [PollEntry::new(exit.as_fd(), Interest::READABLE)], None)?;
    /// assert_eq!(child.process.wait()?.signal(), Some(Signal::KILL));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What `pidfd_open(2)` reports; `Unsupported` before Linux 5.3.
    #[cfg(target_os = "linux")]
    pub fn open(&self) -> io::Result<Option<OwnedFd>> {
        // Opened first and compared after: what has the right start time then
        // had the id all along.
        match sys::process::pidfd_open(self.pid) {
            Ok(pidfd) => Ok(self.info().is_ok().then_some(pidfd)),
            Err(Errno::ESRCH) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl From<&ProcessInfo> for ProcessRef {
    fn from(info: &ProcessInfo) -> Self {
        Self {
            pid: info.pid,
            start_time: info.start_time,
        }
    }
}
