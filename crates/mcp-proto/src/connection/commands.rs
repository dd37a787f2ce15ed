//! What became of the work: answers, progress, log messages, a changed catalogue.

use std::sync::Arc;

use serde_json::Value;

use super::Connection;
use super::answer;
use super::in_flight::{InFlight, Kind};
use super::outcome::{Outcome, Outgoing, RequestKey};
use super::reply::Answer;
use super::subscriptions::ChangedList;
use crate::catalogue::{Catalogue, dynamic_page};
use crate::jsonrpc::RpcError;
use crate::model::{LogLevel, ToolResult};
use crate::server::CachePolicy;
use crate::wire::Writer;

impl Connection {
    /// Answers a call or a query.
    ///
    /// Nothing comes of it when the request was cancelled or answered before, or while the rest
    /// of its batch is still being worked on. An [`Answer::Input`] becomes the answer for a
    /// client of 2026-07-28; for older ones, the questions to send, and once they are answered
    /// the same request is handed out again. A question that the client doesn't declare is never
    /// sent: the request then fails. Questions that are still out are withdrawn.
    pub fn answer(&mut self, key: RequestKey, answer: Answer) -> Vec<Outcome> {
        let withdrawn = self.withdraw_questions(key);
        let mut outcomes = Vec::with_capacity(withdrawn.len() + 1);
        outcomes.extend(withdrawn.into_iter().map(Outcome::Send));
        let outgoing = match answer {
            Answer::Tool(result) => self.finish(key, &result),
            Answer::Error(error) => self.fail(key, &error),
            Answer::Input(needed) => {
                outcomes.extend(self.require_input(key, &needed));
                None
            }
            answer => self.answer_query(key, &answer),
        };
        outcomes.extend(outgoing.map(Outcome::Send));
        outcomes
    }

    /// Answers a call with its result. `None` when there is nothing to send, as for
    /// [`answer`](Self::answer).
    pub fn finish(&mut self, key: RequestKey, result: &ToolResult) -> Option<Outgoing> {
        let request = self.take_request(key)?;
        if !matches!(request.kind, Kind::Tool) {
            // A failure in words is one whatever was asked.
            let words = result.content.first().and_then(|block| block.as_text());
            return match words.filter(|_| result.is_error) {
                Some(words) => self.settle_error(key, &request, &RpcError::internal(words)),
                None => self.settle_mismatch(key, &request, "a tool's result"),
            };
        }
        let bytes = answer::tool_result(&self.server, request.revision, &request.id, result);
        self.settle(request.batch, Outgoing::new(bytes, Some(key)), key)
    }

    /// Answers a request with a protocol error, for a fault that is not the tool's. Returns as
    /// [`finish`](Self::finish).
    pub fn fail(&mut self, key: RequestKey, error: &RpcError) -> Option<Outgoing> {
        let request = self.take_request(key)?;
        self.settle_error(key, &request, error)
    }

    fn answer_query(&mut self, key: RequestKey, given: &Answer) -> Option<Outgoing> {
        let request = self.take_request(key)?;
        let server = Arc::clone(&self.server);
        let revision = request.revision;
        let bytes = match (&request.kind, given) {
            (Kind::ListResources { cursor }, Answer::Resources(resources)) => {
                let size = self.catalogue.page_size();
                match dynamic_page(resources, size, revision, cursor.as_deref()) {
                    Ok(page) => answer::result(&server, revision, &request.id, |out| {
                        out.raw_members(&page.members);
                        answer::cache_members(server.changing(), revision, out);
                    }),
                    Err(error) => {
                        let error = super::methods::bad_cursor(error);
                        return self.settle_error(key, &request, &error);
                    }
                }
            }
            (Kind::ReadResource { uri, .. }, Answer::Contents(contents))
                if contents.bodies.is_empty() =>
            {
                // An empty list would leave open whether there is such a resource.
                let error = RpcError::resource_not_found(uri);
                return self.settle_error(key, &request, &error);
            }
            (Kind::ReadResource { is_retry, .. }, Answer::Contents(contents)) => {
                let cache = match is_retry {
                    true => CachePolicy::NEVER,
                    false => contents.cache.unwrap_or_else(|| server.changing()),
                };
                answer::result(&server, revision, &request.id, |out| {
                    answer::contents_members(contents, cache, revision, out);
                })
            }
            (Kind::GetPrompt, Answer::Prompt(prompt)) => {
                let members = |out: &mut Writer| answer::prompt_members(prompt, revision, out);
                answer::result_with_meta(&server, revision, &request.id, &prompt.meta, members)
            }
            (Kind::Complete, Answer::Completion(completion)) => {
                answer::result(&server, revision, &request.id, |out| {
                    answer::completion_members(completion, out);
                })
            }
            (_, given) => return self.settle_mismatch(key, &request, given.noun()),
        };
        self.settle(request.batch, Outgoing::new(bytes, Some(key)), key)
    }

    fn settle_error(
        &mut self,
        key: RequestKey,
        request: &InFlight,
        error: &RpcError,
    ) -> Option<Outgoing> {
        let bytes = answer::error_by(request.revision, &request.id, error);
        let outgoing = Outgoing::new(bytes, Some(key)).with_status(error.http_status());
        self.settle(request.batch, outgoing, key)
    }

    fn settle_mismatch(
        &mut self,
        key: RequestKey,
        request: &InFlight,
        given: &str,
    ) -> Option<Outgoing> {
        let error = RpcError::internal(format!(
            "Internal error: {given} is no answer to this request"
        ));
        self.settle_error(key, request, &error)
    }

    /// Forgets a request whose answer can't reach the client any more, because the stream for it
    /// is closed: its questions are withdrawn, its resources not watched any longer, and the
    /// answer to the rest of its batch may be due.
    pub fn abandon(&mut self, key: RequestKey) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = self
            .withdraw_questions(key)
            .into_iter()
            .map(Outcome::Send)
            .collect();
        let Some(request) = self.requests.remove(key) else {
            return outcomes;
        };
        if let Kind::Subscription(filter) = &request.kind {
            outcomes.extend(self.unwatch(&filter.uris));
        }
        let rest = request.batch.and_then(|batch| self.batches.settle(batch));
        outcomes.extend(rest.map(|rest| Outcome::Send(rest.regarding(key))));
        outcomes
    }

    /// Reports how far a call is. `None` when the client didn't ask, the request is gone, or
    /// `progress` doesn't exceed what was reported before, which the protocol requires.
    pub fn progress(
        &mut self,
        key: RequestKey,
        progress: f64,
        total: Option<f64>,
        message: Option<&str>,
    ) -> Option<Outgoing> {
        let request = self.requests.get_mut(key)?;
        let revision = request.revision;
        let state = request.progress.as_mut()?;
        if !progress.is_finite() || state.last.is_some_and(|last| progress <= last) {
            return None;
        }
        state.last = Some(progress);
        let bytes = answer::notification("notifications/progress", |out| {
            out.member("progressToken", &state.token);
            answer::number_member("progress", progress, out);
            if let Some(total) = total.filter(|total| total.is_finite()) {
                answer::number_member("total", total, out);
            }
            if let Some(message) = message.filter(|_| revision.has_progress_message()) {
                out.member("message", message);
            }
        });
        Some(Outgoing::new(bytes, Some(key)))
    }

    /// Sends a log message. `None` unless the server declares logging and the client asked for
    /// this severity: by `logging/setLevel`, or, in 2026-07-28, on the very request that `key`
    /// names.
    pub fn log(
        &mut self,
        key: Option<RequestKey>,
        level: LogLevel,
        logger: Option<&str>,
        data: &Value,
    ) -> Option<Outgoing> {
        if level < self.log_level(key)? {
            return None;
        }
        let bytes = answer::notification("notifications/message", |out| {
            answer::log_members(level, logger, data, out);
        });
        Some(Outgoing::new(bytes, key))
    }

    /// Changes what is offered and returns the announcements that this calls for: of the tools
    /// always, of prompts and resources where they differ. Requests in flight are not touched.
    pub fn set_catalogue(&mut self, catalogue: Arc<Catalogue>) -> Vec<Outgoing> {
        if Arc::ptr_eq(&self.catalogue, &catalogue) {
            return Vec::new();
        }
        let before = std::mem::replace(&mut self.catalogue, catalogue);
        let mut announcements = self.list_changed(ChangedList::Tools);
        if before.prompts() != self.catalogue.prompts() {
            announcements.extend(self.list_changed(ChangedList::Prompts));
        }
        let same_resources = before.resources() == self.catalogue.resources()
            && before.templates() == self.catalogue.templates();
        if !same_resources {
            announcements.extend(self.list_changed(ChangedList::Resources));
        }
        announcements
    }
}
