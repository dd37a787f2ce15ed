//! Whatever is sent: no panic, no reply to what isn't a request, and the connection goes on.

use mcp_proto::{Client, Implementation, Outcome, Revision, ToolResult};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{fresh, open, request, send};

/// JSON texts of the kinds that messages are made of, and of others.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z/_]{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "2.0",
            "2026-07-28",
            "2025-03-26",
            "now",
            "get_weather",
            "info",
            "tools/call",
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let key = prop::sample::select(vec![
            "jsonrpc",
            "id",
            "method",
            "params",
            "result",
            "error",
            "_meta",
            "name",
            "arguments",
            "cursor",
            "progressToken",
            "requestId",
            "protocolVersion",
            "notifications",
            "x",
            "io.modelcontextprotocol/protocolVersion",
            "io.modelcontextprotocol/clientCapabilities",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6).prop_map(|members| {
                let members = members
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value));
                Value::Object(members.collect())
            }),
        ]
    })
}

fn any_method() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "initialize",
        "ping",
        "server/discover",
        "tools/list",
        "tools/call",
        "logging/setLevel",
        "subscriptions/listen",
        "notifications/initialized",
        "notifications/cancelled",
        "x/y",
    ])
}

fn any_revision() -> impl Strategy<Value = Revision> {
    prop::sample::select(Revision::ALL.to_vec())
}

/// Every message that goes out is one line of JSON with the version, and every call can be
/// finished.
fn check_outcomes(connection: &mut mcp_proto::Connection, outcomes: Vec<Outcome>) {
    for outcome in outcomes {
        let sent = match outcome {
            Outcome::Send(outgoing) => Some(outgoing),
            Outcome::CallTool(call) | Outcome::InvalidArguments(call, _) => {
                connection.finish(call.key, &ToolResult::text("done"))
            }
            _ => None,
        };
        if let Some(message) = sent.map(|sent| crate::support::json(&sent)) {
            let messages = message.as_array().cloned().unwrap_or_else(|| vec![message]);
            for message in messages {
                assert_eq!(message["jsonrpc"], "2.0");
                assert!(
                    message.get("method").is_some() ^ message.get("id").is_some()
                        || message.get("error").is_some(),
                    "{message}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(revision in any_revision(), frame in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut connection = open(revision);
        let outcomes = connection.handle_frame(&frame);
        check_outcomes(&mut connection, outcomes);
        Client::new(Implementation::new("c", "1")).handle_frame(&frame);
    }

    #[test]
    fn any_json_is_survived(revision in any_revision(), value in any_json()) {
        let mut connection = open(revision);
        let outcomes = connection.handle_frame(value.to_string().as_bytes());
        check_outcomes(&mut connection, outcomes);
        Client::new(Implementation::new("c", "1")).handle_frame(value.to_string().as_bytes());
    }

    /// A request is answered exactly once, whatever its parameters.
    #[test]
    fn any_request_is_answered_once(revision in any_revision(), method in any_method(), params in any_json()) {
        let mut connection = open(revision);
        let frame = json!({"jsonrpc": "2.0", "id": "q", "method": method, "params": params});
        let mut answers = 0;
        for outcome in connection.handle_frame(frame.to_string().as_bytes()) {
            let sent = match outcome {
                Outcome::Send(outgoing) => Some(outgoing),
                Outcome::CallTool(call) | Outcome::InvalidArguments(call, _) =>
                    connection.finish(call.key, &ToolResult::text("done")),
                other => panic!("{other:?}"),
            };
            let message = crate::support::json(&sent.unwrap());
            prop_assert!(message["id"] == "q" || message["method"] == "notifications/subscriptions/acknowledged");
            answers += 1;
        }
        prop_assert_eq!(answers, 1);
    }

    #[test]
    fn no_notification_is_answered(revision in any_revision(), method in any_method(), params in any_json()) {
        let mut connection = open(revision);
        let frame = json!({"jsonrpc": "2.0", "method": method, "params": params});
        let outcomes = connection.handle_frame(frame.to_string().as_bytes());
        prop_assert!(!outcomes.iter().any(|outcome| matches!(outcome, Outcome::Send(_))));
    }

    /// Cutting a good frame anywhere gives an error, never a wrong message.
    #[test]
    fn a_cut_frame_is_an_error(cut in 1usize..60) {
        let frame = r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":[1]}}"#;
        let mut connection = fresh();
        let answer = crate::support::send_text(&mut connection, &frame[..cut.min(frame.len() - 1)]);
        prop_assert_eq!(&answer["error"]["code"], -32700);
        let alive = send(&mut connection, request(Revision::V2025_11_25, 2, "ping", json!({})));
        prop_assert_eq!(&alive["result"], &json!({}));
    }
}
