//! Log messages to clients: what the server notices about their own calls and sessions.
//!
//! They go along with the call that they are about, to whoever made it. Each is an object of the
//! server's own words: never output, never input, and of sessions only those of the caller. What is
//! told is read from what the result has for programs, and nothing is made where nobody listens.

mod told;

use std::sync::Arc;
use std::time::Duration;

use mcp_proto::{Implementation, LogLevel, RequestContext, ToolResult};
use parking_lot::Mutex;
use rejoinder_ansi::escape_hidden;
use rejoinder_session::{Identity, Session, SessionId};
use serde_json::{Map, Value, json};

use crate::failure::ErrorType;
use crate::reply::{ERROR_META, STATUS_META};
use crate::serve::Requester;
pub(crate) use told::Told;

/// Who writes the messages: about calls, about sessions, about what the policy says.
const CALLS: &str = "calls";
const SESSIONS: &str = "sessions";
const POLICY: &str = "policy";

/// A call's way to its client.
#[derive(Debug)]
pub(crate) struct CallLog {
    /// Whoever made it; only tests have nobody.
    requester: Option<Requester>,
    client: Option<Arc<Implementation>>,
    about: Mutex<About>,
}

/// The sessions that a call has looked up.
#[derive(Debug, Default)]
enum About {
    #[default]
    None,
    One(SessionId),
    Several,
}

/// A tool, and the name it was called by.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) tool: &'a str,
    pub(crate) called_as: &'a str,
}

impl<'a> Named<'a> {
    /// Called by its own name.
    pub(crate) fn plain(tool: &'a str) -> Self {
        Self {
            tool,
            called_as: tool,
        }
    }

    /// A message about it, with the same words as an audit record.
    fn message(self, event: &str) -> Map<String, Value> {
        let mut data = message(event);
        data.insert("tool".to_owned(), json!(self.tool));
        if self.called_as != self.tool {
            data.insert("called_as".to_owned(), json!(self.called_as));
        }
        data
    }
}

impl CallLog {
    /// The way to whoever made this request.
    pub(crate) fn new(context: &RequestContext, requester: &Requester) -> Self {
        Self {
            requester: Some(requester.clone()),
            client: context.client.clone(),
            about: Mutex::default(),
        }
    }

    /// A way to nobody.
    #[cfg(test)]
    pub(crate) fn to_nobody() -> Self {
        Self {
            requester: None,
            client: None,
            about: Mutex::default(),
        }
    }

    /// The call is about this session.
    pub(crate) fn is_about(&self, session: &Session) {
        if !self.hears(LogLevel::Debug) {
            return;
        }
        let id = session.identity().id;
        let mut about = self.about.lock();
        *about = match *about {
            About::None => About::One(id),
            About::One(before) if before == id => About::One(id),
            _ => About::Several,
        };
    }

    /// The call has started a session.
    pub(crate) fn started(&self, identity: &Identity) {
        self.say(LogLevel::Info, SESSIONS, || {
            let mut data = message("started");
            data.insert("session_id".to_owned(), json!(identity.id.to_string()));
            data.insert("name".to_owned(), json!(identity.name));
            let program = escape_hidden(&identity.command);
            data.insert("program".to_owned(), json!(program));
            data
        });
    }

    /// A person has to agree to the call first.
    pub(crate) fn asks(&self, named: Named<'_>, rule: &str) {
        self.say(LogLevel::Notice, POLICY, || {
            let mut data = named.message("asks");
            data.insert("rule".to_owned(), json!(rule));
            data
        });
    }

    /// The policy refused what was asked for; any other failure is none of its business.
    pub(crate) fn failed(&self, named: Named<'_>, error: &Value) {
        let is_refusal = [
            ErrorType::PolicyDenied,
            ErrorType::ApprovalRequired,
            ErrorType::RateLimited,
        ]
        .iter()
        .any(|refusal| error["error_type"] == refusal.name());
        if !is_refusal {
            return;
        }
        self.say(LogLevel::Warning, POLICY, || {
            let mut data = named.message("refused");
            add(&mut data, "error_type", &error["error_type"]);
            add(&mut data, "rule", &error["details"]["rule"]);
            data
        });
    }

    /// The call has come to this.
    pub(crate) fn done(&self, named: Named<'_>, took: Duration, result: &ToolResult, told: &Told) {
        if !self.hears(LogLevel::Warning) {
            return;
        }
        let none = Value::Null;
        let error = result.meta.get(ERROR_META).unwrap_or(&none);
        self.failed(named, error);
        for session in sessions(result) {
            self.seen(session, told);
        }
        self.say(LogLevel::Debug, CALLS, || {
            let status = result.meta.get(STATUS_META).unwrap_or(&none);
            let mut data = named.message("done");
            if let About::One(id) = *self.about.lock() {
                data.insert("session_id".to_owned(), json!(id.to_string()));
            }
            let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            data.insert("duration_ms".to_owned(), json!(millis));
            add(&mut data, "returned_by", &status["returned_by"]);
            add(&mut data, "error_type", &error["error_type"]);
            data
        });
    }

    /// The call shows how this session stands: what is new about that is told.
    fn seen(&self, session: &Value, told: &Told) {
        match session["state"].as_str() {
            Some("exited") => self.say_once(LogLevel::Info, "ended", session, told, |data| {
                add(data, "exit_code", &session["exit_code"]);
                add(data, "signal", &session["signal"]);
                // A list of several says both in one word.
                let exit = session["exit"].as_str().unwrap_or_default();
                if let Some(signal) = exit.strip_prefix("signal:") {
                    data.insert("signal".to_owned(), json!(signal));
                } else if let Ok(code) = exit.parse::<i32>() {
                    data.insert("exit_code".to_owned(), json!(code));
                }
            }),
            Some("lost") => self.say_once(LogLevel::Warning, "lost", session, told, |_| {}),
            _ => {}
        }
        let why = &session["transcript_stopped"];
        if why.is_string() {
            let event = "transcript_stopped";
            self.say_once(LogLevel::Warning, event, session, told, |data| {
                add(data, "reason", why);
            });
        }
    }

    /// Says of a session what this client was not told before.
    fn say_once(
        &self,
        level: LogLevel,
        event: &str,
        session: &Value,
        told: &Told,
        more: impl FnOnce(&mut Map<String, Value>),
    ) {
        let id = session["session_id"].as_str().unwrap_or_default();
        let client = self.client.as_ref().map_or("", |client| &client.name);
        if !self.hears(level) || !told.is_news(client, id, event) {
            return;
        }
        self.say(level, SESSIONS, || {
            let mut data = message(event);
            add(&mut data, "session_id", &session["session_id"]);
            add(&mut data, "name", &session["name"]);
            more(&mut data);
            data
        });
    }

    fn say(&self, level: LogLevel, logger: &str, data: impl FnOnce() -> Map<String, Value>) {
        if let Some(requester) = self.requester.as_ref().filter(|it| it.hears(level)) {
            requester.log(level, Some(logger), Value::Object(data()));
        }
    }

    fn hears(&self, level: LogLevel) -> bool {
        self.requester.as_ref().is_some_and(|it| it.hears(level))
    }
}

fn message(event: &str) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("event".to_owned(), json!(event));
    data
}

/// Adds a fact, where it is one.
fn add(data: &mut Map<String, Value>, name: &str, value: &Value) {
    if !value.is_null() {
        data.insert(name.to_owned(), value.clone());
    }
}

/// What a result says of sessions: in its status, or as its data.
fn sessions(result: &ToolResult) -> impl Iterator<Item = &Value> {
    let status = result.meta.get(STATUS_META);
    let data = result.structured_content.as_ref();
    let listed = data.and_then(|data| data.get("sessions")?.as_array());
    status
        .into_iter()
        .chain(data)
        .chain(listed.into_iter().flatten())
        .filter(|session| session["session_id"].is_string())
}
