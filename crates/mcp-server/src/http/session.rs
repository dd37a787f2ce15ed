//! One session of a client before 2026-07-28.

use std::sync::{Arc, Weak};

use axum::response::Response;
use bytes::Bytes;
use futures_channel::mpsc;
use http::StatusCode;
use mcp_proto::http::{Refusal, SessionId, sse};
use mcp_proto::{Catalogue, Era, Outgoing};
use parking_lot::Mutex;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, oneshot, watch};
use tokio::time::{Instant, Interval};

use super::body;
use super::caller::{Caller, Expiry};
use super::phase::{Phase, Phases};
use super::routes::{First, NotOpened, Opened, Routes};
use super::shared::Shared;
use super::stateless::keep_alive;
use crate::serve::{Change, Desk, Effect, Event};

/// A client's session: its connection, what is under way on it, and its streams.
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) principal: Arc<str>,
    inner: Mutex<Inner>,
}

struct Inner {
    desk: Desk,
    routes: Routes,
    used: Instant,
    ended: bool,
}

/// What a message led to.
enum Taken {
    /// Its answer.
    Answer(Outgoing),
    /// It has none.
    Nothing,
    /// It is being worked on.
    Begun(u64, oneshot::Receiver<First>),
    /// Nobody took it: the session has ended.
    TooLate,
}

impl Session {
    /// A session that nothing was said in yet.
    pub(super) fn begin(shared: &Arc<Shared>, id: SessionId, principal: Arc<str>) -> Arc<Self> {
        let mut catalogue = shared.host.catalogue();
        catalogue.mark_unchanged();
        let changes = shared.host.changes();
        let (desk, events) = Desk::new(Arc::clone(&shared.host), Arc::clone(&principal));
        let session = Arc::new(Self {
            id,
            principal,
            inner: Mutex::new(Inner {
                desk,
                routes: Routes::new(shared.streams()),
                used: Instant::now(),
                ended: false,
            }),
        });
        let pump = Pump {
            session: Arc::downgrade(&session),
            events,
            catalogue,
            changes,
            phases: shared.phases.clone(),
        };
        tokio::spawn(pump.run());
        session
    }

    /// When it was last of use to anybody; now, while somebody listens or something is under way.
    pub(super) fn last_used(&self) -> Instant {
        let mut inner = self.inner.lock();
        if inner.routes.has_listeners() || inner.desk.is_busy() {
            inner.used = Instant::now();
        }
        inner.used
    }

    /// Takes the `initialize` that it begins with; the answer, and whether it has begun with that.
    pub(super) fn greet(&self, frame: &[u8]) -> (Response, bool) {
        let mut inner = self.inner.lock();
        let response = match inner.take(frame) {
            Taken::Answer(answer) => body::json(Era::Initialize, answer),
            // A handshake is answered at once.
            _ => body::bare(StatusCode::INTERNAL_SERVER_ERROR),
        };
        let begun = inner.desk.connection().session().is_some();
        (response, begun)
    }

    /// Takes what a POST brought, and answers it.
    pub(super) async fn post(&self, shared: &Arc<Shared>, frame: &[u8]) -> Response {
        let taken = self.inner.lock().take(frame);
        let (way, mut first) = match taken {
            Taken::Answer(answer) => return body::json(Era::Initialize, answer),
            Taken::Nothing => return body::accepted(),
            Taken::TooLate => return body::refused(Refusal::unknown_session(None)),
            Taken::Begun(way, first) => (way, first),
        };
        let patience = Instant::now() + shared.config.keep_alive();
        let heard = tokio::select! {
            biased;
            heard = &mut first => heard,
            () = tokio::time::sleep_until(patience) => {
                self.inner.lock().routes.begin_stream(way);
                first.await
            }
        };
        match heard {
            Ok(First::Answer(answer)) => body::json(Era::Initialize, answer),
            Ok(First::Stream(opened)) => stream(shared, opened, Expiry::never()),
            Err(_) if self.inner.lock().ended => body::refused(Refusal::unknown_session(None)),
            // The request was cancelled, so nothing answers it: a stream with nothing in it.
            Err(_) => body::nothing(),
        }
    }

    /// Opens a stream for what belongs to no request, or the rest of one that was lost. It ends
    /// with the caller's token; what it has not said by then is there for who comes back.
    pub(super) fn get(
        &self,
        shared: &Arc<Shared>,
        caller: &Caller,
        last_event_id: Option<&str>,
    ) -> Response {
        let mut inner = self.inner.lock();
        inner.used = Instant::now();
        if inner.ended {
            return body::refused(Refusal::unknown_session(None));
        }
        let opened = match last_event_id {
            None => inner.routes.listen(),
            Some(last_event_id) => inner.routes.resume(last_event_id),
        };
        match opened {
            Ok(opened) => stream(shared, opened, caller.expiry()),
            Err(NotOpened::NoRoom) => body::no_room(),
            Err(NotOpened::CannotReplay(reason)) => body::refused(Refusal::from(reason)),
        }
    }

    /// Ends everything that is open in it.
    pub(super) fn end(&self) {
        let mut inner = self.inner.lock();
        inner.ended = true;
        inner.routes.close();
    }

    /// Answers what is still open as cut short.
    pub(super) fn close(&self, shared: &Shared) {
        let mut inner = self.inner.lock();
        let effects = inner.desk.close(&shared.last_answer);
        inner.carry_out(effects);
        inner.routes.close_general();
    }
}

impl Inner {
    fn take(&mut self, frame: &[u8]) -> Taken {
        if self.ended {
            return Taken::TooLate;
        }
        self.used = Instant::now();
        let mut effects = self.desk.frame(frame);
        let begun = self.desk.take_begun();
        if let Some(context) = self.desk.connection().session() {
            self.routes.set_primes(context.revision.primes_streams());
        }
        let way = self.routes.open(&begun);
        let direct = self.take_direct(&mut effects);
        self.carry_out(effects);
        match (way, direct) {
            (Some((way, first)), _) => Taken::Begun(way, first),
            (None, Some(answer)) => Taken::Answer(answer),
            (None, None) => Taken::Nothing,
        }
    }

    /// The answer that needed no work: the first message that has no way out of its own.
    fn take_direct(&self, effects: &mut Vec<Effect>) -> Option<Outgoing> {
        let is_direct = |effect: &Effect| match effect {
            Effect::Send(outgoing) => outgoing.regards().is_none_or(|key| !self.routes.knows(key)),
            _ => false,
        };
        let index = effects.iter().position(is_direct)?;
        match effects.remove(index) {
            Effect::Send(answer) => Some(answer),
            _ => None,
        }
    }

    fn event(&mut self, event: Event) {
        self.used = Instant::now();
        let effects = self.desk.event(event);
        // Requests that are worked on once more have their way.
        self.desk.take_begun();
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        let Self { desk, routes, .. } = self;
        for effect in effects {
            match effect {
                Effect::Send(outgoing) => routes.send(outgoing),
                Effect::GivenUp(key) => routes.give_up(key),
                Effect::CloseStream(key) => routes.close_stream(key),
            }
        }
        routes.flush(|key| desk.connection().is_in_flight(key));
    }
}

/// Brings a session what happens by itself, for as long as it lives.
struct Pump {
    session: Weak<Session>,
    events: mpsc::UnboundedReceiver<Event>,
    catalogue: watch::Receiver<Arc<Catalogue>>,
    changes: broadcast::Receiver<Change>,
    phases: Phases,
}

impl Pump {
    async fn run(mut self) {
        let mut draining = false;
        loop {
            tokio::select! {
                event = self.events.recv() => {
                    let (Ok(event), Some(session)) = (event, self.session.upgrade()) else {
                        return;
                    };
                    session.inner.lock().event(event);
                }
                Ok(()) = self.catalogue.changed() => {
                    let now = Arc::clone(&self.catalogue.borrow_and_update());
                    self.with_desk(|desk| desk.set_catalogue(now));
                }
                change = self.changes.recv() => match change {
                    Ok(change) => self.with_desk(|desk| desk.list_changed(&change)),
                    Err(RecvError::Lagged(_)) => self.with_desk(|desk| {
                        let mut effects = desk.announce(mcp_proto::ChangedList::Prompts);
                        effects.extend(desk.announce(mcp_proto::ChangedList::Resources));
                        effects
                    }),
                    Err(RecvError::Closed) => return,
                },
                () = self.phases.come(Phase::Draining), if !draining => {
                    draining = true;
                    if let Some(session) = self.session.upgrade() {
                        session.inner.lock().routes.close_general();
                    }
                }
            }
        }
    }

    fn with_desk(&self, act: impl FnOnce(&mut Desk) -> Vec<Effect>) {
        if let Some(session) = self.session.upgrade() {
            let mut inner = session.inner.lock();
            let effects = act(&mut inner.desk);
            inner.carry_out(effects);
        }
    }
}

/// A response that is a stream.
struct Stream {
    missed: std::vec::IntoIter<Bytes>,
    rest: Option<mpsc::Receiver<Bytes>>,
    keep_alive: Interval,
    expiry: Expiry,
    _permit: OwnedSemaphorePermit,
}

fn stream(shared: &Shared, opened: Opened, expiry: Expiry) -> Response {
    let stream = Stream {
        missed: opened.missed.into_iter(),
        rest: opened.rest,
        keep_alive: keep_alive(shared),
        expiry,
        _permit: opened.permit,
    };
    body::events(stream, |mut stream| async move {
        let event = stream.next().await?;
        Some((event, stream))
    })
}

impl Stream {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(missed) = self.missed.next() {
            return Some(missed);
        }
        let rest = self.rest.as_mut()?;
        tokio::select! {
            biased;
            () = self.expiry.come() => None,
            event = rest.recv() => {
                self.keep_alive.reset();
                event.ok()
            }
            _ = self.keep_alive.tick() => Some(Bytes::from_static(sse::KEEP_ALIVE)),
        }
    }
}
