//! A search in a session's output as a person would read it: escape sequences
//! left out, positions told in bytes of output all the same.

use std::time::Instant;

use rejoinder_ansi::{OffsetMap, Stripper};
use rejoinder_expect::{
    EchoSkip, EchoState, Edge, Match, Offset, Pattern, PatternSet, Ring, Search,
};

use crate::error::{Error, ErrorKind};
use crate::newlines;
use crate::request::{Group, Matched, PatternSpec};

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

fn compile(patterns: &[PatternSpec]) -> Result<PatternSet, Error> {
    let patterns = patterns.iter().map(|spec| {
        let pattern = if spec.literal {
            newlines::in_literal(&spec.text)
                .map_or_else(|| Pattern::literal(&spec.text), Pattern::regex)
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
    map: OffsetMap,
    text: Ring,
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
    pub(crate) fn new(
        patterns: &[PatternSpec],
        from: Offset,
        echo: Option<&[u8]>,
    ) -> Result<Self, Error> {
        let patterns = compile(patterns)?;
        let mut stripper = Stripper::new();
        stripper.set_offset(from.get());
        Ok(Self {
            stripper,
            map: OffsetMap::new(),
            text: Ring::with_window(TEXT_WINDOW),
            stripped: from,
            echo: echo.map(|sent| EchoSkip::new(sent, Offset::ZERO)),
            late_echo: echo
                .map(first_line)
                .filter(|line| line.len() >= SHORTEST_LATE_ECHO),
            search: Search::new(&patterns, Offset::ZERO),
        })
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
            let (map, text) = (&mut self.map, &mut self.text);
            self.stripper.strip_runs(ring.slice(piece), |run| {
                text.push(run.text);
                map.push(run);
            });
            self.map.forget_before(self.text.start().get());
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
        if let Some(echo) = &mut self.echo {
            match echo.advance(&self.text, edge) {
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
            let found = self.search.advance(&self.text, edge, now)?;
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
        let start = self.text.start();
        let at = self
            .text
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
        let names = found.group_names();
        let groups = (0..found.group_count())
            .map(|index| Group {
                name: names.get(index).cloned().flatten(),
                text: text(found.group(index, &self.text)),
            })
            .collect();
        Matched {
            index: found.pattern(),
            start: self.raw(self.map.raw_start(found.start().get())),
            end: self.raw(self.map.raw_end(found.end().get())),
            text: found.text_lossy(&self.text).into_owned(),
            groups,
        }
    }

    /// A position in the output; where the text has none (an empty match at an
    /// edge of it), the end of what was looked at.
    fn raw(&self, position: Option<u64>) -> Offset {
        position.map_or(self.stripped, Offset::new)
    }
}
