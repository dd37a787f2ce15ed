//! Following sessions for whoever watches resources of theirs.
//!
//! However many watch a session, one task of this server follows it, and asks its holder again
//! no sooner than [`WINDOW`] after a change: a flood costs a few messages a second. Following is
//! no use of a session: an idle one is closed all the same.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rejoinder_session::{Follow, Seen, Session, SessionId};
use tokio::sync::watch;
use tokio::time::Instant;

/// Changes that come within this time of one that was told are told as one.
pub(crate) const WINDOW: Duration = Duration::from_millis(250);

/// How long a session is waited for before it is asked anew.
const PATIENCE: Duration = Duration::from_secs(600);

/// How a followed session stands; `None` until it is known.
pub(crate) type Standing = Option<Seen>;

/// A session, and whether its state counts as well as its output.
type Key = (SessionId, bool);

/// The sessions that are followed.
#[derive(Debug, Default)]
pub(crate) struct Followers {
    open: Mutex<HashMap<Key, watch::Sender<Standing>>>,
}

impl Followers {
    /// Follows a session, with its state or its output alone. What comes back changes when the
    /// session does, and closes with it.
    pub(crate) fn follow(
        self: &Arc<Self>,
        session: Session,
        state: bool,
    ) -> watch::Receiver<Standing> {
        let key = (session.identity().id, state);
        let mut open = self.open.lock();
        if let Some(standing) = open.get(&key) {
            return standing.subscribe();
        }
        let standing = watch::Sender::new(None);
        let receiver = standing.subscribe();
        open.insert(key, standing.clone());
        tokio::spawn(Arc::clone(self).run(key, session, standing));
        receiver
    }

    async fn run(self: Arc<Self>, key: Key, session: Session, standing: watch::Sender<Standing>) {
        loop {
            tokio::select! {
                is_over = step(&session, key.1, &standing) => if is_over {
                    self.open.lock().remove(&key);
                    return;
                },
                () = standing.closed() => {}
            }
            let mut open = self.open.lock();
            // Nobody can have joined since, as that takes the lock.
            if standing.receiver_count() == 0 {
                open.remove(&key);
                return;
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.open.lock().len()
    }
}

/// Waits for the next change and tells it; says whether it was the last.
async fn step(session: &Session, state: bool, standing: &watch::Sender<Standing>) -> bool {
    let seen = *standing.borrow();
    let follow = Follow {
        seen,
        state,
        timeout: PATIENCE,
    };
    let followed = match session.follow(follow).await {
        Ok(followed) => followed,
        Err(error) => {
            let session = &session.identity().name;
            tracing::debug!(session, %error, "the session is followed no more");
            return true;
        }
    };
    let is_over = followed.status.state.is_exited();
    if !is_over {
        standing.send_if_modified(|standing| {
            let is_new = *standing != Some(followed.seen);
            *standing = Some(followed.seen);
            is_new
        });
        if seen.is_some() {
            tokio::time::sleep_until(Instant::now() + WINDOW).await;
        }
    }
    is_over
}
