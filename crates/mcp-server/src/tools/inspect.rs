//! `list_sessions` and `get_session_info`: answers that are data.

use mcp_proto::{ToolDefinition, ToolResult};
use rejoinder_policy::CallFacts;
use rejoinder_session::{Info, InputRecord, Session, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::schema::{a, facts, list_of, maybe, object, string, strings};
use super::{Act, Call, failure};
use crate::failure::Failure;
use crate::reply::{exit_text, signal_name};
use crate::server::Server;

/// Characters of a session's line in a list at most.
const MAX_SUMMARY: usize = 160;

/// Inputs that a session's details name at most.
const MAX_INPUTS: usize = 10;

/// Lists the caller's sessions.
#[derive(Debug, Deserialize)]
pub(crate) struct ListSessions {}

impl Act for ListSessions {
    fn describe() -> ToolDefinition {
        ToolDefinition::new("list_sessions", "List your sessions: state, unread output.")
            .with_title("List sessions")
            .with_input_schema(object(&[]))
            .with_output_schema(facts(&[
                ("sessions", list_of(&facts(&session_facts()))),
                ("total", a("integer")),
            ]))
            .with_annotations(|hints| hints.read_only(true).open_world(false))
    }

    fn parse(arguments: Map<String, Value>, _: &Server) -> Result<Self, Failure> {
        super::args::read(arguments)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        facts
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let reader = call.reader(None);
        let mut sessions = Vec::new();
        let mut text = String::new();
        let infos = call
            .server
            .sessions()
            .list(&call.caller.owner, &reader)
            .await;
        for info in infos {
            text.push_str(&summary(&info));
            sessions.push(listed(&info));
        }
        if sessions.is_empty() {
            text.push_str("No sessions; start_process starts one.\n");
        }
        let total = sessions.len();
        Ok(ToolResult::text(text.trim_end())
            .with_structured(json!({"sessions": sessions, "total": total})))
    }
}

/// Tells all about one session.
#[derive(Debug, Deserialize)]
pub(crate) struct GetSessionInfo {
    session_id: String,
}

impl Act for GetSessionInfo {
    fn describe() -> ToolDefinition {
        ToolDefinition::new(
            "get_session_info",
            "All about one session: directory, foreground program, size, limits.",
        )
        .with_title("Describe a session")
        .with_input_schema(object(&[("session_id!", string(""))]))
        .with_output_schema(facts(&all_session_facts()))
        .with_annotations(|hints| hints.read_only(true).open_world(false))
    }

    fn parse(arguments: Map<String, Value>, _: &Server) -> Result<Self, Failure> {
        super::args::read(arguments)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        facts.session(&self.session_id)
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        let (info, facts) = known(&session, &call.reader(None)).await?;
        let mut text = summary(&info);
        for key in [
            "cwd",
            "size",
            "foreground",
            "env_names",
            "limits",
            "pos",
            "transcript_path",
            "transcript_stopped",
        ] {
            if !facts[key].is_null() {
                text.push_str(&format!("  {key}: {}\n", facts[key]));
            }
        }
        Ok(ToolResult::text(text.trim_end()).with_structured(facts))
    }
}

/// All that is told of a session.
pub(crate) async fn told(session: &Session, reader: &str) -> Result<Value, Failure> {
    Ok(known(session, reader).await?.1)
}

async fn known(session: &Session, reader: &str) -> Result<(Info, Value), Failure> {
    let info = session
        .info(reader)
        .await
        .map_err(|error| failure(&error))?;
    let mut facts = detailed(&info);
    // A session whose holder is gone, or older than this, has none to show.
    if let Ok(journal) = session.journal().await {
        facts["last_inputs"] = last_inputs(&journal);
    }
    Ok((info, facts))
}

/// Who typed last and how much, the oldest first; never what.
fn last_inputs(journal: &[InputRecord]) -> Value {
    let shown = &journal[journal.len().saturating_sub(MAX_INPUTS)..];
    let record = |record: &InputRecord| {
        json!({
            "at": humantime::format_rfc3339_millis(record.at).to_string(),
            "actor": record.actor.name(),
            "is_person": record.actor.is_person(),
            "bytes": record.bytes,
        })
    };
    shown.iter().map(record).collect()
}

/// One line about a session.
fn summary(info: &Info) -> String {
    let identity = &info.identity;
    let mut line = format!("{}  {}", identity.name, info.status.state);
    if let State::Exited(status) = info.status.state {
        line.push_str(&format!(" exit={}", exit_text(status)));
    }
    if let Some(hint) = &info.status.hint {
        line.push_str(&format!(" hint={hint}"));
    }
    line.push_str(&format!(
        "  pid={} unread={} idle={:.0}s{}  {}",
        identity.pid,
        info.unread_bytes,
        info.idle_s,
        if info.human_in_control {
            "  a person is typing"
        } else {
            ""
        },
        identity.command
    ));
    for arg in &identity.args {
        line.push(' ');
        line.push_str(arg);
    }
    let line = rejoinder_ansi::escape_hidden(&line).replace('\n', "\\n");
    match line.char_indices().nth(MAX_SUMMARY) {
        Some((end, _)) => format!("{}…\n", &line[..end]),
        None => format!("{line}\n"),
    }
}

/// What a list tells of a session.
pub(crate) fn listed(info: &Info) -> Value {
    let identity = &info.identity;
    let time = |at| humantime::format_rfc3339_millis(at).to_string();
    let (exit_code, signal) = match info.status.state {
        State::Exited(status) => (status.code(), signal_name(status)),
        _ => (None, None),
    };
    json!({
        "session_id": identity.id.to_string(),
        "name": identity.name,
        "command": identity.command,
        "args": identity.args,
        "mode": identity.mode.name(),
        "state": info.status.state.name(),
        "hint": info.status.hint.as_ref().map(ToString::to_string),
        "exit_code": exit_code,
        "signal": signal,
        "pid": identity.pid,
        "created_at": time(identity.created_at),
        "last_activity": time(info.last_activity),
        "idle_s": (info.idle_s * 1000.0).round() / 1000.0,
        "unread_bytes": info.unread_bytes,
        "title": info.title,
        "human_in_control": info.human_in_control,
    })
}

/// What [`listed`] tells, as a schema.
fn session_facts() -> Vec<(&'static str, Value)> {
    vec![
        ("session_id", a("string")),
        ("name", a("string")),
        ("command", a("string")),
        ("args", strings("")),
        ("mode", a("string")),
        ("state", a("string")),
        ("hint", maybe(a("string"))),
        ("exit_code", maybe(a("integer"))),
        ("signal", maybe(a("string"))),
        ("pid", a("integer")),
        ("created_at", a("string")),
        ("last_activity", a("string")),
        ("idle_s", a("number")),
        ("unread_bytes", a("integer")),
        ("title", maybe(a("string"))),
        ("human_in_control", a("boolean")),
    ]
}

/// What [`detailed`] tells, as a schema.
fn all_session_facts() -> Vec<(&'static str, Value)> {
    let mut members = session_facts();
    let size = facts(&[("rows", a("integer")), ("cols", a("integer"))]);
    let process = facts(&[("pid", a("integer")), ("name", a("string"))]);
    let limits = facts(&[
        ("ring_bytes", a("integer")),
        ("idle_timeout_s", a("integer")),
        ("lifetime_s", a("integer")),
    ]);
    members.extend([
        ("cwd", maybe(a("string"))),
        ("size", maybe(size)),
        ("foreground", maybe(process)),
        ("env_names", strings("")),
        ("limits", limits),
        ("pos", a("integer")),
        ("oldest_pos", a("integer")),
        ("sandbox_level", a("string")),
        ("transcript_path", maybe(a("string"))),
        ("transcript_stopped", maybe(a("string"))),
        ("attach_command", maybe(a("string"))),
    ]);
    members
}

/// The same, but for who typed.
fn detailed(info: &Info) -> Value {
    let mut facts = listed(info);
    let seconds = |limit: Option<std::time::Duration>| limit.map_or(0, |limit| limit.as_secs());
    facts["cwd"] = json!(info.cwd);
    facts["size"] = info.size.map_or(
        Value::Null,
        |size| json!({"rows": size.rows(), "cols": size.cols()}),
    );
    facts["foreground"] = info.foreground.as_ref().map_or(
        Value::Null,
        |process| json!({"pid": process.pid, "name": process.name}),
    );
    facts["env_names"] = json!(info.identity.env_names);
    facts["limits"] = json!({
        "ring_bytes": info.limits.ring_bytes,
        "idle_timeout_s": seconds(info.limits.idle_timeout),
        "lifetime_s": seconds(info.limits.lifetime),
    });
    facts["pos"] = json!(info.status.end.get());
    facts["oldest_pos"] = json!(info.status.oldest.get());
    facts["sandbox_level"] = json!("none");
    let transcript = info.transcript.as_ref();
    facts["transcript_path"] = json!(transcript.map(|transcript| &transcript.path));
    facts["transcript_stopped"] = json!(transcript.and_then(|it| it.stopped.as_ref()));
    facts["attach_command"] = Value::Null;
    facts
}
