//! Waits that report how they go on, and that are given up.

use rmcp::model::{CallToolRequest, ClientRequest, ProgressNotificationParam, ServerResult};
use rmcp::service::{Peer, PeerRequestOptions, RequestHandle, RoleClient};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{PROMPT, call, request};

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
pub(super) async fn wait_with_progress(
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
pub(super) async fn give_up(
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
