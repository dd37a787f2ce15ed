//! Leaving the process that started this one behind.

use std::ffi::OsStr;

use nix::libc;
use nix::unistd::{ForkResult, fork, setsid};

use crate::command::no_child;
use crate::error::{Cause, Error, ErrorKind, Stage};

/// Forks, ends this process and goes on as its child, in a session of its own.
pub(crate) fn detach() -> Result<(), Error> {
    if threads() != Some(1) {
        let cause = Cause::new(
            ErrorKind::Unsupported,
            "a process with several threads cannot go on in a child",
            "detach before the first thread is started; elsewhere than on Linux it cannot be done",
        );
        return Err(Error::new(
            Stage::Prepare,
            OsStr::new("a child"),
            cause,
            None,
        ));
    }
    // SAFETY: this process has one thread, as was just seen, and only that
    // thread could start another; so no lock is held by a thread that the child
    // does not have, and the child may go on as if nothing had happened.
    match unsafe { fork() }.map_err(no_child)? {
        ForkResult::Parent { .. } => {
            // SAFETY: `_exit(2)` ends this process without running anything of
            // it twice: exit handlers and buffers are the child's now.
            unsafe { libc::_exit(0) }
        }
        ForkResult::Child => {
            // The child is no leader of a process group, so this cannot fail.
            setsid().map_err(no_child)?;
            Ok(())
        }
    }
}

/// The threads of this process, where that can be told.
fn threads() -> Option<usize> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count())
}
