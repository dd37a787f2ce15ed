//! From head and body of a POST to who serves it: which era, and which session.

use std::str::FromStr as _;

use super::head::unknown_revision;
use super::{BodyKind, NamedRevision, Peek, PostHead, Refusal, SessionId};
use crate::jsonrpc::RpcError;
use crate::revision::{Era, Revision};

/// Who serves a POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// A request or notification of 2026-07-28: a connection of its own, once
    /// [`check_mirrors`](super::check_mirrors) has found headers and body to agree. A session
    /// that the request names is ignored.
    Stateless,
    /// `initialize`: a new connection, and a session for it.
    Initialize,
    /// Anything within a session: that session's connection, if the session exists and is the
    /// caller's; [`Refusal::unknown_session`] if not.
    Session(SessionId),
    /// Anything else: a client of the era of `initialize` without a session, by this revision.
    /// A server that wants sessions answers with [`Refusal::session_required`].
    Sessionless(Revision),
}

impl Route {
    /// Decides by what stands in the request.
    ///
    /// The body goes before the headers: `_meta` of 2026-07-28 makes a request one of that
    /// revision, whatever the headers say, and [`check_mirrors`](super::check_mirrors) refuses it
    /// where they disagree. `initialize` without it begins or renews a session. For all else the
    /// headers decide: `MCP-Protocol-Version`, then `Mcp-Session-Id`. Without the former the
    /// revision is 2025-03-26 (2025-11-25, "Protocol Version Header").
    ///
    /// # Errors
    ///
    /// 400 with -32022 for a revision that isn't known here, with -32600 for one within a
    /// session, and for responses and batches of 2026-07-28, which has neither. 404 for a session
    /// id that can't be one of this server's.
    ///
    /// # Example
    ///
    /// ```
    /// use http::Request;
    /// use mcp_proto::Revision;
    /// use mcp_proto::http::{Peek, PostHead, Route};
    ///
    /// let request = Request::post("/mcp")
    ///     .header("Content-Type", "application/json")
    ///     .header("Accept", "application/json, text/event-stream")
    ///     .body(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
    ///     .unwrap();
    /// let head = PostHead::read(request.headers()).unwrap();
    /// let peek = Peek::read(request.body().as_bytes()).unwrap();
    /// assert_eq!(Route::decide(&head, &peek), Ok(Route::Sessionless(Revision::V2025_03_26)));
    /// ```
    pub fn decide(head: &PostHead<'_>, peek: &Peek<'_>) -> Result<Self, Refusal> {
        if peek.is_stateless || is_stateless_method(peek) {
            return Ok(Self::Stateless);
        }
        if peek.is_request("initialize") && head.session.is_none() {
            return Ok(Self::Initialize);
        }
        match (head.revision, head.session) {
            (NamedRevision::Known(revision), _) if revision.era() == Era::Stateless => {
                stateless(revision, peek)
            }
            (NamedRevision::Unknown(text), None) => {
                Err(Refusal::bad_request(RpcError::unsupported_revision(text)).with_id(peek.id))
            }
            (NamedRevision::Unknown(text), Some(_)) => Err(unknown_revision(text).with_id(peek.id)),
            (_, Some(id)) => match SessionId::from_str(id) {
                Ok(id) => Ok(Self::Session(id)),
                Err(_) => Err(Refusal::unknown_session(peek.id)),
            },
            (NamedRevision::Known(revision), None) => Ok(Self::Sessionless(revision)),
            (NamedRevision::None, None) => Ok(Self::Sessionless(Revision::V2025_03_26)),
        }
    }

    /// The era of the answer, for [`answer_status`](super::answer_status).
    pub fn era(self) -> Era {
        match self {
            Self::Stateless => Era::Stateless,
            _ => Era::Initialize,
        }
    }
}

/// Methods that there are in the stateless era alone: a request for one lacks something, where
/// nothing else in it says so.
fn is_stateless_method(peek: &Peek<'_>) -> bool {
    peek.is_request("server/discover") || peek.is_request("subscriptions/listen")
}

/// A message of a stateless revision by its headers; what its body lacks, the connection says.
fn stateless(revision: Revision, peek: &Peek<'_>) -> Result<Route, Refusal> {
    let what = match peek.kind {
        BodyKind::Request | BodyKind::Notification => return Ok(Route::Stateless),
        BodyKind::Response => "answers to the server, which asks by `input_required` results",
        BodyKind::Batch => "JSON-RPC batches; send each message as a request of its own",
    };
    Err(Refusal::bad_request(RpcError::invalid_request(format!(
        "Invalid request: revision {revision} has no {what}"
    ))))
}
