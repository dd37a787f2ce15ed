//! Many clients, many requests, and clients that do not read.

use serde_json::{Value, json};

use super::client::{Connection, Request};
use super::server::{Answer, Server, call, modern, progressing, request, wait_for};
use crate::processes::peak_mib;

/// No limit but those under test.
const UNLIMITED: &str = "[policy.rate_limit]\nenabled = false\n";

/// A connection beyond those that there may be is told so, and there is room once one is closed.
#[test]
fn connections_are_limited() {
    let server = Server::with_config("[http]\nmax_connections = 2\n");
    let list = modern("tools/list", json!({}));
    let mut both = [server.connect(), server.connect()];
    for connection in &mut both {
        assert_eq!(connection.ask(&list).status(), 200);
    }
    let response = server.ask(&list);
    assert_eq!(response.status(), 503);
    assert_eq!(response.head.header("retry-after"), "1");
    let [first, mut second] = both;
    drop(first);
    while server.ask(&list).status() == 503 {}
    assert_eq!(second.ask(&list).status(), 200);
}

/// A stream beyond those that there may be is refused; a request that would become one is answered
/// in one piece.
#[test]
fn streams_are_limited() {
    let server = Server::with_config("[http]\nmax_streams = 1\n");
    server.cat();
    let session = server.session("2025-11-25");
    let listen = modern("subscriptions/listen", json!({"notifications": {}}));
    let mut only = server.stream(&session.get(None));
    for request in [session.get(None), listen.clone()] {
        let response = server.ask(&request);
        assert_eq!(response.status(), 503, "{response:?}");
        assert_eq!(response.head.header("retry-after"), "1");
    }
    let mut waiting = [
        progressing("read_output", wait_for("go")),
        session.progressing("a", "read_output", wait_for("go")),
    ]
    .map(|request| {
        let mut connection = server.connect();
        connection.send(&request);
        connection
    });
    // By the time that another wait of two seconds is over, progress was to be told.
    let two = json!({"session_id": "cat", "until": "exit", "timeout": 2});
    server.ok("read_output", two);
    server.ok(
        "send_input",
        json!({"session_id": "cat", "text": "go", "press_enter": true}),
    );
    for connection in &mut waiting {
        let answer = Answer::of(&connection.response().json());
        assert_eq!(answer.status("returned_by"), "match", "{answer:?}");
    }
    assert_eq!(server.ask(&session.delete()).status(), 204);
    assert_eq!(only.message(), None);
    drop(only);
    let mut events = loop {
        let mut connection = server.connect();
        connection.send(&listen);
        let head = connection.head();
        if head.status == 200 {
            break connection;
        }
    };
    assert!(events.chunk().is_some());
}

/// There are as many HTTP sessions as there may be, and one that is in use gives way to none.
#[test]
fn sessions_are_limited() {
    let server = Server::with_config("[http]\nmax_sessions = 2\n");
    let (one, _two) = (server.session("2025-11-25"), server.session("2025-06-18"));
    let hello = Request::post(&super::server::initialize("2025-11-25"));
    let response = server.ask(&hello);
    assert_eq!(response.status(), 503, "{response:?}");
    assert_eq!(response.head.header("retry-after"), "1");
    assert_eq!(server.ask(&one.delete()).status(), 204);
    assert_eq!(server.ask(&hello).status(), 200);
}

/// Thousands of requests that wait at once on one HTTP session are all answered, each by its own.
#[test]
fn ten_thousand_requests_in_flight_are_answered() {
    const PROGRAMS: usize = 20;
    const BATCHES: usize = 25;
    const BATCH: usize = 20;
    let server = Server::with_config(&format!(
        "{UNLIMITED}[sessions]\noutlive_server = false\n[http]\nmax_connections = 2000\nkeep_alive_s = 3600\n"
    ));
    let session = server.session("2025-03-26");
    let mut waiting: Vec<(String, Connection)> = Vec::new();
    for program in 0..PROGRAMS {
        let name = format!("cat-{program}");
        server.ok(
            "start_process",
            json!({"command": "cat", "name": name, "timeout": 30}),
        );
        let mut wait = wait_for("go");
        wait["session_id"] = json!(name);
        for batch in 0..BATCHES {
            let id = |number: usize| json!(format!("{name}-{batch}-{number}"));
            let call = json!({"name": "read_output", "arguments": wait});
            let calls = (0..BATCH).map(|it| request(id(it), "tools/call", call.clone()));
            let calls: Vec<Value> = calls.collect();
            let mut connection = server.connect();
            connection.send(&session.post(&json!(calls)));
            waiting.push((format!("{name}-{batch}-"), connection));
        }
    }
    for (prefix, _) in &waiting {
        while !session.is_under_way(&format!("{prefix}0")) {}
    }
    for program in 0..PROGRAMS {
        let name = format!("cat-{program}");
        server.ok(
            "send_input",
            json!({"session_id": name, "text": "go", "press_enter": true}),
        );
    }
    for (prefix, connection) in &mut waiting {
        let answers = connection.response().json();
        let answers = answers.as_array().unwrap();
        assert_eq!(answers.len(), BATCH);
        for answer in answers {
            let found = Answer::of(answer);
            assert_eq!(found.status("returned_by"), "match", "{answer}");
            assert!(answer["id"].as_str().unwrap().starts_with(prefix.as_str()));
        }
    }
}

/// Clients that ask for much and read nothing cost what their connections hold, and keep nobody
/// waiting.
#[test]
fn clients_that_do_not_read_delay_nobody() {
    let server = Server::with_config(UNLIMITED);
    let script = "seq 200000; exec sleep 1000";
    server.ok(
        "start_process",
        json!({"command": "sh", "args": ["-c", script], "name": "big",
                                      "wait_for": "200000", "timeout": 60}),
    );
    let session = server.session("2025-11-25");
    let much = json!({"session_id": "big", "since": 0, "max_bytes": 1_048_576, "format": "raw"});
    let mut deaf = Vec::new();
    for number in 0..24 {
        let mut connection = server.connect();
        for step in 0..4 {
            let id = format!("{number}-{step}");
            let request = match number % 2 {
                0 => progressing("read_output", much.clone()),
                _ => session.progressing(&id, "read_output", much.clone()),
            };
            connection.send(&request);
        }
        deaf.push(connection);
        let mut stream = server.connect();
        stream.send(&session.get(None));
        deaf.push(stream);
        assert!(!server.call("list_sessions", json!({})).is_error);
    }
    let peak = peak_mib(server.pid());
    eprintln!("{peak} MiB");
    assert!(peak < 512, "the server had {peak} MiB resident");
    assert_eq!(server.ask(&call("list_sessions", json!({}))).status(), 200);
}
