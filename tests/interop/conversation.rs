//! What every client has to have seen of the conversation that all of them hold.
//!
//! A client does what the scripts beside this file do: list, start a shell, type a line, wait with
//! progress, give a wait up, fail in three ways, look at what is no tool, end. What it made of the
//! answers comes here as one JSON object, under the names that things have on the wire.

use serde_json::Value;

use crate::offers;
use crate::support::{MODERN, name, status, text, tool_names};

/// Judges a conversation in this revision.
#[track_caller]
pub(crate) fn check(seen: &Value, revision: &str) {
    assert_eq!(seen["revision"], revision);
    assert_eq!(seen["server"]["name"], "rejoinder", "{}", seen["server"]);
    check_listing(&seen["listing"], revision);
    check_session(seen);
    check_wait(seen);
    check_failures(seen);
    let id = status(&seen["start"])["session_id"].as_str();
    offers::check(&seen["offers"], revision, id.expect("a session has an id"));
    check_end(seen);
}

/// The client sees all tools, and of each what a model needs.
#[track_caller]
fn check_listing(listing: &Value, revision: &str) {
    let tools = listing["tools"].as_array().expect("tools are listed");
    assert_eq!(tools.iter().map(name).collect::<Vec<_>>(), tool_names());
    for tool in tools {
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        let description = tool["description"].as_str().unwrap_or_default();
        assert!(!description.is_empty(), "{tool}");
    }
    // How long a list may be kept is of the newest era alone.
    let page = &listing["page"];
    assert_eq!(page["ttlMs"].is_u64(), revision == MODERN, "{page}");
    assert_eq!(page["cacheScope"].is_string(), revision == MODERN, "{page}");
}

/// A shell starts, answers, and is seen in the list.
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

/// A wait reports progress; one that is given up is gone, and what it was to type is never typed.
#[track_caller]
fn check_wait(seen: &Value) {
    let progress = &seen["progress"];
    let reports = progress["reports"].as_array().expect("a list");
    assert!(!reports.is_empty(), "no progress: {progress}");
    assert!(reports[0]["progress"].as_f64() > Some(0.0), "{progress}");
    assert_eq!(
        status(&progress["result"])["returned_by"],
        "match",
        "{progress}"
    );

    let cancel = &seen["cancel"];
    assert_eq!(cancel["cancelled"], true, "{cancel}");
    let after = text(&cancel["after"]);
    assert!(after.contains("\ngo-ahead\n"), "{after}");
    assert!(after.contains("\nend\n"), "{after}");
    assert!(!after.contains("typed by nobody"), "{after}");
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

/// A session ends when it is told to.
#[track_caller]
fn check_end(seen: &Value) {
    assert_eq!(status(&seen["end"])["state"], "exited", "{}", seen["end"]);
    let after = &seen["sessions_after"]["structuredContent"]["sessions"];
    assert_eq!(after[0]["state"], "exited", "{after}");
}
