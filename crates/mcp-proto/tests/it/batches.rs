//! JSON-RPC batches, which 2025-03-26 alone has.

use mcp_proto::{MAX_BATCH_MESSAGES, Outcome, Revision, ToolResult};
use serde_json::{Value, json};

use crate::support::{call, json as parsed, open, request, send, sends};

const REVISION: Revision = Revision::V2025_03_26;

fn ping(id: Value) -> Value {
    request(REVISION, id, "ping", json!({}))
}

#[test]
fn a_batch_is_answered_by_a_batch() {
    let mut connection = open(REVISION);
    let note = json!({"jsonrpc": "2.0", "method": "notifications/x"});
    let broken = json!({"jsonrpc": "2.0", "id": 3});
    let batch = json!([ping(json!(1)), note, broken, ping(json!("two"))]);
    let answer = send(&mut connection, batch);
    let answers = answer.as_array().unwrap();
    assert_eq!(answers.len(), 3);
    assert_eq!(
        (&answers[0]["id"], &answers[2]["id"]),
        (&json!(1), &json!("two"))
    );
    assert_eq!(
        (&answers[1]["id"], &answers[1]["error"]["code"]),
        (&json!(3), &json!(-32600))
    );
}

#[test]
fn a_batch_is_answered_when_its_last_call_is() {
    let mut connection = open(REVISION);
    let batch = json!([
        call(REVISION, 1, "now", json!({})),
        ping(json!(2)),
        call(REVISION, 3, "now", json!({}))
    ]);
    let outcomes = connection.handle_frame(batch.to_string().as_bytes());
    let keys: Vec<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::CallTool(call) => call.key,
            other => panic!("nothing is sent yet: {other:?}"),
        })
        .collect();
    assert_eq!(connection.finish(keys[1], &ToolResult::text("b")), None);
    let answer = connection.finish(keys[0], &ToolResult::text("a")).unwrap();
    assert_eq!(answer.regards(), Some(keys[0]));
    let answer = parsed(&answer);
    let ids: Vec<&Value> = answer
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| &answer["id"])
        .collect();
    assert_eq!(ids, [2, 3, 1]);
}

#[test]
fn a_cancelled_call_leaves_its_batch() {
    let mut connection = open(REVISION);
    let batch = json!([call(REVISION, 1, "now", json!({})), ping(json!(2))]);
    connection.handle_frame(batch.to_string().as_bytes());
    let cancel =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}});
    let outcomes = connection.handle_frame(cancel.to_string().as_bytes());
    let [Outcome::Cancel { .. }, Outcome::Send(rest)] = &outcomes[..] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(
        parsed(rest),
        json!([{"jsonrpc": "2.0", "id": 2, "result": {}}])
    );
    assert_eq!(connection.in_flight(), 0);
}

#[test]
fn an_abandoned_call_leaves_its_batch() {
    let mut connection = open(REVISION);
    let batch = json!([call(REVISION, 1, "now", json!({})), ping(json!(2))]);
    let outcomes = connection.handle_frame(batch.to_string().as_bytes());
    let [Outcome::CallTool(call)] = &outcomes[..] else {
        panic!("{outcomes:?}");
    };
    let Outcome::Send(rest) = connection.abandon(call.key).remove(0) else {
        panic!("the rest of the batch is due");
    };
    assert_eq!(
        parsed(&rest),
        json!([{"jsonrpc": "2.0", "id": 2, "result": {}}])
    );
}

#[test]
fn a_batch_of_one_cancelled_call_is_not_answered() {
    let mut connection = open(REVISION);
    connection.handle_frame(
        json!([call(REVISION, 1, "now", json!({}))])
            .to_string()
            .as_bytes(),
    );
    let cancel =
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}});
    let outcomes = connection.handle_frame(cancel.to_string().as_bytes());
    assert!(
        matches!(outcomes[..], [Outcome::Cancel { .. }]),
        "{outcomes:?}"
    );
}

#[test]
fn notifications_alone_get_no_answer() {
    let note = json!({"jsonrpc": "2.0", "method": "notifications/x"});
    let batch = json!([note, note]);
    assert!(sends(open(REVISION).handle_frame(batch.to_string().as_bytes())).is_empty());
}

#[test]
fn an_empty_batch_is_one_error() {
    let answer = send(&mut open(REVISION), json!([]));
    assert_eq!(
        (&answer["id"], &answer["error"]["code"]),
        (&Value::Null, &json!(-32600))
    );
}

#[test]
fn a_batch_that_is_not_json_is_one_error() {
    let answers =
        sends(open(REVISION).handle_frame(b"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},"));
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["error"]["code"], -32700);
}

#[test]
fn members_that_are_no_messages_get_an_error_each() {
    let answer = send(&mut open(REVISION), json!([1, "x", [ping(json!(1))]]));
    let answers = answer.as_array().unwrap();
    assert_eq!(answers.len(), 3);
    assert!(
        answers
            .iter()
            .all(|answer| answer["error"]["code"] == -32600)
    );
}

#[test]
fn initialize_must_stand_alone() {
    let mut connection = open(REVISION);
    let params = json!({"protocolVersion": "2025-11-25", "capabilities": {}});
    let answer = send(
        &mut connection,
        json!([request(REVISION, 1, "initialize", params)]),
    );
    assert_eq!(answer[0]["error"]["code"], -32600);
    assert_eq!(connection.session().unwrap().revision, REVISION);
}

#[test]
fn a_batch_has_a_greatest_size() {
    let batch = |size: usize| Value::Array((0..size).map(|id| ping(json!(id))).collect());
    let answer = send(&mut open(REVISION), batch(MAX_BATCH_MESSAGES));
    assert_eq!(answer.as_array().unwrap().len(), MAX_BATCH_MESSAGES);
    let answer = send(&mut open(REVISION), batch(MAX_BATCH_MESSAGES + 1));
    assert_eq!(answer["error"]["code"], -32600);
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("257 messages, at most 256")
    );
}

#[test]
fn one_id_cannot_stand_for_two_calls_of_a_batch() {
    let mut connection = open(REVISION);
    let batch = json!([
        call(REVISION, 1, "now", json!({})),
        call(REVISION, 1, "now", json!({}))
    ]);
    let outcomes = connection.handle_frame(batch.to_string().as_bytes());
    let [Outcome::CallTool(call)] = &outcomes[..] else {
        panic!("{outcomes:?}");
    };
    let answer = parsed(&connection.finish(call.key, &ToolResult::text("x")).unwrap());
    assert_eq!(answer.as_array().unwrap().len(), 2);
}

#[test]
fn other_revisions_have_no_batches() {
    for revision in Revision::ALL
        .into_iter()
        .filter(|revision| *revision != REVISION)
    {
        let mut connection = open(revision);
        let answers =
            sends(connection.handle_frame(json!([ping(json!(1))]).to_string().as_bytes()));
        assert_eq!(answers.len(), 1, "{revision}");
        assert_eq!(answers[0]["error"]["code"], -32600, "{revision}");
        let message = answers[0]["error"]["message"].as_str().unwrap();
        assert!(message.contains("2025-03-26 alone"), "{message}");
    }
}
