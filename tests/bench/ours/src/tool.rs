//! The tool.

use std::sync::Arc;

use anyhow::Result;
use mcp_proto::{
    Catalogue, Connection, Implementation, Server, ServerCapabilities, ToolDefinition, ToolResult,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What the tool takes, once it fits the schema.
#[derive(Debug, Deserialize)]
struct Arguments {
    text: String,
    #[serde(default = "once")]
    times: u16,
}

fn once() -> u16 {
    1
}

/// A connection to the server with the one tool.
pub(crate) fn connection() -> Result<Connection> {
    let (server, tools) = parts()?;
    Ok(Connection::new(server, tools))
}

/// The server and its tools, which connections share.
pub(crate) fn parts() -> Result<(Arc<Server>, Arc<Catalogue>)> {
    let echo = ToolDefinition::new("echo", "Says what you say, as often as you like.")
        .with_input_schema(json!({
            "type": "object",
            "properties": {
                "text": {"type": "string", "description": "what to say"},
                "times": {
                    "type": "integer", "minimum": 1, "maximum": 1000, "default": 1,
                    "description": "how often"
                }
            },
            "required": ["text"],
            "additionalProperties": false
        }));
    let server = Server::new(Implementation::new("echo", "1.0.0"))
        .with_capabilities(ServerCapabilities::new().with_tools_list_changed());
    let tools = Catalogue::builder().tool(echo).build()?;
    Ok((Arc::new(server), Arc::new(tools)))
}

/// Runs the tool.
pub(crate) fn echo(arguments: Map<String, Value>) -> ToolResult {
    match Arguments::deserialize(arguments) {
        Ok(Arguments { text, times }) => ToolResult::text(text.repeat(times.into())),
        Err(error) => ToolResult::error(error.to_string()),
    }
}
