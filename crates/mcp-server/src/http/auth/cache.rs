//! When an issuer's keys are fetched again: a state machine without clock or
//! network. [`Cache::look`] asks for a key, [`Cache::begin`] and [`Cache::store`]
//! tell of a fetch.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::jwt::Head;
use super::keys::{Key, KeySet};

/// How long fetched keys are used without asking again: this late, at most, a key
/// that the issuer withdrew is still taken.
pub(super) const FRESH_FOR: Duration = Duration::from_secs(600);

/// How long fetched keys are used while the issuer cannot be reached.
pub(super) const STALE_FOR: Duration = Duration::from_secs(3_600);

/// The least time between two fetches for keys that are not known: anybody can
/// invent a key's id.
pub(super) const REFETCH_AFTER: Duration = Duration::from_secs(30);

/// The least time between a fetch that failed and the next.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(10);

/// What is to be done about a key.
#[derive(Debug)]
pub(super) enum Look {
    /// It is there.
    Found(Arc<Key>),
    /// The keys are to be fetched, and then looked at again with this one to fall
    /// back on.
    Fetch(Option<Arc<Key>>),
    /// The issuer has no such key.
    Unknown,
    /// The issuer could not be asked; the next time to ask is this far away.
    Unavailable(Duration),
}

/// The keys that were fetched, and how fetching went.
#[derive(Debug, Default)]
pub(super) struct Cache {
    keys: Option<(KeySet, Instant)>,
    /// When the last fetch began, and whether it failed.
    last: Option<(Instant, bool)>,
}

impl Cache {
    /// Looks for the key that a header asks for.
    pub(super) fn look(&self, head: &Head, now: Instant) -> Look {
        let age = |at: Instant| now.saturating_duration_since(at);
        let usable = self.keys.as_ref().filter(|(_, at)| age(*at) <= STALE_FOR);
        let fresh = usable.is_some_and(|(_, at)| age(*at) <= FRESH_FOR);
        let found = usable.and_then(|(keys, _)| keys.find(head));
        let wait = self.last.map_or(Duration::ZERO, |(at, failed)| {
            let pause = if failed { RETRY_AFTER } else { REFETCH_AFTER };
            pause.saturating_sub(age(at))
        });
        let failed = self.last.is_some_and(|(_, failed)| failed);
        match found {
            Some(key) if fresh || !wait.is_zero() => Look::Found(key),
            found if wait.is_zero() => Look::Fetch(found),
            _ if failed => Look::Unavailable(wait),
            _ => Look::Unknown,
        }
    }

    /// A fetch begins. Until it ends it counts as one that failed.
    pub(super) fn begin(&mut self, now: Instant) {
        self.last = Some((now, true));
    }

    /// The fetch that began at `began` ended so.
    pub(super) fn store(&mut self, fetched: Result<KeySet>, began: Instant) {
        self.last = Some((began, fetched.is_err()));
        if let Ok(keys) = fetched {
            self.keys = Some((keys, began));
        }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;
    use jsonwebtoken::Algorithm;
    use serde_json::json;

    use super::*;

    fn keys(id: &str) -> Result<KeySet> {
        KeySet::parse(&json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": id,
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}))
    }

    struct Bench {
        cache: Cache,
        start: Instant,
    }

    impl Bench {
        fn new() -> Self {
            Self {
                cache: Cache::default(),
                start: Instant::now(),
            }
        }

        fn look(&self, id: &str, after: Duration) -> String {
            let head = Head {
                algorithm: Algorithm::EdDSA,
                key_id: Some(id.to_owned()),
            };
            match self.cache.look(&head, self.start + after) {
                Look::Found(_) => "found".to_owned(),
                Look::Fetch(Some(_)) => "fetch, or use it".to_owned(),
                Look::Fetch(None) => "fetch".to_owned(),
                Look::Unknown => "unknown".to_owned(),
                Look::Unavailable(wait) => format!("unavailable for {}", wait.as_secs()),
            }
        }

        fn store(&mut self, fetched: Result<KeySet>, after: Duration) {
            self.cache.begin(self.start + after);
            self.cache.store(fetched, self.start + after);
        }
    }

    const MOMENT: Duration = Duration::from_millis(1);

    #[test]
    fn keys_are_used_until_they_are_old() {
        let mut bench = Bench::new();
        assert_eq!(bench.look("a", Duration::ZERO), "fetch");
        bench.store(keys("a"), Duration::ZERO);
        assert_eq!(bench.look("a", FRESH_FOR), "found");
        assert_eq!(bench.look("a", FRESH_FOR + MOMENT), "fetch, or use it");
        bench.store(keys("a"), FRESH_FOR + MOMENT);
        assert_eq!(bench.look("a", FRESH_FOR * 2), "found");
    }

    /// Invented ids cost the issuer one request in [`REFETCH_AFTER`], and a key
    /// that it has come to use is found as late.
    #[test]
    fn an_unknown_id_is_asked_for_now_and_then() {
        let mut bench = Bench::new();
        bench.store(keys("a"), Duration::ZERO);
        assert_eq!(bench.look("b", REFETCH_AFTER - MOMENT), "unknown");
        assert_eq!(bench.look("b", REFETCH_AFTER), "fetch");
        bench.store(keys("b"), REFETCH_AFTER);
        assert_eq!(bench.look("b", REFETCH_AFTER), "found");
        assert_eq!(bench.look("a", REFETCH_AFTER), "unknown");
    }

    /// An issuer that is down is asked now and then; known keys go on being taken
    /// for [`STALE_FOR`], and nothing is called wrong that may be right.
    #[test]
    fn an_issuer_that_is_down_is_left_alone_for_a_while() {
        let down = || bail!("down");
        let mut bench = Bench::new();
        bench.store(down(), Duration::ZERO);
        assert_eq!(bench.look("a", MOMENT), "unavailable for 9");
        assert_eq!(bench.look("a", RETRY_AFTER), "fetch");
        bench.store(keys("a"), RETRY_AFTER);
        let failed = RETRY_AFTER + FRESH_FOR + MOMENT;
        bench.store(down(), failed);
        assert_eq!(bench.look("a", failed + MOMENT), "found");
        assert_eq!(bench.look("b", failed + MOMENT), "unavailable for 9");
        assert_eq!(bench.look("a", failed + RETRY_AFTER), "fetch, or use it");
        let stale = RETRY_AFTER + STALE_FOR;
        assert_eq!(bench.look("a", stale), "fetch, or use it");
        assert_eq!(bench.look("a", stale + MOMENT), "fetch");
    }

    /// A fetch whose end nobody hears of is one that failed.
    #[test]
    fn a_fetch_that_never_ended_has_failed() {
        let mut bench = Bench::new();
        bench.cache.begin(bench.start);
        assert_eq!(bench.look("a", MOMENT), "unavailable for 9");
        assert_eq!(bench.look("a", RETRY_AFTER), "fetch");
    }
}
