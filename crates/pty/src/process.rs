//! A started process: its exit, awaited through a descriptor, and signals
//! that cannot reach another process that got the same number later.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use nix::errno::Errno;

use crate::ready::{Interest, PollEntry, poll};
use crate::registry::Registry;
use crate::sys::process::Wait;
use crate::{ExitStatus, Pid, Signal, sys};

/// A process that this process started. Clones are further handles on it.
///
/// Dropping the last handle neither ends the process nor waits for it; should
/// it have exited by then, it is reaped.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Interest, PollEntry, Signal, poll};
///
/// let child = Command::new("sleep").arg("60").spawn()?;
/// assert_eq!(child.process.try_wait()?, None);
/// child.process.signal(Signal::TERM)?;
/// assert_eq!(child.process.wait()?.signal(), Some(Signal::TERM));
/// // Three ways to name it: to the system, for good, and to `poll(2)`.
/// let child = Command::new("true").spawn()?;
/// assert!(child.process.pid().as_raw() > 1);
/// # #[cfg(target_os = "linux")]
/// assert!(child.process.start_time().is_some());
/// let mut exit = [PollEntry::new(child.process.exit_fd(), Interest::READABLE)];
/// poll(&mut exit, None)?;
/// assert!(child.process.try_wait()?.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Process {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pid: Pid,
    /// Read when first asked for, and before the process is reaped at the
    /// latest, while the number is still its own.
    start_time: OnceLock<Option<u64>>,
    handle: Handle,
    status: Mutex<Option<ExitStatus>>,
}

/// A descriptor that becomes readable when the process exits.
#[derive(Debug)]
enum Handle {
    #[cfg(target_os = "linux")]
    PidFd(OwnedFd),
    /// The read end of a pipe whose write end a thread closes at the exit.
    Watched(OwnedFd),
}

impl Process {
    /// Takes charge of a child that was just forked and is entered in the
    /// registry. Called before anybody can have waited for it.
    pub(crate) fn adopt(pid: Pid) -> Result<Self, Errno> {
        Ok(Self::with_handle(pid, Handle::open(pid)?))
    }

    fn with_handle(pid: Pid, handle: Handle) -> Self {
        Self {
            inner: Arc::new(Inner {
                pid,
                start_time: OnceLock::new(),
                handle,
                status: Mutex::new(None),
            }),
        }
    }

    /// The process's id. It is also the id of its session and of its process
    /// group, for every process starts in a session of its own.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.inner.pid
    }

    /// When the process started, in clock ticks since the system's start
    /// (field `starttime` of `/proc/<pid>/stat`); with the id it names a
    /// process for good. `None` where there is no `/proc`.
    #[must_use]
    pub fn start_time(&self) -> Option<u64> {
        // While the lock is held nobody reaps the process.
        let _status = self.inner.status();
        self.inner.start_time()
    }

    /// A descriptor that becomes readable when the process exits, and stays
    /// so: a pidfd on Linux. For `poll(2)` and the like; nothing is to be read
    /// from it.
    #[must_use]
    pub fn exit_fd(&self) -> BorrowedFd<'_> {
        match &self.inner.handle {
            #[cfg(target_os = "linux")]
            Handle::PidFd(fd) => fd.as_fd(),
            Handle::Watched(fd) => fd.as_fd(),
        }
    }

    /// How the process ended, or `None` while it runs. Does not wait.
    ///
    /// # Example
    /// ```
    /// let child = rejoinder_pty::Command::new("sleep").arg("60").spawn()?;
    /// assert_eq!(child.process.try_wait()?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the status is lost because something else in this process waited
    /// for the child or `SIGCHLD` is ignored.
    pub fn try_wait(&self) -> io::Result<Option<ExitStatus>> {
        let mut status = self.inner.status();
        if status.is_none() {
            *status = self.inner.take_status()?;
        }
        Ok(*status)
    }

    /// The status, when it was taken already.
    #[cfg(feature = "tokio")]
    pub(crate) fn known_status(&self) -> Option<ExitStatus> {
        *self.inner.status()
    }

    /// Waits for the process's exit.
    ///
    /// The exit is not the end of its output: what it printed last may still
    /// have to be read, and processes it started may print on.
    ///
    /// # Example
    /// ```
    /// let child = rejoinder_pty::Command::new("sh").args(["-c", "exit 7"]).spawn()?;
    /// assert_eq!(child.process.wait()?.code(), Some(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Process::try_wait`].
    pub fn wait(&self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.try_wait()? {
                return Ok(status);
            }
            let mut entries = [PollEntry::new(self.exit_fd(), Interest::READABLE)];
            poll(&mut entries, None)?;
        }
    }

    /// Waits up to `timeout` for the process's exit; `None` when it passed.
    ///
    /// # Example
    /// ```
    /// use std::time::Duration;
    ///
    /// let child = rejoinder_pty::Command::new("sleep").arg("60").spawn()?;
    /// assert_eq!(child.process.wait_timeout(Duration::from_millis(1))?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Process::try_wait`].
    pub fn wait_timeout(&self, timeout: Duration) -> io::Result<Option<ExitStatus>> {
        let Some(deadline) = Instant::now().checked_add(timeout) else {
            return self.wait().map(Some);
        };
        loop {
            if let Some(status) = self.try_wait()? {
                return Ok(Some(status));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let mut entries = [PollEntry::new(self.exit_fd(), Interest::READABLE)];
            if poll(&mut entries, Some(left))? == 0 {
                return self.try_wait();
            }
        }
    }

    /// Sends a signal to this very process.
    ///
    /// # Errors
    /// `NotFound` once the exit status was taken, `PermissionDenied` when the
    /// process runs as another user.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        // While the lock is held nobody takes the status, and until it is
        // taken the number belongs to this process.
        let status = self.inner.status();
        if status.is_some() {
            return Err(gone());
        }
        let sent = match &self.inner.handle {
            #[cfg(target_os = "linux")]
            Handle::PidFd(fd) => sys::process::pidfd_send_signal(fd, signal),
            Handle::Watched(_) => sys::process::kill(self.inner.pid, signal),
        };
        sent.map_err(io::Error::from)
    }

    /// Sends a signal to the process's own process group: to the process and
    /// what it started, save for what a shell put into groups of their own.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, Signal};
    ///
    /// let child = Command::new("sh").args(["-c", "sleep 60 | sleep 60"]).spawn()?;
    /// child.process.signal_group(Signal::TERM)?; // the shell and both sleepers
    /// assert_eq!(child.process.wait()?.signal(), Some(Signal::TERM));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Process::signal`]. What outlives the process is reached
    /// through [`ProcessTree`](crate::ProcessTree).
    pub fn signal_group(&self, signal: Signal) -> io::Result<()> {
        let status = self.inner.status();
        if status.is_some() {
            return Err(gone());
        }
        Ok(sys::process::kill_group(self.inner.pid, signal)?)
    }
}

impl Inner {
    fn status(&self) -> MutexGuard<'_, Option<ExitStatus>> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For who holds the lock on the status.
    fn start_time(&self) -> Option<u64> {
        *self.start_time.get_or_init(|| start_time(self.pid))
    }

    /// Takes the status from the kernel if there is one; reaps the process.
    fn take_status(&self) -> io::Result<Option<ExitStatus>> {
        self.start_time();
        // Once reaped, the number may be the next child's: the registry is
        // held so that what leaves it is this process.
        let mut registry = Registry::lock();
        let taken = match &self.handle {
            #[cfg(target_os = "linux")]
            Handle::PidFd(fd) => match sys::process::wait_pidfd(fd, Wait::Poll) {
                // Linux 5.3 has pidfd_open(2) and not yet P_PIDFD.
                Err(Errno::EINVAL) => sys::process::wait(self.pid, Wait::Poll),
                other => other,
            },
            Handle::Watched(_) => sys::process::wait(self.pid, Wait::Poll),
        };
        match taken {
            Ok(None) => Ok(None),
            Ok(status) => {
                registry.leave(self.pid);
                Ok(status)
            }
            Err(Errno::ECHILD) => Err(io::Error::other(format!(
                "the exit status of process {} is lost: something else in this program waited \
                 for it, or SIGCHLD is ignored",
                self.pid
            ))),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Nobody is left to hear of an error; a process that still runs
        // becomes the business of `reap_orphans`.
        if self.status().is_none() && !matches!(self.take_status(), Ok(Some(_))) {
            Registry::lock().leave(self.pid);
        }
    }
}

impl Handle {
    fn open(pid: Pid) -> Result<Self, Errno> {
        #[cfg(target_os = "linux")]
        match sys::process::pidfd_open(pid) {
            Ok(fd) => return Ok(Self::PidFd(fd)),
            // An old kernel, or a filter that does not know the call.
            Err(Errno::ENOSYS | Errno::EPERM) => {}
            // It has come and gone: SIGCHLD is ignored, and the kernel reaped
            // it. The watching thread finds the same.
            Err(Errno::ESRCH) => {}
            Err(errno) => return Err(errno),
        }
        Self::watch(pid)
    }

    /// The portable way: a thread waits, leaves the status for
    /// [`Process::try_wait`], and closes the pipe.
    fn watch(pid: Pid) -> Result<Self, Errno> {
        let (exit, exited) = sys::exec::pipe()?;
        std::thread::Builder::new()
            .name(format!("exit-{pid}"))
            .spawn(move || {
                let _ = sys::process::wait(pid, Wait::Watch);
                drop(exited);
            })
            .map_err(|_| Errno::EAGAIN)?;
        Ok(Self::Watched(exit))
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the process has exited")
}

fn start_time(pid: Pid) -> Option<u64> {
    #[cfg(target_os = "linux")]
    return crate::tree::ProcessInfo::read(pid)
        .ok()
        .map(|info| info.start_time);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = pid;
        None
    }
}
