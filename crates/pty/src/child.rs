//! A started program with its streams.

use crate::Process;
use crate::stream::{Input, Output};
use crate::terminal::Leader;

/// A started program: the process, and what is connected to it.
///
/// # Example
/// ```
/// use rejoinder_pty::{Child, Command};
///
/// let Child { process, output, leader, .. } = Command::new("true").spawn()?;
/// assert!(leader.is_some() && output.is_pty());
/// assert!(process.wait()?.success());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Child {
    /// The process.
    pub process: Process,
    /// What it reads.
    pub input: Input,
    /// What it prints; in pipe mode without its standard error when that is
    /// separate.
    pub output: Output,
    /// Its standard error, in pipe mode with
    /// [`Stderr::Separate`](crate::Stderr::Separate).
    pub stderr: Option<Output>,
    /// The PTY's leader; `None` in pipe mode.
    pub leader: Option<Leader>,
}
