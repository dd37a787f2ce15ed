//! Telling requests, notifications, responses and batches apart.
//!
//! A frame is scanned once, members are kept as slices of it, and only the members that are used
//! are read any further: the arguments of a call are parsed when they are needed, once.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::{InvalidId, RequestId, RpcError};

/// A JSON-RPC 2.0 message, borrowing from its frame.
#[derive(Debug)]
pub enum Message<'a> {
    /// Wants an answer.
    Request(Request<'a>),
    /// Wants none.
    Notification(Notification<'a>),
    /// Answers a request of ours.
    Response(Response<'a>),
    /// An array: see [`parse_batch`].
    Batch,
}

/// A request.
#[derive(Debug)]
pub struct Request<'a> {
    /// To be echoed in the response.
    pub id: RequestId,
    /// What is wanted.
    pub method: Cow<'a, str>,
    /// The JSON text of `params`; `None` when absent or null.
    pub params: Option<&'a str>,
}

/// A notification.
#[derive(Debug)]
pub struct Notification<'a> {
    /// What happened.
    pub method: Cow<'a, str>,
    /// The JSON text of `params`; `None` when absent or null.
    pub params: Option<&'a str>,
}

/// A response.
#[derive(Debug)]
pub struct Response<'a> {
    /// The id of the request it answers; `None` when the other side couldn't tell.
    pub id: Option<RequestId>,
    /// The JSON text of `result`, or the error.
    pub outcome: Result<&'a str, RpcError>,
}

/// A frame that holds no message: the error to answer with, and to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Malformed {
    /// The id of the message, where it can be told; a fraction is echoed too, since the sender
    /// will look for it.
    pub id: Option<Box<str>>,
    /// What to answer. `None` for a malformed response: answering one would begin a quarrel.
    pub error: Option<RpcError>,
}

impl Malformed {
    fn new(error: RpcError) -> Box<Self> {
        Box::new(Self {
            id: None,
            error: Some(error),
        })
    }

    fn with_id(id: &str, error: RpcError) -> Box<Self> {
        Box::new(Self {
            id: Some(id.into()),
            error: Some(error),
        })
    }

    fn silent() -> Box<Self> {
        Box::new(Self {
            id: None,
            error: None,
        })
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    method: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'a RawValue>,
}

/// Keeps `null` apart from an absent member.
fn present<'de, D>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error>
where
    D: Deserializer<'de>,
{
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Reads one frame.
///
/// # Errors
///
/// [`Malformed`] with what to answer: -32700 for what isn't UTF-8 or JSON, -32600 for JSON that
/// is no JSON-RPC 2.0 message.
pub fn parse_message(frame: &[u8]) -> Result<Message<'_>, Box<Malformed>> {
    parse_text(utf8(frame)?)
}

/// Reads an array of messages into the texts of its members.
///
/// # Errors
///
/// As [`parse_message`], and -32600 for an empty array or one of more than `limit` members.
pub fn parse_batch(frame: &[u8], limit: usize) -> Result<Vec<&str>, Box<Malformed>> {
    let text = utf8(frame)?;
    let members: Vec<&RawValue> =
        serde_json::from_str(text).map_err(|error| Malformed::new(describe(&error, text)))?;
    if members.is_empty() {
        return Err(Malformed::new(RpcError::invalid_request(
            "Invalid request: the batch is empty",
        )));
    }
    if members.len() > limit {
        return Err(Malformed::new(RpcError::invalid_request(format!(
            "Invalid request: the batch has {} messages, at most {limit} are taken at once",
            members.len()
        ))));
    }
    Ok(members.into_iter().map(RawValue::get).collect())
}

fn utf8(frame: &[u8]) -> Result<&str, Box<Malformed>> {
    std::str::from_utf8(frame).map_err(|error| {
        Malformed::new(RpcError::parse(format!(
            "Parse error: the frame is not UTF-8 at byte {}",
            error.valid_up_to()
        )))
    })
}

fn parse_text(text: &str) -> Result<Message<'_>, Box<Malformed>> {
    if text.trim_start().starts_with('[') {
        return Ok(Message::Batch);
    }
    let envelope: Envelope<'_> =
        serde_json::from_str(text).map_err(|error| Malformed::new(describe(&error, text)))?;
    if envelope.method.is_none() && (envelope.result.is_some() || envelope.error.is_some()) {
        return response(&envelope);
    }
    let id = identify(&envelope)?;
    let refuse = |error: RpcError| match envelope.id {
        Some(id) => Malformed::with_id(id.get(), error),
        None => Malformed::new(error),
    };
    if !is_version_2(&envelope) {
        return Err(refuse(RpcError::invalid_request(
            "Invalid request: `jsonrpc` must be \"2.0\"",
        )));
    }
    let Some(method) = envelope.method else {
        return Err(refuse(RpcError::invalid_request(
            "Invalid request: `method` is missing",
        )));
    };
    let Some(method) = text_of(method) else {
        return Err(refuse(RpcError::invalid_request(
            "Invalid request: `method` must be a string",
        )));
    };
    if envelope.result.is_some() || envelope.error.is_some() {
        return Err(refuse(RpcError::invalid_request(
            "Invalid request: a message with a `method` has no `result` and no `error`",
        )));
    }
    let params = envelope
        .params
        .map(RawValue::get)
        .filter(|text| *text != "null");
    Ok(match id {
        Some(id) => Message::Request(Request { id, method, params }),
        None => Message::Notification(Notification { method, params }),
    })
}

fn identify(envelope: &Envelope<'_>) -> Result<Option<RequestId>, Box<Malformed>> {
    let Some(raw) = envelope.id else {
        return Ok(None);
    };
    match RequestId::parse(raw.get()) {
        Ok(id) => Ok(Some(id)),
        Err(InvalidId::Fraction) => Err(Malformed::with_id(
            raw.get(),
            RpcError::invalid_request(format!("Invalid request: {}", InvalidId::Fraction)),
        )),
        Err(reason) => Err(Malformed::new(RpcError::invalid_request(format!(
            "Invalid request: {reason}"
        )))),
    }
}

fn response<'a>(envelope: &Envelope<'a>) -> Result<Message<'a>, Box<Malformed>> {
    let id = match envelope.id.map(RawValue::get) {
        None | Some("null") => None,
        Some(text) => Some(RequestId::parse(text).map_err(|_| Malformed::silent())?),
    };
    if !is_version_2(envelope) {
        return Err(Malformed::silent());
    }
    let outcome = match (envelope.result, envelope.error) {
        (Some(result), None) => Ok(result.get()),
        (None, Some(error)) => {
            Err(serde_json::from_str(error.get()).map_err(|_| Malformed::silent())?)
        }
        _ => return Err(Malformed::silent()),
    };
    Ok(Message::Response(Response { id, outcome }))
}

fn is_version_2(envelope: &Envelope<'_>) -> bool {
    envelope
        .jsonrpc
        .and_then(text_of)
        .is_some_and(|version| version == "2.0")
}

/// The string that a JSON text is, borrowed when nothing in it is escaped.
pub(crate) fn text_of(raw: &RawValue) -> Option<Cow<'_, str>> {
    let text = raw.get();
    if let Ok(text) = serde_json::from_str::<&str>(text) {
        return Some(Cow::Borrowed(text));
    }
    serde_json::from_str::<String>(text).ok().map(Cow::Owned)
}

fn describe(error: &serde_json::Error, text: &str) -> RpcError {
    match error.classify() {
        Category::Data if text.trim_start().starts_with(['{', '[']) => {
            RpcError::invalid_request(format!("Invalid request: {}", brief(error)))
        }
        Category::Data => RpcError::invalid_request("Invalid request: a message is a JSON object"),
        _ => RpcError::parse(format!(
            "Parse error: the frame is not JSON: {}",
            brief(error)
        )),
    }
}

/// What a JSON error says, without the rest of a long value that it may repeat.
pub(crate) fn brief(error: &serde_json::Error) -> String {
    const MAX_CHARS: usize = 160;
    let text = error.to_string();
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
