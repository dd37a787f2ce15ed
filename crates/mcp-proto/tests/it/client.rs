//! Client and server over memory, in both eras.

use std::sync::Arc;

use mcp_proto::{
    Client, Connection, Event, Implementation, Line, LineFramer, LogLevel, Outcome, ProgressToken,
    Revision, ToolResult,
};
use serde_json::{Map, Value, json};

use crate::support::{fresh, open, server, tools};

/// A client and a server with nothing between them but lines.
struct Pair {
    client: Client,
    connection: Connection,
}

impl Pair {
    fn new(connection: Connection) -> Self {
        let client = Client::new(Implementation::new("test", "1"));
        Self { client, connection }
    }

    /// Carries a line over, answers calls with an echo, and returns what the client hears.
    fn carry(&mut self, line: &[u8]) -> Vec<Event> {
        let mut heard = Vec::new();
        let mut framer = LineFramer::new();
        let mut piece = line;
        while let Some(line) = framer.next_line(&mut piece) {
            for outcome in self.connection.handle_line(line) {
                heard.extend(self.react(outcome));
            }
        }
        heard
    }

    fn react(&mut self, outcome: Outcome) -> Vec<Event> {
        let lines: Vec<Vec<u8>> = match outcome {
            Outcome::Send(outgoing) => vec![outgoing.into_line()],
            Outcome::CallTool(call) => {
                let text = Value::Object(call.arguments).to_string();
                let progress = self
                    .connection
                    .progress(call.key, 1.0, Some(2.0), Some("half"));
                let log = self.connection.log(
                    Some(call.key),
                    LogLevel::Info,
                    Some("echo"),
                    &json!("called"),
                );
                let answer = self.connection.finish(call.key, &ToolResult::text(text));
                let all = [progress, log, answer];
                all.into_iter()
                    .flatten()
                    .map(mcp_proto::Outgoing::into_line)
                    .collect()
            }
            _ => vec![],
        };
        let mut heard = Vec::new();
        for line in lines {
            let mut framer = LineFramer::new();
            let mut piece = &line[..];
            while let Some(Line::Frame(frame)) = framer.next_line(&mut piece) {
                heard.push(self.client.handle_frame(frame));
            }
        }
        heard
    }

    fn ready(&mut self, line: &[u8]) -> Revision {
        match self.carry(line).remove(0) {
            Event::Ready { server, reply } => {
                if let Some(reply) = reply {
                    assert!(self.carry(&reply).is_empty());
                }
                server.revision
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn every_revision_can_be_spoken_end_to_end() {
    for revision in Revision::ALL {
        let mut pair = Pair::new(fresh());
        let (_, line) = match revision {
            Revision::V2026_07_28 => pair.client.discover(),
            _ => pair.client.initialize(revision),
        };
        assert_eq!(pair.ready(&line), revision);
        assert_eq!(pair.client.revision(), Some(revision));

        let (_, line) = pair.client.list_tools(None);
        let Event::Tools {
            tools,
            next_cursor: None,
            ..
        } = pair.carry(&line).remove(0)
        else {
            panic!("{revision}: tools");
        };
        assert_eq!(tools.len(), 3);

        if let Some((_, line)) = pair.client.set_log_level(LogLevel::Debug) {
            assert!(matches!(pair.carry(&line)[..], [Event::Done { .. }]));
        }
        let token = ProgressToken::from("p");
        let (id, line) =
            pair.client
                .call_tool("get_weather", json!({"location": "Oslo"}), Some(&token));
        let heard = pair.carry(&line);
        let [
            Event::Progress {
                token: told,
                progress,
                ..
            },
            Event::Log { level, .. },
            Event::ToolResult {
                id: answered,
                result,
            },
        ] = &heard[..]
        else {
            panic!("{revision}: {heard:?}");
        };
        assert_eq!(
            (told, *progress, *level, answered),
            (&token, 1.0, LogLevel::Info, &id)
        );
        assert_eq!(result.text(), r#"{"location":"Oslo"}"#);
        assert_eq!(pair.client.in_flight(), 0);
    }
}

#[test]
fn connecting_prefers_the_newer_era() {
    let mut pair = Pair::new(fresh());
    let (_, line) = pair.client.connect();
    assert_eq!(pair.ready(&line), Revision::V2026_07_28);
}

#[test]
fn connecting_falls_back_on_a_handshake() {
    for error in [
        json!({"code": -32601, "message": "Method not found"}),
        json!({"code": -32602, "message": "no"}),
        json!({"code": -32022, "message": "no", "data": {"supported": ["2099-01-01", "2025-06-18"], "requested": "2026-07-28"}}),
    ] {
        let mut client = Client::new(Implementation::new("test", "1"));
        let (id, _) = client.connect();
        let answer = json!({"jsonrpc": "2.0", "id": id.as_i64(), "error": error});
        let Event::Send(line) = client.handle_frame(answer.to_string().as_bytes()) else {
            panic!("falls back on {error}");
        };
        let message: Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(message["method"], "initialize");
        assert!(message["params"].get("_meta").is_none());
    }
    let mut client = Client::new(Implementation::new("test", "1"));
    let (id, _) = client.connect();
    let answer = json!({"jsonrpc": "2.0", "id": id.as_i64(), "error":
        {"code": -32022, "message": "no", "data": {"supported": ["2099-01-01"], "requested": "2026-07-28"}}});
    let event = client.handle_frame(answer.to_string().as_bytes());
    assert!(
        matches!(event, Event::Failed { .. }),
        "a newer server must not be taken for an older"
    );
}

#[test]
fn a_server_of_an_unknown_revision_is_refused() {
    let mut client = Client::new(Implementation::new("test", "1"));
    let (id, _) = client.initialize(Revision::V2025_11_25);
    let answer =
        json!({"jsonrpc": "2.0", "id": id.as_i64(), "result": {"protocolVersion": "2031-01-01"}});
    let event = client.handle_frame(answer.to_string().as_bytes());
    assert!(matches!(event, Event::Failed { .. }), "{event:?}");
    assert_eq!(client.revision(), None);
}

#[test]
fn answers_to_requests_that_were_given_up_are_ignored() {
    let mut pair = Pair::new(open(Revision::V2026_07_28));
    pair.client.assume(Revision::V2026_07_28);
    let (id, line) = pair.client.call_tool("now", json!({}), None);
    let cancel = pair.client.cancel(&id, "no more");
    let heard = pair.carry(&line);
    assert_eq!(heard, [Event::Ignored]);
    assert!(pair.carry(&cancel).is_empty());
}

#[test]
fn nonsense_and_unknown_ids_are_ignored() {
    let mut client = Client::new(Implementation::new("test", "1"));
    for frame in [
        "",
        "{",
        "[]",
        r#"{"jsonrpc":"2.0","id":99,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":{},"result":{}}"#,
    ] {
        assert_eq!(
            client.handle_frame(frame.as_bytes()),
            Event::Ignored,
            "{frame}"
        );
    }
}

#[test]
fn an_unknown_result_type_is_a_failure() {
    let mut client = Client::new(Implementation::new("test", "1"));
    client.assume(Revision::V2026_07_28);
    let (id, _) = client.call_tool("now", json!({}), None);
    let answer = json!({"jsonrpc": "2.0", "id": id.as_i64(), "result": {"resultType": "riddle"}});
    let event = client.handle_frame(answer.to_string().as_bytes());
    assert!(matches!(event, Event::Failed { .. }), "{event:?}");
}

#[test]
fn a_client_answers_pings_and_declines_the_rest() {
    let mut client = Client::new(Implementation::new("test", "1"));
    let answer = |client: &mut Client, method: &str| {
        let request = json!({"jsonrpc": "2.0", "id": "s1", "method": method});
        let Event::Send(line) = client.handle_frame(request.to_string().as_bytes()) else {
            panic!("{method} is answered");
        };
        serde_json::from_slice::<Value>(&line).unwrap()
    };
    assert_eq!(
        answer(&mut client, "ping"),
        json!({"jsonrpc": "2.0", "id": "s1", "result": {}})
    );
    assert_eq!(answer(&mut client, "roots/list")["error"]["code"], -32601);
}

#[test]
fn a_client_hears_that_tools_changed() {
    let connection = Connection::new(Arc::new(server()), Arc::new(tools()));
    let mut pair = Pair::new(connection);
    pair.client.assume(Revision::V2026_07_28);
    let (id, line) = pair.client.listen_for_tools();
    let heard = pair.carry(&line);
    assert!(
        matches!(&heard[..], [Event::Notification { method, .. }] if method == "notifications/subscriptions/acknowledged")
    );
    let changed = pair.connection.set_catalogue(Arc::new(tools()));
    let heard = pair.client.handle_frame(changed[0].as_bytes());
    assert_eq!(heard, Event::ToolsChanged);
    let ended = pair.connection.end_subscriptions();
    let heard = pair.client.handle_frame(ended[0].as_bytes());
    assert!(matches!(heard, Event::Done { id: ended, .. } if ended == id));
}

#[test]
fn requests_of_ones_own_carry_what_the_era_asks_for() {
    let mut client = Client::new(Implementation::new("test", "1"));
    client.assume(Revision::V2026_07_28);
    let mut params = Map::new();
    params.insert("a\"b".into(), json!(1));
    params.insert("_meta".into(), json!({"traceparent": "x"}));
    let (_, line) = client.request("x/y", &params);
    let message: Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(message["params"]["a\"b"], 1);
    let meta = &message["params"]["_meta"];
    assert_eq!(
        meta["io.modelcontextprotocol/protocolVersion"],
        "2026-07-28"
    );
    assert_eq!(
        meta["io.modelcontextprotocol/clientCapabilities"],
        json!({})
    );
    assert_eq!(meta["traceparent"], "x");
}

/// Promise: a client is handed what the server asks of it when it has declared that, and only
/// then; its answer has the question's id.
#[test]
fn a_client_is_asked_what_it_declares() {
    let question =
        br#"{"jsonrpc":"2.0","id":"ask-1","method":"elicitation/create","params":{"message":"?"}}"#;
    let mut plain = Client::new(Implementation::new("test", "1"));
    let Event::Send(line) = plain.handle_frame(question) else {
        panic!("refused");
    };
    let answer: Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(
        (&answer["id"], &answer["error"]["code"]),
        (&json!("ask-1"), &json!(-32601))
    );

    let declared = json!({"elicitation": {}}).as_object().cloned().unwrap();
    let mut asked = Client::new(Implementation::new("test", "1")).with_capabilities(declared);
    let Event::Asked { id, method, params } = asked.handle_frame(question) else {
        panic!("asked");
    };
    assert_eq!(
        (method.as_str(), params),
        ("elicitation/create", json!({"message": "?"}))
    );
    let line = asked.answer(&id, &Ok(json!({"action": "decline"})));
    let answer: Value = serde_json::from_slice(&line).unwrap();
    let expected = json!({"jsonrpc": "2.0", "id": "ask-1", "result": {"action": "decline"}});
    assert_eq!(answer, expected);
}

/// Promise: who calls again sends the answers and the state along with the same arguments.
#[test]
fn a_client_calls_again_with_its_answers() {
    let mut client = Client::new(Implementation::new("test", "1"));
    client.assume(Revision::V2026_07_28);
    let answers = json!({"q": {"action": "accept"}})
        .as_object()
        .cloned()
        .unwrap();
    let (_, line) = client.call_tool_again("t", json!({"a": 1}), answers.clone(), Some("sealed"));
    let sent: Value = serde_json::from_slice(&line).unwrap();
    let params = &sent["params"];
    assert_eq!(params["arguments"], json!({"a": 1}));
    assert_eq!(params["inputResponses"], Value::Object(answers));
    assert_eq!(params["requestState"], "sealed");
}
