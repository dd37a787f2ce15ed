//! Forms, of which each revision's clients can show what their revision has.

use mcp_proto::{Answer, InputRequest, InputRequired, Outcome, Revision};
use serde_json::{Value, json};

use crate::asking::{call, called, everything, put, start};
use crate::offer::{NEW, OLD, ask, declaring, one, reply};
use crate::support::{conforms, sends};

const OLDEST: Revision = Revision::V2025_06_18;

fn form(fields: Value) -> InputRequest {
    let schema = json!({"type": "object", "properties": fields, "required": ["colour"]});
    InputRequest::form("Which?", schema)
}

fn titled() -> Value {
    json!([{"const": "#f00", "title": "Red"}, {"const": "#0f0", "title": "Green"}])
}

/// What a client of a revision is sent for a form with these fields.
fn sent(revision: Revision, fields: &Value) -> Value {
    let mut connection = declaring(revision, everything());
    let call_ = start(&mut connection, &call(revision, "c"));
    let needed = InputRequired::one("q", form(fields.clone()));
    put(&mut connection, call_.key, needed).remove(0)
}

/// The schema that a client of a revision is shown, which is one of that revision.
fn shown(revision: Revision, fields: Value) -> Value {
    let sent = sent(revision, &fields);
    let params = match revision {
        NEW => &sent["result"]["inputRequests"]["q"]["params"],
        _ => &sent["params"],
    };
    match revision {
        NEW => conforms(NEW, "ElicitRequestFormParams", params),
        _ => conforms(revision, "ElicitRequest", &sent),
    }
    params["requestedSchema"].clone()
}

/// Promise: a choice with titles is asked in the words of each revision, and in no other's.
#[test]
fn a_choice_has_its_titles_in_every_revision() {
    let field = |choice: &str| {
        json!({"colour": {"type": "string", "title": "Colour", choice: titled(),
                          "description": "Of the roof."}})
    };
    for revision in [NEW, OLD] {
        let schema = shown(revision, field("oneOf"));
        assert_eq!(schema["properties"], field("oneOf"), "{revision}");
    }
    let schema = shown(OLDEST, field("oneOf"));
    assert_eq!(
        schema.to_string(),
        r##"{"type":"object","properties":{"colour":{"type":"string","title":"Colour","enum":["#f00","#0f0"],"enumNames":["Red","Green"],"description":"Of the roof."}},"required":["colour"]}"##
    );
    // A choice without titles, or with the titles that every revision knows, stays as it is.
    for choice in [
        json!({"type": "string", "enum": ["a", "b"]}),
        json!({"type": "string", "enum": ["a", "b"], "enumNames": ["A", "B"]}),
    ] {
        for revision in [NEW, OLD, OLDEST] {
            let schema = shown(revision, json!({"colour": choice}));
            assert_eq!(schema["properties"]["colour"], choice, "{revision}");
        }
    }
}

/// Promise: a title that is missing is the value itself, so that titles stay with their values;
/// what is no choice of titled values is not made one.
#[test]
fn titles_stay_with_their_values() {
    let options = json!([{"const": "a"}, {"const": "b", "title": "B"}]);
    let schema = shown(
        OLDEST,
        json!({"colour": {"type": "string", "oneOf": options}}),
    );
    let colour = &schema["properties"]["colour"];
    assert_eq!(colour["enum"], json!(["a", "b"]));
    assert_eq!(colour["enumNames"], json!(["a", "B"]));
    let odd = json!({"type": "string", "oneOf": [{"const": "a"}, {"minLength": 3}]});
    let sent = sent(OLDEST, &json!({"colour": odd}));
    let schema = &sent["params"]["requestedSchema"];
    assert_eq!(schema["properties"]["colour"], odd);
}

/// Promise: what a form of 2025-06-18 does not have, and need not, is left out there alone.
#[test]
fn an_older_form_has_no_newer_members() {
    let fields = json!({
        "colour": {"type": "string", "oneOf": titled(), "default": "#f00"},
        "plain": {"type": "string", "enum": ["a"], "default": "a"},
        "name": {"type": "string", "default": "x", "maxLength": 9},
        "count": {"type": "integer", "default": 1, "minimum": 0},
        "sure": {"type": "boolean", "default": false},
        "default": {"type": "number"}
    });
    for revision in [NEW, OLD] {
        assert_eq!(shown(revision, fields.clone())["properties"], fields);
    }
    let schema = shown(OLDEST, fields);
    let with_default: Vec<&String> = schema["properties"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, field)| field.get("default").is_some())
        .map(|(name, _)| name)
        .collect();
    assert_eq!(with_default, ["sure"]);
    assert_eq!(schema["properties"]["default"]["type"], "number");
    assert_eq!(schema["properties"]["name"]["maxLength"], 9);
}

/// Promise: a dialect that a form names is not shown to a revision whose forms name none.
#[test]
fn an_older_form_names_no_dialect() {
    let dialect = "https://json-schema.org/draft/2020-12/schema";
    let schema = json!({"$schema": dialect, "type": "object", "properties": {}});
    for (revision, named) in [(OLD, true), (OLDEST, false)] {
        let mut connection = declaring(revision, everything());
        let call_ = start(&mut connection, &call(revision, "c"));
        let form = InputRequest::form("Well?", schema.clone());
        let sent = put(&mut connection, call_.key, InputRequired::one("q", form));
        let shown = &sent[0]["params"]["requestedSchema"];
        assert_eq!(shown.get("$schema").is_some(), named, "{revision}");
    }
}

/// Promise: several values are asked for where the revision has that; where it has not, nothing is
/// asked, and the failure says what is missing.
#[test]
fn several_values_are_asked_for_where_that_is_possible() {
    let untitled = json!({"type": "string", "enum": ["a", "b"]});
    for items in [untitled, json!({"anyOf": titled()})] {
        let fields = json!({
            "colour": {"type": "string", "oneOf": titled()},
            "shades": {"type": "array", "items": items, "minItems": 1, "default": []}
        });
        for revision in [NEW, OLD] {
            assert_eq!(shown(revision, fields.clone())["properties"], fields);
        }
        let refused = sent(OLDEST, &fields);
        assert_eq!(refused.get("method"), None, "{refused}");
        assert_eq!(refused["id"], "c");
        conforms(OLDEST, "CallToolResult", &refused["result"]);
        assert_eq!(refused["result"]["isError"], true);
        let text = refused["result"]["content"][0]["text"].as_str().unwrap();
        assert_eq!(
            text,
            "This asks the user to choose several values (shades), which a client of revision \
             2025-06-18 cannot show; one of 2025-11-25 or later can"
        );
    }
}

/// Promise: the same of a prompt or a resource, which have no result to fail with; and nothing of
/// the rest is asked then.
#[test]
fn a_query_fails_where_its_form_cannot_be_shown() {
    let mut connection = declaring(OLDEST, everything());
    let read = json!({"uri": "log://today"});
    let message = ask(OLDEST, 1, "resources/read", read, &everything());
    let Outcome::Query(query) = one(connection.handle_frame(message.to_string().as_bytes())) else {
        panic!("a query was expected");
    };
    let several =
        form(json!({"shades": {"type": "array", "items": {"type": "string", "enum": []}}}));
    let needed = InputRequired::one("roots", InputRequest::Roots).with_request("q", several);
    let refused = sends(connection.answer(query.key, Answer::Input(needed)));
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0]["error"]["code"], -32600);
    assert_eq!(connection.in_flight(), 0);
}

/// Promise: whoever asked gets the value that was chosen, whatever the form looked like.
#[test]
fn the_answer_is_the_same_in_every_revision() {
    for revision in [OLD, OLDEST] {
        let mut connection = declaring(revision, everything());
        let call_ = start(&mut connection, &call(revision, "c"));
        let form = form(json!({"colour": {"type": "string", "oneOf": titled()}}));
        let sent = put(&mut connection, call_.key, InputRequired::one("q", form));
        let chosen = json!({"action": "accept", "content": {"colour": "#0f0"}});
        let again = called(one(reply(&mut connection, &sent[0], chosen)));
        let Some(mcp_proto::Elicited::Accepted(content)) =
            again.input.responses.unwrap().elicited("q")
        else {
            panic!("an answer was expected");
        };
        assert_eq!(content["colour"], "#0f0");
    }
}
