//! Where client and server run.

use std::fmt;

use anyhow::Result;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The processors that client and server have between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Processors {
    /// As many as there are. With one call at a time each side then wakes the other's processor
    /// from its sleep for every message. How long that takes is the machine's affair (in a virtual
    /// machine the host's): often many times what a server takes, and the more the less else there
    /// is to do.
    All,
    /// One for both, which with one call at a time never want it at once.
    One,
}

impl Processors {
    /// Keeps this thread, and the processes that it starts, to these until the result is dropped.
    pub(super) fn enter(self) -> Result<Kept> {
        let before = sched_getaffinity(None)?;
        if self == Self::One {
            let mut one = CpuSet::new();
            if let Some(first) = (0..CpuSet::MAX_CPU).find(|cpu| before.is_set(*cpu)) {
                one.set(first);
            }
            sched_setaffinity(None, &one)?;
        }
        Ok(Kept { before })
    }
}

impl fmt::Display for Processors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::One => f.write_str(" on one processor"),
        }
    }
}

/// A thread that keeps to some processors.
#[derive(Debug)]
pub(super) struct Kept {
    before: CpuSet,
}

impl Drop for Kept {
    fn drop(&mut self) {
        // It could be set before, so it can be set back.
        let _ = sched_setaffinity(None, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The processors are this thread's again afterwards.
    #[test]
    fn they_are_left_as_they_were() {
        let count = || sched_getaffinity(None).unwrap().count();
        let before = count();
        let kept = Processors::One.enter().unwrap();
        assert_eq!(count(), 1);
        drop(kept);
        let _kept = Processors::All.enter().unwrap();
        assert_eq!(count(), before);
    }
}
