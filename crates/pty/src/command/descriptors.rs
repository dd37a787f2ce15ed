//! The limit of open descriptors: raised for this process, as it was for the
//! programs that it starts.
//!
//! The soft limit is low by custom, for the sake of programs that use
//! `select(2)`, which cannot name a descriptor above 1023. Who does not use it
//! may have as many as the hard limit says; what he starts may not know better
//! and should get the limit that he got himself.

use std::io;
use std::sync::OnceLock;

use nix::sys::resource::{Resource as Which, getrlimit, setrlimit};

use super::Limit;

/// The limit that this process came with, once that has been raised.
static INHERITED: OnceLock<Limit> = OnceLock::new();

/// Raises this process's limit of open descriptors (`RLIMIT_NOFILE`) to what the
/// hard limit allows. Programs that are started by [`Command`](crate::Command)
/// afterwards get the limit that was there before, unless the command sets one
/// itself. Returns the number of descriptors that may be open from now on.
///
/// # Errors
/// What `getrlimit(2)` and `setrlimit(2)` report.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, raise_descriptor_limit};
///
/// let most = raise_descriptor_limit()?;
/// assert_eq!(raise_descriptor_limit()?, most);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn raise_descriptor_limit() -> io::Result<u64> {
    let (soft, hard) = getrlimit(Which::RLIMIT_NOFILE)?;
    if soft < hard {
        INHERITED.get_or_init(|| Limit {
            soft: Some(soft),
            hard: Some(hard),
        });
        setrlimit(Which::RLIMIT_NOFILE, hard, hard)?;
    }
    Ok(hard)
}

/// The limit that a program gets whose command sets none.
pub(super) fn inherited() -> Option<Limit> {
    INHERITED.get().copied()
}
