//! What an operating system command says: marks of shell integration and the working directory.
//!
//! Sources: OSC 133 of FinalTerm, as <https://gitlab.freedesktop.org/Per_Bothner/specifications>
//! (semantic prompts) and iTerm2 describe it; OSC 633 of Visual Studio Code
//! (<https://code.visualstudio.com/docs/terminal/shell-integration>); OSC 7 of VTE; `9;9` of
//! ConEmu.

use crate::event::{EventKind, Mark, MarkKind};

/// The most parameters that a mark may have; one with more is no mark.
pub const MAX_PARAMETERS: usize = 16;

/// The most bytes that a mark's parameter, or a directory, may have; a longer one is not told.
/// Linux's `PATH_MAX`.
pub const MAX_PARAMETER: usize = 4096;

/// Reads the body of an operating system command; none where it says nothing of this kind.
pub(crate) fn parse(body: &[u8]) -> Option<EventKind> {
    // Most are titles, links and colours.
    if !matches!(body, [b'7', b';', ..] | [b'9', b';', b'9', b';', ..])
        && !body.starts_with(b"133;")
        && !body.starts_with(b"633;")
    {
        return None;
    }
    // Terminals leave control characters in a string out.
    let body: Vec<u8> = body.iter().copied().filter(|&byte| byte >= 0x20).collect();
    let (command, rest) = split(&body, b';')?;
    match command {
        b"7" => url(rest),
        b"9" => {
            let path = rest.strip_prefix(b"9;")?;
            let quoted = path.strip_prefix(b"\"").and_then(|p| p.strip_suffix(b"\""));
            directory(String::new(), quoted.unwrap_or(path).to_vec())
        }
        b"133" => mark(rest, false),
        b"633" => match rest.strip_prefix(b"P;") {
            Some(property) => directory(String::new(), unescape(property.strip_prefix(b"Cwd=")?)),
            None => mark(rest, true),
        },
        _ => None,
    }
}

fn mark(rest: &[u8], vscode: bool) -> Option<EventKind> {
    let mut parts = rest.split(|&byte| byte == b';');
    let kind = match parts.next()? {
        b"A" => MarkKind::PromptStart,
        b"B" => MarkKind::PromptEnd,
        b"C" => MarkKind::OutputStart,
        b"D" => MarkKind::CommandEnd,
        b"E" if vscode => MarkKind::CommandLine,
        _ => return None,
    };
    let mut parameters = Vec::new();
    for part in parts {
        if parameters.len() == MAX_PARAMETERS {
            return None;
        }
        let part = if vscode {
            unescape(part)
        } else {
            part.to_vec()
        };
        let text = String::from_utf8_lossy(&part).into_owned();
        if text.len() > MAX_PARAMETER {
            return None;
        }
        parameters.push(text);
    }
    Some(EventKind::Mark(Mark { kind, parameters }))
}

/// `file://host/path`, percent-encoded; kitty's shells send `kitty-shell-cwd://host/path`, which
/// is not.
fn url(url: &[u8]) -> Option<EventKind> {
    let (rest, encoded) = match url.strip_prefix(b"file://") {
        Some(rest) => (rest, true),
        None => (url.strip_prefix(b"kitty-shell-cwd://")?, false),
    };
    let slash = memchr::memchr(b'/', rest)?;
    let (host, path) = rest.split_at(slash);
    if host.len() > MAX_HOST {
        return None;
    }
    let path = if encoded {
        percent_decode(path)
    } else {
        path.to_vec()
    };
    directory(String::from_utf8_lossy(host).into_owned(), path)
}

/// The longest name of the Domain Name System (RFC 1035, section 2.3.4).
const MAX_HOST: usize = 255;

fn directory(host: String, path: Vec<u8>) -> Option<EventKind> {
    // No path of a file system is empty or has a NUL in it.
    let told = !path.is_empty() && path.len() <= MAX_PARAMETER && !path.contains(&0);
    told.then_some(EventKind::Directory { host, path })
}

/// RFC 3986, section 2.1; a `%` that no two hexadecimal digits follow stands for itself.
fn percent_decode(text: &[u8]) -> Vec<u8> {
    decode(text, |rest| match rest {
        [b'%', high, low, ..] => Some((hex(*high)? << 4 | hex(*low)?, 3)),
        _ => None,
    })
}

/// `\\` is a backslash, `\x3b` the byte 0x3B; any other backslash stands for itself.
fn unescape(text: &[u8]) -> Vec<u8> {
    decode(text, |rest| match rest {
        [b'\\', b'\\', ..] => Some((b'\\', 2)),
        [b'\\', b'x', high, low, ..] => Some((hex(*high)? << 4 | hex(*low)?, 4)),
        _ => None,
    })
}

/// Replaces what `escape` reads at the front of the rest, by the byte and the length it gives.
fn decode(mut text: &[u8], escape: impl Fn(&[u8]) -> Option<(u8, usize)>) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(&first) = text.first() {
        let (byte, taken) = escape(text).unwrap_or((first, 1));
        decoded.push(byte);
        text = &text[taken..];
    }
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    Some(value as u8)
}

fn split(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let n = memchr::memchr(at, text)?;
    Some((&text[..n], &text[n + 1..]))
}
