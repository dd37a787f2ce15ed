//! Output that is searched, and sessions that are waited for together.

use serde_json::json;

use crate::support::Server;

/// A session with 300,000 lines behind it, which is more than its ring holds.
fn long() -> Server {
    let mut server = Server::start();
    server.bash();
    server.line("sh", "seq -f 'line number %.0f' 300000", r"number 300000\n");
    server
}

/// What is in the ring is found there, with an offset that reads on from it.
#[test]
fn the_ring_is_searched() {
    let mut server = long();
    let search = json!({"session_id": "sh", "pattern": "NUMBER 29999[0-2]$", "context": 1});
    let answer = server.ok("search_output", search);
    let data = answer.data().clone();
    assert_eq!(data["total"], 3, "{}", answer.text);
    let found = &data["matches"][1];
    assert_eq!(found["text"], "line number 299991");
    assert_eq!(found["before"], json!(["line number 299990"]));
    assert_eq!(found["after"], json!(["line number 299992"]));
    let read = json!({"session_id": "sh", "since": found["offset"], "max_lines": 2});
    let answer = server.ok("read_output", read);
    assert_eq!(answer.output(), "line number 299991\nline number 299992\n");
}

/// What has left the ring is found in the transcript, and read from there.
#[test]
fn the_transcript_is_searched_and_read() {
    let mut server = long();
    let pattern = "number 4444$";
    let answer = server.ok(
        "search_output",
        json!({"session_id": "sh", "pattern": pattern}),
    );
    assert_eq!(answer.data()["total"], 0, "{}", answer.text);
    let search = json!({"session_id": "sh", "pattern": pattern, "from": "transcript"});
    let answer = server.ok("search_output", search);
    assert_eq!(answer.data()["total"], 1, "{}", answer.text);
    let offset = &answer.data()["matches"][0]["offset"];
    let read = json!({"session_id": "sh", "since": offset, "max_bytes": 256});
    let answer = server.ok("read_output", read);
    assert!(
        answer
            .output()
            .starts_with("line number 4444\nline number 4445\n"),
        "{}",
        answer.text
    );
    assert_eq!(answer.status["dropped_bytes"], 0, "{}", answer.text);
}

/// Without a transcript, asking for it says what to do.
#[test]
fn a_session_without_a_transcript_says_so() {
    let mut server = Server::start();
    server.ok("start_process", json!({"command": "cat", "record": false}));
    let info = server.ok("get_session_info", json!({"session_id": "cat"}));
    assert_eq!(info.data()["transcript_path"], json!(null));
    let search = json!({"session_id": "cat", "pattern": "x", "from": "transcript"});
    let answer = server.fails("search_output", search, "validation_error");
    assert!(answer.text.contains("record: true"), "{}", answer.text);
}

/// The first of several sessions to end ends the wait; the others go on.
#[test]
fn any_of_several_sessions_is_waited_for() {
    let mut server = Server::start();
    server.program("goes", "cat", "");
    server.program("stays", "cat", "");
    server.ok("send_input", json!({"session_id": "goes", "keys": ["C-d"]}));
    let wait = json!({"session_ids": ["stays", "goes"], "timeout": 45});
    let answer = server.ok("wait_for_sessions", wait);
    assert_eq!(answer.data()["timed_out"], false, "{}", answer.text);
    assert_eq!(answer.data()["sessions"][0]["returned_by"], json!(null));
    assert_eq!(answer.data()["sessions"][1]["state"], "exited");
    assert_eq!(answer.data()["sessions"][1]["exit"], "0");
}

/// Waiting for all comes back when the last is there, or says that time is over.
#[test]
fn all_of_several_sessions_are_waited_for() {
    let mut server = Server::start();
    server.program("one", "cat", "");
    server.program("two", "cat", "");
    let input = json!({"session_id": "one", "text": "ready 1", "press_enter": true});
    server.ok("send_input", input);
    let wait = json!({"session_ids": ["one", "two"], "until": "all", "for": "match",
                      "pattern": r"ready \d", "timeout": 0.2});
    let answer = server.ok("wait_for_sessions", wait.clone());
    assert_eq!(answer.data()["timed_out"], true, "{}", answer.text);
    assert_eq!(answer.data()["sessions"][0]["matched"], "ready 1");
    let input = json!({"session_id": "two", "text": "ready 2", "press_enter": true});
    server.ok("send_input", input);
    let mut wait = wait;
    wait["timeout"] = json!(45);
    let answer = server.ok("wait_for_sessions", wait);
    assert_eq!(answer.data()["timed_out"], false, "{}", answer.text);
    assert_eq!(answer.data()["sessions"][1]["matched"], "ready 2");
}

/// A wait that makes no sense is refused before anything happens.
#[test]
fn waits_that_make_no_sense_are_refused() {
    let mut server = Server::start();
    server.program("cat", "cat", "");
    for arguments in [
        json!({"session_ids": []}),
        json!({"session_ids": ["cat"], "for": "match"}),
        json!({"session_ids": ["cat"], "pattern": "x"}),
    ] {
        server.fails("wait_for_sessions", arguments, "validation_error");
    }
    let unknown = json!({"session_ids": ["cat", "nobody"]});
    server.fails("wait_for_sessions", unknown, "session_not_found");
}
