//! Results as interactive-process tells them: the bare facts, and `error` where there
//! are none.

use serde_json::{Value, json};

use super::Told;

/// `start_process`.
pub(in crate::profiles) fn started(told: &Told) -> Value {
    told.failure().unwrap_or_else(|| {
        json!({
            "session_id": told.status("session_id"),
            "pid": told.status("pid"),
            "initial_output": told.output(),
        })
    })
}

/// `read_output` and `send_and_read`.
pub(in crate::profiles) fn read(told: &Told) -> Value {
    told.failure().unwrap_or_else(|| {
        json!({
            "output": told.output(),
            "has_more": told.status("more_bytes").as_u64().unwrap_or(0) > 0,
            "lines_returned": told.status("lines_returned"),
            "bytes_returned": told.status("bytes_returned"),
        })
    })
}

/// `send_input` and `resize_pty`: done, and what there is to say about it.
pub(in crate::profiles) fn done(told: &Told) -> Value {
    told.failure()
        .unwrap_or_else(|| json!({"success": true, "message": told.notes()}))
}

/// `terminate_process`.
pub(in crate::profiles) fn ended(told: &Told) -> Value {
    told.failure()
        .unwrap_or_else(|| json!({"success": true, "exit_code": told.status("exit_code")}))
}

/// `list_sessions`.
pub(in crate::profiles) fn listed(told: &Told) -> Value {
    told.failure().unwrap_or_else(|| {
        let sessions = told.data("sessions").as_array();
        let sessions: Vec<Value> = sessions.into_iter().flatten().map(session).collect();
        json!({"sessions": sessions})
    })
}

/// `get_session_info`.
pub(in crate::profiles) fn info(told: &Told) -> Value {
    let facts = told.result.structured_content.as_ref();
    told.failure()
        .unwrap_or_else(|| session(facts.unwrap_or(&Value::Null)))
}

fn session(facts: &Value) -> Value {
    let status = match facts["state"].as_str().unwrap_or_default() {
        "exited" => "exited",
        "lost" => "error",
        _ => "running",
    };
    json!({
        "id": facts["session_id"],
        "name": facts["name"],
        "command": facts["command"],
        "args": facts["args"],
        "mode": facts["mode"],
        "status": status,
        "exit_code": facts["exit_code"],
        "pid": facts["pid"],
        "created_at": facts["created_at"],
    })
}

#[cfg(test)]
mod tests {
    use mcp_proto::ToolResult;

    use super::super::tests::{failed, shown, told};
    use super::*;

    /// Promise: a read has four facts, and the output without the status line.
    #[test]
    fn a_read_is_the_output_and_its_size() {
        let status = json!({"more_bytes": 7, "lines_returned": 2});
        let result = shown("a\nb", "`x` has ended.\n", status);
        let expected =
            json!({"output": "a\nb", "has_more": true, "lines_returned": 2, "bytes_returned": 3});
        assert_eq!(told(read, &json!({}), result), (expected, false));
        let nothing = shown("", "", json!({"more_bytes": 0, "lines_returned": 0}));
        let expected =
            json!({"output": "", "has_more": false, "lines_returned": 0, "bytes_returned": 0});
        assert_eq!(told(read, &json!({}), nothing), (expected, false));
    }

    /// Promise: every tool tells a failure as an object with `error`.
    #[test]
    fn a_failure_is_an_object_with_error() {
        for tell in [started, read, done, ended, listed, info] {
            let (object, is_error) = told(tell, &json!({}), failed("session_not_found", "who?"));
            assert_eq!(object["error"], "who?");
            assert!(is_error);
        }
    }

    /// Promise: input that the terminal did not take whole is told.
    #[test]
    fn what_was_done_is_told_with_its_notes() {
        let result = shown("", "The terminal took 3 of 9 bytes.\n", json!({}));
        let expected = json!({"success": true, "message": "The terminal took 3 of 9 bytes."});
        assert_eq!(told(done, &json!({}), result), (expected, false));
    }

    /// Promise: a session has the nine facts, and one of three words for its status.
    #[test]
    fn a_session_has_this_systems_facts() {
        let facts = |state| {
            json!({"session_id": "i", "name": "sh", "command": "sh", "args": [], "mode": "pty",
                   "state": state, "exit_code": 3, "pid": 7, "created_at": "t", "title": "x"})
        };
        for (state, status) in [
            ("waiting:line", "running"),
            ("exited", "exited"),
            ("lost", "error"),
        ] {
            let result = ToolResult::text("sh").with_structured(facts(state));
            let expected = json!({"id": "i", "name": "sh", "command": "sh", "args": [], "mode": "pty",
                "status": status, "exit_code": 3, "pid": 7, "created_at": "t"});
            assert_eq!(told(info, &json!({}), result), (expected, false));
        }
    }
}
