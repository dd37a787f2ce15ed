//! Server-sent events (WHATWG HTML, section 9.2): written by servers, parsed by clients.
//!
//! A message of the protocol is one event without a type. `X-Accel-Buffering: no` on the response
//! keeps proxies from holding events back.

mod parser;

pub use parser::{Event, EventTooLong, MAX_EVENT_BYTES, Parser};

use bytes::Bytes;

/// The `Content-Type` of a stream.
pub const CONTENT_TYPE: &str = "text/event-stream";

/// A comment, which every client skips: sent now and then so that nobody on the way takes a quiet
/// stream for a dead one.
pub const KEEP_ALIVE: &[u8] = b":\n\n";

/// Writes a message as an event, with an id where the stream can be resumed.
///
/// Line ends within the message, which JSON as it is written here doesn't have, make several
/// `data` lines. Line ends and NUL within an id are left out, as no id can have them.
///
/// # Example
///
/// ```
/// use mcp_proto::http::sse;
///
/// assert_eq!(sse::message(None, b"{}"), "data: {}\n\n");
/// assert_eq!(sse::message(Some("1-1"), b"{}"), "id: 1-1\ndata: {}\n\n");
/// ```
pub fn message(id: Option<&str>, data: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(data.len() + 48);
    if let Some(id) = id {
        field(&mut out, "id", id);
    }
    let mut rest = data;
    loop {
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
        rest = match after {
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => break,
        };
    }
    out.push(b'\n');
    out.into()
}

/// Writes the event that a resumable stream begins with: an id, no data and, where given, after
/// how many milliseconds to come back when the connection is lost (2025-11-25, "Sending
/// Messages"). [`Revision::primes_streams`](crate::Revision::primes_streams) says who gets one.
///
/// # Example
///
/// ```
/// use mcp_proto::http::sse;
///
/// assert_eq!(sse::priming("1-0", Some(500)), "id: 1-0\nretry: 500\ndata:\n\n");
/// ```
pub fn priming(id: &str, retry_ms: Option<u64>) -> Bytes {
    let mut out = Vec::with_capacity(48);
    field(&mut out, "id", id);
    if let Some(retry_ms) = retry_ms {
        field(&mut out, "retry", &retry_ms.to_string());
    }
    out.extend_from_slice(b"data:\n\n");
    out.into()
}

/// Writes how many milliseconds a client is to wait before it comes back; to be sent before a
/// connection is closed whose stream goes on. It is no event, so every client takes it.
///
/// # Example
///
/// ```
/// use mcp_proto::http::sse;
///
/// assert_eq!(sse::retry(500), "retry: 500\n\n");
/// ```
pub fn retry(retry_ms: u64) -> Bytes {
    format!("retry: {retry_ms}\n\n").into()
}

fn field(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend(value.bytes().filter(|byte| !b"\r\n\0".contains(byte)));
    out.push(b'\n');
}
