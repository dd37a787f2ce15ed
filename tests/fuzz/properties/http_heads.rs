//! The HTTP binding's rules: whatever head and body come, a decision; what is let through agrees
//! with its body as a plain JSON parser reads it; refusals are well-formed.

use std::sync::OnceLock;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use mcp_proto::http::sse::{self, Event, EventTooLong, Parser};
use mcp_proto::http::{
    AccessRules, BodyKind, DeleteHead, EventLog, GetHead, NamedRevision, Peek, PostHead, Refusal,
    Route, Verb, check_mirrors, decode_value, encode_value,
};
use mcp_proto::{Catalogue, Era, Message, ToolDefinition, parse_message};
use serde_json::{Value, json};

use super::input::{Input, cuttings};

/// The first byte chooses the method and whether the usual headers are there, the second how a
/// stream is cut. Lines of headers follow up to an empty one, and then the body, which is also
/// read as a stream of events.
pub fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let (choice, seed) = (input.byte(), input.byte());
    let method = [Method::POST, Method::POST, Method::GET, Method::DELETE];
    let mut headers = HeaderMap::new();
    if choice & 4 != 0 {
        let json = HeaderValue::from_static("application/json");
        headers.append(header::CONTENT_TYPE, json);
        headers.append(header::ACCEPT, HeaderValue::from_static("*/*"));
    }
    loop {
        let line = input.line();
        if line.is_empty() {
            break;
        }
        append(&mut headers, line);
        text(line);
    }
    let body = input.rest(1 << 14);

    access(&headers);
    if let Err(refusal) = request(&method[usize::from(choice & 3)], &headers, body) {
        refused(&refusal);
    }
    stream(body, seed);
}

fn append(headers: &mut HeaderMap, line: &[u8]) {
    let colon = line.iter().position(|&byte| byte == b':');
    let (name, value) = line.split_at(colon.unwrap_or(line.len()));
    let value = value.strip_prefix(b":").unwrap_or(value);
    let pair = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value));
    if let (Ok(name), Ok(value)) = pair {
        headers.append(name, value);
    }
}

fn request(method: &Method, headers: &HeaderMap, body: &[u8]) -> Result<(), Refusal> {
    match Verb::of(method)? {
        Verb::Get => drop(GetHead::read(headers)?),
        Verb::Delete => drop(DeleteHead::read(headers)?),
        Verb::Post => {
            let head = PostHead::read(headers)?;
            let peek = Peek::read(body)?;
            same_message(&peek, body);
            let route = Route::decide(&head, &peek)?;
            if route == Route::Stateless {
                check_mirrors(&head, &peek, tools())?;
                mirrored(&head, &peek, headers, body);
            }
        }
    }
    Ok(())
}

/// A look into a body shows the message that the connection will read.
fn same_message(peek: &Peek<'_>, body: &[u8]) {
    let message = parse_message(body);
    match (peek.kind, &message) {
        (BodyKind::Batch, Ok(Message::Batch)) | (BodyKind::Response, Ok(Message::Response(_))) => {}
        (BodyKind::Request, Ok(Message::Request(request))) => {
            assert_eq!(peek.id.map(str::to_owned), Some(request.id.to_string()));
            assert_eq!(peek.method.as_deref(), Some(&*request.method));
        }
        (BodyKind::Notification, Ok(Message::Notification(note))) => {
            assert_eq!(
                (peek.id, peek.method.as_deref()),
                (None, Some(&*note.method))
            );
        }
        _ => panic!("{peek:?} and {message:?}"),
    }
}

/// Headers that were found to agree with the body do.
fn mirrored(head: &PostHead<'_>, peek: &Peek<'_>, headers: &HeaderMap, body: &[u8]) {
    let stateless =
        matches!(head.revision, NamedRevision::Known(revision) if revision.era() == Era::Stateless);
    let body: Value = match serde_json::from_slice(body) {
        Ok(body) if stateless && peek.kind == BodyKind::Request => body,
        // Nested deeper than values may be, which the connection refuses as well.
        _ => return,
    };
    let params = &body["params"];
    assert_eq!(head.method, body["method"].as_str());
    let revision = &params["_meta"]["io.modelcontextprotocol/protocolVersion"];
    assert!(
        revision
            .as_str()
            .is_none_or(|revision| head.revision.text() == Some(revision))
    );
    let name = match body["method"].as_str() {
        Some("tools/call" | "prompts/get") => &params["name"],
        Some("resources/read") => &params["uri"],
        _ => return,
    };
    let header = head
        .name
        .map(|name| decode_value(name).expect("a name that was compared"));
    assert_eq!(header.as_deref(), name.as_str());
    if (body["method"].as_str(), name.as_str()) != (Some("tools/call"), Some("sql")) {
        return;
    }
    let arguments = &params["arguments"];
    for (name, value) in [
        ("Region", &arguments["region"]),
        ("Zone", &arguments["at"]["zone"]),
    ] {
        let header = headers.get(format!("mcp-param-{name}")).map(|header| {
            let text = header.to_str().expect("a header that was compared");
            let text = text.trim_matches([' ', '\t']);
            decode_value(text)
                .expect("a header that was compared")
                .into_owned()
        });
        match value {
            Value::String(text) => assert_eq!(header.as_ref(), Some(text)),
            Value::Null => assert_eq!(header, None),
            _ => {}
        }
    }
}

/// What is let in is one of the hosts on the list, and no page but the listener's own.
fn access(headers: &HeaderMap) {
    let rules = AccessRules::loopback(8765);
    if rules.check(&Uri::from_static("/mcp"), headers).is_err() {
        return;
    }
    let host = headers[header::HOST]
        .to_str()
        .expect("a host that was allowed");
    let host = host.trim_matches([' ', '\t']).to_ascii_lowercase();
    let names = ["localhost", "127.0.0.1", "[::1]"];
    let rest = names.iter().find_map(|name| host.strip_prefix(name));
    let rest = rest.expect("a host on the list");
    let port = rest.strip_prefix(':').unwrap_or("80");
    assert!(rest.is_empty() || rest.starts_with(':'), "{host}");
    assert!(port.parse::<u16>().is_ok(), "{host}");
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().expect("an origin that was allowed");
        let origin = origin.trim_matches([' ', '\t']).to_ascii_lowercase();
        let (name, port) = origin.rsplit_once(':').expect("an origin with a port");
        assert_eq!(port.parse(), Ok(8765_u16), "{origin}");
        assert!(
            names.iter().any(|one| name == format!("http://{one}")),
            "{origin}"
        );
    }
}

fn refused(refusal: &Refusal) {
    assert!(refusal.status.is_client_error(), "{refusal:?}");
    assert_eq!(
        refusal.status == 405,
        refusal.allow.is_some(),
        "{refusal:?}"
    );
    let body: Value = match serde_json::from_slice(&refusal.body()) {
        Ok(body) => body,
        Err(error) => panic!("{error} in the body of {refusal:?}"),
    };
    let code = body["error"]["code"].as_i64();
    assert!(code.is_some_and(|code| code < 0), "{body}");
}

/// Any text as a header's value and as the id of an event.
fn text(line: &[u8]) {
    let Ok(text) = std::str::from_utf8(line) else {
        return;
    };
    assert_eq!(decode_value(&encode_value(text)).as_deref(), Ok(text));
    let mut log = EventLog::default();
    let stream = log.open().expect("a first stream");
    log.push(stream, b"{}");
    if let Ok(replay) = log.replay_after(text) {
        assert_eq!(replay.stream, stream);
    }
}

/// The cuts of a stream make no difference, and what is written is read again.
fn stream(bytes: &[u8], seed: u8) {
    let expected = events(&[bytes]);
    for pieces in cuttings(bytes, seed) {
        assert_eq!(events(&pieces), expected, "in {} pieces", pieces.len());
    }
    let frame = sse::message(Some("1-1"), bytes);
    let (read, end) = events(&[&frame]);
    assert!(end.is_err() || read.len() == 1, "{read:?}");
}

fn events(pieces: &[&[u8]]) -> (Vec<Event>, Result<(), EventTooLong>) {
    let mut parser = Parser::with_limit(1000);
    let mut events = Vec::new();
    for piece in pieces {
        let mut piece = *piece;
        loop {
            match parser.next_event(&mut piece) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => return (events, Err(error)),
            }
        }
    }
    (events, Ok(()))
}

fn tools() -> &'static Catalogue {
    static TOOLS: OnceLock<Catalogue> = OnceLock::new();
    TOOLS.get_or_init(|| {
        let sql = ToolDefinition::new("sql", "Runs a statement.").with_input_schema(json!({
            "type": "object",
            "properties": {
                "region": {"type": "string", "x-mcp-header": "Region"},
                "limit": {"type": "integer", "x-mcp-header": "Limit"},
                "dry": {"type": "boolean", "x-mcp-header": "Dry"},
                "at": {
                    "type": "object",
                    "properties": {"zone": {"type": "string", "x-mcp-header": "Zone"}},
                },
            },
        }));
        let tools = Catalogue::builder().tool(sql).build();
        tools.expect("this tool is well-formed")
    })
}
