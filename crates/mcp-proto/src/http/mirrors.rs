//! Whether the headers of a request of 2026-07-28 say what its body says.
//!
//! Proxies route, count and filter by the headers, a server acts on the body. Where the two
//! disagree somebody was deceived, so such a request is refused (2026-07-28, "Server
//! Validation").

use std::borrow::Cow;

use http::HeaderName;
use serde_json::{Map, Value};

use super::names::field_text;
use super::{BodyKind, NamedRevision, Peek, PostHead, Refusal, decode_value};
use crate::catalogue::{Catalogue, MirroredParameter};
use crate::jsonrpc::{RequestId, RpcError};
use crate::revision::Era;

/// The largest integer that a mirrored parameter may be, and, negated, the smallest: 2^53 − 1
/// (2026-07-28, "Schema Extension").
pub const MAX_MIRRORED_INTEGER: i64 = (1 << 53) - 1;

/// Compares the headers of a request of [`Route::Stateless`](super::Route::Stateless) with its
/// body.
///
/// - `MCP-Protocol-Version` must be there and be the revision in `_meta`. Where `_meta` has none
///   the connection says so, as it does when both name a revision that isn't spoken.
/// - `Mcp-Method` must be there and be the method; on a notification it may be missing.
/// - `Mcp-Name` must be there and be `params.name` for `tools/call` and `prompts/get`,
///   `params.uri` for `resources/read`. On other methods it means nothing.
/// - `Mcp-Param-…` must be there for every argument that the tool's schema marks with
///   `x-mcp-header` and that has a value, and must not be there for one that is absent or null.
///   Integers are compared as numbers. Such headers that no schema mentions are ignored.
///
/// # Errors
///
/// 400 with -32020, with the request's id.
///
/// # Example
///
/// ```
/// use http::Request;
/// use mcp_proto::Catalogue;
/// use mcp_proto::http::{Peek, PostHead, check_mirrors};
///
/// let request = Request::post("/mcp")
///     .header("Content-Type", "application/json")
///     .header("Accept", "*/*")
///     .header("MCP-Protocol-Version", "2026-07-28")
///     .header("Mcp-Method", "tools/call")
///     .header("Mcp-Name", "foo")
///     .body(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"bar","_meta":{
///         "io.modelcontextprotocol/protocolVersion":"2026-07-28",
///         "io.modelcontextprotocol/clientCapabilities":{}}}}"#)
///     .unwrap();
/// let head = PostHead::read(request.headers()).unwrap();
/// let peek = Peek::read(request.body().as_bytes()).unwrap();
/// let tools = Catalogue::builder().build().unwrap();
/// let error = check_mirrors(&head, &peek, &tools).unwrap_err().error.unwrap();
/// assert_eq!(error.code, -32020);
/// assert_eq!(
///     error.message,
///     "Header mismatch: Mcp-Name header value 'foo' does not match body value 'bar'"
/// );
/// ```
pub fn check_mirrors(
    head: &PostHead<'_>,
    peek: &Peek<'_>,
    catalogue: &Catalogue,
) -> Result<(), Refusal> {
    check(head, peek, catalogue)
        .map_err(|what| Refusal::bad_request(RpcError::header_mismatch(what)).with_id(peek.id))
}

fn check(head: &PostHead<'_>, peek: &Peek<'_>, catalogue: &Catalogue) -> Result<(), String> {
    let Some(revision) = head.revision.text() else {
        return Err(missing("MCP-Protocol-Version"));
    };
    if let Some(body) = peek.revision.as_deref() {
        compare("MCP-Protocol-Version", revision, Some(body))?;
    }
    // What headers another revision wants isn't known here, and it is refused anyway.
    if !matches!(head.revision, NamedRevision::Known(named) if named.era() == Era::Stateless) {
        return Ok(());
    }
    let method = peek.method.as_deref();
    match head.method {
        Some(header) => compare("Mcp-Method", header, method)?,
        None if peek.kind == BodyKind::Request => return Err(missing("Mcp-Method")),
        None => {}
    }
    if peek.kind != BodyKind::Request {
        return Ok(());
    }
    let name = match method {
        Some("tools/call" | "prompts/get") => &peek.name,
        Some("resources/read") => &peek.uri,
        _ => return Ok(()),
    };
    let header = head.name.ok_or_else(|| missing("Mcp-Name"))?;
    let header = decode("Mcp-Name", header)?;
    compare("Mcp-Name", &header, name.as_deref())?;
    match (method, name) {
        (Some("tools/call"), Some(tool)) => check_parameters(head, peek, catalogue.mirrored(tool)),
        _ => Ok(()),
    }
}

fn check_parameters(
    head: &PostHead<'_>,
    peek: &Peek<'_>,
    mirrored: &[MirroredParameter],
) -> Result<(), String> {
    if mirrored.is_empty() {
        return Ok(());
    }
    // Read as the tool's arguments will be; what can't be read so is refused as arguments are.
    let arguments: Map<String, Value> = match peek.arguments.map(serde_json::from_str) {
        Some(Ok(arguments)) => arguments,
        _ => Map::new(),
    };
    for parameter in mirrored {
        let header = parameter_text(head, parameter.header())?;
        let value = parameter.value(&arguments);
        match (header, value) {
            (None, None) => {}
            (None, Some(value)) if !is_primitive(value) => {}
            (None, Some(_)) => {
                return Err(format!(
                    "{} header is missing, and the body has a value for it",
                    parameter.header_name()
                ));
            }
            (Some(_), None) => {
                return Err(format!(
                    "{} header has a value, and the body has none",
                    parameter.header_name()
                ));
            }
            (Some(header), Some(value)) => matches(&header, value)
                .map_err(|reason| format!("{} header {reason}", parameter.header_name()))?,
        }
    }
    Ok(())
}

fn parameter_text<'a>(
    head: &PostHead<'a>,
    name: &HeaderName,
) -> Result<Option<Cow<'a, str>>, String> {
    let mut values = head.headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(format!("the header {name} stands twice"));
    }
    let text = field_text(value)
        .ok_or_else(|| format!("the header {name} has characters other than visible ASCII"))?;
    decode(name.as_str(), text).map(Some)
}

fn is_primitive(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// Compares by the type that the value has: one of another type than the schema's is refused as
/// an argument, and then what was mirrored doesn't matter.
fn matches(header: &str, value: &Value) -> Result<(), &'static str> {
    let equal = match value {
        Value::String(text) => header == text,
        Value::Bool(yes) => header == if *yes { "true" } else { "false" },
        Value::Number(number) => {
            let text = number.to_string();
            match (integer(header), integer(&text)) {
                (Some(header), Some(body)) => {
                    if body.unsigned_abs() > MAX_MIRRORED_INTEGER.unsigned_abs() {
                        return Err(
                            "mirrors an integer beyond 2^53 - 1, which no header may carry",
                        );
                    }
                    header == body
                }
                _ => header == text,
            }
        }
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    };
    match equal {
        true => Ok(()),
        false => Err("value does not match the value in the body"),
    }
}

/// The integer that a JSON number is, exactly; ids are read by the same rule.
fn integer(text: &str) -> Option<i64> {
    let number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    RequestId::parse(text).ok().filter(|_| number)?.as_i64()
}

fn decode<'a>(name: &str, value: &'a str) -> Result<Cow<'a, str>, String> {
    decode_value(value).map_err(|error| format!("{name} header value can't be decoded: {error}"))
}

fn compare(name: &str, header: &str, body: Option<&str>) -> Result<(), String> {
    match body {
        Some(body) if header == body => Ok(()),
        Some(body) => Err(format!(
            "{name} header value '{}' does not match body value '{}'",
            shown(header),
            shown(body)
        )),
        None => Err(format!(
            "{name} header value '{}' has no value in the body to match",
            shown(header)
        )),
    }
}

fn missing(name: &str) -> String {
    format!("{name} header is missing")
}

/// As much of a value as an error needs to show.
fn shown(text: &str) -> Cow<'_, str> {
    const MAX_CHARS: usize = 128;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
