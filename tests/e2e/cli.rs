//! The command line, and the server as a process among others.

use std::fs::File;
use std::process::{Output, Stdio};

use mcp_server::client::StdioClient;
use serde_json::json;

use crate::support::{Answer, Directory, LEGACY, Server, binary, command_in, surprises};

/// Runs the binary with these arguments and an empty input.
fn run(arguments: &[&str]) -> Output {
    let mut command = binary();
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The demo drives its three programs and shows each call with its answer.
#[test]
fn the_demo_shows_the_main_job() {
    let shown = run(&["demo"]);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    let shown = text(&shown.stdout);
    for words in [
        "the answer is 42",
        "state=waiting:password",
        "multi_step_automation",
        "exit=0",
    ] {
        assert!(shown.contains(words), "{words:?} is missing in {shown}");
    }
    assert!(!shown.contains("isError"), "{shown}");
}

#[test]
fn the_tools_are_listed_for_people() {
    let shown = run(&["tools"]);
    assert!(shown.status.success());
    let shown = text(&shown.stdout);
    let names: Vec<&str> = shown
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with(' '))
        .collect();
    assert_eq!(names.len(), 17, "{names:?}");
    assert_eq!(names[0], "start_process");
}

/// The names on the command line stand instead of the configured ones.
#[test]
fn names_are_chosen_on_the_command_line() {
    let directory = Directory::new();
    let mut command = command_in(&directory, "names = \"interactive-process\"\n");
    let shown = command
        .args(["--names", "interactive-automation", "tools"])
        .output()
        .unwrap();
    let shown = text(&shown.stdout);
    assert!(shown.starts_with("create_interactive_session\n"), "{shown}");
    let refused = run(&["--names", "klingon"]);
    assert!(!refused.status.success());
    assert!(
        text(&refused.stderr).contains("interactive-process"),
        "{}",
        text(&refused.stderr)
    );
}

/// A configuration that is not understood stops the server before it serves, and
/// says on standard error which key it was; standard output stays clean.
#[test]
fn a_bad_configuration_is_refused_with_its_key() {
    let directory = Directory::new();
    let cases = [
        ("[limits]\nmax_session = 3\n", "max_session"),
        ("[limits]\nmax_sessions = 0\n", "limits.max_sessions"),
        ("toolsets = [\"weather\"]\n", "weather"),
        ("names = \"klingon\"\n", "klingon"),
        ("names = \"ssh-session\"\n", "toolset `ssh`"),
        ("names = \"ssh-interactive\"\n", "toolset `ssh`"),
        ("names = \"network-tools\"\n", "toolset `network`"),
        ("[[policy.argv.deny]]\nprogram = \"re:(\"\n", "policy"),
        (
            "[audit]\nfile = \"/no/such/directory/audit\"\n",
            "/no/such/directory/audit",
        ),
        ("not toml", "config.toml"),
    ];
    for (config, says) in cases {
        let refused = command_in(&directory, config)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert!(!refused.status.success(), "{config}");
        assert!(
            text(&refused.stderr).contains(says),
            "{says:?} is missing in {}",
            text(&refused.stderr)
        );
        assert_eq!(text(&refused.stdout), "");
    }
    let missing = run(&["--config", "/no/such/file"]);
    assert!(
        text(&missing.stderr).contains("/no/such/file"),
        "{}",
        text(&missing.stderr)
    );
    assert!(!missing.status.success());
}

/// However much is logged, standard output carries frames alone, and the log no
/// values of variables and nothing that was typed.
#[test]
fn the_log_stays_off_standard_output() {
    let directory = Directory::new();
    let log = directory.path().join("log");
    let mut command = command_in(&directory, "");
    command
        .args(["--log", "trace"])
        .stderr(File::create(&log).unwrap());
    let mut client = StdioClient::spawn(&mut command).unwrap();
    client.initialize(LEGACY.parse().unwrap()).unwrap();
    let start =
        json!({"command": "cat", "name": "cat", "timeout": 0, "env": {"TOKEN": "swordfish"}});
    client.call("start_process", start).unwrap();
    let typing = json!({"session_id": "cat", "text": "hunter2", "press_enter": true});
    client.call("send_input", typing).unwrap();
    assert_eq!(surprises(&mut client), []);
    assert!(client.close().unwrap().success());
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("send_input"), "{log}");
    assert!(
        !log.contains("swordfish") && !log.contains("hunter2"),
        "{log}"
    );
}

/// The stateless era holds the same conversation without a handshake.
#[test]
fn the_stateless_era_holds_a_conversation() {
    let mut server = Server::greeted_by_nobody("");
    let description = server.client.discover().unwrap();
    assert_eq!(description.revision.to_string(), "2026-07-28");
    server.bash();
    let answer = server.line("sh", "echo $((6 * 7))", "42\nready> $");
    assert_eq!(answer.output(), "echo $((6 * 7))\n42\nready> \n");
    assert_eq!(server.client.list_tools().unwrap().len(), 17);
    let wait = json!({"session_id": "sh", "until": "exit", "timeout": 45});
    let wait = server.client.begin_call("read_output", wait, None).unwrap();
    server.ok("terminate_process", json!({"session_id": "sh"}));
    let answer = Answer::of(server.client.finish_call(&wait).unwrap());
    assert_eq!(answer.status["returned_by"], "exit", "{}", answer.text);
}
