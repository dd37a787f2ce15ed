//! What a client answers when it is asked, or doesn't: errors, responses to nothing, cancellation,
//! no answer in time (2025-11-25 and older).

use mcp_proto::{Connection, Elicited, InputRequest, InputRequired, Outcome, ToolResult};
use serde_json::{Value, json};

use crate::asking::{call, called, everything, form, put, sampling, start};
use crate::offer::{OLD, cancel, declaring, one, reply};
use crate::support::{conforms, sends};

/// Promise: a client that can't ask its user counts as a user who goes away; one that can't give
/// anything else fails the request, and the rest of the questions is taken back.
#[test]
fn a_client_that_answers_with_an_error() {
    let error = json!({"code": -32601, "message": "no screen"});
    let refuse = |connection: &mut Connection, question: &Value| {
        let message = json!({"jsonrpc": "2.0", "id": question["id"], "error": error});
        connection.handle_frame(message.to_string().as_bytes())
    };
    let mut connection = declaring(OLD, everything());
    let call_ = start(&mut connection, &call(OLD, "c"));
    let sent = put(
        &mut connection,
        call_.key,
        InputRequired::one("sure", form()),
    );
    let again = called(one(refuse(&mut connection, &sent[0])));
    let responses = again.input.responses.unwrap();
    assert_eq!(responses.elicited("sure"), Some(Elicited::Cancelled));

    let needed = InputRequired::one("day", sampling()).with_request("sure", form());
    let sent = put(&mut connection, call_.key, needed);
    let after = sends(refuse(&mut connection, &sent[0]));
    assert_eq!(after.len(), 2);
    assert_eq!(after[0]["method"], "notifications/cancelled");
    conforms(OLD, "CancelledNotification", &after[0]);
    assert_eq!(after[0]["params"]["requestId"], sent[1]["id"]);
    assert_eq!(
        (&after[1]["id"], &after[1]["error"]["code"]),
        (&json!("c"), &json!(-32603))
    );
    assert!(
        after[1]["error"]["message"]
            .as_str()
            .unwrap()
            .contains("no screen")
    );
    assert_eq!(connection.in_flight(), 0);
    let late = reply(&mut connection, &sent[1], json!({"action": "accept"}));
    assert!(late.is_empty());
}

/// Promise: responses to nothing, twice, or of no sense change nothing.
#[test]
fn late_unknown_and_senseless_responses() {
    let mut connection = declaring(OLD, everything());
    let call_ = start(&mut connection, &call(OLD, "c"));
    let sent = put(
        &mut connection,
        call_.key,
        InputRequired::one("a", form()).with_request("b", form()),
    );
    let accept = json!({"action": "accept"});
    assert!(reply(&mut connection, &json!({"id": "ask-99"}), accept.clone()).is_empty());
    assert!(reply(&mut connection, &json!({"id": 1}), accept.clone()).is_empty());
    assert!(reply(&mut connection, &json!({"id": null}), accept.clone()).is_empty());
    assert!(reply(&mut connection, &sent[0], accept.clone()).is_empty());
    assert!(
        reply(&mut connection, &sent[0], accept.clone()).is_empty(),
        "twice"
    );
    assert!(connection.is_asking(call_.key));
    let again = called(one(reply(&mut connection, &sent[1], json!("nonsense"))));
    let responses = again.input.responses.unwrap();
    assert_eq!(responses.elicited("b"), None, "of no sense");
    assert_eq!(responses.get("b"), Some(&json!("nonsense")));
    assert!(reply(&mut connection, &sent[1], accept).is_empty(), "late");
    assert!(!connection.is_asking(call_.key));
}

/// Promise: a request that the client gives up takes its questions with it.
#[test]
fn cancellation_while_questions_are_out() {
    for abandon in [false, true] {
        let mut connection = declaring(OLD, everything());
        let call_ = start(&mut connection, &call(OLD, "c"));
        let other = start(&mut connection, &call(OLD, "d"));
        let needed = InputRequired::one("a", form()).with_request("b", InputRequest::Roots);
        let sent = put(&mut connection, call_.key, needed.clone());
        let others = put(&mut connection, other.key, needed);
        reply(&mut connection, &sent[0], json!({"action": "accept"}));
        let mut outcomes = match abandon {
            true => connection.abandon(call_.key),
            false => cancel(&mut connection, "c"),
        };
        if !abandon {
            let Outcome::Cancel { key, .. } = outcomes.remove(0) else {
                panic!("{outcomes:?}");
            };
            assert_eq!(key, call_.key);
        }
        let taken_back = sends(outcomes);
        assert_eq!(taken_back.len(), 1);
        assert_eq!(taken_back[0]["params"]["requestId"], sent[1]["id"]);
        assert!(reply(&mut connection, &sent[1], json!({"roots": []})).is_empty());
        assert_eq!(connection.in_flight(), 1);
        reply(&mut connection, &others[0], json!({"action": "accept"}));
        let again = called(one(reply(
            &mut connection,
            &others[1],
            json!({"roots": []}),
        )));
        assert_eq!(again.key, other.key, "the other's questions are still out");
    }
}

/// Promise: who stops waiting gets the request back with dismissed questions, or, where no user
/// was asked, an error; and the client is told that no answer is needed.
#[test]
fn stop_asking() {
    let mut connection = declaring(OLD, everything());
    let call_ = start(&mut connection, &call(OLD, "c"));
    assert!(
        connection.stop_asking(call_.key).is_empty(),
        "nothing is asked"
    );
    let needed = InputRequired::one("a", form())
        .with_request("b", form())
        .with_state("s");
    let sent = put(&mut connection, call_.key, needed);
    reply(&mut connection, &sent[0], json!({"action": "decline"}));
    let mut outcomes = connection.stop_asking(call_.key);
    let again = called(outcomes.pop().unwrap());
    let taken_back = sends(outcomes);
    assert_eq!(taken_back.len(), 1);
    assert_eq!(taken_back[0]["params"]["requestId"], sent[1]["id"]);
    let responses = again.input.responses.unwrap();
    assert_eq!(responses.elicited("a"), Some(Elicited::Declined));
    assert_eq!(responses.elicited("b"), Some(Elicited::Cancelled));
    assert_eq!(again.input.state.as_deref(), Some("s"));
    assert!(connection.stop_asking(call_.key).is_empty(), "once");

    let needed = InputRequired::one("a", sampling()).with_request("b", form());
    put(&mut connection, call_.key, needed);
    let sent = sends(connection.stop_asking(call_.key));
    assert_eq!(sent.len(), 3);
    assert_eq!(
        (&sent[2]["id"], &sent[2]["error"]["code"]),
        (&json!("c"), &json!(-32603))
    );
    assert_eq!(connection.in_flight(), 0);
}

/// Promise: whoever answers a request whose questions are out takes them back.
#[test]
fn an_answer_takes_the_questions_back() {
    let mut connection = declaring(OLD, everything());
    let call_ = start(&mut connection, &call(OLD, "c"));
    let first = put(&mut connection, call_.key, InputRequired::one("a", form()));
    let second = put(&mut connection, call_.key, InputRequired::one("b", form()));
    assert_eq!(second.len(), 2);
    assert_eq!(second[0]["params"]["requestId"], first[0]["id"]);
    assert_eq!(second[1]["method"], "elicitation/create");
    let done = sends(connection.answer(call_.key, ToolResult::text("never mind").into()));
    assert_eq!(done[0]["params"]["requestId"], second[1]["id"]);
    assert_eq!(done[1]["id"], "c");
    assert!(reply(&mut connection, &second[1], json!({"action": "accept"})).is_empty());

    let call_ = start(&mut connection, &call(OLD, "d"));
    let asked = put(&mut connection, call_.key, InputRequired::one("a", form()));
    assert!(
        connection
            .finish(call_.key, &ToolResult::text("x"))
            .is_some()
    );
    assert!(reply(&mut connection, &asked[0], json!({"action": "accept"})).is_empty());
    assert_eq!(connection.in_flight(), 0);
}
