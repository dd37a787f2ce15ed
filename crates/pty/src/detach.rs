//! Becoming a process of one's own, which outlives whoever started it.

use std::fs::File;
use std::io;

use nix::unistd::{dup2_stderr, dup2_stdin, dup2_stdout};

/// Goes on in a child of this process, the leader of a new session without a
/// terminal; this process itself ends with status 0 at once.
///
/// What was started by whom no longer shows: the child belongs to the nearest
/// child subreaper or to process 1, and neither a signal to the group of the
/// starter nor the end of the starter's terminal reaches it. Descriptors stay
/// as they are ([`close_standard_streams`] is for the first three).
///
/// # Errors
///
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) when this process has more
/// than one thread, because the others would be missing in the child, whatever they were
/// doing, so call this first thing in `main`; and elsewhere than on Linux, where threads
/// cannot be counted. When the system permits no further process.
///
/// # Example
///
/// ```no_run
/// // A program that is started, says that all is well, and stays.
/// rejoinder_pty::detach()?;
/// println!("running as {}", std::process::id());
/// rejoinder_pty::close_standard_streams()?;
/// // … serve …
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn detach() -> Result<(), crate::Error> {
    crate::sys::detach::detach()
}

/// Makes standard input, output and error `/dev/null`, so that nobody who holds
/// the other ends waits for this process any longer.
///
/// # Errors
///
/// When `/dev/null` cannot be opened.
///
/// # Example
///
/// ```no_run
/// rejoinder_pty::close_standard_streams()?;
/// println!("nobody reads this");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn close_standard_streams() -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    Ok(())
}
