//! Every request to the HTTP endpoint goes where the tables of the specification send it, or is
//! refused as they say.

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use mcp_proto::http::{
    DeleteHead, GetHead, Peek, PostHead, Refusal, Route, SessionId, Verb, check_mirrors,
};
use mcp_proto::{Catalogue, ToolDefinition};
use serde_json::{Value, json};

use crate::support::fixture;

const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"a","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}"#;

struct Case {
    heading: String,
    method: Method,
    headers: HeaderMap,
    body: Vec<u8>,
    expected: String,
}

/// Guards: who serves a request, and with which status, code, id and words others are refused.
#[test]
fn requests_go_where_the_table_says() {
    let table = fixture("http-heads.txt");
    let cases: Vec<Case> = table
        .split("\n# ")
        .skip(1)
        .map(|text| Case::read(text.trim_end()))
        .collect();
    assert!(cases.len() > 120, "{} cases", cases.len());
    let tools = catalogue();
    for case in cases {
        check(&case, &tools);
    }
}

fn check(case: &Case, tools: &Catalogue) {
    let heading = &case.heading;
    let refusal = match case.run(tools) {
        Ok(destination) => return assert_eq!(destination, case.expected, "{heading}"),
        Err(refusal) => refusal,
    };
    let [status, code, id, message] = case.expected.splitn(4, ' ').collect::<Vec<_>>()[..] else {
        panic!("{heading}: {refusal:?} and not {}", case.expected);
    };
    let (allow, message) = match message.strip_prefix("Allow: ") {
        Some(rest) => {
            let (allow, message) = rest.split_once("; ").unwrap();
            (Some(allow), message)
        }
        None => (None, message),
    };
    assert_eq!(refusal.status.as_str(), status, "{heading}: {refusal:?}");
    assert_eq!(refusal.allow, allow, "{heading}");
    let body: Value = serde_json::from_slice(&refusal.body()).unwrap();
    assert_eq!(body["error"]["code"].to_string(), code, "{heading}: {body}");
    let said = body
        .get("id")
        .map_or_else(|| "-".to_owned(), Value::to_string);
    assert_eq!(said, id, "{heading}: {body}");
    let text = body["error"]["message"].as_str().unwrap();
    assert!(text.contains(message), "{heading}: {text}");
}

impl Case {
    fn read(text: &str) -> Self {
        let mut lines = text.lines();
        let heading = lines.next().unwrap().to_owned();
        let mut case = Self {
            heading,
            method: lines.next().unwrap().parse().unwrap(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            expected: String::new(),
        };
        for line in lines.filter(|line| !line.is_empty()) {
            match line.split_at(1) {
                (">", body) => case.body = unescape(&body.trim_start().replace("$META", META)),
                ("=", expected) => case.expected = expected.trim_start().to_owned(),
                ("*", preset) => {
                    case.header("Content-Type: application/json");
                    case.header("Accept: application/json, text/event-stream");
                    if preset == "modern" {
                        case.header("MCP-Protocol-Version: 2026-07-28");
                    }
                }
                _ => case.header(line),
            }
        }
        assert!(!case.expected.is_empty(), "{}", case.heading);
        case
    }

    fn header(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap();
        let value = value.strip_prefix(' ').unwrap_or(value);
        self.headers.append(
            HeaderName::try_from(name).unwrap(),
            HeaderValue::from_bytes(&unescape(value)).unwrap(),
        );
    }

    /// What a server does, up to the connection.
    fn run(&self, tools: &Catalogue) -> Result<String, Refusal> {
        Ok(match Verb::of(&self.method)? {
            Verb::Post => {
                let head = PostHead::read(&self.headers)?;
                let peek = Peek::read(&self.body)?;
                match Route::decide(&head, &peek)? {
                    Route::Stateless => {
                        check_mirrors(&head, &peek, tools)?;
                        "stateless".to_owned()
                    }
                    Route::Initialize => "initialize".to_owned(),
                    Route::Session(id) => {
                        assert_eq!(id, session());
                        "session".to_owned()
                    }
                    Route::Sessionless(revision) => format!("sessionless {revision}"),
                    other => panic!("{other:?}"),
                }
            }
            Verb::Get => {
                let head = GetHead::read(&self.headers)?;
                assert_eq!(head.session, session());
                format!("stream {}", head.last_event_id.unwrap_or("-"))
            }
            Verb::Delete => {
                assert_eq!(DeleteHead::read(&self.headers)?.session, session());
                "end".to_owned()
            }
        })
    }
}

/// Turns `\x41` into the byte that it is; other escapes belong to JSON.
fn unescape(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

fn session() -> SessionId {
    SessionId::from_random(std::array::from_fn(|index| u8::try_from(index).unwrap()))
}

fn catalogue() -> Catalogue {
    let sql = ToolDefinition::new("sql", "Runs a statement.").with_input_schema(json!({
        "type": "object",
        "properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "limit": {"type": "integer", "x-mcp-header": "Limit"},
            "dry": {"type": "boolean", "x-mcp-header": "Dry"},
            "at": {
                "type": "object",
                "properties": {"zone": {"type": "string", "x-mcp-header": "Zone"}}
            },
            "q": {"type": "string"}
        }
    }));
    Catalogue::builder()
        .tool(sql)
        .tool(ToolDefinition::new("now", "Tells the time."))
        .build()
        .unwrap()
}
