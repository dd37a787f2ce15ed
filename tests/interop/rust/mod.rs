//! The Rust client (crates.io `rmcp`), in the test's own process.

mod client;
mod offers;
mod waits;

use std::future::Future;
use std::time::Duration;

use rmcp::model::{CallToolRequestParams, PaginatedRequestParams};
use rmcp::service::{Peer, RoleClient, ServiceError};
use serde::Serialize;
use serde_json::{Value, json};

use crate::conversation;
use crate::support::{LEGACY, MODERN};
use crate::transport::{Served, Transport, cells};
use client::{Listener, connect};
use waits::{give_up, wait_with_progress};

/// A server that does not answer at all is given up on after this long.
const PATIENCE: Duration = Duration::from_secs(120);

const PROMPT: &str = "ready> ";

cells! {
    /// The handshake of the `initialize` era, and everything after it.
    by_initialize: "legacy" => LEGACY;
    /// The client asks for `server/discover` first and stays in the era that it finds.
    finds_the_newest_era: "auto" => MODERN;
    /// The era without a handshake, and no way back from it.
    in_the_newest_era_only: MODERN => MODERN;
}

#[track_caller]
fn check(transport: Transport, mode: &str, revision: &str) {
    let served = Served::over(transport);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    let conversation = async { tokio::time::timeout(PATIENCE, converse(&served, mode)).await };
    let seen = runtime
        .block_on(conversation)
        .expect("the conversation ends in time");
    conversation::check(&seen, revision);
}

/// Everything that is asked of the server.
async fn converse(served: &Served, mode: &str) -> Value {
    let (listener, mut heard) = Listener::new();
    let mut client = connect(served, mode, listener).await;
    let peer = client.peer().clone();
    let server = peer.peer_info().expect("the server has said who it is");
    let wait_for_prompt = format!("{PROMPT}$");
    let start = json!({
        "command": "bash --norc --noprofile",
        "name": "sh",
        "env": {"PS1": PROMPT},
        "wait_for": wait_for_prompt,
        "timeout": 40,
    });
    let line = json!({
        "session_id": "sh",
        "text": "echo $((6 * 7))",
        "press_enter": true,
        "wait_for": wait_for_prompt,
        "timeout": 40,
    });
    let seen = json!({
        "revision": server.protocol_version,
        "server": server.server_info,
        "listing": pages(async |page| peer.list_tools(page).await, "tools").await,
        "start": call(&peer, "start_process", start).await,
        "line": call(&peer, "send_and_read", line).await,
        "progress": wait_with_progress(&peer, &mut heard.progress).await,
        "cancel": give_up(&peer, &mut heard.progress).await,
        "sessions": call(&peer, "list_sessions", json!({})).await,
        "bad_arguments": call(&peer, "start_process", json!({"command": "sh", "rows": "many"})).await,
        "no_such_session": call(&peer, "read_output", json!({"session_id": "nobody"})).await,
        "unknown_tool": refused(peer.call_tool_once(request("no_such_tool", json!({})))).await,
        "offers": offers::explore(&client, &mut heard.changes).await,
        "end": call(&peer, "terminate_process", json!({"session_id": "sh"})).await,
        "sessions_after": call(&peer, "list_sessions", json!({})).await,
    });
    client.close().await.expect("the client has not panicked");
    seen
}

fn request(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let Value::Object(arguments) = arguments else {
        panic!("arguments are an object, not {arguments}");
    };
    CallToolRequestParams::new(tool).with_arguments(arguments)
}

async fn call(peer: &Peer<RoleClient>, tool: &'static str, arguments: Value) -> Value {
    let result = peer.call_tool_once(request(tool, arguments)).await;
    let rmcp::model::CallToolResponse::Complete(result) = result.expect("the call has a result")
    else {
        panic!("{tool} asks for something");
    };
    plain(&result)
}

/// Under the names that things have on the wire.
fn plain(model: &impl Serialize) -> Value {
    serde_json::to_value(model).expect("what came as JSON can be written as such")
}

/// The protocol error that a call ends in.
async fn refused<T>(call: impl Future<Output = Result<T, ServiceError>>) -> Value {
    match call.await {
        Err(ServiceError::McpError(error)) => json!({"code": error.code, "message": error.message}),
        Err(error) => panic!("{error}"),
        Ok(_) => json!({}),
    }
}

/// What is listed under this name on all pages, and the last page without it.
async fn pages<T: Serialize>(
    list: impl AsyncFn(Option<PaginatedRequestParams>) -> Result<T, ServiceError>,
    key: &str,
) -> Value {
    let mut entries = Vec::new();
    let mut cursor = None;
    loop {
        let params = PaginatedRequestParams::default().with_cursor(cursor);
        let mut page = plain(&list(Some(params)).await.expect("there is a list"));
        let Value::Array(some) = page[key].take() else {
            panic!("no {key}: {page}");
        };
        entries.extend(some);
        cursor = page["nextCursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return json!({key: entries, "page": page});
        }
    }
}
