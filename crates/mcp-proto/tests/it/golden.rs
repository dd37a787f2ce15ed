//! The exact bytes of the most important answers, per revision.

use expect_test::expect_file;
use mcp_proto::{
    Answer, Completion, Content, Era, InputRequest, InputRequired, Outgoing, PromptResult,
    ResourceBody, ResourceContents, Revision, ToolResult,
};
use serde_json::{Value, json};

use crate::offer::{answered, ask, declaring, query};
use crate::support::{call, data, fresh, open, request, send, sends, start};

fn pretty(message: &[u8]) -> String {
    let message: Value = serde_json::from_slice(message).unwrap();
    format!("{}\n", serde_json::to_string_pretty(&message).unwrap())
}

/// Resources, a prompt, completion and a question, as each revision sees them.
fn beside_tools(revision: Revision) -> String {
    let mut text = String::new();
    let mut connection = declaring(revision, json!({"elicitation": {}, "roots": {}}));
    for method in ["resources/list", "resources/templates/list", "prompts/list"] {
        let answer = send(&mut connection, request(revision, 4, method, json!({})));
        text += &pretty(answer.to_string().as_bytes());
    }
    let body = ResourceBody::text("log://today", "All is well.").with_mime_type("text/plain");
    let conversation = PromptResult::user(Content::text("Review a.rs."));
    let completing = json!({
        "ref": {"type": "ref/prompt", "name": "review"},
        "argument": {"name": "tone", "value": "k"}
    });
    let asked: [(&str, Value, Answer); 3] = [
        (
            "resources/read",
            json!({"uri": "log://today"}),
            ResourceContents::one(body).into(),
        ),
        (
            "prompts/get",
            json!({"name": "review", "arguments": {"path": "a.rs"}}),
            conversation.into(),
        ),
        (
            "completion/complete",
            completing,
            Completion::of(["kind"]).into(),
        ),
    ];
    for (method, params, answer) in asked {
        let query = query(&mut connection, request(revision, 5, method, params));
        let answer = answered(&mut connection, &query, answer);
        text += &pretty(answer.to_string().as_bytes());
    }
    let declared = json!({"elicitation": {}, "roots": {}});
    let call = ask(revision, 6, "tools/call", json!({"name": "now"}), &declared);
    let call = start(&mut connection, call);
    let question = match revision.has_elicitation() {
        true => InputRequest::form("Which zone?", json!({"type": "object", "properties": {}})),
        false => InputRequest::Roots,
    };
    let needed = InputRequired::one("q", question).with_state("asked");
    for message in sends(connection.answer(call.key, needed.into())) {
        text += &pretty(message.to_string().as_bytes());
    }
    text
}

/// Opening, listing, a result and an invalid call, as each revision sees them.
#[test]
fn conversations() {
    for revision in Revision::ALL {
        let mut text = String::new();
        let opening = match revision.era() {
            Era::Stateless => request(revision, 1, "server/discover", json!({})),
            Era::Initialize => request(
                revision,
                1,
                "initialize",
                json!({
                    "protocolVersion": revision.as_str(), "capabilities": {},
                    "clientInfo": {"name": "golden", "version": "0"}
                }),
            ),
        };
        let list = request(revision, 2, "tools/list", json!({}));
        for (mut connection, message) in [(fresh(), opening), (open(revision), list)] {
            for outcome in connection.handle_frame(message.to_string().as_bytes()) {
                let mcp_proto::Outcome::Send(answer) = outcome else {
                    panic!("{outcome:?}");
                };
                text += &pretty(answer.as_bytes());
            }
        }
        let mut connection = open(revision);
        let call = start(
            &mut connection,
            call(revision, 3, "get_weather", json!({"location": "Oslo"})),
        );
        let result =
            ToolResult::text("−3 °C").with_structured(json!({"temperature": -3, "wind": null}));
        let answer = connection
            .finish(call.key, &result)
            .map(Outgoing::into_bytes)
            .unwrap();
        text += &pretty(&answer);
        text += &beside_tools(revision);
        expect_file![data(&format!("golden/{revision}.txt"))].assert_eq(&text);
    }
}
