//! An issuer's keys, fetched when they are needed. However many requests wait for
//! them, they are fetched once; a request that is given up does not end the fetch.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use parking_lot::Mutex;
use tokio::sync::watch;

use super::cache::{Cache, Look};
use super::fetch::Fetcher;
use super::issuer::Issuer;
use super::jwt::Head;
use super::keys::{Key, KeySet};

/// How long finding and fetching an issuer's keys may take together.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(10);

/// How looking for a key ended.
#[derive(Debug)]
pub(super) enum Sought {
    /// This is it.
    Found(Arc<Key>),
    /// The issuer has no such key.
    Unknown,
    /// The issuer could not be asked; it will be again after this time.
    Unavailable(Duration),
}

/// The keys of an issuer at the other end of a network.
#[derive(Debug)]
pub(super) struct RemoteKeys {
    place: Arc<Place>,
    state: Arc<Mutex<State>>,
}

/// Where the keys are.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) fetcher: Fetcher,
    pub(super) issuer: Issuer,
    /// Given, or learnt from the issuer's metadata each time.
    pub(super) jwks_uri: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    cache: Cache,
    /// Closed when the fetch in progress has ended.
    fetching: Option<watch::Receiver<()>>,
}

impl RemoteKeys {
    pub(super) fn new(place: Place) -> Self {
        Self {
            place: Arc::new(place),
            state: Arc::default(),
        }
    }

    /// The key that a header asks for.
    pub(super) async fn key(&self, head: &Head, now: Instant) -> Sought {
        let (mut ended, otherwise) = match self.look_or_fetch(head, now) {
            Ok(sought) => return sought,
            Err(fetch) => fetch,
        };
        // Nothing is ever sent: this ends when the sender is dropped.
        while ended.changed().await.is_ok() {}
        match (self.state.lock().cache.look(head, now), otherwise) {
            (Look::Found(key) | Look::Fetch(Some(key)), _) => Sought::Found(key),
            (Look::Unknown, _) => Sought::Unknown,
            (_, Some(key)) => Sought::Found(key),
            (Look::Unavailable(wait), None) => Sought::Unavailable(wait),
            (Look::Fetch(None), None) => Sought::Unavailable(Duration::ZERO),
        }
    }

    /// What is known at once, or the end of a fetch to wait for, with the key to
    /// use if it fails.
    fn look_or_fetch(
        &self,
        head: &Head,
        now: Instant,
    ) -> Result<Sought, (watch::Receiver<()>, Option<Arc<Key>>)> {
        let mut state = self.state.lock();
        let running = state
            .fetching
            .as_ref()
            .filter(|it| it.has_changed().is_ok());
        let running = running.cloned();
        let otherwise = match (state.cache.look(head, now), &running) {
            (Look::Found(key), _) => return Ok(Sought::Found(key)),
            // Nobody waits for others who has a key to go on with.
            (Look::Fetch(Some(key)), Some(_)) => return Ok(Sought::Found(key)),
            (Look::Unknown, None) => return Ok(Sought::Unknown),
            (Look::Unavailable(wait), None) => return Ok(Sought::Unavailable(wait)),
            (Look::Fetch(key), None) => key,
            (_, Some(_)) => None,
        };
        let ended = running.unwrap_or_else(|| {
            state.cache.begin(now);
            let (sender, ended) = watch::channel(());
            state.fetching = Some(ended.clone());
            tokio::spawn(refresh(
                Arc::clone(&self.place),
                Arc::clone(&self.state),
                sender,
                now,
            ));
            ended
        });
        Err((ended, otherwise))
    }
}

/// Fetches the keys, stores them, and lets those go on who hold the other end of
/// `done`, which is dropped last.
async fn refresh(
    place: Arc<Place>,
    state: Arc<Mutex<State>>,
    done: watch::Sender<()>,
    began: Instant,
) {
    let fetched = match tokio::time::timeout(REFRESH_TIMEOUT, place.keys()).await {
        Ok(fetched) => fetched,
        Err(_) => Err(anyhow::anyhow!("it takes longer than {REFRESH_TIMEOUT:?}")),
    };
    if let Err(error) = &fetched {
        let issuer = place.issuer.as_str();
        tracing::warn!(issuer, "the issuer's keys cannot be fetched: {error:#}");
    }
    state.lock().cache.store(fetched, began);
    drop(done);
}

impl Place {
    async fn keys(&self) -> Result<KeySet> {
        let uri = match &self.jwks_uri {
            Some(uri) => uri.clone(),
            None => self.discover().await?,
        };
        let document = self.fetcher.json(&uri).await?;
        KeySet::parse(&document).map_err(|error| error.context(format!("what {uri} answers")))
    }

    /// Where the issuer's metadata says that its keys are.
    async fn discover(&self) -> Result<String> {
        let mut failures = Vec::new();
        for uri in self.issuer.metadata_uris() {
            let found = match self.fetcher.json(&uri).await {
                Ok(metadata) => self.issuer.jwks_uri(&metadata),
                Err(error) => Err(error),
            };
            match found {
                Ok(uri) => return Ok(uri),
                Err(error) => failures.push(format!("{uri}: {error:#}")),
            }
        }
        bail!("no metadata says where they are: {}", failures.join("; "))
    }
}
