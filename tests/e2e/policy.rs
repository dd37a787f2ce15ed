//! The pipeline that every call passes: rules, rate limit, audit record.

use serde_json::{Value, json};

use crate::support::{Answer, Server};

/// The call is refused by this rule, and says why and what to do instead.
#[track_caller]
fn assert_denied(answer: &Answer, rule: &str, says: &[&str]) {
    assert_eq!(answer.error()["details"]["rule"], rule, "{}", answer.text);
    for words in says {
        assert!(
            answer.text.contains(words),
            "{words:?} is missing in: {}",
            answer.text
        );
    }
    assert!(answer.text.contains("\nNext: "), "{}", answer.text);
}

const NO_NETWORK: &str = r#"
[[policy.argv.deny]]
name = "no-network"
program = "{curl,wget,ssh}"
reason = "this machine stays off the network"
remedy = "work with the files in /srv/mirror"
"#;

/// A denied program is denied behind whatever starts it, and nothing is run.
#[test]
fn a_denied_program_is_denied_in_any_wrapping() {
    let mut server = Server::with_config(NO_NETWORK);
    let commands = [
        json!({"command": "curl http://example.com"}),
        json!({"command": "/usr/bin/curl", "args": ["http://example.com"]}),
        json!({"command": "env A=1 curl http://example.com"}),
        json!({"command": "sh -c 'cd /tmp; curl http://example.com | tar x'"}),
        json!({"command": "bash", "args": ["-lc", "exec wget http://example.com"]}),
        json!({"command": "timeout 5 nice -n 5 ssh host"}),
        json!({"command": "ls; curl http://example.com", "shell": true}),
    ];
    for arguments in commands {
        let answer = server.fails("start_process", arguments, "policy_denied");
        let says = [
            "this machine stays off the network",
            "work with the files in /srv/mirror",
        ];
        assert!(
            answer.error()["details"]["rule"]
                .as_str()
                .unwrap()
                .contains("no-network"),
            "{}",
            answer.text
        );
        for words in says {
            assert!(answer.text.contains(words), "{}", answer.text);
        }
    }
    assert_eq!(server.ok("list_sessions", json!({})).data()["total"], 0);
    server.ok("start_process", json!({"command": "echo curl"}));
}

/// With an allow list nothing else runs.
#[test]
fn an_allow_list_is_closed() {
    let config = "[[policy.argv.allow]]\nprogram = \"{echo,sh,sleep}\"\n";
    let mut server = Server::with_config(config);
    let answer = server.ok("start_process", json!({"command": "sh -c 'echo allowed'"}));
    answer.shows("allowed\n");
    let answer = server.fails("start_process", json!({"command": "bash"}), "policy_denied");
    assert_denied(&answer, "argv.allow", &["bash"]);
    let answer = server.fails(
        "start_process",
        json!({"command": "sh -c 'echo a; bash'"}),
        "policy_denied",
    );
    assert_denied(&answer, "argv.allow", &["bash"]);
}

/// Programs start in allowed directories alone, whatever links or dots lead there.
#[test]
fn directories_outside_the_roots_are_denied() {
    let root = tempfile::TempDir::new().unwrap();
    let inside = root.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    let escape = root.path().join("escape");
    std::os::unix::fs::symlink("/usr", &escape).unwrap();
    let config = format!("[policy.paths]\nallowed_roots = [{:?}]\n", root.path());
    let mut server = Server::with_config(&config);
    let start = |cwd: &std::path::Path| json!({"command": "pwd", "cwd": cwd});
    let answer = server.ok("start_process", start(&inside));
    answer.shows("/inside\n");
    for outside in ["/usr".into(), escape, inside.join("../.."), "/".into()] {
        let answer = server.fails("start_process", start(&outside), "policy_denied");
        assert_denied(
            &answer,
            "paths.allowed_roots",
            &[root.path().to_str().unwrap()],
        );
    }
    let answer = server.fails("start_process", json!({"command": "pwd"}), "policy_denied");
    assert_denied(&answer, "paths.allowed_roots", &[]);
}

/// Shell lines can be forbidden altogether; a program is not a shell line.
#[test]
fn shell_lines_can_be_denied() {
    let mut server = Server::with_config("[policy.shell]\nlines = \"deny\"\n");
    for arguments in [
        json!({"command": "ls | wc", "shell": true}),
        json!({"command": "sh -c 'ls | wc'"}),
    ] {
        let answer = server.fails("start_process", arguments, "policy_denied");
        assert_denied(&answer, "shell.lines", &["shell"]);
    }
    server.ok("start_process", json!({"command": "echo fine"}));
}

/// A rule that asks for a person's agreement is no plain refusal.
#[test]
fn a_rule_may_ask_for_a_person() {
    let config = "[[policy.argv.ask]]\nname = \"reboot\"\nprogram = \"reboot\"\n";
    let mut server = Server::with_config(config);
    server.fails(
        "start_process",
        json!({"command": "reboot"}),
        "approval_required",
    );
}

/// The rate limit counts every call, says when to come back, and lets others be.
#[test]
fn a_burst_is_limited() {
    let config = "[policy.rate_limit]\ncapacity = 3\nrefill_per_second = 0.001\n";
    let mut server = Server::with_config(config);
    server.ok("list_sessions", json!({}));
    server.fails(
        "read_output",
        json!({"session_id": "nobody"}),
        "session_not_found",
    );
    server.fails("read_output", json!({}), "validation_error");
    for (tool, arguments) in [("list_sessions", json!({})), ("read_output", json!({}))] {
        let answer = server.fails(tool, arguments, "rate_limited");
        let after = answer.error()["details"]["retry_after_s"].as_f64().unwrap();
        assert!(after > 900.0 && after <= 1000.0, "{after}");
        assert!(answer.text.contains("\nNext: "), "{}", answer.text);
    }
    assert_eq!(server.client.list_tools().unwrap().len(), 17);
}

/// One record for every call, refused ones too, with names of variables and
/// never their values, and nobody else may read them.
#[test]
fn every_call_is_on_record() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("audit.jsonl");
    let mut server = Server::with_config(&format!("[audit]\nfile = {file:?}\n{NO_NETWORK}"));
    server.ok(
        "start_process",
        json!({"command": "cat", "name": "cat", "timeout": 0, "env": {"API_TOKEN": "hunter2-secret"}}),
    );
    server.ok(
        "send_input",
        json!({"session_id": "cat", "text": "hunter3-typed", "press_enter": true}),
    );
    server.fails(
        "start_process",
        json!({"command": "curl http://example.com"}),
        "policy_denied",
    );
    server.fails(
        "resize_pty",
        json!({"session_id": "cat", "rows": 0}),
        "validation_error",
    );
    server.fails(
        "read_output",
        json!({"session_id": "nobody"}),
        "session_not_found",
    );
    let text = std::fs::read_to_string(&file).unwrap();
    let records: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let tools: Vec<&str> = records
        .iter()
        .filter_map(|record| record["tool"].as_str())
        .collect();
    assert_eq!(
        tools,
        [
            "start_process",
            "send_input",
            "start_process",
            "resize_pty",
            "read_output"
        ]
    );
    assert!(text.lines().next().unwrap().contains("API_TOKEN"), "{text}");
    assert!(
        text.lines().nth(2).unwrap().contains("no-network"),
        "{text}"
    );
    assert!(!text.contains("hunter"), "{text}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

/// Without its record a call has no effect.
#[test]
fn without_a_record_nothing_is_done() {
    let mut server = Server::with_config("[audit]\nfile = \"/dev/full\"\n");
    let answer = server.fails(
        "start_process",
        json!({"command": "true"}),
        "execution_error",
    );
    assert!(answer.text.contains("audit"), "{}", answer.text);
}

/// The server's own environment is not handed on, but for a small list.
#[test]
fn the_environment_is_a_small_list() {
    let config = "[environment]\ninherit = [\"PATH\", \"HOME\"]\n";
    let mut server = Server::with_config(config);
    let arguments = json!({"command": "env", "mode": "pipe", "timeout": 30, "wait_for": "never", "env": {"MINE": "yes"}});
    let answer = server.ok("start_process", arguments);
    let mut names: Vec<&str> = answer
        .output()
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["HOME", "MINE", "PATH", "REJOINDER_SESSION", "TERM"]);
    answer.shows("TERM=xterm-256color\n");
    let info = server.ok("get_session_info", json!({"session_id": "env"}));
    assert_eq!(info.data()["env_names"], json!(["MINE"]));
}
