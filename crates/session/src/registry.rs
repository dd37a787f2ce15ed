//! The sessions of one server: who has which, how many there may be, and when
//! ended ones are forgotten.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::error::{Error, ErrorKind};
use crate::id::SessionId;
use crate::launch::Launch;
use crate::request::Termination;
use crate::session::Session;

/// Characters of a session's name at most.
const MAX_NAME: usize = 64;

/// Ended sessions that stay listed at most; past that the oldest is forgotten.
const MAX_EXITED: usize = 200;

/// How long processes may take to end when the server stops.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(500);

/// Limits of a [`Registry`].
#[derive(Debug, Clone, Copy)]
pub struct RegistryLimits {
    /// Sessions with a living program at most.
    pub max_sessions: usize,
    /// How long an ended session stays listed and readable.
    pub reap_after: Duration,
}

impl Default for RegistryLimits {
    /// 50 sessions; ended ones are forgotten after ten minutes.
    fn default() -> Self {
        Self {
            max_sessions: 50,
            reap_after: Duration::from_secs(600),
        }
    }
}

/// All sessions of one server, by id and by name.
#[derive(Debug)]
pub struct Registry {
    limits: RegistryLimits,
    entries: Mutex<HashMap<SessionId, Entry>>,
}

#[derive(Debug)]
struct Entry {
    session: Session,
    order: u64,
    exited_since: Option<Instant>,
}

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new(limits: RegistryLimits) -> Self {
        Self {
            limits,
            entries: Mutex::new(HashMap::new()),
        }
    }

    /// Starts a program in a new session.
    ///
    /// # Errors
    ///
    /// When as many sessions are open as may be, the name is taken or has
    /// characters that it may not have, or the program cannot be started.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with IO and time enabled.
    pub fn start(&self, launch: &Launch, now: Instant) -> Result<Session, Error> {
        let mut entries = self.entries.lock();
        reap(&mut entries, self.limits.reap_after, now);
        let living = entries
            .values()
            .filter(|entry| entry.exited_since.is_none())
            .count();
        if living >= self.limits.max_sessions {
            return Err(Error::new(
                ErrorKind::TooManySessions,
                format!(
                    "{living} sessions are open, and no more than {} may be",
                    self.limits.max_sessions
                ),
                "close one with terminate_process (list_sessions shows them), or raise limits.max_sessions in the configuration",
            ));
        }
        let name = choose_name(&entries, launch)?;
        let session = Session::start_named(launch, name)?;
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

    /// The owner's session with this id or name.
    ///
    /// # Errors
    ///
    /// When there is none; somebody else's is none either.
    pub fn get(&self, owner: &str, id_or_name: &str, now: Instant) -> Result<Session, Error> {
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
        found.map(|entry| entry.session.clone()).ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("there is no session {id_or_name:?}"),
                "list_sessions shows the sessions there are; an ended one is forgotten after a while",
            )
        })
    }

    /// The owner's sessions in the order of their start.
    #[must_use]
    pub fn list(&self, owner: &str, now: Instant) -> Vec<Session> {
        let mut entries = self.entries.lock();
        reap(&mut entries, self.limits.reap_after, now);
        let mut found: Vec<_> = entries
            .values()
            .filter(|entry| entry.session.identity().owner == owner)
            .map(|entry| (entry.order, entry.session.clone()))
            .collect();
        found.sort_by_key(|(order, _)| *order);
        found.into_iter().map(|(_, session)| session).collect()
    }

    /// Ends every session and everything that the sessions started, and
    /// returns when nothing is left.
    pub async fn shut_down(&self) {
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

/// The name asked for, or one made from the program's: `bash`, `bash-2`, ….
fn choose_name(entries: &HashMap<SessionId, Entry>, launch: &Launch) -> Result<String, Error> {
    let taken = |name: &str| {
        entries.values().any(|entry| {
            let identity = entry.session.identity();
            identity.owner == launch.owner && identity.name == name
        })
    };
    if let Some(name) = &launch.name {
        if !is_name(name) {
            return Err(Error::new(
                ErrorKind::BadName,
                format!("{name:?} is no name for a session"),
                format!("use 1 to {MAX_NAME} letters, digits, dots, dashes and underscores"),
            ));
        }
        if taken(name) {
            return Err(Error::new(
                ErrorKind::NameTaken,
                format!("there is a session {name} already"),
                "choose another name, or drive the session that is there",
            ));
        }
        return Ok(name.clone());
    }
    let stem = stem_of(&launch.program);
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    Ok(std::iter::once(stem.clone())
        .chain(numbered)
        .find(|name| !taken(name))
        .unwrap_or(stem))
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_name_byte)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// The program's file name with everything replaced that a name may not have.
fn stem_of(program: &str) -> String {
    let file = Path::new(program)
        .file_name()
        .map_or("session".into(), |name| name.to_string_lossy());
    let stem: String = file
        .bytes()
        .take(32)
        .map(|byte| {
            if is_name_byte(byte) {
                char::from(byte)
            } else {
                '_'
            }
        })
        .collect();
    if stem.is_empty() {
        "session".to_owned()
    } else {
        stem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_a_status_line() {
        for good in ["a", "bash-2", "My.session_1"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "a b", "x]", "ü", &"a".repeat(65)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_name_can_be_made_from_any_program() {
        assert_eq!(stem_of("/usr/bin/python3"), "python3");
        assert_eq!(stem_of("./a b"), "a_b");
        assert_eq!(stem_of("/"), "session");
        assert!(is_name(&stem_of("€€€")));
    }
}
