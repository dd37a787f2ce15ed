//! `send_input`, `read_output` and `send_and_read`: the conversation itself.

use std::time::Duration;

use mcp_proto::{ToolDefinition, ToolResult};
use rejoinder_policy::CallFacts;
use rejoinder_session::{
    Input, InputPart, Interact, Interacted, Key, Offset, Pause, Read, ScreenLook, SearchFrom,
    Session, Typed, Wait,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::args::{FormatArg, OneOrMany, Seconds, wait_for};
use super::get_screen::{as_text, see};
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
    secret: Option<String>,
    expect_state: Option<String>,
}

/// What to type, its key names understood.
#[derive(Debug, Clone)]
pub(super) struct Typing {
    parts: Vec<InputPart>,
    /// The secret that is typed before the rest.
    secret: Option<String>,
    expect_state: Option<String>,
}

impl InputArgs {
    fn check(self, server: &Server) -> Result<Typing, Failure> {
        if let Some(secret) = &self.secret {
            server.secrets().check("/secret", secret)?;
            if !self.text.is_empty() {
                return Err(Failure::new(
                    ErrorType::ValidationError,
                    "/secret: it is typed instead of text, and there is text as well",
                    "type one of them first, and the other in another call",
                ));
            }
        }
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
            secret: self.secret,
            expect_state: self.expect_state,
        })
    }
}

impl Typing {
    fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.secret.is_none()
    }

    /// The input, the secret's value read.
    async fn input(self, call: &Call, timeout: Duration) -> Result<Option<Input>, Failure> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut parts = self.parts;
        if let Some(secret) = &self.secret {
            parts.insert(0, call.server.secrets().to_type(secret).await?);
        }
        Ok(Some(Input {
            parts,
            timeout,
            expect_state: self.expect_state,
            actor: None,
        }))
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

/// The properties that describe input, for schemas; `send_input` refers to those of
/// `send_and_read` for what they mean.
fn input_properties(explained: bool) -> Vec<(&'static str, Value)> {
    let text = |description| if explained { description } else { "" };
    vec![
        ("session_id!", string("")),
        ("text", string(text("arrives as it is; C-c is a key"))),
        ("press_enter", boolean(false, text("after all else"))),
        ("keys", strings(text("after text: Enter, C-c, M-x, Up, F5"))),
        ("paste", boolean(false, text("type text as a paste"))),
        (
            "secret",
            string(text("name of a secret to type, where echo is off")),
        ),
        ("expect_state", string(text("refuse in any other state"))),
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
    fn describe() -> ToolDefinition {
        let mut properties = input_properties(false);
        properties.push(("timeout", seconds(0, None, 5, "where the terminal is full")));
        ToolDefinition::new(
            "send_input",
            "Type without waiting for the answer; arguments as in send_and_read.",
        )
        .with_title("Type")
        .with_input_schema(object(&properties))
    }

    fn parse(arguments: Map<String, Value>, server: &Server) -> Result<Self, Failure> {
        let mut this: Self = super::args::read(arguments)?;
        let typing = std::mem::take(&mut this.input).check(server)?;
        if typing.is_empty() {
            return Err(nothing_to_type());
        }
        this.typing = Some(typing);
        Ok(this)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        let secret = self
            .typing
            .as_ref()
            .and_then(|typing| typing.secret.as_deref());
        facts.session(&self.session_id).secret_names(secret)
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        let timeout = call.wait(self.timeout);
        let input = match self.typing {
            Some(typing) => typing.input(&call, timeout).await?,
            None => None,
        };
        let interacted = session
            .interact(Interact {
                input,
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
        "give `text`, `keys`, `secret` or `press_enter: true`",
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
    fn describe() -> ToolDefinition {
        ToolDefinition::new(
            "read_output",
            "Read what was printed since this reader's last read, waiting for it if there is nothing \
             yet. `since` reads again from any offset (`pos` in status lines).",
        )
        .with_title("Read output")
        .with_input_schema(object(&[
            ("session_id!", string("")),
            ("format", one_of(&["text", "raw", "screen"], "text", "")),
            ("strip_ansi", boolean(true, "")),
            ("timeout", seconds(0, None, 5, "0 = what is there now")),
            ("max_lines", integer(0, None, 0, "")),
            ("max_bytes", integer(256, Some(1 << 20), 20_000, "")),
            ("since", offset("")),
            ("reader", string("name of a read position of one's own")),
            ("wait_for", one_or_many("regex(es)")),
            ("until", one_of(&["output", "idle", "match", "exit"], "output", "")),
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
        let shown = (self.format, self.strip_ansi);
        answer(&call, &session, &interacted, shown, self.max_bytes).await
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
    fn describe() -> ToolDefinition {
        let mut properties = input_properties(true);
        properties.extend([
            ("wait_for", one_or_many("regex(es) to wait for as well")),
            ("timeout", seconds(0, None, 10, "")),
            ("format", one_of(&["text", "raw", "screen"], "text", "")),
            ("strip_ansi", boolean(true, "")),
            ("max_lines", integer(0, None, 0, "0 = all")),
            ("max_bytes", integer(256, Some(1 << 20), 20_000, "")),
            ("reader", string("")),
        ]);
        ToolDefinition::new(
            "send_and_read",
            "Type, and return what the program answers, as soon as it waits for input again \
             (state=waiting:…), wait_for matches (the echo does not count), it ends, or timeout \
             passes. `by` in the status line says which; after timed_out it is still working: call \
             read_output.",
        )
        .with_title("Type and read")
        .with_input_schema(object(&properties))
    }

    fn parse(arguments: Map<String, Value>, server: &Server) -> Result<Self, Failure> {
        let mut this: Self = super::args::read(arguments)?;
        this.typing = Some(std::mem::take(&mut this.input).check(server)?);
        Ok(this)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        let secret = self
            .typing
            .as_ref()
            .and_then(|typing| typing.secret.as_deref());
        facts.session(&self.session_id).secret_names(secret)
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let session = call.session(&self.session_id).await?;
        let reader = call.reader(self.reader.as_deref());
        let patterns = wait_for(self.wait_for.as_ref());
        let input = match self.typing {
            Some(typing) => typing.input(&call, TYPING_PATIENCE).await?,
            None => None,
        };
        let interacted = session
            .interact(Interact {
                input,
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
        let shown = (self.format, self.strip_ansi);
        answer(&call, &session, &interacted, shown, self.max_bytes).await
    }
}

async fn answer(
    call: &Call,
    session: &Session,
    interacted: &Interacted,
    (format, strip_ansi): (FormatArg, Option<bool>),
    max_bytes: Option<usize>,
) -> Result<ToolResult, Failure> {
    let max_bytes = call.max_bytes(max_bytes);
    let shown = format.format(strip_ansi);
    let mut reply = Reply::interacted(session.identity(), interacted, shown, max_bytes);
    if format == FormatArg::Screen {
        let look = ScreenLook::default();
        reply.screen(&as_text(&see(session, look).await?, look));
    }
    if let Some(typed) = interacted.typed {
        note_typed(&mut reply, typed, false);
    }
    reply.took(call.elapsed());
    Ok(reply.into_result())
}
