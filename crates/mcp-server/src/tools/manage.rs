//! `send_signal`, `resize_pty` and `terminate_process`.

use std::time::Duration;

use mcp_proto::{ToolDefinition, ToolResult};
use rejoinder_policy::CallFacts;
use rejoinder_session::{Format, Interact, Read, Signal, SignalTarget, Termination, Winsize};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::args::Seconds;
use super::schema::{boolean, integer, object, one_of, seconds, string};
use super::{Act, Call, failure};
use crate::failure::{ErrorType, Failure};
use crate::reply::Reply;
use crate::server::Server;

/// The signals that `send_signal` sends.
const SIGNALS: [&str; 10] = [
    "INT", "TERM", "HUP", "QUIT", "KILL", "STOP", "CONT", "USR1", "USR2", "WINCH",
];

/// Sends a signal.
#[derive(Debug, Deserialize)]
pub(crate) struct SendSignal {
    session_id: String,
    #[serde(default = "int")]
    signal: String,
    #[serde(default)]
    target: Target,
}

fn int() -> String {
    "INT".to_owned()
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Target {
    #[default]
    Foreground,
    Session,
}

impl Act for SendSignal {
    fn describe() -> ToolDefinition {
        ToolDefinition::new(
            "send_signal",
            "Signal the foreground program or the whole session. INT types the terminal's interrupt \
             key.",
        )
        .with_title("Send a signal")
        .with_input_schema(object(&[
            ("session_id!", string("")),
            ("signal", one_of(&SIGNALS, "INT", "")),
            (
                "target",
                one_of(&["foreground", "session"], "foreground", ""),
            ),
        ]))
    }

    fn parse(arguments: Map<String, Value>, _: &Server) -> Result<Self, Failure> {
        super::args::read(arguments)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        facts.session(&self.session_id)
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        let signal = Signal::from_name(&self.signal).ok_or_else(|| {
            Failure::new(
                ErrorType::ValidationError,
                format!("/signal: {} is not known on this system", self.signal),
                "choose another signal",
            )
        })?;
        let (target, whom) = match self.target {
            Target::Foreground => (SignalTarget::Foreground, "the foreground program"),
            Target::Session => (SignalTarget::Session, "every process of the session"),
        };
        let status = session
            .signal(signal, target)
            .await
            .map_err(|error| failure(&error))?;
        let mut reply = Reply::new(session.identity(), status);
        reply.note(&format!("Sent {} to {whom}.", self.signal));
        reply.took(call.elapsed());
        Ok(reply.into_result())
    }
}

/// Changes a terminal's size.
#[derive(Debug, Deserialize)]
pub(crate) struct ResizePty {
    session_id: String,
    #[serde(default = "default_rows")]
    rows: u16,
    #[serde(default = "default_cols")]
    cols: u16,
}

fn default_rows() -> u16 {
    24
}

fn default_cols() -> u16 {
    80
}

impl Act for ResizePty {
    fn describe() -> ToolDefinition {
        ToolDefinition::new("resize_pty", "Change the terminal's size.")
            .with_title("Resize")
            .with_input_schema(object(&[
                ("session_id!", string("")),
                ("rows", integer(1, Some(500), 24, "")),
                ("cols", integer(1, Some(1000), 80, "")),
            ]))
            .with_annotations(|hints| hints.destructive(false).idempotent(true).open_world(false))
    }

    fn parse(arguments: Map<String, Value>, _: &Server) -> Result<Self, Failure> {
        super::args::read(arguments)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        facts.session(&self.session_id)
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        let size = Winsize::new(self.rows.into(), self.cols.into()).map_err(|error| {
            Failure::new(
                ErrorType::ValidationError,
                error.to_string(),
                "choose a size in range",
            )
        })?;
        let status = session
            .resize(size)
            .await
            .map_err(|error| failure(&error))?;
        let mut reply = Reply::new(session.identity(), status);
        reply.note(&format!(
            "The terminal has {} rows and {} columns.",
            self.rows, self.cols
        ));
        reply.took(call.elapsed());
        Ok(reply.into_result())
    }
}

/// Ends a session.
#[derive(Debug, Deserialize)]
pub(crate) struct TerminateProcess {
    session_id: String,
    #[serde(default)]
    force: bool,
    #[serde(default = "five_seconds")]
    grace_period: Seconds,
}

fn five_seconds() -> Seconds {
    Seconds::new(5.0)
}

impl Act for TerminateProcess {
    fn describe() -> ToolDefinition {
        ToolDefinition::new(
            "terminate_process",
            "End everything the session started, background processes too: HUP and TERM, KILL after \
             grace_period. Returns the exit status and unread output.",
        )
        .with_title("End a session")
        .with_input_schema(object(&[
            ("session_id!", string("")),
            ("force", boolean(false, "KILL at once")),
            (
                "grace_period",
                seconds(0, Some(300), 5, ""),
            ),
        ]))
        .with_annotations(|hints| hints.idempotent(true).open_world(false))
    }

    fn parse(arguments: Map<String, Value>, _: &Server) -> Result<Self, Failure> {
        super::args::read(arguments)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        facts.session(&self.session_id)
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        session
            .terminate(Termination {
                force: self.force,
                grace: self.grace_period.at_most(Duration::from_secs(300)),
                orphans: false,
            })
            .await
            .map_err(|error| failure(&error))?;
        let last = session
            .interact(Interact {
                input: None,
                wait: None,
                read: Some(Read::unread(&call.reader(None))),
            })
            .await
            .map_err(|error| failure(&error))?;
        let max_bytes = call.max_bytes(None);
        let mut reply = Reply::interacted(session.identity(), &last, Format::Text, max_bytes);
        reply.fact("forced", json!(self.force));
        reply.took(call.elapsed());
        Ok(reply.into_result())
    }
}
