//! Sessions in holders: processes of their own that this one starts, finds and
//! speaks to, and that others may find and speak to as well.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;
use rejoinder_pty::aio::AsyncChild;
use rejoinder_pty::{
    Command, Environment, Interest, PollEntry, ReadOutcome, Stderr, Stdio, WriteOutcome, poll,
};
use tokio::task::JoinSet;

use super::{RegistryLimits, names, not_found, too_many};
use crate::error::{Error, ErrorKind};
use crate::hold::{Order, Report};
use crate::home::{Ended, Holder, Home, Meta, Place, Snapshot};
use crate::id::SessionId;
use crate::launch::Launch;
use crate::remains::end_processes;
use crate::remote::{Link, NoLink, unresponsive};
use crate::session::{Session, random_id};
use crate::state::{Identity, Info, State, Status};
use crate::transcript::prune;

/// How long a holder may take to start its program: that of a program on a slow
/// disk, and then some.
const START_TIMEOUT: Duration = Duration::from_secs(40);

/// How long a list waits for a session that may have changed since it was
/// written down how it stands; then that is what is told.
const GLANCE_TIMEOUT: Duration = Duration::from_millis(500);

/// How long a holder that was killed may take to go.
const DYING_WITHIN: Duration = Duration::from_secs(2);

/// How old a directory without a session in it has to be to be cleared away:
/// older than any that is being filled.
const ABANDONED_AFTER: Duration = Duration::from_secs(60);

/// The command that starts a holder: this program, told to call
/// [`hold`](crate::hold).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
}

impl HolderCommand {
    /// This very program, also when its file has been replaced since, with these
    /// arguments.
    #[must_use]
    pub fn this_program(args: &[&str]) -> Self {
        Self {
            program: "/proc/self/exe".into(),
            args: args.iter().map(OsString::from).collect(),
        }
    }
}

/// What was cleared away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collected {
    /// Sessions whose holder had died, and whose processes were ended.
    pub lost: usize,
    /// Directories of sessions that nobody will read any more.
    pub removed: usize,
    /// Transcripts that were too old or too large together.
    pub transcripts: usize,
}

#[derive(Debug)]
pub(super) struct Held {
    limits: RegistryLimits,
    home: Home,
    holder: HolderCommand,
    known: Mutex<HashMap<SessionId, Arc<Known>>>,
}

/// A session whose directory was read.
#[derive(Debug)]
struct Known {
    meta: Meta,
    identity: Identity,
    /// The connection, once there is one; held while one is made.
    session: tokio::sync::Mutex<Option<Session>>,
}

impl Held {
    pub(super) fn new(limits: RegistryLimits, home: Home, holder: HolderCommand) -> Self {
        Self {
            limits,
            home,
            holder,
            known: Mutex::default(),
        }
    }

    pub(super) async fn start(&self, launch: &Launch) -> Result<Session, Error> {
        let living = self.living();
        if living >= self.limits.max_sessions {
            return Err(too_many(living, self.limits.max_sessions));
        }
        let id = random_id()?;
        let name = self.claim(id, launch)?;
        let started = self.start_holder(id, &name, launch).await;
        if started.is_err() {
            // The holder removes both, if it came so far.
            let _ = self.home.remove(id, &launch.owner, &name);
        }
        started?;
        let known = self.look_up(id).ok_or_else(|| not_found(&name))?;
        self.session(&known).await
    }

    pub(super) async fn get(&self, owner: &str, id_or_name: &str) -> Result<Session, Error> {
        let ids = [id_or_name.parse().ok(), self.home.named(owner, id_or_name)];
        for id in ids.into_iter().flatten() {
            let known = self.look_up(id);
            if let Some(known) = known.filter(|known| known.identity.owner == owner) {
                return self.session(&known).await;
            }
        }
        Err(not_found(id_or_name))
    }

    pub(super) async fn list(&self, owner: Option<&str>, reader: &str) -> Vec<Info> {
        let mut infos = Vec::new();
        let mut asked = JoinSet::new();
        for known in self.all() {
            if owner.is_some_and(|owner| known.identity.owner != owner) {
                continue;
            }
            let Some((info, fresh)) = self.written(&known, reader) else {
                continue;
            };
            if fresh {
                infos.push(info);
                continue;
            }
            let session = self.session(&known).await;
            let reader = reader.to_owned();
            asked.spawn(async move {
                let Ok(session) = session else {
                    return info;
                };
                match tokio::time::timeout(GLANCE_TIMEOUT, session.glance(&reader)).await {
                    Ok(Ok(now)) => now,
                    _ => info,
                }
            });
        }
        infos.extend(asked.join_all().await);
        infos.sort_by_key(|info| (info.identity.created_at, info.identity.id));
        infos
    }

    pub(super) async fn collect(&self) -> Result<Collected, Error> {
        let ids = self
            .home
            .ids()
            .map_err(|error| Error::io("cannot read the directory of sessions", error))?;
        let now = SystemTime::now();
        let mut collected = Collected::default();
        for id in ids {
            let place = self.home.place(id);
            if !place.is_ours()
                || place
                    .status()
                    .is_ok_and(|(_, holder)| holder == Holder::Lives)
            {
                continue;
            }
            let old = |since: SystemTime, limit: Duration| {
                now.duration_since(since).is_ok_and(|age| age >= limit)
            };
            let Some(known) = self.look_up(id) else {
                if place.made().is_ok_and(|made| old(made, ABANDONED_AFTER)) {
                    collected.removed += usize::from(place.remove().is_ok());
                }
                continue;
            };
            match place.ended() {
                None => {
                    self.has_lost(&place, &known.meta);
                    collected.lost += 1;
                }
                Some(ended) if old(ended.at(), self.limits.reap_after) => {
                    let Identity { owner, name, .. } = &known.identity;
                    let removed = self.home.remove(id, owner, name);
                    collected.removed += usize::from(removed.is_ok());
                    self.known.lock().remove(&id);
                }
                Some(_) => {}
            }
        }
        if let Err(error) = self.home.sweep_names() {
            tracing::warn!(%error, "names of sessions that are gone cannot be removed");
        }
        let limits = &self.limits;
        let pruned = prune(
            self.home.transcript_dir(),
            limits.transcript_bytes,
            limits.transcript_age,
            &|id| self.home.place(*id).dir().is_dir(),
            now,
        );
        match pruned {
            Ok(pruned) => collected.transcripts = pruned.sessions,
            Err(error) => tracing::warn!(%error, "old transcripts cannot be removed"),
        }
        Ok(collected)
    }

    /// A session's holder is dead, and nobody has noticed before.
    fn has_lost(&self, place: &Place, meta: &Meta) {
        end_processes(place, meta);
        let end = place
            .status()
            .ok()
            .and_then(|(snapshot, _)| Some(snapshot?.end));
        if let Err(error) = place.write_ended(&Ended::lost(end.unwrap_or_default())) {
            tracing::warn!(%error, "that a session was lost cannot be written down");
        }
    }

    /// The sessions whose program runs.
    fn living(&self) -> usize {
        let ids = self.home.ids().unwrap_or_default();
        let lives = |id: &SessionId| {
            let status = self.home.place(*id).status();
            status.is_ok_and(|(snapshot, holder)| {
                holder == Holder::Lives && !snapshot.is_some_and(|it| it.state.is_exited())
            })
        };
        ids.iter().filter(|id| lives(id)).count()
    }

    /// Makes the session's directory, under the first name that is free.
    fn claim(&self, id: SessionId, launch: &Launch) -> Result<String, Error> {
        let asked = launch.name.as_deref();
        for name in names::candidates(asked, &launch.program)? {
            let claimed = self
                .home
                .claim(id, &launch.owner, &name)
                .map_err(|error| Error::io("cannot make the session's directory", error))?;
            if claimed {
                return Ok(name);
            }
        }
        Err(names::taken(asked.unwrap_or(&launch.program)))
    }

    async fn start_holder(&self, id: SessionId, name: &str, launch: &Launch) -> Result<i32, Error> {
        let order = Order {
            home: self.home.clone(),
            id,
            name: name.to_owned(),
            launch: launch.clone(),
            linger: self.limits.reap_after,
        };
        let order = minicbor::to_vec(&order).map_err(|error| {
            Error::io(
                "cannot write the order",
                std::io::Error::other(error.to_string()),
            )
        })?;
        let told = tokio::time::timeout(START_TIMEOUT, self.order(name, &order))
            .await
            .map_err(|_| {
                Error::new(
                    ErrorKind::Unresponsive,
                    format!(
                        "the holder of session {name} did not start its program within {} seconds",
                        START_TIMEOUT.as_secs()
                    ),
                    "the machine may be out of memory or its disk may hang; try again later",
                )
            })??;
        let report: Report = minicbor::decode(&told).map_err(|_| {
            Error::new(
                ErrorKind::Lost,
                format!("the holder of session {name} died before it could start its program"),
                "the machine may be out of memory or processes; try again later",
            )
        })?;
        report.map_err(Error::from)
    }

    /// Starts a holder, gives it its order and returns what it tells.
    async fn order(&self, name: &str, order: &[u8]) -> Result<Vec<u8>, Error> {
        let mut command = Command::new(&self.holder.program);
        command
            // Shown by ps(1) and not looked at: the order says it all.
            .arg0("mcp-server")
            .args(&self.holder.args)
            .arg(name)
            // Nothing of this process's environment: a holder lives longer, and
            // a session's processes are told by theirs.
            .environment(Environment::empty())
            .stdio(Stdio::Pipe {
                stderr: Stderr::Merged,
            });
        let child = command.spawn().map_err(|error| {
            let kind = error.kind();
            Error::new(
                ErrorKind::Spawn,
                "cannot start a holder for the session",
                error.remedy().to_string(),
            )
            .with_spawn_kind(kind)
            .caused_by(error)
        })?;
        let trouble = |error| Error::io("cannot speak with the session's holder", error);
        let AsyncChild {
            input,
            output,
            exit,
            process: _process,
            ..
        } = AsyncChild::new(child).map_err(trouble)?;
        let mut rest = order;
        while !rest.is_empty() {
            match input.write(rest).await.map_err(trouble)? {
                WriteOutcome::Written(count) => rest = &rest[count..],
                // It has gone; what it told says why.
                _ => break,
            }
        }
        drop(input);
        let mut told = Vec::new();
        let mut buffer = [0; 1024];
        while let ReadOutcome::Data(count) = output.read(&mut buffer).await.map_err(trouble)? {
            told.extend_from_slice(&buffer[..count]);
        }
        // What was started has ended as soon as its child holds the session.
        exit.exited().await.map_err(trouble)?;
        Ok(told)
    }

    /// Every session whose directory can be read.
    fn all(&self) -> Vec<Arc<Known>> {
        let ids = match self.home.ids() {
            Ok(ids) => ids,
            Err(error) => {
                tracing::warn!(%error, "the directory of sessions cannot be read");
                return Vec::new();
            }
        };
        ids.into_iter().filter_map(|id| self.look_up(id)).collect()
    }

    /// A session by its id, as long as it has a directory.
    fn look_up(&self, id: SessionId) -> Option<Arc<Known>> {
        let place = self.home.place(id);
        let mut known = self.known.lock();
        if !place.dir().is_dir() {
            known.remove(&id);
            return None;
        }
        if let Some(found) = known.get(&id) {
            return Some(Arc::clone(found));
        }
        if !place.is_ours() {
            tracing::warn!(path = %place.dir().display(), "a session's directory belongs to another user");
            return None;
        }
        let meta = match place.meta() {
            Ok(meta) => meta,
            Err(error) => {
                // One that is just being started has none yet.
                tracing::debug!(path = %place.dir().display(), %error, "no session here");
                return None;
            }
        };
        let identity = meta.identity(id)?;
        let found = Arc::new(Known {
            meta,
            identity,
            session: tokio::sync::Mutex::default(),
        });
        known.insert(id, Arc::clone(&found));
        Some(found)
    }

    /// What is written down of a session, and whether that is how it stands now.
    fn written(&self, known: &Known, reader: &str) -> Option<(Info, bool)> {
        let place = self.home.place(known.identity.id);
        let (snapshot, holder) = place.status().ok()?;
        let snapshot = snapshot?;
        let state = match holder {
            Holder::Lives => snapshot.state,
            Holder::Dead => match place.ended() {
                Some(ended) => ended.state(),
                None => {
                    self.has_lost(&place, &known.meta);
                    State::Lost
                }
            },
        };
        let idle = snapshot.last_activity.elapsed();
        let info = Info {
            identity: known.identity.clone(),
            status: Status {
                state,
                end: snapshot.end,
                oldest: snapshot.oldest,
                hint: snapshot.hint.clone().filter(|_| state.is_waiting()),
            },
            last_activity: snapshot.last_activity,
            idle_s: idle.map_or(0.0, |idle| idle.as_secs_f64()),
            unread_bytes: snapshot.unread(reader),
            title: snapshot.title,
            size: None,
            cwd: None,
            foreground: None,
            limits: known.meta.limits(),
            transcript: known.meta.transcript_info(),
            human_in_control: snapshot.human_in_control && !state.is_exited(),
        };
        let fresh = state.is_exited() || state.is_waiting();
        Some((info, fresh))
    }

    /// The connection to a session, made when there is none.
    async fn session(&self, known: &Known) -> Result<Session, Error> {
        let mut slot = known.session.lock().await;
        if let Some(session) = &*slot
            && !session.is_closed()
        {
            return Ok(session.clone());
        }
        let identity = known.identity.clone();
        let place = self.home.place(identity.id);
        let session = match Link::open(&place, &identity).await {
            Ok(link) => Session::linked(place, known.meta.clone(), identity, link),
            Err(NoLink::Dead) => match status_after_end(&place, &known.meta).await {
                Ok((_, Holder::Lives)) => return Err(unresponsive(&identity)),
                Ok((_, Holder::Dead)) => {
                    if place.ended().is_none() {
                        self.has_lost(&place, &known.meta);
                    }
                    Session::lost(place, known.meta.clone(), identity)
                }
                Err(_) => return Err(not_found(&identity.name)),
            },
            Err(NoLink::Mute(error)) => return Err(error),
        };
        *slot = Some(session.clone());
        Ok(session)
    }
}

/// Whether the holder of a session lives, at whose socket nobody listens: one that
/// was just killed closes that before it lets go of its lock.
async fn status_after_end(place: &Place, meta: &Meta) -> io::Result<(Option<Snapshot>, Holder)> {
    let status = place.status()?;
    let holder = meta.holder.and_then(|mark| mark.process());
    let (Holder::Lives, Some(holder)) = (status.1, holder) else {
        return Ok(status);
    };
    let waited = tokio::task::spawn_blocking(move || {
        let Some(exit) = holder.open()? else {
            return Ok(());
        };
        let mut entries = [PollEntry::new(exit.as_fd(), Interest::READABLE)];
        poll(&mut entries, Some(DYING_WITHIN)).map(drop)
    });
    waited.await.map_err(io::Error::other)??;
    place.status()
}
