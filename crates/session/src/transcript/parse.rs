//! One line of an asciicast: an event, or one of the comments that this crate
//! writes.

use std::borrow::Cow;
use std::time::Duration;

use rejoinder_pty::{ExitStatus, Signal, Winsize};
use serde::Deserialize;

use crate::transcript::encode::{CORE_DUMPED, OFFSET, RAW, SIGNAL, SIGNATURE, STOPPED};

/// What a line says.
#[derive(Debug, PartialEq)]
pub(crate) enum Line<'a> {
    /// The conventions of the comments.
    Signature,
    /// The next byte of output has this offset.
    Offset(u64),
    /// What U+FFFD stands for in the next output event.
    Raw(&'a str),
    /// The next exit is this one.
    Signal(ExitStatus),
    /// The recording is complete up to here, and could not go on.
    Stopped(u64, &'a str),
    /// An event: the time since the one before, its code and its data.
    Event(Duration, Cow<'a, str>, Cow<'a, str>),
    /// Nothing of interest.
    Other,
}

#[derive(Deserialize)]
struct Event<'a>(
    f64,
    #[serde(borrow)] Cow<'a, str>,
    #[serde(borrow)] Cow<'a, str>,
);

/// The offset that a comment tells, if the line is such a comment. No session
/// comes to half of what an offset can be, and so none overflows.
pub(crate) fn offset(line: &[u8]) -> Option<u64> {
    let digits = line.strip_prefix(OFFSET.as_bytes())?;
    let offset = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (offset <= u64::MAX / 2).then_some(offset)
}

/// Reads a line; `Err` says why it is none of an asciicast.
pub(crate) fn line(line: &[u8]) -> Result<Line<'_>, String> {
    match line.first() {
        Some(b'[') => event(line),
        Some(b'#') => comment(line),
        _ if line.iter().all(u8::is_ascii_whitespace) => Ok(Line::Other),
        _ => Err("neither an event nor a comment".to_owned()),
    }
}

fn event(line: &[u8]) -> Result<Line<'_>, String> {
    let Event(interval, code, data) =
        serde_json::from_slice(line).map_err(|error| format!("no event: {error}"))?;
    let interval = Duration::try_from_secs_f64(interval)
        .map_err(|_| format!("an event {interval} s after the one before"))?;
    Ok(Line::Event(interval, code, data))
}

fn comment(line: &[u8]) -> Result<Line<'_>, String> {
    let Ok(text) = std::str::from_utf8(line) else {
        return Ok(Line::Other);
    };
    if let Some(offset) = offset(line) {
        return Ok(Line::Offset(offset));
    }
    if let Some(words) = text.strip_prefix(RAW) {
        return Ok(Line::Raw(words));
    }
    if let Some(name) = text.strip_prefix(SIGNAL) {
        let dumped = name.strip_suffix(CORE_DUMPED);
        let signal = Signal::from_name(dumped.unwrap_or(name));
        return Ok(signal.map_or(Line::Other, |signal| {
            Line::Signal(ExitStatus::Signal {
                signal,
                core_dumped: dumped.is_some(),
            })
        }));
    }
    if let Some((offset, why)) = text
        .strip_prefix(STOPPED)
        .and_then(|rest| rest.split_once(' '))
        && let Ok(offset) = offset.parse()
    {
        return Ok(Line::Stopped(offset, why));
    }
    let version = SIGNATURE.trim_end_matches(|c: char| c.is_ascii_digit());
    match text.strip_prefix(version) {
        Some(_) if text == SIGNATURE => Ok(Line::Signature),
        Some(other) => Err(format!(
            "written by a later version of this program (transcript {other})"
        )),
        None => Ok(Line::Other),
    }
}

/// The bytes of an output event: its text, with what the words of a comment say
/// in the place of U+FFFD.
pub(crate) fn bytes(text: &str, raw: Option<&str>) -> Result<Vec<u8>, String> {
    const REPLACED: &[u8] = "\u{FFFD}".as_bytes();
    let mut rest = text.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    for word in raw.unwrap_or_default().split_ascii_whitespace() {
        let wrong = || format!("`{word}` does not fit the event");
        let (gap, hex) = word.split_once(':').ok_or_else(wrong)?;
        let gap: usize = gap.parse().map_err(|_| wrong())?;
        let (valid, after) = rest.split_at_checked(gap).ok_or_else(wrong)?;
        rest = after.strip_prefix(REPLACED).ok_or_else(wrong)?;
        bytes.extend_from_slice(valid);
        for pair in hex.as_bytes().chunks(2) {
            let byte = std::str::from_utf8(pair)
                .ok()
                .filter(|pair| pair.len() == 2);
            let byte = byte.and_then(|pair| u8::from_str_radix(pair, 16).ok());
            bytes.push(byte.ok_or_else(wrong)?);
        }
    }
    bytes.extend_from_slice(rest);
    Ok(bytes)
}

/// The size in a resize event: `80x24`, columns first.
pub(crate) fn size(data: &str) -> Option<Winsize> {
    let (cols, rows) = data.split_once('x')?;
    Winsize::new(rows.parse().ok()?, cols.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guards: the lines of the specification's example, and of this crate's.
    #[test]
    fn lines_are_told_apart() {
        let seconds = Duration::from_secs_f64;
        let event = |interval, code: &'static str, data: &'static str| {
            Line::Event(seconds(interval), code.into(), data.into())
        };
        let killed = ExitStatus::Signal {
            signal: Signal::KILL,
            core_dumped: false,
        };
        for (text, expected) in [
            (
                r#"[1.001, "o", "a\rb\u001b[0m"]"#,
                event(1.001, "o", "a\rb\u{1b}[0m"),
            ),
            (r#"[3, "m", ""]"#, event(3.0, "m", "")),
            (r#"[0.5,"q","x"]"#, event(0.5, "q", "x")),
            ("# offset 17", Line::Offset(17)),
            ("# offset x", Line::Other),
            ("# offset 18446744073709551615", Line::Other),
            ("# raw 2:ff 0:c328", Line::Raw(" 2:ff 0:c328")),
            ("# signal KILL", Line::Signal(killed)),
            (
                "# stopped 9 no space left",
                Line::Stopped(9, "no space left"),
            ),
            ("# rejoinder transcript 1", Line::Signature),
            ("# anything else", Line::Other),
            ("", Line::Other),
        ] {
            assert_eq!(line(text.as_bytes()), Ok(expected), "{text}");
        }
    }

    /// Guards: what is no asciicast is refused, with the reason.
    #[test]
    fn broken_lines_are_refused() {
        for (text, reason) in [
            ("hello", "neither an event nor a comment"),
            ("[1, \"o\"]", "no event"),
            ("[-1, \"o\", \"\"]", "an event -1 s"),
            ("# rejoinder transcript 2", "later version"),
        ] {
            let said = line(text.as_bytes()).unwrap_err();
            assert!(said.contains(reason), "{text}: {said}");
        }
    }

    /// Guards: a comment that does not fit its event is an error, not other bytes.
    #[test]
    fn replaced_bytes_have_to_fit() {
        assert_eq!(bytes("a\u{fffd}", Some(" 1:ff")).unwrap(), b"a\xff");
        assert_eq!(bytes("\u{fffd}", None).unwrap(), "\u{fffd}".as_bytes());
        for raw in ["0:ff", "1:f", "1:gg", "1", "x:ff", "9:ff", "1:ff 0:ff"] {
            assert!(bytes("a\u{fffd}", Some(raw)).is_err(), "{raw}");
        }
    }
}
