//! How client and server come to speak one revision, in either era or both.

use mcp_proto::{Era, Outcome, Revision};
use serde_json::json;

use crate::support::{call, conforms, fresh, open, request, send, sends, start};

fn initialize(version: &str) -> serde_json::Value {
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": version, "capabilities": {"roots": {}},
        "clientInfo": {"name": "test", "version": "0"}
    }})
}

#[test]
fn a_known_revision_is_agreed_to_and_any_other_answered_with_the_newest() {
    for (asked, given) in [
        ("2025-11-25", "2025-11-25"),
        ("2025-06-18", "2025-06-18"),
        ("2025-03-26", "2025-03-26"),
        ("2024-11-05", "2024-11-05"),
        ("2024-10-07", "2025-11-25"),
        ("2099-01-01", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("", "2025-11-25"),
    ] {
        let answer = send(&mut fresh(), initialize(asked));
        assert_eq!(
            answer["result"]["protocolVersion"], given,
            "asked for {asked}"
        );
    }
}

#[test]
fn initialize_answers_conform_to_each_revision() {
    for revision in Revision::ALL
        .into_iter()
        .filter(|r| r.era() == Era::Initialize)
    {
        let answer = send(&mut fresh(), initialize(revision.as_str()));
        conforms(revision, "InitializeResult", &answer["result"]);
        conforms(revision, "Implementation", &answer["result"]["serverInfo"]);
    }
}

#[test]
fn initialize_without_a_version_is_refused_by_name() {
    let answer = send(
        &mut fresh(),
        json!({"jsonrpc": "2.0", "id": 0, "method": "initialize"}),
    );
    assert_eq!(answer["error"]["code"], -32602);
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("protocolVersion")
    );
}

#[test]
fn the_handshake_is_told_once_with_who_the_client_is() {
    let mut connection = fresh();
    send(&mut connection, initialize("2025-06-18"));
    let note = br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let outcomes = connection.handle_frame(note);
    let [Outcome::Initialized(context)] = &outcomes[..] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(context.revision, Revision::V2025_06_18);
    assert_eq!(context.client.as_ref().unwrap().name, "test");
    assert!(context.capabilities.roots() && !context.capabilities.elicitation_form());
    assert!(connection.handle_frame(note).is_empty());
}

#[test]
fn before_initialize_only_ping_is_answered() {
    let mut connection = fresh();
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    assert_eq!(send(&mut connection, ping)["result"], json!({}));
    for method in ["tools/list", "tools/call", "logging/setLevel"] {
        let answer = send(
            &mut connection,
            json!({"jsonrpc": "2.0", "id": 1, "method": method}),
        );
        assert_eq!(answer["error"]["code"], -32602, "{method}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(
            message.contains("`initialize` before it") && message.contains("_meta"),
            "{message}"
        );
    }
}

/// A proxy in front of several clients sends several handshakes.
#[test]
fn a_second_initialize_settles_the_revision_anew() {
    let mut connection = open(Revision::V2024_11_05);
    let pending = start(
        &mut connection,
        call(
            Revision::V2024_11_05,
            1,
            "get_weather",
            json!({"location": "x"}),
        ),
    );
    let answer = send(&mut connection, initialize("2025-11-25"));
    assert_eq!(answer["result"]["protocolVersion"], "2025-11-25");
    let result = mcp_proto::ToolResult::structured(json!({"temperature": 1}));
    let old = crate::support::json(&connection.finish(pending.key, &result).unwrap());
    conforms(Revision::V2024_11_05, "CallToolResult", &old["result"]);
}

#[test]
fn discovery_says_versions_capabilities_and_identity() {
    let revision = Revision::V2026_07_28;
    let answer = send(
        &mut fresh(),
        request(revision, "d", "server/discover", json!({})),
    );
    conforms(revision, "DiscoverResult", &answer["result"]);
    let result = &answer["result"];
    assert_eq!(result["supportedVersions"][0], "2026-07-28");
    assert_eq!(
        result["capabilities"],
        json!({"logging": {}, "tools": {"listChanged": true}})
    );
    let info = &result["_meta"]["io.modelcontextprotocol/serverInfo"];
    assert_eq!(info["name"], "weather");
    assert_eq!(info["websiteUrl"], "https://example.com");
    assert_eq!(result["ttlMs"], 300_000);
    assert_eq!(result["cacheScope"], "private");
    assert_eq!(result["instructions"], "Ask for a place.");
}

#[test]
fn an_unsupported_revision_names_those_that_are() {
    let mut message = request(Revision::V2026_07_28, 1, "tools/list", json!({}));
    message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = "1900-01-01".into();
    let answer = send(&mut fresh(), message);
    conforms(
        Revision::V2026_07_28,
        "UnsupportedProtocolVersionError",
        &answer,
    );
    assert_eq!(answer["error"]["data"]["requested"], "1900-01-01");
    let supported = answer["error"]["data"]["supported"].as_array().unwrap();
    assert_eq!(supported.len(), Revision::ALL.len());
}

#[test]
fn methods_of_the_other_era_are_not_found() {
    let new = Revision::V2026_07_28;
    for method in ["ping", "logging/setLevel"] {
        let answer = send(
            &mut open(new),
            request(new, 1, method, json!({"level": "info"})),
        );
        assert_eq!(answer["error"]["code"], -32601, "{method}");
    }
}

#[test]
fn both_eras_live_on_one_connection() {
    let (old, new) = (Revision::V2025_06_18, Revision::V2026_07_28);
    let mut connection = fresh();
    let discovered = send(
        &mut connection,
        request(new, 1, "server/discover", json!({})),
    );
    assert_eq!(discovered["result"]["resultType"], "complete");
    send(&mut connection, initialize(old.as_str()));
    let listed = send(&mut connection, request(old, 2, "tools/list", json!({})));
    conforms(old, "ListToolsResult", &listed["result"]);
    let listed = send(&mut connection, request(new, 3, "tools/list", json!({})));
    conforms(new, "ListToolsResult", &listed["result"]);
    let first = start(&mut connection, call(old, 4, "now", json!({})));
    let second = start(&mut connection, call(new, 5, "now", json!({})));
    assert_eq!(
        (first.context.revision, second.context.revision),
        (old, new)
    );
    for (revision, call) in [(new, second), (old, first)] {
        let answer = connection
            .finish(call.key, &mcp_proto::ToolResult::text("noon"))
            .unwrap();
        conforms(
            revision,
            "CallToolResult",
            &crate::support::json(&answer)["result"],
        );
    }
}

#[test]
fn a_stateless_request_infers_nothing_from_the_session() {
    let new = Revision::V2026_07_28;
    let mut connection = open(Revision::V2025_11_25);
    let call = start(&mut connection, call(new, 1, "now", json!({})));
    assert_eq!(
        call.context.client, None,
        "the client of the handshake is another matter"
    );
}

#[test]
fn who_asks_and_its_trace_reach_the_tool() {
    let new = Revision::V2026_07_28;
    let parent = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
    let meta = json!({
        "io.modelcontextprotocol/clientInfo": {"name": "ide", "version": "3", "title": "IDE"},
        "traceparent": parent, "baggage": "k=v", "example.com/other": [1, 2]
    });
    let params = json!({"name": "now", "_meta": meta, "requestState": "s",
        "inputResponses": {"q": {"action": "accept"}}});
    let call = start(&mut fresh(), request(new, 1, "tools/call", params));
    assert_eq!(call.context.client.unwrap().title.as_deref(), Some("IDE"));
    let trace = call.context.trace.unwrap();
    assert_eq!(trace.traceparent.as_deref(), Some(parent));
    assert_eq!(
        (trace.tracestate, trace.baggage.as_deref()),
        (None, Some("k=v"))
    );
    assert_eq!(call.input.state.as_deref(), Some("s"));
    assert_eq!(
        call.input.responses.unwrap().get("q").unwrap()["action"],
        "accept"
    );
}

#[test]
fn an_odd_client_identity_is_no_ground_for_refusal() {
    let new = Revision::V2026_07_28;
    for claim in [json!(null), json!("ide"), json!({}), json!({"name": 5})] {
        let meta = json!({"io.modelcontextprotocol/clientInfo": claim});
        let outcomes = fresh().handle_frame(
            request(new, 1, "tools/list", json!({"_meta": meta}))
                .to_string()
                .as_bytes(),
        );
        assert!(sends(outcomes)[0].get("result").is_some(), "{claim}");
    }
}

/// A client with a large identity must not make every session large.
#[test]
fn a_long_client_name_is_cut() {
    let name = "n".repeat(100_000);
    let mut message = initialize("2025-11-25");
    message["params"]["clientInfo"]["name"] = name.into();
    let mut connection = fresh();
    send(&mut connection, message);
    let client = connection.session().unwrap().client.clone().unwrap();
    assert_eq!(client.name.len(), 256);
}
