//! Sessions that this process runs.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{RegistryLimits, names, not_found, too_many};
use crate::error::Error;
use crate::id::SessionId;
use crate::launch::Launch;
use crate::request::Termination;
use crate::session::{Session, random_id};
use crate::state::Info;
use crate::witness::Witness;

/// Ended sessions that stay listed at most; past that the oldest is forgotten.
const MAX_EXITED: usize = 200;

/// How long processes may take to end when the process that runs them stops.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(500);

/// Sessions by id and by name.
#[derive(Debug)]
pub(super) struct Local {
    limits: RegistryLimits,
    entries: Mutex<HashMap<SessionId, Entry>>,
}

#[derive(Debug)]
struct Entry {
    session: Session,
    order: u64,
    exited_since: Option<Instant>,
}

impl Local {
    pub(super) fn new(limits: RegistryLimits) -> Self {
        Self {
            limits,
            entries: Mutex::new(HashMap::new()),
        }
    }

    pub(super) fn start(&self, launch: &Launch, now: Instant) -> Result<Session, Error> {
        let mut entries = self.entries.lock();
        reap(&mut entries, self.limits.reap_after, now);
        let living = entries
            .values()
            .filter(|entry| entry.exited_since.is_none())
            .count();
        if living >= self.limits.max_sessions {
            return Err(too_many(living, self.limits.max_sessions));
        }
        let name = choose_name(&entries, launch)?;
        let session = Session::run_here(launch, random_id()?, name, Witness::default())?;
        let order = entries
            .values()
            .map(|entry| entry.order + 1)
            .max()
            .unwrap_or(0);
        entries.insert(
            session.identity().id,
            Entry {
                session: session.clone(),
                order,
                exited_since: None,
            },
        );
        Ok(session)
    }

    pub(super) fn get(
        &self,
        owner: &str,
        id_or_name: &str,
        now: Instant,
    ) -> Result<Session, Error> {
        let mut entries = self.entries.lock();
        reap(&mut entries, self.limits.reap_after, now);
        let by_id = id_or_name
            .parse::<SessionId>()
            .ok()
            .and_then(|id| entries.get(&id));
        let found = by_id
            .filter(|entry| entry.session.identity().owner == owner)
            .or_else(|| {
                entries.values().find(|entry| {
                    let identity = entry.session.identity();
                    identity.owner == owner && identity.name == id_or_name
                })
            });
        found
            .map(|entry| entry.session.clone())
            .ok_or_else(|| not_found(id_or_name))
    }

    pub(super) async fn list(&self, owner: &str, reader: &str, now: Instant) -> Vec<Info> {
        self.infos(|of| of == owner, reader, now).await
    }

    pub(super) async fn list_all(&self, reader: &str, now: Instant) -> Vec<Info> {
        self.infos(|_| true, reader, now).await
    }

    async fn infos(&self, wanted: impl Fn(&str) -> bool, reader: &str, now: Instant) -> Vec<Info> {
        let mut found: Vec<(u64, Session)> = {
            let mut entries = self.entries.lock();
            reap(&mut entries, self.limits.reap_after, now);
            entries
                .values()
                .filter(|entry| wanted(&entry.session.identity().owner))
                .map(|entry| (entry.order, entry.session.clone()))
                .collect()
        };
        found.sort_by_key(|(order, _)| *order);
        let mut infos = Vec::with_capacity(found.len());
        for (_, session) in found {
            // A session that ends its life just now is left out of the list.
            if let Ok(info) = session.glance(reader).await {
                infos.push(info);
            }
        }
        infos
    }

    /// Ends every session and everything that the sessions started, and
    /// returns when nothing is left.
    pub(super) async fn shut_down(&self) {
        let sessions: Vec<Session> = {
            let mut entries = self.entries.lock();
            entries.drain().map(|(_, entry)| entry.session).collect()
        };
        let how = Termination {
            force: false,
            grace: SHUTDOWN_GRACE,
            orphans: true,
        };
        let endings: Vec<_> = sessions
            .into_iter()
            .map(|session| tokio::spawn(async move { session.terminate(how).await }))
            .collect();
        for ending in endings {
            if let Ok(Err(error)) = ending.await {
                tracing::warn!(%error, "a session could not be ended");
            }
        }
    }
}

/// Forgets ended sessions whose time is over, and the oldest when there are too
/// many; what they left running goes on.
fn reap(entries: &mut HashMap<SessionId, Entry>, after: Duration, now: Instant) {
    for entry in entries.values_mut() {
        if entry.exited_since.is_none() && entry.session.is_exited() {
            entry.exited_since = Some(now);
        }
    }
    entries.retain(|_, entry| entry.exited_since.is_none_or(|since| now < since + after));
    let mut exited: Vec<(Instant, SessionId)> = entries
        .iter()
        .filter_map(|(id, entry)| Some((entry.exited_since?, *id)))
        .collect();
    if exited.len() > MAX_EXITED {
        exited.sort();
        for (_, id) in &exited[..exited.len() - MAX_EXITED] {
            entries.remove(id);
        }
    }
}

/// The first name that no other session of the owner has.
fn choose_name(entries: &HashMap<SessionId, Entry>, launch: &Launch) -> Result<String, Error> {
    let taken = |name: &String| {
        entries.values().any(|entry| {
            let identity = entry.session.identity();
            identity.owner == launch.owner && identity.name == *name
        })
    };
    let asked = launch.name.as_deref();
    names::candidates(asked, &launch.program)?
        .find(|name| !taken(name))
        .ok_or_else(|| names::taken(asked.unwrap_or(&launch.program)))
}
