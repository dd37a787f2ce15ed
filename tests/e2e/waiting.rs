//! What ends a wait, and what is told of a program that waits itself.

use serde_json::json;

use crate::support::{Answer, Server};

/// `until` and `timeout` decide what ends a read; a timeout is no error.
#[test]
fn a_read_ends_as_it_is_told() {
    let mut server = Server::start();
    let read = |server: &mut Server, session: &str, until: serde_json::Value| {
        let mut arguments = json!({"session_id": session, "timeout": 45});
        arguments
            .as_object_mut()
            .unwrap()
            .extend(until.as_object().unwrap().clone());
        server.ok("read_output", arguments)
    };
    server.script("quiet", "echo one; exec sleep 1000", "one\n");
    for until in [
        json!({"timeout": 0}),
        json!({"until": "exit", "timeout": 0.3}),
    ] {
        let nothing = read(&mut server, "quiet", until);
        assert_eq!(nothing.output(), "");
        assert_eq!(nothing.status["timed_out"], true, "{}", nothing.text);
        assert!(
            nothing.status_line().ends_with("by=timeout timed_out]"),
            "{}",
            nothing.text
        );
    }
    let idle = read(&mut server, "quiet", json!({"since": 0, "until": "idle"}));
    assert_eq!(idle.status["returned_by"], "idle", "{}", idle.text);
    assert_eq!(idle.output(), "one\n");
    let script = "echo one; read x; sleep 0.3; echo two; sleep 0.3; echo three; read x; exit 6";
    server.script("steps", script, "one");
    server.ok(
        "send_input",
        json!({"session_id": "steps", "press_enter": true}),
    );
    let matched = read(
        &mut server,
        "steps",
        json!({"until": "match", "wait_for": "two\n"}),
    );
    assert_eq!(matched.status["returned_by"], "match", "{}", matched.text);
    server.ok(
        "send_input",
        json!({"session_id": "steps", "press_enter": true}),
    );
    let exit = read(&mut server, "steps", json!({"until": "exit"}));
    assert_eq!(exit.status["returned_by"], "exit", "{}", exit.text);
    exit.shows("three\n");
    exit.says("state=exited exit=6");
}

/// A read without more arguments waits for output and returns with the first.
#[test]
fn a_read_waits_for_output() {
    let mut server = Server::start();
    server.script("late", "echo one; read x; echo two; cat", "one\n");
    let read = json!({"session_id": "late", "timeout": 45});
    let read = server.client.begin_call("read_output", read, None).unwrap();
    server.ok(
        "send_input",
        json!({"session_id": "late", "press_enter": true}),
    );
    let answer = Answer::of(server.client.finish_call(&read).unwrap());
    assert_eq!(answer.status["returned_by"], "output", "{}", answer.text);
}

/// `until: match` waits for the match, whatever the program reads meanwhile.
#[test]
fn a_read_waits_for_its_pattern_though_the_program_reads() {
    let mut server = Server::start();
    server.script(
        "cat",
        "stty -echo; echo up; (sleep 1; echo later) & cat",
        "up",
    );
    let arguments = json!({"session_id": "cat", "wait_for": "later", "timeout": 30});
    let answer = server.ok("read_output", arguments);
    assert_eq!(answer.status["returned_by"], "match", "{}", answer.text);
}

/// Right after a password was typed the terminal still has its echo off; that is
/// not taken for the next question, whether one call types and waits or two do.
#[test]
fn a_state_from_before_the_input_is_not_believed() {
    let mut server = Server::start();
    let script = "import getpass\n\
                  for n in range(40):\n  getpass.getpass(f'Word {n}? ')\n  print('taken')\n";
    let file = server.file("ask.py", script);
    let wait = json!({"session_id": "ask", "wait_for": "no such text", "timeout": 45});
    let start = json!({"command": "python3", "args": [file], "name": "ask", "wait_for": "no such text",
                       "timeout": 45});
    server.ok("start_process", start);
    for round in 0..39 {
        let typing = json!({"session_id": "ask", "text": "x", "press_enter": true,
                            "expect_state": "waiting:password"});
        let answer = if round % 2 == 0 {
            let mut both = typing;
            both.as_object_mut()
                .unwrap()
                .extend(wait.as_object().unwrap().clone());
            server.ok("send_and_read", both)
        } else {
            server.ok("send_input", typing);
            server.ok("send_and_read", wait.clone())
        };
        assert_eq!(
            answer.status["state"], "waiting:password",
            "{}",
            answer.text
        );
        answer.shows(&format!("taken\nWord {}? \n", round + 1));
    }
}

/// A program that waits has printed what it had to say: that is always there
/// when its waiting is told.
#[test]
fn a_state_never_overtakes_the_output() {
    let mut server = Server::start();
    for round in 0..100 {
        let script = format!("echo question {round}; read x");
        let answer = server.ok(
            "start_process",
            json!({"command": "sh", "args": ["-c", script], "name": format!("ask-{round}"),
                   "wait_for": "no such text", "timeout": 45}),
        );
        assert_eq!(answer.status["state"], "waiting:line", "{}", answer.text);
        assert_eq!(answer.output(), format!("question {round}\n"));
        let answer = server.ok(
            "send_and_read",
            json!({"session_id": format!("ask-{round}"), "press_enter": true, "wait_for": "no such text", "timeout": 45}),
        );
        assert_eq!(answer.status["returned_by"], "exit", "{}", answer.text);
    }
}

/// What a program waits for, and what it seems to be, stand in the status line,
/// in the list, in what is told of one session, and in a wait for several.
#[test]
fn states_and_hints_are_told_everywhere() {
    let mut server = Server::start();
    let asks = "printf 'Continue? [Y/n] '; read x; echo taken; exec sleep 1000";
    let answer = server.ok(
        "start_process",
        json!({"command": "bash", "args": ["-c", asks], "name": "asks", "wait_for": "no such text",
               "timeout": 45}),
    );
    answer.says("state=waiting:line hint=confirm pos=");
    assert_eq!(answer.status["state"], "waiting:line");
    assert_eq!(answer.status["hint"], "confirm");
    let refused = server.fails(
        "send_input",
        json!({"session_id": "asks", "text": "y", "expect_state": "waiting:password"}),
        "execution_error",
    );
    assert!(refused.text.contains("waiting:line"), "{}", refused.text);
    let waits = json!({"session_ids": ["asks"], "for": "waiting", "timeout": 45});
    for (tool, arguments, place) in [
        ("list_sessions", json!({}), "/sessions/0"),
        ("get_session_info", json!({"session_id": "asks"}), ""),
        ("wait_for_sessions", waits, "/sessions/0"),
    ] {
        let answer = server.ok(tool, arguments);
        let told = answer.data().pointer(place).unwrap();
        assert_eq!(told["state"], "waiting:line", "{tool}: {told}");
        assert_eq!(told["hint"], "confirm", "{tool}: {told}");
    }
    let answer = server.ok(
        "send_and_read",
        json!({"session_id": "asks", "text": "y", "press_enter": true, "expect_state": "waiting",
               "timeout": 1}),
    );
    assert_eq!(answer.status["returned_by"], "timeout", "{}", answer.text);
    assert_eq!(answer.status["hint"], serde_json::Value::Null);
    answer.shows("taken\n");
    answer.says("state=running pos=");
}
