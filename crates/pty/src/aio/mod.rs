//! Leaders, pipes and process exits on tokio's reactor (feature `tokio`).
//!
//! Everything takes `&self`, so that one task can wait for output, for room to
//! type and for the exit at once, by `select!`. Every method is cancel safe: a
//! future that is dropped before it is ready has read nothing and written
//! nothing that it did not take note of.
//!
//! # The end of output
//! [`ReadOutcome::Hangup`] comes at once and again on every read while no
//! program has the follower open; a loop that just reads on would spin. What a
//! driver does on it is to wait for the exit ([`ExitWatch::exited`]), or for
//! the terminal to be used again ([`AsyncOutput::reopened`]), or for both.
//! After the exit, what is left is there at once: [`AsyncOutput::try_read`]
//! until it says `WouldBlock` or `Hangup` (or [`End`](ReadOutcome::End)) gives
//! everything the exited process printed.
//!
//! # Fairness
//! A read takes part in tokio's cooperative scheduling: a program that prints
//! without end does not keep other tasks of the thread from running.
//!
//! # Example
//! ```
//! use rejoinder_pty::aio::AsyncChild;
//! use rejoinder_pty::{Command, ReadOutcome};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
//! let child = AsyncChild::new(Command::new("echo").arg("hi").spawn()?)?;
//! let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
//! while let ReadOutcome::Data(count) = child.output.read(&mut buffer).await? {
//!     text.extend_from_slice(&buffer[..count]);
//! }
//! assert_eq!(text, b"hi\r\n");
//! assert!(child.exit.exited().await?.success());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod direction;
mod end;
mod exit;
mod stream;

pub use exit::ExitWatch;
pub use stream::{AsyncInput, AsyncLeader, AsyncOutput};

use std::io;

use crate::{Child, Process};

#[cfg(doc)]
use crate::ReadOutcome;

/// A started program on tokio's reactor. Everything a
/// [`Child`] has, with the exit beside it.
///
/// # Example
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
/// use rejoinder_pty::aio::AsyncChild;
/// use rejoinder_pty::{Command, ReadOutcome, WriteOutcome};
///
/// let child = AsyncChild::new(Command::new("cat").spawn()?)?;
/// let mut buffer = [0; 64];
/// tokio::select! {
///     outcome = child.output.read(&mut buffer) => assert_eq!(outcome?, ReadOutcome::Data(4)),
///     status = child.exit.exited() => panic!("it ended: {}", status?),
///     outcome = child.input.write(b"hi\n") => assert_eq!(outcome?, WriteOutcome::Written(3)),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct AsyncChild {
    /// The process.
    pub process: Process,
    /// Its exit.
    pub exit: ExitWatch,
    /// What it reads.
    pub input: AsyncInput,
    /// What it prints.
    pub output: AsyncOutput,
    /// Its standard error, when that is separate.
    pub stderr: Option<AsyncOutput>,
    /// The PTY's leader; `None` in pipe mode.
    pub leader: Option<AsyncLeader>,
}

impl AsyncChild {
    /// Registers a child's descriptors: one for a PTY, one for each pipe, one
    /// for the exit.
    ///
    /// # Errors
    /// What `epoll_ctl(2)` reports.
    ///
    /// # Panics
    /// Outside of a tokio runtime with its I/O driver enabled, as for all that
    /// is registered here.
    pub fn new(child: Child) -> io::Result<Self> {
        let exit = ExitWatch::new(&child.process)?;
        let (leader, input, output) = match child.leader {
            Some(leader) => {
                let leader = AsyncLeader::new(leader)?;
                let (input, output) = (leader.input(), leader.output());
                (Some(leader), input, output)
            }
            None => (
                None,
                AsyncInput::new(child.input)?,
                AsyncOutput::new(child.output)?,
            ),
        };
        Ok(Self {
            process: child.process,
            exit,
            input,
            output,
            stderr: child.stderr.map(AsyncOutput::new).transpose()?,
            leader,
        })
    }
}
