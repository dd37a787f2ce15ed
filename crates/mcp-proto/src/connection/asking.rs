//! Asking the client something before a request can be answered, in either era.
//!
//! A handler says what it needs ([`Answer::Input`](crate::Answer::Input)) and is handed the same
//! request again with the answers. A client of 2026-07-28 does that itself. For one before it the
//! connection sends requests of its own, keeps the first request open, and hands it out once more
//! when all are answered.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tracing::debug;

use super::Connection;
use super::answer;
use super::in_flight::{InFlight, Kind};
use super::methods::settled_arguments;
use super::outcome::{Input, Outcome, Outgoing, Query, QueryKind, RequestKey, ToolCall};
use super::params::Params;
use super::reply::Answer;
use crate::jsonrpc::{ProgressToken, RequestId, Response, RpcError};
use crate::meta::RequestContext;
use crate::model::{InputRequired, InputResponses, MAX_INPUT_REQUESTS, ToolResult};
use crate::revision::Era;

/// A request that can be handed out once more.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) work: Work,
    pub(super) context: RequestContext,
    pub(super) progress_token: Option<ProgressToken>,
    waiting: Option<Waiting>,
}

#[derive(Debug)]
pub(super) enum Work {
    /// A call, by the text of its parameters: reading it again when something is asked costs
    /// less than a copy of the arguments of every call.
    Tool {
        name: Arc<str>,
        params: Box<str>,
    },
    Query(QueryKind),
}

/// Questions that are out.
#[derive(Debug)]
struct Waiting {
    /// Their ids, also of those that are answered already.
    asked: Vec<RequestId>,
    left: usize,
    answers: Map<String, Value>,
    state: Option<String>,
}

/// The questions that are out, on the whole connection.
#[derive(Debug, Default)]
pub(super) struct Asked {
    open: HashMap<RequestId, Question>,
    next: u64,
}

#[derive(Debug)]
struct Question {
    /// The request that needs the answer.
    key: RequestKey,
    name: String,
    method: &'static str,
}

impl Again {
    pub(super) fn new(
        work: Work,
        context: &RequestContext,
        progress_token: Option<&ProgressToken>,
    ) -> Box<Self> {
        Box::new(Self {
            work,
            context: context.clone(),
            progress_token: progress_token.cloned(),
            waiting: None,
        })
    }

    /// The request with the answers that have come.
    fn outcome(
        &self,
        key: RequestKey,
        answers: Map<String, Value>,
        state: Option<String>,
    ) -> Outcome {
        let input = Input {
            responses: Some(InputResponses::from_map(answers)),
            state,
        };
        let context = self.context.clone();
        let progress_token = self.progress_token.clone();
        match &self.work {
            Work::Tool { name, params } => Outcome::CallTool(ToolCall {
                key,
                name: Arc::clone(name),
                // It was read once already, so there is nothing to refuse.
                arguments: Params::read(Some(params))
                    .map(|params| settled_arguments(params.arguments))
                    .unwrap_or_default(),
                progress_token,
                context,
                input,
            }),
            Work::Query(kind) => Outcome::Query(Query {
                key,
                kind: kind.clone(),
                progress_token,
                context,
                input,
            }),
        }
    }
}

impl Connection {
    /// Whether questions of this request are out and unanswered.
    pub fn is_asking(&self, key: RequestKey) -> bool {
        let request = self.requests.get(key);
        let again = request.and_then(|request| request.again.as_ref());
        again.is_some_and(|again| again.waiting.is_some())
    }

    /// Stops waiting for the client's answers to what a request needs: questions to the user
    /// count as dismissed, and the request is handed out once more; with any other question open
    /// it fails. Nothing, when no question of it is out.
    pub fn stop_asking(&mut self, key: RequestKey) -> Vec<Outcome> {
        if !self.is_asking(key) {
            return Vec::new();
        }
        let questions = self.withdraw(key);
        let mut outcomes: Vec<Outcome> = questions
            .iter()
            .map(|(id, _)| Outcome::Send(cancellation(id, key)))
            .collect();
        for (_, question) in questions {
            outcomes.extend(self.answered(question, Err("no answer came in time".to_owned())));
        }
        outcomes
    }

    /// Says that what a URL elicitation led the user to is done (2025-11-25 alone; later a
    /// client sees it by calling again). `None` for a client that can't be sent to a URL. It is
    /// for the connection alone on which this elicitation was asked.
    pub fn elicitation_completed(&self, elicitation_id: &str) -> Option<Outgoing> {
        let session = self.session.as_ref()?;
        let revision = session.context.revision;
        if !(revision.has_elicitation_modes() && session.context.capabilities.elicitation_url()) {
            return None;
        }
        let bytes = answer::notification("notifications/elicitation/complete", |out| {
            out.member("elicitationId", elicitation_id);
        });
        Some(Outgoing::new(bytes, None))
    }

    /// Asks what a request needs, in the way of its era.
    pub(super) fn require_input(
        &mut self,
        key: RequestKey,
        needed: &InputRequired,
    ) -> Vec<Outcome> {
        let Some(request) = self.requests.get(key) else {
            return Vec::new();
        };
        if let Err(fault) = well_formed(request, needed) {
            return self.answer(key, Answer::Error(RpcError::internal(fault)));
        }
        if let Some(refusal) = undeclared(request, needed).or_else(|| unknown(request, needed)) {
            return self.answer(key, refusal);
        }
        if request.revision.era() == Era::Stateless {
            return self.answer_with_questions(key, needed);
        }
        self.send_questions(key, needed)
    }

    fn answer_with_questions(&mut self, key: RequestKey, needed: &InputRequired) -> Vec<Outcome> {
        let Some(request) = self.take_request(key) else {
            return Vec::new();
        };
        let bytes = answer::input_required(&self.server, request.revision, &request.id, needed);
        let outgoing = self.settle(request.batch, Outgoing::new(bytes, Some(key)), key);
        outgoing.into_iter().map(Outcome::Send).collect()
    }

    fn send_questions(&mut self, key: RequestKey, needed: &InputRequired) -> Vec<Outcome> {
        let Some(request) = self.requests.get_mut(key) else {
            return Vec::new();
        };
        let revision = request.revision;
        let Some(again) = &mut request.again else {
            let error = RpcError::internal("Internal error: this request can't be asked back");
            return self.answer(key, Answer::Error(error));
        };
        if needed.requests.is_empty() {
            return vec![again.outcome(key, Map::new(), needed.state.clone())];
        }
        let mut questions = Vec::with_capacity(needed.requests.len());
        let mut asked = Vec::with_capacity(needed.requests.len());
        for (name, request) in &needed.requests {
            let id = self.asked.open(key, name, request.method());
            asked.push(id.clone());
            let params = request.params(revision);
            let bytes = answer::request(&id, request.method(), params.as_ref());
            questions.push(Outcome::Send(Outgoing::new(bytes, Some(key))));
        }
        again.waiting = Some(Waiting {
            left: asked.len(),
            asked,
            answers: Map::new(),
            state: needed.state.clone(),
        });
        questions
    }

    /// Takes what a client answered to a question.
    pub(super) fn handle_response(&mut self, response: Response<'_>) -> Vec<Outcome> {
        let question = response
            .id
            .as_ref()
            .and_then(|id| self.asked.open.remove(id));
        let Some(question) = question else {
            debug!(id = ?response.id, "ignored a response to no request of ours");
            return Vec::new();
        };
        let answer = match response.outcome {
            Ok(text) => serde_json::from_str::<Value>(text).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        self.answered(question, answer)
    }

    fn answered(&mut self, question: Question, answer: Result<Value, String>) -> Vec<Outcome> {
        let Question { key, name, method } = question;
        let answer = match answer {
            Ok(answer) => answer,
            // A client without anybody to ask is as good as a user who goes away.
            Err(_) if method == "elicitation/create" => json!({"action": "cancel"}),
            Err(reason) => {
                let error = RpcError::internal(format!(
                    "Internal error: the client did not answer {method}: {reason}"
                ));
                return self.fail_asking(key, error);
            }
        };
        let Some(again) = self.requests.get_mut(key).and_then(|it| it.again.as_mut()) else {
            return Vec::new();
        };
        let Some(waiting) = &mut again.waiting else {
            return Vec::new();
        };
        waiting.answers.insert(name, answer);
        waiting.left = waiting.left.saturating_sub(1);
        if waiting.left > 0 {
            return Vec::new();
        }
        let Some(Waiting { answers, state, .. }) = again.waiting.take() else {
            return Vec::new();
        };
        vec![again.outcome(key, answers, state)]
    }

    fn fail_asking(&mut self, key: RequestKey, error: RpcError) -> Vec<Outcome> {
        let withdrawn = self.withdraw(key);
        let mut outcomes: Vec<Outcome> = withdrawn
            .iter()
            .map(|(id, _)| Outcome::Send(cancellation(id, key)))
            .collect();
        outcomes.extend(self.answer(key, Answer::Error(error)));
        outcomes
    }

    /// Takes back the questions of a request that are out; the frames say so to the client.
    pub(super) fn withdraw_questions(&mut self, key: RequestKey) -> Vec<Outgoing> {
        let withdrawn = self.withdraw(key);
        withdrawn
            .iter()
            .map(|(id, _)| cancellation(id, key))
            .collect()
    }

    fn withdraw(&mut self, key: RequestKey) -> Vec<(RequestId, Question)> {
        let again = self.requests.get_mut(key).and_then(|it| it.again.as_mut());
        let Some(waiting) = again.and_then(|again| again.waiting.as_mut()) else {
            return Vec::new();
        };
        let asked = std::mem::take(&mut waiting.asked).into_iter();
        asked
            .filter_map(|id| {
                let question = self.asked.open.remove(&id)?;
                Some((id, question))
            })
            .collect()
    }
}

impl Asked {
    fn open(&mut self, key: RequestKey, name: &str, method: &'static str) -> RequestId {
        self.next += 1;
        let id = RequestId::from(format!("ask-{}", self.next));
        let name = name.to_owned();
        self.open.insert(id.clone(), Question { key, name, method });
        id
    }
}

/// Whether a handler may ask this, and like this.
fn well_formed(request: &InFlight, needed: &InputRequired) -> Result<(), &'static str> {
    if !matches!(
        request.kind,
        Kind::Tool | Kind::ReadResource { .. } | Kind::GetPrompt
    ) {
        return Err("Internal error: this method can't ask back");
    }
    if needed.requests.is_empty() && needed.state.is_none() {
        return Err("Internal error: nothing is asked and there is no state");
    }
    if needed.requests.len() > MAX_INPUT_REQUESTS {
        return Err("Internal error: too much is asked at once");
    }
    let mut seen = HashSet::new();
    if !needed.requests.iter().all(|(name, _)| seen.insert(name)) {
        return Err("Internal error: two questions have one name");
    }
    Ok(())
}

/// The answer to a request that needs something of which the client doesn't say that it has it.
fn undeclared(request: &InFlight, needed: &InputRequired) -> Option<Answer> {
    let mut missing = Map::new();
    for (_, question) in &needed.requests {
        if let Some((name, value)) = question.undeclared(&request.capabilities, request.revision) {
            let entry = missing.entry(name).or_insert_with(|| json!({}));
            if let (Some(entry), Some(value)) = (entry.as_object_mut(), value.as_object()) {
                entry.extend(value.clone());
            }
        }
    }
    if missing.is_empty() {
        return None;
    }
    let names: Vec<&str> = missing.keys().map(String::as_str).collect();
    let names = names.join(" and ");
    Some(match request.revision.era() {
        Era::Stateless => Answer::Error(RpcError::missing_client_capability(&missing.into())),
        Era::Initialize => failure(
            request,
            &format!("needs the client's {names}, which it does not offer"),
        ),
    })
}

/// The answer to a request that needs something that its revision cannot ask for.
fn unknown(request: &InFlight, needed: &InputRequired) -> Option<Answer> {
    let mut questions = needed.requests.iter();
    let what = questions.find_map(|(_, question)| question.unknown_to(request.revision))?;
    Some(failure(request, &what))
}

/// The failure of a request for which nothing can be asked: the agent's to read where there is a
/// result to say it in.
fn failure(request: &InFlight, what: &str) -> Answer {
    match request.kind {
        Kind::Tool => Answer::Tool(ToolResult::error(format!("This {what}"))),
        _ => Answer::Error(RpcError::invalid_request(format!(
            "Invalid request: this {what}"
        ))),
    }
}

fn cancellation(id: &RequestId, key: RequestKey) -> Outgoing {
    let bytes = answer::notification("notifications/cancelled", |out| {
        out.member("requestId", id);
        out.member("reason", "the answer is not needed any more");
    });
    Outgoing::new(bytes, Some(key))
}
