//! Every example object that the specification has a name for (2026-07-28), one by one.
//!
//! `examples.txt` lists them all; the objects are fixtures of the same types, names and members.
//! What a client sends is taken by a connection, what a server sends is given by one, and what
//! is part of a message goes through the message that it is part of.

use std::collections::BTreeSet;

use mcp_proto::{
    CachePolicy, Catalogue, ClientCapabilities, Connection, Elicited, Implementation, InputRequest,
    InputRequired, InputResponses, Outcome, Prompt, PromptArgument, PromptsCapability, QueryKind,
    ResourceTemplate, ResourcesCapability, RpcError, Server, ServerCapabilities, ToolDefinition,
    code,
};
use serde_json::{Value, json};

use crate::offer::{NEW, ask, capabilities, one};
use crate::spec_notifications::notification;
use crate::spec_objects::object;
use crate::spec_results::{content, listed_resource, result, without_identity};
use crate::support::{
    conforms, data, fixture, fixture_json, json as parsed, open_with, request, send, sends,
};

/// The one example that the published schema takes for another type: it has no `ttlMs`.
const WITHOUT_TTL: &str = "ReadResourceResultResponse/read-resource-result-response";

fn example(name: &str) -> Value {
    fixture_json(&format!("examples/{name}.json"))
}

/// Promise: each of the specification's examples has a fixture of its type and name, conforms to
/// the schema of its type, and is understood or produced here.
#[test]
fn every_example_is_taken_or_given() {
    let listed = fixture("examples.txt");
    let names: BTreeSet<&str> = listed.lines().collect();
    assert_eq!((names.len(), listed.lines().count()), (129, 129));
    let mut found = BTreeSet::new();
    for kind in std::fs::read_dir(data("examples")).unwrap() {
        let kind = kind.unwrap().file_name().into_string().unwrap();
        for file in std::fs::read_dir(data(&format!("examples/{kind}"))).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            found.insert(format!("{kind}/{}", file.trim_end_matches(".json")));
        }
    }
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, names);
    for name in names {
        let value = example(name);
        let (kind, _) = name.split_once('/').unwrap();
        if name != WITHOUT_TTL {
            conforms(NEW, kind, &value);
        }
        // Shown when a check below panics.
        println!("{name}");
        check(kind, name, &value);
    }
}

fn check(kind: &str, name: &str, value: &Value) {
    match kind {
        "ElicitRequest" | "CreateMessageRequest" | "ListRootsRequest" => {
            let mut expected = value.clone();
            // Inside of an answer, a request has no id of its own.
            expected.as_object_mut().unwrap().remove("id");
            assert_eq!(asked(input_request(value)), expected);
        }
        "CreateMessageRequestParams" | "ElicitRequestFormParams" | "ElicitRequestURLParams" => {
            let method = match kind {
                "CreateMessageRequestParams" => "sampling/createMessage",
                _ => "elicitation/create",
            };
            let request = json!({"method": method, "params": value});
            assert_eq!(asked(input_request(&request)), request);
        }
        "InputRequests" | "InputRequiredResult" => input_required(kind, value),
        "CallToolRequestParams" => taken(&wrapped("tools/call", value)),
        "CompleteRequestParams" => taken(&wrapped("completion/complete", value)),
        "GetPromptRequestParams" => taken(&wrapped("prompts/get", value)),
        "PaginatedRequestParams" => a_cursor(value),
        "ElicitResult" | "CreateMessageResult" | "ListRootsResult" | "InputResponses" | "Root" => {
            responses(kind, value);
        }
        "ModelPreferences" | "SamplingMessage" | "ToolUseContent" | "ToolResultContent" => {
            in_sampling(kind, value);
        }
        "ClientCapabilities" => client_capabilities(name, value),
        "ServerCapabilities" => server_capabilities(value),
        "Resource" => {
            let answer = listed_resource(value);
            assert_eq!(answer["result"]["resources"][0], *value);
        }
        _ if kind.ends_with("Request") => taken(value),
        _ if kind.ends_with("Error") => error(kind, value),
        _ if kind.ends_with("Schema") => in_a_form(value),
        _ if kind.contains("Notification") => notification(kind, value),
        _ if kind.ends_with("ResultResponse") => {
            result(
                kind.trim_end_matches("Response"),
                value["id"].clone(),
                &value["result"],
            );
        }
        _ if kind.ends_with("Result") => result(kind, json!(1), value),
        _ => content(kind, value),
    }
}

/// A server that has whatever the examples ask for.
pub(crate) fn connection_with(server: Server) -> Connection {
    let mut tool_names = vec!["get_weather", "read_gauge", "survey_seabed"];
    tool_names.sort_unstable();
    let tools = tool_names.into_iter().map(|name| {
        ToolDefinition::new(name, "A tool.").with_input_schema(json!({"type": "object"}))
    });
    let crossing = Prompt::new("plan_crossing")
        .with_argument(PromptArgument::new("boat"))
        .with_argument(PromptArgument::new("berth"));
    let catalogue = Catalogue::builder()
        .tools(tools)
        .prompt(crossing)
        .template(ResourceTemplate::new("tide://{harbour}", "tides"))
        .template(ResourceTemplate::new("file:///project/{name}", "files"))
        .build()
        .unwrap();
    open_with(NEW, server, catalogue)
}

pub(crate) fn server(cache: CachePolicy) -> Server {
    Server::new(Implementation::new("harbour", "1"))
        .with_capabilities(capabilities())
        .with_cache(cache)
}

pub(crate) fn connection() -> Connection {
    connection_with(server(CachePolicy::default()))
}

fn wrapped(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

/// A request of a client's, which leads to what its method is for.
fn taken(message: &Value) {
    let method = message["method"].as_str().unwrap();
    let params = &message["params"];
    let mut connection = connection();
    let mut outcomes = connection.handle_frame(message.to_string().as_bytes());
    match (method, outcomes.remove(0)) {
        ("tools/call", Outcome::CallTool(call)) => {
            assert_eq!(*call.name, *params["name"].as_str().unwrap());
            assert_eq!(Value::from(call.arguments), params["arguments"]);
            let token = params["_meta"].get("progressToken");
            assert_eq!(call.progress_token.is_some(), token.is_some());
            let client = call.context.client.unwrap();
            let claimed = &params["_meta"]["io.modelcontextprotocol/clientInfo"];
            assert_eq!(client.name, claimed["name"].as_str().unwrap());
        }
        ("resources/read", Outcome::Query(query)) => {
            let uri = params["uri"].as_str().unwrap().to_owned();
            assert_eq!(query.kind, QueryKind::ReadResource { uri });
        }
        ("prompts/get", Outcome::Query(query)) => {
            let QueryKind::GetPrompt { name, arguments } = query.kind else {
                panic!("{query:?}");
            };
            assert_eq!(name, params["name"].as_str().unwrap());
            assert_eq!(Value::from(arguments), params["arguments"]);
        }
        ("completion/complete", Outcome::Query(query)) => {
            let QueryKind::Complete(wanted) = query.kind else {
                panic!("{query:?}");
            };
            assert_eq!(
                wanted.argument,
                params["argument"]["name"].as_str().unwrap()
            );
            assert_eq!(wanted.value, params["argument"]["value"].as_str().unwrap());
            let settled = params.pointer("/context/arguments").cloned();
            assert_eq!(json!(wanted.settled), settled.unwrap_or_else(|| json!({})));
        }
        ("subscriptions/listen", Outcome::Send(ack)) => {
            assert_eq!(
                parsed(&ack)["params"]["notifications"],
                params["notifications"]
            );
        }
        (_, Outcome::Send(answer)) => {
            let answer = parsed(&answer);
            assert_eq!(answer["id"], message["id"]);
            assert_eq!(answer["result"]["resultType"], "complete", "{answer}");
        }
        (_, other) => panic!("{other:?}"),
    }
}

/// A cursor is read as one: that of the example is none of ours, ours leads on.
fn a_cursor(params: &Value) {
    let mut builder = Catalogue::builder().page_size(1);
    for name in ["a", "b"] {
        builder = builder.tool(ToolDefinition::new(name, "A tool."));
    }
    let server = server(CachePolicy::default());
    let mut connection = open_with(NEW, server, builder.build().unwrap());
    let mut list = |params: &Value| {
        let message = wrapped("tools/list", params).to_string();
        sends(connection.handle_frame(message.as_bytes())).remove(0)
    };
    let refused = list(params);
    assert_eq!(refused["error"]["code"], code::INVALID_PARAMS);
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("Invalid cursor")
    );
    let mut first = params.clone();
    first.as_object_mut().unwrap().remove("cursor");
    let mut second = params.clone();
    second["cursor"] = list(&first)["result"]["nextCursor"].clone();
    assert_eq!(list(&second)["result"]["tools"][0]["name"], "b");
}

/// A call of a client that declares everything.
pub(crate) fn call(connection: &mut Connection, id: Value) -> mcp_proto::ToolCall {
    let declared = json!({
        "elicitation": {"form": {}, "url": {}},
        "sampling": {"tools": {}, "context": {}},
        "roots": {}
    });
    let message = ask(
        NEW,
        id,
        "tools/call",
        json!({"name": "read_gauge"}),
        &declared,
    );
    match one(connection.handle_frame(message.to_string().as_bytes())) {
        Outcome::CallTool(call) => call,
        other => panic!("{other:?}"),
    }
}

/// The question that a request of the server's stands for.
fn input_request(request: &Value) -> InputRequest {
    let params = &request["params"];
    let text = |key: &str| params[key].as_str().unwrap().to_owned();
    match request["method"].as_str().unwrap() {
        "roots/list" => InputRequest::Roots,
        "sampling/createMessage" => InputRequest::Sampling(object(params)),
        _ if params["mode"] == "url" => InputRequest::Url {
            message: text("message"),
            url: text("url"),
            elicitation_id: "of an older revision".into(),
        },
        _ => InputRequest::form(text("message"), params["requestedSchema"].clone()),
    }
}

/// How a question looks on the wire.
fn asked(question: InputRequest) -> Value {
    let result = required(InputRequired::one("q", question));
    result["inputRequests"]["q"].clone()
}

fn required(needed: InputRequired) -> Value {
    let mut connection = connection();
    let call = call(&mut connection, json!(1));
    let answer = sends(connection.answer(call.key, needed.into())).remove(0);
    conforms(NEW, "InputRequiredResult", &answer["result"]);
    without_identity(answer["result"].clone())
}

fn input_required(kind: &str, value: &Value) {
    let (requests, state) = match kind {
        "InputRequests" => (Some(value), None),
        _ => (value.get("inputRequests"), value["requestState"].as_str()),
    };
    let mut needed = InputRequired::default();
    for (name, request) in requests.and_then(Value::as_object).into_iter().flatten() {
        needed = needed.with_request(name, input_request(request));
    }
    if let Some(state) = state {
        needed = needed.with_state(state);
    }
    let result = required(needed);
    if kind == "InputRequests" {
        return assert_eq!(result["inputRequests"], *value);
    }
    let mut expected = value.clone();
    let requests = expected
        .get_mut("inputRequests")
        .and_then(Value::as_object_mut);
    for request in requests.into_iter().flatten().map(|(_, request)| request) {
        // A form is what an elicitation is that doesn't say what it is; we say it.
        if request["method"] == "elicitation/create" && request["params"].get("mode").is_none() {
            request["params"]["mode"] = "form".into();
        }
    }
    assert_eq!(result, expected);
}

/// What a client answers, as the handler reads it.
fn responses(kind: &str, value: &Value) {
    let answers = match kind {
        "InputResponses" => value.clone(),
        "Root" => json!({"it": {"roots": [value]}}),
        _ => json!({"it": value}),
    };
    let declared = json!({});
    let params = json!({"name": "read_gauge", "inputResponses": answers});
    let message = ask(NEW, 1, "tools/call", params, &declared);
    let Outcome::CallTool(call) = one(connection().handle_frame(message.to_string().as_bytes()))
    else {
        panic!("a call");
    };
    let taken: InputResponses = call.input.responses.unwrap();
    assert_eq!(Value::from(taken.as_map().clone()), answers);
    for (name, answer) in answers.as_object().unwrap() {
        let Some(action) = answer.get("action") else {
            assert_eq!(taken.get(name), Some(answer));
            assert_eq!(taken.elicited(name), None);
            continue;
        };
        assert_eq!(action, "accept");
        let content = answer.get("content").map(object).unwrap_or_default();
        assert_eq!(taken.elicited(name), Some(Elicited::Accepted(content)));
    }
}

/// Parts of the parameters of sampling, which pass through as they are.
fn in_sampling(kind: &str, value: &Value) {
    let mut params = json!({"messages": [], "maxTokens": 1});
    match kind {
        "ModelPreferences" => params["modelPreferences"] = value.clone(),
        "SamplingMessage" => params["messages"] = json!([value]),
        _ => params["messages"] = json!([{"role": "user", "content": [value]}]),
    }
    let request = json!({"method": "sampling/createMessage", "params": params});
    conforms(NEW, "CreateMessageRequest", &request);
    assert_eq!(asked(input_request(&request)), request);
}

/// Schemas of the members of a form.
fn in_a_form(value: &Value) {
    let schema = json!({"type": "object", "properties": {"it": value}});
    let sent = asked(InputRequest::form("Which?", schema));
    conforms(NEW, "ElicitRequest", &sent);
    assert_eq!(
        sent["params"]["requestedSchema"]["properties"]["it"],
        *value
    );
}

fn client_capabilities(name: &str, value: &Value) {
    let declared = ClientCapabilities::from_map(object(value));
    assert_eq!(Value::from(declared.as_map().clone()), *value);
    let understood = [
        ("form", declared.elicitation_form()),
        ("url", declared.elicitation_url()),
        ("sampling", declared.sampling()),
        ("tools", declared.sampling_tools()),
        ("context", declared.sampling_context()),
        ("roots", declared.roots()),
    ];
    let understood: Vec<&str> = understood
        .into_iter()
        .filter_map(|(what, declared)| declared.then_some(what))
        .collect();
    let expected: &[&str] = match name.split_once('/').unwrap().1 {
        "elicitation-form-and-url-mode-support" => &["form", "url"],
        "elicitation-form-only-implicit" => &["form"],
        "roots-minimum-baseline-support" => &["roots"],
        "sampling-minimum-baseline-support" => &["sampling"],
        "sampling-tool-use-support" => &["sampling", "tools"],
        "sampling-context-inclusion-support-deprecated" => &["sampling", "context"],
        "extensions-ui-mime-types" => &[],
        other => panic!("{other}"),
    };
    assert_eq!(understood, expected);
}

fn server_capabilities(value: &Value) {
    let flag = |path: &str| value.pointer(path) == Some(&json!(true));
    let mut declared = ServerCapabilities::new().without_tools();
    declared.tools = value.get("tools").is_some();
    declared.tools_list_changed = flag("/tools/listChanged");
    declared.completions = value.get("completions").is_some();
    declared.logging = value.get("logging").is_some();
    declared.prompts = value.get("prompts").map(|_| PromptsCapability {
        list_changed: flag("/prompts/listChanged"),
    });
    declared.resources = value.get("resources").map(|_| ResourcesCapability {
        subscribe: flag("/resources/subscribe"),
        list_changed: flag("/resources/listChanged"),
    });
    declared.extensions = value.get("extensions").map(object).unwrap_or_default();
    let server = Server::new(Implementation::new("harbour", "1")).with_capabilities(declared);
    let mut connection = connection_with(server);
    let discover = request(NEW, 1, "server/discover", json!({}));
    let answer = send(&mut connection, discover);
    assert_eq!(answer["result"]["capabilities"], *value);
}

/// Our error of this kind, beside the example.
fn error(kind: &str, value: &Value) {
    let expected = value.get("error").unwrap_or(value);
    let error: RpcError = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(serde_json::to_value(&error).unwrap(), *expected);
    let mut connection = connection();
    let ours = match kind {
        "ParseError" => {
            // Which form an answer to nobody has is seen from what was spoken before.
            send(&mut connection, request(NEW, 1, "tools/list", json!({})));
            sends(connection.handle_frame(b"{")).remove(0)
        }
        "MethodNotFoundError" => {
            let message = wrapped("tools/draw", &json!({}));
            sends(connection.handle_frame(message.to_string().as_bytes())).remove(0)
        }
        "UnsupportedProtocolVersionError" => {
            let mut message = request(NEW, 1, "tools/list", json!({}));
            let version = "/params/_meta/io.modelcontextprotocol~1protocolVersion";
            *message.pointer_mut(version).unwrap() = expected["data"]["requested"].clone();
            sends(connection.handle_frame(message.to_string().as_bytes())).remove(0)
        }
        "InvalidParamsError" => {
            let message = ask(NEW, 1, "tools/call", json!({"name": "?"}), &json!({}));
            sends(connection.handle_frame(message.to_string().as_bytes())).remove(0)
        }
        "MissingRequiredClientCapabilityError" => {
            let message = ask(
                NEW,
                1,
                "tools/call",
                json!({"name": "read_gauge"}),
                &json!({}),
            );
            let mut outcomes = connection.handle_frame(message.to_string().as_bytes());
            let Outcome::CallTool(call) = outcomes.remove(0) else {
                panic!("a call");
            };
            let form = InputRequest::form("?", json!({"type": "object", "properties": {}}));
            let mut answer =
                sends(connection.answer(call.key, InputRequired::one("q", form).into())).remove(0);
            let needed = &mut answer["error"]["data"]["requiredCapabilities"]["elicitation"];
            assert_eq!(*needed, json!({"form": {}}), "we say which kind");
            *needed = json!({});
            assert_eq!(answer["error"], *expected);
            answer
        }
        "HeaderMismatchError" | "InternalError" => {
            let call = call(&mut connection, json!(1));
            let answer = parsed(&connection.fail(call.key, &error).unwrap());
            assert_eq!(answer["error"], *expected);
            answer
        }
        other => panic!("{other}"),
    };
    conforms(NEW, "JSONRPCErrorResponse", &ours);
    assert_eq!(ours["error"]["code"], expected["code"]);
    conforms(
        NEW,
        kind,
        value.get("error").map_or(&ours["error"], |_| &ours),
    );
}
