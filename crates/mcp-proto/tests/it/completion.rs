//! Completion: values for the arguments of prompts and the names in templates.

use mcp_proto::{
    Completion, CompletionTarget, MAX_COMPLETIONS, QueryKind, Revision, ServerCapabilities,
};
use serde_json::{Value, json};

use crate::offer::{ALL, NEW, OLD, answered, belongs_to, full, full_catalogue, query};
use crate::support::{conforms, open_with, request, send, server};

fn complete(revision: Revision, params: Value) -> Value {
    request(revision, 1, "completion/complete", params)
}

fn prompt(argument: &str, value: &str) -> Value {
    json!({
        "ref": {"type": "ref/prompt", "name": "review"},
        "argument": {"name": argument, "value": value}
    })
}

/// Promise: every revision is answered in its form, for prompts and templates.
#[test]
fn every_revision_completes() {
    let template = json!({
        "ref": {"type": "ref/resource", "uri": "log://{host}/{day}"},
        "argument": {"name": "day", "value": "2026"},
        "context": {"arguments": {"host": "web-1"}}
    });
    for revision in ALL {
        let mut connection = full(revision);
        let asked = query(&mut connection, complete(revision, prompt("tone", "k")));
        let QueryKind::Complete(wanted) = &asked.kind else {
            panic!("{asked:?}");
        };
        assert_eq!(wanted.target, CompletionTarget::Prompt("review".into()));
        assert_eq!(
            (wanted.argument.as_str(), wanted.value.as_str()),
            ("tone", "k")
        );
        let answer = answered(&mut connection, &asked, Completion::of(["kind"]).into());
        let result = &answer["result"];
        conforms(revision, "CompleteResult", result);
        belongs_to(revision, result, false);
        let expected = json!({"values": ["kind"], "total": 1, "hasMore": false});
        assert_eq!(result["completion"], expected);

        let asked = query(&mut connection, complete(revision, template.clone()));
        let QueryKind::Complete(wanted) = &asked.kind else {
            panic!("{asked:?}");
        };
        assert_eq!(wanted.settled["host"], "web-1");
        assert_eq!(
            wanted.target,
            CompletionTarget::Resource("log://{host}/{day}".into())
        );
    }
}

/// Promise: no answer has more values than the protocol allows; the rest are counted.
#[test]
fn values_are_bounded_and_counted() {
    for (count, more) in [(MAX_COMPLETIONS, false), (MAX_COMPLETIONS + 1, true)] {
        let mut connection = full(OLD);
        let asked = query(&mut connection, complete(OLD, prompt("path", "")));
        let values = Completion::of((0..count).map(|index| index.to_string()));
        let answer = answered(&mut connection, &asked, values.into());
        conforms(OLD, "CompleteResult", &answer["result"]);
        let completion = &answer["result"]["completion"];
        assert_eq!(
            completion["values"].as_array().unwrap().len(),
            MAX_COMPLETIONS
        );
        assert_eq!(completion["total"], count);
        assert_eq!(completion["hasMore"], more);
    }
}

/// Promise: what can't be completed is refused, in words.
#[test]
fn what_cannot_be_completed_is_refused() {
    let check = |params: Value, says: &str| {
        for revision in ALL {
            let refused = send(&mut full(revision), complete(revision, params.clone()));
            assert_eq!(refused["error"]["code"], -32602, "{says}");
            let message = refused["error"]["message"].as_str().unwrap();
            assert!(message.contains(says), "{message}");
        }
    };
    let argument = json!({"name": "day", "value": ""});
    let with_ref = |reference: Value| json!({"ref": reference, "argument": argument});
    check(json!({"argument": argument}), "`ref` is missing");
    check(
        json!({"ref": {"type": "ref/prompt", "name": "review"}}),
        "`argument` is missing",
    );
    check(
        with_ref(json!({"type": "ref/tool", "name": "now"})),
        "must be \"ref/prompt\"",
    );
    check(
        with_ref(json!({"type": "ref/prompt"})),
        "`ref.name` is missing",
    );
    check(
        with_ref(json!({"type": "ref/prompt", "name": "x"})),
        "Unknown prompt: x",
    );
    check(
        with_ref(json!({"type": "ref/resource", "uri": "log://a/b"})),
        "Unknown resource template",
    );
    check(prompt("tonne", ""), "Did you mean tone?");
    check(prompt("tone", &"x".repeat(4097)), "more than 4096 bytes");
    let mut odd = prompt("tone", "");
    odd["context"] = json!({"arguments": {"path": 5}});
    check(odd, "`context.arguments.path` must be a string");
    query(
        &mut full(NEW),
        complete(NEW, prompt("tone", &"x".repeat(4096))),
    );
}

/// Promise: the capability is declared from the revision on that has it, and without it there is
/// no method.
#[test]
fn completion_is_by_capability() {
    for revision in ALL {
        let mut connection = open_with(revision, server(), full_catalogue());
        let refused = send(&mut connection, complete(revision, prompt("tone", "")));
        assert_eq!(refused["error"]["code"], -32601, "{revision}");

        let declared = ServerCapabilities::new().with_completions();
        let server = server().with_capabilities(declared);
        let mut connection = open_with(revision, server, full_catalogue());
        query(&mut connection, complete(revision, prompt("tone", "")));
        let method = match revision {
            NEW => "server/discover",
            _ => "initialize",
        };
        let params = json!({"protocolVersion": revision.as_str(), "capabilities": {}});
        let hello = send(&mut connection, request(revision, 9, method, params));
        let said = hello["result"]["capabilities"].get("completions").is_some();
        assert_eq!(said, revision >= Revision::V2025_03_26, "{revision}");
    }
}
