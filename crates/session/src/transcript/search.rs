//! Searching output line by line, as `grep` does, in memory or on disk.

use std::collections::VecDeque;

use regex_automata::meta::{self, Regex};
use regex_automata::util::syntax;
use rejoinder_ansi::{Run, Stripper, resolve};
use rejoinder_expect::Offset;

use crate::error::{Error, ErrorKind};
use crate::request::PatternSpec;
use crate::search::check_patterns;
use crate::transcript::Transcript;
use crate::transcript::cursor::What;
use crate::transcript::shown::{LONGEST_SHOWN, has_line_effects, shown, shown_as_printed};

/// The most of a line that is searched as one, in bytes. The parts of a longer
/// line are searched each by itself.
const LONGEST_LINE: usize = 64 * 1024;

/// Lines around a match are no more than this.
const MOST_CONTEXT: usize = 50;

/// Matches that are told in full are no more than this.
const MOST_MATCHES: usize = 1000;

/// A search for the lines of some output that a pattern matches.
///
/// Lines are searched as a person would read them: without escape sequences, `\r\n`
/// as a line end. So a match lies within one line, and `^` and `$` are its ends.
/// Shown lines have what carriage returns and backspaces overwrote left out,
/// unless that is what matched, and hidden characters as escapes.
///
/// # Example
///
/// ```
/// use rejoinder_session::{LineSearch, Offset, PatternSpec};
///
/// let output = b"\x1b[1mbuild\x1b[0m\r\n\x1b[31merror\x1b[0m: no such file\r\nstopped\r\n";
/// let search = LineSearch::new(PatternSpec {
///     text: "^error: (.*)$".to_owned(),
///     literal: false,
///     case_sensitive: true,
/// });
/// let found = search.in_bytes(output, Offset::new(100))?;
/// assert_eq!((found.total, found.lines), (1, 3));
/// let found = &found.matches[0];
/// assert_eq!((found.line, found.offset), (2, Offset::new(115)));
/// assert_eq!(found.text, "error: no such file");
/// assert_eq!((&found.before[0], &found.after[0]), (&"build".to_owned(), &"stopped".to_owned()));
/// # Ok::<(), rejoinder_session::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineSearch {
    /// What to look for.
    pub pattern: PatternSpec,
    /// How many lines before and after a match are told, at most 50.
    pub context: usize,
    /// How many matching lines are told, at most 1,000; the others are counted.
    pub max_matches: usize,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinesFound {
    /// The first lines that match, in order.
    pub matches: Vec<LineFound>,
    /// How many lines match, those included that are not told. A line of more than
    /// 64 KiB is searched in parts and counts once for each part that matches.
    pub total: u64,
    /// How many lines were searched.
    pub lines: u64,
    /// Where the searched output starts.
    pub start: Offset,
    /// Where it ends.
    pub end: Offset,
}

/// A line that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFound {
    /// Its number, 1 for the first line that was searched.
    pub line: u64,
    /// Where it starts in the output; reading from here begins with the line.
    pub offset: Offset,
    /// The line; of a long one, the part around the match.
    pub text: String,
    /// The lines before it.
    pub before: Vec<String>,
    /// The lines after it.
    pub after: Vec<String>,
}

impl LineSearch {
    /// A search that tells 20 matches, each with two lines before and after.
    #[must_use]
    pub fn new(pattern: PatternSpec) -> LineSearch {
        LineSearch {
            pattern,
            context: 2,
            max_matches: 20,
        }
    }

    /// Searches output in memory, of which the first byte has the offset `start`.
    ///
    /// # Errors
    ///
    /// When the pattern cannot be compiled; the message says why.
    pub fn in_bytes(&self, bytes: &[u8], start: Offset) -> Result<LinesFound, Error> {
        let mut scan = Scan::new(self, start)?;
        scan.push(bytes);
        Ok(scan.finish(start + bytes.len() as u64))
    }

    /// Searches all that is still there of a transcript, an event at a time.
    ///
    /// # Errors
    ///
    /// When the pattern cannot be compiled, or the transcript not be read.
    pub fn in_transcript(&self, transcript: &mut Transcript) -> Result<LinesFound, Error> {
        let mut scan = Scan::new(self, transcript.first())?;
        transcript
            .each(|entry| {
                if let What::Output(bytes) = entry.what {
                    scan.jump(entry.offset);
                    scan.push(&bytes);
                }
            })
            .map_err(|error| {
                Error::new(
                    ErrorKind::Io,
                    format!("the transcript cannot be searched: {error}"),
                    "search the latest output, which is in memory, instead",
                )
                .caused_by(error)
            })?;
        let end = Offset::new(scan.stripper.offset());
        Ok(scan.finish(end))
    }

    fn compile(&self) -> Result<Regex, Error> {
        check_patterns(std::slice::from_ref(&self.pattern))?;
        let PatternSpec {
            text,
            literal,
            case_sensitive,
        } = &self.pattern;
        let text = if *literal {
            regex_syntax::escape(text)
        } else {
            text.clone()
        };
        // Lines may be anything but UTF-8; the size is limited as the engine's is.
        meta::Builder::new()
            .configure(
                meta::Config::new()
                    .utf8_empty(false)
                    .nfa_size_limit(Some(10 << 20)),
            )
            .syntax(
                syntax::Config::new()
                    .utf8(false)
                    .case_insensitive(!case_sensitive),
            )
            .build(&text)
            .map_err(|error| {
                Error::new(
                    ErrorKind::BadPattern,
                    format!("the pattern cannot be compiled: {error}"),
                    "take a shorter, telling part of it",
                )
                .caused_by(error)
            })
    }
}

/// A search in progress.
struct Scan {
    regex: Regex,
    stripper: Stripper,
    lines: Lines,
}

impl Scan {
    fn new(search: &LineSearch, start: Offset) -> Result<Scan, Error> {
        let mut stripper = Stripper::new();
        stripper.set_offset(start.get());
        Ok(Scan {
            regex: search.compile()?,
            stripper,
            lines: Lines {
                context: search.context.min(MOST_CONTEXT),
                max_matches: search.max_matches.min(MOST_MATCHES),
                number: 1,
                start,
                line: Vec::new(),
                line_start: start,
                is_part: false,
                before: VecDeque::new(),
                wanting: VecDeque::new(),
                matches: Vec::new(),
                total: 0,
            },
        })
    }

    /// The next output has this offset, though something may be missing before.
    fn jump(&mut self, offset: Offset) {
        if offset.get() > self.stripper.offset() {
            self.stripper.set_offset(offset.get());
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let Scan {
            regex,
            stripper,
            lines,
        } = self;
        stripper.strip_runs(bytes, |run| lines.push(run, regex));
    }

    fn finish(mut self, end: Offset) -> LinesFound {
        let Scan {
            regex,
            stripper,
            lines,
        } = &mut self;
        stripper.finish_runs(|run| lines.push(run, regex));
        if !lines.line.is_empty() {
            lines.end_line(regex, end, true);
        }
        LinesFound {
            lines: lines.number - 1,
            start: lines.start,
            end,
            total: lines.total,
            matches: std::mem::take(&mut lines.matches),
        }
    }
}

/// The lines of a search, and what was found in them.
struct Lines {
    context: usize,
    max_matches: usize,
    number: u64,
    start: Offset,
    /// The line so far, and where it starts in the output.
    line: Vec<u8>,
    line_start: Offset,
    /// The line has a part that was searched before.
    is_part: bool,
    /// The last lines, cut to what is shown.
    before: VecDeque<Vec<u8>>,
    /// Indices of matches that want lines after them.
    wanting: VecDeque<usize>,
    matches: Vec<LineFound>,
    total: u64,
}

impl Lines {
    fn push(&mut self, run: Run<'_>, regex: &Regex) {
        let (mut text, mut offset) = (run.text, run.offset);
        loop {
            let room = LONGEST_LINE - self.line.len();
            let end = memchr::memchr(b'\n', &text[..text.len().min(room + 1)]);
            match end {
                Some(end) => {
                    self.line.extend_from_slice(&text[..end]);
                    text = &text[end + 1..];
                    offset += end as u64 + 1;
                    self.end_line(regex, Offset::new(offset), true);
                }
                None if text.len() > room => {
                    self.line.extend_from_slice(&text[..room]);
                    text = &text[room..];
                    offset += room as u64;
                    self.end_line(regex, Offset::new(offset), false);
                }
                None => {
                    self.line.extend_from_slice(text);
                    return;
                }
            }
        }
    }

    /// Searches the line, or a part of one, and begins the next at `next`.
    fn end_line(&mut self, regex: &Regex, next: Offset, is_whole: bool) {
        let mut line = std::mem::take(&mut self.line);
        while is_whole && line.last() == Some(&b'\r') {
            line.pop();
        }
        if !self.wanting.is_empty() && !self.is_part {
            let text = shown(&line, 0);
            for &index in &self.wanting {
                self.matches[index].after.push(text.clone());
            }
            let (matches, context) = (&self.matches, self.context);
            self.wanting
                .retain(|&index| matches[index].after.len() < context);
        }
        if let Some(found) = regex.find(&line) {
            self.total += 1;
            if self.matches.len() < self.max_matches {
                self.tell(&line, found.start(), regex);
            }
        }
        if self.context > 0 && !self.is_part {
            let mut kept = if self.before.len() == self.context {
                self.before.pop_front().unwrap_or_default()
            } else {
                Vec::new()
            };
            kept.clear();
            kept.extend_from_slice(&line[..line.len().min(LONGEST_SHOWN + 4)]);
            self.before.push_back(kept);
        }
        line.clear();
        self.line = line;
        self.line_start = next;
        self.is_part = !is_whole;
        self.number += u64::from(is_whole);
    }

    fn tell(&mut self, line: &[u8], found: usize, regex: &Regex) {
        // A progress bar is shown as it ended, if that is what was looked for.
        let settled = if has_line_effects(line) {
            resolve(line)
        } else {
            String::new()
        };
        let text = match regex.find(settled.as_bytes()) {
            Some(found) if !settled.is_empty() => shown(settled.as_bytes(), found.start()),
            _ => shown_as_printed(line, found),
        };
        if self.context > 0 {
            self.wanting.push_back(self.matches.len());
        }
        self.matches.push(LineFound {
            line: self.number,
            offset: self.line_start,
            text,
            before: self.before.iter().map(|line| shown(line, 0)).collect(),
            after: Vec::new(),
        });
    }
}
