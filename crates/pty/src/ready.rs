//! Waiting for descriptors with `poll(2)`: leaders, pipes and process exits
//! in one call, for drivers that block.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
#[cfg(not(target_os = "linux"))]
use nix::poll::PollTimeout;
use nix::poll::{PollFd, PollFlags};

/// What a driver waits for on a descriptor.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Interest, PollEntry, poll};
/// use std::os::fd::AsFd;
///
/// let child = Command::new("cat").spawn()?;
/// let mut entries = [PollEntry::new(child.input.as_fd(), Interest::BOTH)];
/// poll(&mut entries, None)?;
/// assert!(entries[0].ready().writable);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest {
    readable: bool,
    writable: bool,
}

impl Interest {
    /// Bytes to read, a hang-up, or a process's exit.
    pub const READABLE: Self = Self {
        readable: true,
        writable: false,
    };
    /// Room to write.
    pub const WRITABLE: Self = Self {
        readable: false,
        writable: true,
    };
    /// Either.
    pub const BOTH: Self = Self {
        readable: true,
        writable: true,
    };
    /// Nothing but hang-ups and errors, which are always reported.
    pub const NONE: Self = Self {
        readable: false,
        writable: false,
    };
}

/// What [`poll`] found on a descriptor.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Interest, PollEntry, poll};
/// use std::os::fd::AsFd;
///
/// let child = Command::new("true").spawn()?;
/// let mut entries = [PollEntry::new(child.output.as_fd(), Interest::NONE)];
/// poll(&mut entries, None)?; // hang-ups are always reported
/// assert!(entries[0].ready().hangup);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// A read returns at once.
    pub readable: bool,
    /// A write returns at once.
    pub writable: bool,
    /// The other end is closed. On a leader this is "no follower is open now"
    /// and stays set until one is opened again: a loop that waits on a
    /// hung-up leader alone spins.
    pub hangup: bool,
}

/// One descriptor to wait for.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Interest, PollEntry, poll};
///
/// let child = Command::new("true").spawn()?;
/// let mut entries = [PollEntry::new(child.process.exit_fd(), Interest::READABLE)];
/// poll(&mut entries, None)?;
/// assert!(entries[0].ready().readable);
/// assert!(child.process.try_wait()?.is_some_and(|status| status.success()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PollEntry<'a> {
    fd: BorrowedFd<'a>,
    interest: Interest,
    ready: Ready,
}

impl<'a> PollEntry<'a> {
    /// An entry for `fd`.
    #[must_use]
    pub fn new(fd: BorrowedFd<'a>, interest: Interest) -> Self {
        Self {
            fd,
            interest,
            ready: Ready::default(),
        }
    }

    /// What the last [`poll`] found.
    #[must_use]
    pub fn ready(&self) -> Ready {
        self.ready
    }
}

/// Waits until something is ready or `timeout` has passed (`None`: as long as
/// it takes), and returns how many entries are ready; 0 is the timeout.
/// Interruptions by signals are waited through.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Interest, PollEntry, poll};
/// use std::os::fd::AsFd;
/// use std::time::Duration;
///
/// let child = Command::new("cat").spawn()?;
/// let mut entries = [
///     PollEntry::new(child.output.as_fd(), Interest::READABLE),
///     PollEntry::new(child.process.exit_fd(), Interest::READABLE),
/// ];
/// assert_eq!(poll(&mut entries, Some(Duration::from_millis(1)))?, 0); // nothing yet
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// What `poll(2)` reports, such as no memory.
pub fn poll(entries: &mut [PollEntry<'_>], timeout: Option<Duration>) -> io::Result<usize> {
    let mut fds: Vec<PollFd<'_>> = entries
        .iter()
        .map(|entry| PollFd::new(entry.fd, flags(entry.interest)))
        .collect();
    let count = wait(&mut fds, timeout)?;
    for (entry, fd) in entries.iter_mut().zip(&fds) {
        entry.ready = found(fd);
    }
    Ok(count)
}

/// The same for one descriptor; nothing is ready when the time passed.
pub(crate) fn poll_one(
    fd: BorrowedFd<'_>,
    interest: Interest,
    timeout: Option<Duration>,
) -> io::Result<Ready> {
    let mut fds = [PollFd::new(fd, flags(interest))];
    wait(&mut fds, timeout)?;
    Ok(found(&fds[0]))
}

/// What waiting for room to write came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// A write is taken, or says why not.
    Some,
    /// There was none before the time passed.
    None,
    /// There is none, and the other end is closed: `poll(2)` returns at once
    /// and will give no notice of its being opened again.
    HungUp,
}

/// Waits for room to write.
pub(crate) fn poll_room(fd: BorrowedFd<'_>, timeout: Option<Duration>) -> io::Result<Room> {
    let mut fds = [PollFd::new(fd, PollFlags::POLLOUT)];
    wait(&mut fds, timeout)?;
    let found = fds[0].revents().unwrap_or(PollFlags::empty());
    let decided = PollFlags::POLLOUT | PollFlags::POLLERR | PollFlags::POLLNVAL;
    Ok(if found.intersects(decided) {
        Room::Some
    } else if found.contains(PollFlags::POLLHUP) {
        Room::HungUp
    } else {
        Room::None
    })
}

fn wait(fds: &mut [PollFd<'_>], timeout: Option<Duration>) -> io::Result<usize> {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    loop {
        match poll_once(fds, deadline) {
            Err(Errno::EINTR) => {}
            // A wait longer than poll(2) can express ends early.
            Ok(0) if deadline.is_none_or(|at| Instant::now() < at) => {}
            other => return Ok(usize::try_from(other?).unwrap_or(0)),
        }
    }
}

fn found(fd: &PollFd<'_>) -> Ready {
    let found = fd.revents().unwrap_or(PollFlags::empty());
    let broken = found.intersects(PollFlags::POLLERR | PollFlags::POLLNVAL);
    let hangup = found.contains(PollFlags::POLLHUP);
    Ready {
        readable: found.contains(PollFlags::POLLIN) || hangup || broken,
        writable: found.contains(PollFlags::POLLOUT) || hangup || broken,
        hangup,
    }
}

fn flags(interest: Interest) -> PollFlags {
    let mut flags = PollFlags::empty();
    flags.set(PollFlags::POLLIN, interest.readable);
    flags.set(PollFlags::POLLOUT, interest.writable);
    flags
}

fn poll_once(fds: &mut [PollFd<'_>], deadline: Option<Instant>) -> Result<i32, Errno> {
    let left = deadline.map(|at| at.saturating_duration_since(Instant::now()));
    #[cfg(target_os = "linux")]
    {
        // ppoll(2) counts nanoseconds; poll(2) would round a wait up to 1 ms.
        let left = left.map(nix::sys::time::TimeSpec::from_duration);
        nix::poll::ppoll(fds, left, None)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let left = match left {
            None => PollTimeout::NONE,
            Some(left) => {
                let millis = left.as_nanos().div_ceil(1_000_000);
                PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX)
            }
        };
        nix::poll::poll(fds, left)
    }
}
