//! Reading what is left once a program has exited, within bounds: a daemon it
//! left behind may keep the terminal open, and print, for ever.

use std::io;
use std::time::{Duration, Instant};

use crate::endpoint::ReadOutcome;
use crate::stream::Output;

/// How much is read per call.
const CHUNK: usize = 16 * 1024;

/// How far a [`drain`] goes.
///
/// # Example
/// ```
/// use rejoinder_pty::DrainLimits;
/// use std::time::Duration;
///
/// // Give what the program left behind half a second to finish its lines.
/// let limits = DrainLimits { patience: Duration::from_millis(500), ..DrainLimits::default() };
/// assert_eq!(limits.bytes, 16 * 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainLimits {
    /// Stop after this many bytes; what is left stays to be read.
    pub bytes: u64,
    /// How long to wait for the end of the output once nothing is left to
    /// read. Zero reads only what is there, and that is everything the exited
    /// process itself printed; longer also gets what processes it started
    /// print in that time.
    pub patience: Duration,
}

/// 16 MiB, without waiting for others than the exited process.
impl Default for DrainLimits {
    fn default() -> Self {
        Self {
            bytes: 16 * 1024 * 1024,
            patience: Duration::ZERO,
        }
    }
}

/// How a [`drain`] ended.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, DrainEnd, DrainLimits, drain};
///
/// let child = Command::new("sh").args(["-c", "head -c 5000 /dev/zero"]).spawn()?;
/// let limits = DrainLimits { bytes: 10, patience: std::time::Duration::from_secs(60) };
/// assert_eq!(drain(&child.output, limits, |_| ())?, DrainEnd::LimitReached);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrainEnd {
    /// Everything was read, and nobody has the other end open any more.
    Complete,
    /// Everything there is was read; somebody still has the other end open
    /// and may print more.
    StillOpen,
    /// The limit of bytes was reached.
    LimitReached,
}

/// Reads what is left of a program's output after it exited and passes it to
/// `sink`, in order. Everything the program printed is read, save for what
/// exceeds the limit; nothing is lost by its exit.
///
/// # Errors
/// What `read(2)` reports.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, DrainEnd, DrainLimits, drain};
///
/// let child = Command::new("echo").arg("last words").spawn()?;
/// child.process.wait()?;
/// let mut text = Vec::new();
/// let end = drain(&child.output, DrainLimits::default(), |bytes| text.extend_from_slice(bytes))?;
/// assert_eq!((end, &text[..]), (DrainEnd::Complete, &b"last words\r\n"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn drain(
    output: &Output,
    limits: DrainLimits,
    mut sink: impl FnMut(&[u8]),
) -> io::Result<DrainEnd> {
    let deadline = Instant::now().checked_add(limits.patience);
    let mut left = limits.bytes;
    let mut buffer = [0; CHUNK];
    loop {
        let room = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        if room == 0 {
            return Ok(DrainEnd::LimitReached);
        }
        let patience = deadline.map(|at| at.saturating_duration_since(Instant::now()));
        match output.read_timeout(&mut buffer[..room], patience)? {
            ReadOutcome::Data(count) => {
                sink(&buffer[..count]);
                left -= count as u64;
            }
            ReadOutcome::WouldBlock => return Ok(DrainEnd::StillOpen),
            ReadOutcome::Hangup | ReadOutcome::End => return Ok(DrainEnd::Complete),
        }
    }
}
