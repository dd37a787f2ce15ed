//! `resources/read`: what is to be seen of a session.

use mcp_proto::{ResourceBody, ResourceContents, RpcError};
use rejoinder_ansi::escape_hidden;
use rejoinder_session::{Format, Interact, Read, ScreenLook, Session};
use serde_json::Value;

use super::NEVER_KEPT;
use super::address::{Address, View};
use crate::failure::{ErrorType, Failure};
use crate::reply::{Reply, STATUS_META};
use crate::tools::get_screen::{as_text, see};
use crate::tools::inspect;
use crate::tools::{Call, failure};

/// Bytes of a transcript in one answer at most: 256 KiB. Of a longer one there are the first
/// quarter and the last three quarters of these.
pub(crate) const MAX_TRANSCRIPT_BYTES: usize = 256 << 10;

/// The reader of the output: its position is nobody's.
const READER: &str = "resources";

/// Reads a resource. What is not there, is somebody else's or has no such view is all the same.
pub(crate) async fn read(call: &Call, uri: &str) -> Result<ResourceContents, RpcError> {
    let address = Address::parse(uri);
    let named = address.as_ref().map(|address| address.session.as_str());
    call.admit("resources/read", named)?;
    let not_found = || RpcError::resource_not_found(uri);
    let Address { session, view } = address.ok_or_else(not_found)?;
    let body = match call.session(&session).await {
        Ok(session) => body(call, &session, view, uri).await,
        Err(failure) => Err(failure),
    };
    match body {
        Ok(body) => Ok(ResourceContents::one(body).with_cache(NEVER_KEPT)),
        Err(failure) if is_absent(&failure) => Err(not_found()),
        Err(failure) => Err(failure.into_error()),
    }
}

/// Whether the resource isn't there, as opposed to out of reach just now.
fn is_absent(failure: &Failure) -> bool {
    matches!(
        failure.error_type,
        ErrorType::SessionNotFound | ErrorType::ValidationError
    )
}

/// One view of a session, under this URI.
pub(crate) async fn body(
    call: &Call,
    session: &Session,
    view: View,
    uri: &str,
) -> Result<ResourceBody, Failure> {
    let body = match view {
        View::Screen => {
            let reply = screen(session).await?;
            shown(&reply, &reply.body(), uri)
        }
        View::Output => {
            let (reply, before) = output(call, session).await?;
            shown(&reply, &format!("{before}{}", reply.body()), uri)
        }
        View::Transcript => ResourceBody::text(uri, transcript(session).await?),
        View::Info => {
            let facts = inspect::told(session, &call.reader(None)).await?;
            ResourceBody::text(uri, json_escaped(&facts.to_string()))
        }
    };
    Ok(body.with_mime_type(view.mime_type()))
}

/// What a program shows, then the status line and the same facts for programs.
fn shown(reply: &Reply, body: &str, uri: &str) -> ResourceBody {
    let text = format!("{body}{}", reply.status_line());
    ResourceBody::text(uri, text).with_meta(STATUS_META, reply.meta())
}

async fn screen(session: &Session) -> Result<Reply, Failure> {
    let look = ScreenLook::default();
    let view = see(session, look).await?;
    let mut reply = Reply::new(session.identity(), view.status.clone());
    reply.fact("screen_version", Value::from(view.snapshot.version));
    reply.screen(&as_text(&view, look));
    Ok(reply)
}

/// What the ring keeps, and a line about what came before that.
async fn output(call: &Call, session: &Session) -> Result<(Reply, String), Failure> {
    let trouble = |error: &rejoinder_session::Error| failure(error);
    let info = session
        .info(READER)
        .await
        .map_err(|error| trouble(&error))?;
    let oldest = info.status.oldest;
    let interacted = session
        .interact(Interact {
            read: Some(Read {
                since: Some(oldest),
                ..Read::unread(READER)
            }),
            ..Interact::default()
        })
        .await
        .map_err(|error| trouble(&error))?;
    let max_bytes = call.max_bytes(None);
    let reply = Reply::interacted(session.identity(), &interacted, Format::Text, max_bytes);
    let before = match oldest.get() {
        0 => String::new(),
        bytes => format!(
            "[… {bytes} bytes before this are not kept in memory; read_output since=0 \
             max_lines=200 shows them where they were recorded …]\n"
        ),
    };
    Ok((reply, before))
}

/// The asciicast, or its two ends and a comment between them.
async fn transcript(session: &Session) -> Result<String, Failure> {
    let mut transcript = session.transcript().map_err(|error| failure(&error))?;
    let read = tokio::task::spawn_blocking(move || transcript.excerpt(MAX_TRANSCRIPT_BYTES));
    let trouble = |error: String| {
        Failure::new(
            ErrorType::ExecutionError,
            format!("the transcript cannot be read: {error}"),
            "session://{id}/output has what is kept in memory",
        )
    };
    let excerpt = read
        .await
        .map_err(|error| trouble(error.to_string()))?
        .map_err(|error| trouble(error.to_string()))?;
    let mut text = json_escaped(&excerpt.head);
    if excerpt.left_out > 0 {
        text.push_str(&format!(
            "# {} bytes are left out here; `mcp-server export` writes all, and \
             search_output with from=transcript finds what is in them\n",
            excerpt.left_out
        ));
        text.push_str(&json_escaped(&excerpt.tail));
    }
    Ok(text)
}

/// JSON with every character that hides or reorders text as an escape of JSON's own, so that it
/// stays the same data. Such characters stand nowhere but within its strings.
fn json_escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut units = [0; 2];
    for line in json.split_inclusive('\n') {
        if matches!(escape_hidden(line), std::borrow::Cow::Borrowed(_)) {
            out.push_str(line);
            continue;
        }
        for character in line.chars() {
            let mut bytes = [0; 4];
            let shown = escape_hidden(character.encode_utf8(&mut bytes));
            if shown.chars().eq([character]) {
                out.push(character);
                continue;
            }
            for unit in character.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: hidden characters are escapes, and the data is the same.
    #[test]
    fn escaped_json_says_the_same() {
        let hidden = "a\u{202e}b\u{e0041}c\u{200b}\u{85}\u{7f}é世\u{fe0f}";
        let value = serde_json::json!({"title": hidden, "lines": ["\u{1b}[m\n", "plain"]});
        let text = json_escaped(&value.to_string());
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        assert_eq!(escape_hidden(&text), text);
        assert!(
            text.contains("\\u202e") && text.contains("\\udb40\\udc41"),
            "{text}"
        );
        assert!(text.contains("é世"), "{text}");
    }
}
