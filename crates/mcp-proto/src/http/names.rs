//! The header fields of the binding, and reading one that may stand only once.

use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::Refusal;
use crate::jsonrpc::RpcError;
use crate::revision::{Era, Revision};

/// `MCP-Protocol-Version`: the revision by which a request is to be served.
pub const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
/// `Mcp-Session-Id`: the session of the era of `initialize`.
pub const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
/// `Mcp-Method`: the body's `method` (2026-07-28).
pub const METHOD: HeaderName = HeaderName::from_static("mcp-method");
/// `Mcp-Name`: the body's `params.name` or `params.uri` (2026-07-28).
pub const NAME: HeaderName = HeaderName::from_static("mcp-name");
/// `Last-Event-ID`: the last event that a client saw of a stream it wants to resume.
pub const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Fields that mean one thing to a proxy and another to a server when they stand twice.
const SINGLE: [HeaderName; 9] = [
    HOST,
    ORIGIN,
    AUTHORIZATION,
    CONTENT_TYPE,
    PROTOCOL_VERSION,
    SESSION_ID,
    METHOD,
    NAME,
    LAST_EVENT_ID,
];

/// Refuses a request in which a field that may stand once stands twice, with equal values or
/// not: who reads the first and who reads the last would see different requests.
pub(super) fn refuse_duplicates(headers: &HeaderMap) -> Result<(), Refusal> {
    // As many names as values means that none stands twice, which is nearly always so.
    if headers.len() == headers.keys_len() {
        return Ok(());
    }
    let twice = SINGLE
        .into_iter()
        .find(|name| headers.get_all(name).iter().nth(1).is_some());
    match twice {
        Some(name) => Err(fault(headers, format!("the header {name} stands twice"))),
        None => Ok(()),
    }
}

/// The text of a field, without the white space around it; `None` when there is none.
pub(super) fn text<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'a str>, Refusal> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    match field_text(value) {
        Some(text) => Ok(Some(text)),
        None => {
            let what = format!("the header {name} has characters other than visible ASCII");
            Err(fault(headers, what))
        }
    }
}

/// A field's value as RFC 9110, section 5.5, has it: visible ASCII, spaces and tabs, the white
/// space around it not counted.
pub(super) fn field_text(value: &HeaderValue) -> Option<&str> {
    let text = value.to_str().ok()?;
    let fits = text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    fits.then(|| text.trim_matches([' ', '\t']))
}

/// 400 for a faulty header: with the code of 2026-07-28 unless the request is of an older
/// revision by its own account.
pub(super) fn fault(headers: &HeaderMap, what: String) -> Refusal {
    let legacy = headers
        .get_all(PROTOCOL_VERSION)
        .iter()
        .filter_map(|value| field_text(value)?.parse::<Revision>().ok())
        .any(|revision| revision.era() == Era::Initialize);
    Refusal::bad_request(match legacy || !headers.contains_key(PROTOCOL_VERSION) {
        true => RpcError::invalid_request(format!("Invalid request: {what}")),
        false => RpcError::header_mismatch(what),
    })
}
