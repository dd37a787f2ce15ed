//! Requests of 2026-07-28: each on its own, cancelled by going away.

use serde_json::{Value, json};

use super::client::{Connection, Request};
use super::server::{Answer, Server, call, cat, modern, progressing, request, wait_for};

/// A call that is answered soon is answered by one object, on a connection that stays.
#[test]
fn answers_are_json_and_connections_stay() {
    let server = Server::start();
    let mut connection = server.connect();
    for _ in 0..100 {
        let response = connection.ask(&call("list_sessions", json!({})));
        assert_eq!(response.status(), 200, "{response:?}");
        assert_eq!(response.head.header("content-type"), "application/json");
        assert_eq!(response.head.header("mcp-session-id"), "");
        assert!(!Answer::of(&response.json()).is_error);
    }
}

/// Requests that are written before the answers are read are answered in their order.
#[test]
fn requests_may_be_sent_ahead() {
    let server = Server::start();
    let mut connection = server.connect();
    let ids: Vec<Value> = (0..50).map(|id| json!(id)).collect();
    let all: Vec<u8> = ids
        .iter()
        .flat_map(|id| {
            let message = request(
                id.clone(),
                "server/discover",
                json!({"_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {}}}),
            );
            Request::post(&message)
                .with("MCP-Protocol-Version", "2026-07-28")
                .with("Mcp-Method", "server/discover")
                .bytes()
        })
        .collect();
    connection.write(&all);
    for id in ids {
        assert_eq!(connection.response().json()["id"], id);
    }
}

/// However a request is cut on its way, it is the same request.
#[test]
fn a_request_comes_in_any_pieces() {
    let server = Server::start();
    let request = modern("server/discover", json!({}));
    let mut connection = server.connect();
    for bytes in [request.bytes(), request.chunked(1), request.chunked(7)] {
        for cut in (0..bytes.len()).step_by(23) {
            let (one, two) = bytes.split_at(cut);
            connection.write(one);
            connection.write(two);
            assert_eq!(connection.response().status(), 200, "cut at {cut}");
        }
        bytes.iter().for_each(|byte| connection.write(&[*byte]));
        assert_eq!(connection.response().status(), 200);
    }
}

/// A wait with a progress token is answered by a stream: progress, then the result, then its end,
/// and the connection stays.
#[test]
fn progress_comes_before_the_answer() {
    let server = Server::start();
    server.cat();
    let mut events = server.stream(&progressing("read_output", wait_for("go")));
    let progress = events.next();
    assert_eq!(progress["method"], "notifications/progress", "{progress}");
    assert_eq!(progress["params"]["progressToken"], "p");
    server.ok(
        "send_input",
        json!({"session_id": "cat", "text": "go", "press_enter": true}),
    );
    let rest = events.rest();
    let (last, before) = rest.split_last().unwrap();
    assert!(
        before
            .iter()
            .all(|it| it["method"] == "notifications/progress")
    );
    assert_eq!(Answer::of(last).status("returned_by"), "match", "{last}");
    assert_eq!(
        events.last_id(),
        "",
        "streams of this revision are not resumed"
    );
    let response = events
        .into_connection()
        .ask(&call("list_sessions", json!({})));
    assert_eq!(response.status(), 200);
}

/// A wait without a token is one object however long it takes, up to the silence that proxies
/// stand; then it is a stream.
#[test]
fn a_long_wait_is_kept_alive() {
    let server = Server::with_config("[http]\nkeep_alive_s = 1\n");
    server.cat();
    let mut events = server.stream(&call("read_output", wait_for("go")));
    events.comment();
    events.comment();
    server.ok(
        "send_input",
        json!({"session_id": "cat", "text": "go", "press_enter": true}),
    );
    let last = events.rest().pop().unwrap();
    assert_eq!(Answer::of(&last).status("returned_by"), "match", "{last}");
}

/// A dialogue in which `marked` is typed once the program says `go`.
fn dialogue() -> Value {
    json!({"session_id": "cat", "steps": [
        {"expect": "go", "respond": "marked", "timeout": 45}]})
}

/// A server with room for two connections: one that holds on to it, and one that goes away.
struct Pair {
    server: Server,
    stays: Connection,
}

impl Pair {
    fn new() -> Self {
        let server = Server::with_config("[http]\nmax_connections = 2\n");
        let stays = server.connect();
        let mut pair = Self { server, stays };
        pair.ok("start_process", cat());
        pair
    }

    #[track_caller]
    fn ok(&mut self, tool: &str, arguments: Value) -> Answer {
        let answer = Answer::of(&self.stays.ask(&call(tool, arguments)).json());
        assert!(!answer.is_error, "{answer:?}");
        answer
    }

    /// Waits until the other connection's room is free again, which it is once its request and all
    /// that it did are gone. Then has the program say `go`, and returns what it was sent up to then
    /// and a little after.
    fn after_the_other(&mut self) -> String {
        let list = call("list_sessions", json!({}));
        while self.server.ask(&list).status() == 503 {}
        for text in ["go", "later"] {
            let wait_for = format!("{text}\r?\n{text}");
            self.ok(
                "send_and_read",
                json!({"session_id": "cat", "text": text, "press_enter": true,
                       "wait_for": wait_for, "timeout": 30}),
            );
        }
        let all = json!({"session_id": "cat", "since": 0});
        self.ok("read_output", all).text
    }
}

/// A client that goes away cancels its request, whether it waits for one object or hears a stream:
/// what it would have done is not done.
#[test]
fn going_away_cancels() {
    for streams in [false, true] {
        let mut pair = Pair::new();
        let mut waiting = pair.server.connect();
        match streams {
            false => {
                waiting.send(&call("multi_step_automation", dialogue()));
                drop(waiting);
            }
            true => {
                waiting.send(&progressing("multi_step_automation", dialogue()));
                let mut events = waiting.events();
                events.next();
                drop(events);
            }
        }
        let text = pair.after_the_other();
        assert!(text.contains("later") && !text.contains("marked"), "{text}");
    }
}

/// A client that says it has nothing more to send, as it can do only by going away, cancels too.
#[test]
fn half_a_connection_is_none() {
    let mut pair = Pair::new();
    let mut waiting = pair.server.connect();
    waiting.send(&call("multi_step_automation", dialogue()));
    waiting.stop_writing();
    assert!(waiting.is_closed());
    let text = pair.after_the_other();
    assert!(text.contains("later") && !text.contains("marked"), "{text}");
}

/// Notifications are taken and not answered.
#[test]
fn notifications_are_accepted() {
    let server = Server::start();
    let mut connection = server.connect();
    let note = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {
        "requestId": 1, "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}});
    let note = Request::post(&note).with("MCP-Protocol-Version", "2026-07-28");
    let response = connection.ask(&note);
    assert_eq!(
        (response.status(), response.body.len()),
        (202, 0),
        "{response:?}"
    );
}

/// Each fault has the status and the code that the revision gives it.
#[test]
fn faults_have_their_status() {
    let server = Server::start();
    let mut connection = server.connect();
    let mut check = |what: &str, request: &Request, status: u16, code: i64| {
        let response = connection.ask(request);
        let found = (response.status(), response.code());
        assert_eq!(found, (status, code), "{what}: {response:?}");
    };
    let list = || modern("tools/list", json!({}));
    check(
        "an unknown method",
        &modern("no/such", json!({})),
        404,
        -32601,
    );
    check(
        "a method of older revisions",
        &modern("ping", json!({})),
        404,
        -32601,
    );
    let bare = |method: &str, params: Value| {
        Request::post(&request(json!(1), method, params))
            .with("MCP-Protocol-Version", "2026-07-28")
            .with("Mcp-Method", method)
    };
    check("no _meta", &bare("tools/list", json!({})), 400, -32602);
    let half = json!({"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}});
    check("half of _meta", &bare("tools/list", half), 400, -32602);
    let unknown = call("no_such_tool", json!({}));
    check("an unknown tool", &unknown, 200, -32602);
    let cursor = modern("tools/list", json!({"cursor": "bogus"}));
    check("a bad cursor", &cursor, 200, -32602);
    let old = list().instead("MCP-Protocol-Version", "1999-01-01");
    check("two revisions", &old, 400, -32020);
    let method = list().instead("Mcp-Method", "tools/call");
    check("two methods", &method, 400, -32020);
    check("no method", &list().without("Mcp-Method"), 400, -32020);
    let version = list().without("MCP-Protocol-Version");
    check("no revision", &version, 400, -32020);
    let name = call("list_sessions", json!({})).instead("Mcp-Name", "server_info");
    check("two names", &name, 400, -32020);
    let encoded = call("list_sessions", json!({})).instead("Mcp-Name", "=?base64?!?=");
    check("a name that is none", &encoded, 400, -32020);
    let future = json!({"_meta": {"io.modelcontextprotocol/protocolVersion": "2099-01-01",
                                  "io.modelcontextprotocol/clientCapabilities": {}}});
    let future = bare("tools/list", future).instead("MCP-Protocol-Version", "2099-01-01");
    check("a revision to come", &future, 400, -32022);
    let batch = Request::post(&json!([])).with("MCP-Protocol-Version", "2026-07-28");
    check("a batch", &batch, 400, -32600);
    check("no JSON", &list().with_body(b"{"), 400, -32700);
    check("nothing", &list().with_body(b""), 400, -32700);
}

/// A name in Base64 is the name, and a session id means nothing.
#[test]
fn headers_are_read_as_they_are_meant() {
    let server = Server::start();
    let encoded = call("list_sessions", json!({}))
        .instead("Mcp-Name", "=?base64?bGlzdF9zZXNzaW9ucw==?=")
        .with("Mcp-Session-Id", "no such session");
    let response = server.ask(&encoded);
    assert_eq!(response.status(), 200, "{response:?}");
    assert_eq!(response.head.header("mcp-session-id"), "");
}

/// Wrong arguments are an answer that the model reads.
#[test]
fn wrong_arguments_are_a_result() {
    let server = Server::start();
    let answer = server.call("read_output", json!({"session": "x"}));
    assert!(
        answer.is_error && answer.error_type() == "validation_error",
        "{answer:?}"
    );
}

/// There is nothing but POST.
#[test]
fn get_and_delete_are_of_older_revisions() {
    let server = Server::start();
    let mut connection: Connection = server.connect();
    for method in ["GET", "DELETE"] {
        for request in [
            Request::new(method).with("MCP-Protocol-Version", "2026-07-28"),
            Request::new(method),
        ] {
            let response = connection.ask(&request);
            assert_eq!(response.status(), 405, "{response:?}");
            assert_eq!(response.head.header("allow"), "POST");
        }
    }
    for method in ["PUT", "OPTIONS", "PATCH"] {
        let response = connection.ask(&Request::new(method));
        assert_eq!(response.status(), 405, "{response:?}");
        assert_eq!(response.head.header("allow"), "POST, GET, DELETE");
    }
}
