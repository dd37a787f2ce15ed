//! Writing responses and notifications, with the members that a request's revision knows.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::jsonrpc::{RequestId, RpcError};
use crate::meta;
use crate::model::{
    Completion, InputRequired, LogLevel, PromptResult, ResourceContents, ToolResult,
    write_result_members,
};
use crate::revision::{Era, Revision};
use crate::server::{CachePolicy, Server};
use crate::wire::Writer;

/// Room for a small answer without growing.
const SMALL: usize = 512;

/// Writes a response; `members` writes what is particular to the result.
pub(super) fn result(
    server: &Server,
    revision: Revision,
    id: &RequestId,
    members: impl FnOnce(&mut Writer),
) -> Vec<u8> {
    let identity = server.identity_member();
    result_by(identity, revision, id, members)
}

/// Writes the response to discovery, the one that gives the server's identity in full.
pub(super) fn discovery(
    server: &Server,
    revision: Revision,
    id: &RequestId,
    members: impl FnOnce(&mut Writer),
) -> Vec<u8> {
    let mut identity = Writer::with_capacity(SMALL);
    identity.member(meta::SERVER_INFO, &server.info.for_revision(revision));
    result_by(&identity.finish_text(), revision, id, members)
}

fn result_by(
    identity: &str,
    revision: Revision,
    id: &RequestId,
    members: impl FnOnce(&mut Writer),
) -> Vec<u8> {
    let mut out = begin_result(id, SMALL, revision);
    members(&mut out);
    end_result(identity, revision, &Map::new(), out)
}

/// Writes a response whose result has facts for programs.
pub(super) fn result_with_meta(
    server: &Server,
    revision: Revision,
    id: &RequestId,
    more: &Map<String, Value>,
    members: impl FnOnce(&mut Writer),
) -> Vec<u8> {
    let mut out = begin_result(id, SMALL, revision);
    members(&mut out);
    end_result(server.identity_member(), revision, more, out)
}

fn begin_result(id: &RequestId, capacity: usize, revision: Revision) -> Writer {
    let mut out = begin_response(id, capacity);
    out.open_member("result");
    if revision.era() == Era::Stateless {
        out.member("resultType", "complete");
    }
    out
}

/// Writes `_meta`, which newer revisions always have, and closes the response.
fn end_result(
    identity: &str,
    revision: Revision,
    more: &Map<String, Value>,
    mut out: Writer,
) -> Vec<u8> {
    let stateless = revision.era() == Era::Stateless;
    if stateless || !more.is_empty() {
        out.open_member("_meta");
        if stateless {
            out.raw_members(identity);
        }
        for (key, value) in more {
            if key != meta::SERVER_INFO {
                out.escaped_member(key, value);
            }
        }
        out.close();
    }
    out.close();
    out.close();
    out.finish()
}

/// Writes the response that ends a tool call.
pub(super) fn tool_result(
    server: &Server,
    revision: Revision,
    id: &RequestId,
    result: &ToolResult,
) -> Vec<u8> {
    let mut out = begin_result(id, SMALL + text_bytes(result), revision);
    write_result_members(result, revision, &mut out);
    end_result(server.identity_member(), revision, &result.meta, out)
}

/// Writes the response that asks something back (2026-07-28).
pub(super) fn input_required(
    server: &Server,
    revision: Revision,
    id: &RequestId,
    needed: &InputRequired,
) -> Vec<u8> {
    let mut out = begin_response(id, SMALL);
    out.open_member("result");
    out.member("resultType", "input_required");
    if !needed.requests.is_empty() {
        out.open_member("inputRequests");
        for (name, request) in &needed.requests {
            out.escaped_open_member(name);
            request_members(
                request.method(),
                request.params(revision).as_ref(),
                &mut out,
            );
            out.close();
        }
        out.close();
    }
    if let Some(state) = &needed.state {
        out.member("requestState", state);
    }
    out.open_member("_meta");
    out.raw_members(server.identity_member());
    out.close();
    out.close();
    out.close();
    out.finish()
}

/// Writes a request of the server's own (before 2026-07-28).
pub(super) fn request(id: &RequestId, method: &str, params: Option<&Value>) -> Vec<u8> {
    let mut out = begin_response(id, SMALL);
    request_members(method, params, &mut out);
    out.close();
    out.finish()
}

fn request_members(method: &str, params: Option<&Value>, out: &mut Writer) {
    out.member("method", method);
    if let Some(params) = params {
        out.member("params", params);
    }
}

/// Writes what reading a resource gave back.
pub(super) fn contents_members(
    contents: &ResourceContents,
    cache: CachePolicy,
    revision: Revision,
    out: &mut Writer,
) {
    let bodies: Vec<_> = contents
        .bodies
        .iter()
        .map(|body| body.for_revision(revision))
        .collect();
    out.member("contents", &bodies);
    cache_members(cache, revision, out);
}

/// Writes a prompt's conversation.
pub(super) fn prompt_members(prompt: &PromptResult, revision: Revision, out: &mut Writer) {
    if let Some(description) = &prompt.description {
        out.member("description", description);
    }
    out.key("messages");
    out.raw("[");
    for (index, message) in prompt.messages.iter().enumerate() {
        if index > 0 {
            out.raw(",");
        }
        out.open();
        out.member("role", &message.role);
        out.member("content", &message.content.wire(revision));
        out.close();
    }
    out.raw("]");
}

/// Writes the values to choose from.
pub(super) fn completion_members(completion: &Completion, out: &mut Writer) {
    out.open_member("completion");
    out.member("values", completion.values());
    out.member("total", &completion.total());
    out.member("hasMore", &(completion.total() > completion.values().len()));
    out.close();
}

/// Writes the response that ends a subscription in good order.
pub(super) fn subscription_end(server: &Server, id: &RequestId) -> Vec<u8> {
    let mut out = begin_response(id, SMALL);
    out.open_member("result");
    out.member("resultType", "complete");
    out.open_member("_meta");
    out.member(meta::SUBSCRIPTION_ID, id);
    out.raw_members(server.identity_member());
    out.close();
    out.close();
    out.close();
    out.finish()
}

/// To whom an error is addressed.
pub(super) enum Addressee<'a> {
    Id(&'a RequestId),
    /// An id that is no valid one, as its JSON text.
    Text(&'a str),
    /// Nobody known: `"id":null`, or no `id` at all.
    Unknown {
        omit: bool,
    },
}

/// Writes an error response to a request of this revision.
pub(super) fn error_by(revision: Revision, id: &RequestId, failed: &RpcError) -> Vec<u8> {
    error(&Addressee::Id(id), &failed.for_revision(revision))
}

/// Writes an error response.
pub(super) fn error(to: &Addressee<'_>, error: &RpcError) -> Vec<u8> {
    let mut out = Writer::with_capacity(SMALL);
    out.open();
    out.member("jsonrpc", "2.0");
    match to {
        Addressee::Id(id) => out.member("id", id),
        Addressee::Text(text) => out.raw_member("id", text),
        Addressee::Unknown { omit: false } => out.raw_member("id", "null"),
        Addressee::Unknown { omit: true } => {}
    }
    out.member("error", error);
    out.close();
    out.finish()
}

/// Writes a notification; `members` writes its parameters.
pub(super) fn notification(method: &str, members: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut out = Writer::with_capacity(SMALL);
    out.open();
    out.member("jsonrpc", "2.0");
    out.member("method", method);
    out.open_member("params");
    members(&mut out);
    out.close();
    out.close();
    out.finish()
}

/// Writes a notification without parameters.
pub(super) fn bare_notification(method: &str) -> Vec<u8> {
    let mut out = Writer::with_capacity(SMALL);
    out.open();
    out.member("jsonrpc", "2.0");
    out.member("method", method);
    out.close();
    out.finish()
}

/// Writes the members that say how long an answer is fresh, where the revision has them.
pub(super) fn cache_members(cache: CachePolicy, revision: Revision, out: &mut Writer) {
    if revision.era() != Era::Stateless {
        return;
    }
    out.member("ttlMs", &cache.ttl_ms);
    let scope = match cache.public {
        true => "public",
        false => "private",
    };
    out.member("cacheScope", scope);
}

/// Writes the parameters of a log message.
pub(super) fn log_members(level: LogLevel, logger: Option<&str>, data: &Value, out: &mut Writer) {
    out.member("level", level.as_str());
    if let Some(logger) = logger {
        out.member("logger", logger);
    }
    out.member("data", data);
}

/// Writes a number as an integer where it is one.
pub(super) fn number_member(key: &str, number: f64, out: &mut Writer) {
    /// Every integer up to here is exact in a 64-bit float.
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Number {
        Integer(i64),
        Float(f64),
    }
    let number = match number.fract() == 0.0 && number.abs() <= MAX_EXACT {
        true => Number::Integer(number as i64),
        false => Number::Float(number),
    };
    out.member(key, &number);
}

fn begin_response(id: &RequestId, capacity: usize) -> Writer {
    let mut out = Writer::with_capacity(capacity);
    out.open();
    out.member("jsonrpc", "2.0");
    out.member("id", id);
    out
}

/// A guess at the size of what is to be written, so that long output is copied once.
fn text_bytes(result: &ToolResult) -> usize {
    let texts = result.content.iter().filter_map(|block| block.as_text());
    texts.map(|text| text.len() + text.len() / 8).sum()
}
