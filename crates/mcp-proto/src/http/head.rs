//! The head of a request: its method, what it sends and takes, and the fields of the protocol.

use std::str::FromStr as _;

use http::{HeaderMap, Method, StatusCode};

use super::media::{Media, accepts, is_json};
use super::names::{self, refuse_duplicates};
use super::{Refusal, SessionId};
use crate::revision::{Era, Revision};

/// What the endpoint can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// A message from the client: [`PostHead`].
    Post,
    /// A stream of the server's own messages, or the rest of one: [`GetHead`].
    Get,
    /// The end of a session: [`DeleteHead`].
    Delete,
}

/// Everything the endpoint serves, for `Allow` and for [`Page::preflight`](super::Page::preflight).
pub const ENDPOINT_METHODS: &str = "POST, GET, DELETE";

/// What it serves to a client of 2026-07-28, for `Allow`.
const ALLOW_STATELESS: &str = "POST";

impl Verb {
    /// Tells the methods of the endpoint from others.
    ///
    /// # Errors
    ///
    /// 405, with `Allow`, for any other method.
    pub fn of(method: &Method) -> Result<Self, Refusal> {
        match *method {
            Method::POST => Ok(Self::Post),
            Method::GET => Ok(Self::Get),
            Method::DELETE => Ok(Self::Delete),
            _ => Err(Refusal::method(
                ENDPOINT_METHODS,
                "Invalid request: the endpoint is for POST, and for GET and DELETE with a session",
            )),
        }
    }
}

/// The revision that `MCP-Protocol-Version` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedRevision<'a> {
    /// The header isn't there: a client of 2025-03-26 or older, or the first message of one of
    /// 2025-11-25 or older.
    None,
    /// A revision that this crate speaks.
    Known(Revision),
    /// Some other text.
    Unknown(&'a str),
}

impl<'a> NamedRevision<'a> {
    fn read(text: Option<&'a str>) -> Self {
        match text.map(|text| (text, text.parse())) {
            None => Self::None,
            Some((_, Ok(revision))) => Self::Known(revision),
            Some((text, Err(_))) => Self::Unknown(text),
        }
    }

    /// The header as it stands; `None` when it isn't there.
    pub fn text(self) -> Option<&'a str> {
        match self {
            Self::None => None,
            Self::Known(revision) => Some(revision.as_str()),
            Self::Unknown(text) => Some(text),
        }
    }

    /// Whether it is a revision of this era.
    pub fn is_of(self, era: Era) -> bool {
        matches!(self, Self::Known(revision) if revision.era() == era)
    }
}

/// The head of a POST, found to be one that may carry a message.
///
/// # Example
///
/// ```
/// use http::Request;
/// use mcp_proto::Revision;
/// use mcp_proto::http::{NamedRevision, PostHead};
///
/// let request = Request::post("/mcp")
///     .header("Content-Type", "application/json; charset=utf-8")
///     .header("Accept", "application/json, text/event-stream")
///     .header("MCP-Protocol-Version", "2026-07-28")
///     .header("Mcp-Method", "tools/list")
///     .body(())
///     .unwrap();
/// let head = PostHead::read(request.headers()).unwrap();
/// assert_eq!(head.revision, NamedRevision::Known(Revision::V2026_07_28));
/// assert_eq!(head.method, Some("tools/list"));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PostHead<'a> {
    /// `MCP-Protocol-Version`.
    pub revision: NamedRevision<'a>,
    /// `Mcp-Session-Id`, as text that need not be a [`SessionId`].
    pub session: Option<&'a str>,
    /// `Mcp-Method`.
    pub method: Option<&'a str>,
    /// `Mcp-Name`, as it stands: it may be encoded, see [`decode_value`](super::decode_value).
    pub name: Option<&'a str>,
    /// `Last-Event-ID`, which means nothing on a POST.
    pub last_event_id: Option<&'a str>,
    /// All of them, for `Mcp-Param-…`.
    pub(super) headers: &'a HeaderMap,
}

impl<'a> PostHead<'a> {
    /// Reads the head of a POST. Its body need not be there yet.
    ///
    /// # Errors
    ///
    /// 415 when the body isn't declared to be `application/json`. 406 when the client doesn't
    /// take both `application/json` and `text/event-stream`; ranges such as `*/*` are as good.
    /// 400 when a field of the protocol, `Content-Type`, `Host`, `Origin` or `Authorization`
    /// stands twice, or a field of the protocol has other characters than visible ASCII.
    pub fn read(headers: &'a HeaderMap) -> Result<Self, Refusal> {
        refuse_duplicates(headers)?;
        if !is_json(headers) {
            return Err(Refusal::invalid(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Invalid request: the body needs Content-Type: application/json",
            ));
        }
        if !accepts(headers, Media::Json) || !accepts(headers, Media::EventStream) {
            return Err(Refusal::invalid(
                StatusCode::NOT_ACCEPTABLE,
                "Not acceptable: send Accept: application/json, text/event-stream; an answer may \
                 be either",
            ));
        }
        Ok(Self {
            revision: NamedRevision::read(names::text(headers, &names::PROTOCOL_VERSION)?),
            session: names::text(headers, &names::SESSION_ID)?,
            method: names::text(headers, &names::METHOD)?,
            name: names::text(headers, &names::NAME)?,
            last_event_id: names::text(headers, &names::LAST_EVENT_ID)?,
            headers,
        })
    }
}

/// The head of a GET: a client of the era of `initialize` that wants a stream of its session.
///
/// # Example
///
/// ```
/// use http::Request;
/// use mcp_proto::http::GetHead;
///
/// let request = Request::get("/mcp")
///     .header("Accept", "text/event-stream")
///     .header("Mcp-Session-Id", "abababababababababababababababab")
///     .header("Last-Event-ID", "3-17")
///     .body(())
///     .unwrap();
/// let head = GetHead::read(request.headers()).unwrap();
/// assert_eq!(head.last_event_id, Some("3-17"));
///
/// let modern = Request::get("/mcp").header("MCP-Protocol-Version", "2026-07-28").body(()).unwrap();
/// let refusal = GetHead::read(modern.headers()).unwrap_err();
/// assert_eq!((refusal.status.as_u16(), refusal.allow), (405, Some("POST")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetHead<'a> {
    /// Whose messages are wanted.
    pub session: SessionId,
    /// Where a stream is to be resumed; `None` for the stream of messages that answer nothing.
    pub last_event_id: Option<&'a str>,
}

impl<'a> GetHead<'a> {
    /// Reads the head of a GET.
    ///
    /// # Errors
    ///
    /// 405 for a client of 2026-07-28, which has no such streams, and for one that names neither
    /// a revision nor a session, such as a browser. 406 when it doesn't take
    /// `text/event-stream`. 400 for a revision that isn't known here, no session, or a field that
    /// stands twice. 404 for a session id that can't be one of this server's.
    pub fn read(headers: &'a HeaderMap) -> Result<Self, Refusal> {
        let session = session(headers, "GET opens no stream")?;
        if !accepts(headers, Media::EventStream) {
            return Err(Refusal::invalid(
                StatusCode::NOT_ACCEPTABLE,
                "Not acceptable: send Accept: text/event-stream",
            ));
        }
        Ok(Self {
            session,
            last_event_id: names::text(headers, &names::LAST_EVENT_ID)?,
        })
    }
}

/// The head of a DELETE: a client of the era of `initialize` that ends its session.
///
/// # Example
///
/// ```
/// use http::Request;
/// use mcp_proto::http::DeleteHead;
///
/// let request = Request::delete("/mcp")
///     .header("Mcp-Session-Id", "abababababababababababababababab")
///     .body(())
///     .unwrap();
/// assert!(DeleteHead::read(request.headers()).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteHead {
    /// What is to end.
    pub session: SessionId,
}

impl DeleteHead {
    /// Reads the head of a DELETE.
    ///
    /// # Errors
    ///
    /// As [`GetHead::read`], without the 406.
    pub fn read(headers: &HeaderMap) -> Result<Self, Refusal> {
        let session = session(headers, "DELETE ends nothing")?;
        Ok(Self { session })
    }
}

/// The session that a GET or DELETE names.
fn session(headers: &HeaderMap, what: &str) -> Result<SessionId, Refusal> {
    refuse_duplicates(headers)?;
    let revision = NamedRevision::read(names::text(headers, &names::PROTOCOL_VERSION)?);
    let id = names::text(headers, &names::SESSION_ID)?;
    let not_here = |message: String| Err(Refusal::method(ALLOW_STATELESS, message));
    match (revision, id) {
        (NamedRevision::Known(revision), _) if revision.era() == Era::Stateless => not_here(
            format!("Invalid request: {what} in revision {revision}; every message is a POST"),
        ),
        (NamedRevision::None | NamedRevision::Unknown(_), None) => {
            not_here(format!("Invalid request: {what} without a session"))
        }
        (NamedRevision::Unknown(text), Some(_)) => Err(unknown_revision(text)),
        (NamedRevision::Known(_), None) => Err(Refusal::session_required(None)),
        (_, Some(id)) => SessionId::from_str(id).map_err(|_| Refusal::unknown_session(None)),
    }
}

/// 400 for a revision that no session can have (2025-06-18, "Protocol Version Header").
pub(super) fn unknown_revision(text: &str) -> Refusal {
    let text: String = text.chars().take(64).collect();
    Refusal::invalid(
        StatusCode::BAD_REQUEST,
        format!("Invalid request: MCP-Protocol-Version `{text}` is no revision of a session"),
    )
}
