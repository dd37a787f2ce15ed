//! Faults that other implementations of the protocol have had, each with the test that shows it
//! is none here. Faults of a transport (headers twice, a client that stops reading, a receive
//! that loses bytes when it is cancelled) are shown where the transport is.

use std::path::Path;

use mcp_proto::{
    Answer, Catalogue, ChangedList, Era, InputRequest, InputRequired, Outcome, Outgoing,
    ResourceContents, Revision, RpcError, ToolDefinition, ToolResult,
};
use serde_json::{Value, json};

use crate::offer::{ALL, NEW, OLD, ask, cancel, declaring, full, one, query, reply};
use crate::support::{
    call, conforms, fresh, json as parsed, open_with, request, send, sends, server, start,
};

/// What others got wrong, and where it is tested: in which file, by which test.
const CLASSES: &[(&str, &str, &str)] = &[
    (
        "a reply to a cancelled request",
        "calls",
        "a_cancelled_request_is_never_answered",
    ),
    (
        "a reply to a cancelled query",
        "prompts",
        "a_cancelled_prompt_is_never_answered",
    ),
    (
        "a reply to a cancelled request that asks",
        "answering",
        "cancellation_while_questions_are_out",
    ),
    (
        "ids that are floats or strings",
        "ids",
        "ids_are_echoed_as_they_were_written",
    ),
    (
        "ids that are floats or strings",
        "known_bugs",
        "ids_come_back_as_they_went_wherever_they_stand",
    ),
    (
        "numbers too large for a float as ids",
        "ids",
        "every_long_integer_survives",
    ),
    (
        "nulls in structured content dropped",
        "calls",
        "nulls_in_structured_content_are_kept",
    ),
    (
        "nulls in arguments dropped",
        "known_bugs",
        "nulls_in_arguments_are_kept",
    ),
    ("a batch", "batches", "a_batch_is_answered_by_a_batch"),
    (
        "a batch where there are none",
        "batches",
        "other_revisions_have_no_batches",
    ),
    (
        "a response with an unknown id",
        "answering",
        "late_unknown_and_senseless_responses",
    ),
    (
        "a response with an unknown id",
        "known_bugs",
        "responses_to_nothing_are_ignored_in_both_eras",
    ),
    (
        "10,000 requests in flight",
        "calls",
        "ten_thousand_requests_in_flight_are_answered_in_any_order",
    ),
    (
        "10,000 requests in flight",
        "known_bugs",
        "ten_thousand_questions_out_at_once",
    ),
    (
        "an error about parameters as 400",
        "known_bugs",
        "only_what_is_wrong_with_meta_is_400",
    ),
    (
        "initialize after discover",
        "known_bugs",
        "initialize_after_a_successful_discovery",
    ),
    (
        "unknown ids in a cancellation",
        "known_bugs",
        "cancellations_of_nothing_are_ignored",
    ),
    (
        "two requests with one id",
        "calls",
        "an_id_that_is_in_flight_is_refused_and_its_request_goes_on",
    ),
    (
        "two requests with one id",
        "known_bugs",
        "an_id_in_flight_is_refused_for_every_kind_of_request",
    ),
    (
        "an empty list for what isn't there",
        "resources",
        "a_resource_that_is_not_there_is_an_error",
    ),
    (
        "a question that the client can't answer",
        "not_asked",
        "nothing_undeclared_is_ever_asked",
    ),
];

/// Promise: the table above names tests that there are.
#[test]
fn every_class_has_its_test() {
    for (class, file, test) in CLASSES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/{file}.rs"));
        let text = std::fs::read_to_string(path).unwrap();
        assert!(
            text.contains(&format!("fn {test}(")),
            "{class}: {file}::{test}"
        );
    }
}

/// Ids that others have turned into other ids, and the token that goes the same way.
const IDS: [&str; 9] = [
    "0",
    "-1",
    "1.0",
    "1e2",
    "12345678901234567890123",
    "\"\"",
    "\"1\"",
    "\"a\\u0062\"",
    "\"ü\"",
];

#[test]
fn ids_come_back_as_they_went_wherever_they_stand() {
    for id in IDS {
        let subscription = "io.modelcontextprotocol/subscriptionId";
        let meta = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}"#;
        let frame = |method: &str, params: &str| {
            format!(
                r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{{params},"_meta":{{{meta},"progressToken":{id}}}}}}}"#
            )
        };
        let holds = |message: &Outgoing, key: &str| {
            let text = String::from_utf8_lossy(message.as_bytes()).into_owned();
            assert!(text.contains(&format!("\"{key}\":{id}")), "{id}: {text}");
        };
        let mut connection = full(NEW);
        let call_frame = frame("tools/call", r#""name":"now""#);
        let Outcome::CallTool(call) = one(connection.handle_frame(call_frame.as_bytes())) else {
            panic!("a call: {id}");
        };
        holds(
            &connection.progress(call.key, 1.0, None, None).unwrap(),
            "progressToken",
        );
        holds(
            &connection.finish(call.key, &ToolResult::text("x")).unwrap(),
            "id",
        );
        let read = frame("resources/read", r#""uri":"log://today""#);
        let Outcome::Query(asked) = one(connection.handle_frame(read.as_bytes())) else {
            panic!("a query: {id}");
        };
        let missing = RpcError::resource_not_found("log://today");
        holds(&connection.fail(asked.key, &missing).unwrap(), "id");
        let listen = frame(
            "subscriptions/listen",
            r#""notifications":{"toolsListChanged":true}"#,
        );
        let Outcome::Send(ack) = one(connection.handle_frame(listen.as_bytes())) else {
            panic!("an acknowledgement: {id}");
        };
        holds(&ack, subscription);
        holds(
            &connection.list_changed(ChangedList::Tools)[0],
            subscription,
        );
        let farewell = connection.end_subscriptions();
        holds(&farewell[0], "id");
        holds(&farewell[0], subscription);
        holds(&farewell[1], "requestId");
    }
}

#[test]
fn nulls_in_arguments_are_kept() {
    let arguments = json!({"a": null, "b": [null, {"c": null}]});
    for revision in ALL {
        let anything = ToolDefinition::new("any", "Takes anything.")
            .with_input_schema(json!({"type": "object"}));
        let catalogue = Catalogue::builder().tool(anything).build().unwrap();
        let mut connection = open_with(revision, server(), catalogue);
        let call = start(&mut connection, call(revision, 1, "any", arguments.clone()));
        assert_eq!(Value::from(call.arguments), arguments);
    }
}

#[test]
fn responses_to_nothing_are_ignored_in_both_eras() {
    for revision in ALL {
        let mut connection = full(revision);
        let running = start(&mut connection, call(revision, 7, "now", json!({})));
        for id in [
            json!(7),
            json!("7"),
            json!("ask-1"),
            json!(null),
            json!(1.5),
            json!({}),
        ] {
            for outcome in [
                json!({"result": {}}),
                json!({"error": {"code": 1, "message": "?"}}),
            ] {
                let mut message = json!({"jsonrpc": "2.0", "id": id});
                message
                    .as_object_mut()
                    .unwrap()
                    .extend(outcome.as_object().unwrap().clone());
                let outcomes = connection.handle_frame(message.to_string().as_bytes());
                assert!(outcomes.is_empty(), "{revision} {message}: {outcomes:?}");
            }
        }
        assert!(
            connection
                .finish(running.key, &ToolResult::text("x"))
                .is_some()
        );
    }
}

#[test]
fn ten_thousand_questions_out_at_once() {
    let mut connection = declaring(OLD, json!({"elicitation": {}, "roots": {}}));
    let mut asked: Vec<Value> = Vec::new();
    for id in 0..10_000 {
        let call = start(&mut connection, call(OLD, id, "now", json!({})));
        let needed = InputRequired::one("where", InputRequest::Roots);
        asked.extend(sends(connection.answer(call.key, needed.into())));
    }
    assert_eq!((asked.len(), connection.in_flight()), (10_000, 10_000));
    for id in (0..10_000).step_by(2) {
        assert_eq!(
            cancel(&mut connection, id).len(),
            2,
            "cancelled, and taken back"
        );
    }
    let mut answered = 0;
    for question in asked.iter().rev() {
        for outcome in reply(&mut connection, question, json!({"roots": []})) {
            let Outcome::CallTool(call) = outcome else {
                panic!("{outcome:?}");
            };
            assert!(
                connection
                    .finish(call.key, &ToolResult::text("x"))
                    .is_some()
            );
            answered += 1;
        }
    }
    assert_eq!((answered, connection.in_flight()), (5_000, 0));
}

/// The HTTP binding asks for 400 where the `_meta` of a request is at fault; any other -32602
/// belongs to the request and is 200.
#[test]
fn only_what_is_wrong_with_meta_is_400() {
    let status = |message: &Value| {
        let mut connection = full(NEW);
        let Outcome::Send(answer) = one(connection.handle_frame(message.to_string().as_bytes()))
        else {
            panic!("{message}");
        };
        let code = parsed(&answer)["error"]["code"].as_i64().unwrap();
        (code, answer.http_status())
    };
    let not_about_meta = [
        ("tools/call", json!({"name": "no such tool"})),
        ("tools/call", json!({})),
        ("tools/call", json!({"name": "now", "arguments": 5})),
        ("tools/call", json!({"name": "now", "inputResponses": 5})),
        ("tools/list", json!({"cursor": "none of ours"})),
        ("resources/list", json!({"cursor": 5})),
        ("resources/read", json!({})),
        ("prompts/get", json!({"name": "no such prompt"})),
        ("prompts/get", json!({"name": "review"})),
        ("completion/complete", json!({"ref": {}})),
        ("subscriptions/listen", json!({})),
        (
            "subscriptions/listen",
            json!({"notifications": {"toolsListChanged": 1}}),
        ),
        ("tools/list", json!({"_meta": {"progressToken": {}}})),
        (
            "tools/list",
            json!({"_meta": {"io.modelcontextprotocol/logLevel": "loud"}}),
        ),
    ];
    for (method, params) in not_about_meta {
        let message = request(NEW, 1, method, params);
        assert_eq!(status(&message), (-32602, 200), "{message}");
    }
    let version = "io.modelcontextprotocol/protocolVersion";
    let declared = "io.modelcontextprotocol/clientCapabilities";
    for meta in [
        json!({}),
        json!({version: "2026-07-28"}),
        json!({declared: {}}),
        json!({version: 5, declared: {}}),
        json!({version: "2026-07-28", declared: []}),
    ] {
        let params = json!({"_meta": meta});
        let message =
            json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": params});
        assert_eq!(status(&message), (-32602, 400), "{message}");
    }
    // What is answered later has a status as well.
    for (answer, expected) in [
        (
            Answer::from(RpcError::resource_not_found("log://today")),
            200,
        ),
        (ResourceContents::default().into(), 200),
        (RpcError::invalid_params("no").into(), 200),
        (RpcError::internal("no").into(), 200),
    ] {
        let mut connection = full(NEW);
        let read = request(NEW, 1, "resources/read", json!({"uri": "log://today"}));
        let asked = query(&mut connection, read);
        let Outcome::Send(answer) = one(connection.answer(asked.key, answer)) else {
            panic!("an answer");
        };
        assert_eq!(answer.http_status(), expected);
    }
}

/// A client probes, finds both eras and chooses the older one; or changes its mind later.
#[test]
fn initialize_after_a_successful_discovery() {
    for revision in ALL.into_iter().filter(|it| it.era() == Era::Initialize) {
        let mut connection = fresh();
        let discovered = send(
            &mut connection,
            request(NEW, 0, "server/discover", json!({})),
        );
        conforms(NEW, "DiscoverResult", &discovered["result"]);
        let running = start(&mut connection, call(NEW, 1, "now", json!({})));
        let hello = json!({"protocolVersion": revision.as_str(), "capabilities": {}});
        let hello = send(&mut connection, request(revision, 2, "initialize", hello));
        conforms(revision, "InitializeResult", &hello["result"]);
        assert!(hello["result"].get("resultType").is_none());
        let note = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        let outcome = one(connection.handle_frame(note.to_string().as_bytes()));
        assert!(matches!(outcome, Outcome::Initialized(context) if context.revision == revision));
        // What was begun by the newer revision ends by it, and both go on.
        let ended = parsed(
            &connection
                .finish(running.key, &ToolResult::text("x"))
                .unwrap(),
        );
        conforms(NEW, "CallToolResult", &ended["result"]);
        let listed = send(
            &mut connection,
            request(revision, 3, "tools/list", json!({})),
        );
        conforms(revision, "ListToolsResult", &listed["result"]);
        let listed = send(&mut connection, request(NEW, 4, "tools/list", json!({})));
        conforms(NEW, "ListToolsResult", &listed["result"]);
    }
}

#[test]
fn cancellations_of_nothing_are_ignored() {
    for revision in ALL {
        let mut connection = full(revision);
        let running = start(&mut connection, call(revision, 7, "now", json!({})));
        let mut done = start(&mut connection, call(revision, 8, "now", json!({})));
        connection.finish(done.key, &ToolResult::text("x")).unwrap();
        for id in [
            json!(8),
            json!(9),
            json!("7"),
            json!(null),
            json!(7.5),
            json!([7]),
        ] {
            assert!(
                cancel(&mut connection, id.clone()).is_empty(),
                "{revision} {id}"
            );
        }
        for params in [
            "",
            r#","params":null"#,
            r#","params":{}"#,
            r#","params":[7]"#,
        ] {
            let note = format!(r#"{{"jsonrpc":"2.0","method":"notifications/cancelled"{params}}}"#);
            assert!(
                connection.handle_frame(note.as_bytes()).is_empty(),
                "{note}"
            );
        }
        // An id may be used again, and cancels who has it now.
        done = start(&mut connection, call(revision, 8, "now", json!({})));
        let Outcome::Cancel { key, .. } = one(cancel(&mut connection, 8)) else {
            panic!("a cancellation");
        };
        assert_eq!(key, done.key);
        assert!(
            connection
                .finish(running.key, &ToolResult::text("x"))
                .is_some()
        );
        assert_eq!(connection.in_flight(), 0);
    }
}

#[test]
fn an_id_in_flight_is_refused_for_every_kind_of_request() {
    let open = |revision: Revision| {
        let mut open = vec![
            ("tools/call", json!({"name": "now"})),
            ("resources/read", json!({"uri": "log://today"})),
            ("prompts/get", json!({"name": "greet"})),
        ];
        if revision == NEW {
            open.push(("subscriptions/listen", json!({"notifications": {}})));
        }
        open
    };
    for revision in [NEW, OLD] {
        for (method, params) in open(revision) {
            let mut connection = full(revision);
            let message = ask(revision, 7, method, params, &json!({})).to_string();
            assert_eq!(
                connection.handle_frame(message.as_bytes()).len(),
                1,
                "{method}"
            );
            let refused = sends(connection.handle_frame(message.as_bytes())).remove(0);
            assert_eq!(refused["error"]["code"], -32600, "{method}");
            assert!(
                refused.get("id").is_none_or(Value::is_null),
                "nobody's answer: {refused}"
            );
            assert_eq!(refused["error"]["data"]["id"], 7);
            assert_eq!(connection.in_flight(), 1, "the first goes on");
        }
    }
}
