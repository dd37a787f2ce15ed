//! Reading: positions, paging, what ends a wait, what is counted.

use serde_json::json;

use crate::support::Server;

/// Nothing is consumed by reading: each reader has a position of its own, and
/// `since` goes back without moving it.
#[test]
fn readers_do_not_disturb_each_other() {
    let mut server = Server::start();
    server.script(
        "talk",
        "echo one; echo two; read x; echo three; cat",
        "two\n",
    );
    let read = |server: &mut Server, extra: serde_json::Value| {
        let mut arguments = json!({"session_id": "talk", "timeout": 0});
        arguments
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        server.ok("read_output", arguments)
    };
    assert_eq!(read(&mut server, json!({})).output(), "");
    let first = read(&mut server, json!({"reader": "a", "max_lines": 1}));
    assert_eq!(first.output(), "one\n");
    assert_eq!(
        read(&mut server, json!({"reader": "b"})).output(),
        "one\ntwo\n"
    );
    server.line("talk", "", "three\n");
    assert_eq!(
        read(&mut server, json!({"reader": "b"})).output(),
        "\nthree\n"
    );
    assert_eq!(
        read(&mut server, json!({"reader": "a"})).output(),
        "two\n\nthree\n"
    );
    assert_eq!(
        read(&mut server, json!({"reader": "a", "since": first.pos()})).output(),
        "two\n\nthree\n"
    );
    assert_eq!(read(&mut server, json!({"reader": "a"})).output(), "");
    assert_eq!(
        read(&mut server, json!({"since": 0, "max_lines": 1})).output(),
        "one\n"
    );
}

/// Paging by `max_lines` gives every line once and says how much is left.
#[test]
fn paging_gives_every_line_once() {
    let mut server = Server::start();
    server.script("seq", "seq 1000; echo done; cat", "done\n");
    let mut lines = Vec::new();
    loop {
        let page = server.ok(
            "read_output",
            json!({"session_id": "seq", "reader": "pager", "max_lines": 130, "timeout": 0}),
        );
        lines.extend(page.output().lines().map(str::to_owned));
        let more = page.status["more_bytes"].as_u64().unwrap();
        assert_eq!(
            page.status_line().contains(&format!(" more={more}")),
            more > 0,
            "{}",
            page.text
        );
        if more == 0 {
            break;
        }
        assert_eq!(page.status["lines_returned"], 130);
    }
    let all: Vec<String> = (1..=1000)
        .map(|n| n.to_string())
        .chain(["done".to_owned()])
        .collect();
    assert_eq!(lines, all);
}

/// What left the ring is counted, and the rest is readable.
#[test]
fn what_left_the_ring_is_counted() {
    let mut server = Server::with_config("[limits]\nring_bytes = 4096\n");
    // Without a transcript, which would have it all.
    let start = json!({"command": "sh", "args": ["-c", "seq 100000 199999; echo done; cat"],
                       "name": "seq", "wait_for": "done\n", "timeout": 30, "record": false});
    let answer = server.ok("start_process", start);
    let total = 8 * 100_000 + 6;
    assert_eq!(answer.pos(), total);
    let dropped = answer.status["dropped_bytes"].as_u64().unwrap();
    assert!(
        dropped >= total - 2 * 4096 && dropped <= total - 4096,
        "{dropped}"
    );
    answer.says(&format!(" dropped={dropped} "));
    assert!(
        answer.output().ends_with("\n199999\ndone\n"),
        "{}",
        answer.text
    );
    let again = server.ok("read_output", json!({"session_id": "seq", "since": 0}));
    assert_eq!(again.status["dropped_bytes"], dropped);
    let info = server.ok("get_session_info", json!({"session_id": "seq"}));
    assert_eq!(info.data()["oldest_pos"], dropped);
}

/// Going back beyond the ring moves a reader just past what it was given, and
/// gives no more lines than asked for.
#[test]
fn a_reader_that_goes_back_to_the_disk_goes_on_from_there() {
    let mut server = Server::with_config("[limits]\nring_bytes = 4096\n");
    server.script("seq", "seq 100000 199999; echo done; cat", "done\n");
    let back = json!({"session_id": "seq", "reader": "a", "since": 0, "max_lines": 3});
    let first = server.ok("read_output", back);
    assert_eq!(first.output(), "100000\n100001\n100002\n");
    assert_eq!(
        (first.pos(), first.status["more_bytes"].as_u64()),
        (24, Some(8 * 100_000 + 6 - 24))
    );
    let next = server.ok("read_output", json!({"session_id": "seq", "reader": "a"}));
    let dropped = next.status["dropped_bytes"].as_u64().unwrap();
    let info = server.ok("get_session_info", json!({"session_id": "seq"}));
    assert_eq!(info.data()["oldest_pos"], 24 + dropped);

    // After the end as well.
    server.leaves("seq", json!({"keys": ["C-d"]}));
    let again = server.ok(
        "read_output",
        json!({"session_id": "seq", "since": 0, "max_lines": 1}),
    );
    assert_eq!(again.output(), "100000\n", "{}", again.text);
}

/// Several patterns: the one found is told, in data and in the status line.
#[test]
fn the_pattern_found_is_told() {
    let mut server = Server::start();
    server.bash();
    let wait = json!({"session_id": "sh", "text": "echo b$((1))", "press_enter": true, "wait_for": ["a1", "b1", "c1"]});
    let answer = server.ok("send_and_read", wait);
    assert_eq!(answer.status["matched_index"], 1);
    answer.says(" matched=1 by=match]");
}

/// The match and its groups come back. Output from before the call counts: the
/// first match, then the one after it.
#[test]
fn an_expectation_starts_after_the_last_match() {
    let mut server = Server::start();
    let script = "echo user=ann id=7; echo user=bob id=8; read x; echo got $x; cat";
    let arguments = json!({"command": "sh", "args": ["-c", script], "name": "list", "timeout": 1});
    server.ok("start_process", arguments);
    let pattern = r"user=(?<user>\w+) id=(\d+)";
    for (user, id) in [("ann", "7"), ("bob", "8")] {
        let response = if user == "bob" { "me" } else { "" };
        let answer = server.ok(
            "expect_and_respond",
            json!({"session_id": "list", "expect_pattern": ["nothing", pattern], "response": response}),
        );
        assert_eq!(
            answer.status["match"]["groups"],
            json!([format!("user={user} id={id}"), user, id])
        );
        assert!(
            answer.text.contains(&format!("group 1 (user): {user:?}")),
            "{}",
            answer.text
        );
        assert!(
            answer.text.contains(&format!("group 2: {id:?}")),
            "{}",
            answer.text
        );
    }
    let answer = server.ok(
        "expect_and_respond",
        json!({"session_id": "list", "expect_pattern": "GOT ME"}),
    );
    assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
}

/// Case is ignored unless asked for; a literal has no special characters.
#[test]
fn case_and_literals() {
    let mut server = Server::start();
    let script = "echo 'Total (net): $5.00'; cat";
    let arguments = json!({"command": "sh", "args": ["-c", script], "name": "till", "timeout": 0});
    server.ok("start_process", arguments);
    let mut expect = |pattern: &str, extra: serde_json::Value| {
        let mut arguments = json!({"session_id": "till", "expect_pattern": pattern, "timeout": 1});
        arguments
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        server.ok("expect_and_respond", arguments).status["match"]["text"].clone()
    };
    assert_eq!(expect("(net): $5.00", json!({})), json!(null));
    assert_eq!(
        expect("TOTAL", json!({"case_sensitive": true})),
        json!(null)
    );
    assert_eq!(expect("TOTAL", json!({})), "Total");
    assert_eq!(expect("(NET): $5.", json!({"literal": true})), "(net): $5.");
}

/// The end of the program is told as such, with its exit code and last words.
#[test]
fn an_expectation_ends_with_the_program() {
    let mut server = Server::start();
    server.script("short", "echo hello; read x; echo goodbye; exit 3", "hello");
    server.ok(
        "send_input",
        json!({"session_id": "short", "press_enter": true}),
    );
    let answer = server.fails(
        "expect_and_respond",
        json!({"session_id": "short", "expect_pattern": "welcome", "response": "x"}),
        "session_exited",
    );
    assert!(answer.text.contains("goodbye"), "{}", answer.text);
    assert!(answer.text.contains("exit 3"), "{}", answer.text);
    assert_eq!(answer.status["exit_code"], 3);
}

/// A timeout is a result: what came before it, and nothing is typed or lost.
#[test]
fn an_expectation_that_times_out_takes_nothing() {
    let mut server = Server::start();
    let answer = server.script(
        "ask",
        "printf 'Name? '; read x; echo hello $x; cat",
        r"\? $",
    );
    assert!(answer.output().ends_with("Name? \n"));
    server.script(
        "slow",
        "read x; printf 'Name? '; read x; echo hello $x; cat",
        "^",
    );
    let never =
        json!({"session_id": "slow", "expect_pattern": "Colour", "response": "x", "timeout": 1});
    let answer = server.ok("expect_and_respond", never);
    assert_eq!(answer.status["timed_out"], true, "{}", answer.text);
    assert!(
        answer.status_line().ends_with("timed_out]"),
        "{}",
        answer.text
    );
    server.ok(
        "send_input",
        json!({"session_id": "slow", "press_enter": true}),
    );
    let asked = json!({"session_id": "slow", "expect_pattern": "name", "response": "Ann"});
    server.ok("expect_and_respond", asked);
    let answer = server.ok(
        "expect_and_respond",
        json!({"session_id": "slow", "expect_pattern": r"hello \w+"}),
    );
    assert_eq!(answer.status["match"]["text"], "hello Ann");
}

/// The index of the pattern found by an expectation is told.
#[test]
fn an_expectation_tells_which_pattern_it_was() {
    let mut server = Server::start();
    server.script("list", "echo one; read x; echo two; cat", "one");
    server.ok(
        "send_input",
        json!({"session_id": "list", "press_enter": true}),
    );
    let arguments =
        json!({"session_id": "list", "expect_pattern": ["nothing", "two"], "timeout": 30});
    let answer = server.ok("expect_and_respond", arguments);
    assert_eq!(answer.status["matched_index"], 1, "{}", answer.text);
    answer.says("matched=1 by=match");
}

/// Patterns see lines end as the answers show them.
#[test]
fn a_line_ends_in_a_newline_for_patterns() {
    let mut server = Server::start();
    server.script(
        "list",
        "echo name: ann; echo id: 7; cat",
        "name: (.*)\nid: (.*)\n",
    );
    let arguments = json!({"command": "sh", "args": ["-c", "echo user: ann; cat"], "name": "second", "timeout": 0});
    server.ok("start_process", arguments);
    let arguments = json!({"session_id": "second", "expect_pattern": "user: (.*)"});
    let answer = server.ok("expect_and_respond", arguments);
    assert_eq!(
        answer.status["match"]["groups"],
        json!(["user: ann", "ann"])
    );
}

/// What comes back through a pipe is no echo.
#[test]
fn a_pipe_has_no_echo() {
    let mut server = Server::start();
    server.ok(
        "start_process",
        json!({"command": "cat", "mode": "pipe", "name": "cat", "timeout": 0}),
    );
    let answer = server.line("cat", "through", "through\n");
    assert_eq!(answer.output(), "through\n");
}
