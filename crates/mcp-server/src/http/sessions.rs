//! The sessions of clients before 2026-07-28, by their ids.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use mcp_proto::http::{self, SessionId};
use parking_lot::Mutex;
use tokio::time::Instant;

use super::body;
use super::phase::Phase;
use super::session::Session;
use super::shared::Shared;

/// How often sessions are looked for that nobody uses any more: every 5 seconds.
const SWEEP: Duration = Duration::from_secs(5);

/// All sessions.
pub(super) struct Sessions {
    by_id: Mutex<HashMap<SessionId, Arc<Session>>>,
    limit: usize,
    idle: Duration,
}

/// Room for one more session.
enum Room {
    /// There is some.
    Free,
    /// There is, once this one is forgotten.
    InPlaceOf(SessionId),
    /// All there is is in use.
    None,
}

impl Sessions {
    pub(super) fn new(limit: usize, idle: Duration) -> Self {
        Self {
            by_id: Mutex::default(),
            limit,
            idle,
        }
    }

    /// The session of this id, if it is this principal's; another's is as unknown as none.
    pub(super) fn get(&self, id: SessionId, principal: &str) -> Option<Arc<Session>> {
        let sessions = self.by_id.lock();
        let session = sessions.get(&id)?;
        (*session.principal == *principal).then(|| Arc::clone(session))
    }

    /// Ends a session.
    pub(super) fn end(&self, id: SessionId, principal: &str) -> bool {
        let Some(session) = self.get(id, principal) else {
            return false;
        };
        self.by_id.lock().remove(&id);
        session.end();
        true
    }

    /// Begins a session with the `initialize` that is to be answered.
    pub(super) fn begin(
        &self,
        shared: &Arc<Shared>,
        principal: &Arc<str>,
        frame: &[u8],
    ) -> Response {
        let mut random = [0; 16];
        if let Err(error) = getrandom::fill(&mut random) {
            tracing::error!(%error, "there is no randomness for a session id");
            return body::bare(::http::StatusCode::INTERNAL_SERVER_ERROR);
        }
        let id = SessionId::from_random(random);
        // Held until the session is in, so that there are never more than there may be.
        let mut sessions = self.by_id.lock();
        let oldest = match self.room(&sessions) {
            Room::Free => None,
            Room::InPlaceOf(oldest) => Some(oldest),
            Room::None => return body::no_room(),
        };
        let session = Session::begin(shared, id, Arc::clone(principal));
        let (mut response, begun) = session.greet(frame);
        // A refused handshake leaves nothing behind, and takes nobody's place.
        if begun {
            let headers = response.headers_mut();
            headers.insert(http::SESSION_ID, id.to_header());
            if let Some(oldest) = oldest {
                sessions.remove(&oldest);
            }
            sessions.insert(session.id, session);
        }
        response
    }

    /// Whether there is room for one more, perhaps in the place of the one that was unused the
    /// longest.
    fn room(&self, sessions: &HashMap<SessionId, Arc<Session>>) -> Room {
        if sessions.len() < self.limit {
            return Room::Free;
        }
        let now = Instant::now();
        let unused = sessions
            .values()
            .map(|session| (session.last_used(), session.id))
            .filter(|(used, _)| *used + SWEEP < now)
            .min_by_key(|(used, _)| *used);
        unused.map_or(Room::None, |(_, id)| Room::InPlaceOf(id))
    }

    fn sweep(&self) {
        let now = Instant::now();
        let mut sessions = self.by_id.lock();
        sessions.retain(|_, session| session.last_used() + self.idle > now);
    }

    fn all(&self) -> Vec<Arc<Session>> {
        self.by_id.lock().values().cloned().collect()
    }
}

/// Forgets the sessions that nobody uses, and at the end answers what is open in them.
pub(super) async fn keep_in_order(shared: Arc<Shared>) {
    let mut phases = shared.phases.clone();
    let mut ticks = tokio::time::interval(SWEEP);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => shared.sessions.sweep(),
            () = phases.come(Phase::Closing) => break,
        }
    }
    for session in shared.sessions.all() {
        session.close(&shared);
    }
}

#[cfg(test)]
mod tests;
