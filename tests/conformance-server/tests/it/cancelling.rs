//! Calls that are given up, and calls that report.

use serde_json::json;

use crate::support::{Client, text};

/// Promise: the work of a call that the client gives up is dropped, and nothing is answered.
#[tokio::test(start_paused = true)]
async fn a_call_given_up_is_dropped() {
    let mut client = Client::initialized().await;
    client.request(1, "tools/call", &json!({"name": "test_slow"}));
    // Work that never began has nothing to note.
    tokio::task::yield_now().await;
    let params = json!({"requestId": 1});
    client.send(&json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params,
    }));
    tokio::task::yield_now().await;
    client.request(2, "tools/call", &json!({"name": "test_given_up"}));
    let answer = client.hear().await;
    assert_eq!(answer["id"], 2);
    assert_eq!(text(&answer), "1 of 1");
}

/// Promise: progress is heard in its order and before the result.
#[tokio::test(start_paused = true)]
async fn progress_comes_before_the_result() {
    let mut client = Client::initialized().await;
    let params = json!({"name": "test_tool_with_progress", "_meta": {"progressToken": "t"}});
    client.request(1, "tools/call", &params);
    for expected in [0, 50, 100] {
        let report = client.hear().await;
        assert_eq!(report["method"], "notifications/progress");
        assert_eq!(report["params"]["progress"], expected);
        assert_eq!(report["params"]["progressToken"], "t");
    }
    assert_eq!(client.hear().await["id"], 1);
}
