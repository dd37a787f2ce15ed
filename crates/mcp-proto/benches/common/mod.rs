//! What is measured: calls as clients make them, and arguments for the tools of `mcp-server` with
//! the largest schemas.

use std::hint::black_box;
use std::sync::Arc;

use mcp_proto::{
    Catalogue, Connection, Implementation, Outcome, Server, ServerCapabilities, ToolDefinition,
    ToolResult,
};
use serde_json::{Map, Value, json};

/// Something that can be done again and again.
pub(crate) struct Case {
    /// What it is.
    pub(crate) name: String,
    /// Does it once.
    pub(crate) run: Box<dyn FnMut()>,
}

/// All cases.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![call("2025-11-25"), call("2026-07-28")];
    cases.push(checking("start_process, all of them", start_process()));
    for steps in [1, 5, 100] {
        let name = format!("multi_step_automation, {steps} steps");
        cases.push(checking(&name, multi_step(steps)));
    }
    cases
}

/// A call and its result, from the frame of the one to the frame of the other.
fn call(revision: &'static str) -> Case {
    let mut connection = Connection::new(
        Arc::new(
            Server::new(Implementation::new("rejoinder", "1.0.0"))
                .with_capabilities(ServerCapabilities::new().with_tools_list_changed()),
        ),
        Arc::new(catalogue()),
    );
    let mut params = json!({
        "name": "echo", "arguments": {"text": "a sentence of some length, as people write", "times": 1}
    });
    if revision == "2026-07-28" {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": revision,
            "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1.0.0"},
            "io.modelcontextprotocol/clientCapabilities": {}
        });
    } else {
        let initialize = json!({
            "jsonrpc": "2.0", "id": 0, "method": "initialize",
            "params": {
                "protocolVersion": revision, "capabilities": {},
                "clientInfo": {"name": "bench", "version": "1.0.0"}
            }
        });
        connection.handle_frame(initialize.to_string().as_bytes());
    }
    let frame = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params});
    let frame = frame.to_string().into_bytes();
    let result = ToolResult::text("a sentence of some length, as people write");
    Case {
        name: format!("a call and its result, {revision}"),
        run: Box::new(move || {
            for outcome in connection.handle_frame(black_box(&frame)) {
                let Outcome::CallTool(call) = outcome else {
                    panic!("{outcome:?}");
                };
                let answer = connection.finish(call.key, black_box(&result));
                black_box(answer.map(mcp_proto::Outgoing::into_line));
            }
        }),
    }
}

/// Checking arguments that fit.
fn checking(name: &str, arguments: Value) -> Case {
    let catalogue = catalogue();
    let tool = name.split(',').next().unwrap_or_default().to_owned();
    Case {
        name: format!("arguments of {name}"),
        run: Box::new(move || {
            let verdict = catalogue.validate(&tool, black_box(&arguments));
            assert!(black_box(verdict).is_ok());
        }),
    }
}

fn catalogue() -> Catalogue {
    let schemas = serde_json::from_str::<Map<String, Value>>(include_str!("schemas.json"));
    let tools = schemas.into_iter().flatten();
    let tools = tools.map(|(name, schema)| ToolDefinition::new(name, "").with_input_schema(schema));
    let echo = ToolDefinition::new("echo", "Says what you say.").with_input_schema(json!({
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "times": {"type": "integer", "minimum": 1, "maximum": 1000}
        },
        "required": ["text"],
        "additionalProperties": false
    }));
    let catalogue = Catalogue::builder().tools(tools).tool(echo).build();
    catalogue.unwrap_or_else(|error| panic!("{error}"))
}

/// Every parameter.
fn start_process() -> Value {
    json!({
        "command": "ssh", "args": ["-p", "2222", "admin@db1.example.org"], "shell": false,
        "mode": "pty", "name": "db1", "cwd": "/home/admin",
        "env": {"LANG": "C.UTF-8", "EDITOR": "vi"}, "secret_env": {"PGPASSWORD": "db1"},
        "rows": 40, "cols": 120, "timeout": 20, "wait_for": ["password:", "\\$ $"],
        "idle_timeout": 600, "lifetime": 3600, "record": true
    })
}

fn multi_step(steps: usize) -> Value {
    let step = |number: usize| {
        json!({
            "name": format!("step {number}"), "expect": ["Continue\\?", "proceed"], "respond": "yes",
            "timeout": 12.5, "optional": true, "press_enter": true,
            "on": [{"expect": "already installed", "respond": "", "action": "continue"}]
        })
    };
    let steps: Vec<Value> = (1..=steps).map(step).collect();
    json!({"session_id": "installer", "steps": steps, "stop_on_failure": true})
}
