//! What the server and its client say to each other over HTTP while a request is under way.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

#[allow(
    dead_code,
    reason = "the end-to-end tests of the server need more of it"
)]
#[path = "../../../e2e/http/client.rs"]
mod client;

use client::{Connection, Events, Request};

/// The fixture, listening.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_conformance-server"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut url).unwrap();
        let address = url.trim().strip_prefix("http://").unwrap();
        let address = address.strip_suffix("/mcp").unwrap().parse().unwrap();
        Self { child, address }
    }

    fn ask(&self, request: &Request) -> client::Response {
        Connection::tcp(self.address).unwrap().ask(request)
    }

    fn stream(&self, request: &Request) -> Events {
        let mut connection = Connection::tcp(self.address).unwrap();
        connection.send(request);
        connection.events()
    }

    /// A session of a client that can be asked things.
    fn session(&self, revision: &'static str) -> Session<'_> {
        let hello = message(
            json!(0),
            "initialize",
            json!({"protocolVersion": revision,
            "capabilities": {"elicitation": {}, "sampling": {}, "roots": {}},
            "clientInfo": {"name": "it", "version": "1"}}),
        );
        let response = self.ask(&Request::post(&hello));
        let session = Session {
            server: self,
            id: response.head.header("mcp-session-id").to_owned(),
            revision,
        };
        session.accepted(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        session
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Session<'a> {
    server: &'a Server,
    id: String,
    revision: &'static str,
}

impl Session<'_> {
    fn own(&self, request: Request) -> Request {
        request
            .with("Mcp-Session-Id", &self.id)
            .with("MCP-Protocol-Version", self.revision)
    }

    fn post(&self, message: &Value) -> Request {
        self.own(Request::post(message))
    }

    fn resume(&self, id: &str) -> Events {
        let get = self.own(Request::new("GET").with("Accept", "text/event-stream"));
        self.server.stream(&get.with("Last-Event-ID", id))
    }

    /// Calls a tool that has more to say than its answer.
    fn call(&self, id: u32, tool: &str, arguments: Value) -> Events {
        let params = json!({"name": tool, "arguments": arguments});
        let call = message(json!(id), "tools/call", params);
        self.server.stream(&self.post(&call))
    }

    /// Sends what is not answered.
    #[track_caller]
    fn accepted(&self, message: &Value) {
        let response = self.server.ask(&self.post(message));
        assert_eq!((response.status(), response.body.len()), (202, 0));
    }

    /// Answers a question as a user does.
    #[track_caller]
    fn answer(&self, question: &Value, name: &str) {
        let content = json!({"username": name, "email": "a@b.c"});
        self.accepted(&json!({"jsonrpc": "2.0", "id": question["id"],
                              "result": {"action": "accept", "content": content}}));
    }
}

fn message(id: Value, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

/// A call of 2026-07-28.
fn modern(tool: &str, log_level: Option<&str>) -> Request {
    let mut meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                          "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}}});
    if let Some(level) = log_level {
        meta["io.modelcontextprotocol/logLevel"] = json!(level);
    }
    let params = json!({"name": tool, "arguments": {"message": "who?"}, "_meta": meta});
    Request::post(&message(json!(1), "tools/call", params))
        .with("MCP-Protocol-Version", "2026-07-28")
        .with("Mcp-Method", "tools/call")
        .with("Mcp-Name", tool)
}

fn who() -> Value {
    json!({"message": "who?"})
}

fn text(message: &Value) -> &str {
    message["result"]["content"][0]["text"].as_str().unwrap()
}

#[track_caller]
fn question(events: &mut Events) -> Value {
    let question = events.next();
    assert_eq!(question["method"], "elicitation/create", "{question}");
    question
}

/// Promise: what the server asks comes by the stream of the request that needs it, is answered by a
/// POST of its own, and then the request is answered.
#[test]
fn a_question_goes_by_its_requests_stream() {
    let server = Server::start();
    for revision in ["2025-06-18", "2025-11-25"] {
        let session = server.session(revision);
        let mut one = session.call(1, "test_elicitation", who());
        let mut two = session.call(2, "test_elicitation", who());
        let (first, second) = (question(&mut one), question(&mut two));
        assert_ne!(first["id"], second["id"]);
        session.answer(&second, "two");
        session.answer(&first, "one");
        for (mut events, id) in [(one, "one"), (two, "two")] {
            let rest = events.rest();
            assert_eq!(rest.len(), 1, "{rest:?}");
            assert!(text(&rest[0]).contains(id), "{rest:?}");
        }
    }
}

/// Promise: a client that loses the stream with a question on it finds it again, and the answer
/// behind it.
#[test]
fn a_question_is_not_lost_with_its_stream() {
    let server = Server::start();
    let session = server.session("2025-11-25");
    let mut events = session.call(1, "test_elicitation", who());
    let first = events.event().unwrap();
    assert!(first.data.is_empty());
    drop(events);
    let mut events = session.resume(&first.id);
    let asked = question(&mut events);
    let id = events.last_id();
    drop(events);
    session.answer(&asked, "me");
    let rest = session.resume(&id).rest();
    assert_eq!(rest.len(), 1, "{rest:?}");
    assert!(text(&rest[0]).contains("me"));
    let all = session.resume(&first.id).rest();
    assert_eq!(all, [asked, rest[0].clone()]);
}

/// Promise: nobody answers a question of another session.
#[test]
fn a_question_is_its_sessions() {
    let server = Server::start();
    let (session, other) = (server.session("2025-11-25"), server.session("2025-11-25"));
    let mut events = session.call(1, "test_elicitation", who());
    let asked = question(&mut events);
    other.answer(&asked, "eve");
    session.answer(&asked, "me");
    let rest = events.rest();
    assert!(text(&rest[0]).contains("me"), "{rest:?}");
}

/// Promise: who gives a request up is told that its question is withdrawn, on its stream, and that
/// ends without an answer.
#[test]
fn a_question_is_withdrawn_with_its_request() {
    let server = Server::start();
    let session = server.session("2025-11-25");
    let mut events = session.call(1, "test_elicitation", who());
    let asked = question(&mut events);
    session.accepted(
        &json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
                             "params": {"requestId": 1}}),
    );
    let rest = events.rest();
    assert_eq!(rest.len(), 1, "{rest:?}");
    assert_eq!(rest[0]["method"], "notifications/cancelled");
    assert_eq!(rest[0]["params"]["requestId"], asked["id"]);
}

/// Promise: in 2026-07-28 a question is the answer, in one piece.
#[test]
fn questions_are_results_later() {
    let server = Server::start();
    let response = server.ask(&modern("test_elicitation", None));
    assert_eq!(response.status(), 200, "{response:?}");
    let result = &response.json()["result"];
    assert_eq!(result["resultType"], "input_required", "{result}");
}

/// Promise: a stream that the server closes says when to come back, and has the answer then.
#[test]
fn a_closed_stream_is_come_back_to() {
    let server = Server::start();
    let session = server.session("2025-11-25");
    let mut events = session.call(1, "test_reconnection", json!({}));
    assert_eq!(events.message(), None);
    assert!(events.retry_ms().is_some());
    let rest = session.resume(&events.last_id()).rest();
    assert_eq!(rest.len(), 1, "{rest:?}");
    assert_eq!(rest[0]["id"], 1);
}

/// Promise: what a call has to say comes before its answer, and only to those who asked for it.
#[test]
fn log_messages_come_before_the_answer() {
    let server = Server::start();
    let quiet = server.ask(&modern("test_tool_with_logging", None));
    assert_eq!(text(&quiet.json()), "Logged three times.");
    let messages = server
        .stream(&modern("test_tool_with_logging", Some("info")))
        .rest();
    assert_eq!(messages.len(), 4, "{messages:?}");
    assert!(
        messages[..3]
            .iter()
            .all(|it| it["method"] == "notifications/message")
    );
    assert_eq!(text(&messages[3]), "Logged three times.");
}

/// Promise: a client of 2026-07-28 that goes away gives its request up; an older one doesn't,
/// until it says so or ends its session.
#[test]
fn going_away_gives_up_what_is_nobody_elses() {
    let server = Server::start();
    // It says `1 of 2`: of two that were begun, one was given up.
    let given_up = || {
        let told = server.ask(&modern("test_given_up", None)).json();
        text(&told).split(' ').next().unwrap().to_owned()
    };
    let session = server.session("2025-06-18");
    let slow = message(json!(1), "tools/call", json!({"name": "test_slow"}));
    let mut older = Connection::tcp(server.address).unwrap();
    older.send(&session.post(&slow));
    // Once it is in, a second request of its id is refused.
    let ping = session.post(&message(json!(1), "ping", json!({})));
    while server.ask(&ping).json()["error"]["code"] != -32600 {}
    drop(older);
    let mut newer = Connection::tcp(server.address).unwrap();
    newer.send(&modern("test_slow", None));
    // Nothing tells that it is in, but that it is given up.
    newer.stop_writing();
    assert!(newer.is_closed());
    while given_up() == "0" {}
    assert_eq!(given_up(), "1");
    let delete = session.own(Request::new("DELETE"));
    assert_eq!(server.ask(&delete).status(), 204);
    while given_up() == "1" {}
    assert_eq!(given_up(), "2");
}
