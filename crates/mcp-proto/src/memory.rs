//! A client and a service with nothing but memory between them, for tests.

use serde_json::{Map, Value, json};

use crate::client::{CallResult, Client, Event, ServerDescription};
use crate::connection::{Connection, Outgoing};
use crate::jsonrpc::{RequestId, RpcError};
use crate::revision::Revision;
use crate::service::Service;

/// How often one request may be answered by questions before it counts as failed.
const MAX_ROUNDS: usize = 16;

type Answering<'a> = Box<dyn FnMut(&str, &Value) -> Result<Value, RpcError> + 'a>;

/// A client connected with a service: whatever one sends, the other is given at once, until both
/// are quiet.
///
/// What the service asks back (forms, sampling, roots) goes to one function, in whichever way the
/// revision asks: by a request to the client, or by an answer after which the client calls again.
///
/// # Example
///
/// ```
/// use mcp_proto::{Client, Implementation, Loopback, Server, Service, ToolDefinition, arguments};
/// use serde_json::json;
///
/// arguments! {
///     /// A number.
///     pub struct Number {
///         /// The number.
///         pub n: i64,
///     }
/// }
///
/// let service = Service::builder(Server::new(Implementation::new("maths", "1.0.0")))
///     .function(ToolDefinition::new("negate", "Negates."), |number: Number, _| {
///         (-number.n).to_string()
///     })
///     .build()?;
/// let mut wire = Loopback::new(&service, Client::new(Implementation::new("test", "1.0.0")));
/// wire.connect()?;
/// assert_eq!(wire.call_tool("negate", json!({"n": 5}))?.text(), "-5");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Loopback<'a> {
    service: &'a Service,
    connection: Connection,
    client: Client,
    answering: Answering<'a>,
    heard: Vec<Event>,
}

impl<'a> Loopback<'a> {
    /// Connects the two. Nothing is said yet, and nothing that the service asks is answered.
    pub fn new(service: &'a Service, client: Client) -> Self {
        Self {
            service,
            connection: service.connection(),
            client,
            answering: Box::new(|method, _| {
                Err(RpcError::method_not_found(format!(
                    "Method not found: {method}"
                )))
            }),
            heard: Vec::new(),
        }
    }

    /// Sets who answers what the service asks: given the method (`elicitation/create`,
    /// `sampling/createMessage`, `roots/list`) and its parameters, it returns the result. The
    /// client must declare what it can be asked
    /// ([`Client::with_capabilities`](crate::Client::with_capabilities)).
    pub fn answering(
        mut self,
        answer: impl FnMut(&str, &Value) -> Result<Value, RpcError> + 'a,
    ) -> Self {
        self.answering = Box::new(answer);
        self
    }

    /// Opens the connection with the newest revision that both speak.
    ///
    /// # Errors
    ///
    /// What the service answered instead.
    pub fn connect(&mut self) -> Result<ServerDescription, RpcError> {
        let (_, line) = self.client.connect();
        self.open(&line)
    }

    /// Opens the connection by a handshake for this revision.
    ///
    /// # Errors
    ///
    /// What the service answered instead.
    pub fn initialize(&mut self, revision: Revision) -> Result<ServerDescription, RpcError> {
        let (_, line) = self.client.initialize(revision);
        self.open(&line)
    }

    /// Calls a tool and answers what it asks.
    ///
    /// # Errors
    ///
    /// What the service answered instead of a result. A tool that failed has a result.
    pub fn call_tool(&mut self, name: &str, arguments: Value) -> Result<CallResult, RpcError> {
        let mut params = Map::new();
        params.insert("name".into(), name.into());
        params.insert("arguments".into(), arguments);
        match self.request("tools/call", params)? {
            Value::Object(result) => Ok(CallResult::read(result)),
            _ => Err(RpcError::internal("the result is no object")),
        }
    }

    /// Makes any request and answers what it leads to being asked.
    ///
    /// # Errors
    ///
    /// What the service answered instead of a result, or that there is no end of its questions.
    pub fn request(
        &mut self,
        method: &str,
        mut params: Map<String, Value>,
    ) -> Result<Value, RpcError> {
        for _ in 0..MAX_ROUNDS {
            let (id, line) = self.client.request(method, &params);
            self.deliver(&line);
            match self.take_end(&id)? {
                Event::InputRequired {
                    requests, state, ..
                } => {
                    params.insert("inputResponses".into(), self.answers(requests)?.into());
                    // What the server didn't give is not sent, also not that of an earlier round.
                    params.remove("requestState");
                    params.extend(state.map(|state| ("requestState".to_owned(), state.into())));
                }
                Event::Done { result, .. } => return Ok(result),
                other => return Err(unexpected(&other)),
            }
        }
        Err(RpcError::internal("there is no end of questions"))
    }

    /// Gives the service a line of the client's, the client what comes back, and so on until both
    /// are quiet.
    pub fn deliver(&mut self, line: &[u8]) {
        let mut lines = vec![line.to_vec()];
        while !lines.is_empty() {
            let mut replies = Vec::new();
            for line in lines {
                for answer in self.service.handle(&mut self.connection, &line) {
                    replies.extend(self.hear(&answer));
                }
            }
            lines = replies;
        }
    }

    /// What the client heard beside what was waited for, oldest first: progress, log messages,
    /// announcements.
    pub fn heard(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.heard)
    }

    /// The client.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// The service's side of the connection, to announce something on it; what it returns goes to
    /// [`announce`](Self::announce).
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Gives the client what the connection sends of its own accord.
    pub fn announce(&mut self, messages: impl IntoIterator<Item = Outgoing>) {
        for message in messages {
            for line in self.hear(&message) {
                self.deliver(&line);
            }
        }
    }

    fn open(&mut self, line: &[u8]) -> Result<ServerDescription, RpcError> {
        self.deliver(line);
        let ready = |event: &Event| matches!(event, Event::Ready { .. } | Event::Failed { .. });
        let position = self.heard.iter().position(ready);
        match position.map(|position| self.heard.remove(position)) {
            Some(Event::Ready { server, .. }) => Ok(server),
            Some(Event::Failed { error, .. }) => Err(error),
            _ => Err(RpcError::internal("the service did not answer")),
        }
    }

    /// Lets the client hear a message; returns the lines that it replies.
    fn hear(&mut self, message: &Outgoing) -> Vec<Vec<u8>> {
        let event = self.client.handle_frame(message.as_bytes());
        match event {
            Event::Send(line) => vec![line],
            Event::Asked { id, method, params } => {
                let answer = (self.answering)(&method, &params);
                vec![self.client.answer(&id, &answer)]
            }
            Event::Ready { server, reply } => {
                self.heard.push(Event::Ready {
                    server,
                    reply: None,
                });
                reply.into_iter().collect()
            }
            Event::Ignored => Vec::new(),
            event => {
                self.heard.push(event);
                Vec::new()
            }
        }
    }

    /// The event that ends a request.
    fn take_end(&mut self, wanted: &RequestId) -> Result<Event, RpcError> {
        let ends = |event: &Event| match event {
            Event::Done { id, .. } | Event::InputRequired { id, .. } => id == wanted,
            Event::Failed { id, .. } => id.as_ref().is_none_or(|id| id == wanted),
            _ => false,
        };
        let position = self.heard.iter().position(ends);
        match position.map(|position| self.heard.remove(position)) {
            Some(Event::Failed { error, .. }) => Err(error),
            Some(event) => Ok(event),
            None => Err(RpcError::internal("the service did not answer")),
        }
    }

    fn answers(&mut self, requests: Map<String, Value>) -> Result<Map<String, Value>, RpcError> {
        let mut answers = Map::new();
        for (name, request) in requests {
            let method = request["method"].as_str().unwrap_or_default();
            let params = request.get("params").cloned().unwrap_or_else(|| json!({}));
            answers.insert(name, (self.answering)(method, &params)?);
        }
        Ok(answers)
    }
}

fn unexpected(event: &Event) -> RpcError {
    RpcError::internal(format!("the service answered something else: {event:?}"))
}

impl std::fmt::Debug for Loopback<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loopback")
            .field("connection", &self.connection)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
