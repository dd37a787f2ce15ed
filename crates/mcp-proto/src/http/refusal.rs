//! An HTTP request that is turned away: with which status, and what is said about it.

use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};

use crate::jsonrpc::{Malformed, RpcError};
use crate::wire::Writer;

/// A request that isn't served, as data for the response.
///
/// # Example
///
/// ```
/// use http::Method;
/// use mcp_proto::http::Verb;
///
/// let refusal = Verb::of(&Method::PUT).unwrap_err();
/// let response = refusal.into_response();
/// assert_eq!(response.status(), 405);
/// assert_eq!(response.headers()["allow"], "POST, GET, DELETE");
/// assert!(response.body().starts_with(br#"{"jsonrpc":"2.0","error":{"code":-32600,"#));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Refusal {
    /// The status of the response: 400, 403, 404, 405, 406, 415 or what else the caller gave.
    pub status: StatusCode,
    /// The value of `Allow`, which a 405 has.
    pub allow: Option<&'static str>,
    /// What stands in the body.
    pub error: Option<Box<RpcError>>,
    /// The JSON text of the id of the request that is refused, where it could be told.
    pub id: Option<Box<str>>,
}

impl Refusal {
    /// A refusal with a JSON-RPC error in its body.
    pub fn new(status: StatusCode, error: RpcError) -> Self {
        Self {
            status,
            allow: None,
            error: Some(Box::new(error)),
            id: None,
        }
    }

    /// A refusal that is no more than a status, such as 401 or 503.
    pub fn bare(status: StatusCode) -> Self {
        Self {
            status,
            allow: None,
            error: None,
            id: None,
        }
    }

    /// The same refusal, of the request with this id (JSON text).
    pub fn with_id(mut self, id: Option<&str>) -> Self {
        self.id = id.map(Into::into);
        self
    }

    /// 400 with an error; what its code is, is the caller's affair.
    pub(super) fn bad_request(error: RpcError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    /// A status with an error of code -32600.
    pub(super) fn invalid(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, RpcError::invalid_request(message))
    }

    /// 405 with the methods that would do.
    pub(super) fn method(allow: &'static str, message: impl Into<String>) -> Self {
        Self {
            allow: Some(allow),
            ..Self::invalid(StatusCode::METHOD_NOT_ALLOWED, message)
        }
    }

    /// 400 for a body that is no message.
    pub(super) fn malformed(malformed: Malformed) -> Self {
        let error = malformed.error.unwrap_or_else(|| {
            RpcError::invalid_request("Invalid request: the body is no valid JSON-RPC response")
        });
        Self {
            id: malformed.id,
            ..Self::bad_request(error)
        }
    }

    /// 400 for a request of the era of `initialize` that names no session (2025-11-25,
    /// "Session Management").
    pub fn session_required(id: Option<&str>) -> Self {
        Self::invalid(
            StatusCode::BAD_REQUEST,
            "Invalid request: send the Mcp-Session-Id that the answer to `initialize` had, or, from \
             revision 2026-07-28, the header MCP-Protocol-Version and the same in `params._meta`",
        )
        .with_id(id)
    }

    /// 404 for a session that doesn't exist, has ended, or belongs to somebody else; the client
    /// begins again with `initialize` (2025-11-25, "Session Management").
    pub fn unknown_session(id: Option<&str>) -> Self {
        Self::invalid(
            StatusCode::NOT_FOUND,
            "Invalid request: there is no such session; begin a new one with `initialize`",
        )
        .with_id(id)
    }

    /// The JSON of the response's body; empty when there is no error to tell. An unknown id is
    /// left out, as every revision says of refused HTTP requests.
    pub fn body(&self) -> Vec<u8> {
        let Some(error) = &self.error else {
            return Vec::new();
        };
        let mut out = Writer::with_capacity(160);
        out.open();
        out.member("jsonrpc", "2.0");
        if let Some(id) = &self.id {
            out.raw_member("id", id);
        }
        out.member("error", error.as_ref());
        out.close();
        out.finish()
    }

    /// The whole response.
    pub fn into_response(self) -> Response<Vec<u8>> {
        let mut response = Response::new(self.body());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if self.error.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}
