//! The look at a program whose input comes through a pipe.

use std::os::fd::{AsFd, AsRawFd};

use rejoinder_pty::{DescriptorKind, Pid, ProcessInfo};

use super::Sighting;
use super::files::Origin;
use super::probe::{Gaze, look_at};

/// Looks at the process group of a program behind pipes.
#[derive(Debug)]
pub(crate) struct PipeProbe {
    origin: Origin,
    group: Pid,
}

impl PipeProbe {
    /// For a program that was started as `group`, and the end of its input that
    /// this process holds. `None` where the system does not say what that is.
    pub(crate) fn new(input: &impl AsFd, group: Pid) -> Option<Self> {
        let me = ProcessInfo::read(Pid::this()).ok()?;
        let end = me.descriptor(input.as_fd().as_raw_fd()).ok()?;
        (end.kind == DescriptorKind::Pipe).then_some(Self {
            origin: Origin::Pipe { inode: end.inode },
            group,
        })
    }

    /// Looks. What the pipe holds wakes its readers the moment it is written,
    /// so a reader that sleeps has read it.
    pub(crate) fn look(&self, thorough: bool) -> Sighting {
        let gaze = Gaze {
            origin: self.origin,
            by_keys: false,
        };
        look_at(self.group, self.group, gaze, thorough)
    }
}
