//! Calls in flight: progress, cancellation, many at once.

use mcp_proto::{Event, ProgressToken};
use serde_json::json;

use crate::support::{Answer, LIST_CHANGED, Server, surprises};

/// A wait reports its progress when it is asked to, with growing values, and
/// nothing after its answer.
#[test]
fn a_wait_reports_progress() {
    let mut server = Server::start();
    server.bash();
    let token = ProgressToken::from("wait-1");
    let wait = json!({"session_id": "sh", "wait_for": "now \\d", "timeout": 45});
    let wait = server
        .client
        .begin_call("read_output", wait, Some(&token))
        .unwrap();
    let mut last = 0.0;
    for _ in 0..2 {
        let (of, progress, message) = loop {
            match server.client.next_event().unwrap() {
                Event::Progress {
                    token,
                    progress,
                    message,
                    ..
                } => break (token, progress, message),
                // The session's start is told in its own time.
                Event::Notification { method, .. } if method == LIST_CHANGED => {}
                other => panic!("progress comes before the answer: {other:?}"),
            }
        };
        assert_eq!(of, token);
        assert!(progress > last);
        assert!(message.is_some_and(|message| message.contains("waiting")));
        last = progress;
    }
    server.ok(
        "send_input",
        json!({"session_id": "sh", "text": "echo now $((1))", "press_enter": true}),
    );
    let answer = Answer::of(server.client.finish_call(&wait).unwrap());
    assert_eq!(answer.status["matched_index"], 0, "{}", answer.text);
    server.client.take_events();
    server.line("sh", "sleep 1.2; echo slept", "slept\n");
    assert_eq!(surprises(&mut server.client), []);
}

/// A cancelled call gets no answer, types nothing more, and its session goes on.
#[test]
fn a_cancelled_call_is_forgotten() {
    let mut server = Server::start();
    server.bash();
    for round in 0..20 {
        let wait = json!({"session_id": "sh", "wait_for": "never printed", "timeout": 45});
        let read = server.client.begin_call("read_output", wait, None).unwrap();
        let wait = json!({"session_id": "sh", "expect_pattern": format!("go-ahead-{round};"),
                          "response": "echo typed"});
        let expect = server
            .client
            .begin_call("expect_and_respond", wait, None)
            .unwrap();
        server.client.cancel(&read, "not wanted").unwrap();
        server.client.cancel(&expect, "not wanted").unwrap();
        let line = format!("echo go-a''head-{round}\\;");
        server.line("sh", &line, &format!("go-ahead-{round};\nready> $"));
    }
    server.line("sh", "echo e''nd", "end\nready> $");
    let all = server.ok("read_output", json!({"session_id": "sh", "since": 0}));
    assert!(!all.text.contains("typed"), "{}", all.text);
    // An answer to a call that was given up would stand here as ignored.
    assert_eq!(surprises(&mut server.client), []);
}

/// Many calls on several sessions at once: each gets its own answer.
#[test]
fn many_calls_are_in_flight_at_once() {
    let mut server = Server::start();
    let sessions = ["a", "b", "c", "d"];
    for name in sessions {
        server.script(name, "stty raw -echo; echo up; exec cat", "up");
    }
    let mut waits = Vec::new();
    for round in 0..10 {
        for name in sessions {
            let wait = json!({"session_id": name, "reader": format!("r{round}"), "timeout": 45,
                              "wait_for": format!("token-{name}-{round};")});
            let wait = server.client.begin_call("read_output", wait, None).unwrap();
            waits.push((format!("token-{name}-{round};"), wait));
        }
    }
    for round in (0..10).rev() {
        for name in sessions {
            let text = format!("token-{name}-{round};");
            server.ok("send_input", json!({"session_id": name, "text": text}));
        }
    }
    for (token, wait) in waits {
        let answer = Answer::of(server.client.finish_call(&wait).unwrap());
        assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
        answer.shows(&token);
    }
}

/// Calls that type into one session at once do not tear each other's lines.
#[test]
fn lines_typed_at_once_stay_whole() {
    let mut server = Server::start();
    server.script("cat", "stty raw -echo; echo up; exec cat", "up");
    let lines: Vec<String> = (0..50)
        .map(|n| format!("<{}>", n.to_string().repeat(40)))
        .collect();
    let mut calls = Vec::new();
    for line in &lines {
        let arguments = json!({"session_id": "cat", "text": format!("{line}\n")});
        calls.push(
            server
                .client
                .begin_call("send_input", arguments, None)
                .unwrap(),
        );
    }
    for call in &calls {
        server.client.finish_call(call).unwrap();
    }
    server.ok(
        "send_input",
        json!({"session_id": "cat", "text": "the end"}),
    );
    let end = json!({"session_id": "cat", "wait_for": "the end", "timeout": 45});
    server.ok("read_output", end);
    let all = server.ok("read_output", json!({"session_id": "cat", "since": 0}));
    for line in lines {
        all.shows(&line);
    }
}
