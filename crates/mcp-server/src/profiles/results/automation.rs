//! Results as interactive-automation tells them: always with `success`, and where it is
//! false with `error`; a prompt that did not come has a `reason`.

use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::Told;
use crate::tools::multi_step::STEPS_META;

/// How long a session without calls lives unless the call says otherwise, in seconds.
const DEFAULT_TIMEOUT: u64 = 3600;

/// `create_interactive_session`.
pub(in crate::profiles) fn created(told: &Told) -> Value {
    told.failure().unwrap_or_else(|| {
        let timeout = told.asked("timeout").as_u64().unwrap_or(DEFAULT_TIMEOUT);
        json!({
            "success": true,
            "session_id": told.status("session_id"),
            "session_name": told.status("name"),
            "command": told.asked("command"),
            "timeout": timeout,
            "pid": told.status("pid"),
            "state": state(told.status("state")),
            "initial_output": told.output(),
        })
    })
}

/// `list_sessions`.
pub(in crate::profiles) fn listed(told: &Told) -> Value {
    told.failure().unwrap_or_else(|| {
        let sessions = told.data("sessions").as_array();
        let sessions: Vec<Value> = sessions.into_iter().flatten().map(session).collect();
        json!({
            "success": true,
            "total_sessions": sessions.len(),
            "sessions": sessions,
        })
    })
}

fn session(facts: &Value) -> Value {
    let args = facts["args"].as_array();
    let mut command = facts["command"].as_str().unwrap_or_default().to_owned();
    for arg in args.into_iter().flatten().filter_map(Value::as_str) {
        command.push(' ');
        command.push_str(arg);
    }
    json!({
        "session_id": facts["session_id"],
        "session_name": facts["name"],
        "command": command,
        "state": state(&facts["state"]),
        "exit_code": facts["exit_code"],
        "created_at": seconds(&facts["created_at"]),
        "last_activity": seconds(&facts["last_activity"]),
    })
}

/// A session's state in the words of this system.
fn state(state: &Value) -> &'static str {
    match state.as_str().unwrap_or_default() {
        "starting" => "initializing",
        "running" => "active",
        "exited" => "terminated",
        "lost" => "error",
        _ => "waiting",
    }
}

/// A time as seconds since 1970, with a fraction.
fn seconds(time: &Value) -> Value {
    let time = time
        .as_str()
        .and_then(|time| humantime::parse_rfc3339(time).ok());
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    json!(since.map(|since| since.as_secs_f64()))
}

/// `destroy_session`.
pub(in crate::profiles) fn destroyed(told: &Told) -> Value {
    if let Some(mut failure) = told.failure() {
        failure["session_id"] = told.asked("session_id").clone();
        failure["message"] = failure["error"].clone();
        return failure;
    }
    json!({
        "success": true,
        "session_id": told.asked("session_id"),
        "message": "The session has ended.",
        "exit_code": told.status("exit_code"),
        "output": told.output(),
    })
}

/// `expect_and_respond`.
pub(in crate::profiles) fn expected(told: &Told) -> Value {
    if let Some(mut failure) = told.failure() {
        let ended = failure["error_type"] == json!("session_exited");
        failure["reason"] = json!(if ended { "process_ended" } else { "error" });
        if ended {
            failure["exit_code"] = told.status("exit_code").clone();
        }
        failure["before"] = json!(told.output());
        return failure;
    }
    let matched = told.status("match");
    if matched.is_null() {
        let ended = told.status("returned_by") == &json!("exit");
        let (reason, error) = if ended {
            (
                "process_ended",
                "the program ended before the pattern was found",
            )
        } else {
            ("timeout", "the pattern was not found before the timeout")
        };
        return json!({
            "success": false,
            "reason": reason,
            "error": error,
            "before": told.output(),
        });
    }
    let index = told.status("matched_index");
    json!({
        "success": true,
        "matched_pattern": pattern(told.asked("expect_pattern"), index),
        "matched_index": index,
        "before": before(told.output(), &matched["text"]),
        "after": matched["text"],
        "response_sent": told.asked("response"),
    })
}

/// The pattern with this index; the only one where there is no list.
fn pattern<'a>(patterns: &'a Value, index: &Value) -> &'a Value {
    match (patterns, index.as_u64().map(usize::try_from)) {
        (Value::Array(patterns), Some(Ok(index))) => patterns.get(index).unwrap_or(&Value::Null),
        _ => patterns,
    }
}

/// The output without the match that it ends with.
fn before<'a>(output: &'a str, matched: &Value) -> &'a str {
    let matched = matched.as_str().unwrap_or_default();
    output.strip_suffix(matched).unwrap_or(output)
}

/// `multi_step_automation`.
pub(in crate::profiles) fn stepped(told: &Told) -> Value {
    let asked = told
        .asked("steps")
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let outcomes = told.result.meta.get(STEPS_META).and_then(Value::as_array);
    let results: Vec<Value> = outcomes
        .into_iter()
        .flatten()
        .map(|outcome| step(outcome, asked))
        .collect();
    let succeeded = |result: &&Value| result["success"] == json!(true);
    let successful = results.iter().filter(succeeded).count();
    let mut object = told.failure().unwrap_or_else(|| json!({"success": true}));
    if told.status("timed_out") == &json!(true) {
        object["success"] = json!(false);
        object["error"] = json!(told.notes().lines().last().unwrap_or_default());
    }
    object["step_results"] = json!(results);
    object["total_steps"] = json!(asked.len());
    object["successful_steps"] = json!(successful);
    object
}

fn step(outcome: &Value, asked: &[Value]) -> Value {
    let number = outcome["step"].as_u64().unwrap_or(1);
    let index = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let asked = asked.get(index).unwrap_or(&Value::Null);
    let seen = outcome["seen"].as_str().unwrap_or_default();
    let mut step = json!({
        "success": true,
        "step_name": outcome["name"],
        "step_index": index,
        "before": before(seen, &outcome["matched"]),
    });
    if !outcome["matched"].is_null() {
        step["after"] = outcome["matched"].clone();
    }
    let (success, reason) = match outcome["result"].as_str().unwrap_or_default() {
        "done" => {
            step["matched_pattern"] = asked["expect"].clone();
            step["response_sent"] = asked["respond"].clone();
            return step;
        }
        "timed out" | "out of time" => (false, "timeout"),
        "program ended" => (false, "process_ended"),
        "skipped" => (false, "skipped"),
        "terminated" => (true, "terminated"),
        "retried" => (true, "retried"),
        _ => (false, "error"),
    };
    step["success"] = json!(success);
    step["reason"] = json!(reason);
    if reason == "skipped" {
        step["optional"] = json!(true);
    }
    step
}

#[cfg(test)]
mod tests {
    use mcp_proto::ToolResult;

    use super::super::tests::{failed, shown, told};
    use super::*;

    /// Promise: a prompt that matched is told with what came before it and what was typed.
    #[test]
    fn a_match_is_told_as_before_and_after() {
        let status = json!({"matched_index": 1, "match": {"text": "word: ", "groups": ["word: "]}});
        let asked = json!({"expect_pattern": ["name: ", "word: "], "response": "x"});
        let result = shown("hello\nword: ", "Matched pattern 1\n", status);
        let expected_object = json!({"success": true, "matched_pattern": "word: ", "matched_index": 1,
            "before": "hello\n", "after": "word: ", "response_sent": "x"});
        assert_eq!(told(expected, &asked, result), (expected_object, false));
    }

    /// Promise: a prompt that did not come is a failure with its reason.
    #[test]
    fn a_missing_prompt_has_a_reason() {
        let result = shown("so far", "", json!({"returned_by": "timeout"}));
        let (object, is_error) = told(expected, &json!({"expect_pattern": "x"}), result);
        assert_eq!(
            (&object["reason"], &object["before"]),
            (&json!("timeout"), &json!("so far"))
        );
        assert_eq!((&object["success"], is_error), (&json!(false), true));

        let (object, is_error) = told(expected, &json!({}), failed("session_exited", "it ended"));
        assert_eq!(object["reason"], "process_ended");
        assert!(is_error);
        let (object, _) = told(expected, &json!({}), failed("session_not_found", "who?"));
        assert_eq!(
            (&object["reason"], &object["error"]),
            (&json!("error"), &json!("who?"))
        );
    }

    /// Promise: each step is told with its own prompt and answer.
    #[test]
    fn steps_are_told_one_by_one() {
        let asked = json!({"steps": [{"expect": "a", "respond": "1"}, {"expect": "b", "optional": true},
                                     {"expect": "c", "respond": "3"}]});
        let outcomes = json!([
            {"step": 1, "name": "first", "result": "done", "matched": "a", "seen": "x a"},
            {"step": 2, "name": "step 2", "result": "skipped", "matched": null, "seen": ""},
            {"step": 3, "name": "step 3", "result": "timed out", "matched": null, "seen": "y"},
        ]);
        let result = failed("timeout", "step 3 of 3").with_meta(STEPS_META, outcomes);
        let (object, is_error) = told(stepped, &asked, result);
        assert!(is_error);
        assert_eq!(object["success"], false);
        assert_eq!(object["error"], "step 3 of 3");
        assert_eq!(
            (&object["total_steps"], &object["successful_steps"]),
            (&json!(3), &json!(1))
        );
        assert_eq!(
            object["step_results"],
            json!([
                {"success": true, "step_name": "first", "step_index": 0, "before": "x ",
                 "after": "a", "matched_pattern": "a", "response_sent": "1"},
                {"success": false, "step_name": "step 2", "step_index": 1, "before": "",
                 "reason": "skipped", "optional": true},
                {"success": false, "step_name": "step 3", "step_index": 2, "before": "y",
                 "reason": "timeout"},
            ])
        );
    }

    /// Promise: a dialogue that ran out of the call's time has not succeeded.
    #[test]
    fn a_dialogue_cut_short_is_a_failure() {
        let outcomes = json!([{"step": 1, "name": "step 1", "result": "out of time", "matched": null, "seen": ""}]);
        let result = shown(
            "",
            "1. step 1\nThe call's time was up.\n",
            json!({"timed_out": true}),
        )
        .with_meta(STEPS_META, outcomes);
        let (object, is_error) = told(stepped, &json!({"steps": [{"expect": "a"}]}), result);
        assert_eq!((&object["success"], is_error), (&json!(false), true));
        assert_eq!(object["error"], "The call's time was up.");
    }

    /// Promise: sessions have this system's states, and times as seconds.
    #[test]
    fn a_list_has_times_in_seconds() {
        let session = |state| {
            json!({"session_id": "i", "name": "sh", "command": "sh", "args": ["-c", "x"],
                   "state": state, "exit_code": null,
                   "created_at": "1970-01-01T00:01:00.500Z", "last_activity": "garbled"})
        };
        let states = [
            "starting",
            "running",
            "waiting:line",
            "prompt",
            "exited",
            "lost",
        ];
        let sessions: Vec<Value> = states.into_iter().map(session).collect();
        let data = json!({"sessions": sessions, "total": sessions.len()});
        let result = ToolResult::text("sh").with_structured(data);
        let (object, _) = told(listed, &json!({}), result);
        assert_eq!(
            (&object["success"], &object["total_sessions"]),
            (&json!(true), &json!(6))
        );
        let first = &object["sessions"][0];
        assert_eq!(first["command"], "sh -c x");
        assert_eq!(
            (&first["created_at"], &first["last_activity"]),
            (&json!(60.5), &Value::Null)
        );
        let states: Vec<&str> = object["sessions"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|session| session["state"].as_str())
            .collect();
        assert_eq!(
            states,
            [
                "initializing",
                "active",
                "waiting",
                "waiting",
                "terminated",
                "error"
            ]
        );
    }
}
