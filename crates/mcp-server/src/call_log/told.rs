//! What clients were told of their sessions once, and need not be told by every call.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use parking_lot::Mutex;

/// Tellings that are remembered at most; past that the oldest is forgotten, and told again where a
/// call shows it again.
pub(super) const REMEMBERED: usize = 1024;

/// What was told, to whom, of which session, each as a hash.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<VecDeque<u64>>);

impl Told {
    /// Whether this client is not known to have been told this of a session; it is from now on.
    pub(super) fn is_news(&self, client: &str, session: &str, event: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        (client, session, event).hash(&mut hasher);
        let telling = hasher.finish();
        let mut told = self.0.lock();
        if told.contains(&telling) {
            return false;
        }
        if told.len() == REMEMBERED {
            told.pop_front();
        }
        told.push_back(telling);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: a client is told once of each thing, and another client for itself.
    #[test]
    fn everybody_is_told_once() {
        let told = Told::default();
        assert!(told.is_news("a", "1", "ended"));
        assert!(!told.is_news("a", "1", "ended"));
        assert!(told.is_news("a", "1", "transcript_stopped"));
        assert!(told.is_news("a", "2", "ended"));
        assert!(told.is_news("b", "1", "ended"));
    }

    /// Promise: it takes no more room than said, and what is left out is the oldest.
    #[test]
    fn the_oldest_is_forgotten() {
        let told = Told::default();
        for session in 0..=REMEMBERED {
            assert!(told.is_news("a", &session.to_string(), "ended"));
        }
        assert_eq!(told.0.lock().len(), REMEMBERED);
        assert!(!told.is_news("a", &REMEMBERED.to_string(), "ended"));
        assert!(told.is_news("a", "0", "ended"));
    }
}
