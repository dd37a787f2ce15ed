//! Registration of descriptors with tokio's reactor.
//!
//! `AsyncFd::register` is unsafe because a type could lie about its
//! descriptor or close it early. Tokio's safe adapters were looked at first:
//! `tokio::net::unix::pipe` takes any descriptor by its `_unchecked`
//! constructors, but its `AsyncRead` believes that a short read has emptied
//! the descriptor, which is true of pipes and not of PTYs, where it would wait
//! for ever on bytes that are there; and it knows one direction only. So the
//! registration is made here, for the few types of this crate that own their
//! descriptor for good.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::Process;
use crate::endpoint::Endpoint;

/// Something whose descriptor stays open and the same while it lives. The
/// fields are private to this module, so that nothing else can be one.
#[derive(Debug)]
pub(crate) struct Descriptor<T>(T);

impl<T> Descriptor<T> {
    pub(crate) fn get(&self) -> &T {
        &self.0
    }
}

impl AsRawFd for Descriptor<Arc<Endpoint>> {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl AsRawFd for Descriptor<Process> {
    fn as_raw_fd(&self) -> RawFd {
        self.0.exit_fd().as_raw_fd()
    }
}

impl AsRawFd for Descriptor<OwnedFd> {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

pub(crate) type Registered<T> = AsyncFd<Descriptor<T>>;

/// Registers an open end.
pub(crate) fn endpoint(
    endpoint: Arc<Endpoint>,
    interest: Interest,
) -> io::Result<Registered<Arc<Endpoint>>> {
    // SAFETY: an Endpoint owns its descriptor in a field that is never
    // replaced, and the Arc inside the AsyncFd keeps the Endpoint alive.
    Ok(unsafe { AsyncFd::register_with_interest(Descriptor(endpoint), interest) }?)
}

/// Registers a process for its exit.
pub(crate) fn exit(process: Process) -> io::Result<Registered<Process>> {
    // SAFETY: a Process owns its exit descriptor in a field that is never
    // replaced, and the handle inside the AsyncFd keeps it alive.
    Ok(unsafe { AsyncFd::register_with_interest(Descriptor(process), Interest::READABLE) }?)
}

/// Registers a descriptor of its own for reading.
pub(crate) fn owned(fd: OwnedFd) -> io::Result<Registered<OwnedFd>> {
    // SAFETY: the descriptor is owned by the AsyncFd from here on, and
    // nothing hands out a mutable reference to it.
    Ok(unsafe { AsyncFd::register_with_interest(Descriptor(fd), Interest::READABLE) }?)
}
