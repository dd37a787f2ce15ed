//! The specification's own example objects (2026-07-28) in the conversations that they are from.

use std::sync::Arc;

use mcp_proto::{
    CachePolicy, Catalogue, Client, Connection, Content, Event, Icon, Implementation, Outcome,
    Resource, ResourceBody, Revision, Role, RpcError, Server, ToolDefinition, ToolResult,
};
use serde_json::{Value, json};

use crate::support::{data, fixture, fixture_json, json as parsed, send_text, start};

const REVISION: Revision = Revision::V2026_07_28;

fn example(path: &str) -> Value {
    fixture_json(&format!("examples/{path}.json"))
}

fn example_server() -> Server {
    Server::new(Implementation::new("ExampleServer", "1.0.0")).with_cache(CachePolicy {
        ttl_ms: 3_600_000,
        public: true,
    })
}

fn weather() -> ToolDefinition {
    let tool = &example("ListToolsResultResponse/list-tools-result-response")["result"]["tools"][0];
    ToolDefinition::new("get_weather", tool["description"].as_str().unwrap())
        .with_title(tool["title"].as_str().unwrap())
        .with_input_schema(tool["inputSchema"].clone())
        .with_icon(Icon {
            src: "https://example.com/weather-icon.png".into(),
            mime_type: Some("image/png".into()),
            sizes: vec!["48x48".into()],
            theme: None,
        })
}

fn connection(tools: Vec<ToolDefinition>) -> Connection {
    let tools = Catalogue::builder().tools(tools).build().unwrap();
    Connection::new(Arc::new(example_server()), Arc::new(tools))
}

/// The example without the identity, which it may leave out and this server always gives.
fn without_identity(mut message: Value) -> Value {
    if let Some(result) = message.get_mut("result").and_then(Value::as_object_mut) {
        let meta = result["_meta"].as_object_mut().unwrap();
        meta.remove("io.modelcontextprotocol/serverInfo")
            .expect("every result has it");
        if meta.is_empty() {
            result.remove("_meta");
        }
    }
    message
}

#[test]
fn discovery_is_answered_as_in_the_example() {
    let mut connection = connection(vec![]);
    let answer = send_text(
        &mut connection,
        &fixture("examples/DiscoverRequest/server-discover-request.json"),
    );
    let mut expected = example("DiscoverResultResponse/discover-result-response");
    // The example's server has resources and speaks one revision.
    expected["result"]["capabilities"] = json!({"tools": {}});
    expected["result"]["supportedVersions"] = answer["result"]["supportedVersions"].clone();
    assert_eq!(answer, expected);
}

#[test]
fn tools_are_listed_as_in_the_example() {
    let mut connection = connection(vec![weather()]);
    let answer = send_text(
        &mut connection,
        &fixture("examples/ListToolsRequest/list-tools-request.json"),
    );
    let mut expected = example("ListToolsResultResponse/list-tools-result-response");
    // The example is the first of several pages.
    expected["result"]
        .as_object_mut()
        .unwrap()
        .shift_remove("nextCursor");
    assert_eq!(without_identity(answer), expected);
}

#[test]
fn the_example_tools_can_be_offered() {
    let mut offered = 0;
    for file in std::fs::read_dir(data("examples/Tool")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let expected: Value = serde_json::from_str(&text).unwrap();
        let name = expected["name"].as_str().unwrap().to_owned();
        let mut tool = ToolDefinition::new(name, expected["description"].as_str().unwrap())
            .with_input_schema(expected["inputSchema"].clone());
        if let Some(title) = expected["title"].as_str() {
            tool = tool.with_title(title);
        }
        if let Some(schema) = expected.get("outputSchema") {
            tool = tool.with_output_schema(schema.clone());
        }
        let mut connection = connection(vec![tool]);
        connection.catalogue().check_schemas().unwrap();
        let answer = send_text(
            &mut connection,
            &fixture("examples/ListToolsRequest/list-tools-request.json"),
        );
        assert_eq!(answer["result"]["tools"][0], expected);
        offered += 1;
    }
    assert!(offered >= 5);
}

#[test]
fn results_look_as_in_the_examples() {
    for (path, result) in [
        (
            "CallToolResult/invalid-tool-input-error",
            ToolResult::error(
                "Invalid departure date: must be in the future. Current date is 08/08/2025.",
            ),
        ),
        (
            "CallToolResult/result-with-structured-content",
            ToolResult::text(
                r#"{"temperature": 22.5, "conditions": "Partly cloudy", "humidity": 65}"#,
            )
            .with_structured(
                json!({"temperature": 22.5, "conditions": "Partly cloudy", "humidity": 65}),
            ),
        ),
        (
            "CallToolResult/result-with-array-structured-content",
            ToolResult::text("Found 2 users: Alice (alice@example.com) and Bob (bob@example.com).")
                .with_structured(json!([
                    {"id": "1", "name": "Alice", "email": "alice@example.com"},
                    {"id": "2", "name": "Bob", "email": "bob@example.com"}
                ])),
        ),
        (
            "CallToolResult/result-with-unstructured-text",
            ToolResult::text(
                "Current weather in New York:\nTemperature: 72°F\nConditions: Partly cloudy",
            ),
        ),
    ] {
        let mut connection = connection(vec![weather()]);
        let call = start(
            &mut connection,
            example("CallToolRequest/call-tool-request"),
        );
        let answer = parsed(&connection.finish(call.key, &result).unwrap());
        assert_eq!(answer["id"], "call-tool-example");
        let mut expected = example(path);
        // That a call didn't fail is what a missing `isError` means.
        if expected["isError"] == false {
            expected.as_object_mut().unwrap().remove("isError");
        }
        assert_eq!(without_identity(answer)["result"], expected, "{path}");
    }
}

#[test]
fn content_blocks_look_as_in_the_examples() {
    let pixel = example("ImageContent/image-png-content-with-annotations")["data"].clone();
    let sound = example("AudioContent/audio-wav-content")["data"].clone();
    let blob = example("BlobResourceContents/image-file-contents")["blob"].clone();
    let text = |value: Value| value.as_str().unwrap().to_owned();
    let source = text(
        example("EmbeddedResource/embedded-file-resource-with-annotations")["resource"]["text"]
            .clone(),
    );
    let link = Resource {
        uri: "file:///project/src/main.rs".into(),
        name: "main.rs".into(),
        description: Some("Primary application entry point".into()),
        mime_type: Some("text/x-rust".into()),
        ..Resource::default()
    };
    let embedded = Content::resource(
        ResourceBody::text("file:///project/src/main.rs", source).with_mime_type("text/x-rust"),
    )
    .with_audience([Role::User, Role::Assistant])
    .with_priority(0.7)
    .with_last_modified("2025-05-03T14:30:00Z");
    let inside = |block: Value| json!({"type": "resource", "resource": block});
    let cases = [
        (
            Content::text("Tool result text"),
            example("TextContent/text-content"),
        ),
        (
            Content::image(text(pixel), "image/png")
                .with_audience([Role::User])
                .with_priority(0.9),
            example("ImageContent/image-png-content-with-annotations"),
        ),
        (
            Content::audio(text(sound), "audio/wav"),
            example("AudioContent/audio-wav-content"),
        ),
        (
            Content::resource_link(link),
            example("ResourceLink/file-resource-link"),
        ),
        (
            embedded,
            example("EmbeddedResource/embedded-file-resource-with-annotations"),
        ),
        (
            Content::resource(
                ResourceBody::text("file:///example.txt", "Resource content")
                    .with_mime_type("text/plain"),
            ),
            inside(example("TextResourceContents/text-file-contents")),
        ),
        (
            Content::resource(
                ResourceBody::blob("file:///example.png", text(blob)).with_mime_type("image/png"),
            ),
            inside(example("BlobResourceContents/image-file-contents")),
        ),
    ];
    for (block, expected) in cases {
        let mut connection = connection(vec![weather()]);
        let call = start(
            &mut connection,
            example("CallToolRequest/call-tool-request"),
        );
        let result = ToolResult::default().with_content(block);
        let answer = parsed(&connection.finish(call.key, &result).unwrap());
        assert_eq!(answer["result"]["content"][0], expected);
    }
}

#[test]
fn errors_have_the_codes_and_data_of_the_examples() {
    let code = |path: &str| example(path)["code"].clone();
    let mut connection = connection(vec![weather()]);
    let unparsable = send_text(&mut connection, "{");
    assert_eq!(unparsable["error"]["code"], code("ParseError/invalid-json"));
    let mut message = example("ListToolsRequest/list-tools-request");
    message["params"]["cursor"] = "bad".into();
    let answer = crate::support::send(&mut connection, message.clone());
    assert_eq!(
        answer["error"]["code"],
        code("InvalidParamsError/invalid-cursor")
    );
    message["method"] = "prompts/list".into();
    let answer = crate::support::send(&mut connection, message.clone());
    assert_eq!(
        answer["error"]["code"],
        code("MethodNotFoundError/prompts-not-supported")
    );
    let mut call = example("CallToolRequest/call-tool-request");
    call["params"]["name"] = "invalid_tool_name".into();
    let answer = crate::support::send(&mut connection, call);
    assert_eq!(
        answer["error"]["code"],
        code("InvalidParamsError/unknown-tool")
    );
    assert_eq!(
        answer["error"]["message"],
        example("InvalidParamsError/unknown-tool")["message"]
    );
    message["method"] = "tools/list".into();
    message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "1900-01-01".into();
    let answer = crate::support::send(&mut connection, message);
    let expected = example("UnsupportedProtocolVersionError/unsupported-version");
    assert_eq!(answer["error"]["code"], expected["error"]["code"]);
    assert_eq!(
        answer["error"]["data"]["requested"],
        expected["error"]["data"]["requested"]
    );
    for path in [
        "InvalidParamsError/unknown-tool",
        "MethodNotFoundError/prompts-not-supported",
    ] {
        let error: RpcError = serde_json::from_value(example(path)).unwrap();
        assert_eq!(serde_json::to_value(error).unwrap(), example(path));
    }
}

#[test]
fn notifications_look_as_in_the_examples() {
    let mut connection = connection(vec![weather()]);
    let mut message = example("CallToolRequest/call-tool-request");
    message["params"]["_meta"]["progressToken"] = "oivaizmir".into();
    message["params"]["_meta"]["io.modelcontextprotocol/logLevel"] = "debug".into();
    let call = start(&mut connection, message);
    let progress = connection
        .progress(call.key, 50.0, Some(100.0), Some("Reticulating splines..."))
        .unwrap();
    assert_eq!(
        parsed(&progress),
        example("ProgressNotification/progress-message")
    );
}

#[test]
fn a_log_message_looks_as_in_the_example() {
    let capabilities = mcp_proto::ServerCapabilities::new().with_logging();
    let tools = Catalogue::builder().tool(weather()).build().unwrap();
    let mut connection = Connection::new(
        Arc::new(example_server().with_capabilities(capabilities)),
        Arc::new(tools),
    );
    let mut message = example("CallToolRequest/call-tool-request");
    message["params"]["_meta"]["io.modelcontextprotocol/logLevel"] = "debug".into();
    let call = start(&mut connection, message);
    let expected = example("LoggingMessageNotification/log-database-connection-failed");
    let data = &expected["params"]["data"];
    let note = connection.log(
        Some(call.key),
        mcp_proto::LogLevel::Error,
        Some("database"),
        data,
    );
    assert_eq!(parsed(&note.unwrap()), expected);
}

#[test]
fn a_subscription_goes_as_in_the_examples() {
    let capabilities = mcp_proto::ServerCapabilities::new().with_tools_list_changed();
    let server = Arc::new(example_server().with_capabilities(capabilities));
    let tools =
        |tools: Vec<ToolDefinition>| Arc::new(Catalogue::builder().tools(tools).build().unwrap());
    let mut connection = Connection::new(server, tools(vec![]));
    let ack = send_text(
        &mut connection,
        &fixture("examples/SubscriptionsListenRequest/listen-for-list-changes.json"),
    );
    let mut expected = example("SubscriptionsAcknowledgedNotification/listen-acknowledged");
    // The example's server has resources too.
    expected["params"]["notifications"]
        .as_object_mut()
        .unwrap()
        .remove("resourceSubscriptions");
    assert_eq!(ack, expected);
    let told = connection.set_catalogue(tools(vec![weather()]));
    assert_eq!(
        parsed(&told[0]),
        example("ToolListChangedNotification/tools-list-changed")
    );
    let end = parsed(&connection.end_subscriptions()[0]);
    let expected = example("SubscriptionsListenResultResponse/listen-closed-response");
    assert_eq!(without_identity(end), expected);
}

#[test]
fn the_example_cancellation_is_understood() {
    let mut connection = connection(vec![weather()]);
    let mut message = example("CallToolRequest/call-tool-request");
    message["id"] = "123".into();
    start(&mut connection, message);
    let note = fixture("examples/CancelledNotification/user-requested-cancellation.json");
    let outcomes = connection.handle_frame(note.as_bytes());
    let [Outcome::Cancel { reason, .. }] = &outcomes[..] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(reason.as_deref(), Some("User requested cancellation"));
}

#[test]
fn a_client_understands_the_example_answers() {
    let answer = |purpose: &str, path: &str| {
        let mut client = Client::new(Implementation::new("c", "1"));
        client.assume(REVISION);
        let (id, _) = match purpose {
            "discover" => client.discover(),
            "list" => client.list_tools(None),
            _ => client.call_tool("get_weather", json!({}), None),
        };
        let mut message = example(path);
        if message.get("jsonrpc").is_none() {
            message = json!({"jsonrpc": "2.0", "result": message});
        }
        message["id"] = id.as_i64().into();
        client.handle_frame(message.to_string().as_bytes())
    };
    let Event::Ready {
        server,
        reply: None,
    } = answer("discover", "DiscoverResult/server-capabilities-discovery")
    else {
        panic!("discovery");
    };
    assert_eq!(server.info["name"], "ExampleServer");
    let Event::Tools { next_cursor, .. } =
        answer("list", "ListToolsResult/tools-list-with-cursor-and-ttl")
    else {
        panic!("a page of tools");
    };
    assert_eq!(next_cursor.as_deref(), Some("next-page-cursor"));
    let Event::ToolResult { result, .. } =
        answer("call", "CallToolResultResponse/call-tool-result-response")
    else {
        panic!("a result");
    };
    assert!(result.text().starts_with("Current weather in New York"));
    let path =
        "InputRequiredResult/input-required-result-with-elicitation-and-sampling-and-request-state";
    let Event::InputRequired {
        requests, state, ..
    } = answer("call", path)
    else {
        panic!("questions");
    };
    assert_eq!(requests.len(), 2);
    assert_eq!(state.as_deref(), Some("eyJsb2NhdGlvbiI6Ik5ldyBZb3JrIn0"));
    let path = "InputRequiredResult/input-required-result-with-request-state-only";
    assert!(matches!(answer("call", path), Event::InputRequired { .. }));
    let Event::Failed { error, .. } = answer(
        "list",
        "UnsupportedProtocolVersionError/unsupported-version",
    ) else {
        panic!("an error");
    };
    assert_eq!(error.code, -32022);
}
