//! Calls: finished, cancelled, reported on, many at once.

use std::collections::HashSet;

use mcp_proto::{
    Content, LogLevel, Outcome, Resource, ResourceBody, Revision, Role, RpcError, ToolResult,
};
use serde_json::{Value, json};

use crate::support::{
    call, conforms, fresh, json as parsed, open, open_with, request, send, sends, server, start,
    tools,
};

fn cancel(id: &Value) -> Vec<u8> {
    let params = json!({"requestId": id, "reason": "enough"});
    json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params})
        .to_string()
        .into_bytes()
}

fn full_result() -> ToolResult {
    let link = Resource {
        uri: "session://1/screen".into(),
        name: "screen".into(),
        title: Some("Screen".into()),
        ..Resource::default()
    };
    ToolResult::text("22.5 °C")
        .with_content(
            Content::text("for you")
                .with_audience([Role::User])
                .with_priority(2.0)
                .with_last_modified("2025-05-03T14:30:00Z")
                .with_meta("example.com/k", json!(1)),
        )
        .with_content(Content::image("aWNvbg==", "image/png"))
        .with_content(Content::audio("UklGRg==", "audio/wav"))
        .with_content(Content::resource_link(link))
        .with_content(Content::resource(
            ResourceBody::text("file:///a", "text").with_mime_type("text/plain"),
        ))
        .with_content(Content::resource(ResourceBody::blob("file:///b", "YQ==")))
        .with_structured(json!({"temperature": null, "nested": {"also": null}}))
        .with_meta("rejoinder/status", json!({"pos": 5}))
}

#[test]
fn every_revision_gets_the_blocks_it_knows() {
    for revision in Revision::ALL {
        let mut connection = open(revision);
        let call = start(&mut connection, call(revision, 1, "now", json!({})));
        let answer = parsed(&connection.finish(call.key, &full_result()).unwrap());
        let result = &answer["result"];
        conforms(revision, "CallToolResult", result);
        assert_eq!(
            result["content"].as_array().unwrap().len(),
            7,
            "{revision}: nothing is lost"
        );
        assert_eq!(result["_meta"]["rejoinder/status"], json!({"pos": 5}));
        assert_eq!(result["content"][1]["annotations"]["priority"], 1.0);
        let link = match revision.has_resource_links() {
            true => json!("resource_link"),
            false => json!("text"),
        };
        assert_eq!(result["content"][4]["type"], link, "{revision}");
    }
}

/// A known fault of other implementations is to drop members that are null.
#[test]
fn nulls_in_structured_content_are_kept() {
    for revision in Revision::ALL {
        let mut connection = open(revision);
        let call = start(&mut connection, call(revision, 1, "now", json!({})));
        let answer = parsed(&connection.finish(call.key, &full_result()).unwrap());
        let structured = answer["result"].get("structuredContent");
        match revision.has_structured_content() {
            true => assert_eq!(
                structured,
                Some(&json!({"temperature": null, "nested": {"also": null}}))
            ),
            false => assert_eq!(structured, None, "{revision}"),
        }
    }
}

#[test]
fn structured_values_that_are_no_object_go_to_the_revision_that_has_them() {
    for value in [json!(["a"]), json!(null), json!(5)] {
        for revision in Revision::ALL {
            let mut connection = open(revision);
            let call = start(&mut connection, call(revision, 1, "list_users", json!({})));
            let result = ToolResult::structured(value.clone());
            let answer = parsed(&connection.finish(call.key, &result).unwrap());
            conforms(revision, "CallToolResult", &answer["result"]);
            let given = answer["result"].get("structuredContent");
            assert_eq!(
                given.is_some(),
                revision >= Revision::V2026_07_28,
                "{revision} {value}"
            );
            let text = answer["result"]["content"][0]["text"].as_str().unwrap();
            assert_eq!(text, value.to_string(), "all get it as text");
        }
    }
}

#[test]
fn nothing_of_the_stateless_era_leaks_into_the_other() {
    for revision in Revision::ALL {
        let mut connection = open(revision);
        let mut answers = vec![send(
            &mut connection,
            request(revision, 1, "tools/list", json!({})),
        )];
        let call = start(&mut connection, call(revision, 2, "now", json!({})));
        answers.push(parsed(
            &connection
                .finish(call.key, &ToolResult::text("noon"))
                .unwrap(),
        ));
        for answer in answers {
            let stateless = revision == Revision::V2026_07_28;
            let result = &answer["result"];
            assert_eq!(result.get("resultType").is_some(), stateless, "{revision}");
            assert_eq!(result.get("_meta").is_some(), stateless, "{revision}");
            let cached = stateless && result.get("tools").is_some();
            assert_eq!(result.get("ttlMs").is_some(), cached, "{revision}");
            assert_eq!(result.get("cacheScope").is_some(), cached, "{revision}");
        }
    }
}

#[test]
fn a_cancelled_request_is_never_answered() {
    for revision in Revision::ALL {
        let mut connection = open(revision);
        let call = start(&mut connection, call(revision, "c", "now", json!({})));
        let outcomes = connection.handle_frame(&cancel(&json!("c")));
        let [Outcome::Cancel { key, reason }] = &outcomes[..] else {
            panic!("{outcomes:?}");
        };
        assert_eq!((*key, reason.as_deref()), (call.key, Some("enough")));
        assert_eq!(connection.in_flight(), 0);
        assert_eq!(connection.finish(call.key, &ToolResult::text("late")), None);
        assert_eq!(connection.fail(call.key, &RpcError::internal("late")), None);
        assert_eq!(connection.progress(call.key, 1.0, None, None), None);
        assert!(
            connection.handle_frame(&cancel(&json!("c"))).is_empty(),
            "once"
        );
    }
}

#[test]
fn a_call_is_answered_once() {
    let revision = Revision::V2025_11_25;
    let mut connection = open(revision);
    let call = start(&mut connection, call(revision, 1, "now", json!({})));
    assert!(
        connection
            .finish(call.key, &ToolResult::text("noon"))
            .is_some()
    );
    assert_eq!(
        connection.finish(call.key, &ToolResult::text("again")),
        None
    );
    assert!(
        connection.handle_frame(&cancel(&json!(1))).is_empty(),
        "it is too late to cancel"
    );
}

#[test]
fn a_failed_call_is_an_error_response() {
    let revision = Revision::V2026_07_28;
    let mut connection = open(revision);
    let call = start(&mut connection, call(revision, 1, "now", json!({})));
    let error = RpcError::internal("the tool is gone").with_data(json!({"tool": "now"}));
    let answer = parsed(&connection.fail(call.key, &error).unwrap());
    conforms(revision, "JSONRPCErrorResponse", &answer);
    assert_eq!(answer["error"]["data"]["tool"], "now");
}

/// The error must not be taken for the answer to the first request, so it names no id.
#[test]
fn an_id_that_is_in_flight_is_refused_and_its_request_goes_on() {
    let revision = Revision::V2025_06_18;
    let mut connection = open(revision);
    let first = start(&mut connection, call(revision, 7, "now", json!({})));
    for method in ["tools/call", "ping", "tools/list"] {
        let refused = send(
            &mut connection,
            request(revision, 7, method, json!({"name": "now"})),
        );
        assert_eq!(refused["error"]["code"], -32600, "{method}");
        assert_eq!(
            (&refused["id"], &refused["error"]["data"]["id"]),
            (&json!(null), &json!(7))
        );
    }
    let other_type = start(&mut connection, call(revision, "7", "now", json!({})));
    for call in [first, other_type] {
        assert!(
            connection
                .finish(call.key, &ToolResult::text("noon"))
                .is_some()
        );
    }
    start(&mut connection, call(revision, 7, "now", json!({})));
}

#[test]
fn requests_in_flight_are_bounded() {
    let revision = Revision::V2026_07_28;
    let mut connection = open_with(revision, server().with_max_in_flight(2), tools());
    let first = start(&mut connection, call(revision, 1, "now", json!({})));
    start(&mut connection, call(revision, 2, "now", json!({})));
    let refused = send(&mut connection, call(revision, 3, "now", json!({})));
    assert_eq!(
        (&refused["id"], &refused["error"]["code"]),
        (&json!(3), &json!(-32603))
    );
    assert_eq!(refused["error"]["data"]["limit"], 2);
    connection
        .finish(first.key, &ToolResult::text("noon"))
        .unwrap();
    start(&mut connection, call(revision, 3, "now", json!({})));
}

#[test]
fn ten_thousand_requests_in_flight_are_answered_in_any_order() {
    let revision = Revision::V2025_11_25;
    let mut connection = open(revision);
    let keys: Vec<_> = (0..10_000)
        .map(|id| start(&mut connection, call(revision, id, "now", json!({}))).key)
        .collect();
    assert_eq!(connection.in_flight(), 10_000);
    let distinct: HashSet<_> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len());
    for id in (0..10_000).filter(|id| id % 10 == 3) {
        assert_eq!(connection.handle_frame(&cancel(&json!(id))).len(), 1);
    }
    for (id, key) in keys.iter().enumerate().rev() {
        let answer = connection.finish(*key, &ToolResult::text(id.to_string()));
        let Some(answer) = answer else {
            assert_eq!(id % 10, 3, "only the cancelled ones get no answer");
            continue;
        };
        let answer = parsed(&answer);
        assert_eq!(answer["id"], id);
        assert_eq!(answer["result"]["content"][0]["text"], id.to_string());
    }
    assert_eq!(connection.in_flight(), 0);
}

#[test]
fn progress_goes_to_who_asked_and_only_upward() {
    let revision = Revision::V2026_07_28;
    for token in [json!("t-1"), json!(17), json!("")] {
        let mut connection = open(revision);
        let params = json!({"name": "now", "_meta": {"progressToken": token}});
        let call = start(&mut connection, request(revision, 1, "tools/call", params));
        assert!(call.progress_token.is_some());
        let note = connection
            .progress(call.key, 0.5, Some(2.0), Some("halfway"))
            .unwrap();
        assert_eq!(note.regards(), Some(call.key));
        let note = parsed(&note);
        conforms(revision, "ProgressNotification", &note);
        let params =
            json!({"progressToken": token, "progress": 0.5, "total": 2, "message": "halfway"});
        assert_eq!(note["params"], params);
        for stale in [0.5, 0.4, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(
                connection.progress(call.key, stale, None, None),
                None,
                "{stale}"
            );
        }
        assert!(connection.progress(call.key, 1.0, None, None).is_some());
        connection.finish(call.key, &ToolResult::text("noon"));
        assert_eq!(
            connection.progress(call.key, 2.0, None, None),
            None,
            "after the end"
        );
    }
}

#[test]
fn without_a_token_there_is_no_progress() {
    let revision = Revision::V2025_11_25;
    for meta in [json!({}), json!({"progressToken": null})] {
        let mut connection = open(revision);
        let params = json!({"name": "now", "_meta": meta});
        let call = start(&mut connection, request(revision, 1, "tools/call", params));
        assert_eq!(call.progress_token, None);
        assert_eq!(connection.progress(call.key, 1.0, None, None), None);
    }
}

#[test]
fn progress_has_a_message_where_the_revision_has_one() {
    for revision in Revision::ALL {
        let mut connection = open(revision);
        let params = json!({"name": "now", "_meta": {"progressToken": 1}});
        let call = start(&mut connection, request(revision, 1, "tools/call", params));
        let note = parsed(
            &connection
                .progress(call.key, 1.0, None, Some("hm"))
                .unwrap(),
        );
        conforms(revision, "ProgressNotification", &note);
        let known = note["params"].get("message").is_some();
        assert_eq!(known, revision >= Revision::V2025_03_26, "{revision}");
    }
}

#[test]
fn log_messages_go_to_who_asked_for_that_severity() {
    let revision = Revision::V2025_06_18;
    let mut connection = open(revision);
    let data = json!({"event": "x"});
    assert_eq!(
        connection.log(None, LogLevel::Emergency, None, &data),
        None,
        "nobody asked"
    );
    let set = send(
        &mut connection,
        request(revision, 1, "logging/setLevel", json!({"level": "warning"})),
    );
    assert_eq!(set["result"], json!({}));
    assert_eq!(connection.log_level(None), Some(LogLevel::Warning));
    assert_eq!(connection.log(None, LogLevel::Notice, None, &data), None);
    let note = parsed(
        &connection
            .log(None, LogLevel::Error, Some("db"), &data)
            .unwrap(),
    );
    conforms(revision, "LoggingMessageNotification", &note);
    assert_eq!(
        note["params"],
        json!({"level": "error", "logger": "db", "data": data})
    );
}

#[test]
fn in_the_stateless_era_the_level_is_the_requests_own() {
    let revision = Revision::V2026_07_28;
    let data = json!("x");
    let mut connection = open(revision);
    let quiet = start(&mut connection, call(revision, 1, "now", json!({})));
    let meta = json!({"io.modelcontextprotocol/logLevel": "info"});
    let params = json!({"name": "now", "_meta": meta});
    let talkative = start(&mut connection, request(revision, 2, "tools/call", params));
    assert_eq!(connection.log_level(Some(quiet.key)), None);
    assert_eq!(
        connection.log_level(Some(talkative.key)),
        Some(LogLevel::Info)
    );
    assert_eq!(
        connection.log(Some(quiet.key), LogLevel::Emergency, None, &data),
        None
    );
    assert_eq!(connection.log(None, LogLevel::Emergency, None, &data), None);
    assert_eq!(
        connection.log(Some(talkative.key), LogLevel::Debug, None, &data),
        None
    );
    let note = connection
        .log(Some(talkative.key), LogLevel::Info, None, &data)
        .unwrap();
    assert_eq!(note.regards(), Some(talkative.key));
    conforms(revision, "LoggingMessageNotification", &parsed(&note));
    let meta = json!({"io.modelcontextprotocol/logLevel": "loud"});
    let refused = send(
        &mut connection,
        request(revision, 3, "tools/list", json!({"_meta": meta})),
    );
    assert_eq!(refused["error"]["code"], -32602);
}

#[test]
fn without_the_capability_there_is_no_logging() {
    let revision = Revision::V2025_06_18;
    let plain = mcp_proto::Server::new(mcp_proto::Implementation::new("plain", "1"));
    let mut connection = open_with(revision, plain, tools());
    let refused = send(
        &mut connection,
        request(revision, 1, "logging/setLevel", json!({"level": "debug"})),
    );
    assert_eq!(refused["error"]["code"], -32601);
    assert_eq!(connection.log_level(None), None);
    assert_eq!(
        connection.log(None, LogLevel::Emergency, None, &json!(1)),
        None
    );
}

#[test]
fn an_abandoned_request_is_over() {
    let revision = Revision::V2026_07_28;
    let mut connection = open(revision);
    let abandoned = start(&mut connection, call(revision, 1, "now", json!({})));
    assert!(connection.abandon(abandoned.key).is_empty());
    assert_eq!(
        connection.finish(abandoned.key, &ToolResult::text("late")),
        None
    );
    start(&mut connection, call(revision, 1, "now", json!({})));
}

#[test]
fn a_result_says_who_answers_in_short() {
    let revision = Revision::V2026_07_28;
    let mut connection = open(revision);
    let call = start(&mut connection, call(revision, 1, "now", json!({})));
    let result = ToolResult::text("noon")
        .with_meta("io.modelcontextprotocol/serverInfo", json!("an impostor"))
        .with_meta("a\"b", json!(1));
    let answer = parsed(&connection.finish(call.key, &result).unwrap());
    let identity = json!({"name": "weather", "title": "Weather", "version": "1.2.3"});
    let meta = json!({"io.modelcontextprotocol/serverInfo": identity, "a\"b": 1});
    assert_eq!(answer["result"]["_meta"], meta);
}

#[test]
fn keys_are_not_reused_and_notifications_never_answered() {
    let mut connection = fresh();
    let note = json!({"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "now"}});
    assert!(sends(connection.handle_frame(note.to_string().as_bytes())).is_empty());
    assert_eq!(connection.in_flight(), 0);
}
