//! Packet mode: reads that also tell when the program stops or resumes its
//! output or throws queued bytes away (`TIOCPKT`, `ioctl_tty(2)`, Linux).

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use super::Leader;
use crate::endpoint::ReadOutcome;

/// What happened on the terminal besides output.
///
/// # Example
/// ```
/// let nothing = rejoinder_pty::PacketEvents::default();
/// assert!(!nothing.stopped && !nothing.input_flushed);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PacketEvents {
    /// What was typed and not yet read was thrown away (`TIOCPKT_FLUSHREAD`),
    /// as programs do before they ask for a password.
    pub input_flushed: bool,
    /// What was printed and not yet read here was thrown away
    /// (`TIOCPKT_FLUSHWRITE`), as Ctrl-C does.
    pub output_flushed: bool,
    /// Output is held (`TIOCPKT_STOP`).
    pub stopped: bool,
    /// Output is resumed (`TIOCPKT_START`).
    pub started: bool,
    /// The stop and start characters are now Ctrl-S and Ctrl-Q and the
    /// terminal obeys them (`TIOCPKT_DOSTOP`).
    pub flow_control_on: bool,
    /// They are not, or are other characters (`TIOCPKT_NOSTOP`).
    pub flow_control_off: bool,
    /// The modes changed (`TIOCPKT_IOCTL`); sent only while the terminal is in
    /// the mode `EXTPROC`.
    pub modes_changed: bool,
}

/// What a read in packet mode came to.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Packet, PacketReader};
///
/// let child = Command::new("cat").spawn()?;
/// let reader = PacketReader::new(child.leader.as_ref().unwrap())?;
/// child.input.write(b"typed\x03")?; // Ctrl-C throws away what was typed
/// let mut flushed = false;
/// loop {
///     match reader.read(&mut [0; 64])? {
///         Packet::Events(events) => flushed |= events.input_flushed,
///         Packet::Data(_) | Packet::WouldBlock => {}
///         Packet::Hangup => break,
///     }
/// }
/// assert!(flushed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet {
    /// So many bytes of output were put into the buffer.
    Data(usize),
    /// Something else happened.
    Events(PacketEvents),
    /// There is nothing now.
    WouldBlock,
    /// No follower is open, as [`ReadOutcome::Hangup`].
    Hangup,
}

/// A leader in packet mode. While it lives, the leader's plain reads are
/// refused: they would show the kernel's status bytes among the output.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Interest, Packet, PacketReader, PollEntry, poll};
/// use std::os::fd::AsFd;
///
/// let child = Command::new("echo").arg("hi").spawn()?;
/// let reader = PacketReader::new(child.leader.as_ref().unwrap())?;
/// let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
/// loop {
///     match reader.read(&mut buffer)? {
///         Packet::Data(count) => text.extend_from_slice(&buffer[..count]),
///         Packet::Events(_) => {}
///         Packet::WouldBlock => {
///             poll(&mut [PollEntry::new(reader.as_fd(), Interest::READABLE)], None)?;
///         }
///         Packet::Hangup => break,
///     }
/// }
/// assert_eq!(text, b"hi\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PacketReader {
    leader: Leader,
}

impl PacketReader {
    /// Switches a leader to packet mode.
    ///
    /// # Errors
    /// What `ioctl(2)` reports.
    pub fn new(leader: &Leader) -> io::Result<Self> {
        leader.endpoint.set_packet(true)?;
        Ok(Self {
            leader: leader.clone(),
        })
    }

    /// Reads output or an event. The buffer needs room for two bytes, since
    /// the kernel puts one of its own in front of the output.
    ///
    /// # Errors
    /// `InvalidInput` for a smaller buffer; what `read(2)` reports.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<Packet> {
        if buffer.len() < 2 {
            let what = "a read in packet mode needs a buffer of two bytes at least";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        let count = match self.leader.endpoint.read_unframed(buffer)? {
            ReadOutcome::Data(count) => count,
            ReadOutcome::WouldBlock => return Ok(Packet::WouldBlock),
            ReadOutcome::Hangup | ReadOutcome::End => return Ok(Packet::Hangup),
        };
        if buffer[0] == status::DATA {
            buffer.copy_within(1..count, 0);
            return Ok(Packet::Data(count - 1));
        }
        Ok(Packet::Events(PacketEvents::from_status(buffer[0])))
    }
}

/// The status byte of packet mode (`asm-generic/ioctls.h`; the same on every
/// architecture).
mod status {
    pub(super) const DATA: u8 = 0;
    pub(super) const FLUSHREAD: u8 = 1;
    pub(super) const FLUSHWRITE: u8 = 2;
    pub(super) const STOP: u8 = 4;
    pub(super) const START: u8 = 8;
    pub(super) const NOSTOP: u8 = 16;
    pub(super) const DOSTOP: u8 = 32;
    pub(super) const IOCTL: u8 = 64;
}

impl PacketEvents {
    fn from_status(status: u8) -> Self {
        let has = |bit: u8| status & bit != 0;
        Self {
            input_flushed: has(status::FLUSHREAD),
            output_flushed: has(status::FLUSHWRITE),
            stopped: has(status::STOP),
            started: has(status::START),
            flow_control_on: has(status::DOSTOP),
            flow_control_off: has(status::NOSTOP),
            modes_changed: has(status::IOCTL),
        }
    }
}

impl AsFd for PacketReader {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.leader.as_fd()
    }
}

impl Drop for PacketReader {
    fn drop(&mut self) {
        // The descriptor is open and a leader's, so this cannot fail.
        let _ = self.leader.endpoint.set_packet(false);
    }
}
