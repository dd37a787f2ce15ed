//! Sessions of clients before 2026-07-28.

use serde_json::{Value, json};

use super::client::Request;
use super::server::{Answer, Server, initialize, request, wait_for};

const REVISIONS: [&str; 3] = ["2025-03-26", "2025-06-18", "2025-11-25"];

/// Every revision is spoken: handshake, tools, calls right and wrong, and the end of the session,
/// after which it is unknown.
#[test]
fn each_revision_has_a_whole_life() {
    let server = Server::start();
    for revision in REVISIONS {
        let session = server.session(revision);
        let list = request(json!("a"), "tools/list", json!({}));
        let response = server.ask(&session.post(&list));
        assert_eq!(response.status(), 200, "{response:?}");
        assert!(response.json()["result"]["tools"].as_array().unwrap().len() > 8);
        assert!(!session.call("list_sessions", json!({})).is_error);
        let wrong = session.call("read_output", json!({"session": "x"}));
        assert_eq!(wrong.error_type(), "validation_error", "{wrong:?}");
        let unknown = request(json!(1), "no/such", json!({}));
        let unknown = server.ask(&session.post(&unknown));
        assert_eq!((unknown.status(), unknown.code()), (200, -32601));
        let ended = server.ask(&session.delete());
        assert_eq!((ended.status(), ended.body.len()), (204, 0));
        for request in [session.post(&list), session.get(None), session.delete()] {
            assert_eq!(server.ask(&request).status(), 404, "{revision}");
        }
    }
}

/// Without its id a session is not found; what cannot be an id is as unknown as what is none.
#[test]
fn a_session_goes_by_its_id() {
    let server = Server::start();
    let session = server.session("2025-06-18");
    let list = request(json!(7), "tools/list", json!({}));
    let post = session.post(&list);
    let none = server.ask(&post.clone().without("Mcp-Session-Id"));
    assert_eq!((none.status(), none.json()["id"].clone()), (400, json!(7)));
    for id in ["ab", "00000000000000000000000000000000", &"a".repeat(4096)] {
        for request in [post.clone(), session.get(None), session.delete()] {
            let response = server.ask(&request.instead("Mcp-Session-Id", id));
            assert_eq!(response.status(), 404, "{id}: {response:?}");
        }
    }
    let get = session.get(None);
    let none = server.ask(&get.clone().without("Mcp-Session-Id"));
    assert_eq!(none.status(), 400, "{none:?}");
    let strange = server.ask(&post.instead("MCP-Protocol-Version", "1999-01-01"));
    assert_eq!(strange.status(), 400, "{strange:?}");
    let no_stream = server.ask(&get.instead("Accept", "application/json"));
    assert_eq!(no_stream.status(), 406, "{no_stream:?}");
}

/// A handshake that is refused begins no session.
#[test]
fn a_refused_handshake_begins_nothing() {
    let server = Server::start();
    let bad = request(json!(0), "initialize", json!({}));
    let response = server.ask(&Request::post(&bad));
    assert_eq!(response.head.header("mcp-session-id"), "");
    assert_eq!(response.code(), -32602);
    let offered = server.ask(&Request::post(&initialize("1999-01-01")));
    assert_eq!(offered.json()["result"]["protocolVersion"], "2025-11-25");
}

/// Batches are of 2025-03-26: answered together, one object for all, with the streams of any
/// other request.
#[test]
fn batches_are_of_one_revision() {
    let server = Server::start();
    server.cat();
    let session = server.session("2025-03-26");
    let call = |id: &str, tool: &str, arguments: Value| {
        request(
            json!(id),
            "tools/call",
            json!({"name": tool, "arguments": arguments}),
        )
    };
    let batch = json!([
        call("wait", "read_output", wait_for("go")),
        {"jsonrpc": "2.0", "method": "notifications/roots/list_changed"},
        call("send", "send_input", json!({"session_id": "cat", "text": "go", "press_enter": true})),
        call("wrong", "read_output", json!({"session": "x"})),
        request(json!("ping"), "ping", json!({})),
        request(json!("no"), "no/such", json!({})),
    ]);
    let response = server.ask(&session.post(&batch));
    assert_eq!(response.status(), 200, "{response:?}");
    let answers = response.json();
    let mut ids: Vec<&str> = answers
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, ["no", "ping", "send", "wait", "wrong"]);

    let wrong = json!([call("wrong", "read_output", json!({"session": "x"}))]);
    let response = server.ask(&session.post(&wrong)).json();
    assert!(Answer::of(&response[0]).is_error, "{response}");

    let notes = json!([{"jsonrpc": "2.0", "method": "notifications/roots/list_changed"}]);
    let response = server.ask(&session.post(&notes));
    assert_eq!((response.status(), response.body.len()), (202, 0));

    let newer = server.session("2025-06-18");
    let response = server.ask(&newer.post(&batch));
    assert_eq!(
        (response.status(), response.code()),
        (400, -32600),
        "{response:?}"
    );
}

/// A request that its client gives up is not answered, and its response ends: one that has said
/// nothing, and one that is a stream.
#[test]
fn what_is_given_up_ends() {
    let server = Server::start();
    server.cat();
    for revision in REVISIONS {
        let session = server.session(revision);
        let cancel = |id: &str| {
            let note = json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
                              "params": {"requestId": id}});
            let response = server.ask(&session.post(&note));
            assert_eq!((response.status(), response.body.len()), (202, 0));
        };
        let streaming = session.progressing("stream", "read_output", wait_for("go"));
        let mut events = server.stream(&streaming);
        events.next();
        cancel("stream");
        assert!(
            events
                .rest()
                .iter()
                .all(|it| it["method"] == "notifications/progress")
        );

        let params = json!({"name": "read_output", "arguments": wait_for("go")});
        let plain = session.post(&request(json!("plain"), "tools/call", params));
        let mut connection = server.connect();
        connection.send(&plain);
        // Once it is in, a second request of its id is refused.
        while !session.is_under_way("plain") {}
        cancel("plain");
        assert_eq!(connection.events().message(), None, "{revision}");
    }
}

/// The end of a session ends what waits in it.
#[test]
fn the_end_of_a_session_ends_its_waits() {
    let server = Server::start();
    server.cat();
    let session = server.session("2025-11-25");
    let mut events = server.stream(&session.progressing("s", "read_output", wait_for("go")));
    events.next();
    let params = json!({"name": "read_output", "arguments": wait_for("go")});
    let mut plain = server.connect();
    plain.send(&session.post(&request(json!("plain"), "tools/call", params)));
    while !session.is_under_way("plain") {}
    assert_eq!(server.ask(&session.delete()).status(), 204);
    assert!(
        events
            .rest()
            .iter()
            .all(|it| it["method"] == "notifications/progress")
    );
    assert_eq!(plain.response().status(), 404);
}
