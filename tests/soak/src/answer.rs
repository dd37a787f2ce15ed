//! An answer of a tool, and whether what it shows is what the program printed.

use anyhow::{Context, Result, bail, ensure};
use mcp_proto::CallResult;
use serde_json::Value;

/// What a tool answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) text: String,
    /// `_meta["rejoinder/status"]`.
    pub(crate) status: Value,
    /// The structured content.
    pub(crate) data: Value,
    /// The error's type, where the tool failed.
    pub(crate) error: Option<String>,
}

impl Answer {
    pub(crate) fn of(result: &CallResult) -> Self {
        let meta = |key: &str| result.meta.get(key).cloned().unwrap_or_default();
        let error = meta("rejoinder/error")["error_type"]
            .as_str()
            .map(str::to_owned);
        Self {
            text: result.text(),
            status: meta("rejoinder/status"),
            data: result.structured_content.clone().unwrap_or_default(),
            error: result.is_error.then(|| error.unwrap_or_default()),
        }
    }

    /// A number of the status.
    pub(crate) fn number(&self, field: &str) -> Result<u64> {
        let number = self.status[field].as_u64();
        number.with_context(|| format!("the status has no {field}: {}", self.text))
    }

    /// How the program ended: its code, or 256 and the signal.
    pub(crate) fn exit(&self) -> Option<u32> {
        exit_of(&self.status)
    }

    /// The text without the status line.
    fn body(&self) -> Result<&str> {
        let (body, _) = self
            .text
            .rsplit_once("[session=")
            .context("no status line")?;
        Ok(body)
    }
}

/// How a program ended, from an object with `exit_code` and `signal`.
pub(crate) fn exit_of(facts: &Value) -> Option<u32> {
    if let Some(code) = facts["exit_code"].as_u64() {
        return u32::try_from(code).ok();
    }
    let signal = match facts["signal"].as_str()? {
        "HUP" => 1,
        "ABRT" => 6,
        "KILL" => 9,
        "USR1" => 10,
        "TERM" => 15,
        other => other.parse().ok()?,
    };
    Some(256 + signal)
}

/// What a read showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Where the reader goes on.
    pub(crate) pos: u64,
    /// What there was beyond.
    pub(crate) more: u64,
    /// Bytes that nobody has any more.
    pub(crate) dropped: u64,
    /// The bytes compared.
    pub(crate) checked: u64,
    /// Where bytes were left out, if any were.
    pub(crate) gap: Option<u64>,
}

/// Compares the answer to a read in format `raw` that was to start at `wanted` with what the
/// program prints.
///
/// # Errors
///
/// At any byte that is not the program's.
pub(crate) fn check_read(answer: &Answer, wanted: u64, stream: &[u8]) -> Result<Shown> {
    let [pos, more, dropped, truncated] =
        ["pos", "more_bytes", "dropped_bytes", "truncated_bytes"].map(|field| answer.number(field));
    let (pos, more, dropped, truncated) = (pos?, more?, dropped?, truncated?);
    let start = wanted + dropped;
    let length = stream.len() as u64;
    ensure!(
        start <= pos && pos + more <= length,
        "read from {wanted} (dropped {dropped}) to {pos} and {more} more, the program printed {length}"
    );
    let body = answer.body()?;
    if truncated == 0 {
        same(&shown(&stream[at(start)..at(pos)]), body, start)?;
        let checked = pos - start;
        return Ok(Shown {
            pos,
            more,
            dropped,
            checked,
            gap: None,
        });
    }
    let (head, rest) = body
        .split_once("[… ")
        .context("no line says what was left out")?;
    let (line, tail) = rest
        .split_once(" …]\n")
        .context("the line of the gap has no end")?;
    let said = |before: &str| -> Result<u64> {
        let (_, number) = line.split_once(before).context("a number is missing")?;
        let digits = number.split(|c: char| !c.is_ascii_digit()).next();
        Ok(digits.unwrap_or_default().parse()?)
    };
    let (bytes, gap) = (said("")?, said("since=")?);
    ensure!(
        bytes == truncated,
        "{bytes} bytes left out in text, {truncated} in the status"
    );
    ensure!(
        start <= gap && gap + bytes <= pos,
        "bytes {gap} to {} left out of {start} to {pos}",
        gap + bytes
    );
    same(&shown(&stream[at(start)..at(gap)]), head, start)?;
    same(&shown(&stream[at(gap + bytes)..at(pos)]), tail, gap + bytes)?;
    let left_out = &stream[at(gap)..at(gap + bytes)];
    let lines = left_out.iter().filter(|&&byte| byte == b'\n').count();
    ensure!(
        line.contains(&format!(", {lines} line")),
        "{lines} lines are left out, the answer says {line:?}"
    );
    Ok(Shown {
        pos,
        more,
        dropped,
        checked: pos - start - bytes,
        gap: Some(gap),
    })
}

/// An offset as an index: streams are in memory.
fn at(offset: u64) -> usize {
    usize::try_from(offset).expect("streams fit in memory")
}

/// A piece of output in format `raw`, as an answer has it.
fn shown(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn same(expected: &str, got: &str, start: u64) -> Result<()> {
    if expected == got {
        return Ok(());
    }
    let pairs = expected.bytes().zip(got.bytes());
    let agree = pairs.take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        let bytes = text.as_bytes();
        let piece = &bytes[agree.saturating_sub(80)..bytes.len().min(agree + 120)];
        String::from_utf8_lossy(piece).into_owned()
    };
    bail!(
        "what was read differs {agree} bytes after offset {start}\n  expected ({} bytes): …{:?}\n  \
         got      ({} bytes): …{:?}",
        expected.len(),
        around(expected),
        got.len(),
        around(got)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(body: &str, pos: u64, more: u64, dropped: u64, truncated: u64) -> Answer {
        Answer {
            text: format!("{body}[session=x state=running]"),
            status: json!({"pos": pos, "more_bytes": more, "dropped_bytes": dropped,
                           "truncated_bytes": truncated}),
            ..Answer::default()
        }
    }

    const STREAM: &[u8] = b"one\r\ntwo\r\nthree\r\nfour";

    /// Every byte of an honest answer is counted, wherever it starts.
    #[test]
    fn honest_answers_pass() {
        let all = check_read(
            &answer("one\r\ntwo\r\nthree\r\nfour\n", 21, 0, 0, 0),
            0,
            STREAM,
        );
        assert_eq!(all.unwrap().checked, 21);
        let some = check_read(&answer("two\r\n", 10, 11, 0, 0), 5, STREAM).unwrap();
        assert_eq!((some.pos, some.more, some.checked), (10, 11, 5));
        let dropped = check_read(&answer("two\r\n", 10, 11, 5, 0), 0, STREAM).unwrap();
        assert_eq!(dropped.dropped, 5);
        let gap = "one\r\n[… 12 bytes, 2 lines left out; read_output since=5 max_lines=200 shows them …]\nfour\n";
        let cut = check_read(&answer(gap, 21, 0, 0, 12), 0, STREAM).unwrap();
        assert_eq!((cut.gap, cut.checked), (Some(5), 9));
    }

    /// A byte that is wrong, missing, repeated, invented or miscounted is found.
    #[test]
    fn dishonest_answers_are_found() {
        for (body, pos, more, dropped, truncated) in [
            ("onE\r\n", 5, 16, 0, 0),
            ("one\r\n", 6, 15, 0, 0),
            ("one\r\none\r\n", 10, 11, 0, 0),
            ("one\r\n", 5, 17, 0, 0),
            ("two\r\n", 10, 11, 4, 0),
            ("three\r\n", 17, 4, 0, 0),
            (
                "one\r\n[… 12 bytes, 3 lines left out; read_output since=5 …]\nfour\n",
                21,
                0,
                0,
                12,
            ),
            (
                "one\r\n[… 12 bytes, 2 lines left out; read_output since=5 …]\nfour\n",
                21,
                0,
                0,
                11,
            ),
            (
                "one\r\n[… 12 bytes, 2 lines left out; read_output since=4 …]\nfour\n",
                21,
                0,
                0,
                12,
            ),
        ] {
            let answer = answer(body, pos, more, dropped, truncated);
            assert!(check_read(&answer, 0, STREAM).is_err(), "{body:?} {pos}");
        }
    }

    /// Codes and signals are told apart.
    #[test]
    fn exits() {
        assert_eq!(exit_of(&json!({"exit_code": 7, "signal": null})), Some(7));
        assert_eq!(
            exit_of(&json!({"exit_code": null, "signal": "KILL"})),
            Some(265)
        );
        assert_eq!(exit_of(&json!({"exit_code": null, "signal": null})), None);
    }
}
