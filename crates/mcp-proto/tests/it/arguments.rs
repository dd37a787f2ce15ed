//! Arguments that don't fit are named by place, rule and remedy.

use expect_test::{Expect, expect};
use mcp_proto::{Catalogue, MAX_PROBLEMS, Outcome, Revision, ToolDefinition};
use serde_json::{Value, json};

use crate::support::{call, conforms, json as parsed, open, start};

fn catalogue() -> Catalogue {
    let schema = json!({
        "type": "object",
        "properties": {
            "session_id": {"type": "string", "minLength": 1, "maxLength": 40, "pattern": "^[a-z0-9-]+$"},
            "rows": {"type": "integer", "minimum": 1, "maximum": 500},
            "scale": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
            "press_enter": {"type": "boolean"},
            "signal": {"type": "string", "enum": ["INT", "TERM", "WINCH"]},
            "keys": {"type": "array", "items": {"type": "string"}, "maxItems": 3, "minItems": 1},
            "wait_for": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            "env": {"type": "object", "additionalProperties": {"type": "string"}},
            "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}}
        },
        "required": ["session_id"],
        "additionalProperties": false,
        "$defs": {"step": {
            "type": "object",
            "properties": {"expect": {"type": "string"}, "respond": {"type": "string"}},
            "required": ["expect"],
            "additionalProperties": false
        }}
    });
    let tool = ToolDefinition::new("t", "T.").with_input_schema(schema);
    Catalogue::builder().tool(tool).build().unwrap()
}

fn check(arguments: Value, expected: Expect) {
    let problems = catalogue().validate("t", &arguments).unwrap_err();
    expected.assert_eq(&problems.to_string());
}

#[test]
fn numbers_out_of_range() {
    check(
        json!({"session_id": "a", "rows": 0}),
        expect!["/rows: 0 is less than the minimum of 1"],
    );
    check(
        json!({"session_id": "a", "rows": 501}),
        expect!["/rows: 501 is greater than the maximum of 500"],
    );
    check(
        json!({"session_id": "a", "scale": 0}),
        expect!["/scale: 0 is not greater than 0"],
    );
    check(
        json!({"session_id": "a", "scale": 0.3}),
        expect!["/scale: 0.3 is not a multiple of 0.5"],
    );
}

#[test]
fn wrong_types() {
    check(
        json!({"session_id": 7}),
        expect!["/session_id: is 7, must be a string"],
    );
    check(
        json!({"session_id": "a", "rows": "24"}),
        expect!["/rows: is a string, must be an integer"],
    );
    check(
        json!({"session_id": "a", "rows": 1.5}),
        expect!["/rows: is 1.5, must be an integer"],
    );
    check(
        json!({"session_id": "a", "press_enter": null}),
        expect!["/press_enter: is null, must be a boolean"],
    );
    check(
        json!({"session_id": "a", "keys": ["Enter", 5]}),
        expect!["/keys/1: is 5, must be a string"],
    );
    check(
        json!({"session_id": "a", "env": {"a/b~c": 5}}),
        expect!["/env/a~1b~0c: is 5, must be a string"],
    );
}

#[test]
fn missing_and_unknown_properties() {
    check(json!({}), expect!["missing required property `session_id`"]);
    check(
        json!({"session_id": "a", "pressEnter": true}),
        expect!["/pressEnter: no such property; did you mean `press_enter`?"],
    );
    check(
        json!({"session_id": "a", "row": 1}),
        expect!["/row: no such property; did you mean `rows`?"],
    );
    check(
        json!({"session_id": "a", "zzz": 1}),
        expect![
            "/zzz: no such property; known are `session_id`, `rows`, `scale`, `press_enter`, `signal`, `keys`, `wait_for`, `env`, `steps`"
        ],
    );
    check(
        json!({"session_id": "a", "steps": [{"expect": "x"}, {"expects": "y"}]}),
        expect![[r#"
            /steps/1/expects: no such property; did you mean `expect`?
            /steps/1: missing required property `expect`"#]],
    );
}

#[test]
fn strings_and_lists_out_of_shape() {
    check(
        json!({"session_id": ""}),
        expect![[r#"
            /session_id: the string must have at least 1 character
            /session_id: does not match the pattern `^[a-z0-9-]+$`"#]],
    );
    check(
        json!({"session_id": "a", "keys": []}),
        expect!["/keys: the array must have at least 1 item"],
    );
    check(
        json!({"session_id": "a", "keys": ["a", "b", "c", "d"]}),
        expect!["/keys: the array must have at most 3 items"],
    );
    check(
        json!({"session_id": "a", "signal": "SIGTERM"}),
        expect![[
            r#"/signal: "SIGTERM" must be one of "INT", "TERM", "WINCH"; did you mean `TERM`?"#
        ]],
    );
}

#[test]
fn one_of_several_forms() {
    check(
        json!({"session_id": "a", "wait_for": 5}),
        expect!["/wait_for: is 5, must be a string or an array"],
    );
    check(
        json!({"session_id": "a", "wait_for": ["x", 5]}),
        expect!["/wait_for/1: is 5, must be a string"],
    );
}

#[test]
fn problems_are_data_too() {
    let problems = catalogue()
        .validate(
            "t",
            &json!({"session_id": "a", "rows": 0, "sesion_id": "b"}),
        )
        .unwrap_err();
    let [rows, unknown] = problems.problems() else {
        panic!("{problems}");
    };
    assert_eq!(
        (rows.path.as_str(), rows.rule.as_str()),
        ("/rows", "minimum")
    );
    assert_eq!(rows.allowed, Some(json!(1)));
    assert_eq!(unknown.rule, "additionalProperties");
    assert_eq!(unknown.suggestions, ["session_id"]);
    assert!(!problems.is_server_fault());
}

#[test]
fn the_number_of_problems_is_bounded() {
    let keys: Vec<Value> = (0..100).map(Value::from).collect();
    let problems = catalogue()
        .validate(
            "t",
            &json!({"session_id": "a", "env": {"x": 1}, "keys": keys}),
        )
        .unwrap_err();
    assert_eq!(problems.problems().len(), MAX_PROBLEMS);
    assert!(problems.more() > 90);
    assert!(
        problems
            .to_string()
            .ends_with(&format!("\nand {} more", problems.more()))
    );
}

/// A password in the wrong place, or a megabyte of text, is not repeated.
#[test]
fn what_was_sent_is_not_repeated() {
    let secret = "hunter2-".repeat(1000);
    for arguments in [
        json!({"session_id": "a", "rows": secret}),
        json!({"session_id": "a", "signal": secret}),
        json!({"session_id": secret}),
        json!({"session_id": "a", "wait_for": {"x": secret}}),
    ] {
        let problems = catalogue()
            .validate("t", &arguments)
            .unwrap_err()
            .to_string();
        assert!(!problems.contains("hunter2"), "{problems}");
        assert!(problems.len() < 300, "{problems}");
    }
}

#[test]
fn a_call_that_does_not_fit_is_the_servers_to_answer() {
    for revision in Revision::ALL {
        let mut connection = open(revision);
        let message = call(
            revision,
            1,
            "get_weather",
            json!({"location": "x", "days": 99}),
        );
        let mut outcomes = connection.handle_frame(message.to_string().as_bytes());
        let Outcome::InvalidArguments(call, problems) = outcomes.remove(0) else {
            panic!("{outcomes:?}");
        };
        assert_eq!(connection.in_flight(), 1);
        let result = mcp_proto::ToolResult::error(problems.to_string());
        let answer = parsed(&connection.finish(call.key, &result).unwrap());
        conforms(revision, "CallToolResult", &answer["result"]);
        assert_eq!(answer["result"]["isError"], true);
        let text = "/days: 99 is greater than the maximum of 14";
        assert_eq!(answer["result"]["content"][0]["text"], text);
    }
}

#[test]
fn integers_spelled_as_floats_reach_the_tool_as_integers() {
    let revision = Revision::V2025_11_25;
    let frame = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":
        {"name":"get_weather","arguments":{"location":"x","days":5.0}}}"#;
    let message: Value = serde_json::from_str(frame).unwrap();
    let call = start(&mut open(revision), message);
    assert_eq!(call.arguments["days"].as_i64(), Some(5));
}

#[test]
fn absent_and_null_arguments_are_no_arguments() {
    let revision = Revision::V2025_11_25;
    for params in [
        json!({"name": "now"}),
        json!({"name": "now", "arguments": null}),
    ] {
        let message = crate::support::request(revision, 1, "tools/call", params);
        assert!(start(&mut open(revision), message).arguments.is_empty());
    }
}

#[test]
fn structured_results_can_be_checked_against_what_is_published() {
    let tools = crate::support::tools();
    tools
        .validate_output("get_weather", &json!({"temperature": null}))
        .unwrap();
    tools.validate_output("now", &json!("anything")).unwrap();
    let problems = tools.validate_output("get_weather", &json!({"temperature": "warm"}));
    assert_eq!(
        problems.unwrap_err().to_string(),
        "/temperature: is a string, must be a number or null"
    );
}

#[test]
fn a_tool_without_parameters_names_each_that_was_sent() {
    let tools = crate::support::tools();
    let problems = tools.validate("now", &json!({"zone": "UTC", "24h": true}));
    expect![[r#"
        /zone: no such property; this tool takes none
        /24h: no such property; this tool takes none"#]]
    .assert_eq(&problems.unwrap_err().to_string());
}
