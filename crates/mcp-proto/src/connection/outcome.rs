//! What comes out of a connection: frames to send and work to do.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::catalogue::InvalidArguments;
use crate::jsonrpc::ProgressToken;
use crate::meta::RequestContext;

/// Names one request of one connection from its arrival until it is answered or cancelled.
///
/// Never reused within a connection, unlike the request's id, which is the client's affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey(pub(crate) u64);

impl fmt::Display for RequestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// What a frame led to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// Write this to the client.
    Send(Outgoing),
    /// Run this tool; its arguments fit its schema. Answer with
    /// [`Connection::finish`](crate::Connection::finish).
    CallTool(ToolCall),
    /// A call whose arguments don't fit the tool's schema. Answer it with
    /// [`Connection::finish`](crate::Connection::finish), as a failed result in the server's own
    /// words, so that the model sees it.
    InvalidArguments(ToolCall, InvalidArguments),
    /// The client gave up on a request: stop its work. Whatever is finished for it is dropped.
    Cancel {
        /// The request.
        key: RequestKey,
        /// What the client says of it.
        reason: Option<String>,
    },
    /// An `initialize` handshake is complete (2025-11-25 and older).
    Initialized(RequestContext),
}

/// A tool to be run.
#[derive(Debug)]
#[non_exhaustive]
pub struct ToolCall {
    /// What to finish it by.
    pub key: RequestKey,
    /// The tool's name as it stands in the catalogue.
    pub name: Arc<str>,
    /// The arguments, empty when none were sent. Numbers such as `5.0` have become integers.
    pub arguments: Map<String, Value>,
    /// Present when the client wants to hear of progress.
    pub progress_token: Option<ProgressToken>,
    /// Who asks.
    pub context: RequestContext,
    /// The client's answers to questions that an earlier attempt asked (2026-07-28).
    pub input_responses: Option<Map<String, Value>>,
    /// What the server gave along with those questions, echoed. Treat it as forged until a
    /// signature says otherwise.
    pub request_state: Option<String>,
}

/// A frame to be written to the client: one JSON message without a newline.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    bytes: Vec<u8>,
    regards: Option<RequestKey>,
    status: u16,
}

impl Outgoing {
    pub(crate) fn new(bytes: Vec<u8>, regards: Option<RequestKey>) -> Self {
        Self {
            bytes,
            regards,
            status: 200,
        }
    }

    pub(crate) fn regarding(mut self, key: RequestKey) -> Self {
        self.regards = Some(key);
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The message's JSON.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The message as a line for the stdio binding, newline included.
    pub fn into_line(mut self) -> Vec<u8> {
        self.bytes.push(b'\n');
        self.bytes
    }

    /// The message's JSON, owned.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The request that the message reports on or answers, when it was in flight; for the answer
    /// to a batch, the last of its requests. `None` for answers that are given at once and for
    /// messages about the connection. Over HTTP it says on which stream the message belongs.
    pub fn regards(&self) -> Option<RequestKey> {
        self.regards
    }

    /// The HTTP status of a response that is not a stream: 200, 400 or 404.
    pub fn http_status(&self) -> u16 {
        self.status
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("regards", &self.regards)
            .field("json", &String::from_utf8_lossy(&self.bytes))
            .finish()
    }
}
