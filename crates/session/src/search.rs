//! A search in a session's output as a person would read it: escape sequences
//! left out, lines ending in `\n`, positions told in bytes of output all the same.

use std::time::Instant;

use rejoinder_ansi::{OffsetMap, Run, Stripper};
use rejoinder_expect::{
    EchoSkip, EchoState, Edge, Match, Offset, Pattern, PatternSet, Ring, Search,
};

use crate::answer::{Group, Matched};
use crate::error::{Error, ErrorKind};
use crate::newlines;
use crate::request::{Interact, PatternSpec};

/// Text that a search keeps to tell a match's text and groups from; a longer
/// match is found all the same, its text cut at the start.
const TEXT_WINDOW: usize = 256 * 1024;

/// Checks that these patterns can be compiled.
///
/// # Errors
///
/// When one cannot; the message says which and why.
pub fn check_patterns(patterns: &[PatternSpec]) -> Result<(), Error> {
    compile(patterns).map(|_| ())
}

/// A request whose patterns are compiled, once and before anything is typed.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) interact: Interact,
    /// Those of its wait, if it has any.
    pub(crate) patterns: Option<PatternSet>,
}

impl Checked {
    /// The request with its patterns compiled; an error names the one that
    /// cannot be.
    pub(crate) fn new(interact: Interact) -> Result<Self, Error> {
        let wait = interact.wait.as_ref();
        let patterns = wait
            .filter(|wait| !wait.patterns.is_empty())
            .map(|wait| compile(&wait.patterns))
            .transpose()?;
        Ok(Self { interact, patterns })
    }
}

fn compile(patterns: &[PatternSpec]) -> Result<PatternSet, Error> {
    let patterns = patterns.iter().map(|spec| {
        let pattern = if spec.literal {
            Pattern::literal(newlines::in_literal(&spec.text))
        } else {
            let text = newlines::in_regex(&spec.text);
            Pattern::regex(text.as_deref().unwrap_or(&spec.text))
        };
        pattern.case_insensitive(!spec.case_sensitive)
    });
    PatternSet::new(patterns).map_err(|error| {
        Error::new(
            ErrorKind::BadPattern,
            error.to_string(),
            "correct the pattern; text that is meant as it is needs its special characters escaped",
        )
        .caused_by(error)
    })
}

/// The shortest line that is taken for an echo somewhere in the output.
const SHORTEST_LATE_ECHO: usize = 3;

fn first_line(sent: &[u8]) -> Vec<u8> {
    let end = sent.iter().position(|&byte| byte < b' ');
    sent[..end.unwrap_or(sent.len())].to_vec()
}

/// A search in progress.
pub(crate) struct OutputSearch {
    stripper: Stripper,
    text: Text,
    stripped: Offset,
    echo: Option<EchoSkip>,
    /// The first line of what was typed, when its echo did not come at once.
    late_echo: Option<Vec<u8>>,
    search: Search,
}

impl std::fmt::Debug for OutputSearch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutputSearch")
            .field("stripped", &self.stripped)
            .finish_non_exhaustive()
    }
}

impl OutputSearch {
    /// A search that starts at `from`, and, where `echo` was typed there, behind
    /// the echo of that.
    pub(crate) fn new(patterns: &PatternSet, from: Offset, echo: Option<&[u8]>) -> Self {
        let mut stripper = Stripper::new();
        stripper.set_offset(from.get());
        Self {
            stripper,
            text: Text::new(),
            stripped: from,
            echo: echo.map(|sent| EchoSkip::new(sent, Offset::ZERO)),
            late_echo: echo
                .map(first_line)
                .filter(|line| line.len() >= SHORTEST_LATE_ECHO),
            search: Search::new(patterns, Offset::ZERO),
        }
    }

    /// Looks at what has been added to the ring since the last look.
    pub(crate) fn advance(&mut self, ring: &Ring, edge: Edge, now: Instant) -> Option<Matched> {
        if self.stripped < ring.start() {
            // What has left the ring meanwhile cannot be searched any more.
            self.stripped = ring.start();
            self.stripper.set_offset(self.stripped.get());
        }
        while self.stripped < ring.end() {
            let piece = self.stripped..(self.stripped + TEXT_WINDOW as u64).min(ring.end());
            self.stripped = piece.end;
            let text = &mut self.text;
            self.stripper
                .strip_runs(ring.slice(piece), |run| text.push(run));
            text.forget();
            if let Some(matched) = self.look(Edge::Live, now) {
                return Some(matched);
            }
        }
        self.look(edge, now)
    }

    /// When the search wants to be looked at again though nothing comes.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.search.poll_timeout()
    }

    fn look(&mut self, edge: Edge, now: Instant) -> Option<Matched> {
        if edge == Edge::Eof {
            self.text.release();
        }
        if let Some(echo) = &mut self.echo {
            match echo.advance(&self.text.ring, edge) {
                EchoState::Pending if edge != Edge::Eof => return None,
                EchoState::Echoed(from) => {
                    self.late_echo = None;
                    self.search.restart(from);
                }
                EchoState::NotEchoed(from) => self.search.restart(from),
                EchoState::Pending => {}
            }
            self.echo = None;
        }
        loop {
            let found = self.search.advance(&self.text.ring, edge, now)?;
            match self.late_echo_around(&found) {
                Some(end) => self.search.restart(end),
                None => return Some(self.describe(&found)),
            }
        }
    }

    /// Where the echo ends that the match starts in: what was typed while the
    /// program was still printing is echoed behind that.
    fn late_echo_around(&mut self, found: &Match) -> Option<Offset> {
        let line = self.late_echo.as_ref()?;
        let start = self.text.ring.start();
        let at = self
            .text
            .ring
            .as_bytes()
            .windows(line.len())
            .position(|window| window == line.as_slice())?;
        let end = start + (at + line.len()) as u64;
        let inside = (start + at as u64..end).contains(&found.start());
        if inside {
            self.late_echo = None;
        }
        inside.then_some(end)
    }

    fn describe(&self, found: &Match) -> Matched {
        let text = |bytes: Option<&[u8]>| bytes.map(|b| String::from_utf8_lossy(b).into_owned());
        let (ring, map) = (&self.text.ring, &self.text.map);
        let names = found.group_names();
        let groups = (0..found.group_count())
            .map(|index| Group {
                name: names.get(index).cloned().flatten(),
                text: text(found.group(index, ring)),
            })
            .collect();
        Matched {
            index: found.pattern(),
            start: self.raw(map.raw_start(found.start().get())),
            end: self.raw(map.raw_end(found.end().get())),
            text: found.text_lossy(ring).into_owned(),
            groups,
        }
    }

    /// A position in the output; where the text has none (an empty match at an
    /// edge of it), the end of what was looked at.
    fn raw(&self, position: Option<u64>) -> Offset {
        position.map_or(self.stripped, Offset::new)
    }
}

/// The text that is searched: a ring of its own, and where its bytes came from.
struct Text {
    ring: Ring,
    map: OffsetMap,
    /// A carriage return that waits for the byte behind it: a newline makes the
    /// two one line end.
    held: Option<u64>,
}

impl Text {
    fn new() -> Self {
        Self {
            ring: Ring::with_window(TEXT_WINDOW),
            map: OffsetMap::new(),
            held: None,
        }
    }

    fn push(&mut self, run: Run<'_>) {
        let (mut text, mut offset) = (run.text, run.offset);
        if text.first() == Some(&b'\n') {
            self.held = None;
        } else if !text.is_empty() {
            self.release();
        }
        while let Some(at) = text.iter().position(|&byte| byte == b'\r') {
            let (before, after) = (&text[..at], &text[at + 1..]);
            self.put(before, offset);
            match after.first() {
                None => self.held = Some(offset + at as u64),
                Some(b'\n') => {}
                Some(_) => self.put_return(offset + at as u64),
            }
            text = after;
            offset += at as u64 + 1;
        }
        self.put(text, offset);
    }

    /// Lets go of a carriage return that no newline will follow.
    fn release(&mut self) {
        if let Some(offset) = self.held.take() {
            self.put_return(offset);
        }
    }

    /// A carriage return by itself, which nobody sees at the start of a line: a shell's
    /// line editor ends with one.
    fn put_return(&mut self, offset: u64) {
        if self.ring.as_bytes().last() != Some(&b'\n') {
            self.put(b"\r", offset);
        }
    }

    fn put(&mut self, text: &[u8], offset: u64) {
        if !text.is_empty() {
            self.ring.push(text);
            self.map.push(Run { text, offset });
        }
    }

    /// Forgets where text came from that has left the ring.
    fn forget(&mut self) {
        self.map.forget_before(self.ring.start().get());
    }
}
