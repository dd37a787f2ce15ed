//! Whether anybody listens to log messages, so that none is made for nobody.
//!
//! It is a hint: what is sent in the end, the connection decides.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use mcp_proto::LogLevel;

/// More severe than any message: nobody listens.
const NOBODY: u8 = u8::MAX;

/// What the client of a request wants to hear of it.
#[derive(Clone, Debug)]
pub struct Hearing(Until);

#[derive(Clone, Debug)]
enum Until {
    /// As long as the request is worked on.
    TheEnd(Option<LogLevel>),
    /// Until its client says otherwise.
    Changed(Arc<AtomicU8>),
}

impl Hearing {
    /// This and whatever is more severe, or nothing, for as long as the request is worked on.
    pub fn lasting(level: Option<LogLevel>) -> Self {
        Self(Until::TheEnd(level))
    }

    /// Whether a message of this severity would be heard now.
    pub fn hears(&self, level: LogLevel) -> bool {
        match &self.0 {
            Until::TheEnd(least) => least.is_some_and(|least| level >= least),
            Until::Changed(least) => level as u8 >= least.load(Ordering::Relaxed),
        }
    }
}

/// What the client of a connection wants to hear, and may change at any time.
#[derive(Debug)]
pub(super) struct Level(Arc<AtomicU8>);

impl Level {
    /// Nothing yet.
    pub(super) fn none() -> Self {
        Self(Arc::new(AtomicU8::new(NOBODY)))
    }

    /// This and whatever is more severe from now on, also for requests that are worked on.
    pub(super) fn set(&self, level: Option<LogLevel>) {
        let least = level.map_or(NOBODY, |level| level as u8);
        self.0.store(least, Ordering::Relaxed);
    }

    /// The same for a request.
    pub(super) fn hearing(&self) -> Hearing {
        Hearing(Until::Changed(Arc::clone(&self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: a change of the level counts for requests that are worked on already.
    #[test]
    fn the_level_changes_under_way() {
        let level = Level::none();
        let hearing = level.hearing();
        assert!(!hearing.hears(LogLevel::Emergency));
        level.set(Some(LogLevel::Info));
        assert!(hearing.hears(LogLevel::Info) && !hearing.hears(LogLevel::Debug));
        level.set(None);
        assert!(!hearing.hears(LogLevel::Emergency));
    }

    /// Promise: what a request says itself lasts.
    #[test]
    fn a_requests_own_level_lasts() {
        assert!(!Hearing::lasting(None).hears(LogLevel::Emergency));
        let hearing = Hearing::lasting(Some(LogLevel::Warning));
        assert!(hearing.hears(LogLevel::Warning) && !hearing.hears(LogLevel::Notice));
    }
}
