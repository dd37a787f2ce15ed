//! `expect_and_respond`: wait for a prompt, answer it.

use mcp_proto::{ToolDefinition, ToolResult};
use rejoinder_policy::CallFacts;
use rejoinder_session::{Format, Interacted, Matched, ReturnedBy, Session};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::args::{FormatArg, OneOrMany, Seconds, yes};
use super::dialogue::{answer, expect, respond};
use super::schema::{boolean, object, one_of, one_or_many, seconds, string};
use super::{Act, Call};
use crate::failure::{ErrorType, Failure};
use crate::reply::{Reply, exit_text};
use crate::server::Server;

/// Waits for a pattern and answers it.
#[derive(Debug, Deserialize)]
pub(crate) struct ExpectAndRespond {
    session_id: String,
    expect_pattern: OneOrMany,
    #[serde(default)]
    response: String,
    secret: Option<String>,
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
    fn describe() -> ToolDefinition {
        ToolDefinition::new(
            "expect_and_respond",
            "Wait until output matches, then type a response or a secret (nothing if empty). The \
             search starts after the last match, so output from before the call counts. Returns \
             the text up to the match, its groups and `matched`; not what the response causes.",
        )
        .with_title("Answer a prompt")
        .with_input_schema(object(&[
            ("session_id!", string("")),
            ("expect_pattern!", one_or_many("regex(es)")),
            ("response", string("")),
            ("secret", string("")),
            ("press_enter", boolean(true, "")),
            ("timeout", seconds(1, Some(300), 30, "")),
            ("case_sensitive", boolean(false, "")),
            ("literal", boolean(false, "no regex")),
            ("format", one_of(&["text", "raw"], "text", "")),
        ]))
    }

    fn parse(arguments: Map<String, Value>, server: &Server) -> Result<Self, Failure> {
        let this: Self = super::args::read(arguments)?;
        answer("", &this.response, this.secret.as_deref(), server)?;
        Ok(this)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        facts
            .session(&self.session_id)
            .secret_names(self.secret.as_deref())
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        let reader = call.reader(None);
        let patterns = self
            .expect_pattern
            .patterns(self.literal, self.case_sensitive);
        let mut interacted =
            expect(&session, &reader, patterns, false, call.wait(self.timeout)).await?;
        let format = self.format.format(None);
        let Some(matched) = interacted.matched.clone() else {
            return unmatched(&call, &session, &interacted, format);
        };
        let answer = answer("", &self.response, self.secret.as_deref(), &call.server)?;
        let typed = match respond(&call, &session, answer, self.press_enter).await {
            Ok(typed) => typed,
            Err(failure) => {
                let mut reply = Reply::interacted(
                    session.identity(),
                    &interacted,
                    format,
                    call.max_bytes(None),
                );
                describe_match(&mut reply, &matched);
                reply.took(call.elapsed());
                return Err(failure.after(reply));
            }
        };
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
