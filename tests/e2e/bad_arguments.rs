//! What bad arguments get: the JSON path and the rule that they break, what to
//! do instead, and nothing else is disturbed.

use serde_json::json;

use crate::bad_input::{check, with_bash};

/// Bad arguments name the JSON path and the rule that they break.
#[test]
fn arguments_that_break_the_schema_name_the_path_and_the_rule() {
    let mut server = with_bash();
    let cases = [
        (
            "start_process",
            json!({}),
            "missing required property `command`",
        ),
        (
            "start_process",
            json!({"command": 7}),
            "/command: is 7, must be a string",
        ),
        (
            "start_process",
            json!({"command": "ls", "args": "-l"}),
            "/args: is a string, must be an array",
        ),
        (
            "start_process",
            json!({"command": "ls", "args": [1]}),
            "/args/0: is 1, must be a string",
        ),
        (
            "start_process",
            json!({"command": "ls", "env": {"A": 1}}),
            "/env/A: is 1, must be a string",
        ),
        (
            "start_process",
            json!({"command": "ls", "rows": 0}),
            "/rows: 0 is less than the minimum of 1",
        ),
        (
            "start_process",
            json!({"command": "ls", "cols": 1001}),
            "/cols: 1001 is greater than the maximum of 1000",
        ),
        (
            "start_process",
            json!({"command": "ls", "timeout": -1}),
            "/timeout: -1 is less than the minimum of 0",
        ),
        (
            "start_process",
            json!({"command": "ls", "mode": "tty"}),
            "must be one of \"pty\", \"pipe\"",
        ),
        (
            "start_process",
            json!({"command": "ls", "wait_for": []}),
            "/wait_for: the array must have at least 1 item",
        ),
        (
            "start_process",
            json!({"comand": "ls"}),
            "/comand: no such property; did you mean `command`?",
        ),
        (
            "send_input",
            json!({"session_id": "sh", "test": "ls"}),
            "did you mean `text`?",
        ),
        (
            "send_and_read",
            json!({"session_id": "sh", "input": "ls"}),
            "/input: no such property",
        ),
        (
            "read_output",
            json!({"session_id": "sh", "format": "html"}),
            "/format: \"html\" must be one of",
        ),
        (
            "read_output",
            json!({"session_id": "sh", "since": -1}),
            "/since",
        ),
        (
            "read_output",
            json!({"session_id": "sh", "max_bytes": 10}),
            "/max_bytes",
        ),
        (
            "read_output",
            json!({"session_id": "sh", "timeout": "1s"}),
            "/timeout: is a string, must be a number",
        ),
        (
            "expect_and_respond",
            json!({"session_id": "sh"}),
            "missing required property `expect_pattern`",
        ),
        (
            "expect_and_respond",
            json!({"session_id": "sh", "expect_pattern": "x", "timeout": 301}),
            "maximum of 300",
        ),
        (
            "multi_step_automation",
            json!({"session_id": "sh", "steps": []}),
            "/steps: the array must have at least 1 item",
        ),
        (
            "multi_step_automation",
            json!({"session_id": "sh", "steps": [{"respond": "x"}]}),
            "/steps/0: missing required property `expect`",
        ),
        (
            "multi_step_automation",
            json!({"session_id": "sh", "steps": [{"expect": "x", "on": [{"expect": "y", "action": "stop"}]}]}),
            "/steps/0/on/0/action: \"stop\" must be one of",
        ),
        (
            "send_signal",
            json!({"session_id": "sh", "signal": "SIGKILL"}),
            "/signal: \"SIGKILL\" must be one of",
        ),
        (
            "resize_pty",
            json!({"session_id": "sh", "rows": 1.5}),
            "/rows: is 1.5, must be an integer",
        ),
        (
            "list_sessions",
            json!({"all": true}),
            "/all: no such property; this tool takes none",
        ),
        (
            "terminate_process",
            json!({"session_id": "sh", "grace_period": 301}),
            "maximum of 300",
        ),
    ];
    for (tool, arguments, says) in cases {
        check(
            &mut server,
            tool,
            arguments,
            "validation_error",
            &[says, "nothing was done"],
        );
    }
}

/// Problems are data too: the path, the rule, what is allowed.
#[test]
fn problems_are_listed_as_data() {
    let mut server = with_bash();
    let answer = server.fails(
        "resize_pty",
        json!({"session_id": "sh", "rows": 900, "clos": 80}),
        "validation_error",
    );
    let problems = answer.error()["details"]["problems"].as_array().unwrap();
    let find = |path: &str| {
        problems
            .iter()
            .find(|problem| problem["path"] == path)
            .unwrap()
    };
    assert_eq!(find("/rows")["rule"], "maximum");
    assert_eq!(find("/rows")["allowed"], 500);
    assert_eq!(find("/clos")["suggestions"], json!(["cols"]));
}
/// Patterns are checked before anything is started or typed.
#[test]
fn patterns_that_cannot_be_used_are_refused() {
    let mut server = with_bash();
    let huge = "(?:abc){1,1000}{1,1000}";
    for (pattern, says) in [
        ("a(b", "a(b"),
        ("[z-a]", "[z-a]"),
        (huge, "2097152 bytes"),
        (r"(a)\1", "\\1"),
    ] {
        let calls = [
            (
                "start_process",
                json!({"command": "echo typed", "wait_for": pattern}),
            ),
            (
                "send_and_read",
                json!({"session_id": "sh", "text": "echo typed", "press_enter": true, "wait_for": pattern}),
            ),
            (
                "read_output",
                json!({"session_id": "sh", "wait_for": ["good", pattern]}),
            ),
            (
                "expect_and_respond",
                json!({"session_id": "sh", "expect_pattern": pattern, "response": "x"}),
            ),
            (
                "multi_step_automation",
                json!({"session_id": "sh", "steps": [{"expect": "a"}, {"expect": pattern}]}),
            ),
        ];
        for (tool, arguments) in calls {
            check(&mut server, tool, arguments, "validation_error", &[says]);
        }
    }
    let many: Vec<String> = (0..10_000).map(|n| format!("pattern {n}")).collect();
    let arguments = json!({"session_id": "sh", "expect_pattern": many});
    check(
        &mut server,
        "expect_and_respond",
        arguments,
        "validation_error",
        &["256 patterns"],
    );
}

#[test]
fn unknown_keys_and_empty_input_are_refused() {
    let mut server = with_bash();
    let keys = json!({"session_id": "sh", "text": "echo typed", "keys": ["Enter", "Retrun"]});
    check(
        &mut server,
        "send_input",
        keys.clone(),
        "validation_error",
        &["/keys/1", "Retrun", "Enter"],
    );
    check(
        &mut server,
        "send_and_read",
        keys,
        "validation_error",
        &["/keys/1", "Retrun"],
    );
    let nothing = json!({"session_id": "sh"});
    check(
        &mut server,
        "send_input",
        nothing,
        "validation_error",
        &["nothing to type", "press_enter"],
    );
    let match_of_nothing = json!({"session_id": "sh", "until": "match"});
    check(
        &mut server,
        "read_output",
        match_of_nothing,
        "validation_error",
        &["/until", "wait_for"],
    );
    let state = json!({"session_id": "sh", "text": "typed", "expect_state": "waiting:password"});
    check(
        &mut server,
        "send_input",
        state,
        "execution_error",
        &["waiting:password", "nothing was typed"],
    );
}
