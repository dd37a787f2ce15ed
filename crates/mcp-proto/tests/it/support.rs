//! A small server, and ways to talk to it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use mcp_proto::{
    Catalogue, Connection, Era, Icon, Implementation, Outcome, Outgoing, Revision, Server,
    ServerCapabilities, ToolCall, ToolDefinition,
};
use serde_json::{Map, Value, json};

/// A server with everything set that a revision may or may not know.
pub(crate) fn server() -> Server {
    let icon = Icon {
        src: "https://example.com/icon.png".into(),
        mime_type: Some("image/png".into()),
        sizes: vec!["48x48".into()],
        theme: Some("light".into()),
    };
    let info = Implementation::new("weather", "1.2.3")
        .with_title("Weather")
        .with_description("Knows the weather.")
        .with_website("https://example.com")
        .with_icon(icon);
    Server::new(info)
        .with_instructions("Ask for a place.")
        .with_capabilities(
            ServerCapabilities::new()
                .with_logging()
                .with_tools_list_changed(),
        )
}

/// One tool with every field set, one with none, one that returns a list.
pub(crate) fn tools() -> Catalogue {
    let weather = ToolDefinition::new("get_weather", "Tells the weather at a place.")
        .with_title("Weather")
        .with_input_schema(json!({
            "type": "object",
            "properties": {
                "location": {"type": "string", "minLength": 1},
                "days": {"type": "integer", "minimum": 1, "maximum": 14}
            },
            "required": ["location"],
            "additionalProperties": false
        }))
        .with_output_schema(json!({
            "type": "object",
            "properties": {"temperature": {"type": ["number", "null"]}},
            "required": ["temperature"]
        }))
        .with_annotations(|hints| {
            hints
                .read_only(true)
                .destructive(false)
                .idempotent(true)
                .open_world(true)
        })
        .with_icon(Icon {
            src: "https://example.com/sun.png".into(),
            ..Icon::default()
        })
        .with_meta("example.com/cost", json!(1));
    let users = ToolDefinition::new("list_users", "Lists users.")
        .with_output_schema(json!({"type": "array", "items": {"type": "string"}}));
    Catalogue::builder()
        .tool(weather)
        .tool(ToolDefinition::new("now", "Tells the time."))
        .tool(users)
        .build()
        .unwrap()
}

/// A connection on which nothing was said.
pub(crate) fn fresh() -> Connection {
    Connection::new(Arc::new(server()), Arc::new(tools()))
}

/// A connection that is ready for requests of `revision`.
pub(crate) fn open(revision: Revision) -> Connection {
    open_with(revision, server(), tools())
}

pub(crate) fn open_with(revision: Revision, server: Server, tools: Catalogue) -> Connection {
    let mut connection = Connection::new(Arc::new(server), Arc::new(tools));
    if revision.era() == Era::Initialize {
        let params = json!({
            "protocolVersion": revision.as_str(),
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "0"}
        });
        let hello = send(
            &mut connection,
            request(revision, "init", "initialize", params),
        );
        assert_eq!(hello["result"]["protocolVersion"], revision.as_str());
        let note = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        connection.handle_frame(note.to_string().as_bytes());
    }
    connection
}

/// A request as a client of `revision` writes it.
pub(crate) fn request(
    revision: Revision,
    id: impl Into<Value>,
    method: &str,
    params: Value,
) -> Value {
    let mut params = match params {
        Value::Object(params) => params,
        _ => Map::new(),
    };
    if revision.era() == Era::Stateless {
        let meta = params.entry("_meta").or_insert_with(|| json!({}));
        let meta = meta.as_object_mut().unwrap();
        meta.insert(
            "io.modelcontextprotocol/protocolVersion".into(),
            revision.as_str().into(),
        );
        meta.insert(
            "io.modelcontextprotocol/clientCapabilities".into(),
            json!({}),
        );
    }
    json!({"jsonrpc": "2.0", "id": id.into(), "method": method, "params": params})
}

/// A call of a tool as a client of `revision` writes it.
pub(crate) fn call(
    revision: Revision,
    id: impl Into<Value>,
    tool: &str,
    arguments: Value,
) -> Value {
    request(
        revision,
        id,
        "tools/call",
        json!({"name": tool, "arguments": arguments}),
    )
}

/// Sends a message that is answered at once by one message.
pub(crate) fn send(connection: &mut Connection, message: Value) -> Value {
    send_text(connection, &message.to_string())
}

pub(crate) fn send_text(connection: &mut Connection, frame: &str) -> Value {
    let mut sent = sends(connection.handle_frame(frame.as_bytes()));
    assert_eq!(sent.len(), 1, "answers to {frame}: {sent:?}");
    sent.remove(0)
}

/// Sends a call and returns what the server is to run.
pub(crate) fn start(connection: &mut Connection, message: Value) -> ToolCall {
    let mut outcomes = connection.handle_frame(message.to_string().as_bytes());
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    match outcomes.remove(0) {
        Outcome::CallTool(call) => call,
        other => panic!("expected a call: {other:?}"),
    }
}

/// The messages among outcomes; anything else is a failure.
pub(crate) fn sends(outcomes: Vec<Outcome>) -> Vec<Value> {
    outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Send(outgoing) => json(&outgoing),
            other => panic!("expected a message: {other:?}"),
        })
        .collect()
}

pub(crate) fn json(outgoing: &Outgoing) -> Value {
    assert!(!outgoing.as_bytes().contains(&b'\n'), "a frame is one line");
    serde_json::from_slice(outgoing.as_bytes()).unwrap()
}

/// A fixture of the whole project.
pub(crate) fn fixture(path: &str) -> String {
    let file = data(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

pub(crate) fn fixture_json(path: &str) -> Value {
    serde_json::from_str(&fixture(path)).unwrap()
}

pub(crate) fn data(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data/mcp")
        .join(path)
}

/// Checks a value against a definition of the revision's published schema, closed as the
/// fixtures' README says.
pub(crate) fn conforms(revision: Revision, definition: &str, value: &Value) {
    let mut schema = fixture_json(&format!("schema/{revision}.json"));
    let defs = match schema.get("$defs") {
        Some(_) => "$defs",
        None => "definitions",
    };
    assert!(
        schema[defs].get(definition).is_some(),
        "{revision} has no {definition}"
    );
    schema["$ref"] = format!("#/{defs}/{definition}").into();
    let validator = jsonschema::options().offline().build(&schema).unwrap();
    let problems: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        problems.is_empty(),
        "{revision} {definition}: {problems:#?}\n{value:#}"
    );
}

/// Collects the trace events of a test.
#[derive(Clone, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<String>>>);

impl Trace {
    pub(crate) fn events(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl tracing::Subscriber for Trace {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                self.0 += &format!("{}={value:?} ", field.name());
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
