//! One open end of a PTY or pipe, and what reading and writing it can come
//! to. Shared by the typed handles: leader, input, output.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::errno::Errno;

use crate::ready::{Interest, Ready, Room, poll, poll_one, poll_room};
use crate::sys;

/// What a read came to. None of these is an error.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, ReadOutcome};
///
/// let child = Command::new("cat").spawn()?;
/// assert_eq!(child.output.read(&mut [0; 64])?, ReadOutcome::WouldBlock); // it waits for us
/// child.process.signal(rejoinder_pty::Signal::KILL)?;
/// assert_eq!(child.output.read_timeout(&mut [0; 64], None)?, ReadOutcome::Hangup);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOutcome {
    /// This many bytes were put into the buffer.
    Data(usize),
    /// There is nothing to read now; with a timeout, it passed.
    WouldBlock,
    /// PTY only: no program has the follower open at this moment, and all
    /// that was written before has been read. This is not the program's exit:
    /// a program may close its terminal and live on, or another process may
    /// open the follower again, after which reads give data again.
    Hangup,
    /// Pipe only: every writer is gone and all has been read. It stays so.
    End,
}

/// What a write came to. None of these is an error.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, WriteOutcome};
///
/// let child = Command::new("cat").spawn()?;
/// assert_eq!(child.input.write(b"hello\n")?, WriteOutcome::Written(6));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The first so many bytes were taken, one at least.
    Written(usize),
    /// There is no room now; with a timeout, it passed.
    WouldBlock,
    /// Nobody will read it: every reader of the pipe is gone. A PTY on Linux
    /// never says so: while no follower is open, what is typed is kept for
    /// whoever opens it next, and may be thrown away then; there, look at what
    /// reads come to.
    Hangup,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Pty,
    Pipe,
}

/// A read of fewer bytes than this has most likely emptied the terminal, which
/// passes on up to 4095 at a time.
const TRICKLE: usize = 1024;

/// How often a full terminal that no program has open is looked at again by who
/// waits for room in it.
const REOPENED_CHECK: Duration = Duration::from_millis(50);

/// An open end. The descriptor does not change while this lives.
#[derive(Debug)]
pub(crate) struct Endpoint {
    fd: OwnedFd,
    kind: Kind,
    nonblocking: AtomicBool,
    packet: AtomicBool,
    /// Whether the last read that waited got little.
    trickles: AtomicBool,
}

impl Endpoint {
    pub(crate) fn new(fd: OwnedFd, kind: Kind) -> Result<Self, Errno> {
        sys::exec::set_nonblocking(&fd, true)?;
        Ok(Self {
            fd,
            kind,
            nonblocking: AtomicBool::new(true),
            packet: AtomicBool::new(false),
            trickles: AtomicBool::new(false),
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        sys::exec::set_nonblocking(&self.fd, nonblocking)?;
        self.nonblocking.store(nonblocking, Ordering::Relaxed);
        Ok(())
    }

    /// Marks the leader as speaking packets, or not.
    #[cfg(target_os = "linux")]
    pub(crate) fn set_packet(&self, on: bool) -> io::Result<()> {
        sys::terminal::set_packet_mode(&self.fd, on)?;
        self.packet.store(on, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn read(&self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        if self.packet.load(Ordering::Relaxed) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "this leader is in packet mode: read it through its PacketReader",
            ));
        }
        self.read_unframed(buffer)
    }

    pub(crate) fn read_unframed(&self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        outcome_of(self.kind, buffer, |buffer| {
            nix::unistd::read(&self.fd, buffer)
        })
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<WriteOutcome> {
        if bytes.is_empty() {
            return Ok(WriteOutcome::Written(0));
        }
        loop {
            return match (nix::unistd::write(&self.fd, bytes), self.kind) {
                (Err(Errno::EINTR), _) => continue,
                (Ok(0) | Err(Errno::EAGAIN), _) => Ok(WriteOutcome::WouldBlock),
                (Ok(count), _) => Ok(WriteOutcome::Written(count)),
                (Err(Errno::EIO), Kind::Pty) | (Err(Errno::EPIPE), Kind::Pipe) => {
                    Ok(WriteOutcome::Hangup)
                }
                (Err(errno), _) => Err(errno.into()),
            };
        }
    }

    /// Whether a read would come to something.
    #[cfg(feature = "tokio")]
    pub(crate) fn is_readable(&self) -> io::Result<bool> {
        Ok(poll_one(self.as_fd(), Interest::READABLE, Some(Duration::ZERO))? != Ready::default())
    }

    /// Whether a write would come to something. On a terminal that hung up it
    /// does only as long as there is room.
    #[cfg(feature = "tokio")]
    pub(crate) fn has_room(&self) -> io::Result<bool> {
        Ok(poll_room(self.as_fd(), Some(Duration::ZERO))? == Room::Some)
    }

    /// Whether the other end is closed and all it sent is read.
    #[cfg(feature = "tokio")]
    pub(crate) fn is_hung_up(&self) -> io::Result<bool> {
        let ready = poll_one(self.as_fd(), Interest::READABLE, Some(Duration::ZERO))?;
        Ok(ready.hangup && sys::terminal::readable_bytes(self)? == 0)
    }

    pub(crate) fn read_timeout(
        &self,
        buffer: &mut [u8],
        timeout: Option<Duration>,
    ) -> io::Result<ReadOutcome> {
        let wait = Wait::new(self, timeout);
        let nonblocking = self.nonblocking.load(Ordering::Relaxed);
        // Where much comes, something is mostly there already, and waiting for
        // it would be a system call for nothing. Where little comes, it is the
        // read that would be. A descriptor that blocks must be waited for.
        let mut wait_first = !nonblocking || self.trickles.load(Ordering::Relaxed);
        loop {
            if wait_first && !wait.until_readable()? {
                return match nonblocking {
                    true => self.read(buffer),
                    false => Ok(ReadOutcome::WouldBlock),
                };
            }
            match self.read(buffer)? {
                ReadOutcome::WouldBlock => wait_first = true,
                ReadOutcome::Data(count) => {
                    self.trickles.store(count < TRICKLE, Ordering::Relaxed);
                    return Ok(ReadOutcome::Data(count));
                }
                outcome => return Ok(outcome),
            }
        }
    }

    pub(crate) fn write_timeout(
        &self,
        bytes: &[u8],
        timeout: Option<Duration>,
    ) -> io::Result<WriteOutcome> {
        let wait = Wait::new(self, timeout);
        if !self.nonblocking.load(Ordering::Relaxed) && !wait.until_room()? {
            return Ok(WriteOutcome::WouldBlock);
        }
        loop {
            match self.write(bytes)? {
                WriteOutcome::WouldBlock => {}
                outcome => return Ok(outcome),
            }
            if !wait.until_room()? {
                return Ok(WriteOutcome::WouldBlock);
            }
        }
    }
}

/// Reads until it comes to something.
fn outcome_of(
    kind: Kind,
    buffer: &mut [u8],
    mut read: impl FnMut(&mut [u8]) -> Result<usize, Errno>,
) -> io::Result<ReadOutcome> {
    if buffer.is_empty() {
        return Ok(ReadOutcome::Data(0));
    }
    let mut asked_again = false;
    loop {
        return match (read(buffer), kind) {
            (Err(Errno::EINTR), _) => continue,
            // Linux looks for bytes first and for a closed follower after
            // (`n_tty_read`). What was written and closed between the two
            // looks is an EIO with bytes behind it: the last words of a
            // program. A read that begins after the closing finds them.
            (Err(Errno::EIO), Kind::Pty) if !asked_again => {
                asked_again = true;
                continue;
            }
            // The BSDs say end of file where Linux says EIO.
            (Ok(0) | Err(Errno::EIO), Kind::Pty) => Ok(ReadOutcome::Hangup),
            (Ok(0), Kind::Pipe) => Ok(ReadOutcome::End),
            (Ok(count), _) => Ok(ReadOutcome::Data(count)),
            (Err(Errno::EAGAIN), _) => Ok(ReadOutcome::WouldBlock),
            (Err(errno), _) => Err(errno.into()),
        };
    }
}

impl AsFd for Endpoint {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// A wait with one deadline over several rounds.
struct Wait<'a> {
    endpoint: &'a Endpoint,
    deadline: Option<Instant>,
}

impl<'a> Wait<'a> {
    fn new(endpoint: &'a Endpoint, timeout: Option<Duration>) -> Self {
        Self {
            endpoint,
            deadline: timeout.and_then(|timeout| Instant::now().checked_add(timeout)),
        }
    }

    /// Whether there was something to read before the deadline.
    fn until_readable(&self) -> io::Result<bool> {
        let ready = poll_one(self.endpoint.as_fd(), Interest::READABLE, self.left())?;
        Ok(ready != Ready::default())
    }

    /// Whether there was room to write before the deadline.
    fn until_room(&self) -> io::Result<bool> {
        loop {
            match poll_room(self.endpoint.as_fd(), self.left())? {
                Room::Some => return Ok(true),
                Room::None => return Ok(false),
                Room::HungUp => {}
            }
            let left = self.left();
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(false);
            }
            let pause = left.map_or(REOPENED_CHECK, |left| left.min(REOPENED_CHECK));
            poll(&mut [], Some(pause))?;
        }
    }

    fn left(&self) -> Option<Duration> {
        let at = self.deadline?;
        Some(at.saturating_duration_since(Instant::now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, answers: &[Result<usize, Errno>], expected: ReadOutcome) {
        let mut rest = answers.iter();
        let outcome = outcome_of(kind, &mut [0; 8], |_| {
            *rest.next().expect("one read too many")
        });
        assert_eq!(outcome.unwrap(), expected, "{answers:?}");
        assert_eq!(rest.len(), 0, "{answers:?}: not all answers were asked for");
    }

    /// Guards: what the kernel answers is what callers are told, and a hang-up
    /// is believed when it is said twice only: on a busy machine the first may
    /// come before the last bytes.
    #[test]
    fn answers_become_outcomes() {
        let (eio, again, interrupted) = (Err(Errno::EIO), Err(Errno::EAGAIN), Err(Errno::EINTR));
        check(Kind::Pty, &[Ok(5)], ReadOutcome::Data(5));
        check(Kind::Pty, &[interrupted, Ok(5)], ReadOutcome::Data(5));
        check(Kind::Pty, &[again], ReadOutcome::WouldBlock);
        check(Kind::Pty, &[eio, eio], ReadOutcome::Hangup);
        check(Kind::Pty, &[eio, interrupted, eio], ReadOutcome::Hangup);
        check(Kind::Pty, &[eio, Ok(5)], ReadOutcome::Data(5));
        check(Kind::Pty, &[eio, again], ReadOutcome::WouldBlock);
        check(Kind::Pty, &[Ok(0)], ReadOutcome::Hangup);
        check(Kind::Pipe, &[Ok(0)], ReadOutcome::End);
        check(Kind::Pipe, &[again], ReadOutcome::WouldBlock);
        let error = outcome_of(Kind::Pipe, &mut [0; 8], |_| eio).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(nix::libc::EIO));
    }
}
