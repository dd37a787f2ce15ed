//! One session of a client before 2026-07-28.

use std::sync::{Arc, Weak};

use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use mcp_proto::http::{Refusal, SessionId, sse};
use mcp_proto::{Catalogue, Era, RequestKey};
use parking_lot::Mutex;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, mpsc, watch};
use tokio::time::{Instant, Interval};

use super::body;
use super::phase::{Phase, Phases};
use super::routes::{First, Routes};
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
}

/// What a message led to.
enum Taken {
    /// Its answer.
    Answer(mcp_proto::Outgoing),
    /// It has none.
    Nothing,
    /// It is being worked on.
    Begun(u64, tokio::sync::oneshot::Receiver<First>),
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
                routes: Routes::default(),
                used: Instant::now(),
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
        let inner = self.inner.lock();
        if inner.routes.has_listeners() || inner.desk.is_busy() {
            return Instant::now();
        }
        inner.used
    }

    /// Whether `initialize` was answered.
    pub(super) fn is_begun(&self) -> bool {
        self.inner.lock().desk.connection().session().is_some()
    }

    /// Takes what a POST brought, and answers it.
    pub(super) async fn post(&self, shared: &Arc<Shared>, frame: &[u8]) -> Response {
        let taken = self.inner.lock().take(frame);
        let (way, mut first) = match taken {
            Taken::Answer(answer) => return body::json(Era::Initialize, answer),
            Taken::Nothing => return body::accepted(),
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
            Ok(First::Stream(events)) => stream(shared, Vec::new(), Some(events)),
            // The request was cancelled, or the session has ended: there is no answer.
            Err(_) => body::accepted(),
        }
    }

    /// Opens a stream for what belongs to no request, or the rest of one that was lost.
    pub(super) fn get(&self, shared: &Arc<Shared>, last_event_id: Option<&str>) -> Response {
        let mut inner = self.inner.lock();
        inner.used = Instant::now();
        let Some(last_event_id) = last_event_id else {
            return match inner.routes.listen() {
                Some(events) => stream(shared, Vec::new(), Some(events)),
                None => body::no_room(),
            };
        };
        match inner.routes.resume(last_event_id) {
            Ok((missed, rest)) => stream(shared, missed, rest),
            Err(reason) => body::refused(Refusal::from(reason)),
        }
    }

    /// Ends everything that is open in it.
    pub(super) fn end(&self) {
        self.inner.lock().routes.close();
    }
}

impl Inner {
    fn take(&mut self, frame: &[u8]) -> Taken {
        self.used = Instant::now();
        let effects = self.desk.frame(frame);
        let begun = self.desk.take_begun();
        if let Some(context) = self.desk.connection().session() {
            self.routes.set_primes(context.revision.primes_streams());
        }
        let way = self.routes.open(&begun);
        let mut direct = None;
        for effect in effects {
            match effect {
                Effect::Send(outgoing) if outgoing.regards().is_none() && direct.is_none() => {
                    direct = Some(outgoing);
                }
                effect => self.carry_out(effect),
            }
        }
        self.drop_closed();
        match (way, direct) {
            (Some((way, first)), _) => Taken::Begun(way, first),
            (None, Some(answer)) => Taken::Answer(answer),
            (None, None) => Taken::Nothing,
        }
    }

    fn event(&mut self, event: Event) {
        let effects = self.desk.event(event);
        // Requests that are worked on once more have their way.
        self.desk.take_begun();
        self.carry_all_out(effects);
        self.drop_closed();
    }

    fn drop_closed(&mut self) {
        let Self { desk, routes, .. } = self;
        routes.drop_closed(|key| desk.connection().is_open(key));
    }

    fn carry_all_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        let Self { desk, routes, .. } = self;
        match effect {
            Effect::Send(outgoing) => {
                routes.send(outgoing, |key: RequestKey| desk.connection().is_open(key));
            }
            Effect::CloseStream(key) => routes.close_stream(key),
        }
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
                    let (Some(event), Some(session)) = (event, self.session.upgrade()) else {
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
            inner.carry_all_out(effects);
        }
    }
}

impl Session {
    /// Answers what is still open as cut short.
    pub(super) fn close(&self, shared: &Shared) {
        let mut inner = self.inner.lock();
        let effects = inner.desk.close(&shared.last_answer);
        inner.carry_all_out(effects);
        inner.routes.close_general();
    }
}

/// A response that is a stream.
struct Stream {
    missed: std::vec::IntoIter<Bytes>,
    rest: Option<mpsc::Receiver<Bytes>>,
    keep_alive: Interval,
    _permit: OwnedSemaphorePermit,
}

fn stream(shared: &Shared, missed: Vec<Bytes>, rest: Option<mpsc::Receiver<Bytes>>) -> Response {
    let Some(permit) = shared.stream_permit() else {
        return body::bare(StatusCode::SERVICE_UNAVAILABLE);
    };
    let stream = Stream {
        missed: missed.into_iter(),
        rest,
        keep_alive: keep_alive(shared),
        _permit: permit,
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
            event = rest.recv() => {
                self.keep_alive.reset();
                event
            }
            _ = self.keep_alive.tick() => Some(Bytes::from_static(sse::KEEP_ALIVE)),
        }
    }
}
