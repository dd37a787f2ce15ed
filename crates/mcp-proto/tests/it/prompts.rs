//! Prompts: listed and got, by every revision.

use mcp_proto::{
    Catalogue, Content, Prompt, PromptArgument, PromptResult, QueryKind, Resource, ResourceBody,
    Revision, Role,
};
use serde_json::{Value, json};

use crate::offer::{
    ALL, NEW, OLD, answered, belongs_to, full, full_catalogue, full_server, query, review,
};
use crate::support::{conforms, open_with, request, send, server};

/// Promise: each revision lists prompts with the fields it knows and no other.
#[test]
fn every_revision_lists_prompts_as_it_knows_them() {
    for revision in ALL {
        let list = request(revision, 1, "prompts/list", json!({}));
        let answer = send(&mut full(revision), list);
        let result = &answer["result"];
        conforms(revision, "ListPromptsResult", result);
        belongs_to(revision, result, true);
        let prompt = &result["prompts"][0];
        let titled = revision >= Revision::V2025_06_18;
        assert_eq!(prompt.get("title").is_some(), titled, "{revision}");
        assert_eq!(prompt.get("_meta").is_some(), titled, "{revision}");
        assert_eq!(
            prompt["arguments"][0].get("title").is_some(),
            titled,
            "{revision}"
        );
        let icons = revision >= Revision::V2025_11_25;
        assert_eq!(prompt.get("icons").is_some(), icons, "{revision}");
        assert_eq!(prompt["arguments"][0]["required"], true);
        assert!(prompt["arguments"][1].get("required").is_none());
        assert_eq!(result["prompts"][1], json!({"name": "greet"}));
    }
}

fn get(revision: Revision, name: &str, arguments: Value) -> Value {
    let params = json!({"name": name, "arguments": arguments});
    request(revision, 1, "prompts/get", params)
}

/// Promise: a conversation reaches each revision with the blocks it knows; what it doesn't is
/// said in text.
#[test]
fn every_revision_gets_a_prompt_in_its_own_blocks() {
    let prompt = PromptResult::user(Content::text("Look at this."))
        .with_message(Role::Assistant, Content::image("aWNvbg==", "image/png"))
        .with_message(Role::User, Content::audio("UklGRg==", "audio/wav"))
        .with_message(
            Role::User,
            Content::resource_link(Resource::new("log://today", "today")),
        )
        .with_message(
            Role::User,
            Content::resource(ResourceBody::text("log://today", "well")),
        )
        .with_description("A look at a log.");
    let mut prompt = prompt;
    prompt.meta.insert("example.com/k".into(), json!([null]));
    for revision in ALL {
        let mut connection = full(revision);
        let message = get(revision, "review", json!({"path": "a", "tone": "kind"}));
        let asked = query(&mut connection, message);
        let QueryKind::GetPrompt { name, arguments } = &asked.kind else {
            panic!("{asked:?}");
        };
        assert_eq!((name.as_str(), arguments.len()), ("review", 2));
        let answer = answered(&mut connection, &asked, prompt.clone().into());
        let result = &answer["result"];
        conforms(revision, "GetPromptResult", result);
        belongs_to(revision, result, false);
        assert_eq!(
            result["_meta"]["example.com/k"],
            json!([null]),
            "{revision}"
        );
        assert_eq!(result["description"], "A look at a log.");
        let kinds: Vec<&Value> = result["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|message| &message["content"]["type"])
            .collect();
        let audio = if revision.has_audio() {
            "audio"
        } else {
            "text"
        };
        let link = match revision.has_resource_links() {
            true => "resource_link",
            false => "text",
        };
        assert_eq!(
            kinds,
            ["text", "image", audio, link, "resource"],
            "{revision}"
        );
    }
}

/// Promise: arguments are checked before anybody is asked, and the error says which.
#[test]
fn arguments_are_checked() {
    for revision in ALL {
        let check = |name: &str, arguments: Value, says: &str| {
            let refused = send(&mut full(revision), get(revision, name, arguments));
            assert_eq!(refused["error"]["code"], -32602, "{revision} {says}");
            let message = refused["error"]["message"].as_str().unwrap();
            assert!(message.contains(says), "{message}");
        };
        check("revieww", json!({}), "Did you mean review?");
        check("review", json!({}), "needs the argument `path`");
        check("review", json!({"path": 5}), "`path` must be a string");
        check("review", json!({"path": null}), "`path` must be a string");
        check(
            "review",
            json!({"path": "a", "tome": "b"}),
            "Did you mean tone?",
        );
        check("review", json!(["a"]), "`arguments` must be an object");
        query(&mut full(revision), get(revision, "greet", Value::Null));
    }
}

/// Promise: a server without the capability has none of the methods.
#[test]
fn without_the_capability_there_are_no_methods() {
    for revision in ALL {
        let mut connection = open_with(revision, server(), full_catalogue());
        for method in ["prompts/list", "prompts/get"] {
            let refused = send(
                &mut connection,
                request(revision, 1, method, json!({"name": "greet"})),
            );
            assert_eq!(refused["error"]["code"], -32601, "{revision} {method}");
        }
    }
}

/// Promise: a long list comes in pages, and a cursor of another list is none of its own.
#[test]
fn prompts_come_in_pages() {
    let mut builder = Catalogue::builder()
        .page_size(2)
        .resource(Resource::new("a:1", "a"));
    for index in 0..3 {
        builder = builder.prompt(Prompt::new(format!("p{index}")));
    }
    let mut connection = open_with(OLD, full_server(), builder.build().unwrap());
    let first = send(&mut connection, request(OLD, 1, "prompts/list", json!({})));
    let cursor = &first["result"]["nextCursor"];
    let next = request(OLD, 2, "prompts/list", json!({"cursor": cursor}));
    let last = send(&mut connection, next);
    assert_eq!(last["result"], json!({"prompts": [{"name": "p2"}]}));
    for cursor in [json!(""), json!("1-0"), json!(1)] {
        let params = json!({"cursor": cursor});
        let refused = send(&mut connection, request(OLD, 3, "prompts/list", params));
        assert_eq!(refused["error"]["code"], -32602, "{cursor}");
    }
    let elsewhere = request(OLD, 4, "tools/list", json!({"cursor": cursor}));
    assert_eq!(send(&mut connection, elsewhere)["error"]["code"], -32602);
}

/// Promise: a cancelled query is never answered.
#[test]
fn a_cancelled_prompt_is_never_answered() {
    for revision in [NEW, OLD] {
        let mut connection = full(revision);
        let asked = query(&mut connection, get(revision, "greet", json!({})));
        assert_eq!(crate::offer::cancel(&mut connection, 1).len(), 1);
        let late = PromptResult::user(Content::text("late"));
        assert!(connection.answer(asked.key, late.into()).is_empty());
        assert_eq!(connection.in_flight(), 0);
    }
}

/// Promise: a catalogue refuses prompts that clients could not tell apart.
#[test]
fn a_catalogue_refuses_ambiguous_prompts() {
    let refuse = |builder: mcp_proto::CatalogueBuilder| builder.build().unwrap_err().to_string();
    let twice = Catalogue::builder().prompt(review()).prompt(review());
    assert!(refuse(twice).contains("another prompt"));
    assert!(refuse(Catalogue::builder().prompt(Prompt::new(""))).contains("at least one"));
    let argument = || PromptArgument::new("a");
    let prompt = Prompt::new("p")
        .with_argument(argument())
        .with_argument(argument());
    assert!(refuse(Catalogue::builder().prompt(prompt)).contains("two of its arguments"));
}
