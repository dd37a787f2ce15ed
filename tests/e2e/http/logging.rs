//! Log messages over HTTP: on the stream of their own request, and to nobody else.

use serde_json::{Value, json};

use super::client::Request;
use super::principals::{ANN, BOB, bearer, server};
use super::server::{Answer, Server, Session, cat, modern, request};

const MESSAGE: &str = "notifications/message";

/// A call of 2026-07-28 by whoever has this token, which asks for this level.
fn call_as(token: &str, tool: &str, arguments: Value, level: &str) -> Request {
    let meta = json!({"io.modelcontextprotocol/logLevel": level});
    let params = json!({"name": tool, "arguments": arguments, "_meta": meta});
    modern("tools/call", params).with("Authorization", &bearer(token))
}

fn legacy(session: &Session<'_>, tool: &str, arguments: Value) -> Request {
    let params = json!({"name": tool, "arguments": arguments});
    session.post(&request(json!(tool), "tools/call", params))
}

/// A session of the older era, whose client wants to hear everything.
fn listening<'a>(server: &'a Server, token: &str) -> Session<'a> {
    let session = server.session_of("2025-11-25", &[("Authorization", &bearer(token))]);
    let params = json!({"level": "debug"});
    let answer = server.ask(&session.post(&request(json!("l"), "logging/setLevel", params)));
    assert_eq!(answer.json()["result"], json!({}));
    session
}

/// Messages come on the stream of their call and before its answer; the answer is the last.
#[track_caller]
fn told(server: &Server, request: &Request) -> (Vec<Value>, Answer) {
    let mut told = server.stream(request).rest();
    let answer = Answer::of(&told.pop().unwrap());
    for message in &mut told {
        assert_eq!(message["method"], MESSAGE, "{message}");
        *message = message["params"]["data"].take();
    }
    (told, answer)
}

fn events(told: &[Value]) -> Vec<&Value> {
    told.iter().map(|data| &data["event"]).collect()
}

/// In either era messages come by the stream of their own call; a call that asks for none is
/// answered by one object, and another principal hears nothing on any stream.
#[test]
fn messages_go_to_who_made_the_call() {
    let server = server();
    let hers = listening(&server, ANN);
    let his = listening(&server, BOB);
    let mut his_stream = server.stream(&his.get(None));
    let mut her_stream = server.stream(&hers.get(None));

    let (heard, answer) = told(&server, &legacy(&hers, "start_process", cat()));
    assert_eq!(events(&heard), ["started", "done"]);
    let id = answer.status("session_id").clone();
    assert_eq!(heard[0]["session_id"], id);

    let newer = |tool: &str, arguments, level| call_as(ANN, tool, arguments, level);
    let end = json!({"session_id": id, "force": true});
    let (heard, _) = told(&server, &newer("terminate_process", end, "debug"));
    assert_eq!(events(&heard), ["ended", "done"]);
    let bad = json!({"session_id": 7});
    let (heard, answer) = told(&server, &newer("send_input", bad.clone(), "debug"));
    assert_eq!(events(&heard), ["done"]);
    assert_eq!(answer.error_type(), "validation_error");
    let (heard, answer) = told(&server, &legacy(&hers, "send_input", bad));
    assert_eq!(events(&heard), ["done"]);
    assert_eq!(answer.error_type(), "validation_error");

    // One that asks for what doesn't come is answered in one piece.
    let quiet = server.ask(&newer("list_sessions", json!({}), "error"));
    assert_eq!(quiet.head.header("content-type"), "application/json");

    // He hears of his own calls alone, though his level lets all through.
    let (heard, _) = told(&server, &legacy(&his, "list_sessions", json!({})));
    assert_eq!(events(&heard), ["done"]);
    let other = json!({"session_id": id});
    let (heard, answer) = told(&server, &call_as(BOB, "read_output", other, "debug"));
    assert_eq!(events(&heard), ["done"]);
    assert_eq!(answer.error_type(), "session_not_found");
    assert!(heard[0].get("session_id").is_none(), "{heard:?}");

    // What belongs to no call of theirs tells of lists, and of nothing else.
    server.terminate();
    for message in his_stream.rest().into_iter().chain(her_stream.rest()) {
        assert_ne!(message["method"], MESSAGE, "{message}");
    }
}
