//! Where a response of HTTP/1.1 ends, and what it says (RFC 9112, sections 6 and 7.1).

use anyhow::{Context, Result, ensure};
use memchr::memmem;

/// What is known of a response of which a part has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Response<'a> {
    /// More has to come.
    Unfinished,
    /// It is there.
    Whole {
        /// The head, without the empty line.
        head: &'a str,
        /// The body as it stands in the stream, with the sizes of chunks in it.
        body: &'a [u8],
        /// Bytes of the stream that it takes.
        length: usize,
    },
}

/// Reads the response at the start of the bytes.
///
/// # Errors
///
/// When it is none of a kind that the servers send.
pub(super) fn read(bytes: &[u8]) -> Result<Response<'_>> {
    let Some((head, start)) = head(bytes)? else {
        return Ok(Response::Unfinished);
    };
    let rest = &bytes[start..];
    let body = match field(head, "content-length") {
        Some(length) => length.parse().context("a length")?,
        None if field(head, "transfer-encoding") == Some("chunked") => match chunks(rest)? {
            Some(length) => length,
            None => return Ok(Response::Unfinished),
        },
        // 202 and 204, and what has no body.
        None => 0,
    };
    Ok(match rest.get(..body) {
        None => Response::Unfinished,
        Some(body) => Response::Whole {
            head,
            body,
            length: start + body.len(),
        },
    })
}

/// The head, and where the body starts, when all of it has come.
pub(super) fn head(bytes: &[u8]) -> Result<Option<(&str, usize)>> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(end) = memmem::find(bytes, END) else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&bytes[..end]).context("a head that is no text")?;
    Ok(Some((head, end + END.len())))
}

/// The value of a field of the head, by its name in lower case.
pub(super) fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Whether it is a success.
pub(super) fn is_success(head: &str) -> bool {
    head.starts_with("HTTP/1.1 2")
}

/// How many bytes the chunks take with their sizes, when the last of them has come.
fn chunks(bytes: &[u8]) -> Result<Option<usize>> {
    let mut at = 0;
    loop {
        let Some(end) = memmem::find(&bytes[at..], b"\r\n") else {
            return Ok(None);
        };
        let size = std::str::from_utf8(&bytes[at..at + end])?;
        let size = usize::from_str_radix(size, 16).context("the size of a chunk")?;
        at += end + 2 + size + 2;
        if at > bytes.len() {
            return Ok(None);
        }
        ensure!(bytes[at - 2..at] == *b"\r\n", "a chunk without its end");
        if size == 0 {
            return Ok(Some(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However much of it has come, it is unfinished or the same response, and what follows it is
    /// not taken.
    fn check(text: &str, expected: &str) {
        let stream = format!("{text}HTTP/1.1 200 OK\r\n");
        for end in 0..text.len() {
            let part = read(&stream.as_bytes()[..end]).unwrap();
            assert_eq!(part, Response::Unfinished, "{end} bytes of {text:?}");
        }
        let Response::Whole { body, length, .. } = read(stream.as_bytes()).unwrap() else {
            panic!("unfinished: {text:?}");
        };
        assert_eq!(std::str::from_utf8(body).unwrap(), expected);
        assert_eq!(length, text.len());
    }

    #[test]
    fn responses_end_where_they_say() {
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "{}");
        check("HTTP/1.1 202 Accepted\r\n\r\n", "");
        check(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
            "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
        );
    }

    /// Names of fields have no case.
    #[test]
    fn fields_are_found() {
        let head = "HTTP/1.1 200 OK\r\nMcp-Session-Id: x1";
        assert_eq!(field(head, "mcp-session-id"), Some("x1"));
        assert_eq!(field(head, "content-length"), None);
    }
}
