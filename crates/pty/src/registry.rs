//! Which children of this process belong to a [`Process`](crate::Process)
//! handle, so that reaping orphans never takes a status somebody waits for.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Pid;

static OWNED: Mutex<BTreeSet<Pid>> = Mutex::new(BTreeSet::new());

/// The registry, held. A fork happens while it is held, so that no child is
/// ever seen before it is entered. Its size is the number of living handles.
pub(crate) struct Registry(MutexGuard<'static, BTreeSet<Pid>>);

impl Registry {
    pub(crate) fn lock() -> Self {
        // The set is whole between any two of its operations.
        Self(OWNED.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn enter(&mut self, pid: Pid) {
        self.0.insert(pid);
    }

    pub(crate) fn leave(&mut self, pid: Pid) {
        self.0.remove(&pid);
    }

    pub(crate) fn contains(&self, pid: Pid) -> bool {
        self.0.contains(&pid)
    }
}
