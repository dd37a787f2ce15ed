//! `expect_and_respond`: wait for a prompt, answer it.

use std::time::Duration;

use mcp_proto::{Tool, ToolResult};
use rejoinder_policy::CallFacts;
use rejoinder_session::{
    Format, Input, InputPart, Interact, Interacted, Matched, PatternSpec, Read, ReturnedBy,
    SearchFrom, Session, Wait,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::args::{FormatArg, OneOrMany, Seconds, yes};
use super::schema::{boolean, object, one_of, one_or_many, seconds, string};
use super::{Act, Call, failure};
use crate::failure::{ErrorType, Failure};
use crate::reply::{Reply, exit_text};
use crate::server::Server;

/// How long an answer may wait for a full terminal queue.
pub(super) const TYPING_PATIENCE: Duration = Duration::from_secs(5);

/// Waits for a pattern and answers it.
#[derive(Debug, Deserialize)]
pub(crate) struct ExpectAndRespond {
    session_id: String,
    expect_pattern: OneOrMany,
    #[serde(default)]
    response: String,
    #[serde(default = "yes")]
    press_enter: bool,
    #[serde(default = "thirty_seconds")]
    timeout: Seconds,
    #[serde(default)]
    case_sensitive: bool,
    #[serde(default)]
    literal: bool,
    #[serde(default)]
    format: FormatArg,
}

pub(super) fn thirty_seconds() -> Seconds {
    Seconds::new(30.0)
}

impl Act for ExpectAndRespond {
    fn describe() -> Tool {
        Tool::new(
            "expect_and_respond",
            "Wait until the output matches a pattern, then type a response. Output that came \
             before the call counts: the search starts after the last match. Returns the text up \
             to the match, the match with its groups, and which pattern it was (`matched`). An \
             empty response types nothing. Does not wait for what the response causes.",
        )
        .with_input_schema(object(&[
            ("session_id!", string("")),
            ("expect_pattern!", one_or_many("regex(es)")),
            ("response", string("")),
            ("press_enter", boolean(true, "")),
            ("timeout", seconds(1, Some(300), 30, "")),
            ("case_sensitive", boolean(false, "")),
            ("literal", boolean(false, "patterns are plain text")),
            ("format", one_of(&["text", "raw"], "text", "")),
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
        let reader = call.reader(None);
        let patterns = self
            .expect_pattern
            .patterns(self.literal, self.case_sensitive);
        let mut interacted = expect(&session, &reader, patterns, call.wait(self.timeout)).await?;
        let format = self.format.format(None);
        let Some(matched) = interacted.matched.clone() else {
            return unmatched(&call, &session, &interacted, format);
        };
        let typed = respond(&session, &self.response, self.press_enter).await?;
        if let Some(after) = &typed {
            interacted.status = after.status.clone();
        }
        let mut reply = Reply::interacted(
            session.identity(),
            &interacted,
            format,
            call.max_bytes(None),
        );
        describe_match(&mut reply, &matched);
        if let Some(Interacted {
            typed: Some(typed), ..
        }) = typed
        {
            reply.note(&format!("Typed {} of {} bytes.", typed.accepted, typed.of));
        }
        reply.took(call.elapsed());
        Ok(reply.into_result())
    }
}

/// Waits for one of these patterns after the last match, and reads up to it.
pub(super) async fn expect(
    session: &Session,
    reader: &str,
    patterns: Vec<PatternSpec>,
    timeout: Duration,
) -> Result<Interacted, Failure> {
    session
        .interact(Interact {
            input: None,
            wait: Some(Wait {
                patterns,
                take_match: true,
                from: SearchFrom::LastMatch,
                reader: reader.to_owned(),
                output: false,
                idle: None,
                waiting: false,
                timeout,
            }),
            read: Some(Read {
                reader: reader.to_owned(),
                since: None,
                max_lines: 0,
                searched: true,
                noted: None,
            }),
        })
        .await
        .map_err(|error| failure(&error))
}

/// Types a response, unless it is empty.
pub(super) async fn respond(
    session: &Session,
    response: &str,
    press_enter: bool,
) -> Result<Option<Interacted>, Failure> {
    if response.is_empty() {
        return Ok(None);
    }
    let mut parts = vec![InputPart::Text(response.as_bytes().to_vec())];
    if press_enter {
        parts.push(InputPart::Enter);
    }
    session
        .interact(Interact {
            input: Some(Input {
                parts,
                timeout: TYPING_PATIENCE,
                expect_state: None,
                actor: None,
            }),
            wait: None,
            read: None,
        })
        .await
        .map(Some)
        .map_err(|error| failure(&error))
}

/// The end of the program is a failure; a timeout is an answer without a match.
fn unmatched(
    call: &Call,
    session: &Session,
    interacted: &Interacted,
    format: Format,
) -> Result<ToolResult, Failure> {
    let identity = session.identity();
    let mut reply = Reply::interacted(identity, interacted, format, call.max_bytes(None));
    reply.took(call.elapsed());
    if interacted.returned_by != Some(ReturnedBy::Exit) {
        return Ok(reply.into_result());
    }
    let rejoinder_session::State::Exited(status) = interacted.status.state else {
        return Ok(reply.into_result());
    };
    let ended = Failure::new(
        ErrorType::SessionExited,
        format!(
            "the program of session {} ended (exit {}) before the pattern was found",
            identity.name,
            exit_text(status)
        ),
        "its last output stands above; read_output with since=0 shows all that is kept",
    );
    Err(ended.after(reply))
}

/// Adds the match and its groups to an answer.
pub(super) fn describe_match(reply: &mut Reply, matched: &Matched) {
    let groups: Vec<Value> = matched
        .groups
        .iter()
        .map(|group| json!(group.text))
        .collect();
    reply.fact(
        "match",
        json!({
            "text": matched.text,
            "start": matched.start.get(),
            "end": matched.end.get(),
            "groups": groups,
        }),
    );
    reply.note(&format!(
        "Matched pattern {}: {:?}",
        matched.index, matched.text
    ));
    for (index, group) in matched.groups.iter().enumerate().skip(1) {
        let Some(text) = &group.text else { continue };
        match &group.name {
            Some(name) => reply.note(&format!("  group {index} ({name}): {text:?}")),
            None => reply.note(&format!("  group {index}: {text:?}")),
        }
    }
}
