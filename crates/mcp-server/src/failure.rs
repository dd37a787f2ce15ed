//! A failure that an agent can act on: what happened, to what, and what to do next.
//!
//! Every tool ends in an answer or in one of these; the pipeline turns it into a
//! result with `isError` and the same facts as `_meta["rejoinder/error"]`.

use mcp_proto::{RpcError, ToolResult};
use serde_json::{Value, json};

use crate::reply::{ERROR_META, Reply, STATUS_META};

/// The kinds of failure that the tool contract names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorType {
    /// What was waited for did not come.
    Timeout,
    /// A program, a directory or a file is not there.
    NotFound,
    /// An argument is not what the tool takes.
    ValidationError,
    /// The policy forbids it.
    PolicyDenied,
    /// The policy wants a person to agree first.
    ApprovalRequired,
    /// Too many calls in too short a time.
    RateLimited,
    /// No session answers to this id or name.
    SessionNotFound,
    /// The session's program has ended.
    SessionExited,
    /// A person is typing into the session.
    HumanInControl,
    /// The system or the program refused.
    ExecutionError,
    /// A limit of this server or of the system is reached.
    ResourceExhausted,
    /// A fault of this server.
    Internal,
}

impl ErrorType {
    /// The kind's name in `_meta["rejoinder/error"].error_type`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::NotFound => "not_found",
            Self::ValidationError => "validation_error",
            Self::PolicyDenied => "policy_denied",
            Self::ApprovalRequired => "approval_required",
            Self::RateLimited => "rate_limited",
            Self::SessionNotFound => "session_not_found",
            Self::SessionExited => "session_exited",
            Self::HumanInControl => "human_in_control",
            Self::ExecutionError => "execution_error",
            Self::ResourceExhausted => "resource_exhausted",
            Self::Internal => "internal",
        }
    }
}

/// A tool call that came to nothing, and what to do about it.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// What kind of failure it is.
    pub(crate) error_type: ErrorType,
    /// What happened, to what.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) recovery: String,
    /// More facts for programs.
    pub(crate) details: Box<Value>,
    /// What the program had printed by then.
    output: Option<Box<Reply>>,
}

impl Failure {
    /// A failure without further details.
    pub(crate) fn new(
        error_type: ErrorType,
        message: impl Into<String>,
        recovery: impl Into<String>,
    ) -> Self {
        Self {
            error_type,
            message: message.into(),
            recovery: recovery.into(),
            details: Box::new(json!({})),
            output: None,
        }
    }

    /// The same after an answer that came this far.
    pub(crate) fn after(mut self, reply: Reply) -> Self {
        self.output = Some(Box::new(reply));
        self
    }

    /// The same with facts for programs.
    pub(crate) fn with_details(mut self, details: Value) -> Self {
        self.details = Box::new(details);
        self
    }

    /// The failure as a tool's result.
    pub(crate) fn into_result(self) -> ToolResult {
        let text = self.text();
        let meta = self.meta();
        let result = match self.output {
            Some(reply) => {
                let text = format!("{}{text}\n{}", reply.body(), reply.status_line());
                ToolResult::error(text).with_meta(STATUS_META, reply.meta())
            }
            None => ToolResult::error(text),
        };
        result.with_meta(ERROR_META, meta)
    }

    /// The failure as an error of the protocol, where no tool was called: a fault of the request
    /// where it names what is not there, of the server otherwise.
    pub(crate) fn into_error(self) -> RpcError {
        let Self {
            message, recovery, ..
        } = &self;
        let text = match recovery.is_empty() {
            true => format!("{}: {message}", self.error_type.name()),
            false => format!("{}: {message}; {recovery}", self.error_type.name()),
        };
        let error = match self.error_type {
            ErrorType::NotFound | ErrorType::ValidationError | ErrorType::SessionNotFound => {
                RpcError::invalid_params(text)
            }
            _ => RpcError::internal(text),
        };
        error.with_data(self.meta())
    }

    /// The text a model reads.
    pub(crate) fn text(&self) -> String {
        let Self {
            message, recovery, ..
        } = self;
        if recovery.is_empty() {
            format!("{}: {message}", self.error_type.name())
        } else {
            format!("{}: {message}\nNext: {recovery}", self.error_type.name())
        }
    }

    /// The facts a program reads.
    pub(crate) fn meta(&self) -> Value {
        json!({
            "error_type": self.error_type.name(),
            "message": self.message,
            "recovery_suggestion": self.recovery,
            "details": self.details,
        })
    }
}
