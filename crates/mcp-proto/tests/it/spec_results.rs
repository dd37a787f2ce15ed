//! The specification's example results and what stands in them, as a connection gives them.

use mcp_proto::{
    Answer, Catalogue, Completion, Content, Implementation, Prompt, PromptResult, Resource,
    ResourceContents, ResourceTemplate, ResourcesCapability, Server, ServerCapabilities,
    ToolDefinition, ToolResult,
};
use serde_json::{Value, json};

use crate::offer::{NEW, answered, ask, query};
use crate::spec_examples::{call, connection, connection_with, server};
use crate::spec_objects::{
    block, body, cache, prompt, resource, role, template, tool, tool_result,
};
use crate::support::{json as parsed, open_with, send};

/// The result of a request with this id, as a connection gives it.
pub(crate) fn result(kind: &str, id: Value, value: &Value) {
    let ours = match kind {
        "SubscriptionsListenResult" => closed(&value["_meta"]),
        "CallToolResult" => {
            let mut connection = connection();
            let call = call(&mut connection, id.clone());
            let answer = connection.finish(call.key, &tool_result(value)).unwrap();
            parsed(&answer)
        }
        "DiscoverResult" => return discovered(id, value),
        "CompleteResult" | "GetPromptResult" | "ReadResourceResult" => found_out(kind, &id, value),
        "ListToolsResult"
        | "ListPromptsResult"
        | "ListResourcesResult"
        | "ListResourceTemplatesResult" => listed(kind, &id, value),
        other => panic!("{other}"),
    };
    let id = match kind {
        "SubscriptionsListenResult" => {
            value["_meta"]["io.modelcontextprotocol/subscriptionId"].clone()
        }
        _ => id,
    };
    assert_eq!(ours["id"], id);
    let mut result = without_identity(ours["result"].clone());
    let mut expected = value.clone();
    // That a call didn't fail is what a missing `isError` means.
    if expected.get("isError") == Some(&json!(false)) {
        expected.as_object_mut().unwrap().remove("isError");
    }
    if expected.get("ttlMs").is_none() {
        for member in ["ttlMs", "cacheScope"] {
            result.as_object_mut().unwrap().remove(member);
        }
    }
    if expected.get("nextCursor").is_some() {
        assert!(result["nextCursor"].is_string());
        expected["nextCursor"] = result["nextCursor"].clone();
    }
    assert_eq!(result, expected);
}

fn closed(meta: &Value) -> Value {
    let mut connection = connection();
    let id = meta["io.modelcontextprotocol/subscriptionId"].clone();
    let params = json!({"notifications": {}});
    let listen = ask(NEW, id, "subscriptions/listen", params, &json!({}));
    connection.handle_frame(listen.to_string().as_bytes());
    parsed(&connection.end_subscriptions()[0])
}

/// Discovery names the example's server and every revision that is spoken here.
fn discovered(id: Value, value: &Value) {
    let identity = &value["_meta"]["io.modelcontextprotocol/serverInfo"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut server = Server::new(Implementation::new(
        text(&identity["name"]),
        text(&identity["version"]),
    ));
    let mut declared = ServerCapabilities::new();
    declared.resources = value["capabilities"]
        .get("resources")
        .map(|_| ResourcesCapability::default());
    server = server.with_capabilities(declared).with_cache(cache(value));
    if let Some(instructions) = value["instructions"].as_str() {
        server = server.with_instructions(instructions);
    }
    let mut connection = connection_with(server);
    let discover = ask(NEW, id, "server/discover", json!({}), &json!({}));
    let mut answer = send(&mut connection, discover);
    let spoken = answer["result"]["supportedVersions"].take();
    let examples = value["supportedVersions"].as_array().unwrap();
    assert!(
        examples
            .iter()
            .all(|version| spoken.as_array().unwrap().contains(version))
    );
    answer["result"]["supportedVersions"] = value["supportedVersions"].clone();
    assert_eq!(answer["result"], *value);
}

fn found_out(kind: &str, id: &Value, value: &Value) -> Value {
    let mut connection = connection();
    let (method, params, answer): (&str, Value, Answer) = match kind {
        "CompleteResult" => {
            let given = &value["completion"];
            let values = given["values"].as_array().unwrap().iter();
            let total = given["total"].as_u64().unwrap();
            let completion = Completion::of(values.map(|value| value.as_str().unwrap()));
            let reference = json!({"type": "ref/prompt", "name": "plan_crossing"});
            let argument = json!({"name": "boat", "value": ""});
            (
                "completion/complete",
                json!({"ref": reference, "argument": argument}),
                completion
                    .with_total(usize::try_from(total).unwrap())
                    .into(),
            )
        }
        "GetPromptResult" => {
            let mut prompt =
                PromptResult::default().with_description(value["description"].as_str().unwrap());
            for message in value["messages"].as_array().unwrap() {
                prompt = prompt.with_message(role(&message["role"]), block(&message["content"]));
            }
            (
                "prompts/get",
                json!({"name": "plan_crossing"}),
                prompt.into(),
            )
        }
        _ => {
            let mut contents = ResourceContents::default().with_cache(cache(value));
            for given in value["contents"].as_array().unwrap() {
                contents = contents.with_body(body(given));
            }
            (
                "resources/read",
                json!({"uri": "tide://skagen"}),
                contents.into(),
            )
        }
    };
    let message = ask(NEW, id.clone(), method, params, &json!({}));
    let query = query(&mut connection, message);
    answered(&mut connection, &query, answer)
}

/// A page of a list made of the example's items, and of one more where it isn't the last.
fn listed(kind: &str, id: &Value, value: &Value) -> Value {
    let mut builder = Catalogue::builder();
    let (method, member) = match kind {
        "ListToolsResult" => ("tools/list", "tools"),
        "ListPromptsResult" => ("prompts/list", "prompts"),
        "ListResourcesResult" => ("resources/list", "resources"),
        _ => ("resources/templates/list", "resourceTemplates"),
    };
    let items = value[member].as_array().unwrap();
    builder = builder.page_size(items.len());
    for item in items {
        builder = match member {
            "tools" => builder.tool(tool(item)),
            "prompts" => builder.prompt(prompt(item)),
            "resources" => builder.resource(resource(item)),
            _ => builder.template(template(item)),
        };
    }
    if value.get("nextCursor").is_some() {
        builder = builder
            .tool(ToolDefinition::new("more", "More."))
            .prompt(Prompt::new("more"))
            .resource(Resource::new("more:1", "more"))
            .template(ResourceTemplate::new("more:{it}", "more"));
    }
    let mut connection = open_with(NEW, server(cache(value)), builder.build().unwrap());
    let list = ask(NEW, id.clone(), method, json!({}), &json!({}));
    send(&mut connection, list)
}

pub(crate) fn listed_resource(value: &Value) -> Value {
    let page = json!({"resources": [value], "ttlMs": 0, "cacheScope": "private"});
    listed("ListResourcesResult", &json!(1), &page)
}

/// Blocks and what stands in them, through the result of a tool.
pub(crate) fn content(kind: &str, value: &Value) {
    if kind == "Tool" {
        let page = json!({"tools": [value], "ttlMs": 0, "cacheScope": "private"});
        let answer = listed("ListToolsResult", &json!(1), &page);
        assert_eq!(answer["result"]["tools"][0], *value);
        return;
    }
    let inside = kind.ends_with("ResourceContents");
    let block = match inside {
        true => Content::resource(body(value)),
        false => block(value),
    };
    let mut connection = connection();
    let call = call(&mut connection, json!(1));
    let result = ToolResult::default().with_content(block);
    let answer = parsed(&connection.finish(call.key, &result).unwrap());
    let given = &answer["result"]["content"][0];
    assert_eq!(if inside { &given["resource"] } else { given }, value);
}

pub(crate) fn without_identity(mut result: Value) -> Value {
    let object = result.as_object_mut().unwrap();
    let meta = object["_meta"].as_object_mut().unwrap();
    assert!(meta.remove("io.modelcontextprotocol/serverInfo").is_some());
    if meta.is_empty() {
        object.remove("_meta");
    }
    result
}
