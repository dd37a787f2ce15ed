//! The sessions there are: who has which, how many there may be, and when ended
//! ones are forgotten.

use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};
use crate::home::Home;
use crate::launch::Launch;
use crate::session::Session;
use crate::state::Info;

mod held;
mod local;
mod names;

use held::Held;
pub use held::{Collected, HolderCommand};
use local::Local;

/// Limits of a [`Registry`].
#[derive(Debug, Clone, Copy)]
pub struct RegistryLimits {
    /// Sessions with a living program at most.
    pub max_sessions: usize,
    /// How long an ended session stays listed and readable.
    pub reap_after: Duration,
    /// Bytes that all transcripts of ended sessions may have; the oldest are
    /// removed beyond that.
    pub transcript_bytes: u64,
    /// How long the transcript of an ended session is kept.
    pub transcript_age: Duration,
}

impl Default for RegistryLimits {
    /// 50 sessions; ended ones are forgotten after ten minutes, their transcripts
    /// after 30 days or when all have more than 1 GiB.
    fn default() -> Self {
        Self {
            max_sessions: 50,
            reap_after: Duration::from_secs(600),
            transcript_bytes: 1 << 30,
            transcript_age: Duration::from_secs(30 * 86_400),
        }
    }
}

/// Sessions by id and by name: either run by this process, or each by a holder
/// process of its own, in which case they outlive this one and are shared with
/// every other registry of the same [`Home`].
///
/// # Example
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use rejoinder_session::{Launch, Registry};
///
/// let sessions = Registry::new(Default::default());
/// let cat = sessions.start(&Launch::new("me", "/bin/cat", &[])).await?;
/// assert_eq!(cat.identity().name, "cat");
/// assert_eq!(sessions.list("me", "reader").await.len(), 1);
/// assert!(sessions.get("somebody else", "cat").await.is_err());
/// sessions.shut_down().await;
/// # Ok::<(), rejoinder_session::Error>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct Registry(Kept);

#[derive(Debug)]
enum Kept {
    Local(Local),
    Held(Box<Held>),
}

impl Registry {
    /// Sessions that this process runs, and that end with it.
    #[must_use]
    pub fn new(limits: RegistryLimits) -> Self {
        Self(Kept::Local(Local::new(limits)))
    }

    /// Sessions that run in holders of their own, started by this command; those
    /// that are in this home already are among them.
    #[must_use]
    pub fn held(limits: RegistryLimits, home: Home, holder: HolderCommand) -> Self {
        Self(Kept::Held(Box::new(Held::new(limits, home, holder))))
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
    pub async fn start(&self, launch: &Launch) -> Result<Session, Error> {
        match &self.0 {
            Kept::Local(local) => local.start(launch, Instant::now()),
            Kept::Held(held) => held.start(launch).await,
        }
    }

    /// The owner's session with this id or name.
    ///
    /// # Errors
    ///
    /// When there is none; somebody else's is none either.
    pub async fn get(&self, owner: &str, id_or_name: &str) -> Result<Session, Error> {
        match &self.0 {
            Kept::Local(local) => local.get(owner, id_or_name, Instant::now()),
            Kept::Held(held) => held.get(owner, id_or_name).await,
        }
    }

    /// The owner's sessions in the order of their start, unread bytes as counted
    /// for this reader. What only a look at a session's processes would tell
    /// (its working directory, its foreground program) is left out.
    pub async fn list(&self, owner: &str, reader: &str) -> Vec<Info> {
        match &self.0 {
            Kept::Local(local) => local.list(owner, reader, Instant::now()).await,
            Kept::Held(held) => held.list(Some(owner), reader).await,
        }
    }

    /// The sessions of every owner.
    pub async fn list_all(&self, reader: &str) -> Vec<Info> {
        match &self.0 {
            Kept::Local(local) => local.list_all(reader, Instant::now()).await,
            Kept::Held(held) => held.list(None, reader).await,
        }
    }

    /// Clears away what sessions left behind that died: processes, directories.
    ///
    /// # Errors
    ///
    /// When the directory of sessions cannot be read.
    pub async fn collect(&self) -> Result<Collected, Error> {
        match &self.0 {
            Kept::Local(_) => Ok(Collected::default()),
            Kept::Held(held) => held.collect().await,
        }
    }

    /// Takes leave: sessions of this process are ended with everything that they
    /// started, and nothing is left when this returns; sessions in holders go on.
    pub async fn shut_down(&self) {
        if let Kept::Local(local) = &self.0 {
            local.shut_down().await;
        }
    }
}

/// As many sessions are open as may be.
fn too_many(living: usize, most: usize) -> Error {
    Error::new(
        ErrorKind::TooManySessions,
        format!("{living} sessions are open, and no more than {most} may be"),
        "close one with terminate_process (list_sessions shows them), or raise limits.max_sessions in the configuration",
    )
}

/// No session of this owner answers to this.
fn not_found(id_or_name: &str) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("there is no session {id_or_name:?}"),
        "list_sessions shows the sessions there are; an ended one is forgotten after a while",
    )
}
