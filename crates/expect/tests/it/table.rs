//! The cases of `tests/data/expect`: what users of expect tools trip over.

use rejoinder_expect::{
    Commit, Edge, EndAnchor, Match, Offset, Outcome, Pattern, PatternSet, Priority, Ring,
    SearchOptions, TextFilter, TextRing, Wait, WaitOptions, WordBoundary,
};
use serde::Deserialize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fmt, fs};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    #[serde(rename = "why")]
    _why: Option<String>,
    #[serde(default)]
    regex: Vec<String>,
    #[serde(default)]
    literal: Vec<String>,
    #[serde(default)]
    ignore_case: bool,
    #[serde(default)]
    multi_line: bool,
    #[serde(default)]
    dot_all: bool,
    unicode: Option<bool>,
    #[serde(default)]
    unicode_words: bool,
    crlf: Option<bool>,
    #[serde(default)]
    priority: PriorityName,
    #[serde(default)]
    commit: CommitName,
    #[serde(default)]
    end_anchor: EndName,
    window: Option<usize>,
    sent: Option<String>,
    #[serde(default)]
    on: On,
    reads: Vec<Read>,
    #[serde(default)]
    want: Vec<Want>,
    then: Option<Then>,
    left: Option<String>,
    #[serde(default = "yes")]
    any_cut: bool,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum PriorityName {
    #[default]
    Earliest,
    Order,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum CommitName {
    #[default]
    Drain,
    Earliest,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum EndName {
    #[default]
    Arrived,
    Strict,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum On {
    #[default]
    Raw,
    Text,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Then {
    Eof,
    Timeout,
}

#[derive(Deserialize, Clone)]
#[serde(untagged)]
enum Read {
    Text(String),
    Repeat {
        repeat: String,
        times: usize,
        #[serde(default)]
        unseen: bool,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Want {
    pattern: usize,
    before: Option<String>,
    text: Option<String>,
    groups: Option<Vec<Group>>,
    before_len: Option<u64>,
    start: Option<u64>,
    end: Option<u64>,
    clipped: Option<bool>,
    skipped: Option<u64>,
    after: Option<usize>,
}

fn yes() -> bool {
    true
}

/// What a group is to have matched; `false` for nothing.
#[derive(Deserialize)]
#[serde(untagged)]
enum Group {
    Text(String),
    Absent(#[allow(dead_code, reason = "only `false` is written")] bool),
}

/// What one read brings, and whether anybody looks after it.
#[derive(Clone)]
struct Piece {
    bytes: Vec<u8>,
    seen: bool,
}

/// A match as the table can ask about it.
#[derive(Clone, PartialEq, Eq)]
struct Got {
    found: Match,
    before: Vec<u8>,
    text: Vec<u8>,
    groups: Vec<Option<Vec<u8>>>,
    after: usize,
}

/// Takes out control sequences (ECMA-48, section 5.4), however they are cut.
#[derive(Default)]
struct NoSequences {
    inside: usize,
}

impl TextFilter for NoSequences {
    fn feed(&mut self, at: Offset, raw: &[u8], emit: &mut dyn FnMut(Offset, &[u8])) {
        for (index, &byte) in raw.iter().enumerate() {
            self.inside = match (self.inside, byte) {
                (0, 0x1b) => 1,
                (1, b'[') => 2,
                (2, 0x40..=0x7e) | (1, _) => 0,
                (2, _) => 2,
                _ => {
                    emit(at + index as u64, &raw[index..=index]);
                    0
                }
            };
        }
    }
}

impl Case {
    fn set(&self) -> PatternSet {
        let boundary = if self.unicode_words {
            WordBoundary::Unicode
        } else {
            WordBoundary::Ascii
        };
        let regexes = self.regex.iter().map(|text| Pattern::regex(text.as_str()));
        let literals = self
            .literal
            .iter()
            .map(|text| Pattern::literal(text.as_str()));
        let patterns = regexes.chain(literals).map(|pattern| {
            pattern
                .case_insensitive(self.ignore_case)
                .multi_line(self.multi_line)
                .dot_matches_new_line(self.dot_all)
                .unicode(self.unicode.unwrap_or(true))
                .crlf(self.crlf.unwrap_or(true))
                .word_boundary(boundary)
        });
        PatternSet::new(patterns).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    fn options(&self) -> SearchOptions {
        SearchOptions {
            priority: match self.priority {
                PriorityName::Earliest => Priority::Earliest,
                PriorityName::Order => Priority::Order,
            },
            commit: match self.commit {
                CommitName::Drain => Commit::Drain,
                CommitName::Earliest => Commit::Earliest,
            },
            end: match self.end_anchor {
                EndName::Arrived => EndAnchor::Arrived,
                EndName::Strict => EndAnchor::Strict,
            },
        }
    }

    fn pieces(&self) -> Vec<Piece> {
        let window = self.window.unwrap_or(Ring::DEFAULT_WINDOW);
        let mut pieces = Vec::new();
        for read in &self.reads {
            let (bytes, seen) = match read {
                Read::Text(text) => (unescape(text), true),
                Read::Repeat {
                    repeat,
                    times,
                    unseen,
                } => (unescape(repeat).repeat(*times), !unseen),
            };
            // A read never brings more than the ring has room for.
            if bytes.len() <= window {
                pieces.push(Piece { bytes, seen });
            } else {
                pieces.extend(bytes.chunks(window).map(|part| Piece {
                    bytes: part.to_vec(),
                    seen,
                }));
            }
        }
        pieces
    }

    /// Feeds the pieces and collects the matches and what the last wait came to.
    fn run(&self, pieces: &[Piece]) -> (Vec<Got>, Option<Outcome>) {
        let set = self.set();
        let window = self.window.unwrap_or(Ring::DEFAULT_WINDOW);
        let start = Instant::now();
        let deadline = start + Duration::from_secs(1);
        let mut raw = Ring::with_window(window);
        let mut text = TextRing::new(NoSequences::default(), Offset::ZERO, window);
        let begin = |from, sent: Option<&String>| {
            let options = WaitOptions {
                search: self.options(),
                deadline: Some(deadline),
                after_echo: sent.map(|sent| unescape(sent)),
            };
            Wait::new(&set, from, options)
        };
        let mut wait = begin(Offset::ZERO, self.sent.as_ref());
        let mut got = Vec::new();
        let last = pieces.len() + 1;
        let ended = self.then != Some(Then::Timeout);
        for read in 1..=last {
            let piece = pieces.get(read - 1);
            raw.push(piece.map_or(&[][..], |piece| &piece.bytes));
            text.feed(&raw);
            if piece.is_some_and(|piece| !piece.seen) {
                continue;
            }
            let (edge, now) = match piece {
                Some(_) => (Edge::Drained, start),
                None if ended => (Edge::Eof, start),
                None => (Edge::Drained, deadline),
            };
            loop {
                let ring = if self.on == On::Text {
                    text.ring()
                } else {
                    &raw
                };
                let outcome = wait.advance(ring, edge, now);
                let found = match outcome {
                    None => break,
                    Some(Outcome::Matched(found)) => found,
                    Some(other) => return (got, Some(other)),
                };
                let (next, empty) = (found.end(), found.is_empty());
                let found = if self.on == On::Text {
                    text.to_raw(&found)
                } else {
                    found
                };
                got.push(Got::new(found, &raw, read));
                if empty {
                    return (got, None);
                }
                wait = begin(next, None);
            }
        }
        unreachable!("the last wait has an outcome");
    }

    fn check(&self, pieces: &[Piece], as_read: bool) {
        let (got, outcome) = self.run(pieces);
        let name = &self.name;
        assert_eq!(got.len(), self.want.len(), "{name}: {got:#?}");
        for (got, want) in got.iter().zip(&self.want) {
            want.check(name, got, as_read);
        }
        let so_far = match (&outcome, self.then) {
            (Some(Outcome::Eof(so_far)), Some(Then::Eof)) => *so_far,
            (Some(Outcome::Timeout(so_far)), Some(Then::Timeout)) => *so_far,
            (_, None) => return,
            (outcome, _) => panic!("{name}: {outcome:?}"),
        };
        if let Some(left) = &self.left {
            let mut ring = Ring::new();
            ring.push(
                &pieces
                    .iter()
                    .flat_map(|piece| piece.bytes.clone())
                    .collect::<Vec<_>>(),
            );
            assert_eq!(
                show(so_far.before(&ring)),
                show(&unescape(left)),
                "{name}: left"
            );
        }
    }

    pub(crate) fn check_all(&self) {
        let pieces = self.pieces();
        self.check(&pieces, true);
        if !self.any_cut {
            return;
        }
        let stream: Vec<u8> = pieces
            .iter()
            .flat_map(|piece| piece.bytes.clone())
            .collect();
        let piece = |bytes: &[u8]| Piece {
            bytes: bytes.to_vec(),
            seen: true,
        };
        self.check(&stream.chunks(1).map(piece).collect::<Vec<_>>(), false);
        for cut in 0..=stream.len() {
            self.check(&[piece(&stream[..cut]), piece(&stream[cut..])], false);
        }
    }
}

impl fmt::Debug for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, before) = (show(&self.text), show(&self.before));
        write!(
            f,
            "after read {}: {text:?} behind {before:?}, {:?}",
            self.after, self.found
        )
    }
}

impl Got {
    fn new(found: Match, raw: &Ring, after: usize) -> Got {
        let groups = 1..found.group_count();
        Got {
            before: found.before(raw).to_vec(),
            text: found.text(raw).to_vec(),
            groups: groups
                .map(|index| found.group(index, raw).map(<[u8]>::to_vec))
                .collect(),
            found,
            after,
        }
    }
}

impl Want {
    fn check(&self, name: &str, got: &Got, as_read: bool) {
        let found = &got.found;
        assert_eq!(found.pattern(), self.pattern, "{name}: pattern of {got:?}");
        let text = |what: &str, got: &[u8], want: &Option<String>| {
            if let Some(want) = want {
                assert_eq!(show(got), show(&unescape(want)), "{name}: {what}");
            }
        };
        text("before", &got.before, &self.before);
        text("text", &got.text, &self.text);
        if let Some(groups) = &self.groups {
            let want = groups.iter().map(|group| match group {
                Group::Text(text) => Some(show(&unescape(text))),
                Group::Absent(_) => None,
            });
            let want: Vec<_> = want.collect();
            let got: Vec<_> = got
                .groups
                .iter()
                .map(|group| group.as_deref().map(show))
                .collect();
            assert_eq!(got, want, "{name}: groups");
        }
        let number = |what: &str, got: u64, want: Option<u64>| {
            assert_eq!(got, want.unwrap_or(got), "{name}: {what}");
        };
        number("before_len", found.before_len(), self.before_len);
        number("start", found.start().get(), self.start);
        number("end", found.end().get(), self.end);
        number("skipped", found.skipped(), self.skipped);
        assert_eq!(
            found.start_clipped(),
            self.clipped.unwrap_or(false),
            "{name}: clipped"
        );
        if as_read {
            assert_eq!(got.after, self.after.unwrap_or(got.after), "{name}: after");
        }
    }
}

/// Bytes as a reader of a failed test wants them.
fn show(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// `\r \n \t \e \0 \\ \xHH` as the bytes they stand for.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        let (&kind, tail) = rest.split_first().expect("something follows a backslash");
        rest = tail;
        bytes.push(match kind {
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'e' => 0x1b,
            b'0' => 0,
            b'\\' => b'\\',
            b'x' => {
                let digits = std::str::from_utf8(&rest[..2]).expect("two digits");
                rest = &rest[2..];
                u8::from_str_radix(digits, 16).expect("hexadecimal digits")
            }
            other => panic!("\\{} stands for nothing", char::from(other)),
        });
    }
    bytes
}

fn load(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).expect("the file is there");
    let file: File =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    file.case
}

/// Guards: every case of the table.
#[test]
fn what_users_trip_over() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/expect");
    let (mut count, mut failures) = (0, Vec::new());
    for entry in fs::read_dir(folder).expect("the table is there") {
        let path = entry.expect("it can be listed").path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            for case in load(&path) {
                let case = AssertUnwindSafe(case);
                let failed = catch_unwind(|| case.check_all()).is_err();
                failures.extend(failed.then(|| case.name.clone()));
                count += 1;
            }
        }
    }
    assert_eq!(failures, Vec::<String>::new(), "cases that fail");
    assert!(count >= 50, "only {count} cases were found");
}
