//! Asking back: one handler, two eras.

use serde_json::{Value, json};

use crate::support::{Client, text};

const TWO_QUESTIONS: &str = "test_input_required_result_multi_round";

fn accept(content: &Value) -> Value {
    json!({"action": "accept", "content": content})
}

/// Promise: a tool of several rounds asks a client of 2025-11-25 by requests, one after the
/// other, and keeps what it learned.
#[tokio::test]
async fn the_older_era_is_asked_by_requests() {
    let mut client = Client::initialized().await;
    client.request(1, "tools/call", &json!({"name": TWO_QUESTIONS}));
    let answers = [json!({"name": "Alice"}), json!({"color": "green"})];
    for answer in answers {
        let question = client.hear().await;
        assert_eq!(question["method"], "elicitation/create");
        let answer = accept(&answer);
        client.send(&json!({"jsonrpc": "2.0", "id": question["id"], "result": answer}));
    }
    assert_eq!(text(&client.hear().await), "Alice likes green.");
}

/// Promise: a client of 2026-07-28 calls again, each time with the last round alone.
#[tokio::test]
async fn the_newer_era_calls_again() {
    let mut client = Client::new();
    let params = json!({"name": TWO_QUESTIONS});
    let first = client.ask("tools/call", params).await;
    let mut state = first["result"]["requestState"].clone();
    assert!(first["result"]["inputRequests"]["step1"].is_object());

    let answers = json!({"step1": accept(&json!({"name": "Alice"}))});
    let params = json!({"name": TWO_QUESTIONS, "inputResponses": answers, "requestState": state});
    let second = client.ask("tools/call", params).await;
    assert!(second["result"]["inputRequests"]["step2"].is_object());
    assert_ne!(second["result"]["requestState"], state);

    state = second["result"]["requestState"].clone();
    let answers = json!({"step2": accept(&json!({"color": "green"}))});
    let params = json!({"name": TWO_QUESTIONS, "inputResponses": answers, "requestState": state});
    let third = client.ask("tools/call", params).await;
    assert_eq!(text(&third), "Alice likes green.");
}

/// Promise: a state is good for the tool that it was given for, and for no other.
#[tokio::test]
async fn a_state_belongs_to_its_tool() {
    let mut client = Client::new();
    let params = json!({"name": TWO_QUESTIONS});
    let first = client.ask("tools/call", params).await;
    let state = &first["result"]["requestState"];
    let other = "test_input_required_result_request_state";
    let answers = json!({"confirm": accept(&json!({"ok": true}))});
    let params = json!({"name": other, "inputResponses": answers, "requestState": state});
    let refused = client.ask("tools/call", params).await;
    assert_eq!(refused["error"]["code"], -32602);
}
