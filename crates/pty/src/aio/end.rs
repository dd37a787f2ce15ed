//! An open end on the reactor: reads and writes that wait by readiness.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::Interest;
use tokio::io::unix::AsyncFdReadyGuard;

use super::direction::{Edges, Way};
use crate::endpoint::{Endpoint, Kind, ReadOutcome, WriteOutcome};
use crate::sys::reactor::{self, Descriptor, Registered};

type Guard<'a> = AsyncFdReadyGuard<'a, Descriptor<Arc<Endpoint>>>;

/// An open end, registered once.
#[derive(Debug)]
pub(super) struct AsyncEnd {
    io: Registered<Arc<Endpoint>>,
    /// Used for reading instead of `io` once it has hung up.
    in_edges: OnceLock<Edges>,
    /// What a polled task that found no room to write waits on, where that is
    /// not `io`.
    room: Mutex<Option<Edges>>,
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
        let interest = match watches_room_apart(&endpoint) {
            true => Interest::READABLE,
            false => Interest::READABLE | Interest::WRITABLE,
        };
        Ok(Self {
            io: reactor::endpoint(endpoint, interest)?,
            in_edges: OnceLock::new(),
            room: Mutex::new(None),
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
        // Each task that waits for room has a watch of its own: none takes
        // another's event, and it is gone when the task has what it wants.
        let mut room = None;
        loop {
            if self.is_apart(way) {
                let outcome = attempt(self.endpoint())?;
                if !outcome.would_block() {
                    return Ok(outcome);
                }
                self.changed(way, &mut room).await?;
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
            if self.is_apart(way) {
                let outcome = attempt(self.endpoint())?;
                if !outcome.would_block() {
                    self.forget_room(way);
                    return Poll::Ready(Ok(outcome));
                }
                ready!(self.poll_changed(way, cx))?;
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
        if way == Way::In && (ready.is_read_closed() || ready.is_write_closed()) {
            // It hung up once and does no more.
            self.watch_input()?;
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
        let mut room = None;
        loop {
            if self.is_apart(way) {
                if self.is_ready_now(way)? {
                    return Ok(());
                }
                self.changed(way, &mut room).await?;
                continue;
            }
            let guard = match way {
                Way::In => self.io.readable().await?,
                Way::Out => self.io.writable().await?,
            };
            let ready = guard.ready();
            let closed = ready.is_read_closed() || ready.is_write_closed();
            if way == Way::Out || !closed || self.is_ready_now(way)? {
                return Ok(());
            }
            self.watch_input()?;
        }
    }

    /// Waits until the follower of a leader that hung up is in use again.
    pub(super) async fn reopened(&self) -> io::Result<()> {
        if self.endpoint().kind() == Kind::Pipe {
            let what = "a pipe whose other end is closed is not opened again";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        self.watch_input()?;
        let edges = self.in_edges.get().expect("set above");
        while self.endpoint().is_hung_up()? {
            edges.changed().await?;
        }
        Ok(())
    }

    fn is_ready_now(&self, way: Way) -> io::Result<bool> {
        match way {
            Way::In => self.endpoint().is_readable(),
            Way::Out => self.endpoint().has_room(),
        }
    }

    /// Whether a direction is waited for through [`Edges`].
    fn is_apart(&self, way: Way) -> bool {
        match way {
            Way::In => self.in_edges.get().is_some(),
            Way::Out => watches_room_apart(self.endpoint()),
        }
    }

    /// Waits for a change in a direction that is apart; `room` is the caller's
    /// own. A watch that is new begins with what is true by then.
    async fn changed(&self, way: Way, room: &mut Option<Edges>) -> io::Result<()> {
        if way == Way::In
            && let Some(edges) = self.in_edges.get()
        {
            return edges.changed().await;
        }
        if room.is_none() {
            *room = Some(self.watch(way)?);
        }
        let edges = room.as_ref().expect("set above");
        edges.changed().await
    }

    fn poll_changed(&self, way: Way, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if way == Way::In
            && let Some(edges) = self.in_edges.get()
        {
            return edges.poll_changed(cx);
        }
        let mut room = self.polled_room();
        if room.is_none() {
            *room = Some(self.watch(way)?);
        }
        let edges = room.as_ref().expect("set above");
        edges.poll_changed(cx)
    }

    /// Stops watching for room once there was some.
    fn forget_room(&self, way: Way) {
        if way == Way::Out {
            *self.polled_room() = None;
        }
    }

    fn polled_room(&self) -> MutexGuard<'_, Option<Edges>> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self, way: Way) -> io::Result<Edges> {
        Edges::new(Arc::clone(self.endpoint()), way)
    }

    fn watch_input(&self) -> io::Result<()> {
        if self.in_edges.get().is_none() {
            // Another task may have been faster; one pair of eyes is enough.
            let _ = self.in_edges.set(self.watch(Way::In)?);
        }
        Ok(())
    }
}

/// Whether room to write is waited for apart from the registration: see
/// [`Edges`]. A pipe goes one way, so there is nobody to wake up for nothing.
fn watches_room_apart(endpoint: &Endpoint) -> bool {
    cfg!(target_os = "linux") && endpoint.kind() == Kind::Pty
}
