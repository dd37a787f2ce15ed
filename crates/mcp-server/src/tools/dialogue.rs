//! What the tools that wait for prompts and answer them have in common.

use std::time::Duration;

use rejoinder_session::{
    Format, Input, InputPart, Interact, Interacted, PatternSpec, Read, SearchFrom, Session, Wait,
    render_within,
};

use super::{Call, failure};
use crate::failure::{ErrorType, Failure};
use crate::server::Server;

/// How long an answer may wait for a full terminal queue.
pub(super) const TYPING_PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of output shown of one step.
const MAX_SEEN: usize = 2000;

/// What is typed at a prompt.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer<'a> {
    /// This text; nothing at all where it is empty.
    Text(&'a str),
    /// This text and Enter, also where it is empty.
    Line(&'a str),
    /// The secret of this name.
    Secret(&'a str),
}

/// The arguments `response` and `secret`, of which there may be one.
pub(super) fn answer<'a>(
    path: &str,
    response: &'a str,
    secret: Option<&'a str>,
    server: &Server,
) -> Result<Answer<'a>, Failure> {
    match secret {
        None => Ok(Answer::Text(response)),
        Some(secret) if response.is_empty() => {
            server.secrets().check(&format!("{path}/secret"), secret)?;
            Ok(Answer::Secret(secret))
        }
        Some(_) => Err(Failure::new(
            ErrorType::ValidationError,
            format!("{path}/secret: it is typed instead of text, and there is text as well"),
            "give one of them",
        )),
    }
}

/// Waits for one of these patterns after the last match, or, with `waiting`, for
/// the program to wait for input; reads up to it.
pub(super) async fn expect(
    session: &Session,
    reader: &str,
    patterns: Vec<PatternSpec>,
    waiting: bool,
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
                waiting,
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

/// Types an answer; `None` where there is nothing to type.
pub(super) async fn respond(
    call: &Call,
    session: &Session,
    answer: Answer<'_>,
    press_enter: bool,
) -> Result<Option<Interacted>, Failure> {
    let (first, enter) = match answer {
        Answer::Text("") => return Ok(None),
        Answer::Text(text) => (InputPart::Text(text.as_bytes().to_vec()), press_enter),
        Answer::Line(text) => (InputPart::Text(text.as_bytes().to_vec()), true),
        Answer::Secret(name) => (call.server.secrets().to_type(name).await?, press_enter),
    };
    let mut parts = vec![first];
    if enter {
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

/// What the program printed up to the match.
pub(super) fn seen(interacted: &Interacted) -> String {
    let Some(chunk) = &interacted.output else {
        return String::new();
    };
    let shown = render_within(&chunk.bytes, chunk.start, Format::Text, MAX_SEEN);
    match shown.gap {
        None => shown.head,
        Some(gap) => format!(
            "{}\n[… {} bytes left out …]\n{}",
            shown.head,
            gap.bytes(),
            shown.tail
        ),
    }
}

/// Output, as it stands below the line that tells what became of it.
pub(super) fn quoted(seen: &str) -> String {
    seen.lines().map(|line| format!("\n   | {line}")).collect()
}
