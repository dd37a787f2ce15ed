//! Leaving the process that started this one behind.

use std::io;

use nix::libc;
use nix::unistd::{ForkResult, fork, setsid};

/// Forks, ends this process and goes on as its child, in a session of its own.
pub(crate) fn detach() -> io::Result<()> {
    if threads()? != 1 {
        let what = "a process with several threads cannot go on in a child";
        return Err(io::Error::new(io::ErrorKind::Unsupported, what));
    }
    // SAFETY: this process has one thread, as was just seen, and only that
    // thread could start another; so no lock is held by a thread that the child
    // does not have, and the child may go on as if nothing had happened.
    match unsafe { fork() }? {
        ForkResult::Parent { .. } => {
            // SAFETY: `_exit(2)` ends this process without running anything of
            // it twice: exit handlers and buffers are the child's now.
            unsafe { libc::_exit(0) }
        }
        ForkResult::Child => {
            // The child is no leader of a process group, so this cannot fail.
            setsid()?;
            Ok(())
        }
    }
}

/// The threads of this process.
#[cfg(target_os = "linux")]
fn threads() -> io::Result<usize> {
    Ok(std::fs::read_dir("/proc/self/task")?.count())
}

#[cfg(not(target_os = "linux"))]
fn threads() -> io::Result<usize> {
    let what = "threads can only be counted on Linux";
    Err(io::Error::new(io::ErrorKind::Unsupported, what))
}
