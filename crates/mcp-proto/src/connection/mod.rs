//! The server's side of one connection, without IO.

mod answer;
mod asking;
mod batch;
mod commands;
mod dispatch;
mod in_flight;
mod methods;
mod notifications;
mod outcome;
mod params;
mod queries;
mod reply;
mod subscriptions;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use tracing::debug;

pub use outcome::{Input, Outcome, Outgoing, Query, QueryKind, RequestKey, ToolCall};
pub use params::MAX_URI_BYTES;
pub use reply::Answer;
pub use subscriptions::{ChangedList, MAX_WATCHED};

use crate::catalogue::Catalogue;
use crate::framing::Line;
use crate::jsonrpc::{Malformed, Message, RpcError, parse_batch, parse_message};
use crate::meta::RequestContext;
use crate::model::LogLevel;
use crate::revision::{Era, Revision};
use crate::server::{MAX_BATCH_MESSAGES, Server};
use answer::Addressee;
use asking::Asked;
use batch::Batches;
use in_flight::{InFlight, Kind, Requests};
use subscriptions::Watched;

/// One client's connection: a process's standard streams, a socket, an HTTP session.
///
/// Both eras are served on the same connection, request by request: one that carries the
/// `_meta` of 2026-07-28 is served by that revision, statelessly; any other by the revision that
/// `initialize` settled. A client may begin with `server/discover`, go on with `initialize`, and
/// mix the two.
///
/// There are three kinds of methods. None blocks, none fails, and none reads a clock.
///
/// - `handle_*` take what the client sent and return [`Outcome`]s: frames to write, tools to run,
///   work to stop. They are called for each line, in the order of arrival.
/// - Commands ([`answer`](Self::answer), [`finish`](Self::finish), [`fail`](Self::fail),
///   [`abandon`](Self::abandon), [`stop_asking`](Self::stop_asking),
///   [`progress`](Self::progress), [`log`](Self::log), [`set_catalogue`](Self::set_catalogue),
///   [`list_changed`](Self::list_changed), [`resource_updated`](Self::resource_updated),
///   [`end_subscriptions`](Self::end_subscriptions)) report what became of the work, at any time
///   and in any order, and return the frames to write, if any.
/// - Questions ([`in_flight`](Self::in_flight), [`is_in_flight`](Self::is_in_flight),
///   [`session`](Self::session), [`is_asking`](Self::is_asking), [`log_level`](Self::log_level))
///   change nothing.
///
/// There is no timer, so no `poll_timeout`.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use mcp_proto::{Catalogue, Connection, Implementation, Outcome, Server, ToolDefinition, ToolResult};
///
/// let server = Arc::new(Server::new(Implementation::new("clock", "1.0.0")));
/// let tools = Catalogue::builder().tool(ToolDefinition::new("now", "Tells the time.")).build().unwrap();
/// let mut connection = Connection::new(server, Arc::new(tools));
///
/// let call = br#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"now","_meta":{
///     "io.modelcontextprotocol/protocolVersion":"2026-07-28",
///     "io.modelcontextprotocol/clientCapabilities":{}}}}"#;
/// for outcome in connection.handle_frame(call) {
///     let Outcome::CallTool(call) = outcome else { panic!("{outcome:?}") };
///     let answer = connection.finish(call.key, &ToolResult::text("noon")).unwrap();
///     assert!(answer.into_line().starts_with(br#"{"jsonrpc":"2.0","id":7,"result":{"#));
/// }
/// ```
pub struct Connection {
    server: Arc<Server>,
    catalogue: Arc<Catalogue>,
    session: Option<Session>,
    requests: Requests,
    batches: Batches,
    asked: Asked,
    watched: Watched,
    /// The revision of the last request, which decides how an error to nobody looks.
    last_revision: Option<Revision>,
}

/// What `initialize` settled.
#[derive(Debug)]
struct Session {
    context: RequestContext,
    /// The least severe level that the client wants to hear of; none before it says so.
    log_level: Option<LogLevel>,
    /// `notifications/initialized` came.
    ready: bool,
    /// The resources of `resources/subscribe`.
    subscribed: BTreeSet<String>,
}

impl Connection {
    /// A connection on which nothing was said yet.
    pub fn new(server: Arc<Server>, catalogue: Arc<Catalogue>) -> Self {
        Self {
            server,
            catalogue,
            session: None,
            requests: Requests::default(),
            batches: Batches::default(),
            asked: Asked::default(),
            watched: Watched::default(),
            last_revision: None,
        }
    }

    /// Takes what a [`crate::LineFramer`] found.
    pub fn handle_line(&mut self, line: Line<'_>) -> Vec<Outcome> {
        match line {
            Line::Frame(frame) => self.handle_frame(frame),
            Line::TooLong { limit } => {
                let error = RpcError::parse(format!(
                    "Parse error: the line is longer than {limit} bytes and was skipped"
                ));
                vec![Outcome::Send(self.error_to_nobody(&error))]
            }
        }
    }

    /// Takes one message (or a batch of 2025-03-26) as it came, without its newline.
    ///
    /// Whatever the bytes are, the connection stays usable: what isn't a message is answered by
    /// an error, and what must not be answered is ignored with a trace event.
    pub fn handle_frame(&mut self, frame: &[u8]) -> Vec<Outcome> {
        // Most messages lead to one, and an outcome is large.
        let mut outcomes = Vec::with_capacity(1);
        match parse_message(frame) {
            Ok(Message::Batch) => self.handle_batch(frame, &mut outcomes),
            message => self.handle_message(message, None, &mut outcomes),
        }
        outcomes
    }

    /// Requests that are not answered yet, subscriptions included.
    pub fn in_flight(&self) -> usize {
        self.requests.len()
    }

    /// Whether a request is not answered yet, nor given up.
    pub fn is_in_flight(&self, key: RequestKey) -> bool {
        self.requests.get(key).is_some()
    }

    /// Who the client is and what was settled, once it sent `initialize`.
    pub fn session(&self) -> Option<&RequestContext> {
        self.session.as_ref().map(|session| &session.context)
    }

    /// The least severe log message that the client wants to hear now: about this request, or about
    /// none. `None` while it wants to hear of nothing, and once the request is over.
    ///
    /// Until 2025-11-25 it holds for the connection, and may change while a request is worked on; in
    /// 2026-07-28 each request has its own, which lasts.
    pub fn log_level(&self, key: Option<RequestKey>) -> Option<LogLevel> {
        if !self.server.capabilities.logging {
            return None;
        }
        let request = match key {
            Some(key) => Some(self.requests.get(key)?),
            None => None,
        };
        match request {
            Some(request) if request.revision.era() == Era::Stateless => request.log_level,
            _ => self.session.as_ref()?.log_level,
        }
    }

    /// The tools that are offered now.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    fn handle_batch(&mut self, frame: &[u8], outcomes: &mut Vec<Outcome>) {
        let allowed = self
            .session
            .as_ref()
            .is_some_and(|session| session.context.revision.has_batches());
        if !allowed {
            let error = RpcError::invalid_request(
                "Invalid request: JSON-RPC batches exist in revision 2025-03-26 alone; send each \
                 message as a frame of its own",
            );
            outcomes.push(Outcome::Send(self.error_to_nobody(&error)));
            return;
        }
        let members = match parse_batch(frame, MAX_BATCH_MESSAGES) {
            Ok(members) => members,
            Err(malformed) => return self.refuse(&malformed, None, outcomes),
        };
        let batch = self.batches.begin();
        for member in members {
            self.handle_message(parse_message(member.as_bytes()), Some(batch), outcomes);
        }
        outcomes.extend(self.batches.settle(batch).map(Outcome::Send));
    }

    fn handle_message(
        &mut self,
        message: Result<Message<'_>, Box<Malformed>>,
        batch: Option<u64>,
        outcomes: &mut Vec<Outcome>,
    ) {
        match message {
            Ok(Message::Request(request)) => self.handle_request(&request, batch, outcomes),
            Ok(Message::Notification(note)) => self.handle_notification(&note, outcomes),
            Ok(Message::Response(response)) => outcomes.extend(self.handle_response(response)),
            Ok(Message::Batch) => {
                let error = RpcError::invalid_request("Invalid request: a batch inside a batch");
                self.send(self.error_to_nobody(&error), batch, outcomes);
            }
            Err(malformed) => self.refuse(&malformed, batch, outcomes),
        }
    }

    fn refuse(&mut self, bad: &Malformed, batch: Option<u64>, outcomes: &mut Vec<Outcome>) {
        let Some(error) = &bad.error else {
            debug!("ignored a malformed response");
            return;
        };
        let outgoing = match &bad.id {
            Some(id) => Outgoing::new(answer::error(&Addressee::Text(id), error), None)
                .with_status(error.http_status()),
            None => self.error_to_nobody(error),
        };
        self.send(outgoing, batch, outcomes);
    }

    /// An error about a message whose sender's id isn't known.
    fn error_to_nobody(&self, error: &RpcError) -> Outgoing {
        let omit = self.last_revision.is_some_and(Revision::omits_unknown_id);
        Outgoing::new(answer::error(&Addressee::Unknown { omit }, error), None)
            .with_status(error.http_status())
    }

    /// Sends a response at once, or with the rest of its batch.
    fn send(&mut self, outgoing: Outgoing, batch: Option<u64>, outcomes: &mut Vec<Outcome>) {
        match batch {
            Some(batch) => self.batches.add(batch, outgoing.as_bytes()),
            None => outcomes.push(Outcome::Send(outgoing)),
        }
    }

    /// Sends the response of a request that was in flight.
    fn settle(
        &mut self,
        batch: Option<u64>,
        outgoing: Outgoing,
        key: RequestKey,
    ) -> Option<Outgoing> {
        let Some(batch) = batch else {
            return Some(outgoing);
        };
        self.batches.add(batch, outgoing.as_bytes());
        let answers = self.batches.settle(batch)?;
        Some(answers.regarding(key))
    }

    /// Takes a request that is answered now; a subscription is not answered but ended.
    fn take_request(&mut self, key: RequestKey) -> Option<InFlight> {
        if let Kind::Subscription(_) = self.requests.get(key)?.kind {
            return None;
        }
        // Whoever answered without waiting for the client doesn't wait for it now.
        let _ = self.withdraw_questions(key);
        self.requests.remove(key)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("session", &self.session)
            .field("in_flight", &self.requests.len())
            .finish_non_exhaustive()
    }
}
