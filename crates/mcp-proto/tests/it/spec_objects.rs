//! The domain types of what the specification's example objects say.

use mcp_proto::{
    Annotations, CachePolicy, Content, Icon, Prompt, PromptArgument, Resource, ResourceBody,
    ResourceTemplate, Role, ToolDefinition, ToolResult,
};
use serde_json::{Map, Value};

pub(crate) fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub(crate) fn optional(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(crate) fn icons(value: &Value) -> Vec<Icon> {
    let icons = value.get("icons").cloned();
    icons.map_or_else(Vec::new, |icons| serde_json::from_value(icons).unwrap())
}

pub(crate) fn role(value: &Value) -> Role {
    match value.as_str().unwrap() {
        "user" => Role::User,
        _ => Role::Assistant,
    }
}

pub(crate) fn cache(value: &Value) -> CachePolicy {
    CachePolicy {
        ttl_ms: value["ttlMs"].as_u64().unwrap_or_default(),
        public: value["cacheScope"] == "public",
    }
}

pub(crate) fn annotations(value: &Value) -> Annotations {
    let given = &value["annotations"];
    let audience = given["audience"].as_array();
    Annotations {
        audience: audience.map_or_else(Vec::new, |roles| roles.iter().map(role).collect()),
        priority: given["priority"].as_f64(),
        last_modified: optional(&given["lastModified"]),
    }
}

pub(crate) fn body(value: &Value) -> ResourceBody {
    let uri = text(&value["uri"]);
    let body = match value.get("blob") {
        Some(blob) => ResourceBody::blob(uri, text(blob)),
        None => ResourceBody::text(uri, text(&value["text"])),
    };
    body.with_mime_type(text(&value["mimeType"]))
}

pub(crate) fn block(value: &Value) -> Content {
    let mut block = match value["type"].as_str().unwrap() {
        "text" => Content::text(text(&value["text"])),
        "image" => Content::image(text(&value["data"]), text(&value["mimeType"])),
        "audio" => Content::audio(text(&value["data"]), text(&value["mimeType"])),
        "resource_link" => Content::resource_link(resource(value)),
        _ => Content::resource(body(&value["resource"])),
    };
    if value["type"] != "resource_link" {
        let hints = annotations(value);
        block = block.with_audience(hints.audience);
        if let Some(priority) = hints.priority {
            block = block.with_priority(priority);
        }
        if let Some(time) = hints.last_modified {
            block = block.with_last_modified(time);
        }
    }
    block
}

pub(crate) fn resource(value: &Value) -> Resource {
    Resource {
        title: optional(&value["title"]),
        description: optional(&value["description"]),
        mime_type: optional(&value["mimeType"]),
        annotations: annotations(value),
        icons: icons(value),
        ..Resource::new(text(&value["uri"]), text(&value["name"]))
    }
}

pub(crate) fn template(value: &Value) -> ResourceTemplate {
    ResourceTemplate {
        title: optional(&value["title"]),
        description: optional(&value["description"]),
        mime_type: optional(&value["mimeType"]),
        icons: icons(value),
        ..ResourceTemplate::new(text(&value["uriTemplate"]), text(&value["name"]))
    }
}

pub(crate) fn prompt(value: &Value) -> Prompt {
    let argument = |value: &Value| PromptArgument {
        name: text(&value["name"]),
        title: optional(&value["title"]),
        description: optional(&value["description"]),
        required: value["required"] == true,
    };
    Prompt {
        title: optional(&value["title"]),
        description: optional(&value["description"]),
        arguments: value["arguments"]
            .as_array()
            .unwrap()
            .iter()
            .map(argument)
            .collect(),
        icons: icons(value),
        ..Prompt::new(text(&value["name"]))
    }
}

pub(crate) fn tool(value: &Value) -> ToolDefinition {
    let mut tool = ToolDefinition::new(text(&value["name"]), text(&value["description"]))
        .with_input_schema(value["inputSchema"].clone());
    if let Some(title) = value["title"].as_str() {
        tool = tool.with_title(title);
    }
    if let Some(schema) = value.get("outputSchema") {
        tool = tool.with_output_schema(schema.clone());
    }
    icons(value)
        .into_iter()
        .fold(tool, ToolDefinition::with_icon)
}

pub(crate) fn tool_result(value: &Value) -> ToolResult {
    let blocks = value["content"].as_array().unwrap();
    let mut result = blocks.iter().fold(ToolResult::default(), |result, given| {
        result.with_content(block(given))
    });
    result.is_error = value["isError"] == true;
    result.structured_content = value.get("structuredContent").cloned();
    result
}
