//! Calls that cannot be carried out: an error of the right kind that names what is
//! wrong and says what to do, and nothing else is disturbed.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::support::{READY, Server};

/// A call that has to fail, and that another session must not notice.
#[track_caller]
pub(crate) fn check(
    server: &mut Server,
    tool: &str,
    arguments: Value,
    error_type: &str,
    says: &[&str],
) {
    let before = server.ok("list_sessions", json!({})).data()["total"].clone();
    let answer = server.fails(tool, arguments, error_type);
    for words in says {
        assert!(
            answer.text.contains(words),
            "{words:?} is missing in: {}",
            answer.text
        );
    }
    let recovery = answer.error()["recovery_suggestion"]
        .as_str()
        .unwrap_or_default();
    assert!(!recovery.is_empty(), "no remedy: {}", answer.text);
    assert!(
        answer.text.contains(recovery),
        "the remedy is not shown: {}",
        answer.text
    );
    assert!(answer.error()["message"].is_string() && answer.error()["details"].is_object());
    let after = server.ok("list_sessions", json!({})).data()["total"].clone();
    assert_eq!(
        before, after,
        "a session was left behind by: {}",
        answer.text
    );
    let other = server.line("sh", "echo still $((40 + 2))", READY);
    assert_eq!(
        other.output(),
        "echo still $((40 + 2))\nstill 42\nready> \n"
    );
}

/// A server with a bash beside whatever goes wrong.
pub(crate) fn with_bash() -> Server {
    let mut server = Server::start();
    server.bash();
    server
}
#[test]
fn an_unknown_session_is_named_in_every_tool() {
    let mut server = with_bash();
    let calls = [
        ("send_input", json!({"text": "x"})),
        ("send_and_read", json!({"text": "x"})),
        ("read_output", json!({})),
        ("expect_and_respond", json!({"expect_pattern": "x"})),
        ("multi_step_automation", json!({"steps": [{"expect": "x"}]})),
        ("send_signal", json!({})),
        ("resize_pty", json!({})),
        ("get_session_info", json!({})),
        ("terminate_process", json!({})),
    ];
    for (tool, mut arguments) in calls {
        arguments["session_id"] = json!("nobody");
        check(
            &mut server,
            tool,
            arguments,
            "session_not_found",
            &["\"nobody\"", "list_sessions"],
        );
    }
}

/// An unknown tool is a protocol error, and the connection goes on.
#[test]
fn an_unknown_tool_is_a_protocol_error() {
    let mut server = with_bash();
    let call = r#"{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"start_proces","arguments":{}}}"#;
    let answer = server.exchange(call);
    assert_eq!(answer["id"], "x");
    assert_eq!(answer["error"]["code"], -32602);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("Unknown tool: start_proces") && message.contains("start_process"),
        "{message}"
    );
    server.line("sh", "echo on", "on\n");
}

#[test]
fn a_program_that_cannot_be_executed_is_named_with_the_reason() {
    let mut server = with_bash();
    let plain = server.file("plain", "text\n");
    let script = server.file("script", "#!/no/such/interpreter\n");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let binary = server.file("binary", "\u{1}\u{2}garbage");
    std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).unwrap();
    let directory = server.directory.path().display().to_string();
    let cases = [
        (
            json!({"command": "no-such-program-anywhere"}),
            "not_found",
            "no-such-program-anywhere",
        ),
        (
            json!({"command": "/no/such/program"}),
            "not_found",
            "/no/such/program",
        ),
        (json!({"command": plain}), "execution_error", "plain"),
        (json!({"command": binary}), "execution_error", "binary"),
        (
            json!({"command": script}),
            "execution_error",
            "/no/such/interpreter",
        ),
        (
            json!({"command": directory}),
            "execution_error",
            directory.as_str(),
        ),
        (
            json!({"command": "/etc/passwd/ls"}),
            "not_found",
            "/etc/passwd/ls",
        ),
    ];
    for (arguments, error_type, says) in cases {
        check(&mut server, "start_process", arguments, error_type, &[says]);
    }
}

#[test]
fn a_directory_that_cannot_be_entered_is_named() {
    let mut server = with_bash();
    let file = server.file("file", "");
    let missing = server.directory.path().join("missing");
    check(
        &mut server,
        "start_process",
        json!({"command": "ls", "cwd": missing}),
        "not_found",
        &["/cwd", missing.to_str().unwrap()],
    );
    check(
        &mut server,
        "start_process",
        json!({"command": "ls", "cwd": file}),
        "validation_error",
        &["/cwd", file.to_str().unwrap(), "not a directory"],
    );
}

/// A command that says nothing, or cannot be one, is refused before anything starts.
#[test]
fn commands_that_are_none_are_refused() {
    let mut server = with_bash();
    let cases = [
        json!({"command": ""}),
        json!({"command": "   "}),
        json!({"command": "echo 'unfinished"}),
        json!({"command": "ec\u{0}ho"}),
        json!({"command": "echo", "args": ["a\u{0}b"]}),
    ];
    for arguments in cases {
        check(
            &mut server,
            "start_process",
            arguments,
            "validation_error",
            &["/command"],
        );
    }
    let both = json!({"command": "echo", "args": ["x"], "shell": true});
    check(
        &mut server,
        "start_process",
        both,
        "validation_error",
        &["/args"],
    );
    for (env, says) in [
        (json!({"A=B": "x"}), "A=B"),
        (json!({"": "x"}), "/env"),
        (json!({"A": "x\u{0}y"}), "\"A\""),
        (json!({"A\u{0}": "x"}), "/env"),
    ] {
        let arguments = json!({"command": "ls", "env": env});
        check(
            &mut server,
            "start_process",
            arguments,
            "validation_error",
            &["/env", says],
        );
    }
}
#[test]
fn names_have_to_be_free_and_fit_a_status_line() {
    let mut server = with_bash();
    let taken = json!({"command": "ls", "name": "sh"});
    check(
        &mut server,
        "start_process",
        taken,
        "validation_error",
        &["sh", "another name"],
    );
    let long = "x".repeat(65);
    for bad in ["", "two words", "a]b", "naïve", &long] {
        let arguments = json!({"command": "ls", "name": bad});
        check(
            &mut server,
            "start_process",
            arguments,
            "validation_error",
            &["name"],
        );
    }
}

/// The cap on sessions: the call beyond it says how to get below it, and an
/// ended session does not count.
#[test]
fn too_many_sessions_are_refused_until_one_is_closed() {
    let mut server = Server::with_config("[limits]\nmax_sessions = 2\n");
    server.bash();
    server.program("second", "cat -u /dev/fd/0 /no/such/file", "(?s)^");
    let third = json!({"command": "bc", "name": "third", "timeout": 0});
    check(
        &mut server,
        "start_process",
        third.clone(),
        "resource_exhausted",
        &["2 sessions", "terminate_process"],
    );
    server.ok("terminate_process", json!({"session_id": "second"}));
    server.ok("start_process", third);
}

#[test]
fn an_exited_session_takes_no_input_and_keeps_its_output() {
    let mut server = with_bash();
    server.script("gone", "echo last words; exit 5", "last words");
    server.end_of("gone");
    let calls = [
        ("send_input", json!({"session_id": "gone", "text": "x"})),
        ("send_and_read", json!({"session_id": "gone", "text": "x"})),
        (
            "send_signal",
            json!({"session_id": "gone", "signal": "TERM"}),
        ),
    ];
    for (tool, arguments) in calls {
        check(&mut server, tool, arguments, "session_exited", &["gone"]);
    }
    let arguments = json!({"session_id": "gone", "expect_pattern": "never", "response": "x"});
    check(
        &mut server,
        "expect_and_respond",
        arguments,
        "session_exited",
        &["exit 5", "gone"],
    );
    let again = server.ok("read_output", json!({"session_id": "gone", "since": 0}));
    assert_eq!(again.output(), "last words\n");
    assert_eq!(again.status["exit_code"], 5);
}

/// Pipes have no size; who wants to set one is told what has.
#[test]
fn a_pipe_has_no_size() {
    let mut server = with_bash();
    let cat = json!({"command": "cat", "mode": "pipe", "name": "cat", "timeout": 0});
    server.ok("start_process", cat);
    check(
        &mut server,
        "resize_pty",
        json!({"session_id": "cat", "rows": 10}),
        "validation_error",
        &["cat", "pipes", "pty"],
    );
}
