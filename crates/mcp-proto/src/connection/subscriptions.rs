//! Who wants to hear of changes: `subscriptions/listen` of 2026-07-28, `resources/subscribe`
//! before it, and what is said to each.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::answer;
use super::in_flight::Kind;
use super::outcome::{Outcome, Outgoing, RequestKey};
use super::{Connection, methods};
use crate::jsonrpc::RpcError;

/// Resources that one connection may watch at once: 1,024. One that several subscriptions name
/// counts for each of them.
pub const MAX_WATCHED: usize = 1_024;

/// What a `subscriptions/listen` asked for and gets.
#[derive(Debug, Default)]
pub(super) struct Filter {
    pub(super) tools: bool,
    pub(super) prompts: bool,
    pub(super) resources: bool,
    pub(super) uris: Vec<String>,
}

/// A list whose changes are announced.
///
/// # Example
///
/// ```
/// use mcp_proto::{ChangedList, Connection};
///
/// /// What is to be written when a resource comes or goes.
/// fn announce(connection: &Connection) -> Vec<Vec<u8>> {
///     let told = connection.list_changed(ChangedList::Resources);
///     told.into_iter().map(|message| message.into_line()).collect()
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangedList {
    /// `notifications/tools/list_changed`.
    Tools,
    /// `notifications/prompts/list_changed`.
    Prompts,
    /// `notifications/resources/list_changed`.
    Resources,
}

impl ChangedList {
    fn notification(self) -> &'static str {
        match self {
            Self::Tools => "notifications/tools/list_changed",
            Self::Prompts => "notifications/prompts/list_changed",
            Self::Resources => "notifications/resources/list_changed",
        }
    }
}

/// The resources that are watched, and for how many each.
#[derive(Debug, Default)]
pub(super) struct Watched {
    by_uri: HashMap<String, usize>,
    total: usize,
}

impl Watched {
    /// Counts somebody in; true for the first.
    fn add(&mut self, uri: &str) -> bool {
        self.total += 1;
        let count = self.by_uri.entry(uri.to_owned()).or_default();
        *count += 1;
        *count == 1
    }

    /// Counts somebody out; true for the last.
    fn remove(&mut self, uri: &str) -> bool {
        let Some(count) = self.by_uri.get_mut(uri) else {
            return false;
        };
        self.total -= 1;
        *count -= 1;
        if *count > 0 {
            return false;
        }
        self.by_uri.remove(uri);
        true
    }
}

impl Filter {
    fn wants(&self, list: ChangedList) -> bool {
        match list {
            ChangedList::Tools => self.tools,
            ChangedList::Prompts => self.prompts,
            ChangedList::Resources => self.resources,
        }
    }

    /// The filter as it is acknowledged: what isn't honoured is left out.
    pub(super) fn to_json(&self) -> Value {
        let flags = [
            ("toolsListChanged", self.tools),
            ("promptsListChanged", self.prompts),
            ("resourcesListChanged", self.resources),
        ];
        let mut honoured: Map<String, Value> = flags
            .into_iter()
            .filter(|(_, set)| *set)
            .map(|(name, _)| (name.to_owned(), true.into()))
            .collect();
        if !self.uris.is_empty() {
            let uris = self.uris.iter().cloned().map(Value::String).collect();
            honoured.insert("resourceSubscriptions".into(), Value::Array(uris));
        }
        honoured.into()
    }
}

impl Connection {
    /// Announces that a list changed, to whoever wants to hear it. Nothing, where the server
    /// doesn't declare that it announces this list's changes.
    pub fn list_changed(&self, list: ChangedList) -> Vec<Outgoing> {
        if !self.announces(list) {
            return Vec::new();
        }
        let method = list.notification();
        let mut announcements = Vec::new();
        if self.session.as_ref().is_some_and(|session| session.ready) {
            announcements.push(Outgoing::new(answer::bare_notification(method), None));
        }
        announcements.extend(self.to_subscribers(method, |filter| filter.wants(list), None));
        announcements
    }

    /// Says that a resource changed, to whoever watches it.
    pub fn resource_updated(&self, uri: &str) -> Vec<Outgoing> {
        const UPDATED: &str = "notifications/resources/updated";
        let mut updates = Vec::new();
        let session = self.session.as_ref();
        if session.is_some_and(|session| session.ready && session.subscribed.contains(uri)) {
            let bytes = answer::notification(UPDATED, |out| out.member("uri", uri));
            updates.push(Outgoing::new(bytes, None));
        }
        let watches = |filter: &Filter| filter.uris.iter().any(|watched| watched == uri);
        updates.extend(self.to_subscribers(UPDATED, watches, Some(uri)));
        updates
    }

    /// Whether a change of this list is announced, which the capabilities say.
    pub(super) fn announces(&self, list: ChangedList) -> bool {
        let declared = &self.server.capabilities;
        match list {
            ChangedList::Tools => declared.tools && declared.tools_list_changed,
            ChangedList::Prompts => declared.prompts.is_some_and(|it| it.list_changed),
            ChangedList::Resources => declared.resources.is_some_and(|it| it.list_changed),
        }
    }

    fn to_subscribers(
        &self,
        method: &str,
        wants: impl Fn(&Filter) -> bool,
        uri: Option<&str>,
    ) -> Vec<Outgoing> {
        let mut messages = Vec::new();
        for key in self.requests.subscriptions() {
            let Some(request) = self.requests.get(key) else {
                continue;
            };
            let Kind::Subscription(filter) = &request.kind else {
                continue;
            };
            if wants(filter) {
                let bytes = answer::notification(method, |out| {
                    methods::subscription_meta(&request.id, out);
                    if let Some(uri) = uri {
                        out.member("uri", uri);
                    }
                });
                messages.push(Outgoing::new(bytes, Some(key)));
            }
        }
        messages
    }

    /// Ends every subscription in good order, as before a shutdown: its final response, then the
    /// cancellation that the stdio binding wants. What they watched counts as unwatched without
    /// an [`Outcome::Unwatch`].
    pub fn end_subscriptions(&mut self) -> Vec<Outgoing> {
        let mut farewells = Vec::new();
        for key in self.requests.subscriptions() {
            let Some(request) = self.requests.remove(key) else {
                continue;
            };
            if let Kind::Subscription(filter) = &request.kind {
                // Whoever ends them all stops watching, too.
                let _ = self.unwatch(&filter.uris);
            }
            let end = answer::subscription_end(&self.server, &request.id);
            let cancelled = answer::notification("notifications/cancelled", |out| {
                out.member("requestId", &request.id);
            });
            farewells.push(Outgoing::new(end, Some(key)));
            farewells.push(Outgoing::new(cancelled, Some(key)));
        }
        farewells
    }

    /// The streams of change notifications that are open.
    pub fn subscriptions(&self) -> Vec<RequestKey> {
        self.requests.subscriptions()
    }

    /// Begins to watch; says which nobody watched before.
    pub(super) fn watch(&mut self, uris: &[String]) -> Vec<Outcome> {
        let new = uris.iter().filter(|uri| self.watched.add(uri));
        new.cloned().map(Outcome::Watch).collect()
    }

    /// Stops watching; says which nobody watches any more.
    pub(super) fn unwatch(&mut self, uris: &[String]) -> Vec<Outcome> {
        let last = uris.iter().filter(|uri| self.watched.remove(uri));
        last.cloned().map(Outcome::Unwatch).collect()
    }

    /// Whether these may be watched on top of those that are.
    pub(super) fn room_to_watch(&self, more: &[String]) -> Result<(), RpcError> {
        if self.watched.total + more.len() <= MAX_WATCHED {
            return Ok(());
        }
        Err(RpcError::invalid_params(format!(
            "Invalid params: at most {MAX_WATCHED} resources are watched at once; unsubscribe \
             from some first"
        )))
    }
}
