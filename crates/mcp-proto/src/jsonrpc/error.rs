//! JSON-RPC errors: the codes in use and the object that carries one.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::revision::{Era, Revision};

/// The codes of the errors this crate sends.
///
/// The first five are of JSON-RPC 2.0 (section 5.1); the others are of the Model Context
/// Protocol (2025-11-25, "Resources"; 2026-07-28, "Error codes").
pub mod code {
    /// The bytes are not JSON.
    pub const PARSE_ERROR: i64 = -32700;
    /// JSON, but not a JSON-RPC 2.0 message that may stand here.
    pub const INVALID_REQUEST: i64 = -32600;
    /// No such method, or none that this server declares.
    pub const METHOD_NOT_FOUND: i64 = -32601;
    /// The parameters are missing something, or name something unknown.
    pub const INVALID_PARAMS: i64 = -32602;
    /// The server failed.
    pub const INTERNAL_ERROR: i64 = -32603;
    /// No such resource, before 2026-07-28; then [`INVALID_PARAMS`].
    pub const RESOURCE_NOT_FOUND: i64 = -32002;
    /// HTTP headers contradict the body.
    pub const HEADER_MISMATCH: i64 = -32020;
    /// The request needs a capability that the client doesn't declare.
    pub const MISSING_CLIENT_CAPABILITY: i64 = -32021;
    /// The request names a revision that the server doesn't speak.
    pub const UNSUPPORTED_REVISION: i64 = -32022;
}

/// An error that answers a request instead of a result.
///
/// Failures of a *tool* are not errors in this sense: they are [`crate::ToolResult`]s with
/// `is_error`, so that a model sees them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RpcError {
    /// One of [`code`], or a number outside -32768..=-32000.
    pub code: i64,
    /// One sentence: what happened, to what, and what to do next.
    pub message: String,
    /// Facts for a program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// Set on errors for which the Streamable HTTP binding asks for a status of its own, or a
    /// revision for a code of its own.
    #[serde(skip)]
    http: HttpClass,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum HttpClass {
    #[default]
    Ok,
    BadRequest,
    NotFound,
    /// As [`Ok`](Self::Ok); before 2026-07-28 it has another code, too.
    NoResource,
}

impl RpcError {
    /// An error with a code and a message.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
            http: HttpClass::Ok,
        }
    }

    /// The same error with `data`.
    pub fn with_data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// Code -32700: the frame is not JSON.
    pub fn parse(message: impl Into<String>) -> Self {
        Self::new(code::PARSE_ERROR, message).bad_request()
    }

    /// Code -32600: no valid JSON-RPC message.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(code::INVALID_REQUEST, message).bad_request()
    }

    /// Code -32601: the method doesn't exist here.
    pub fn method_not_found(message: impl Into<String>) -> Self {
        Self {
            http: HttpClass::NotFound,
            ..Self::new(code::METHOD_NOT_FOUND, message)
        }
    }

    /// Code -32602: the parameters are not acceptable.
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(code::INVALID_PARAMS, message)
    }

    /// Code -32603: the fault is the server's.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(code::INTERNAL_ERROR, message)
    }

    /// There is no such resource, or none for this caller: code -32602, and -32002 for clients
    /// before 2026-07-28.
    pub fn resource_not_found(uri: &str) -> Self {
        let shown: String = uri.chars().take(512).collect();
        Self {
            http: HttpClass::NoResource,
            ..Self::invalid_params(format!("Resource not found: {shown}"))
                .with_data(json!({"uri": shown}))
        }
    }

    /// Code -32021: the request needs these of the client, as its `ClientCapabilities` would
    /// have to declare them.
    pub fn missing_client_capability(required: &Value) -> Self {
        let names = required.as_object().map(|required| {
            let names: Vec<&str> = required.keys().map(String::as_str).collect();
            names.join(" and ")
        });
        Self::new(
            code::MISSING_CLIENT_CAPABILITY,
            format!(
                "Missing client capability: this request needs {}; declare it, or do without",
                names.unwrap_or_default()
            ),
        )
        .with_data(json!({"requiredCapabilities": required}))
        .bad_request()
    }

    /// The error with the code that `revision` has for it.
    pub(crate) fn for_revision(&self, revision: Revision) -> std::borrow::Cow<'_, Self> {
        if self.http == HttpClass::NoResource && revision.era() == Era::Initialize {
            return std::borrow::Cow::Owned(Self {
                code: code::RESOURCE_NOT_FOUND,
                ..self.clone()
            });
        }
        std::borrow::Cow::Borrowed(self)
    }

    /// Code -32020: the headers of an HTTP request are faulty, or aren't what the body says.
    pub fn header_mismatch(what: impl fmt::Display) -> Self {
        Self::new(code::HEADER_MISMATCH, format!("Header mismatch: {what}")).bad_request()
    }

    /// Code -32602 for a request without the `_meta` that its revision requires.
    pub(crate) fn missing_meta(message: impl Into<String>) -> Self {
        Self::invalid_params(message).bad_request()
    }

    /// Code -32022 with the revisions that are spoken.
    pub(crate) fn unsupported_revision(requested: &str) -> Self {
        let requested: String = requested.chars().take(64).collect();
        let spoken = match requested.parse::<Revision>() {
            Ok(_) => "it is spoken after `initialize`, not per request",
            Err(_) => "choose one of `data.supported`",
        };
        Self::new(
            code::UNSUPPORTED_REVISION,
            format!("Unsupported protocol version {requested}: {spoken}"),
        )
        .with_data(json!({
            "supported": Revision::ALL.map(Revision::as_str),
            "requested": requested,
        }))
        .bad_request()
    }

    /// The HTTP status that the Streamable HTTP binding (2026-07-28) gives a response with this
    /// error: 400, 404 or 200.
    pub fn http_status(&self) -> u16 {
        match self.http {
            HttpClass::Ok | HttpClass::NoResource => 200,
            HttpClass::BadRequest => 400,
            HttpClass::NotFound => 404,
        }
    }

    fn bad_request(mut self) -> Self {
        self.http = HttpClass::BadRequest;
        self
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for RpcError {}
