//! Orphans: processes whose parents are gone and that were handed to this one.

use std::io;

use super::info::all;
use crate::registry::Registry;
use crate::sys::process::{Wait, wait};
use crate::{ExitStatus, Pid};

/// Makes this process the one that its descendants' orphans are handed to
/// (`PR_SET_CHILD_SUBREAPER` of `prctl(2)`, Linux 3.4), or no longer. It is
/// then to call [`reap_orphans`] when children exit.
///
/// # Errors
/// `Unsupported` elsewhere than on Linux.
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// rejoinder_pty::set_child_subreaper(true)?;
/// # }
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn set_child_subreaper(on: bool) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    return Ok(nix::sys::prctl::set_child_subreaper(on)?);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = on;
        let what = "only Linux hands orphans to a process of one's choice this way";
        Err(io::Error::new(io::ErrorKind::Unsupported, what))
    }
}

/// Reaps the exited children of this process that belong to no
/// [`Process`](crate::Process) handle, and returns how they ended. Children
/// for which `except` says `true` are left alone: those this program starts by
/// other means and waits for itself.
///
/// # Errors
/// When `/proc` cannot be read; `Unsupported` elsewhere than on Linux.
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// // A program that starts processes through this crate only:
/// for (pid, status) in rejoinder_pty::reap_orphans(&|_| false)? {
///     println!("orphan {pid} ended: {status}");
/// }
/// # }
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn reap_orphans(except: &dyn Fn(Pid) -> bool) -> io::Result<Vec<(Pid, ExitStatus)>> {
    let me = Pid::this();
    let mut reaped = Vec::new();
    for info in all()? {
        if info.parent != Some(me) || !info.is_zombie() || except(info.pid) {
            continue;
        }
        // Held while reaping: the id may since belong to a new child.
        let registry = Registry::lock();
        if registry.contains(info.pid) {
            continue;
        }
        // An error means that somebody else was faster.
        if let Ok(Some(status)) = wait(info.pid, Wait::Poll) {
            reaped.push((info.pid, status));
        }
    }
    Ok(reaped)
}
