//! A service: typed arguments, answers in one step, and the same over an in-memory wire.

use std::collections::BTreeMap;

use mcp_proto::{
    Answer, Arguments, CallContext, Client, Completion, CompletionTarget, Content, Elicited, Event,
    Field, Implementation, InputRequest, InputRequired, LogLevel, Loopback, NoArguments, Prompt,
    PromptArgument, PromptResult, Resource, ResourceBody, ResourceContents, ResourceTemplate,
    Revision, RpcError, Server, Service, Tool, ToolDefinition, ToolResult, arguments,
};
use serde_json::{Map, Value, json};

use crate::offer::ALL;
use crate::support::{call, json as parsed, request};

arguments! {
    /// Not part of the schema.
    pub(crate) struct Everything {
        /// A text,
        /// in two lines.
        ///
        /// And a paragraph.
        text: String {"minLength": 1},
        small: i8,
        count: u64,
        share: f64 {"maximum": 1},
        /// Nested.
        inside: Vec<Inner>,
        names: BTreeMap<String, u16>,
        anything: Value,
        maybe: Option<bool> {"default": true},
        r#type: Option<Inner>,
    }

    #[derive(Eq)]
    pub(crate) struct Inner {
        /// How deep.
        depth: u32,
    }
}

fn everything() -> Value {
    json!({
        "text": "a", "small": -5, "count": 7, "share": 1, "inside": [{"depth": 1}],
        "names": {"a": 1, "b": 65535}, "anything": [null], "type": {"depth": 2}
    })
}

/// Promise: the schema says what the struct says, comments and keywords included.
#[test]
fn a_struct_has_its_schema_beside_it() {
    let inner = json!({
        "type": "object",
        "properties": {"depth": {
            "type": "integer", "minimum": 0, "maximum": 4_294_967_295_u32, "description": "How deep."
        }},
        "required": ["depth"],
        "additionalProperties": false
    });
    let mut described = inner.clone();
    described["description"] = "Nested.".into();
    let schema = <Everything as Arguments>::schema();
    let properties = json!({
        "text": {
            "type": "string", "description": "A text, in two lines.\n\nAnd a paragraph.",
            "minLength": 1
        },
        "small": {"type": "integer", "minimum": -128, "maximum": 127},
        "count": {"type": "integer", "minimum": 0},
        "share": {"type": "number", "maximum": 1},
        "inside": {"type": "array", "items": inner, "description": "Nested."},
        "names": {
            "type": "object",
            "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 65535}
        },
        "anything": {},
        "maybe": {"type": "boolean", "default": true},
        "type": inner
    });
    assert_eq!(schema["properties"], properties);
    let required = [
        "text", "small", "count", "share", "inside", "names", "anything",
    ];
    assert_eq!(schema["required"], json!(required));
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(<Everything as Field>::schema(), schema);
    let none = json!({"type": "object", "additionalProperties": false});
    assert_eq!(<NoArguments as Arguments>::schema(), none);
}

/// Promise: arguments are read as declared, and what isn't declared is refused even without the
/// schema.
#[test]
fn a_struct_is_read_as_declared() {
    let read: Everything = serde_json::from_value(everything()).unwrap();
    assert_eq!(
        (read.text.as_str(), read.small, read.count, read.maybe),
        ("a", -5, 7, None)
    );
    assert_eq!((read.share, &read.inside[0]), (1.0, &Inner { depth: 1 }));
    assert_eq!(read.names["b"], 65_535);
    assert_eq!(read.r#type, Some(Inner { depth: 2 }));
    let refuse = |member: &str, value: Value, says: &str| {
        let mut arguments = everything();
        match value {
            Value::Null => drop(arguments.as_object_mut().unwrap().remove(member)),
            value => arguments[member] = value,
        }
        let error = serde_json::from_value::<Everything>(arguments).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    };
    refuse("text", Value::Null, "missing field `text`");
    refuse("small", json!(200), "small: ");
    refuse("other", json!(1), "other: no such argument");
    refuse(
        "inside",
        json!([{"depth": 1, "x": 1}]),
        "x: no such argument",
    );
    assert!(serde_json::from_value::<Everything>(json!([])).is_err());
    serde_json::from_value::<NoArguments>(json!({})).unwrap();
}

/// Tells what it was given; fails on request; reports on its way.
struct Report;

impl Tool for Report {
    type Arguments = Everything;

    fn definition(&self) -> ToolDefinition {
        ToolDefinition::new("report", "Reports.").with_annotations(|hints| hints.read_only(true))
    }

    fn call(&self, given: Everything, call: &CallContext<'_>) -> Answer {
        if call.wants_progress() {
            call.progress(1.0, Some(2.0), Some("half"));
        }
        call.log(LogLevel::Info, "on its way");
        let client = call
            .request()
            .client
            .as_ref()
            .map(|client| client.name.clone());
        let revision = call.request().revision;
        Answer::from(format!("{} for {client:?} by {revision}", given.text))
    }
}

fn ask_user(_: NoArguments, call: &CallContext<'_>) -> Answer {
    match (call.elicited("name"), call.input().state.as_deref()) {
        (Some(Elicited::Accepted(form)), Some("asked")) => {
            let roots = call
                .input()
                .responses
                .as_ref()
                .and_then(|it| it.get("roots"));
            format!("{} {}", form["name"], roots.cloned().unwrap_or_default()).into()
        }
        (Some(_), _) => ToolResult::error("the user did not say").into(),
        (None, _) => {
            let schema = json!({"type": "object", "properties": {"name": {"type": "string"}}});
            InputRequired::one("name", InputRequest::form("Who?", schema))
                .with_request("roots", InputRequest::Roots)
                .with_state("asked")
                .into()
        }
    }
}

fn service() -> Service {
    let declared = mcp_proto::ServerCapabilities::new().with_logging();
    let server = Server::new(Implementation::new("s", "1")).with_capabilities(declared);
    let tool = ToolDefinition::new;
    Service::builder(server)
        .tool(Report)
        .function(tool("ask", "Asks."), ask_user)
        .function(
            tool("fail", "Fails."),
            |_: NoArguments, _: &CallContext<'_>| Err::<String, String>("it went wrong".to_owned()),
        )
        .function(
            tool("fault", "Is at fault."),
            |_: NoArguments, _: &CallContext<'_>| {
                Err::<String, RpcError>(RpcError::internal("no disk"))
            },
        )
        .function(
            tool("loop", "Never ends."),
            |_: NoArguments, _: &CallContext<'_>| InputRequired::state("again"),
        )
        .prompt(
            Prompt::new("greet").with_argument(PromptArgument::new("who").required()),
            |arguments, _| {
                PromptResult::user(Content::text(format!("Greet {}.", arguments["who"])))
            },
        )
        .resource(Resource::new("log://today", "today"), |_| {
            ResourceContents::one(ResourceBody::text("log://today", "well"))
        })
        .template(
            ResourceTemplate::new("log://{host}/{day}", "log"),
            |uri, named, _| match named["host"].as_str() {
                "nowhere" => Err(RpcError::resource_not_found(uri)),
                host => Ok(ResourceContents::one(ResourceBody::text(
                    uri,
                    format!("{host} on {}", named["day"]),
                ))),
            },
        )
        .complete(|request| match &request.target {
            CompletionTarget::Prompt(_) => Completion::of(["Ada", "Alan"]),
            CompletionTarget::Resource(_) => Completion::default(),
        })
        .build()
        .unwrap()
}

fn client() -> Client {
    let mut declared = Map::new();
    declared.insert("elicitation".into(), json!({}));
    declared.insert("roots".into(), json!({}));
    Client::new(Implementation::new("c", "1")).with_capabilities(declared)
}

/// A wire on which `revision` is spoken.
fn wire(service: &Service, revision: Revision) -> Loopback<'_> {
    let answering = |method: &str, params: &Value| match method {
        "elicitation/create" if params["message"] == "Who?" => {
            Ok(json!({"action": "accept", "content": {"name": "Ada"}}))
        }
        "roots/list" => Ok(json!({"roots": []})),
        other => Err(RpcError::method_not_found(other)),
    };
    let mut wire = Loopback::new(service, client()).answering(answering);
    let server = match revision {
        Revision::V2026_07_28 => wire.connect(),
        revision => wire.initialize(revision),
    };
    assert_eq!(server.unwrap().revision, revision);
    wire.heard();
    wire
}

fn params(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// Promise: one function answers everything, by every revision, and remembers nothing itself.
#[test]
fn a_service_answers_every_revision() {
    let service = service();
    for revision in ALL {
        let mut wire = wire(&service, revision);
        let result = wire.call_tool("report", everything()).unwrap();
        assert_eq!(result.text(), format!("a for Some(\"c\") by {revision}"));
        let failed = wire.call_tool("fail", json!({})).unwrap();
        assert!(failed.is_error);
        assert_eq!(failed.text(), "it went wrong");
        let fault = wire.call_tool("fault", json!({})).unwrap_err();
        assert_eq!((fault.code, fault.message.as_str()), (-32603, "no disk"));
        let invalid = wire.call_tool("report", json!({"text": ""})).unwrap();
        assert!(invalid.is_error && invalid.text().contains("missing required property `small`"));
        let unknown = wire.call_tool("repot", json!({})).unwrap_err();
        assert!(unknown.message.contains("report"), "{unknown}");

        let prompt = params(json!({"name": "greet", "arguments": {"who": "Ada"}}));
        let prompt = wire.request("prompts/get", prompt).unwrap();
        assert_eq!(prompt["messages"][0]["content"]["text"], "Greet Ada.");
        for (uri, text) in [("log://today", "well"), ("log://web/mon", "web on mon")] {
            let read = wire
                .request("resources/read", params(json!({"uri": uri})))
                .unwrap();
            assert_eq!(read["contents"][0]["text"], text);
        }
        for uri in ["log://nowhere/mon", "file:///etc/passwd"] {
            let missing = wire.request("resources/read", params(json!({"uri": uri})));
            assert!(
                missing
                    .unwrap_err()
                    .message
                    .starts_with("Resource not found")
            );
        }
        let completion = wire.request(
            "completion/complete",
            params(json!({
                "ref": {"type": "ref/prompt", "name": "greet"},
                "argument": {"name": "who", "value": "A"}
            })),
        );
        assert_eq!(
            completion.unwrap()["completion"]["values"],
            json!(["Ada", "Alan"])
        );
        assert_eq!(wire.connection().in_flight(), 0);
        assert!(wire.heard().is_empty());
    }
}

/// Promise: what a handler asks is answered in the way of the revision, and it notices nothing.
#[test]
fn questions_are_answered_over_the_wire() {
    let service = service();
    for revision in ALL {
        let mut wire = wire(&service, revision);
        let result = wire.call_tool("ask", json!({})).unwrap();
        match revision.has_elicitation() {
            true => assert_eq!(result.text(), "\"Ada\" {\"roots\":[]}", "{revision}"),
            false => assert!(result.is_error, "{revision} has no such question"),
        }
        assert_eq!(wire.connection().in_flight(), 0);
    }
}

/// Promise: a handler that never comes to an end is stopped, in either era.
#[test]
fn a_handler_that_only_asks_to_be_called_again_is_stopped() {
    let service = service();
    for revision in ALL {
        let mut wire = wire(&service, revision);
        let error = wire.call_tool("loop", json!({})).unwrap_err();
        assert!(error.message.contains("end"), "{error}");
        assert_eq!(wire.connection().in_flight(), 0);
    }
}

/// Promise: reports and log messages go out before the answer, to who wants them.
#[test]
fn notes_come_before_the_answer() {
    let service = service();
    let meta = json!({"progressToken": 3, "io.modelcontextprotocol/logLevel": "debug"});
    let mut message = call(Revision::V2026_07_28, 1, "report", everything());
    for (key, value) in meta.as_object().unwrap() {
        message["params"]["_meta"][key] = value.clone();
    }
    let sent: Vec<Value> = service
        .respond(message.to_string().as_bytes())
        .iter()
        .map(parsed)
        .collect();
    let methods: Vec<&Value> = sent.iter().map(|it| &it["method"]).collect();
    assert_eq!(
        methods[..2],
        ["notifications/progress", "notifications/message"]
    );
    assert_eq!((sent.len(), &sent[2]["id"]), (3, &json!(1)));

    let mut wire = wire(&service, Revision::V2025_11_25);
    wire.call_tool("report", everything()).unwrap();
    assert!(wire.heard().is_empty(), "nobody wants to hear");
    let set = params(json!({"level": "info"}));
    wire.request("logging/setLevel", set).unwrap();
    wire.call_tool("report", everything()).unwrap();
    assert!(matches!(
        wire.heard()[..],
        [Event::Log {
            level: LogLevel::Info,
            ..
        }]
    ));
}

/// Promise: the stateless form remembers nothing, so an older request is told to introduce
/// itself, every time.
#[test]
fn the_stateless_form_remembers_nothing() {
    let service = service();
    let old = Revision::V2025_11_25;
    let hello = json!({"protocolVersion": old.as_str(), "capabilities": {}});
    let hello = request(old, 1, "initialize", hello).to_string();
    for _ in 0..2 {
        assert_eq!(service.respond(hello.as_bytes()).len(), 1);
        let list = request(old, 2, "tools/list", json!({})).to_string();
        let refused = parsed(&service.respond(list.as_bytes())[0]);
        assert_eq!(refused["error"]["code"], -32602);
    }
}

/// Promise: a service declares what it has and nothing else, and refuses what clients could not
/// use.
#[test]
fn a_service_declares_what_it_has() {
    let bare = || Service::builder(Server::new(Implementation::new("s", "1")));
    let declared = |service: &Service| {
        let mut wire = Loopback::new(service, client());
        wire.connect().unwrap().capabilities
    };
    assert_eq!(declared(&bare().build().unwrap()), json!({}));
    let all = json!({
        "logging": {}, "completions": {}, "prompts": {}, "resources": {}, "tools": {}
    });
    assert_eq!(declared(&service()), all);
    let nothing = bare().build().unwrap();
    let mut wire = Loopback::new(&nothing, client());
    wire.connect().unwrap();
    assert_eq!(
        wire.request("tools/list", Map::new()).unwrap_err().code,
        -32601
    );
    let twice = bare().tool(Report).tool(Report).build().unwrap_err();
    assert_eq!(twice.name(), "report");
}

/// Promise: what comes back is turned into answers as it reads.
#[test]
fn answers_from_what_tools_return() {
    let text = |answer: Answer| match answer {
        Answer::Tool(result) => (
            result.content[0].as_text().unwrap().to_owned(),
            result.is_error,
        ),
        other => panic!("{other:?}"),
    };
    assert_eq!(text("a".into()), ("a".into(), false));
    assert_eq!(text(String::from("a").into()), ("a".into(), false));
    assert_eq!(text(Ok::<_, ToolResult>("a").into()), ("a".into(), false));
    assert_eq!(
        text(Err::<&str, _>(ToolResult::error("b")).into()),
        ("b".into(), true)
    );
    assert_eq!(
        text(Err::<&str, _>("b".to_owned()).into()),
        ("b".into(), true)
    );
    let fault: Answer = Err::<&str, _>(RpcError::internal("c")).into();
    assert!(matches!(fault, Answer::Error(_)));
}

/// Promise: one service serves many threads.
#[test]
fn a_service_is_shared() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&service());
}
