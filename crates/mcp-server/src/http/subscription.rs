//! `subscriptions/listen`: a stream of what changes, until the client goes away, its token expires
//! or the server stops.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use futures_channel::mpsc;
use mcp_proto::http::sse;
use mcp_proto::{Catalogue, ChangedList};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};
use tokio::time::Interval;

use super::body;
use super::caller::{Caller, Expiry};
use super::phase::{Phase, Phases};
use super::shared::Shared;
use super::stateless::keep_alive;
use crate::serve::{Change, Desk, Effect, Event};

/// A stream of changes. Dropping it ends its watches.
struct Subscription {
    desk: Desk,
    events: mpsc::UnboundedReceiver<Event>,
    catalogue: watch::Receiver<Arc<Catalogue>>,
    changes: broadcast::Receiver<Change>,
    keep_alive: Interval,
    phases: Phases,
    expiry: Expiry,
    ready: VecDeque<Bytes>,
    ended: bool,
    _permit: OwnedSemaphorePermit,
}

/// Opens the stream that this request asks for, which is known to be a good one.
pub(super) fn open(shared: &Arc<Shared>, caller: &Caller, frame: &[u8]) -> Response {
    let Some(permit) = shared.stream_permit() else {
        return body::no_room();
    };
    // What changes from here on is announced, if the desk doesn't know it by then.
    let mut catalogue = shared.host.catalogue();
    catalogue.mark_unchanged();
    let changes = shared.host.changes();
    let (desk, events) = Desk::new(Arc::clone(&shared.host), Arc::clone(&caller.principal));
    let mut subscription = Subscription {
        desk,
        events,
        catalogue,
        changes,
        keep_alive: keep_alive(shared),
        phases: shared.phases.clone(),
        expiry: caller.expiry(),
        ready: VecDeque::new(),
        ended: false,
        _permit: permit,
    };
    let effects = subscription.desk.frame(frame);
    subscription.take(effects);
    body::events(subscription, |mut subscription| async move {
        let event = subscription.next().await?;
        Some((event, subscription))
    })
}

impl Subscription {
    /// The next event; `None` when the stream has ended.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.keep_alive.reset();
                return Some(event);
            }
            if self.ended {
                return None;
            }
            let effects = tokio::select! {
                biased;
                () = self.phases.come(Phase::Draining) => {
                    self.end();
                    continue;
                }
                () = self.expiry.come() => {
                    self.end();
                    continue;
                }
                Ok(event) = self.events.recv() => self.desk.event(event),
                Ok(()) = self.catalogue.changed() => {
                    let now = Arc::clone(&self.catalogue.borrow_and_update());
                    self.desk.set_catalogue(now)
                }
                change = self.changes.recv() => match change {
                    Ok(change) => self.desk.list_changed(&change),
                    Err(RecvError::Lagged(_)) => self.announce_all(),
                    // Nothing changes any more where nobody can tell.
                    Err(RecvError::Closed) => {
                        self.ended = true;
                        continue;
                    }
                },
                _ = self.keep_alive.tick() => return Some(Bytes::from_static(sse::KEEP_ALIVE)),
            };
            self.take(effects);
        }
    }

    /// What may have changed unheard.
    fn announce_all(&mut self) -> Vec<Effect> {
        let mut effects = self.desk.announce(ChangedList::Prompts);
        effects.extend(self.desk.announce(ChangedList::Resources));
        effects
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Send(outgoing) = effect {
                self.ready
                    .push_back(sse::message(None, outgoing.as_bytes()));
            }
        }
    }

    /// Ends in good order: with the response to the request, and nothing after it. That the
    /// stream closes says here what a cancellation says over standard output.
    fn end(&mut self) {
        self.ended = true;
        let response = self.desk.end_subscriptions().into_iter().next();
        self.take(response.into_iter().collect());
    }
}
