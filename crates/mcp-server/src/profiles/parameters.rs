//! What the aliases take, as their systems name it.
//!
//! A parameter stands here only where clients are to see it.

use serde_json::{Value, json};

use crate::tools::schema::{
    boolean, described, integer, object, one_of, one_or_many, seconds, string, strings,
};

/// A session and nothing else.
pub(super) fn session() -> Value {
    object(&[("session_id!", string(""))])
}

/// Nothing.
pub(super) fn nothing() -> Value {
    object(&[])
}

/// `create_interactive_session`.
pub(super) fn create_session() -> Value {
    object(&[
        ("command!", string("a command line, without a shell")),
        ("session_name", string("for people")),
        (
            "timeout",
            integer(
                30,
                Some(7200),
                3600,
                "seconds without a call after which the session ends, 30 to 7200",
            ),
        ),
        ("environment", variables()),
        ("working_directory", string("")),
    ])
}

/// `expect_and_respond`.
pub(super) fn expect() -> Value {
    object(&[
        ("session_id!", string("")),
        ("expect_pattern!", one_or_many("regex(es)")),
        ("response", string("empty: only wait")),
        ("timeout", seconds(1, Some(300), 30, "seconds")),
        ("case_sensitive", boolean(false, "")),
    ])
}

/// `multi_step_automation`.
pub(super) fn steps() -> Value {
    let step = object(&[
        ("name", string("")),
        ("expect!", string("regex, any case")),
        ("respond", string("")),
        ("timeout", seconds(0, Some(300), 30, "")),
        ("optional", boolean(false, "")),
    ]);
    object(&[
        ("session_id!", string("")),
        (
            "steps!",
            json!({"type": "array", "minItems": 1, "maxItems": 100, "items": step}),
        ),
        ("stop_on_failure", boolean(true, "")),
    ])
}

/// `start_process`.
pub(super) fn start() -> Value {
    object(&[
        (
            "command!",
            string("a program, or a command line without `args`"),
        ),
        ("args", strings("")),
        ("mode", one_of(&["pty", "pipe"], "pty", "")),
        ("name", string("for people")),
        ("cwd", string("")),
        ("env", variables()),
        (
            "timeout",
            seconds(0, None, 10, "seconds to wait for output"),
        ),
        ("rows", integer(1, Some(500), 24, "")),
        ("cols", integer(1, Some(1000), 80, "")),
    ])
}

/// `send_input`.
pub(super) fn send() -> Value {
    object(&input())
}

/// `read_output`.
pub(super) fn read() -> Value {
    let mut all = vec![("session_id!", string(""))];
    all.extend(reading());
    object(&all)
}

/// `send_and_read`.
pub(super) fn send_and_read() -> Value {
    let mut all = input();
    all.extend(reading());
    object(&all)
}

/// `terminate_process`.
pub(super) fn terminate() -> Value {
    object(&[
        ("session_id!", string("")),
        ("force", boolean(false, "kill at once")),
        (
            "grace_period",
            seconds(0, Some(300), 5, "seconds before what is left is killed"),
        ),
    ])
}

/// `resize_pty`.
pub(super) fn resize() -> Value {
    object(&[
        ("session_id!", string("")),
        ("rows", integer(1, Some(500), 24, "")),
        ("cols", integer(1, Some(1000), 80, "")),
    ])
}

fn input() -> Vec<(&'static str, Value)> {
    vec![
        ("session_id!", string("")),
        ("text", string("")),
        ("press_enter", boolean(false, "")),
    ]
}

fn reading() -> Vec<(&'static str, Value)> {
    vec![
        ("strip_ansi", boolean(true, "")),
        ("timeout", seconds(0, None, 5, "seconds to wait")),
        ("max_lines", integer(0, None, 0, "0 = all")),
    ]
}

fn variables() -> Value {
    described(
        json!({"type": "object", "additionalProperties": {"type": "string"}}),
        "added to a few inherited",
    )
}
