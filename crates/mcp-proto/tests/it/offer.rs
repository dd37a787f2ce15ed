//! A server with everything that there is beside tools, and ways to ask it.

use mcp_proto::{
    Annotations, Answer, Catalogue, Connection, Era, Icon, Outcome, Prompt, PromptArgument,
    PromptsCapability, Query, Resource, ResourceTemplate, ResourcesCapability, Revision, Role,
    Server, ServerCapabilities, ToolDefinition,
};
use serde_json::{Map, Value, json};

use crate::support::{open_with, request, send, sends, server};

pub(crate) const ALL: [Revision; 5] = Revision::ALL;
pub(crate) const NEW: Revision = Revision::V2026_07_28;
pub(crate) const OLD: Revision = Revision::V2025_11_25;

/// Everything is declared.
pub(crate) fn capabilities() -> ServerCapabilities {
    ServerCapabilities::new()
        .with_logging()
        .with_completions()
        .with_tools_list_changed()
        .with_prompts(PromptsCapability { list_changed: true })
        .with_resources(ResourcesCapability {
            subscribe: true,
            list_changed: true,
        })
}

pub(crate) fn full_server() -> Server {
    server().with_capabilities(capabilities())
}

fn icon() -> Icon {
    Icon {
        src: "https://example.com/log.png".into(),
        ..Icon::default()
    }
}

fn meta() -> Map<String, Value> {
    let mut meta = Map::new();
    meta.insert("example.com/k".into(), json!(1));
    meta
}

fn annotations() -> Annotations {
    Annotations {
        audience: vec![Role::Assistant],
        priority: Some(0.25),
        last_modified: Some("2026-01-02T03:04:05Z".into()),
    }
}

/// A resource with every field set.
pub(crate) fn today() -> Resource {
    let mut today = Resource::new("log://today", "today")
        .with_title("Today's log")
        .with_description("What happened.")
        .with_mime_type("text/plain")
        .with_annotations(annotations());
    today.size = Some(17);
    today.icons.push(icon());
    today.meta = meta();
    today
}

pub(crate) fn by_day() -> ResourceTemplate {
    let mut by_day = ResourceTemplate::new("log://{host}/{day}", "log")
        .with_title("A day's log")
        .with_description("What happened on a host.")
        .with_mime_type("text/plain");
    by_day.annotations = annotations();
    by_day.icons.push(icon());
    by_day.meta = meta();
    by_day
}

pub(crate) fn review() -> Prompt {
    let path = PromptArgument::new("path")
        .with_title("Path")
        .with_description("What to review.")
        .required();
    let mut review = Prompt::new("review")
        .with_title("Review")
        .with_description("Reviews a file.")
        .with_argument(path)
        .with_argument(PromptArgument::new("tone"));
    review.icons.push(icon());
    review.meta = meta();
    review
}

pub(crate) fn full_catalogue() -> Catalogue {
    Catalogue::builder()
        .tool(ToolDefinition::new("now", "Tells the time."))
        .resource(today())
        .resource(Resource::new("log://yesterday", "yesterday"))
        .template(by_day())
        .prompt(review())
        .prompt(Prompt::new("greet"))
        .build()
        .unwrap()
}

pub(crate) fn full(revision: Revision) -> Connection {
    open_with(revision, full_server(), full_catalogue())
}

/// A connection whose client declares this; for the newest revision, [`ask`] says it with each
/// request.
pub(crate) fn declaring(revision: Revision, capabilities: Value) -> Connection {
    let mut connection = open_with(NEW, full_server(), full_catalogue());
    if revision.era() == Era::Initialize {
        let params = json!({
            "protocolVersion": revision.as_str(),
            "capabilities": capabilities,
            "clientInfo": {"name": "test", "version": "0"}
        });
        send(
            &mut connection,
            request(revision, "init", "initialize", params),
        );
        let note = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        connection.handle_frame(note.to_string().as_bytes());
    }
    connection
}

/// A request whose client declares this, where the revision says it with each request.
pub(crate) fn ask(
    revision: Revision,
    id: impl Into<Value>,
    method: &str,
    params: Value,
    capabilities: &Value,
) -> Value {
    let mut message = request(revision, id, method, params);
    if revision.era() == Era::Stateless {
        message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] =
            capabilities.clone();
    }
    message
}

/// Sends a request and returns what is to be found out.
pub(crate) fn query(connection: &mut Connection, message: Value) -> Query {
    match one(connection.handle_frame(message.to_string().as_bytes())) {
        Outcome::Query(query) => query,
        other => panic!("expected a query: {other:?}"),
    }
}

/// The only outcome.
pub(crate) fn one(mut outcomes: Vec<Outcome>) -> Outcome {
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    outcomes.remove(0)
}

/// Answers a query with what leads to one message.
pub(crate) fn answered(connection: &mut Connection, query: &Query, answer: Answer) -> Value {
    let mut sent = sends(connection.answer(query.key, answer));
    assert_eq!(sent.len(), 1, "{sent:?}");
    sent.remove(0)
}

/// Nothing of the newest revision is in a result of another, and all of it in one of its own.
pub(crate) fn belongs_to(revision: Revision, result: &Value, cacheable: bool) {
    let stateless = revision == NEW;
    let has = |member: &str| result.get(member).is_some();
    assert_eq!(has("resultType"), stateless, "{revision} {result}");
    assert_eq!(has("ttlMs"), stateless && cacheable, "{revision} {result}");
    assert_eq!(
        has("cacheScope"),
        stateless && cacheable,
        "{revision} {result}"
    );
    let server = result.pointer("/_meta/io.modelcontextprotocol~1serverInfo");
    assert_eq!(server.is_some(), stateless, "{revision} {result}");
}

/// A client's answer to a question of the connection's.
pub(crate) fn reply(connection: &mut Connection, question: &Value, result: Value) -> Vec<Outcome> {
    let message = json!({"jsonrpc": "2.0", "id": question["id"], "result": result});
    connection.handle_frame(message.to_string().as_bytes())
}

pub(crate) fn cancel(connection: &mut Connection, id: impl Into<Value>) -> Vec<Outcome> {
    let params = json!({"requestId": id.into()});
    let note = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params});
    connection.handle_frame(note.to_string().as_bytes())
}
