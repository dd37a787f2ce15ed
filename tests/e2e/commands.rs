//! `run_command`: its answers as an agent reads them.

use serde_json::json;

use crate::support::Server;

fn shell(server: &mut Server) {
    server
        .ok(
            "start_process",
            json!({"command": "bash", "name": "sh", "timeout": 30}),
        )
        .says("state=prompt hint=shell:bash pos=");
}

/// Promise: exactly the output, and the status line with the command's exit code.
#[test]
fn a_command_and_its_end() {
    let mut server = Server::start();
    shell(&mut server);
    let answer = server.ok(
        "run_command",
        json!({"session_id": "sh", "command": "cd /usr\nprintf 'one\\ntwo'\n(exit 3)", "timeout": 30}),
    );
    assert_eq!(answer.output(), "one\ntwo\n", "{}", answer.text);
    answer.says("[session=sh state=prompt hint=shell:bash exit=3 pos=");
    assert_eq!(answer.status["exit_code"], 3);
    assert_eq!(answer.status["cwd"], "/usr");
    assert!(answer.status["returned_by"].is_null());
    // What was read with the command is not read again.
    let rest = server.ok("read_output", json!({"session_id": "sh", "timeout": 0}));
    assert_eq!(rest.output(), "", "{}", rest.text);
}

/// Promise: a command that asks says so, and its end is told with the answer.
#[test]
fn a_command_that_asks() {
    let mut server = Server::start();
    shell(&mut server);
    let command = "sh -c 'printf \"Sure? \"; read x; echo \"$x it is\"; exit 4'";
    let answer = server.ok(
        "run_command",
        json!({"session_id": "sh", "command": command, "timeout": 30}),
    );
    assert!(answer.text.starts_with("Sure? \n"), "{}", answer.text);
    assert!(
        answer.text.contains("answer with send_and_read"),
        "{}",
        answer.text
    );
    answer.says("state=waiting:line");
    answer.says("by=waiting");
    let refused = server.fails(
        "run_command",
        json!({"session_id": "sh", "command": "echo no"}),
        "execution_error",
    );
    assert!(
        refused.text.contains("nothing was typed"),
        "{}",
        refused.text
    );
    let answer = server.ok(
        "send_and_read",
        json!({"session_id": "sh", "text": "yes", "press_enter": true, "timeout": 30}),
    );
    assert!(answer.text.contains("yes it is\n"), "{}", answer.text);
    assert!(
        answer.text.contains("has ended with exit code 4 after"),
        "{}",
        answer.text
    );
    assert_eq!(answer.status["command_ended"]["exit_code"], 4);
    answer.says("state=prompt");
}

/// Promise: commands are run in turn, and the first that fails is the last.
#[test]
fn commands_in_turn() {
    let mut server = Server::start();
    shell(&mut server);
    let commands = json!(["echo one", "false", "echo three"]);
    let answer = server.ok(
        "run_command",
        json!({"session_id": "sh", "commands": commands, "timeout": 30}),
    );
    assert!(
        answer
            .text
            .contains("[1] echo one (exit 0)\none\n[2] false (exit 1)\n"),
        "{}",
        answer.text
    );
    assert!(!answer.text.contains("three"), "{}", answer.text);
    assert!(
        answer.text.contains("2 of 3 commands were run."),
        "{}",
        answer.text
    );
    answer.says("exit=1");
    let answer = server.ok(
        "run_command",
        json!({"session_id": "sh", "commands": commands, "stop_on_failure": false, "timeout": 30}),
    );
    assert!(
        answer.text.contains("[3] echo three (exit 0)\nthree\n"),
        "{}",
        answer.text
    );
    assert_eq!(answer.status["results"][2]["exit_code"], 0);
}

/// Promise: what cannot be run says so before anything is typed.
#[test]
fn bad_commands() {
    let mut server = Server::start();
    shell(&mut server);
    for arguments in [
        json!({"session_id": "sh"}),
        json!({"session_id": "sh", "command": " "}),
        json!({"session_id": "sh", "command": "a", "commands": ["b"]}),
        json!({"session_id": "sh", "commands": []}),
        json!({"session_id": "sh", "command": "a\u{0}b"}),
    ] {
        server.fails("run_command", arguments, "validation_error");
    }
}

/// Promise: output beyond `max_bytes` is cut in the middle, and can be read.
#[test]
fn long_output_is_cut() {
    let mut server = Server::start();
    shell(&mut server);
    let answer = server.ok(
        "run_command",
        json!({"session_id": "sh", "command": "seq 10000", "max_bytes": 1000, "timeout": 30}),
    );
    assert!(answer.text.starts_with("1\n2\n3\n"), "{}", answer.text);
    assert!(answer.text.contains("\n9999\n10000\n"), "{}", answer.text);
    assert!(
        answer.text.contains("left out; read_output since="),
        "{}",
        answer.text
    );
    assert_eq!(answer.status["exit_code"], 0);
}
