//! Waiting for one direction of a descriptor where tokio's own registration
//! will not do: through an epoll descriptor of its own, edge-triggered, which
//! tokio sees only as something that becomes readable.
//!
//! - Reading a leader that has once hung up. Tokio never forgets that a
//!   descriptor was closed by the other side: from then on it reports it ready
//!   at once, which is wrong as soon as a program opens the follower again.
//! - Room to write to a leader. A terminal says that there is room whenever
//!   its program has read or printed something, and each time tokio would wake
//!   up a thread that reads, for nothing. There is nearly always room; only who
//!   finds none watches for it, for as long as that lasts.

use std::io;
use std::task::{Context, Poll, ready};

#[cfg(target_os = "linux")]
use {
    crate::endpoint::Endpoint,
    crate::sys::reactor::{self, Registered},
    nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout},
    std::os::fd::OwnedFd,
    std::sync::Arc,
};

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    In,
    Out,
}

/// Tells when something changed on the descriptor in one direction.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub(crate) struct Edges {
    epoll: Epoll,
    events: Registered<OwnedFd>,
    _endpoint: Arc<Endpoint>,
}

#[cfg(target_os = "linux")]
impl Edges {
    pub(crate) fn new(endpoint: Arc<Endpoint>, way: Way) -> io::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let flags = match way {
            Way::In => EpollFlags::EPOLLIN,
            Way::Out => EpollFlags::EPOLLOUT,
        };
        let event = EpollEvent::new(flags | EpollFlags::EPOLLET, 0);
        epoll.add(&*endpoint, event)?;
        let events = reactor::owned(epoll.0.try_clone()?)?;
        Ok(Self {
            epoll,
            events,
            _endpoint: endpoint,
        })
    }

    /// Waits for a change since the last one that was waited for. It may turn
    /// out to mean nothing.
    pub(crate) async fn changed(&self) -> io::Result<()> {
        let mut guard = self.events.readable().await?;
        self.take()?;
        guard.clear_ready();
        Ok(())
    }

    pub(crate) fn poll_changed(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut guard = ready!(self.events.poll_read_ready(cx))?;
        self.take()?;
        guard.clear_ready();
        Poll::Ready(Ok(()))
    }

    /// Takes the event, so that the next change makes a new one.
    fn take(&self) -> io::Result<()> {
        let mut events = [EpollEvent::empty()];
        self.epoll.wait(&mut events, EpollTimeout::ZERO)?;
        Ok(())
    }
}

/// Elsewhere a hang-up is taken for final: nothing is waited for after it.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(crate) enum Edges {}

#[cfg(not(target_os = "linux"))]
impl Edges {
    pub(crate) fn new(_: std::sync::Arc<crate::endpoint::Endpoint>, _: Way) -> io::Result<Self> {
        let what = "waiting for a terminal that hung up is done on Linux only so far";
        Err(io::Error::new(io::ErrorKind::Unsupported, what))
    }

    pub(crate) async fn changed(&self) -> io::Result<()> {
        match *self {}
    }

    pub(crate) fn poll_changed(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }
}
