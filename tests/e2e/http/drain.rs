//! The end of a server over HTTP, and what outlives it.

use std::time::{Duration, Instant};

use serde_json::json;

use super::client::Connection;
use super::server::{Answer, Server, call, progressing, request, wait_for};
use crate::processes::is_alive;

/// Has the program say a word.
fn say(server: &Server, text: &str) {
    server.ok(
        "send_input",
        json!({"session_id": "cat", "text": text, "press_enter": true}),
    );
}

/// Calls under way have their time: they are answered as if nothing had happened, nobody new is
/// let in, and with the last answer the server has ended.
#[test]
fn calls_under_way_are_answered() {
    let mut server = Server::with_config("[http]\ndrain_s = 3600\n");
    let script = "echo ready; until test -e go; do :; done; echo go";
    let start = json!({"command": "sh", "args": ["-c", script], "name": "cat",
                       "wait_for": "ready", "timeout": 30});
    server.ok("start_process", start);
    let session = server.session("2025-06-18");
    let waits = wait_for("go");
    let mut streams = [
        server.stream(&progressing("read_output", waits.clone())),
        server.stream(&session.progressing("a", "read_output", waits.clone())),
    ];
    streams.iter_mut().for_each(|events| drop(events.next()));
    let mut plain = server.connect();
    plain.send(&call("read_output", waits));
    let mut idle = server.connect();
    assert_eq!(idle.ask(&call("list_sessions", json!({}))).status(), 200);
    let mut unused = server.connect();
    let mut general = server.stream(&session.get(None));
    drop(session);
    server.terminate();
    // These end at once, and nobody is let in any more.
    assert!(idle.is_closed() && unused.is_closed());
    assert_eq!(general.message(), None);
    while Connection::tcp(server.address).is_ok() {}
    std::fs::write(server.directory.path().join("go"), "").unwrap();
    for mut events in streams {
        let last = events.rest().pop().unwrap();
        assert_eq!(Answer::of(&last).status("returned_by"), "match", "{last}");
    }
    let response = plain.response();
    assert_eq!(response.head.header("connection"), "close");
    let answer = Answer::of(&response.json());
    assert_eq!(answer.status("returned_by"), "match", "{answer:?}");
    let status = server.wait();
    assert_eq!(status.code(), Some(0), "{status}");
}

/// What is not done when the time is over is answered as cut short: by either era, in one piece
/// and on a stream.
#[test]
fn what_takes_too_long_is_cut_short() {
    let mut server = Server::with_config("[http]\ndrain_s = 0\n");
    server.cat();
    let session = server.session("2025-11-25");
    let mut streams = [
        server.stream(&progressing("read_output", wait_for("go"))),
        server.stream(&session.progressing("a", "read_output", wait_for("go"))),
    ];
    streams.iter_mut().for_each(|events| drop(events.next()));
    let params = json!({"name": "read_output", "arguments": wait_for("go")});
    let mut plain = [
        call("read_output", wait_for("go")),
        session.post(&request(json!("plain"), "tools/call", params)),
    ]
    .map(|request| {
        let mut connection = server.connect();
        connection.send(&request);
        connection
    });
    // The second is in once its id is taken; the first was sent before it.
    while !session.is_under_way("plain") {}
    drop(session);
    server.terminate();
    let mut answers: Vec<_> = streams
        .iter_mut()
        .map(|events| events.rest().pop().unwrap())
        .collect();
    answers.extend(
        plain
            .iter_mut()
            .map(|connection| connection.response().json()),
    );
    for answer in answers {
        let answer = Answer::of(&answer);
        assert!(
            answer.is_error && answer.text.contains("the server stops"),
            "{answer:?}"
        );
    }
    assert_eq!(server.wait().code(), Some(0));
}

/// Requests whose clients are gone are not waited for, whatever era they are of.
#[test]
fn nobody_waits_for_those_who_are_gone() {
    let mut server = Server::with_config("[http]\ndrain_s = 3600\n");
    server.cat();
    let session = server.session("2025-06-18");
    let mut events = server.stream(&session.progressing("a", "read_output", wait_for("go")));
    events.next();
    drop(events);
    let mut events = server.stream(&progressing("read_output", wait_for("go")));
    events.next();
    drop(events);
    drop(session);
    server.terminate();
    assert!(server.wait().success());
}

/// Whoever asks twice doesn't wait.
#[test]
fn a_second_signal_ends_the_waiting() {
    let mut server = Server::with_config("[http]\ndrain_s = 3600\n");
    server.cat();
    let mut events = server.stream(&progressing("read_output", wait_for("go")));
    events.next();
    let mut idle = server.connect();
    assert_eq!(idle.ask(&call("list_sessions", json!({}))).status(), 200);
    server.terminate();
    assert!(idle.is_closed());
    server.terminate();
    let last = events.rest().pop().unwrap();
    assert!(
        Answer::of(&last).text.contains("the server stops"),
        "{last}"
    );
    assert!(server.wait().success());
}

/// A client that doesn't read its last answer holds up the end for a moment and no longer.
#[test]
fn a_client_that_does_not_read_is_not_waited_for() {
    let mut server = Server::with_config("[http]\ndrain_s = 0\n");
    let script = "seq 200000; exec sleep 1000";
    server.ok(
        "start_process",
        json!({"command": "sh", "args": ["-c", script], "name": "big",
                                      "wait_for": "200000", "timeout": 60}),
    );
    let mut deaf = server.connect();
    for _ in 0..16 {
        deaf.send(&call(
            "read_output",
            json!({"session_id": "big", "since": 0, "max_bytes": 1_048_576}),
        ));
    }
    assert_eq!(server.ask(&call("list_sessions", json!({}))).status(), 200);
    server.terminate();
    let asked = Instant::now();
    assert!(server.wait().success());
    assert!(asked.elapsed() < Duration::from_secs(60));
    drop(deaf);
}

/// Sessions that end with their server leave no process behind.
#[test]
fn tied_sessions_end_with_the_server() {
    let mut server =
        Server::with_config("[sessions]\noutlive_server = false\n[http]\ndrain_s = 0\n");
    let pid = server.cat().status("pid").as_i64().unwrap();
    let mut events = server.stream(&progressing("read_output", wait_for("go")));
    events.next();
    server.terminate();
    let last = events.rest().pop().unwrap();
    assert!(last["result"].is_object(), "{last}");
    assert!(server.wait().success());
    assert!(!is_alive(pid));
}

/// A server that is killed loses no session: the next one has them, by either era.
#[test]
fn sessions_outlive_a_killed_server() {
    let server = Server::start();
    server.cat();
    say(&server, "before");
    let server = Server::in_directory(server.kill(), "");
    let listed = server.ok("list_sessions", json!({}));
    assert!(listed.text.contains("cat  waiting:line"), "{}", listed.text);
    say(&server, "after");
    let session = server.session("2025-03-26");
    let answer = session.call("read_output", wait_for("before[^$]*after"));
    assert_eq!(answer.status("returned_by"), "match", "{}", answer.text);
}
