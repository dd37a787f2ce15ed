//! `wait_for_sessions`: one wait for several sessions.

use std::time::Duration;

use mcp_proto::{ToolDefinition, ToolResult};
use rejoinder_policy::CallFacts;
use rejoinder_session::{
    Interact, Interacted, PatternSpec, Pause, ReturnedBy, SearchFrom, Session, State, Wait,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use super::args::Seconds;
use super::schema::{a, facts, list_of, maybe, object, one_of, seconds, string, strings};
use super::{Act, Call, failure};
use crate::failure::{ErrorType, Failure};
use crate::reply::exit_text;
use crate::server::Server;

/// Sessions that one call waits for at most.
const MAX_SESSIONS: usize = 100;

/// How long a session's output pauses before it is idle.
const IDLE: Duration = Duration::from_secs(1);

/// Waits for several sessions.
#[derive(Debug, Deserialize)]
pub(crate) struct WaitForSessions {
    session_ids: Vec<String>,
    #[serde(default)]
    until: Until,
    #[serde(rename = "for", default)]
    condition: Condition,
    pattern: Option<String>,
    #[serde(default = "thirty_seconds")]
    timeout: Seconds,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Until {
    #[default]
    Any,
    All,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Condition {
    #[default]
    Exit,
    Idle,
    Match,
    Waiting,
}

fn thirty_seconds() -> Seconds {
    Seconds::new(30.0)
}

impl Act for WaitForSessions {
    fn describe() -> ToolDefinition {
        ToolDefinition::new(
            "wait_for_sessions",
            "Wait until any or all sessions exit, pause, print a match of pattern, or wait for input. \
             Nothing is read.",
        )
        .with_title("Wait")
        .with_input_schema(object(&[
            ("session_ids!", strings("")),
            ("until", one_of(&["any", "all"], "any", "")),
            (
                "for",
                one_of(&["exit", "idle", "match", "waiting"], "exit", ""),
            ),
            ("pattern", string("for: match")),
            ("timeout", seconds(0, None, 30, "")),
        ]))
        .with_output_schema(facts(&[
            (
                "sessions",
                list_of(&facts(&[
                    ("session_id", a("string")),
                    ("name", a("string")),
                    ("state", a("string")),
                    ("hint", maybe(a("string"))),
                    ("exit", maybe(a("string"))),
                    ("returned_by", maybe(a("string"))),
                    ("matched", maybe(a("string"))),
                    ("pos", a("integer")),
                ])),
            ),
            ("timed_out", a("boolean")),
        ]))
        .with_annotations(|hints| hints.read_only(true).open_world(false))
    }

    fn parse(arguments: Map<String, Value>, _: &Server) -> Result<Self, Failure> {
        let this: Self = super::args::read(arguments)?;
        if !(1..=MAX_SESSIONS).contains(&this.session_ids.len()) {
            return Err(bad(
                "/session_ids",
                &format!("takes 1 to {MAX_SESSIONS} sessions"),
            ));
        }
        match (this.condition, &this.pattern) {
            (Condition::Match, None) => Err(bad("/pattern", "is required with for: match")),
            (Condition::Match, Some(_)) | (_, None) => Ok(this),
            (_, Some(_)) => Err(bad("/pattern", "is only looked for with for: match")),
        }
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        match &self.session_ids[..] {
            [one] => facts.session(one),
            _ => facts,
        }
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let mut sessions = Vec::with_capacity(self.session_ids.len());
        for id in &self.session_ids {
            sessions.push(call.session(id).await?);
        }
        let wait = self.wait(&call);
        let mut waits = JoinSet::new();
        for (index, session) in sessions.iter().cloned().enumerate() {
            let wait = wait.clone();
            waits.spawn(async move { (index, wait_for(&session, wait).await) });
        }
        let mut seen: Vec<Option<Interacted>> = vec![None; sessions.len()];
        while let Some(done) = waits.join_next().await {
            let Ok((index, answer)) = done else {
                continue;
            };
            let answer = answer.map_err(|error| failure(&error))?;
            let fulfilled = self.is_fulfilled(&answer);
            seen[index] = Some(answer);
            if fulfilled && self.until == Until::Any {
                break;
            }
        }
        // Whoever is not waited for any longer tells how it stands.
        drop(waits);
        for (session, slot) in sessions.iter().zip(&mut seen) {
            if slot.is_none() {
                let now = session.interact(Interact::default()).await;
                *slot = Some(now.map_err(|error| failure(&error))?);
            }
        }
        Ok(self.report(&sessions, &seen))
    }
}

async fn wait_for(session: &Session, wait: Wait) -> Result<Interacted, rejoinder_session::Error> {
    session
        .interact(Interact {
            input: None,
            wait: Some(wait),
            read: None,
        })
        .await
}

impl WaitForSessions {
    fn wait(&self, call: &Call) -> Wait {
        let pattern = self.pattern.as_ref().map(|text| PatternSpec {
            text: text.clone(),
            literal: false,
            case_sensitive: true,
        });
        Wait {
            patterns: pattern.into_iter().collect(),
            take_match: false,
            from: SearchFrom::Unread,
            reader: call.reader(None),
            output: false,
            idle: (self.condition == Condition::Idle).then_some(Pause::Quiet(IDLE)),
            waiting: self.condition == Condition::Waiting,
            timeout: call.wait(self.timeout),
        }
    }

    /// Whether a session is where the caller wants it; one that has ended will
    /// not come any nearer.
    fn is_fulfilled(&self, answer: &Interacted) -> bool {
        !matches!(answer.returned_by, None | Some(ReturnedBy::Timeout))
    }

    fn report(&self, sessions: &[Session], seen: &[Option<Interacted>]) -> ToolResult {
        let mut text = String::new();
        let mut list = Vec::new();
        let mut fulfilled = 0;
        for (session, answer) in sessions.iter().zip(seen) {
            let Some(answer) = answer else { continue };
            let identity = session.identity();
            let by = answer.returned_by.filter(|_| self.is_fulfilled(answer));
            fulfilled += usize::from(by.is_some());
            let state = answer.status.state;
            let exit = match state {
                State::Exited(status) => Some(exit_text(status)),
                _ => None,
            };
            let hint = answer.status.hint.as_ref().map(ToString::to_string);
            let mut line = format!("{}  {state}", identity.name);
            if let Some(hint) = &hint {
                line.push_str(&format!(" hint={hint}"));
            }
            if let Some(exit) = &exit {
                line.push_str(&format!(" exit={exit}"));
            }
            line.push_str(&by.map_or(String::new(), |by| format!("  by={}", by.name())));
            if let Some(matched) = &answer.matched {
                let matched = rejoinder_ansi::escape_hidden(&matched.text);
                line.push_str(&format!("  matched {matched:?}"));
            }
            text.push_str(&line);
            text.push('\n');
            list.push(json!({
                "session_id": identity.id.to_string(),
                "name": identity.name,
                "state": state.name(),
                "hint": hint,
                "exit": exit,
                "returned_by": by.map(ReturnedBy::name),
                "matched": answer.matched.as_ref().map(|matched| &matched.text),
                "pos": answer.status.end.get(),
            }));
        }
        let wanted = match self.until {
            Until::Any => 1,
            Until::All => sessions.len(),
        };
        let timed_out = fulfilled < wanted;
        if timed_out {
            text.push_str("timed_out: the wait can be continued by calling again\n");
        }
        ToolResult::text(text.trim_end())
            .with_structured(json!({"sessions": list, "timed_out": timed_out}))
    }
}

fn bad(path: &str, rule: &str) -> Failure {
    Failure::new(
        ErrorType::ValidationError,
        format!("{path}: {rule}"),
        "correct the arguments and call again; nothing was done",
    )
}
