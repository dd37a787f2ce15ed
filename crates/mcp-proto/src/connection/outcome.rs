//! What comes out of a connection: frames to send and work to do.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::catalogue::InvalidArguments;
use crate::jsonrpc::ProgressToken;
use crate::meta::RequestContext;
use crate::model::{CompletionRequest, InputResponses};

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
    /// Find this out. Answer with [`Connection::answer`](crate::Connection::answer).
    Query(Query),
    /// Somebody on this connection wants to hear when this resource changes: call
    /// [`Connection::resource_updated`](crate::Connection::resource_updated) then. Said once,
    /// however many ask.
    Watch(String),
    /// Nobody wants to hear of this resource any more.
    Unwatch(String),
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
#[derive(Clone, Debug)]
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
    /// What the client answered when an earlier attempt asked something back.
    pub input: Input,
}

/// Something to be found out that is no tool.
///
/// # Example
///
/// ```
/// use mcp_proto::{
///     Answer, Catalogue, Connection, Outcome, Query, QueryKind, ResourceBody, ResourceContents,
///     RpcError,
/// };
///
/// /// What there is to read.
/// fn find_out(query: &Query) -> Answer {
///     match &query.kind {
///         QueryKind::ReadResource { uri } if uri == "log://today" => {
///             ResourceContents::one(ResourceBody::text(uri, "All is well.")).into()
///         }
///         QueryKind::ReadResource { uri } => RpcError::resource_not_found(uri).into(),
///         _ => RpcError::internal("Internal error: nothing else is offered").into(),
///     }
/// }
///
/// fn carry_out(connection: &mut Connection, outcome: Outcome) -> Vec<Outcome> {
///     match outcome {
///         Outcome::Query(query) => connection.answer(query.key, find_out(&query)),
///         other => vec![other],
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Query {
    /// What to answer it by.
    pub key: RequestKey,
    /// What is asked.
    pub kind: QueryKind,
    /// Present when the client wants to hear of progress.
    pub progress_token: Option<ProgressToken>,
    /// Who asks.
    pub context: RequestContext,
    /// What the client answered when an earlier attempt asked something back; empty for what may
    /// not ask back, which are lists and completion.
    pub input: Input,
}

/// What a [`Query`] asks, and the [`Answer`](crate::Answer) that it takes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum QueryKind {
    /// The resources there are, all of them in a lasting order:
    /// [`Answer::Resources`](crate::Answer::Resources). The connection cuts them into pages.
    ListResources,
    /// A resource's contents: [`Answer::Contents`](crate::Answer::Contents), or
    /// [`RpcError::resource_not_found`](crate::RpcError::resource_not_found).
    ReadResource {
        /// The resource, as the client names it.
        uri: String,
    },
    /// A prompt of the catalogue, with all arguments that it requires and none that it doesn't
    /// know: [`Answer::Prompt`](crate::Answer::Prompt).
    GetPrompt {
        /// The prompt's name.
        name: String,
        /// Its arguments.
        arguments: Map<String, Value>,
    },
    /// Values for an argument: [`Answer::Completion`](crate::Answer::Completion).
    Complete(CompletionRequest),
}

/// What comes back with a request that was answered by
/// [`Answer::Input`](crate::Answer::Input) before.
///
/// In 2026-07-28 the client sends it along when it calls again. In the older era the connection
/// asks the client and hands the same request out once more; a handler sees no difference.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    /// The client's answers.
    pub responses: Option<InputResponses>,
    /// What the server gave along with the questions, echoed. Treat it as forged until a
    /// signature says otherwise.
    pub state: Option<String>,
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
