//! Everything a program started: finding it, telling about it, ending it.

mod descriptor;
mod info;
mod reap;
mod reference;
mod snapshot;
mod thread;

pub use descriptor::{Descriptor, DescriptorKind};
pub use info::ProcessInfo;
pub use reap::{reap_orphans, set_child_subreaper};
pub use reference::ProcessRef;
pub use snapshot::{ProcessTree, SignalReport};
pub use thread::{Blocked, SystemCall, Thread};
