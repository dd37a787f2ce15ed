//! `run_command`: commands with an end, in whatever shell or REPL has the terminal.

use std::time::{Duration, Instant};

use mcp_proto::{ToolDefinition, ToolResult};
use rejoinder_policy::CallFacts;
use rejoinder_session::{CommandEnd, Format, Ran, RunEnd, RunRequest, Session};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::args::{Seconds, yes};
use super::schema::{boolean, integer, object, seconds, string, strings};
use super::{Act, Call, failure};
use crate::failure::{ErrorType, Failure};
use crate::reply::Reply;
use crate::server::Server;

/// Commands that one call may run.
const MAX_COMMANDS: usize = 100;

/// The arguments as they come.
#[derive(Debug, Deserialize)]
struct Arguments {
    session_id: String,
    command: Option<String>,
    commands: Option<Vec<String>>,
    #[serde(default = "yes")]
    stop_on_failure: bool,
    #[serde(default = "thirty_seconds")]
    timeout: Seconds,
    max_bytes: Option<usize>,
}

fn thirty_seconds() -> Seconds {
    Seconds::new(30.0)
}

/// Commands to run in turn.
pub(crate) struct RunCommand {
    session_id: String,
    commands: Vec<String>,
    stop_on_failure: bool,
    timeout: Seconds,
    max_bytes: Option<usize>,
    /// All of it, for the policy to judge.
    line: String,
}

impl Act for RunCommand {
    fn describe() -> ToolDefinition {
        ToolDefinition::new(
            "run_command",
            "Run a command or script in the session's shell (also inside ssh, su, a container), or a \
             statement in its REPL or database shell; returns its exact output, exit code and \
             directory. state=waiting:… means it asks: answer with send_and_read. It is not killed \
             at the timeout. Types nothing where no prompt is.",
        )
        .with_title("Run a command")
        .with_input_schema(object(&[
            ("session_id!", string("")),
            ("command", string("")),
            ("commands", strings("run in turn")),
            ("stop_on_failure", boolean(true, "")),
            ("timeout", seconds(0, None, 30, "")),
            ("max_bytes", integer(256, Some(1 << 20), 20_000, "")),
        ]))
    }

    fn parse(arguments: Map<String, Value>, _: &Server) -> Result<Self, Failure> {
        let arguments: Arguments = super::args::read(arguments)?;
        let commands = match (arguments.command, arguments.commands) {
            (Some(command), None) => vec![command],
            (None, Some(commands)) => commands,
            _ => {
                return Err(invalid(
                    "/command: one of `command` and `commands` is needed",
                ));
            }
        };
        if commands.is_empty() || commands.len() > MAX_COMMANDS {
            return Err(invalid(&format!(
                "/commands: 1 to {MAX_COMMANDS} commands can be run in turn"
            )));
        }
        if let Some(index) = commands
            .iter()
            .position(|it| it.trim().is_empty() || it.contains('\0'))
        {
            return Err(invalid(&format!(
                "/commands/{index}: a command is text, not empty and without NUL"
            )));
        }
        Ok(Self {
            session_id: arguments.session_id,
            line: commands.join("\n"),
            commands,
            stop_on_failure: arguments.stop_on_failure,
            timeout: arguments.timeout,
            max_bytes: arguments.max_bytes,
        })
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        facts.session(&self.session_id).shell_line(&self.line)
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        if self.commands.len() > 1 {
            return self.run_all(&call, &session).await;
        }
        let ran = run(&call, &session, &self.commands[0], call.wait(self.timeout)).await?;
        let mut reply = Reply::ran(
            session.identity(),
            &ran,
            Format::Text,
            call.max_bytes(self.max_bytes),
        );
        tell(&mut reply, &ran);
        reply.took(ran.duration);
        Ok(reply.into_result())
    }
}

impl RunCommand {
    /// Runs the commands in turn, as long as they end (well).
    async fn run_all(&self, call: &Call, session: &Session) -> Result<ToolResult, Failure> {
        let deadline = Instant::now() + call.wait(self.timeout);
        let max_bytes = call.max_bytes(self.max_bytes) / self.commands.len();
        let mut text = String::new();
        let mut results = Vec::new();
        let mut last: Option<Reply> = None;
        for (index, command) in self.commands.iter().enumerate() {
            let left = deadline.saturating_duration_since(Instant::now());
            let ran = match run(call, session, command, left).await {
                Ok(ran) => ran,
                Err(failure) if last.is_none() => return Err(failure),
                Err(failure) => {
                    text.push_str(&heading(index, command, "not run"));
                    text.push_str(&failure.text());
                    text.push('\n');
                    results.push(json!({"command": command, "error": failure.message}));
                    break;
                }
            };
            let mut reply = Reply::ran(session.identity(), &ran, Format::Text, max_bytes);
            tell(&mut reply, &ran);
            text.push_str(&heading(index, command, &outcome(&ran)));
            text.push_str(&reply.body());
            results.push(json!({
                "command": command,
                "exit_code": ran.exit_code,
                "duration_ms": millis(ran.duration),
                "cwd": ran.cwd,
            }));
            let goes_on = ran.end == RunEnd::Ended
                && (!self.stop_on_failure || ran.exit_code.is_none_or(|code| code == 0));
            last = Some(reply);
            if !goes_on {
                break;
            }
        }
        let Some(mut reply) = last else {
            return Err(invalid("/commands: there is nothing to run"));
        };
        if results.len() < self.commands.len() {
            text.push_str(&format!(
                "{} of {} commands were run.\n",
                results.len(),
                self.commands.len()
            ));
        }
        reply.fact("results", Value::Array(results));
        reply.took(call.elapsed());
        Ok(reply.into_result_with(&text))
    }
}

async fn run(
    call: &Call,
    session: &Session,
    command: &str,
    timeout: Duration,
) -> Result<Ran, Failure> {
    session
        .run(RunRequest {
            command: command.to_owned(),
            timeout,
            reader: call.reader(None),
        })
        .await
        .map_err(|error| failure(&error))
}

/// Says what an agent needs to know beside the output.
fn tell(reply: &mut Reply, ran: &Ran) {
    if let Some(before) = &ran.before {
        reply.note(&ended_before(before));
    }
    match ran.end {
        RunEnd::Ended | RunEnd::Exited => {}
        RunEnd::Waiting => reply.note(
            "The command reads input: answer with send_and_read; the answer after its end tells its exit code.",
        ),
        RunEnd::Timeout => reply.note(
            "The command runs on: read_output shows more, send_signal interrupts it.",
        ),
        RunEnd::Unfinished => reply.note(
            "The statement is not finished (an open quote or bracket, a missing `;`): it was dropped. Send all of it.",
        ),
    }
    if ran.end == RunEnd::Unfinished {
        reply.fact("unfinished", json!(true));
    }
    if let Some(cwd) = &ran.cwd {
        reply.fact("cwd", json!(cwd));
    }
    if let Some(code) = ran.exit_code {
        reply.exited_with(code);
    }
}

/// Tells of the end of a command whose answer came before it.
pub(crate) fn ended_before(end: &CommandEnd) -> String {
    let code = end
        .exit_code
        .map_or_else(String::new, |code| format!(" with exit code {code}"));
    format!(
        "`{}` has ended{code} after {:.1} s.",
        end.command,
        end.duration.as_secs_f64()
    )
}

fn heading(index: usize, command: &str, outcome: &str) -> String {
    let line = command.trim().lines().next().unwrap_or_default();
    format!("[{}] {line} ({outcome})\n", index + 1)
}

fn outcome(ran: &Ran) -> String {
    match (ran.end, ran.exit_code) {
        (RunEnd::Ended, Some(code)) => format!("exit {code}"),
        (RunEnd::Ended, None) => "done".to_owned(),
        (RunEnd::Exited, _) => "the session ended".to_owned(),
        (RunEnd::Waiting, _) => "reads input".to_owned(),
        (RunEnd::Timeout, _) => "still runs".to_owned(),
        _ => "not finished".to_owned(),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn invalid(message: &str) -> Failure {
    Failure::new(
        ErrorType::ValidationError,
        message,
        "give the command to run as `command`, or several as `commands`",
    )
}
