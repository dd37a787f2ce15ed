//! What every client has to have seen of what the server offers besides tools: resources, prompts,
//! completion, changes, and a person who is asked.

use serde_json::Value;

use crate::support::{MODERN, name, status, text};

/// Judges what a client saw in this revision, of a session of this id with the name `sh`.
#[track_caller]
pub(crate) fn check(seen: &Value, revision: &str, id: &str) {
    check_resources(seen, id);
    check_prompts(seen, id);
    check_keeping(seen, revision);
    check_errors(seen, revision);
    check_completion(seen);
    check_changes(&seen["watched"]["changes"], id);
    check_approval(&seen["watched"]["approval"]);
}

/// A session has its resources, families of them are known, and each can be read.
#[track_caller]
pub(crate) fn check_resources(seen: &Value, id: &str) {
    let templates = entries(&seen["templates"], "resourceTemplates");
    let all = ["screen", "output", "transcript", "info"];
    assert_eq!(
        templates.iter().map(name).collect::<Vec<_>>(),
        all.map(|view| format!("session_{view}"))
    );
    for (template, view) in templates.iter().zip(all) {
        assert_eq!(template["uriTemplate"], format!("session://{{id}}/{view}"));
    }
    // One that has just ended may still be listed beside it.
    let mut resources = entries(&seen["resources"], "resources").to_vec();
    let prefix = format!("session://{id}/");
    resources.retain(|it| {
        it["uri"]
            .as_str()
            .is_some_and(|uri| uri.starts_with(&prefix))
    });
    for (resource, view) in resources.iter().zip(all) {
        assert_eq!(resource["name"], format!("sh/{view}"), "{resource}");
        assert_eq!(resource["uri"], format!("session://{id}/{view}"));
    }
    assert_eq!(resources.len(), all.len(), "{resources:?}");

    let screen = &seen["screen"]["contents"][0];
    assert_eq!(screen["mimeType"], "text/plain", "{screen}");
    let shown = screen["text"].as_str().unwrap_or_default();
    assert!(shown.starts_with("ready>"), "{screen}");
    assert!(shown.contains("\n[session=sh state="), "{screen}");
    assert_eq!(status(screen)["session_id"], id, "{screen}");

    let info = &seen["info"]["contents"][0];
    assert_eq!(info["mimeType"], "application/json", "{info}");
    let facts: Value = serde_json::from_str(info["text"].as_str().unwrap_or_default())
        .unwrap_or_else(|error| panic!("{error}: {info}"));
    assert_eq!(facts["session_id"], id, "{facts}");
    assert_eq!(facts["command"], "bash", "{facts}");
}

/// How long something may be kept is of the newest era alone, and what is a session's is not kept.
#[track_caller]
fn check_keeping(seen: &Value, revision: &str) {
    let never = (revision == MODERN).then_some(0);
    for result in [&seen["resources"]["page"], &seen["screen"], &seen["info"]] {
        assert_eq!(result["ttlMs"].as_u64(), never, "{result}");
    }
    for list in ["templates", "prompts"] {
        let page = &seen[list]["page"];
        assert_eq!(page["ttlMs"].is_u64(), revision == MODERN, "{page}");
    }
}

/// The guides are listed with their arguments; the one about a session shows it.
#[track_caller]
pub(crate) fn check_prompts(seen: &Value, id: &str) {
    let prompts = entries(&seen["prompts"], "prompts");
    assert_eq!(prompts.len(), 5, "{prompts:?}");
    let guide = prompts.iter().find(|it| it["name"] == "take_over_session");
    let guide = guide.expect("the guide is listed");
    let arguments = guide["arguments"].as_array().expect("it has arguments");
    assert_eq!(
        arguments.iter().map(name).collect::<Vec<_>>(),
        ["session", "aim"]
    );
    assert_eq!(arguments[0]["required"], true, "{guide}");

    let messages = seen["prompt"]["messages"].as_array();
    let messages = messages.expect("the guide has messages");
    let content = |index: usize| &messages[index]["content"];
    let words = content(0)["text"].as_str().unwrap_or_default();
    assert!(words.contains(r#"- aim: "say hello""#), "{words}");
    for (index, view) in [(1, "info"), (2, "screen")] {
        let resource = &content(index)["resource"];
        assert_eq!(resource["uri"], format!("session://{id}/{view}"));
    }
}

/// A session's name is found wherever it may be given.
#[track_caller]
fn check_completion(seen: &Value) {
    for place in ["name_in_uri", "name_in_prompt"] {
        let values = &seen[place]["completion"]["values"];
        assert_eq!(values[0], "sh", "{place}: {values}");
    }
}

/// What is not there, or not asked for properly, is a protocol error that names it.
#[track_caller]
fn check_errors(seen: &Value, revision: &str) {
    let absent = &seen["no_such_resource"];
    // Some clients show the older era's code as the newer one's.
    let code = absent["code"].as_i64();
    let is_older = revision != MODERN && code == Some(-32002);
    assert!(is_older || code == Some(-32602), "{absent}");
    let message = absent["message"].as_str().unwrap_or_default();
    assert!(message.contains("session://nobody/screen"), "{absent}");

    let bad = &seen["bad_prompt"];
    assert_eq!(bad["code"], -32602, "{bad}");
    let message = bad["message"].as_str().unwrap_or_default();
    assert!(message.contains("`session`"), "{bad}");
}

/// A change of what is watched is told, and so is that a session came and that it went.
#[track_caller]
fn check_changes(changes: &Value, id: &str) {
    let updated = changes["updated"].as_array().expect("a list");
    assert!(!updated.is_empty(), "{changes}");
    let watched = format!("session://{id}/output");
    assert!(updated.iter().all(|uri| *uri == watched), "{changes}");
    assert_eq!(changes["lists"], 2, "{changes}");
}

/// A person is shown what would be done; what they say is what happens.
#[track_caller]
fn check_approval(approval: &Value) {
    let forms = approval["forms"].as_array().expect("a list");
    assert_eq!(forms.len(), 2, "{approval}");
    for form in forms {
        let message = form["message"].as_str().unwrap_or_default();
        assert!(message.contains("  | uname -s\n"), "{form}");
        let field = &form["requestedSchema"]["properties"]["approve"];
        assert_eq!(field["type"], "boolean", "{form}");
    }
    let allowed = &approval["allowed"];
    assert_ne!(allowed["isError"], true, "{allowed}");
    assert!(text(allowed).starts_with("Linux\n"), "{allowed}");
    assert_eq!(status(allowed)["exit_code"], 0, "{allowed}");

    let refused = &approval["refused"];
    assert_eq!(refused["isError"], true, "{refused}");
    let error = &refused["_meta"]["rejoinder/error"];
    assert_eq!(error["error_type"], "policy_denied", "{refused}");
    assert_eq!(error["details"]["rule"], "argv.ask:machine", "{refused}");
    assert!(text(refused).contains("a person was asked and said no"));
}

/// What a list has under this key.
#[track_caller]
fn entries<'a>(list: &'a Value, key: &str) -> &'a [Value] {
    let entries = list[key].as_array();
    entries.unwrap_or_else(|| panic!("no {key}: {list}"))
}
