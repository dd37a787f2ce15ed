//! Asking the client something before a request is answered, in both eras: a handler sees no
//! difference.

use mcp_proto::{
    Answer, Connection, Content, Elicited, InputRequest, InputRequired, Outcome, PromptResult,
    Query, RequestKey, ResourceBody, ResourceContents, Revision, ToolCall, ToolResult,
};
use serde_json::{Map, Value, json};

use crate::offer::{ALL, NEW, OLD, ask, belongs_to, declaring, one, reply};
use crate::support::{conforms, json as parsed, request, sends};

/// The revisions in which the connection asks, newest first.
pub(crate) const ASKING: [Revision; 4] = [
    OLD,
    Revision::V2025_06_18,
    Revision::V2025_03_26,
    Revision::V2024_11_05,
];

pub(crate) fn everything() -> Value {
    json!({
        "elicitation": {"form": {}, "url": {}},
        "sampling": {"tools": {}, "context": {}},
        "roots": {}
    })
}

pub(crate) fn form() -> InputRequest {
    let schema = json!({"type": "object", "properties": {"sure": {"type": "boolean"}}});
    InputRequest::form("Delete 3 files?", schema)
}

pub(crate) fn url() -> InputRequest {
    InputRequest::Url {
        message: "Sign in.".into(),
        url: "https://example.com/in".into(),
        elicitation_id: "e-1".into(),
    }
}

pub(crate) fn sampling() -> InputRequest {
    let message = json!({"role": "user", "content": {"type": "text", "text": "Which day?"}});
    let mut params = Map::new();
    params.insert("messages".into(), json!([message]));
    params.insert("maxTokens".into(), json!(100));
    InputRequest::Sampling(params)
}

pub(crate) fn call(revision: Revision, id: &str) -> Value {
    let params = json!({"name": "now", "arguments": {}});
    ask(revision, id, "tools/call", params, &everything())
}

pub(crate) fn called(outcome: Outcome) -> ToolCall {
    match outcome {
        Outcome::CallTool(call) => call,
        other => panic!("expected a call: {other:?}"),
    }
}

pub(crate) fn start(connection: &mut Connection, message: &Value) -> ToolCall {
    called(one(connection.handle_frame(message.to_string().as_bytes())))
}

/// Asks, and returns what is sent for it.
pub(crate) fn put(
    connection: &mut Connection,
    key: RequestKey,
    needed: InputRequired,
) -> Vec<Value> {
    sends(connection.answer(key, needed.into()))
}

/// Promise: what was asked comes back by its name, whoever asked it in whichever way, and the
/// request is answered as ever.
#[test]
fn a_handler_sees_no_difference_between_the_eras() {
    for revision in ALL.into_iter().filter(|it| it.has_elicitation()) {
        let mut connection = declaring(revision, everything());
        let call_ = start(&mut connection, &call(revision, "c"));
        assert_eq!(call_.input, mcp_proto::Input::default());
        let needed = InputRequired::one("sure", form())
            .with_request("day", sampling())
            .with_request("where", InputRequest::Roots)
            .with_state("s-1");
        let sent = put(&mut connection, call_.key, needed);
        let sure = json!({"action": "accept", "content": {"sure": true}});
        let day = json!({"role": "assistant", "content": {"type": "text", "text": "Monday"}, "model": "m"});
        let roots = json!({"roots": [{"uri": "file:///w"}]});
        let again = if revision == NEW {
            let result = &sent[0]["result"];
            conforms(NEW, "InputRequiredResult", result);
            assert_eq!(result["resultType"], "input_required");
            assert!(result.get("ttlMs").is_none());
            assert_eq!(connection.in_flight(), 0, "the client asks anew");
            assert!(!connection.is_asking(call_.key));
            let params = json!({
                "name": "now",
                "inputResponses": {"sure": sure, "day": day, "where": roots},
                "requestState": result["requestState"]
            });
            start(
                &mut connection,
                &ask(NEW, "c2", "tools/call", params, &everything()),
            )
        } else {
            assert_eq!(sent.len(), 3);
            for (question, definition) in
                sent.iter()
                    .zip(["ElicitRequest", "CreateMessageRequest", "ListRootsRequest"])
            {
                conforms(revision, definition, question);
            }
            assert!(connection.is_asking(call_.key));
            // In another order than they were asked in.
            assert!(reply(&mut connection, &sent[2], roots).is_empty());
            assert!(reply(&mut connection, &sent[0], sure).is_empty());
            let again = called(one(reply(&mut connection, &sent[1], day)));
            assert_eq!(again.key, call_.key);
            again
        };
        assert_eq!(
            (&*again.name, again.input.state.as_deref()),
            ("now", Some("s-1"))
        );
        let responses = again.input.responses.unwrap();
        let Some(Elicited::Accepted(content)) = responses.elicited("sure") else {
            panic!("{responses:?}");
        };
        assert_eq!(content["sure"], true);
        assert_eq!(responses.get("day").unwrap()["model"], "m");
        assert_eq!(
            responses.get("where").unwrap()["roots"][0]["uri"],
            "file:///w"
        );
        let done = parsed(
            &connection
                .finish(again.key, &ToolResult::text("done"))
                .unwrap(),
        );
        assert_eq!(done["id"], if revision == NEW { "c2" } else { "c" });
        conforms(revision, "CallToolResult", &done["result"]);
        assert_eq!(connection.in_flight(), 0);
    }
}

/// Promise: prompts and resources may ask too; lists and completion may not, in either era.
#[test]
fn who_may_ask() {
    let query = |outcome: Outcome| -> Query {
        match outcome {
            Outcome::Query(query) => query,
            other => panic!("{other:?}"),
        }
    };
    for revision in [NEW, OLD] {
        let prompt = json!({"name": "review", "arguments": {"path": "a"}});
        for (method, params) in [
            ("prompts/get", prompt),
            ("resources/read", json!({"uri": "log://today"})),
        ] {
            let mut connection = declaring(revision, everything());
            let message = ask(revision, 1, method, params, &everything());
            let asked = query(one(connection.handle_frame(message.to_string().as_bytes())));
            let sent = put(
                &mut connection,
                asked.key,
                InputRequired::one("sure", form()),
            );
            if revision == NEW {
                conforms(NEW, "InputRequiredResult", &sent[0]["result"]);
                continue;
            }
            let declined = json!({"action": "decline"});
            let again = query(one(reply(&mut connection, &sent[0], declined)));
            assert_eq!(again.kind, asked.kind);
            let responses = again.input.responses.unwrap();
            assert_eq!(responses.elicited("sure"), Some(Elicited::Declined));
            let answer: Answer = match method {
                "prompts/get" => PromptResult::user(Content::text("well")).into(),
                _ => ResourceContents::one(ResourceBody::text("log://today", "well")).into(),
            };
            let done = sends(connection.answer(again.key, answer));
            belongs_to(revision, &done[0]["result"], false);
        }
        let mut connection = declaring(revision, everything());
        let params = json!({
            "ref": {"type": "ref/prompt", "name": "review"},
            "argument": {"name": "tone", "value": ""}
        });
        let message = ask(revision, 1, "completion/complete", params, &everything());
        let asked = query(one(connection.handle_frame(message.to_string().as_bytes())));
        let refused = put(
            &mut connection,
            asked.key,
            InputRequired::one("sure", form()),
        );
        assert_eq!(refused[0]["error"]["code"], -32603);
        assert_eq!(connection.in_flight(), 0);
    }
}

/// Promise: each revision's form of a question, with nothing of another's.
#[test]
fn questions_look_as_their_revision_has_them() {
    for revision in [NEW, OLD, Revision::V2025_06_18] {
        let mut connection = declaring(revision, everything());
        let call_ = start(&mut connection, &call(revision, "c"));
        let sent = put(&mut connection, call_.key, InputRequired::one("q", form()));
        let params = match revision {
            NEW => sent[0]["result"]["inputRequests"]["q"]["params"].clone(),
            _ => sent[0]["params"].clone(),
        };
        assert_eq!(params["message"], "Delete 3 files?");
        let has_mode = params.get("mode").is_some();
        assert_eq!(has_mode, revision >= Revision::V2025_11_25, "{revision}");
    }
    for revision in [NEW, OLD] {
        let mut connection = declaring(revision, everything());
        let call_ = start(&mut connection, &call(revision, "c"));
        let sent = put(&mut connection, call_.key, InputRequired::one("q", url()));
        let params = match revision {
            NEW => sent[0]["result"]["inputRequests"]["q"]["params"].clone(),
            _ => sent[0]["params"].clone(),
        };
        conforms(revision, "ElicitRequestURLParams", &params);
        let has_id = params.get("elicitationId").is_some();
        assert_eq!(has_id, revision == OLD, "{revision}");
    }
}

/// Promise: a state alone brings the request back at once, also from a client that declares
/// nothing.
#[test]
fn a_state_alone_brings_the_request_back() {
    for revision in ASKING {
        let mut connection = declaring(revision, json!({}));
        let params = json!({"name": "now", "arguments": {}, "_meta": {"progressToken": 7}});
        let call_ = start(&mut connection, &request(revision, 1, "tools/call", params));
        let outcomes = connection.answer(call_.key, InputRequired::state("s").into());
        let again = called(one(outcomes));
        assert_eq!(
            (again.key, again.input.state.as_deref()),
            (call_.key, Some("s"))
        );
        assert!(again.input.responses.unwrap().is_empty());
        assert!(again.progress_token.is_some());
        assert!(connection.progress(again.key, 1.0, None, None).is_some());
        assert!(
            connection
                .finish(again.key, &ToolResult::text("done"))
                .is_some()
        );
    }
    let mut connection = declaring(NEW, json!({}));
    let call_ = start(&mut connection, &call(NEW, "c"));
    let sent = put(&mut connection, call_.key, InputRequired::state("s"));
    conforms(NEW, "InputRequiredResult", &sent[0]["result"]);
    assert_eq!(sent[0]["result"]["requestState"], "s");
    assert!(sent[0]["result"].get("inputRequests").is_none());
}

/// Promise: the arguments come back as they were taken, numbers included.
#[test]
fn the_same_call_comes_back() {
    let tool = mcp_proto::ToolDefinition::new("add", "Adds.").with_input_schema(json!({
        "type": "object", "properties": {"a": {"type": "integer"}, "b": {}}
    }));
    let catalogue = mcp_proto::Catalogue::builder().tool(tool).build().unwrap();
    let mut connection = crate::support::open_with(OLD, crate::support::server(), catalogue);
    let message = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add","arguments":{"b":{"c":[null,2.0]},"a":5.0}}}"#;
    let call_ = called(one(connection.handle_frame(message.as_bytes())));
    let again = called(one(
        connection.answer(call_.key, InputRequired::state("s").into())
    ));
    assert_eq!(again.arguments, call_.arguments);
    assert_eq!(
        Value::from(again.arguments).to_string(),
        r#"{"b":{"c":[null,2]},"a":5}"#
    );
}

/// Promise: each request is asked in the way of its own era, on one connection.
#[test]
fn both_eras_ask_on_one_connection() {
    let mut connection = declaring(OLD, everything());
    let old = start(&mut connection, &call(OLD, "old"));
    let undeclared = ask(NEW, "new", "tools/call", json!({"name": "now"}), &json!({}));
    let new = start(&mut connection, &undeclared);
    let asked = put(&mut connection, old.key, InputRequired::one("a", form()));
    assert_eq!(asked[0]["method"], "elicitation/create");
    let refused = put(&mut connection, new.key, InputRequired::one("a", form()));
    assert_eq!(
        refused[0]["error"]["code"], -32021,
        "the session's word doesn't count"
    );
    let new = start(&mut connection, &call(NEW, "new"));
    let asked_back = put(&mut connection, new.key, InputRequired::one("a", form()));
    assert_eq!(asked_back[0]["result"]["resultType"], "input_required");
    let again = called(one(reply(
        &mut connection,
        &asked[0],
        json!({"action": "accept"}),
    )));
    assert_eq!(again.key, old.key);
}

/// Promise: in a batch, questions go out at once and the answers together.
#[test]
fn a_batch_with_questions_and_queries() {
    let revision = Revision::V2025_03_26;
    let mut connection = declaring(revision, everything());
    let read = request(
        revision,
        "r",
        "resources/read",
        json!({"uri": "log://today"}),
    );
    let reply_to = |id: &str, result: Value| json!({"jsonrpc": "2.0", "id": id, "result": result});
    let batch = json!([
        call(revision, "c"),
        read,
        request(revision, "p", "ping", json!({}))
    ]);
    let mut outcomes = connection.handle_frame(batch.to_string().as_bytes());
    assert_eq!(outcomes.len(), 2, "{outcomes:?}");
    let Outcome::Query(query) = outcomes.pop().unwrap() else {
        panic!("a query");
    };
    let call_ = called(outcomes.pop().unwrap());
    let asked = put(
        &mut connection,
        call_.key,
        InputRequired::one("a", InputRequest::Roots),
    );
    let contents = ResourceContents::one(ResourceBody::text("log://today", "well"));
    assert!(connection.answer(query.key, contents.into()).is_empty());
    // The answer to the question may come in a batch, too.
    let id = asked[0]["id"].as_str().unwrap();
    let batch = json!([reply_to(id, json!({"roots": []})), reply_to("x", json!({}))]);
    let again = called(one(connection.handle_frame(batch.to_string().as_bytes())));
    let done = sends(connection.answer(again.key, ToolResult::text("x").into()));
    let ids: Vec<&Value> = done[0]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert_eq!(ids, ["p", "r", "c"]);
    assert_eq!(connection.in_flight(), 0);
}

/// Promise: what a page was for is said to be done to clients of the one revision that has it.
#[test]
fn a_finished_page_is_said_where_the_revision_has_it() {
    for revision in ALL {
        let connection = declaring(revision, everything());
        let note = connection.elicitation_completed("e-1");
        assert_eq!(note.is_some(), revision == OLD, "{revision}");
        if let Some(note) = note {
            conforms(OLD, "ElicitationCompleteNotification", &parsed(&note));
        }
    }
    let forms = declaring(OLD, json!({"elicitation": {}}));
    assert!(forms.elicitation_completed("e-1").is_none());
}
