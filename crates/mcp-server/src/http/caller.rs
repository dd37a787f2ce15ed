//! Who asks, and how long a stream may stay open that they asked for.
//!
//! A token is looked at when a request begins. A stream of what changes would go on for as long as
//! its client likes, so it ends with the token. A call does not: it was asked for rightly, it ends
//! by itself, and its answer goes to whoever asked.

use std::pin::Pin;
use std::sync::Arc;

use tokio::time::{Instant, Sleep, sleep_until};

use super::auth::Identity;

/// Whoever sent a request.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) principal: Arc<str>,
    until: Option<Instant>,
}

impl Caller {
    /// When their streams end.
    pub(super) fn expiry(&self) -> Expiry {
        Expiry(self.until.map(|until| Box::pin(sleep_until(until))))
    }
}

impl From<Identity> for Caller {
    fn from(identity: Identity) -> Self {
        Self {
            principal: identity.principal.as_str().into(),
            until: identity.until.map(Instant::from_std),
        }
    }
}

/// The end of a token; it takes next to no room where there is none.
#[derive(Debug)]
pub(super) struct Expiry(Option<Pin<Box<Sleep>>>);

impl Expiry {
    /// One that never comes.
    pub(super) fn never() -> Self {
        Self(None)
    }

    /// Returns once it has come.
    pub(super) async fn come(&mut self) {
        match &mut self.0 {
            Some(end) => end.await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::auth::Principal;

    fn caller(until: Option<Instant>) -> Caller {
        Caller::from(Identity {
            principal: Principal::local(),
            until: until.map(Instant::into_std),
        })
    }

    /// Promise: a token's end comes at its time, and again for whoever asks again.
    #[tokio::test(start_paused = true)]
    async fn an_end_comes_at_its_time() {
        let begin = Instant::now();
        let end = begin + Duration::from_secs(300);
        let mut expiry = caller(Some(end)).expiry();
        expiry.come().await;
        assert!(begin.elapsed() >= Duration::from_secs(300));
        expiry.come().await;
        caller(Some(begin)).expiry().come().await;
    }

    /// Promise: what has no end has none, and costs a stream no more than a pointer.
    #[tokio::test(start_paused = true)]
    async fn without_an_end_none_comes() {
        let mut expiry = caller(None).expiry();
        let a_year = Instant::now() + Duration::from_secs(365 * 24 * 3600);
        let came = tokio::time::timeout_at(a_year, expiry.come()).await;
        assert!(came.is_err());
        assert_eq!(size_of::<Expiry>(), size_of::<usize>());
    }
}
