//! Streams that are lost and resumed: nothing is lost with them, nothing comes twice, and nothing
//! comes by another.

use serde_json::{Value, json};

use super::client::Events;
use super::server::{Answer, Server, Session, wait_for};

/// A wait that streams, up to its first progress.
fn waiting(session: &Session<'_>, id: &str, text: &str) -> (Events, Value) {
    let mut events = session
        .server
        .stream(&session.progressing(id, "read_output", wait_for(text)));
    let progress = events.next();
    assert_eq!(progress["params"]["progressToken"], id, "{progress}");
    (events, progress)
}

fn progress_of(message: &Value) -> f64 {
    message["params"]["progress"].as_f64().unwrap()
}

/// A client that loses a stream comes back for the rest, and the request has gone on meanwhile.
#[test]
fn a_lost_stream_goes_on() {
    let server = Server::start();
    server.cat();
    for revision in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        let session = server.session(revision);
        let word = format!("go-{revision}");
        let (mut events, mut last) = waiting(&session, "a", &word);
        // Twice: lost while it is said, and after it was said.
        for text in ["", word.as_str()] {
            let id = events.last_id();
            drop(events);
            if !text.is_empty() {
                let send = json!({"session_id": "cat", "text": text, "press_enter": true,
                                  "wait_for": format!("{text}\r?\n{text}")});
                server.ok("send_and_read", send);
            }
            events = server.stream(&session.get(Some(&id)));
            let next = events.next();
            if text.is_empty() {
                assert_eq!(progress_of(&next).trunc(), progress_of(&last).trunc() + 1.0);
                last = next;
            } else {
                let mut rest = vec![next];
                rest.extend(events.rest());
                let (answer, before) = rest.split_last().unwrap();
                let seconds = before.iter().map(|it| progress_of(it).trunc());
                let expected = (1..).map(|more| progress_of(&last).trunc() + f64::from(more));
                assert!(
                    seconds.zip(expected).all(|(one, other)| one == other),
                    "{rest:?}"
                );
                assert_eq!(Answer::of(answer).status("returned_by"), "match");
            }
        }
        // What was sent can be had again, from any event on.
        let first = format!("{}-1", events.last_id().split_once('-').unwrap().0);
        let again = server.stream(&session.get(Some(&first))).rest();
        assert!(again.last().unwrap()["result"].is_object());
    }
}

/// A stream of 2025-11-25 begins with an event without data, which says how to come back.
#[test]
fn a_stream_begins_with_a_way_back() {
    let server = Server::start();
    server.cat();
    let session = server.session("2025-11-25");
    let request = session.progressing("a", "read_output", wait_for("go"));
    let mut events = server.stream(&request);
    let first = events.event().unwrap();
    assert!(first.data.is_empty() && !first.id.is_empty(), "{first:?}");
    assert!(events.retry_ms().is_some());
    drop(events);
    let mut events = server.stream(&session.get(Some(&first.id)));
    assert_eq!(events.next()["method"], "notifications/progress");
    let mut general = server.stream(&session.get(None));
    let first = general.event().unwrap();
    assert!(first.data.is_empty() && !first.id.is_empty(), "{first:?}");
}

/// What is said on one stream is never said on another, nor to another session.
#[test]
fn streams_stay_apart() {
    let server = Server::start();
    server.cat();
    let (session, other) = (server.session("2025-11-25"), server.session("2025-11-25"));
    let general = server.stream(&session.get(None));
    let (one, _) = waiting(&session, "one", "go");
    let (two, _) = waiting(&session, "two", "go");
    let (third, _) = waiting(&other, "third", "go");
    let id = one.last_id();
    assert_ne!(id, two.last_id());
    // The ids of another session's streams may look the same, and are not.
    assert_eq!(id.split('-').next(), Some("2"));
    server.ok(
        "send_input",
        json!({"session_id": "cat", "text": "go", "press_enter": true}),
    );
    for (mut events, token) in [(one, "one"), (two, "two"), (third, "third")] {
        for message in events.rest() {
            let said = match message.get("id") {
                Some(id) => id,
                None => &message["params"]["progressToken"],
            };
            assert_eq!(said, token, "{message}");
        }
    }
    for message in server.stream(&session.get(Some(&id))).rest() {
        assert!(message["id"] == "one" || message["params"]["progressToken"] == "one");
    }
    let mut general = general;
    assert_eq!(server.ask(&session.delete()).status(), 204);
    assert_eq!(general.message(), None);
}

/// What is no event's id, or none of this session, is refused, and the session stays.
#[test]
fn strange_ids_are_refused() {
    let server = Server::start();
    let session = server.session("2025-11-25");
    for id in [
        "x",
        "1",
        "1-",
        "-1",
        "9-9",
        "1-99999999999999999999999",
        "+1-0",
    ] {
        let response = server.ask(&session.get(Some(id)));
        assert_eq!(response.status(), 400, "{id}: {response:?}");
    }
    assert!(!session.call("list_sessions", json!({})).is_error);
}

/// A client of an older revision that goes away while it waits cancels nothing.
#[test]
fn going_away_cancels_nothing() {
    let server = Server::start();
    server.cat();
    let session = server.session("2025-06-18");
    let dialogue = json!({"session_id": "cat", "steps": [
        {"expect": "go", "respond": "marked", "timeout": 45}]});
    let mut events = server.stream(&session.progressing("a", "multi_step_automation", dialogue));
    events.next();
    drop(events);
    server.ok(
        "send_input",
        json!({"session_id": "cat", "text": "go", "press_enter": true}),
    );
    let marked = json!({"session_id": "cat", "since": 0, "wait_for": "marked", "timeout": 45});
    let answer = server.ok("read_output", marked);
    assert_eq!(answer.status("returned_by"), "match", "{}", answer.text);
}
