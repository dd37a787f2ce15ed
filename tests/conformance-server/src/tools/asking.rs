//! Tools that ask the client for something, in either era.

use mcp_proto::{Answer, Elicited, InputRequest, InputRequired, RpcError, ToolResult};
use serde_json::{Map, Value, json};

use super::{Call, Tool};

/// The name of the one question that these tools ask.
const QUESTION: &str = "answer";

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "test_sampling",
            "Has the client's model answer a prompt.",
            sampling,
        )
        .with_schema(one_text("prompt", "What the model is asked.")),
        Tool::new(
            "test_elicitation",
            "Asks the user for a name and an address.",
            elicitation,
        )
        .with_schema(one_text("message", "What the user is told.")),
        Tool::new(
            "test_elicitation_sep1034_defaults",
            "Asks the user, with an answer given for each field.",
            defaults,
        ),
        Tool::new(
            "test_elicitation_sep1330_enums",
            "Asks the user to choose, in five ways.",
            choices,
        ),
        Tool::new(
            "test_missing_capability",
            "Needs a client that samples from a model.",
            needs_sampling,
        ),
        Tool::new(
            "test_streaming_elicitation",
            "Asks the user to confirm.",
            confirm,
        ),
    ]
}

/// The schema of a tool that takes one text.
fn one_text(name: &str, description: &str) -> Value {
    json!({
        "type": "object",
        "properties": {name: {"type": "string", "description": description}},
        "required": [name],
    })
}

/// The parameters of `sampling/createMessage`.
pub(super) fn sample(prompt: &str, max_tokens: u32) -> InputRequest {
    let params = json!({
        "messages": [{"role": "user", "content": {"type": "text", "text": prompt}}],
        "maxTokens": max_tokens,
    });
    let Value::Object(params) = params else {
        return InputRequest::Sampling(Map::new());
    };
    InputRequest::Sampling(params)
}

/// The text that the client's model said; content is a block or an array of them.
pub(super) fn sampled(answer: &Value) -> Option<&str> {
    let content = answer.get("content")?;
    let block = content.get(0).unwrap_or(content);
    block.get("text")?.as_str()
}

async fn sampling(call: Call) -> Answer {
    let answer = call.responses().and_then(|it| it.get(QUESTION));
    match answer.and_then(sampled) {
        Some(text) => ToolResult::text(format!("LLM response: {text}")).into(),
        None if answer.is_some() => ToolResult::error("The model said nothing in words").into(),
        None => InputRequired::one(QUESTION, sample(call.text("prompt"), 100)).into(),
    }
}

/// Asks the user once, and says what came of it.
fn ask(call: &Call, message: &str, schema: Value, said: &str) -> Answer {
    let answer = call.responses().and_then(|it| it.elicited(QUESTION));
    let (action, content) = match answer {
        Some(Elicited::Accepted(content)) => ("accept", content),
        Some(Elicited::Declined) => ("decline", Map::new()),
        Some(Elicited::Cancelled) => ("cancel", Map::new()),
        None => return InputRequired::one(QUESTION, InputRequest::form(message, schema)).into(),
    };
    let content = Value::Object(content);
    ToolResult::text(format!("{said}: action={action}, content={content}")).into()
}

async fn elicitation(call: Call) -> Answer {
    let schema = json!({
        "type": "object",
        "properties": {
            "username": {"type": "string", "description": "User's response"},
            "email": {"type": "string", "description": "User's email address"},
        },
        "required": ["username", "email"],
    });
    ask(&call, call.text("message"), schema, "User response")
}

async fn defaults(call: Call) -> Answer {
    let schema = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "default": "John Doe"},
            "age": {"type": "integer", "default": 30},
            "score": {"type": "number", "default": 95.5},
            "status": {
                "type": "string",
                "enum": ["active", "inactive", "pending"],
                "default": "active",
            },
            "verified": {"type": "boolean", "default": true},
        },
    });
    let message = "Please look the answers over.";
    ask(&call, message, schema, "Elicitation completed")
}

async fn choices(call: Call) -> Answer {
    let titled = |noun: &str| -> Value {
        let titles = ["First", "Second", "Third"].into_iter().zip(1..);
        titles
            .map(|(nth, n)| json!({"const": format!("value{n}"), "title": format!("{nth} {noun}")}))
            .collect()
    };
    let untitled = json!(["option1", "option2", "option3"]);
    let schema = json!({
        "type": "object",
        "properties": {
            "untitledSingle": {"type": "string", "enum": untitled},
            "titledSingle": {"type": "string", "oneOf": titled("Option")},
            "legacyEnum": {
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": {"type": "array", "items": {"type": "string", "enum": untitled}},
            "titledMulti": {"type": "array", "items": {"anyOf": titled("Choice")}},
        },
    });
    let message = "Please choose.";
    ask(&call, message, schema, "Elicitation completed")
}

async fn needs_sampling(call: Call) -> Answer {
    if !call.call.context.capabilities.sampling() {
        return RpcError::missing_client_capability(&json!({"sampling": {}})).into();
    }
    ToolResult::text("The client samples.").into()
}

async fn confirm(call: Call) -> Answer {
    let schema = json!({"type": "object", "properties": {"ok": {"type": "boolean"}}});
    ask(&call, "Please confirm", schema, "Elicitation completed")
}
