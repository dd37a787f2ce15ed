//! Every unacceptable frame gets a precise error, and the connection goes on.

use mcp_proto::{Line, Outcome, Revision};
use serde_json::{Value, json};

use crate::support::{fixture, fresh, open, request, send, sends};

/// Each case of `bad-frames.txt` is three lines: a heading, the frame, and the answer's id, code
/// and a part of its message, or `silence`.
#[test]
fn bad_frames_get_the_errors_of_the_table() {
    let table = fixture("bad-frames.txt");
    let lines: Vec<&str> = table.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines.len().is_multiple_of(3) && lines.len() > 60);
    for case in lines.chunks(3) {
        let [heading, frame, expected] = case else {
            panic!("a case has three lines");
        };
        let mut connection = open(Revision::V2025_06_18);
        let answers = sends(connection.handle_frame(frame.as_bytes()));
        check_answer(heading, &answers, expected);
        let alive = send(
            &mut connection,
            request(Revision::V2025_06_18, 1, "ping", json!({})),
        );
        assert_eq!(
            alive["result"],
            json!({}),
            "{heading}: the connection goes on"
        );
    }
}

fn check_answer(heading: &str, answers: &[Value], expected: &str) {
    if expected == "silence" {
        assert!(answers.is_empty(), "{heading}: {answers:?}");
        return;
    }
    let [answer] = answers else {
        panic!("{heading}: one answer, not {answers:?}");
    };
    let mut parts = expected.splitn(3, ' ');
    let id: Value = serde_json::from_str(parts.next().unwrap()).unwrap();
    assert_eq!(answer["id"], id, "{heading}: {answer}");
    assert_eq!(
        answer["error"]["code"].to_string(),
        parts.next().unwrap(),
        "{heading}: {answer}"
    );
    let message = answer["error"]["message"].as_str().unwrap();
    let part = parts.next().unwrap();
    assert!(
        message.contains(part),
        "{heading}: {message:?} has no {part:?}"
    );
}

#[test]
fn bytes_that_are_not_utf8_are_a_parse_error_that_says_where() {
    let frame = b"{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"ping\"}";
    let answers = sends(fresh().handle_frame(frame));
    assert_eq!(answers[0]["error"]["code"], -32700);
    let message = answers[0]["error"]["message"].as_str().unwrap();
    assert!(message.contains("not UTF-8 at byte 23"), "{message}");
}

#[test]
fn a_line_that_is_too_long_is_a_parse_error_that_says_the_limit() {
    let answers = sends(fresh().handle_line(Line::TooLong { limit: 16 }));
    assert_eq!(answers[0]["error"]["code"], -32700);
    assert_eq!(answers[0]["id"], Value::Null);
    let message = answers[0]["error"]["message"].as_str().unwrap();
    assert!(message.contains("16 bytes"), "{message}");
}

#[test]
fn json_nested_too_deep_is_an_error_and_no_stack_overflow() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let frame = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"now","arguments":{deep}}}}}"#
    );
    let answers = sends(open(Revision::V2025_11_25).handle_frame(frame.as_bytes()));
    assert_eq!(
        (&answers[0]["id"], &answers[0]["error"]["code"]),
        (&json!(1), &json!(-32602))
    );
}

/// JSON-RPC 2.0 wants `"id":null` where the id can't be told; the Model Context Protocol has no
/// null ids, and makes the member optional from 2025-11-25.
#[test]
fn an_error_to_nobody_has_a_null_id_or_none_by_revision() {
    for revision in Revision::ALL {
        let mut connection = open(revision);
        send(
            &mut connection,
            request(revision, 1, "tools/list", json!({})),
        );
        let answer = sends(connection.handle_frame(b"{")).remove(0);
        let id = answer.get("id");
        match revision >= Revision::V2025_11_25 {
            true => assert_eq!(id, None, "{revision}"),
            false => assert_eq!(id, Some(&Value::Null), "{revision}"),
        }
    }
}

#[test]
fn errors_do_not_repeat_what_was_sent_at_length() {
    let long = "x".repeat(1_000_000);
    for frame in [
        json!(long).to_string(),
        json!({"jsonrpc": "2.0", "id": 1, "method": long}).to_string(),
        request(
            Revision::V2025_11_25,
            1,
            "tools/call",
            json!({"name": long}),
        )
        .to_string(),
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": long}})
            .to_string(),
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": {
            "io.modelcontextprotocol/protocolVersion": long,
            "io.modelcontextprotocol/clientCapabilities": {}}}})
        .to_string(),
    ] {
        let outcomes = open(Revision::V2025_11_25).handle_frame(frame.as_bytes());
        let [Outcome::Send(answer)] = &outcomes[..] else {
            panic!("{outcomes:?}");
        };
        assert!(answer.as_bytes().len() < 700, "{}", answer.as_bytes().len());
    }
}

/// What is ignored leaves a trace for whoever looks for it.
#[test]
fn a_response_to_no_request_leaves_a_trace_event() {
    let trace = crate::support::Trace::default();
    let response = json!({"jsonrpc": "2.0", "id": 99, "result": {}}).to_string();
    tracing::subscriber::with_default(trace.clone(), || {
        assert!(fresh().handle_frame(response.as_bytes()).is_empty());
    });
    let events = trace.events();
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(
        events[0].contains("no request of ours") && events[0].contains("99"),
        "{events:?}"
    );
}

#[test]
fn http_statuses_follow_the_streamable_http_binding() {
    let revision = Revision::V2026_07_28;
    let mut cases = vec![
        (request(revision, 1, "tools/list", json!({})), 200),
        (request(revision, 1, "no/such", json!({})), 404),
        (request(revision, 1, "ping", json!({})), 404),
        (
            request(revision, 1, "tools/call", json!({"name": "nope"})),
            200,
        ),
        (
            request(revision, 1, "tools/list", json!({"cursor": "x"})),
            200,
        ),
        (
            json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
            400,
        ),
        (
            json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {}}),
            400,
        ),
        (
            json!({"jsonrpc": "1.0", "id": 1, "method": "tools/list"}),
            400,
        ),
    ];
    let mut unsupported = request(revision, 1, "tools/list", json!({}));
    unsupported["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "1999-01-01".into();
    cases.push((unsupported, 400));
    for (message, status) in cases {
        let outcomes = open(revision).handle_frame(message.to_string().as_bytes());
        let [Outcome::Send(answer)] = &outcomes[..] else {
            panic!("{message}: {outcomes:?}");
        };
        assert_eq!(answer.http_status(), status, "{message}");
    }
}
