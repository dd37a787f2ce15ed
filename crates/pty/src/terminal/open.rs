//! Opening a pseudo-terminal.

use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use nix::errno::Errno;

use super::{Follower, InitialModes, Leader, Winsize};
use crate::sys;

/// A new pseudo-terminal.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) leader: Leader,
    pub(crate) follower: OwnedFd,
}

/// Opens a pseudo-terminal of this size, with these modes.
pub(crate) fn open_pair(winsize: Winsize, modes: InitialModes) -> Result<Pair, Errno> {
    let fd = sys::terminal::open_leader()?;
    let path = sys::terminal::follower_path(&fd)?;
    let follower = sys::terminal::open_follower(&fd, &path)?;
    modes.apply(follower.as_fd())?;
    sys::terminal::set_winsize(follower.as_fd(), winsize)?;
    let rdev = nix::sys::stat::fstat(&follower)?.st_rdev;
    let identity = Follower {
        path: PathBuf::from(path),
        // The width differs by platform; the number is the same.
        #[allow(clippy::useless_conversion, reason = "dev_t is u64 on Linux only")]
        rdev: u64::try_from(rdev).unwrap_or(0),
    };
    Ok(Pair {
        leader: Leader::new(fd, identity)?,
        follower,
    })
}
