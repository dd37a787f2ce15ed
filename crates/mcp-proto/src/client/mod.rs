//! The client's side of a connection, without IO: for tests, benches and demonstrations, and
//! for programs that drive a server themselves.

mod event;
mod receive;

use std::collections::HashMap;
use std::fmt;

use serde_json::{Map, Value, json};

pub use event::{CallResult, Event, ServerDescription};

use crate::jsonrpc::{ProgressToken, RequestId, RpcError};
use crate::meta;
use crate::model::{Implementation, LogLevel};
use crate::revision::{Era, Revision};
use crate::wire::Writer;

/// A client of one server, in either era.
///
/// Methods that make a request return its id and the line to send, newline included; what comes
/// back goes to [`handle_frame`](Self::handle_frame), which says what it means.
///
/// # Example
///
/// ```
/// use mcp_proto::{Client, Implementation, Revision};
///
/// let mut client = Client::new(Implementation::new("example", "1.0.0"));
/// let (id, line) = client.initialize(Revision::V2025_11_25);
/// assert!(line.ends_with(b"\n"));
/// assert_eq!(id.as_i64(), Some(1));
/// ```
pub struct Client {
    info: Implementation,
    capabilities: Map<String, Value>,
    revision: Option<Revision>,
    log_level: Option<LogLevel>,
    last_id: i64,
    pending: HashMap<RequestId, Pending>,
}

/// What a request that isn't answered yet was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pending {
    Initialize,
    /// Whether to fall back on `initialize` when the server doesn't know the method.
    Discover {
        fall_back: bool,
    },
    ListTools,
    CallTool,
    Other,
}

impl Client {
    /// A client that has said nothing yet.
    pub fn new(info: Implementation) -> Self {
        Self {
            info,
            capabilities: Map::new(),
            revision: None,
            log_level: None,
            last_id: 0,
            pending: HashMap::new(),
        }
    }

    /// Sets what the client can be asked for, as the protocol's `ClientCapabilities` object.
    pub fn with_capabilities(mut self, capabilities: Map<String, Value>) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Speaks `revision` from now on without asking: for the stateless era, which needs no
    /// opening.
    pub fn assume(&mut self, revision: Revision) {
        self.revision = Some(revision);
    }

    /// The revision that is spoken, once it is known.
    pub fn revision(&self) -> Option<Revision> {
        self.revision
    }

    /// Requests that are not answered yet.
    pub fn in_flight(&self) -> usize {
        self.pending.len()
    }

    /// Opens the connection with whichever era the server knows: asks for discovery, and when
    /// the server doesn't know that, [`handle_frame`](Self::handle_frame) returns the
    /// `initialize` to send as [`Event::Send`].
    pub fn connect(&mut self) -> (RequestId, Vec<u8>) {
        self.begin_discovery(true)
    }

    /// Asks what the server is (2026-07-28).
    pub fn discover(&mut self) -> (RequestId, Vec<u8>) {
        self.begin_discovery(false)
    }

    /// Opens the connection by a handshake. `revision` should be one of that era; a server
    /// answers any other with the newest that it knows.
    pub fn initialize(&mut self, revision: Revision) -> (RequestId, Vec<u8>) {
        let params = json!({
            "protocolVersion": revision.as_str(),
            "capabilities": self.capabilities,
            "clientInfo": self.info.for_revision(revision),
        });
        self.revision = None;
        self.begin(Pending::Initialize, "initialize", &into_map(params))
    }

    /// Asks for a page of tools: the first, or the one that a cursor names.
    pub fn list_tools(&mut self, cursor: Option<&str>) -> (RequestId, Vec<u8>) {
        let mut params = Map::new();
        if let Some(cursor) = cursor {
            params.insert("cursor".into(), cursor.into());
        }
        self.begin(Pending::ListTools, "tools/list", &params)
    }

    /// Calls a tool. `arguments` should be an object; with a token, the server may report
    /// progress.
    pub fn call_tool(
        &mut self,
        name: &str,
        arguments: Value,
        progress_token: Option<&ProgressToken>,
    ) -> (RequestId, Vec<u8>) {
        let mut params = Map::new();
        params.insert("name".into(), name.into());
        params.insert("arguments".into(), arguments);
        self.begin_with_token(Pending::CallTool, "tools/call", &params, progress_token)
    }

    /// Calls a tool again, with the answers to what the server asked ([`Event::InputRequired`])
    /// and the state that came with it (2026-07-28).
    pub fn call_tool_again(
        &mut self,
        name: &str,
        arguments: Value,
        responses: Map<String, Value>,
        state: Option<&str>,
    ) -> (RequestId, Vec<u8>) {
        let mut params = Map::new();
        params.insert("name".into(), name.into());
        params.insert("arguments".into(), arguments);
        params.insert("inputResponses".into(), responses.into());
        if let Some(state) = state {
            params.insert("requestState".into(), state.into());
        }
        self.begin(Pending::CallTool, "tools/call", &params)
    }

    /// Asks whether the server is there (2025-11-25 and older).
    pub fn ping(&mut self) -> (RequestId, Vec<u8>) {
        self.begin(Pending::Other, "ping", &Map::new())
    }

    /// Makes any other request.
    pub fn request(&mut self, method: &str, params: &Map<String, Value>) -> (RequestId, Vec<u8>) {
        self.begin(Pending::Other, method, params)
    }

    /// Opens a stream of announcements that the tool list changed (2026-07-28). Its response
    /// comes when the server ends it.
    pub fn listen_for_tools(&mut self) -> (RequestId, Vec<u8>) {
        let params = into_map(json!({"notifications": {"toolsListChanged": true}}));
        self.begin(Pending::Other, "subscriptions/listen", &params)
    }

    /// Asks for log messages of this severity and above: by a request in the older era (send the
    /// line that is returned), on each later request in the newer one.
    pub fn set_log_level(&mut self, level: LogLevel) -> Option<(RequestId, Vec<u8>)> {
        self.log_level = Some(level);
        if self.is_stateless() {
            return None;
        }
        let params = into_map(json!({"level": level.as_str()}));
        Some(self.begin(Pending::Other, "logging/setLevel", &params))
    }

    /// Answers what the server asked by [`Event::Asked`]: with the result, or with the error that
    /// it can't be had.
    pub fn answer(&self, id: &RequestId, answer: &Result<Value, RpcError>) -> Vec<u8> {
        let mut out = Writer::with_capacity(512);
        out.open();
        out.member("jsonrpc", "2.0");
        out.member("id", id);
        match answer {
            Ok(result) => out.member("result", result),
            Err(error) => out.member("error", error),
        }
        end_message(out)
    }

    /// Gives up on a request; its answer, should it come, is ignored.
    pub fn cancel(&mut self, id: &RequestId, reason: &str) -> Vec<u8> {
        self.pending.remove(id);
        let mut out = begin_message("notifications/cancelled");
        out.open_member("params");
        out.member("requestId", id);
        out.member("reason", reason);
        out.close();
        end_message(out)
    }

    fn is_stateless(&self) -> bool {
        self.revision
            .is_some_and(|revision| revision.era() == Era::Stateless)
    }

    fn begin_discovery(&mut self, fall_back: bool) -> (RequestId, Vec<u8>) {
        self.revision = Some(Revision::NEWEST_STATELESS);
        self.begin(
            Pending::Discover { fall_back },
            "server/discover",
            &Map::new(),
        )
    }

    fn begin(
        &mut self,
        purpose: Pending,
        method: &str,
        params: &Map<String, Value>,
    ) -> (RequestId, Vec<u8>) {
        self.begin_with_token(purpose, method, params, None)
    }

    fn begin_with_token(
        &mut self,
        purpose: Pending,
        method: &str,
        params: &Map<String, Value>,
        token: Option<&ProgressToken>,
    ) -> (RequestId, Vec<u8>) {
        self.last_id += 1;
        let id = RequestId::from(self.last_id);
        self.pending.insert(id.clone(), purpose);
        let mut out = begin_message(method);
        out.member("id", &id);
        let has_meta = self.is_stateless() || token.is_some() || params.contains_key("_meta");
        if has_meta || !params.is_empty() {
            out.open_member("params");
            for (key, value) in params.iter().filter(|(key, _)| *key != "_meta") {
                out.escaped_member(key, value);
            }
            if has_meta {
                self.write_meta(token, params.get("_meta"), &mut out);
            }
            out.close();
        }
        (id, end_message(out))
    }

    /// Writes what the era asks for, then what the caller adds.
    fn write_meta(&self, token: Option<&ProgressToken>, more: Option<&Value>, out: &mut Writer) {
        out.open_member("_meta");
        if self.is_stateless() {
            let revision = Revision::NEWEST_STATELESS;
            out.member(meta::PROTOCOL_VERSION, revision.as_str());
            out.member(meta::CLIENT_INFO, &self.info.for_revision(revision));
            out.member(meta::CLIENT_CAPABILITIES, &self.capabilities);
            if let Some(level) = self.log_level {
                out.member(meta::LOG_LEVEL, level.as_str());
            }
        }
        if let Some(token) = token {
            out.member(meta::PROGRESS_TOKEN, token);
        }
        for (key, value) in more.and_then(Value::as_object).into_iter().flatten() {
            out.escaped_member(key, value);
        }
        out.close();
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("revision", &self.revision)
            .field("in_flight", &self.pending.len())
            .finish_non_exhaustive()
    }
}

fn begin_message(method: &str) -> Writer {
    let mut out = Writer::with_capacity(512);
    out.open();
    out.member("jsonrpc", "2.0");
    out.member("method", method);
    out
}

fn end_message(mut out: Writer) -> Vec<u8> {
    out.close();
    out.raw("\n");
    out.finish()
}

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
