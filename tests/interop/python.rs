//! The Python client (PyPI `mcp`), driven by `client.py`.
//!
//! It validates every result against the negotiated revision and structured content against the
//! tool's output schema; what it refuses ends the script with an exception.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{
    Home, LEGACY, MODERN, bounded, installed, name, server, shown, status, text, tool_names,
};

/// The handshake of the `initialize` era, and everything after it.
#[test]
fn python_client_by_initialize() {
    let seen = converse("legacy");
    check(&seen, LEGACY);
    assert_eq!(seen["server"]["name"], "rejoinder", "{}", seen["server"]);
    assert_eq!(seen["listing"]["page"], json!({}), "of a later revision");
}

/// The client asks for `server/discover` first and stays in the era that it finds.
#[test]
fn python_client_finds_the_newest_era() {
    let seen = converse("auto");
    check(&seen, MODERN);
    check_modern(&seen);
    assert_eq!(seen["server"]["name"], "rejoinder", "{}", seen["server"]);
}

/// No handshake at all: the first request stands for itself.
#[test]
fn python_client_without_a_handshake() {
    let seen = converse(MODERN);
    check(&seen, MODERN);
    check_modern(&seen);
}

/// Runs the script and returns what the client saw.
#[track_caller]
fn converse(mode: &str) -> Value {
    let python = installed("venv/bin/python");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop/client.py");
    let home = Home::new();
    let output = home
        .house(&mut bounded(&python))
        .arg("-I")
        .arg(script)
        .arg(mode)
        .args(server())
        .output()
        .expect("the client starts");
    assert!(output.status.success(), "{}", shown(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", shown(&output));
    })
}

/// What has to be the same in every mode.
#[track_caller]
fn check(seen: &Value, revision: &str) {
    assert_eq!(seen["revision"], revision);
    check_listing(&seen["listing"]);
    check_session(seen);
    check_failures(seen);
    check_end(seen);
}

/// The client sees all tools, and of each what a model needs.
#[track_caller]
fn check_listing(listing: &Value) {
    let tools = listing["tools"].as_array().expect("tools are listed");
    assert_eq!(tools.iter().map(name).collect::<Vec<_>>(), tool_names());
    for tool in tools {
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        let description = tool["description"].as_str().unwrap_or_default();
        assert!(!description.is_empty(), "{tool}");
    }
}

/// A shell starts, answers, and is seen in the list; waits report progress and can be given up.
#[track_caller]
fn check_session(seen: &Value) {
    let start = &seen["start"];
    assert_ne!(start["isError"], true, "{start}");
    assert!(text(start).starts_with("ready> \n[session=sh "), "{start}");
    assert_eq!(status(start)["returned_by"], "match");

    let line = &seen["line"];
    let answer = "echo $((6 * 7))\n42\nready> \n[session=sh ";
    assert!(text(line).starts_with(answer), "{line}");
    assert_eq!(line.get("structuredContent"), None, "{line}");
    assert_eq!(status(line)["session_id"], status(start)["session_id"]);

    let progress = &seen["progress"];
    let reports = progress["reports"].as_array().expect("a list");
    assert!(!reports.is_empty(), "no progress: {progress}");
    assert!(reports[0]["progress"].as_f64() > Some(0.0), "{progress}");
    assert_eq!(
        status(&progress["result"])["returned_by"],
        "match",
        "{progress}"
    );

    assert_eq!(seen["cancel"], json!({"cancelled": true}));

    let sessions = &seen["sessions"];
    let data = &sessions["structuredContent"];
    assert_eq!(data["total"], 1, "{sessions}");
    assert_eq!(data["sessions"][0]["name"], "sh", "{sessions}");
    assert_eq!(
        data["sessions"][0]["session_id"],
        status(start)["session_id"]
    );
    assert!(
        text(sessions).contains("bash --norc --noprofile"),
        "{sessions}"
    );
}

/// A tool's failure is a result that a model can read; an unknown tool is a protocol error.
#[track_caller]
fn check_failures(seen: &Value) {
    for (call, error_type, part) in [
        ("bad_arguments", "validation_error", "/rows"),
        ("no_such_session", "session_not_found", "nobody"),
    ] {
        let result = &seen[call];
        assert_eq!(result["isError"], true, "{result}");
        let error = &result["_meta"]["rejoinder/error"];
        assert_eq!(error["error_type"], error_type, "{result}");
        assert!(text(result).contains(part), "{result}");
    }
    let unknown = &seen["unknown_tool"];
    assert_eq!(unknown["code"], -32602, "{unknown}");
    let message = unknown["message"].as_str().unwrap_or_default();
    assert!(message.contains("no_such_tool"), "{unknown}");
}

/// A session ends when it is told to, and what is still running ends with the connection.
#[track_caller]
fn check_end(seen: &Value) {
    assert_eq!(status(&seen["end"])["state"], "exited", "{}", seen["end"]);
    let after = &seen["sessions_after"]["structuredContent"]["sessions"];
    assert_eq!(after[0]["state"], "exited", "{after}");

    let left = status(&seen["left_running"]);
    let pid = left["pid"].as_u64().expect("a started program has a pid");
    let process = format!("/proc/{pid}");
    assert!(
        !Path::new(&process).exists(),
        "{process} outlived its server"
    );
}

/// What results of the newest era carry besides.
#[track_caller]
fn check_modern(seen: &Value) {
    let page = &seen["listing"]["page"];
    assert!(page["ttlMs"].is_u64(), "{page}");
    assert!(page["cacheScope"].is_string(), "{page}");
    assert_eq!(page["resultType"], "complete", "{page}");
    assert_eq!(seen["line"]["resultType"], "complete", "{}", seen["line"]);
}
