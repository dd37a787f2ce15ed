//! A whole server as a function from requests to answers.
//!
//! [`Connection`] says what is to be done and leaves the doing to its user, who may do it in
//! tasks, in other processes, later. A [`Service`] is for whoever has it done at once: it knows
//! tools, prompts and resources by their functions, and calls them in place.

mod arguments;
mod builder;
mod call;
mod fields;
mod tool;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

pub use arguments::{Members, NoArguments, ObjectSchema};
pub use builder::ServiceBuilder;
pub use call::CallContext;
pub use fields::{Arguments, Field};
pub use tool::Tool;

use crate::catalogue::{Catalogue, InvalidArguments};
use crate::connection::{
    Answer, Connection, Outcome, Outgoing, Query, QueryKind, RequestKey, ToolCall,
};
use crate::framing::Line;
use crate::jsonrpc::RpcError;
use crate::model::{Completion, CompletionRequest, ResourceTemplate, ToolResult};
use crate::server::Server;
use call::Note;
use tool::Erased;

/// How often one frame may lead to the same request being handed out again before it fails: a
/// handler that only ever asks to be called again would never come to an end.
const MAX_ROUNDS: usize = 64;

type Prompting = Box<dyn Fn(&BTreeMap<String, String>, &CallContext<'_>) -> Answer + Send + Sync>;
type Reading = Box<dyn Fn(&CallContext<'_>) -> Answer + Send + Sync>;
type ReadingFamily =
    Box<dyn Fn(&str, &BTreeMap<&str, String>, &CallContext<'_>) -> Answer + Send + Sync>;
type Completing = Box<dyn Fn(&CompletionRequest) -> Completion + Send + Sync>;

/// A server with everything that it does: a pure function from a frame to the frames that answer
/// it. It holds nothing that changes, so one service serves any number of connections and
/// threads; what a connection has said is in its [`Connection`].
///
/// # Example
///
/// ```
/// use mcp_proto::{Implementation, Server, Service, ToolDefinition, arguments};
///
/// arguments! {
///     /// Whom to greet.
///     pub struct Greet {
///         /// A name.
///         pub name: String {"minLength": 1},
///     }
/// }
///
/// let service = Service::builder(Server::new(Implementation::new("greeter", "1.0.0")))
///     .function(ToolDefinition::new("greet", "Greets."), |greet: Greet, _| {
///         format!("Hello, {}!", greet.name)
///     })
///     .build()?;
///
/// let frame = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{
///     "name":"greet","arguments":{"name":"Ada"},"_meta":{
///         "io.modelcontextprotocol/protocolVersion":"2026-07-28",
///         "io.modelcontextprotocol/clientCapabilities":{}}}}"#;
/// let answers = service.respond(frame);
/// assert!(String::from_utf8_lossy(answers[0].as_bytes()).contains("Hello, Ada!"));
/// # Ok::<(), mcp_proto::InvalidEntry>(())
/// ```
pub struct Service {
    server: Arc<Server>,
    catalogue: Arc<Catalogue>,
    tools: HashMap<Arc<str>, Erased>,
    prompts: HashMap<String, Prompting>,
    resources: HashMap<String, Reading>,
    templates: Vec<(ResourceTemplate, ReadingFamily)>,
    completing: Option<Completing>,
}

impl Service {
    /// Starts a service.
    pub fn builder(server: Server) -> ServiceBuilder {
        ServiceBuilder::new(server)
    }

    /// A connection to this service, on which nothing was said yet.
    pub fn connection(&self) -> Connection {
        Connection::new(Arc::clone(&self.server), Arc::clone(&self.catalogue))
    }

    /// What is offered.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// Takes one message of a client and returns what is to be written to it, in this order.
    pub fn handle(&self, connection: &mut Connection, frame: &[u8]) -> Vec<Outgoing> {
        let outcomes = connection.handle_frame(frame);
        self.carry_out(connection, outcomes)
    }

    /// As [`handle`](Self::handle), for what a [`LineFramer`](crate::LineFramer) found.
    pub fn handle_line(&self, connection: &mut Connection, line: Line<'_>) -> Vec<Outgoing> {
        let outcomes = connection.handle_line(line);
        self.carry_out(connection, outcomes)
    }

    /// Answers one request of 2026-07-28, which says all that there is to know: nothing is
    /// remembered before or after. A request of an older revision is told to introduce itself.
    pub fn respond(&self, frame: &[u8]) -> Vec<Outgoing> {
        self.handle(&mut self.connection(), frame)
    }

    fn carry_out(&self, connection: &mut Connection, outcomes: Vec<Outcome>) -> Vec<Outgoing> {
        let mut written = Vec::new();
        let mut waiting: VecDeque<Outcome> = outcomes.into();
        let mut rounds: HashMap<RequestKey, usize> = HashMap::new();
        while let Some(outcome) = waiting.pop_front() {
            let (key, answer, notes) = match outcome {
                Outcome::Send(outgoing) => {
                    written.push(outgoing);
                    continue;
                }
                Outcome::CallTool(call) => self.call(call),
                Outcome::InvalidArguments(call, problems) => (
                    call.key,
                    Answer::Tool(invalid_arguments(&call.name, &problems)),
                    Vec::new(),
                ),
                Outcome::Query(query) => self.query(query),
                // What is offered doesn't change, and nothing runs on when its caller is gone.
                _ => continue,
            };
            written.extend(notes.iter().filter_map(|note| say(connection, key, note)));
            let round = rounds.entry(key).or_default();
            *round += 1;
            let answer = match (answer, *round) {
                (Answer::Input(_), MAX_ROUNDS..) => Answer::Error(RpcError::internal(
                    "Internal error: the handler asks to be called again without end",
                )),
                (answer, _) => answer,
            };
            // What an answer leads to comes before what else the frame did.
            for outcome in connection.answer(key, answer).into_iter().rev() {
                waiting.push_front(outcome);
            }
        }
        written
    }

    fn call(&self, call: ToolCall) -> (RequestKey, Answer, Vec<Note>) {
        let context = CallContext::new(&call.context, &call.input, call.progress_token.is_some());
        let answer = match self.tools.get(&call.name) {
            Some(tool) => tool(call.arguments, &context),
            None => missing("tool", &call.name),
        };
        (call.key, answer, context.into_notes())
    }

    fn query(&self, query: Query) -> (RequestKey, Answer, Vec<Note>) {
        let context =
            CallContext::new(&query.context, &query.input, query.progress_token.is_some());
        let answer = match query.kind {
            QueryKind::ListResources => Answer::Resources(self.catalogue.resources().to_vec()),
            QueryKind::ReadResource { uri } => self.read(&uri, &context),
            QueryKind::GetPrompt { name, arguments } => match self.prompts.get(&name) {
                Some(prompt) => prompt(&texts(arguments), &context),
                None => missing("prompt", &name),
            },
            QueryKind::Complete(request) => match &self.completing {
                Some(complete) => Answer::Completion(complete(&request)),
                None => Answer::Completion(Completion::default()),
            },
        };
        (query.key, answer, context.into_notes())
    }

    fn read(&self, uri: &str, context: &CallContext<'_>) -> Answer {
        if let Some(resource) = self.resources.get(uri) {
            return resource(context);
        }
        for (template, read) in &self.templates {
            if let Some(values) = template.matches(uri) {
                return read(uri, &values.into_iter().collect(), context);
            }
        }
        Answer::Error(RpcError::resource_not_found(uri))
    }
}

fn say(connection: &mut Connection, key: RequestKey, note: &Note) -> Option<Outgoing> {
    match note {
        Note::Progress {
            progress,
            total,
            message,
        } => connection.progress(key, *progress, *total, message.as_deref()),
        Note::Log(level, data) => connection.log(Some(key), *level, None, data),
    }
}

fn invalid_arguments(tool: &str, problems: &InvalidArguments) -> ToolResult {
    ToolResult::error(format!("Invalid arguments for {tool}:\n{problems}"))
}

/// The arguments of a prompt, which have been checked to be texts.
fn texts(arguments: Map<String, Value>) -> BTreeMap<String, String> {
    arguments
        .into_iter()
        .filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            _ => None,
        })
        .collect()
}

/// What the catalogue lists without a handler: a connection with another catalogue than ours.
fn missing(noun: &str, name: &str) -> Answer {
    Answer::Error(RpcError::internal(format!(
        "Internal error: nothing here serves the {noun} {name}"
    )))
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("server", &self.server)
            .field("catalogue", &self.catalogue)
            .finish_non_exhaustive()
    }
}
