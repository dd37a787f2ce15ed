//! The exit of a process as a future.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;

use tokio::io::unix::AsyncFdReadyGuard;

use crate::sys::reactor::{self, Registered};
use crate::{ExitStatus, Process};

/// Waits for a process's exit by its pidfd. Clones share the registration.
///
/// # Example
/// ```
/// use rejoinder_pty::Command;
/// use rejoinder_pty::aio::ExitWatch;
///
/// # tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
/// let child = Command::new("sh").args(["-c", "exit 7"]).spawn()?;
/// let exit = ExitWatch::new(&child.process)?;
/// assert_eq!(exit.exited().await?.code(), Some(7));
/// assert_eq!(exit.process().pid(), child.process.pid());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ExitWatch {
    process: Process,
    source: Arc<Source>,
}

#[derive(Debug)]
enum Source {
    Own(Registered<Process>),
    /// For a further watch: the reactor takes each descriptor once.
    Duplicate(Registered<OwnedFd>),
}

impl ExitWatch {
    /// Registers a process.
    ///
    /// # Errors
    /// What `epoll_ctl(2)` reports.
    ///
    /// # Panics
    /// Outside of a tokio runtime with its I/O driver enabled.
    pub fn new(process: &Process) -> io::Result<Self> {
        let source = match reactor::exit(process.clone()) {
            Ok(registered) => Source::Own(registered),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Source::Duplicate(reactor::owned(process.exit_fd().try_clone_to_owned()?)?)
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            process: process.clone(),
            source: Arc::new(source),
        })
    }

    /// The process.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Waits for the exit and reaps the process. Any number of tasks may wait;
    /// once it has exited, the answer is there at once.
    ///
    /// # Errors
    /// As for [`Process::try_wait`].
    pub async fn exited(&self) -> io::Result<ExitStatus> {
        loop {
            // A driver polls this beside each read: the kernel is asked only
            // once the reactor has heard of the exit.
            if let Some(status) = self.process.known_status() {
                return Ok(status);
            }
            let status = match &*self.source {
                Source::Own(source) => self.status(source.readable().await?)?,
                Source::Duplicate(source) => self.status(source.readable().await?)?,
            };
            if let Some(status) = status {
                return Ok(status);
            }
        }
    }

    /// The status, or a readiness that was none taken back.
    fn status<T: AsRawFd>(
        &self,
        mut guard: AsyncFdReadyGuard<'_, T>,
    ) -> io::Result<Option<ExitStatus>> {
        let status = self.process.try_wait()?;
        if status.is_none() {
            guard.clear_ready();
        }
        Ok(status)
    }
}
