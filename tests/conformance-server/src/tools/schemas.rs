//! Tools that are about their schemas.

use mcp_proto::ToolResult;
use serde_json::{Value, json};

use super::{Call, Tool};

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "json_schema_2020_12_tool",
            "Takes what a schema with many keywords of JSON Schema 2020-12 allows.",
            contact,
        )
        .with_schema(contact_schema()),
        Tool::new(
            "test_custom_header",
            "Says the value that also stands in a header.",
            echo,
        )
        .with_schema(json!({
            "type": "object",
            "properties": {
                "value": {
                    "type": "string",
                    "description": "What is said.",
                    "x-mcp-header": "Value",
                },
            },
        })),
    ]
}

fn contact_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            },
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {
            "properties": {"contactMethod": {"const": "phone"}},
            "required": ["contactMethod"],
        },
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": false,
    })
}

async fn contact(call: Call) -> ToolResult {
    let arguments = Value::Object(call.call.arguments);
    ToolResult::text(format!("The contact is {arguments}"))
}

async fn echo(call: Call) -> ToolResult {
    ToolResult::text(call.text("value"))
}
