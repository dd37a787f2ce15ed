//! `send_input`, `read_output` and `send_and_read`: the conversation itself.

use std::time::Duration;

use mcp_proto::{Tool, ToolResult};
use rejoinder_policy::CallFacts;
use rejoinder_session::{
    Input, InputPart, Interact, Interacted, Key, Offset, Pause, Read, SearchFrom, Session, Typed,
    Wait,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::args::{FormatArg, OneOrMany, Seconds, wait_for};
use super::schema::{
    boolean, integer, object, offset, one_of, one_or_many, seconds, string, strings,
};
use super::{Act, Call, failure};
use crate::failure::{ErrorType, Failure};
use crate::reply::Reply;
use crate::server::Server;

/// A pause in output that ends a reply to input, when no pattern is waited for.
const REPLY_PAUSE: Duration = Duration::from_millis(150);

/// How long input may wait for a full terminal queue inside `send_and_read`.
const TYPING_PATIENCE: Duration = Duration::from_secs(5);

/// What to type, as several tools take it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct InputArgs {
    #[serde(default)]
    text: String,
    #[serde(default)]
    press_enter: bool,
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    paste: bool,
    expect_state: Option<String>,
}

/// What to type, its key names understood.
#[derive(Debug, Clone)]
pub(super) struct Typing {
    parts: Vec<InputPart>,
    expect_state: Option<String>,
}

impl InputArgs {
    fn check(self) -> Result<Typing, Failure> {
        let mut parts = Vec::new();
        if !self.text.is_empty() {
            parts.push(if self.paste {
                InputPart::Paste(self.text)
            } else {
                InputPart::Text(self.text.into_bytes())
            });
        }
        for (index, name) in self.keys.iter().enumerate() {
            parts.push(InputPart::Key(parse_key(index, name)?));
        }
        if self.press_enter {
            parts.push(InputPart::Enter);
        }
        Ok(Typing {
            parts,
            expect_state: self.expect_state,
        })
    }
}

impl Typing {
    fn input(self, timeout: Duration) -> Option<Input> {
        (!self.parts.is_empty()).then_some(Input {
            parts: self.parts,
            timeout,
            expect_state: self.expect_state,
            actor: None,
        })
    }
}

fn parse_key(index: usize, name: &str) -> Result<Key, Failure> {
    name.parse().map_err(|error: rejoinder_session::KeyError| {
        Failure::new(
            ErrorType::ValidationError,
            format!("/keys/{index}: {error}"),
            "use tmux's names: Enter, Tab, Escape, Up, PageDown, F5, C-c, M-x; text goes into `text`",
        )
    })
}

/// The properties that describe input, for schemas; they are explained once in
/// the list of tools.
fn input_properties(explained: bool) -> Vec<(&'static str, Value)> {
    let why = |text: &'static str| if explained { text } else { "" };
    vec![
        ("session_id!", string("")),
        ("text", string(why("arrives as it is; C-c is a key"))),
        ("press_enter", boolean(false, "")),
        ("keys", strings(why("after text: Enter, C-c, M-x, Up, F5"))),
        ("paste", boolean(false, why("type text as a paste"))),
        ("expect_state", string(why("refuse in any other state"))),
    ]
}

/// Types into a session.
#[derive(Debug, Deserialize)]
pub(crate) struct SendInput {
    session_id: String,
    #[serde(flatten)]
    input: InputArgs,
    #[serde(default = "five_seconds")]
    timeout: Seconds,
    #[serde(skip)]
    typing: Option<Typing>,
}

fn five_seconds() -> Seconds {
    Seconds::new(5.0)
}

fn ten_seconds() -> Seconds {
    Seconds::new(10.0)
}

impl Act for SendInput {
    fn describe() -> Tool {
        let mut properties = input_properties(true);
        properties.push((
            "timeout",
            seconds(0, None, 5, "seconds, where the terminal is full"),
        ));
        Tool::new(
            "send_input",
            "Type text and keys into a session without waiting for the answer (send_and_read \
             waits). Says how many bytes the terminal took.",
        )
        .with_input_schema(object(&properties))
    }

    fn parse(arguments: Map<String, Value>, _: &Server) -> Result<Self, Failure> {
        let mut this: Self = super::args::read(arguments)?;
        let typing = std::mem::take(&mut this.input).check()?;
        if typing.parts.is_empty() {
            return Err(nothing_to_type());
        }
        this.typing = Some(typing);
        Ok(this)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        facts.session(&self.session_id)
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        let timeout = call.wait(self.timeout);
        let interacted = session
            .interact(Interact {
                input: self.typing.and_then(|typing| typing.input(timeout)),
                wait: None,
                read: None,
            })
            .await
            .map_err(|error| failure(&error))?;
        let mut reply = Reply::new(session.identity(), interacted.status.clone());
        if let Some(typed) = interacted.typed {
            note_typed(&mut reply, typed, true);
        }
        reply.took(call.elapsed());
        Ok(reply.into_result())
    }
}

fn nothing_to_type() -> Failure {
    Failure::new(
        ErrorType::ValidationError,
        "there is nothing to type",
        "give `text`, `keys` or `press_enter: true`",
    )
}

/// Says how much was typed: always, or only when it was not all of it as given.
fn note_typed(reply: &mut Reply, typed: Typed, always: bool) {
    let Typed {
        accepted,
        of,
        quoted,
        left_out,
    } = typed;
    reply.fact("accepted_bytes", json!(accepted));
    if accepted < of {
        reply.note(&format!(
            "The terminal took {accepted} of {of} bytes, the program is not reading: send the last \
             {} when it does. send_signal interrupts it.",
            of - accepted
        ));
    } else if always {
        reply.note(&format!("Typed {of} {}.", plural(of, "byte")));
    }
    if quoted > 0 {
        reply.note(&format!(
            "{quoted} control {} went to the program as data; to press a key, use `keys`.",
            plural(quoted, "byte")
        ));
    }
    if left_out > 0 {
        reply.note(&format!(
            "{left_out} {} left out of the paste: only text, tabs and line ends are pasted.",
            plural(left_out, "control character")
        ));
    }
}

fn plural(count: u64, noun: &str) -> String {
    if count == 1 {
        noun.to_owned()
    } else {
        format!("{noun}s")
    }
}

/// Reads what a program printed.
#[derive(Debug, Deserialize)]
pub(crate) struct ReadOutput {
    session_id: String,
    #[serde(default)]
    format: FormatArg,
    strip_ansi: Option<bool>,
    #[serde(default = "five_seconds")]
    timeout: Seconds,
    #[serde(default)]
    max_lines: usize,
    max_bytes: Option<usize>,
    since: Option<u64>,
    reader: Option<String>,
    wait_for: Option<OneOrMany>,
    #[serde(default)]
    until: Until,
}

/// What ends a read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Until {
    #[default]
    Output,
    Idle,
    Match,
    Exit,
}

impl Act for ReadOutput {
    fn describe() -> Tool {
        Tool::new(
            "read_output",
            "Read what a session printed since this reader's last read, waiting for it if there is \
             nothing yet. `since` reads again from any offset (`pos` in status lines). A timeout \
             returns what there is.",
        )
        .with_input_schema(object(&[
            ("session_id!", string("")),
            ("format", one_of(&["text", "raw"], "text", "")),
            ("strip_ansi", boolean(true, "false: as format raw")),
            (
                "timeout",
                seconds(0, None, 5, "seconds; 0 = what is there now"),
            ),
            (
                "max_lines",
                integer(0, None, 0, "the rest stays unread; 0 = all"),
            ),
            (
                "max_bytes",
                integer(256, Some(1 << 20), 20_000, "cut in the middle beyond this"),
            ),
            ("since", offset("offset to read from")),
            ("reader", string("a read position of its own")),
            ("wait_for", one_or_many("regex(es)")),
            (
                "until",
                one_of(
                    &["output", "idle", "match", "exit"],
                    "output",
                    "what ends the wait",
                ),
            ),
        ]))
        .with_annotations(|hints| hints.read_only(true).open_world(false))
    }

    fn parse(arguments: Map<String, Value>, _: &Server) -> Result<Self, Failure> {
        let this: Self = super::args::read(arguments)?;
        if this.until == Until::Match && this.wait_for.is_none() {
            return Err(Failure::new(
                ErrorType::ValidationError,
                "/until: `match` needs a pattern",
                "give `wait_for`, or another `until`",
            ));
        }
        Ok(this)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        facts.session(&self.session_id)
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        let reader = call.reader(self.reader.as_deref());
        let patterns = wait_for(self.wait_for.as_ref());
        let since = self.since.map(Offset::new);
        let until = if patterns.is_empty() {
            self.until
        } else {
            Until::Match
        };
        let interacted = session
            .interact(Interact {
                input: None,
                wait: Some(Wait {
                    patterns,
                    take_match: false,
                    from: since.map_or(SearchFrom::Unread, SearchFrom::Offset),
                    reader: reader.clone(),
                    output: until == Until::Output,
                    idle: (until == Until::Idle).then_some(Pause::Quiet(REPLY_PAUSE)),
                    waiting: until == Until::Idle,
                    timeout: call.wait(self.timeout),
                }),
                read: Some(Read {
                    reader,
                    since,
                    max_lines: self.max_lines,
                    searched: false,
                    noted: None,
                }),
            })
            .await
            .map_err(|error| failure(&error))?;
        let format = self.format.format(self.strip_ansi);
        Ok(answer(&call, &session, &interacted, format, self.max_bytes))
    }
}

/// Types, waits for the answer to be complete, and returns it.
#[derive(Debug, Deserialize)]
pub(crate) struct SendAndRead {
    session_id: String,
    #[serde(flatten)]
    input: InputArgs,
    #[serde(default)]
    format: FormatArg,
    strip_ansi: Option<bool>,
    #[serde(default = "ten_seconds")]
    timeout: Seconds,
    #[serde(default)]
    max_lines: usize,
    max_bytes: Option<usize>,
    reader: Option<String>,
    wait_for: Option<OneOrMany>,
    #[serde(skip)]
    typing: Option<Typing>,
}

impl Act for SendAndRead {
    fn describe() -> Tool {
        let mut properties = input_properties(false);
        properties.extend([
            ("wait_for", one_or_many("regex(es) to wait for as well")),
            ("timeout", seconds(0, None, 10, "seconds")),
            ("format", one_of(&["text", "raw"], "text", "")),
            ("strip_ansi", boolean(true, "")),
            ("max_lines", integer(0, None, 0, "0 = all")),
            ("max_bytes", integer(256, Some(1 << 20), 20_000, "")),
            ("reader", string("")),
        ]);
        Tool::new(
            "send_and_read",
            "Type text (press_enter: true finishes the line) and return what the program answers. \
             Returns as soon as the program waits for input again (state=waiting:…), wait_for \
             matches (its own echo does not count), the program ends, or timeout \
             passes. `by` in the status line says which; \
             after timed_out the program is still working: call read_output.",
        )
        .with_input_schema(object(&properties))
    }

    fn parse(arguments: Map<String, Value>, _: &Server) -> Result<Self, Failure> {
        let mut this: Self = super::args::read(arguments)?;
        this.typing = Some(std::mem::take(&mut this.input).check()?);
        Ok(this)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        facts.session(&self.session_id)
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        let reader = call.reader(self.reader.as_deref());
        let patterns = wait_for(self.wait_for.as_ref());
        let interacted = session
            .interact(Interact {
                input: self.typing.and_then(|typing| typing.input(TYPING_PATIENCE)),
                wait: Some(Wait {
                    idle: None,
                    patterns,
                    take_match: false,
                    from: SearchFrom::Input,
                    reader: reader.clone(),
                    output: false,
                    waiting: true,
                    timeout: call.wait(self.timeout),
                }),
                read: Some(Read {
                    reader,
                    since: None,
                    max_lines: self.max_lines,
                    searched: false,
                    noted: None,
                }),
            })
            .await
            .map_err(|error| failure(&error))?;
        let format = self.format.format(self.strip_ansi);
        Ok(answer(&call, &session, &interacted, format, self.max_bytes))
    }
}

fn answer(
    call: &Call,
    session: &Session,
    interacted: &Interacted,
    format: rejoinder_session::Format,
    max_bytes: Option<usize>,
) -> ToolResult {
    let max_bytes = call.max_bytes(max_bytes);
    let mut reply = Reply::interacted(session.identity(), interacted, format, max_bytes);
    if let Some(typed) = interacted.typed {
        note_typed(&mut reply, typed, false);
    }
    reply.took(call.elapsed());
    reply.into_result()
}
