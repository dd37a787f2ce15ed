//! The exact bytes of the most important answers, per revision.

use expect_test::expect_file;
use mcp_proto::{Era, Outgoing, Revision, ToolResult};
use serde_json::{Value, json};

use crate::support::{call, data, fresh, open, request, start};

fn pretty(message: &[u8]) -> String {
    let message: Value = serde_json::from_slice(message).unwrap();
    format!("{}\n", serde_json::to_string_pretty(&message).unwrap())
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
        expect_file![data(&format!("golden/{revision}.txt"))].assert_eq(&text);
    }
}
