//! Handles on processes, and their exits.

use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use nix::errno::Errno;
use nix::libc::{self, c_int};

use crate::{ExitStatus, Pid, Signal};

/// A descriptor for a process that becomes readable when it exits
/// (`pidfd_open(2)`, Linux 5.3). It is closed by exec from the start.
#[cfg(target_os = "linux")]
pub(crate) fn pidfd_open(pid: Pid) -> Result<OwnedFd, Errno> {
    // SAFETY: pidfd_open(2) takes a number and flags, and returns a new
    // descriptor that nobody else owns.
    unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0);
        let fd = Errno::result(fd)?;
        // A descriptor always fits in an int.
        Ok(OwnedFd::from_raw_fd(fd as c_int))
    }
}

/// Sends a signal to the very process the descriptor was opened for.
#[cfg(target_os = "linux")]
pub(crate) fn pidfd_send_signal(pidfd: impl AsFd, signal: Signal) -> Result<(), Errno> {
    let fd = pidfd.as_fd().as_raw_fd();
    // SAFETY: no siginfo is passed, so no memory is read.
    let code = unsafe {
        let none = std::ptr::null::<libc::siginfo_t>();
        libc::syscall(libc::SYS_pidfd_send_signal, fd, signal.number(), none, 0)
    };
    Errno::result(code).map(drop)
}

/// Sends a signal to a process by its number.
pub(crate) fn kill(pid: Pid, signal: Signal) -> Result<(), Errno> {
    // SAFETY: kill(2) takes numbers; a Pid is positive, so it names one process.
    Errno::result(unsafe { libc::kill(pid.as_raw(), signal.number()) }).map(drop)
}

/// Sends a signal to a process group.
pub(crate) fn kill_group(group: Pid, signal: Signal) -> Result<(), Errno> {
    // SAFETY: killpg(2) takes numbers.
    Errno::result(unsafe { libc::killpg(group.as_raw(), signal.number()) }).map(drop)
}

/// How to wait for a child's exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Take the status if the child has exited, without waiting.
    Poll,
    /// Wait for the exit and take the status.
    Reap,
    /// Wait for the exit and leave the status where it is.
    Watch,
}

/// Waits for a child (`waitid(2)`): its status, or `None` when it still runs.
pub(crate) fn wait(pid: Pid, how: Wait) -> Result<Option<ExitStatus>, Errno> {
    wait_id(libc::P_PID, pid.as_raw().unsigned_abs(), how)
}

/// The same by pidfd.
#[cfg(target_os = "linux")]
pub(crate) fn wait_pidfd(pidfd: impl AsFd, how: Wait) -> Result<Option<ExitStatus>, Errno> {
    let fd = pidfd.as_fd().as_raw_fd().unsigned_abs();
    wait_id(libc::P_PIDFD, fd, how)
}

fn wait_id(kind: libc::idtype_t, id: libc::id_t, how: Wait) -> Result<Option<ExitStatus>, Errno> {
    let flags = match how {
        Wait::Poll => libc::WEXITED | libc::WNOHANG,
        Wait::Reap => libc::WEXITED,
        Wait::Watch => libc::WEXITED | libc::WNOWAIT,
    };
    loop {
        // SAFETY: siginfo_t is plain data for which zeroes are valid, and
        // waitid(2) writes one. The accessors read what it wrote for SIGCHLD.
        let (pid, code, status) = unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            match Errno::result(libc::waitid(kind, id, &mut info, flags)) {
                Err(Errno::EINTR) => continue,
                other => other?,
            };
            (info.si_pid(), info.si_code, info.si_status())
        };
        if pid == 0 {
            return Ok(None);
        }
        return decode(code, status).map(Some);
    }
}

/// The meaning of `si_code` and `si_status` (`waitid(2)`).
fn decode(code: c_int, status: c_int) -> Result<ExitStatus, Errno> {
    if code == libc::CLD_EXITED {
        return Ok(ExitStatus::Code(status));
    }
    let signal = Signal::from_number(status).ok_or(Errno::EINVAL)?;
    Ok(ExitStatus::Signal {
        signal,
        core_dumped: code == libc::CLD_DUMPED,
    })
}
