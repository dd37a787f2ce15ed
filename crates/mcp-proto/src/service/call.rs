//! What a handler knows of the request that it answers, and can say before its answer.

use std::cell::RefCell;

use serde_json::Value;

use crate::connection::Input;
use crate::meta::RequestContext;
use crate::model::{Elicited, LogLevel};

/// One request, as its handler sees it.
///
/// # Example
///
/// ```
/// use mcp_proto::{Answer, CallContext, Elicited, InputRequest, InputRequired};
/// use serde_json::json;
///
/// /// Asks once, and goes by the answer.
/// fn delete(call: &CallContext<'_>) -> Answer {
///     match call.elicited("sure") {
///         Some(Elicited::Accepted(_)) => "deleted".into(),
///         Some(_) => "left alone".into(),
///         None => {
///             let form = InputRequest::form("Delete it?", json!({"type": "object", "properties": {}}));
///             InputRequired::one("sure", form).into()
///         }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct CallContext<'a> {
    request: &'a RequestContext,
    input: &'a Input,
    wants_progress: bool,
    notes: RefCell<Vec<Note>>,
}

/// What a handler said before its answer.
#[derive(Debug)]
pub(super) enum Note {
    Progress {
        progress: f64,
        total: Option<f64>,
        message: Option<String>,
    },
    Log(LogLevel, Value),
}

impl<'a> CallContext<'a> {
    pub(super) fn new(request: &'a RequestContext, input: &'a Input, wants_progress: bool) -> Self {
        Self {
            request,
            input,
            wants_progress,
            notes: RefCell::default(),
        }
    }

    /// Who asks, and by which revision.
    pub fn request(&self) -> &RequestContext {
        self.request
    }

    /// What the client answered when an earlier attempt asked something back.
    pub fn input(&self) -> &Input {
        self.input
    }

    /// What the user made of a form or a page that an earlier attempt asked for; `None` when it
    /// wasn't asked for, or the client doesn't say.
    pub fn elicited(&self, name: &str) -> Option<Elicited> {
        self.input.responses.as_ref()?.elicited(name)
    }

    /// Whether the client wants to hear of progress.
    pub fn wants_progress(&self) -> bool {
        self.wants_progress
    }

    /// Reports how far the work is, as [`Connection::progress`](crate::Connection::progress)
    /// does.
    pub fn progress(&self, progress: f64, total: Option<f64>, message: Option<&str>) {
        self.notes.borrow_mut().push(Note::Progress {
            progress,
            total,
            message: message.map(str::to_owned),
        });
    }

    /// Logs a message, which reaches clients that ask for this severity.
    pub fn log(&self, level: LogLevel, data: impl Into<Value>) {
        self.notes.borrow_mut().push(Note::Log(level, data.into()));
    }

    pub(super) fn into_notes(self) -> Vec<Note> {
        self.notes.into_inner()
    }
}
