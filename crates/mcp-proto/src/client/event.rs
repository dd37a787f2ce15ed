//! What a client hears from a server.

use serde_json::{Map, Value};

use crate::jsonrpc::{ProgressToken, RequestId, RpcError};
use crate::model::LogLevel;
use crate::revision::Revision;

/// What a frame from the server means.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The handshake or the discovery is done: requests may be sent.
    Ready {
        /// What the server says of itself.
        server: ServerDescription,
        /// Send this line first (`notifications/initialized`).
        reply: Option<Vec<u8>>,
    },
    /// Send this line: the answer to a ping, or the next step of [`super::Client::connect`].
    Send(Vec<u8>),
    /// The server asks for something that the client declares (2025-11-25 and older): answer
    /// with [`super::Client::answer`].
    Asked {
        /// What to answer it by.
        id: RequestId,
        /// What is asked: `elicitation/create`, `sampling/createMessage` or `roots/list`.
        method: String,
        /// Its parameters; an empty object when there are none.
        params: Value,
    },
    /// A page of tools.
    Tools {
        /// The request.
        id: RequestId,
        /// The tools, as the server describes them.
        tools: Vec<Value>,
        /// What to list the next page with; `None` on the last.
        next_cursor: Option<String>,
    },
    /// A tool call came to its end.
    ToolResult {
        /// The request.
        id: RequestId,
        /// What the tool gave back.
        result: CallResult,
    },
    /// The server needs answers before it can go on (2026-07-28): call again with them.
    InputRequired {
        /// The request.
        id: RequestId,
        /// What is asked, by the server's keys.
        requests: Map<String, Value>,
        /// To be sent along, unread, when calling again.
        state: Option<String>,
    },
    /// Any other request came to its end.
    Done {
        /// The request.
        id: RequestId,
        /// Its result.
        result: Value,
    },
    /// A request failed, or, without an id, a frame that the server couldn't attribute.
    Failed {
        /// The request.
        id: Option<RequestId>,
        /// Why.
        error: RpcError,
    },
    /// A call is on its way.
    Progress {
        /// The token that was sent with the call.
        token: ProgressToken,
        /// How far it is.
        progress: f64,
        /// How far it has to go.
        total: Option<f64>,
        /// In words.
        message: Option<String>,
    },
    /// A log message.
    Log {
        /// Its severity.
        level: LogLevel,
        /// Who wrote it.
        logger: Option<String>,
        /// What it says.
        data: Value,
    },
    /// The tool list changed: list again.
    ToolsChanged,
    /// Any other notification.
    Notification {
        /// What happened.
        method: String,
        /// Its parameters.
        params: Value,
    },
    /// Nothing to be done: an answer to a request that was given up, or no message at all.
    Ignored,
}

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ServerDescription {
    /// The revision that is spoken from now on.
    pub revision: Revision,
    /// Its name and version; empty when it doesn't say.
    pub info: Value,
    /// What it offers.
    pub capabilities: Value,
    /// How to use it.
    pub instructions: Option<String>,
}

/// The result of a tool call, as it came.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CallResult {
    /// The blocks.
    pub content: Vec<Value>,
    /// The result as data.
    pub structured_content: Option<Value>,
    /// The tool failed.
    pub is_error: bool,
    /// Facts for programs.
    pub meta: Map<String, Value>,
}

impl CallResult {
    /// The text blocks, joined by newlines.
    pub fn text(&self) -> String {
        let texts = self
            .content
            .iter()
            .filter_map(|block| block.get("text")?.as_str());
        texts.collect::<Vec<&str>>().join("\n")
    }

    pub(crate) fn read(mut result: Map<String, Value>) -> Self {
        let content = match result.remove("content") {
            Some(Value::Array(blocks)) => blocks,
            _ => Vec::new(),
        };
        let meta = match result.remove("_meta") {
            Some(Value::Object(meta)) => meta,
            _ => Map::new(),
        };
        Self {
            content,
            structured_content: result.remove("structuredContent"),
            is_error: result.get("isError") == Some(&Value::Bool(true)),
            meta,
        }
    }
}
