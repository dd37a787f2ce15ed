//! A server with one tool and a client of it, with memory between them.

use std::sync::Arc;

use mcp_proto::{
    Catalogue, Client, Connection, Event, Implementation, Outcome, Outgoing, Server,
    ToolDefinition, ToolResult,
};
use serde_json::json;

/// Everything a server does: lines in, lines out. Over stdio these are the lines of stdin and
/// stdout.
fn serve(connection: &mut Connection, line: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    for outcome in connection.handle_frame(line) {
        let answer = match outcome {
            Outcome::Send(answer) => Some(answer),
            Outcome::CallTool(call) => {
                let text = call.arguments["text"].as_str().unwrap_or_default();
                connection.finish(call.key, &ToolResult::text(text))
            }
            Outcome::InvalidArguments(call, problems) => {
                connection.finish(call.key, &ToolResult::error(problems.to_string()))
            }
            _ => None,
        };
        lines.extend(answer.map(Outgoing::into_line));
    }
    lines
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let echo = ToolDefinition::new("echo", "Says what you say.").with_input_schema(json!({
        "type": "object",
        "properties": {"text": {"type": "string"}},
        "required": ["text"]
    }));
    let server = Server::new(Implementation::new("echo", "1.0.0"));
    let tools = Catalogue::builder().tool(echo).build()?;
    let mut connection = Connection::new(Arc::new(server), Arc::new(tools));

    let mut client = Client::new(Implementation::new("caller", "1.0.0"));
    let (_, mut line) = client.connect();
    loop {
        let answer = serve(&mut connection, &line).remove(0);
        match client.handle_frame(&answer) {
            Event::Ready { server, .. } => {
                println!("speaking {}", server.revision);
                line = client.call_tool("echo", json!({"text": "hello"}), None).1;
            }
            Event::ToolResult { result, .. } => break println!("heard {:?}", result.text()),
            other => return Err(format!("{other:?}").into()),
        }
    }
    Ok(())
}
