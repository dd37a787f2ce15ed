//! The Rust client (crates.io `rmcp`), in the test's own process.

use std::future::Future;
use std::process::{Command, Stdio};
use std::time::Duration;

use rmcp::ClientHandler;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientRequest, PaginatedRequestParams,
    ProgressNotificationParam, ProtocolVersion, ServerResult,
};
use rmcp::service::{
    ClientLifecycleMode, ClientServiceExt, NotificationContext, Peer, PeerRequestOptions,
    RequestHandle, RoleClient, RunningService, ServiceError,
};
use rmcp::transport::StreamableHttpClientTransport;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::conversation;
use crate::support::{LEGACY, MODERN};
use crate::transport::{Served, Transport, cells};

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

/// The client's own half: it hands on the progress that it is told of.
struct Listener {
    reports: UnboundedSender<ProgressNotificationParam>,
}

impl ClientHandler for Listener {
    async fn on_progress(
        &self,
        report: ProgressNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        // Reports of calls that nobody watches are not received.
        let _ = self.reports.send(report);
    }
}

type Client = RunningService<RoleClient, Listener>;

async fn connect(served: &Served, mode: &str, listener: Listener) -> Client {
    let newest = vec![ProtocolVersion::V_2026_07_28];
    let lifecycle = match mode {
        "legacy" => ClientLifecycleMode::Initialize,
        "auto" => ClientLifecycleMode::Auto {
            preferred_versions: newest,
            legacy_version: None,
        },
        _ => ClientLifecycleMode::Discover {
            preferred_versions: newest,
        },
    };
    let client = match served.url() {
        Some(url) => {
            let transport = StreamableHttpClientTransport::from_uri(url);
            listener.serve_with_lifecycle(transport, lifecycle).await
        }
        None => {
            let target = served.target();
            let mut command = Command::new(&target[0]);
            command.args(&target[1..]);
            served.house(&mut command);
            let mut server = tokio::process::Command::from(command)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("the server can be started");
            let output = server.stdout.take().expect("it is piped");
            let input = server.stdin.take().expect("it is piped");
            // It ends when its input does, and is collected by the runtime.
            listener
                .serve_with_lifecycle((output, input), lifecycle)
                .await
        }
    };
    client.expect("the client connects")
}

/// Everything that is asked of the server.
async fn converse(served: &Served, mode: &str) -> Value {
    let (reports, mut watched) = unbounded_channel();
    let mut client = connect(served, mode, Listener { reports }).await;
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
        "listing": list_tools(&peer).await,
        "start": call(&peer, "start_process", start).await,
        "line": call(&peer, "send_and_read", line).await,
        "progress": wait_with_progress(&peer, &mut watched).await,
        "cancel": give_up(&peer, &mut watched).await,
        "sessions": call(&peer, "list_sessions", json!({})).await,
        "bad_arguments": call(&peer, "start_process", json!({"command": "sh", "rows": "many"})).await,
        "no_such_session": call(&peer, "read_output", json!({"session_id": "nobody"})).await,
        "unknown_tool": refused(peer.call_tool_once(request("no_such_tool", json!({})))).await,
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

/// The tools of all pages, and the last page without them.
async fn list_tools(peer: &Peer<RoleClient>) -> Value {
    let mut tools = Vec::new();
    let mut cursor = None;
    loop {
        let params = PaginatedRequestParams::default().with_cursor(cursor);
        let page = peer.list_tools(Some(params)).await;
        let mut page = page.expect("the tools are listed");
        tools.append(&mut page.tools);
        let Some(next) = page.next_cursor.clone() else {
            return json!({"tools": tools, "page": page});
        };
        cursor = Some(next);
    }
}

/// A call that is under way.
async fn begin(
    peer: &Peer<RoleClient>,
    tool: &'static str,
    arguments: Value,
) -> RequestHandle<RoleClient> {
    let request = CallToolRequest::new(request(tool, arguments));
    let request = ClientRequest::CallToolRequest(request);
    let options = PeerRequestOptions::no_options();
    let call = peer.send_cancellable_request(request, options).await;
    call.expect("the call can be sent")
}

/// The first report of a call's progress.
async fn reported(
    call: &RequestHandle<RoleClient>,
    watched: &mut UnboundedReceiver<ProgressNotificationParam>,
) -> ProgressNotificationParam {
    loop {
        let report = watched.recv().await.expect("the client runs");
        if report.progress_token == call.progress_token {
            return report;
        }
    }
}

/// A wait that ends because its progress was reported: the report is the cue to type what is waited
/// for, in a call beside it.
async fn wait_with_progress(
    peer: &Peer<RoleClient>,
    watched: &mut UnboundedReceiver<ProgressNotificationParam>,
) -> Value {
    let wait = json!({"session_id": "sh", "wait_for": "cue\r?\n", "timeout": 40});
    let wait = begin(peer, "read_output", wait).await;
    let report = reported(&wait, watched).await;
    let cue = json!({"session_id": "sh", "text": "echo c''ue", "press_enter": true});
    call(peer, "send_input", cue).await;
    let result = wait.await_response().await;
    let ServerResult::CallToolResult(result) = result.expect("the wait has a result") else {
        panic!("the wait has a result of another kind");
    };
    json!({"result": result, "reports": [report]})
}

/// A wait that is cancelled as soon as it is known to be under way, and what the session shows once
/// it has printed what was waited for.
async fn give_up(
    peer: &Peer<RoleClient>,
    watched: &mut UnboundedReceiver<ProgressNotificationParam>,
) -> Value {
    let wait = json!({
        "session_id": "sh",
        "expect_pattern": "go-ahead\\r?\\n",
        "response": "echo typed by nobody",
        "timeout": 40,
    });
    let wait = begin(peer, "expect_and_respond", wait).await;
    reported(&wait, watched).await;
    let cancelled = wait.cancel(Some("not wanted".to_owned())).await.is_ok();
    for (line, word) in [("echo go-a''head", "go-ahead"), ("echo e''nd", "end")] {
        let typed = json!({
            "session_id": "sh",
            "text": line,
            "press_enter": true,
            "wait_for": format!("{word}\n{PROMPT}$"),
            "timeout": 40,
        });
        call(peer, "send_and_read", typed).await;
    }
    let all = json!({"session_id": "sh", "since": 0});
    json!({"cancelled": cancelled, "after": call(peer, "read_output", all).await})
}
