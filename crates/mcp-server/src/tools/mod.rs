//! The tools: what each takes, what it does to a session, what it answers.
//!
//! A tool is a type that implements [`Act`]: its arguments, parsed and checked.
//! The registry lists them; the pipeline judges what [`Act::facts`] tells of a
//! call before it lets [`Act::run`] have an effect.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mcp_proto::{ToolDefinition, ToolResult};
use rejoinder_policy::CallFacts;
use rejoinder_session::{Error, ErrorKind, Session};
use serde_json::{Map, Value, json};

use crate::call_log::CallLog;
use crate::failure::{ErrorType, Failure};
use crate::server::Server;

pub(crate) mod answer_prompts;
pub(crate) mod args;
pub(crate) mod dialogue;
pub(crate) mod expect_and_respond;
pub(crate) mod get_screen;
pub(crate) mod inspect;
pub(crate) mod manage;
pub(crate) mod multi_step;
pub(crate) mod run_command;
pub(crate) mod schema;
pub(crate) mod search_output;
pub(crate) mod server_info;
pub(crate) mod start_process;
pub(crate) mod type_and_read;
pub(crate) mod wait_for_sessions;

#[cfg(test)]
mod tests;

/// Who calls, and what with.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Whose sessions these are.
    pub(crate) owner: String,
    /// The read position that counts unless the call names another.
    pub(crate) reader: String,
    /// What is told beside the answer.
    pub(crate) log: Arc<CallLog>,
}

#[cfg(test)]
impl Caller {
    /// Somebody who listens to nothing.
    pub(crate) fn quiet(owner: &str) -> Self {
        Self {
            owner: owner.to_owned(),
            reader: owner.to_owned(),
            log: Arc::new(CallLog::to_nobody()),
        }
    }
}

/// A call under way.
pub(crate) struct Call {
    pub(crate) server: Arc<Server>,
    pub(crate) caller: Caller,
    pub(crate) started: Instant,
}

impl Call {
    /// The caller's session with this id or name.
    pub(crate) async fn session(&self, id_or_name: &str) -> Result<Session, Failure> {
        let session = self
            .server
            .sessions()
            .get(&self.caller.owner, id_or_name)
            .await
            .map_err(|error| failure(&error))?;
        self.caller.log.is_about(&session);
        Ok(session)
    }

    /// A wait of this many seconds, or as long as one call may wait.
    pub(crate) fn wait(&self, seconds: args::Seconds) -> Duration {
        seconds.at_most(self.server.config().limits.max_wait())
    }

    /// How long it has been under way.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The reader of this call: the one it names, or the caller's own.
    pub(crate) fn reader(&self, named: Option<&str>) -> String {
        named.unwrap_or(&self.caller.reader).to_owned()
    }

    /// The most bytes of text that this call's answer may hold.
    pub(crate) fn max_bytes(&self, asked: Option<usize>) -> usize {
        asked.unwrap_or(self.server.config().limits.max_bytes)
    }
}

/// One tool.
pub(crate) trait Act: Sized + Send + 'static {
    /// The tool as clients see it.
    fn describe() -> ToolDefinition;

    /// Reads and checks the arguments, which fit the tool's schema.
    fn parse(arguments: Map<String, Value>, server: &Server) -> Result<Self, Failure>;

    /// Adds to the facts that the policy judges and the audit record keeps.
    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a>;

    /// Does it.
    fn run(self, call: Call) -> impl Future<Output = Result<ToolResult, Failure>> + Send;
}

/// A tool whose arguments are parsed, its type put away.
pub(crate) trait Parsed: Send {
    /// See [`Act::facts`].
    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a>;

    /// See [`Act::run`].
    fn run(self: Box<Self>, call: Call) -> Running;
}

/// A call being carried out.
pub(crate) type Running = Pin<Box<dyn Future<Output = Result<ToolResult, Failure>> + Send>>;

impl<T: Act> Parsed for T {
    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        Act::facts(self, facts)
    }

    fn run(self: Box<Self>, call: Call) -> Running {
        Box::pin(Act::run(*self, call))
    }
}

/// What a session's error is to an agent.
pub(crate) fn failure(error: &Error) -> Failure {
    let error_type = match error.kind() {
        ErrorKind::Spawn => return spawn_failure(error),
        ErrorKind::TooManySessions => ErrorType::ResourceExhausted,
        ErrorKind::NameTaken
        | ErrorKind::BadName
        | ErrorKind::BadPattern
        | ErrorKind::Unsupported => ErrorType::ValidationError,
        ErrorKind::NotFound => ErrorType::SessionNotFound,
        ErrorKind::Exited => ErrorType::SessionExited,
        ErrorKind::HumanInControl => ErrorType::HumanInControl,
        ErrorKind::PolicyDenied => ErrorType::PolicyDenied,
        ErrorKind::WrongState | ErrorKind::Io | ErrorKind::Lost | ErrorKind::Unresponsive => {
            ErrorType::ExecutionError
        }
        _ => ErrorType::Internal,
    };
    Failure::new(error_type, error.to_string(), error.remedy())
}

fn spawn_failure(error: &Error) -> Failure {
    use rejoinder_pty::ErrorKind as Spawn;
    let kind = error.spawn_kind();
    let error_type = match kind {
        Some(Spawn::NotFound | Spawn::BadCwd) => ErrorType::NotFound,
        Some(Spawn::InvalidInput) => ErrorType::ValidationError,
        Some(Spawn::ResourceExhausted) => ErrorType::ResourceExhausted,
        _ => ErrorType::ExecutionError,
    };
    Failure::new(error_type, error.to_string(), error.remedy())
        .with_details(json!({"cause": kind.map(|kind| format!("{kind:?}"))}))
}
