//! A server's end of the protocol: whatever the client sends, in whatever pieces, the same
//! answers, each of them JSON, and the connection stays usable.

mod dialogue;

use std::sync::{Arc, OnceLock};

use mcp_proto::{
    Catalogue, Connection, Implementation, Line, LineFramer, Outcome, Outgoing, RequestKey, Server,
    ToolDefinition, ToolResult,
};
use serde_json::json;

use super::input::{Input, cuttings};

/// The first byte chooses the longest line, when calls are finished and whether resources come
/// and go, the second how the rest is cut.
pub fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let (choice, seed) = (input.byte(), input.byte());
    let stream = input.rest(1 << 14);
    dialogue::check(stream, choice & 8 != 0);
    let limit = match choice & 3 {
        0 => mcp_proto::MAX_LINE_BYTES,
        1 => usize::from(choice >> 3),
        2 => 100,
        _ => 1000,
    };

    let expected = lines(stream, limit.max(1));
    let mut answers = cuttings(stream, seed).map(|pieces| {
        let mut lines = Vec::new();
        frames(&pieces, limit, |line| lines.push(owned(line)));
        assert_eq!(lines, expected, "lines in {} pieces", pieces.len());
        talk(&pieces, limit, choice & 4 != 0)
    });
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "the answers depend on the cuts: {:#?}",
        answers
            .each_mut()
            .map(|answer| String::from_utf8_lossy(answer).into_owned())
    );
}

/// A line, or that it was too long.
type Owned = Option<Vec<u8>>;

fn owned(line: Line<'_>) -> Owned {
    match line {
        Line::Frame(bytes) => Some(bytes.to_vec()),
        Line::TooLong { .. } => None,
    }
}

/// The lines of a whole stream, by the framer's description.
fn lines(stream: &[u8], limit: usize) -> Vec<Owned> {
    let mut lines = Vec::new();
    for line in stream.split(|&byte| byte == b'\n') {
        if line.len() > limit {
            lines.push(None);
            continue;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.iter().all(|byte| b" \t\r".contains(byte)) {
            lines.push(Some(line.to_vec()));
        }
    }
    lines
}

fn frames(pieces: &[&[u8]], limit: usize, mut take: impl FnMut(Line<'_>)) {
    let mut framer = LineFramer::with_limit(limit);
    for piece in pieces {
        let mut piece = *piece;
        while let Some(line) = framer.next_line(&mut piece) {
            take(line);
        }
        assert!(piece.is_empty(), "bytes were left when there was no line");
    }
    if let Some(line) = framer.finish() {
        take(line);
    }
}

/// All that a server writes to such a client. Calls are finished at once, or all of them at the
/// end, the last one first.
fn talk(pieces: &[&[u8]], limit: usize, late: bool) -> Vec<u8> {
    let mut connection = connection();
    let mut written = Vec::new();
    let mut calls: Vec<RequestKey> = Vec::new();
    frames(pieces, limit, |line| {
        for outcome in connection.handle_line(line) {
            match outcome {
                Outcome::Send(answer) => write(answer, &mut written),
                Outcome::CallTool(call) | Outcome::InvalidArguments(call, _) => {
                    calls.push(call.key);
                }
                Outcome::Cancel { key, .. } => calls.retain(|call| *call != key),
                _ => {}
            }
        }
        if !late {
            finish(&mut connection, &mut calls, &mut written);
        }
    });
    finish(&mut connection, &mut calls, &mut written);
    assert_eq!(
        connection.in_flight(),
        subscriptions(&mut connection, &mut written)
    );

    let before = written.len();
    let ping = br#"{"jsonrpc":"2.0","id":"still here?","method":"ping"}"#;
    for outcome in connection.handle_frame(ping) {
        match outcome {
            Outcome::Send(answer) => write(answer, &mut written),
            other => panic!("a ping led to {other:?}"),
        }
    }
    let answer = String::from_utf8_lossy(&written[before..]);
    assert!(
        answer.contains("still here?"),
        "a ping was answered by {answer:?}"
    );
    written
}

fn finish(connection: &mut Connection, calls: &mut Vec<RequestKey>, written: &mut Vec<u8>) {
    let result = ToolResult::text("done");
    while let Some(key) = calls.pop() {
        if let Some(answer) = connection.finish(key, &result) {
            write(answer, written);
        }
    }
}

/// What is in flight still when all calls are finished.
fn subscriptions(connection: &mut Connection, written: &mut Vec<u8>) -> usize {
    let before = connection.in_flight();
    let ended = connection.end_subscriptions();
    let count = before - connection.in_flight();
    for answer in ended {
        write(answer, written);
    }
    assert_eq!(connection.in_flight(), 0, "a request was never answered");
    count
}

/// Every message is one line of JSON.
fn write(answer: Outgoing, written: &mut Vec<u8>) {
    let line = answer.into_line();
    let json = line.strip_suffix(b"\n").unwrap_or(&line);
    assert!(!json.contains(&b'\n'), "a message of two lines");
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(json) {
        panic!("{error}: {}", String::from_utf8_lossy(json));
    }
    written.extend(line);
}

fn connection() -> Connection {
    static SHARED: OnceLock<(Arc<Server>, Arc<Catalogue>)> = OnceLock::new();
    let (server, catalogue) = SHARED.get_or_init(|| {
        let add = ToolDefinition::new("add", "Adds two numbers.").with_input_schema(json!({
            "type": "object",
            "properties": {
                "a": {"type": "integer", "minimum": -1000},
                "b": {"type": ["integer", "string"], "maxLength": 5},
                "how": {"enum": ["exactly", "roughly"]},
            },
            "required": ["a"],
            "additionalProperties": false,
        }));
        let catalogue = Catalogue::builder()
            .tool(ToolDefinition::new("now", "Tells the time."))
            .tool(add)
            .unlisted(ToolDefinition::new(
                "old_now",
                "Tells the time under its old name.",
            ))
            .page_size(1)
            .build();
        let server = Server::new(Implementation::new("fuzzed", "1.0.0")).with_max_in_flight(3);
        let catalogue = catalogue.expect("these tools are well-formed");
        (Arc::new(server), Arc::new(catalogue))
    });
    Connection::new(Arc::clone(server), Arc::clone(catalogue))
}
