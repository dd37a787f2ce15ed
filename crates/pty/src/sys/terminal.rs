//! The terminal ioctls.

use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use nix::errno::Errno;
use nix::libc::{self, c_int};

use crate::Pid;
use crate::terminal::Winsize;

/// Opens a leader: read and write, not our controlling terminal, closed by
/// exec from the start where the system can.
pub(crate) fn open_leader() -> Result<OwnedFd, Errno> {
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
    let flags = libc::O_RDWR | libc::O_NOCTTY;
    // SAFETY: posix_openpt(3) takes flags only; a result that is no error is
    // a new descriptor that nobody else owns. grantpt(3) and unlockpt(3) take
    // that descriptor.
    unsafe {
        let fd = OwnedFd::from_raw_fd(Errno::result(libc::posix_openpt(flags))?);
        #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
        Errno::result(libc::fcntl(fd.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC))?;
        Errno::result(libc::grantpt(fd.as_raw_fd()))?;
        Errno::result(libc::unlockpt(fd.as_raw_fd()))?;
        Ok(fd)
    }
}

/// The follower's path, for example `/dev/pts/7`.
pub(crate) fn follower_path(leader: &OwnedFd) -> Result<String, Errno> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let mut buffer = [0u8; 64];
        // SAFETY: the buffer is writable for the length given.
        let code = unsafe {
            libc::ptsname_r(leader.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len())
        };
        if code != 0 {
            return Err(Errno::from_raw(code));
        }
        let name = std::ffi::CStr::from_bytes_until_nul(&buffer).map_err(|_| Errno::ERANGE)?;
        Ok(name.to_string_lossy().into_owned())
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        // ptsname(3) answers from a static buffer: one caller at a time.
        static ONE_CALLER: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _guard = ONE_CALLER.lock().unwrap_or_else(|e| e.into_inner());
        // SAFETY: the result is NULL or a C string that stays valid until the
        // next call, which the lock keeps away until it is copied.
        unsafe {
            let name = libc::ptsname(leader.as_raw_fd());
            if name.is_null() {
                return Err(Errno::last());
            }
            Ok(std::ffi::CStr::from_ptr(name)
                .to_string_lossy()
                .into_owned())
        }
    }
}

/// Opens the follower of this leader without going through its path, which
/// may name another terminal in this mount namespace (`TIOCGPTPEER`, Linux
/// 4.13); by path where the kernel cannot.
pub(crate) fn open_follower(leader: &impl AsFd, path: &str) -> Result<OwnedFd, Errno> {
    #[cfg(target_os = "linux")]
    {
        let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
        // SAFETY: TIOCGPTPEER takes open flags and returns a new descriptor.
        let fd = unsafe { libc::ioctl(raw(leader), libc::TIOCGPTPEER, flags) };
        if fd >= 0 {
            // SAFETY: the descriptor is new and nobody else owns it.
            return Ok(unsafe { OwnedFd::from_raw_fd(fd) });
        }
        match Errno::last() {
            Errno::EINVAL | Errno::ENOTTY | Errno::ENOSYS => {}
            other => return Err(other),
        }
    }
    open_by_path(path)
}

fn open_by_path(path: &str) -> Result<OwnedFd, Errno> {
    use nix::fcntl::OFlag;
    let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
    nix::fcntl::open(path, flags, nix::sys::stat::Mode::empty())
}

/// The size of the terminal, or `None` when rows or columns are zero.
pub(crate) fn winsize(fd: impl AsFd) -> Result<Option<Winsize>, Errno> {
    // SAFETY: winsize is plain numbers, and TIOCGWINSZ writes one.
    let size = unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        Errno::result(libc::ioctl(raw(&fd), libc::TIOCGWINSZ as _, &mut size))?;
        size
    };
    Ok(Winsize::new(size.ws_row.into(), size.ws_col.into()).ok())
}

/// Sets the size; the kernel tells the foreground process group by SIGWINCH
/// when it differs.
pub(crate) fn set_winsize(fd: impl AsFd, winsize: Winsize) -> Result<(), Errno> {
    let size = libc::winsize {
        ws_row: winsize.rows(),
        ws_col: winsize.cols(),
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: TIOCSWINSZ reads one winsize.
    unsafe { Errno::result(libc::ioctl(raw(&fd), libc::TIOCSWINSZ as _, &size)) }.map(drop)
}

/// The foreground process group, `None` when there is none.
pub(crate) fn foreground_group(leader: impl AsFd) -> Result<Option<Pid>, Errno> {
    // Not tcgetpgrp(3): on the leader's side the plain ioctl is what is
    // defined to work for a terminal that is not the caller's own.
    ask_number(leader, libc::TIOCGPGRP as _).map(Pid::from_raw)
}

/// The session whose controlling terminal this is.
#[cfg(target_os = "linux")]
pub(crate) fn session(leader: impl AsFd) -> Result<Option<Pid>, Errno> {
    match ask_number(leader, libc::TIOCGSID as _) {
        Ok(sid) => Ok(Pid::from_raw(sid)),
        Err(Errno::ENOTTY) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Bytes that a read would return now.
pub(crate) fn readable_bytes(fd: impl AsFd) -> Result<usize, Errno> {
    let count = ask_number(fd, libc::FIONREAD as _)?;
    Ok(usize::try_from(count).unwrap_or(0))
}

fn ask_number(fd: impl AsFd, request: libc::c_ulong) -> Result<c_int, Errno> {
    let mut number: c_int = 0;
    // SAFETY: every request passed here writes one int.
    unsafe { Errno::result(libc::ioctl(raw(&fd), request as _, &mut number)) }?;
    Ok(number)
}

/// Sends a signal to the foreground process group in one step, so that the
/// group cannot change between looking and sending (`TIOCSIG`). Linux permits
/// it for INT, QUIT and TSTP.
#[cfg(target_os = "linux")]
pub(crate) fn signal_foreground(leader: impl AsFd, signal: c_int) -> Result<(), Errno> {
    // The C library has no name for it on every target: asm-generic/ioctls.h.
    const TIOCSIG: libc::c_ulong = 0x4004_5436;
    // SAFETY: TIOCSIG takes a signal number.
    unsafe { Errno::result(libc::ioctl(raw(&leader), TIOCSIG as _, signal)) }.map(drop)
}

/// Switches packet mode of a leader on or off (`TIOCPKT`, `ioctl_tty(2)`).
#[cfg(target_os = "linux")]
pub(crate) fn set_packet_mode(leader: impl AsFd, on: bool) -> Result<(), Errno> {
    let on = c_int::from(on);
    // SAFETY: TIOCPKT reads one int.
    unsafe { Errno::result(libc::ioctl(raw(&leader), libc::TIOCPKT as _, &on)) }.map(drop)
}

fn raw(fd: &impl AsFd) -> c_int {
    fd.as_fd().as_raw_fd()
}
