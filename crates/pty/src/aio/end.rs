//! An open end on the reactor: reads and writes that wait by readiness.

use std::io;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use tokio::io::Interest;
use tokio::io::unix::AsyncFdReadyGuard;

use super::direction::{Edges, Way};
use crate::endpoint::{Endpoint, Kind, ReadOutcome, WriteOutcome};
use crate::sys::reactor::{self, Descriptor, Registered};

type Guard<'a> = AsyncFdReadyGuard<'a, Descriptor<Arc<Endpoint>>>;

/// An open end, registered once for both directions.
#[derive(Debug)]
pub(super) struct AsyncEnd {
    io: Registered<Arc<Endpoint>>,
    /// Used instead of `io` once it has hung up, one for each direction, so
    /// that neither takes the other's events.
    in_edges: OnceLock<Edges>,
    out_edges: OnceLock<Edges>,
}

/// What an attempt came to, as far as waiting is concerned.
pub(super) trait Outcome {
    fn would_block(&self) -> bool;
}

impl Outcome for ReadOutcome {
    fn would_block(&self) -> bool {
        *self == Self::WouldBlock
    }
}

impl Outcome for WriteOutcome {
    fn would_block(&self) -> bool {
        *self == Self::WouldBlock
    }
}

impl AsyncEnd {
    pub(super) fn new(endpoint: Arc<Endpoint>) -> io::Result<Self> {
        endpoint.set_nonblocking(true)?;
        Ok(Self {
            io: reactor::endpoint(endpoint)?,
            in_edges: OnceLock::new(),
            out_edges: OnceLock::new(),
        })
    }

    pub(super) fn endpoint(&self) -> &Arc<Endpoint> {
        self.io.get_ref().get()
    }

    /// Makes attempts until one comes to something.
    pub(super) async fn run<O: Outcome>(
        &self,
        way: Way,
        mut attempt: impl FnMut(&Endpoint) -> io::Result<O>,
    ) -> io::Result<O> {
        tokio::task::coop::consume_budget().await;
        loop {
            if let Some(edges) = self.edges(way).get() {
                let outcome = attempt(self.endpoint())?;
                if !outcome.would_block() {
                    return Ok(outcome);
                }
                edges.changed().await?;
                continue;
            }
            let mut guard = match way {
                Way::In => self.io.readable().await?,
                Way::Out => self.io.writable().await?,
            };
            if let Some(outcome) = self.guarded(way, &mut guard, &mut attempt)? {
                return Ok(outcome);
            }
        }
    }

    /// The same for who is polled; one task at a time in each direction.
    pub(super) fn poll_run<O: Outcome>(
        &self,
        way: Way,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&Endpoint) -> io::Result<O>,
    ) -> Poll<io::Result<O>> {
        loop {
            if let Some(edges) = self.edges(way).get() {
                let outcome = attempt(self.endpoint())?;
                if !outcome.would_block() {
                    return Poll::Ready(Ok(outcome));
                }
                ready!(edges.poll_changed(cx))?;
                continue;
            }
            let mut guard = ready!(match way {
                Way::In => self.io.poll_read_ready(cx),
                Way::Out => self.io.poll_write_ready(cx),
            })?;
            if let Some(outcome) = self.guarded(way, &mut guard, &mut attempt)? {
                return Poll::Ready(Ok(outcome));
            }
        }
    }

    /// One attempt while the reactor says ready. An attempt that would block
    /// takes that back, unless the reactor will not have it.
    fn guarded<O: Outcome>(
        &self,
        way: Way,
        guard: &mut Guard<'_>,
        attempt: &mut impl FnMut(&Endpoint) -> io::Result<O>,
    ) -> io::Result<Option<O>> {
        let outcome = attempt(self.endpoint())?;
        if !outcome.would_block() {
            return Ok(Some(outcome));
        }
        let ready = guard.ready();
        guard.clear_ready();
        if ready.is_read_closed() || ready.is_write_closed() {
            // It hung up once and does no more.
            self.watch_edges(way)?;
        }
        Ok(None)
    }

    /// One attempt now, whatever the reactor knows.
    pub(super) fn attempt<O: Outcome>(
        &self,
        way: Way,
        mut attempt: impl FnMut(&Endpoint) -> io::Result<O>,
    ) -> io::Result<O> {
        let interest = match way {
            Way::In => Interest::READABLE,
            Way::Out => Interest::WRITABLE,
        };
        // First under the reactor's eyes, so that an attempt that would block
        // makes the next wait a real one.
        let mut found = None;
        let _ = self.io.try_io(interest, |_| {
            let outcome = attempt(self.endpoint());
            let blocked = matches!(&outcome, Ok(outcome) if outcome.would_block());
            found = Some(outcome);
            match blocked {
                true => Err(io::ErrorKind::WouldBlock.into()),
                false => Ok(()),
            }
        });
        match found {
            Some(Ok(outcome)) if outcome.would_block() => {}
            Some(outcome) => return outcome,
            None => {}
        }
        attempt(self.endpoint())
    }

    /// Waits until an attempt may come to something.
    pub(super) async fn ready(&self, way: Way) -> io::Result<()> {
        loop {
            if let Some(edges) = self.edges(way).get() {
                if self.is_ready_now(way)? {
                    return Ok(());
                }
                edges.changed().await?;
                continue;
            }
            let guard = match way {
                Way::In => self.io.readable().await?,
                Way::Out => self.io.writable().await?,
            };
            let ready = guard.ready();
            let closed = ready.is_read_closed() || ready.is_write_closed();
            if !closed || self.is_ready_now(way)? {
                return Ok(());
            }
            self.watch_edges(way)?;
        }
    }

    /// Waits until the follower of a leader that hung up is in use again.
    pub(super) async fn reopened(&self) -> io::Result<()> {
        if self.endpoint().kind() == Kind::Pipe {
            let what = "a pipe whose other end is closed is not opened again";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        self.watch_edges(Way::In)?;
        let edges = self.in_edges.get().expect("set above");
        while self.endpoint().is_hung_up()? {
            edges.changed().await?;
        }
        Ok(())
    }

    fn is_ready_now(&self, way: Way) -> io::Result<bool> {
        let interest = match way {
            Way::In => crate::Interest::READABLE,
            Way::Out => crate::Interest::WRITABLE,
        };
        self.endpoint().is_ready(interest)
    }

    fn edges(&self, way: Way) -> &OnceLock<Edges> {
        match way {
            Way::In => &self.in_edges,
            Way::Out => &self.out_edges,
        }
    }

    fn watch_edges(&self, way: Way) -> io::Result<()> {
        if self.edges(way).get().is_none() {
            let edges = Edges::new(Arc::clone(self.endpoint()), way)?;
            // Another task may have been faster; one pair of eyes is enough.
            let _ = self.edges(way).set(edges);
        }
        Ok(())
    }
}
