//! Structured results against the schemas that are declared for them.

use std::sync::Arc;

use mcp_proto::Answer;
use serde_json::{Value, json};

use super::Caller;
use crate::approval::Asking;
use crate::config::Config;
use crate::server::Server;

/// A server whose sessions live in this process, and what it is called with.
struct Bench {
    server: Arc<Server>,
    checked: Vec<&'static str>,
}

impl Bench {
    fn new() -> Self {
        let config = Config::parse("[sessions]\noutlive_server = false\n").unwrap();
        Self {
            server: Server::new(config).unwrap(),
            checked: Vec::new(),
        }
    }

    /// Calls a tool that has to succeed; its structured result has to be what its schema
    /// says.
    async fn call(&mut self, tool: &'static str, arguments: Value) -> Value {
        let caller = Caller::quiet("test");
        let arguments = arguments.as_object().unwrap().clone();
        let server = Arc::clone(&self.server);
        let asking = Asking::default();
        let answer = server.call(caller, tool.into(), arguments, &asking).await;
        let Answer::Tool(result) = answer else {
            panic!("{tool}: {answer:?}");
        };
        assert!(!result.is_error, "{tool}: {result:?}");
        let catalogue = self.server.catalogue();
        let declared = catalogue.get(tool).unwrap().output_schema();
        assert_eq!(declared.is_some(), result.structured_content.is_some());
        let data = result.structured_content.unwrap_or_default();
        if declared.is_some() {
            let fits = catalogue.validate_output(tool, &data);
            assert!(fits.is_ok(), "{tool}: {fits:?} in {data}");
            self.checked.push(tool);
        }
        data
    }
}

/// Promise: what a tool returns as data conforms to the schema that it publishes, of
/// sessions that live, wait and have ended alike, and no tool with a schema is left out.
#[tokio::test]
async fn structured_results_conform_to_their_schemas() {
    let mut bench = Bench::new();
    bench.call("list_sessions", json!({})).await;
    let start = json!({"command": "cat", "name": "cat", "cwd": "/", "env": {"A": "1"}});
    bench.call("start_process", start).await;
    let line = json!({"session_id": "cat", "text": "one\ntwo", "press_enter": true});
    bench.call("send_and_read", line).await;
    let pipe =
        json!({"command": "sh", "args": ["-c", "kill -TERM $$"], "mode": "pipe", "name": "gone"});
    bench.call("start_process", pipe).await;
    for conditions in [
        json!({"session_ids": ["gone"]}),
        json!({"session_ids": ["cat", "gone"], "for": "match", "pattern": "tw.", "until": "all", "timeout": 0}),
        json!({"session_ids": ["cat"], "for": "exit", "timeout": 0}),
    ] {
        bench.call("wait_for_sessions", conditions).await;
    }
    let listed = bench.call("list_sessions", json!({})).await;
    assert_eq!(listed["total"], 2);
    for session in ["cat", "gone"] {
        bench
            .call("get_session_info", json!({"session_id": session}))
            .await;
    }
    let search = json!({"session_id": "cat", "pattern": "two"});
    let found = bench.call("search_output", search).await;
    assert!(found["total"].as_u64() > Some(0), "{found}");
    bench.call("server_info", json!({})).await;
    bench
        .call(
            "terminate_process",
            json!({"session_id": "cat", "force": true}),
        )
        .await;
    bench
        .call("get_session_info", json!({"session_id": "cat"}))
        .await;

    let catalogue = bench.server.catalogue();
    let declared = catalogue
        .listed()
        .filter(|tool| tool.output_schema().is_some());
    for tool in declared {
        assert!(bench.checked.contains(&tool.name()), "{}", tool.name());
    }
    bench.server.shut_down().await;
}
