//! What is not asked: what a client does not declare, its revision does not have, or a server
//! gets wrong.

use mcp_proto::{InputRequest, InputRequired, MAX_INPUT_REQUESTS, Outcome, Revision};
use serde_json::{Value, json};

use crate::asking::{ASKING, call, everything, form, put, sampling, start, url};
use crate::offer::{NEW, OLD, ask, declaring, one};
use crate::support::{conforms, json as parsed};

/// Promise: nothing is asked that the client doesn't declare; the request fails instead, with
/// what is missing.
#[test]
fn nothing_undeclared_is_ever_asked() {
    let with = |key: &str, value: Value| {
        let InputRequest::Sampling(mut params) = sampling() else {
            panic!("sampling");
        };
        params.insert(key.into(), value);
        InputRequest::Sampling(params)
    };
    let cases = [
        (form(), json!({}), json!({"elicitation": {"form": {}}})),
        (
            form(),
            json!({"elicitation": {"url": {}}}),
            json!({"elicitation": {"form": {}}}),
        ),
        (
            form(),
            json!({"elicitation": null}),
            json!({"elicitation": {"form": {}}}),
        ),
        (
            url(),
            json!({"elicitation": {}}),
            json!({"elicitation": {"url": {}}}),
        ),
        (sampling(), json!({"roots": {}}), json!({"sampling": {}})),
        (
            with("tools", json!([])),
            json!({"sampling": {}}),
            json!({"sampling": {"tools": {}}}),
        ),
        (
            with("includeContext", json!("thisServer")),
            json!({"sampling": {"tools": {}}}),
            json!({"sampling": {"context": {}}}),
        ),
        (
            InputRequest::Roots,
            json!({"sampling": {}}),
            json!({"roots": {}}),
        ),
    ];
    for revision in [NEW, OLD] {
        for (question, declared, missing) in &cases {
            let mut connection = declaring(revision, declared.clone());
            let message = ask(revision, 1, "tools/call", json!({"name": "now"}), declared);
            let call_ = start(&mut connection, &message);
            let needed = InputRequired::one("q", question.clone());
            let outcomes = connection.answer(call_.key, needed.into());
            let Outcome::Send(outgoing) = one(outcomes) else {
                panic!("an answer");
            };
            let answer = parsed(&outgoing);
            assert_eq!(connection.in_flight(), 0);
            if revision == OLD {
                assert_eq!(answer["result"]["isError"], true, "{answer}");
                continue;
            }
            conforms(NEW, "MissingRequiredClientCapabilityError", &answer);
            assert_eq!(answer["error"]["code"], -32021);
            assert_eq!(answer["error"]["data"]["requiredCapabilities"], *missing);
            assert_eq!(outgoing.http_status(), 400);
        }
    }
    // One thing undeclared, and nothing of the rest is asked either.
    let mut connection = declaring(OLD, json!({"roots": {}}));
    let call_ = start(&mut connection, &call(OLD, "c"));
    let needed = InputRequired::one("where", InputRequest::Roots).with_request("sure", form());
    let answer = put(&mut connection, call_.key, needed);
    assert_eq!(
        (answer.len(), &answer[0]["result"]["isError"]),
        (1, &json!(true))
    );
}

/// Promise: a declaration does not count where the revision has no such question.
#[test]
fn older_revisions_are_not_asked_what_they_do_not_have() {
    for (question, first) in [
        (form(), Revision::V2025_06_18),
        (url(), Revision::V2025_11_25),
        (sampling(), Revision::V2024_11_05),
        (InputRequest::Roots, Revision::V2024_11_05),
    ] {
        for revision in ASKING {
            let mut connection = declaring(revision, everything());
            let call_ = start(&mut connection, &call(revision, "c"));
            let sent = put(
                &mut connection,
                call_.key,
                InputRequired::one("q", question.clone()),
            );
            let is_asked = sent[0].get("method").is_some();
            assert_eq!(is_asked, revision >= first, "{revision} {question:?}");
        }
    }
}

/// Promise: a server's own mistake is an error and nothing is sent for it.
#[test]
fn what_cannot_be_asked() {
    let many = |count: usize| {
        let mut needed = InputRequired::default();
        for index in 0..count {
            needed = needed.with_request(index.to_string(), form());
        }
        needed
    };
    for revision in [NEW, OLD] {
        for needed in [
            InputRequired::default(),
            many(MAX_INPUT_REQUESTS + 1),
            InputRequired::one("a", form()).with_request("a", form()),
        ] {
            let mut connection = declaring(revision, everything());
            let call_ = start(&mut connection, &call(revision, "c"));
            let refused = put(&mut connection, call_.key, needed);
            assert_eq!(refused[0]["error"]["code"], -32603);
            assert_eq!(connection.in_flight(), 0);
        }
        let mut connection = declaring(revision, everything());
        let call_ = start(&mut connection, &call(revision, "c"));
        let sent = put(&mut connection, call_.key, many(MAX_INPUT_REQUESTS));
        let asked = match revision {
            NEW => sent[0]["result"]["inputRequests"]
                .as_object()
                .unwrap()
                .len(),
            _ => sent.len(),
        };
        assert_eq!(asked, MAX_INPUT_REQUESTS);
    }
}
