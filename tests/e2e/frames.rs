//! Frames that are no proper requests: an exact JSON-RPC code each, and the
//! connection goes on.

use serde_json::{Value, json};

use crate::support::{LEGACY, Server};

/// The line has to be answered by this code, to this id, and the next one is
/// answered as ever.
#[track_caller]
fn check(server: &mut Server, line: &str, code: i64, id: &Value, says: &str) {
    let answer = server.exchange(line);
    assert_eq!(answer["jsonrpc"], "2.0");
    assert_eq!(answer["error"]["code"], code, "{answer}");
    assert_eq!(&answer["id"], id, "{answer}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains(says), "{says:?} is missing in {message:?}");
    assert_alive(server);
}

#[track_caller]
fn assert_alive(server: &mut Server) {
    let answer = server.exchange(r#"{"jsonrpc":"2.0","id":"alive?","method":"ping"}"#);
    assert_eq!(
        answer,
        json!({"jsonrpc": "2.0", "id": "alive?", "result": {}})
    );
}

#[test]
fn what_is_no_message_gets_the_code_for_it() {
    let mut server = Server::start();
    let cases = [
        ("hello", -32700, json!(null), "Parse error"),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"ping""#,
            -32700,
            json!(null),
            "Parse error",
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"ping"} x"#,
            -32700,
            json!(null),
            "Parse error",
        ),
        ("42", -32600, json!(null), "Invalid request"),
        ("null", -32600, json!(null), "Invalid request"),
        ("{}", -32600, json!(null), "Invalid request"),
        (
            r#"{"jsonrpc":"1.0","id":2,"method":"ping"}"#,
            -32600,
            json!(2),
            "2.0",
        ),
        (r#"{"id":3,"method":"ping"}"#, -32600, json!(3), "jsonrpc"),
        (r#"{"jsonrpc":"2.0","id":4}"#, -32600, json!(4), "method"),
        (
            r#"{"jsonrpc":"2.0","id":5,"method":7}"#,
            -32600,
            json!(5),
            "method",
        ),
        (
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            -32600,
            json!(null),
            "id",
        ),
        (
            r#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#,
            -32600,
            json!(null),
            "id",
        ),
        (
            r#"{"jsonrpc":"2.0","id":6,"method":"ping","params":3}"#,
            -32602,
            json!(6),
            "params",
        ),
    ];
    for (line, code, id, says) in cases {
        check(&mut server, line, code, &id, says);
    }
}

/// Batches exist in one old revision alone; elsewhere they are refused as a whole.
#[test]
fn a_batch_is_refused_but_in_its_own_revision() {
    let batch =
        r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]"#;
    let mut server = Server::start();
    check(&mut server, batch, -32600, &json!(null), "2025-03-26");
    check(&mut server, "[]", -32600, &json!(null), "batch");
    let mut server = Server::greeted_by_nobody("");
    server
        .client
        .initialize("2025-03-26".parse().unwrap())
        .unwrap();
    let answer = server.exchange(batch);
    let pong = |id| json!({"jsonrpc": "2.0", "id": id, "result": {}});
    assert_eq!(answer, json!([pong(1), pong(2)]));
    assert_alive(&mut server);
}

#[test]
fn unknown_methods_and_tools_are_named() {
    let mut server = Server::start();
    let request = |method: &str, params: Value| {
        json!({"jsonrpc": "2.0", "id": "q", "method": method, "params": params}).to_string()
    };
    let unknown = request("resources/delete", json!({}));
    check(
        &mut server,
        &unknown,
        -32601,
        &json!("q"),
        "Method not found: resources/delete",
    );
    let unknown = request(
        "tools/call",
        json!({"name": "format_disk", "arguments": {}}),
    );
    check(
        &mut server,
        &unknown,
        -32602,
        &json!("q"),
        "Unknown tool: format_disk",
    );
    let nameless = request("tools/call", json!({"arguments": {}}));
    check(&mut server, &nameless, -32602, &json!("q"), "name");
    let arguments = request(
        "tools/call",
        json!({"name": "list_sessions", "arguments": [1]}),
    );
    check(&mut server, &arguments, -32602, &json!("q"), "arguments");
    let cursor = request("tools/list", json!({"cursor": "no such page"}));
    check(&mut server, &cursor, -32602, &json!("q"), "cursor");
}

/// A version that nobody speaks is answered by one that the server does.
#[test]
fn initialize_with_an_unknown_version_is_answered_by_the_newest() {
    let mut server = Server::greeted_by_nobody("");
    let params = json!({"protocolVersion": "1999-01-01", "capabilities": {},
                        "clientInfo": {"name": "old", "version": "1"}});
    let request = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
    let answer = server.exchange(&request.to_string());
    assert_eq!(answer["result"]["protocolVersion"], LEGACY, "{answer}");
    assert_alive(&mut server);
}

/// Every revision of the `initialize` era is spoken as it is asked for.
#[test]
fn initialize_negotiates_each_revision() {
    for revision in ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] {
        let mut server = Server::greeted_by_nobody("");
        let params = json!({"protocolVersion": revision, "capabilities": {},
                            "clientInfo": {"name": "old", "version": "1"}});
        let request = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params});
        let answer = server.exchange(&request.to_string());
        assert_eq!(answer["result"]["protocolVersion"], revision, "{answer}");
        assert!(answer["result"]["instructions"].is_string(), "{answer}");
        server
            .client
            .send(b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n")
            .unwrap();
        let list = server.exchange(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
        assert_eq!(list["result"]["tools"][0]["name"], "start_process");
    }
}

fn stateless(method: &str, version: &str) -> String {
    json!({"jsonrpc": "2.0", "id": "s", "method": method, "params": {"name": "list_sessions", "_meta": {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
    }}})
    .to_string()
}

/// In the stateless era the version is named with each request.
#[test]
fn a_stateless_request_of_an_unknown_version_is_told_which_there_are() {
    let mut server = Server::greeted_by_nobody("");
    let answer = server.exchange(&stateless("tools/call", "2026-07-28"));
    assert_eq!(
        answer["result"]["structuredContent"]["total"], 0,
        "{answer}"
    );
    check(
        &mut server,
        &stateless("tools/list", "2030-01-01"),
        -32022,
        &json!("s"),
        "2030-01-01",
    );
    check(
        &mut server,
        &stateless("tools/list", LEGACY),
        -32022,
        &json!("s"),
        LEGACY,
    );
    let answer = server.exchange(&stateless("tools/list", "2030-01-01"));
    let supported = answer["error"]["data"]["supported"].as_array().unwrap();
    assert!(supported.contains(&json!("2026-07-28")), "{answer}");
    let bare = r#"{"jsonrpc":"2.0","id":"b","method":"server/discover","params":{}}"#;
    check(&mut server, bare, -32602, &json!("b"), "_meta");
}

/// Before `initialize` only a ping is answered; the handshake still works after.
#[test]
fn requests_before_initialize_are_told_what_is_missing() {
    let mut server = Server::greeted_by_nobody("");
    for method in ["tools/list", "tools/call"] {
        let early = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"name": "list_sessions"}});
        check(
            &mut server,
            &early.to_string(),
            -32602,
            &json!(1),
            "initialize",
        );
    }
    server.client.initialize(LEGACY.parse().unwrap()).unwrap();
    server.bash();
}

/// A line beyond 16 MiB is dropped, said so, and does not stay in memory.
#[test]
fn an_over_long_line_is_skipped() {
    let mut server = Server::start();
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":""#;
    server.client.send(call.as_bytes()).unwrap();
    let piece = "x".repeat(1 << 20);
    for _ in 0..40 {
        server.client.send(piece.as_bytes()).unwrap();
    }
    let answer = server.exchange("\"}}");
    assert_eq!(answer["error"]["code"], -32700, "{answer}");
    assert_eq!(answer["id"], Value::Null);
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("16777216"),
        "{answer}"
    );
    assert_alive(&mut server);
    let peak = crate::processes::peak_mib(server.pid());
    assert!(peak < 64, "{peak} MiB");
}

/// What is not UTF-8 is no JSON.
#[test]
fn invalid_utf8_is_a_parse_error() {
    let mut server = Server::start();
    server
        .client
        .send(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\xfe\"}\n")
        .unwrap();
    let answer = server.next_frame();
    assert_eq!(answer["error"]["code"], -32700, "{answer}");
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("UTF-8"),
        "{answer}"
    );
    assert_alive(&mut server);
}

/// Nothing answers what must not be answered: blank lines, notifications,
/// responses to requests that were never sent.
#[test]
fn what_wants_no_answer_gets_none() {
    let mut server = Server::start();
    let silent = [
        "",
        "  \t\r",
        r#"{"jsonrpc":"2.0","id":99,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":"never sent","error":{"code":-1,"message":"no"}}"#,
        r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/no_such"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"never sent"}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":7}"#,
    ];
    for line in silent {
        server.client.send(format!("{line}\n").as_bytes()).unwrap();
        assert_alive(&mut server);
    }
}

/// A second request with an id in flight is refused, and the first is answered.
#[test]
fn an_id_in_flight_is_not_taken_twice() {
    let mut server = Server::start();
    server.bash();
    let call = |tool: &str, arguments: Value| {
        let params = json!({"name": tool, "arguments": arguments});
        json!({"jsonrpc": "2.0", "id": "twice", "method": "tools/call", "params": params})
            .to_string()
    };
    let wait = call(
        "read_output",
        json!({"session_id": "sh", "wait_for": "now it comes", "timeout": 45}),
    );
    server.client.send(format!("{wait}\n").as_bytes()).unwrap();
    let refused = server.exchange(&call("list_sessions", json!({})));
    assert_eq!(refused["error"]["code"], -32600, "{refused}");
    assert_eq!(refused["id"], Value::Null);
    let typing = json!({"session_id": "sh", "text": "echo now it $((0))comes | tr -d 0", "press_enter": true});
    let params = json!({"name": "send_input", "arguments": typing});
    let typing = json!({"jsonrpc": "2.0", "id": "type", "method": "tools/call", "params": params});
    let answers = [server.exchange(&typing.to_string()), server.next_frame()];
    let first = answers
        .iter()
        .find(|answer| answer["id"] == "twice")
        .unwrap();
    assert_eq!(
        first["result"]["_meta"]["rejoinder/status"]["matched_index"], 0,
        "{first}"
    );
}

/// The last line counts without its newline, and is answered before the end.
#[test]
fn the_last_line_needs_no_newline() {
    let mut server = Server::start();
    server
        .client
        .send(br#"{"jsonrpc":"2.0","id":"last","method":"ping"}"#)
        .unwrap();
    server.client.close_input();
    assert_eq!(server.next_frame()["id"], "last");
    assert!(server.client.next_frame().unwrap().is_none());
    assert!(server.client.close().unwrap().success());
}
