//! Requests that have come in and are not answered yet.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use std::sync::Arc;

use super::asking::Again;
use super::outcome::RequestKey;
use super::subscriptions::Filter;
use crate::jsonrpc::{ProgressToken, RequestId};
use crate::model::{ClientCapabilities, LogLevel};
use crate::revision::Revision;

/// A request in flight.
#[derive(Debug)]
pub(super) struct InFlight {
    pub(super) id: RequestId,
    pub(super) revision: Revision,
    pub(super) progress: Option<Progress>,
    /// The level that this request asked for (2026-07-28).
    pub(super) log_level: Option<LogLevel>,
    /// The batch that it came in, whose answer waits for it.
    pub(super) batch: Option<u64>,
    pub(super) capabilities: Arc<ClientCapabilities>,
    pub(super) kind: Kind,
    /// How to hand it out once more, where a client before 2026-07-28 may be asked something.
    pub(super) again: Option<Box<Again>>,
}

#[derive(Debug)]
pub(super) enum Kind {
    Tool,
    ListResources {
        cursor: Option<String>,
    },
    ReadResource {
        uri: String,
        /// It brought answers, or the state of an earlier round: its result is for nobody else,
        /// and not for the next time (2026-07-28, "Caching").
        is_retry: bool,
    },
    GetPrompt,
    Complete,
    /// A stream of change notifications.
    Subscription(Filter),
}

#[derive(Debug)]
pub(super) struct Progress {
    pub(super) token: ProgressToken,
    /// The last value sent; the next must exceed it.
    pub(super) last: Option<f64>,
}

/// Why a request can't be taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    DuplicateId,
    TooMany,
}

#[derive(Debug, Default)]
pub(super) struct Requests {
    by_key: HashMap<RequestKey, InFlight>,
    by_id: HashMap<RequestId, RequestKey>,
    next: u64,
}

impl Requests {
    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether a request with this id could be taken.
    pub(super) fn admit(&self, id: &RequestId, limit: usize) -> Result<(), Refused> {
        if self.by_id.contains_key(id) {
            return Err(Refused::DuplicateId);
        }
        if self.by_key.len() >= limit {
            return Err(Refused::TooMany);
        }
        Ok(())
    }

    /// A key for a request that is answered at once.
    pub(super) fn next_key(&mut self) -> RequestKey {
        self.next += 1;
        RequestKey(self.next)
    }

    pub(super) fn insert(&mut self, request: InFlight) -> RequestKey {
        let key = self.next_key();
        if let Entry::Vacant(slot) = self.by_id.entry(request.id.clone()) {
            slot.insert(key);
        }
        self.by_key.insert(key, request);
        key
    }

    pub(super) fn get_mut(&mut self, key: RequestKey) -> Option<&mut InFlight> {
        self.by_key.get_mut(&key)
    }

    pub(super) fn get(&self, key: RequestKey) -> Option<&InFlight> {
        self.by_key.get(&key)
    }

    pub(super) fn remove(&mut self, key: RequestKey) -> Option<InFlight> {
        let request = self.by_key.remove(&key)?;
        self.by_id.remove(&request.id);
        Some(request)
    }

    pub(super) fn key_of(&self, id: &RequestId) -> Option<RequestKey> {
        self.by_id.get(id).copied()
    }

    /// Keys of the streams of change notifications, oldest first.
    pub(super) fn subscriptions(&self) -> Vec<RequestKey> {
        let mut keys: Vec<RequestKey> = self
            .by_key
            .iter()
            .filter(|(_, request)| matches!(request.kind, Kind::Subscription(_)))
            .map(|(key, _)| *key)
            .collect();
        keys.sort_unstable();
        keys
    }
}
