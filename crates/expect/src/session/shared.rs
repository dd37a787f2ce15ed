//! What blocking and async sessions share: the ring, the place in it, the sets compiled last, the
//! transcript. No input, no output and no clock.

use super::error::Error;
use super::found::{Found, Reply, SoFar};
use super::options::{ExpectOptions, SessionOptions};
use super::patterns::Patterns;
use crate::{
    Edge, Offset, Outcome, Pattern, PatternSet, Ring, SearchOptions, TextFilter, TextRing,
    Unmatched, Wait, WaitOptions,
};
use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

/// What passes through a session, for a transcript.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Event, Session};
/// use std::sync::{Arc, Mutex};
///
/// let log = Arc::new(Mutex::new(String::new()));
/// let mut session = Session::spawn("cat")?;
/// let transcript = Arc::clone(&log);
/// session.on_transcript(move |event| {
///     *transcript.lock().unwrap() += &match event {
///         Event::Input(bytes) => format!("> {}", String::from_utf8_lossy(bytes)),
///         Event::Secret(bytes) => format!("> ({bytes} secret bytes)"),
///         _ => String::new(),
///     }
/// });
/// session.send_line("hello")?;
/// session.send_secret("hunter2")?;
/// assert_eq!(*log.lock().unwrap(), "> hello\n> (8 secret bytes)");
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The program printed this, from this offset on.
    Output(Offset, &'a [u8]),
    /// This was sent to the program.
    Input(&'a [u8]),
    /// A secret was sent to the program, of so many bytes.
    Secret(usize),
}

/// Is shown everything that passes through a session.
pub(crate) type Transcript = Box<dyn FnMut(Event<'_>) + Send>;

/// How many reads are made to see a match grow before it is taken as it is, when each of them
/// finds more to read.
pub(crate) const READS_FOR_GROWTH: usize = 16;

/// What one read came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    More,
    Nothing,
    End,
}

/// How many sets a session remembers.
const SETS_KEPT: usize = 16;

/// How much of what was sent is remembered for its echo, in bytes. What is sent in larger pieces
/// is not typing, and its echo is not looked for.
const ECHO_KEPT: usize = 16 << 10;

pub(crate) struct Shared {
    pub(crate) ring: Ring,
    /// The text in the stream, when that is what is matched.
    text: Option<TextRing<Box<dyn TextFilter + Send>>>,
    pub(crate) options: SessionOptions,
    /// Where the next wait begins: behind the last match.
    at: Offset,
    pub(crate) ended: bool,
    sets: VecDeque<(Vec<Pattern>, PatternSet)>,
    sent: Vec<u8>,
    last: Option<Reply>,
    transcript: Option<Transcript>,
    /// Says whether the terminal may echo, where that can be known.
    echoes: Option<EchoProbe>,
}

type EchoProbe = Box<dyn Fn() -> bool + Send + Sync>;

/// A wait under way, and what its outcome is to be told with.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) wait: Wait,
    pub(crate) set: PatternSet,
    pub(crate) timeout: Option<Duration>,
}

impl Shared {
    pub(crate) fn new(options: SessionOptions) -> Shared {
        Shared {
            ring: Ring::with_window(options.window),
            text: None,
            options,
            at: Offset::ZERO,
            ended: false,
            sets: VecDeque::new(),
            sent: Vec::new(),
            last: None,
            transcript: None,
            echoes: None,
        }
    }

    /// Begins a wait.
    pub(crate) fn begin(
        &mut self,
        patterns: Patterns,
        options: ExpectOptions,
        now: Instant,
    ) -> Result<Pending, Error> {
        let set = self.compile(patterns)?;
        let own = self.options;
        let timeout = options.timeout.unwrap_or(own.timeout);
        let skip_echo = options.skip_echo.unwrap_or(own.skip_echo)
            && self.echoes.as_ref().is_none_or(|echoes| echoes());
        let usable_echo = skip_echo && !self.sent.is_empty() && self.sent.len() <= ECHO_KEPT;
        let wait = WaitOptions {
            search: SearchOptions {
                priority: options.priority.unwrap_or(own.search.priority),
                commit: options.commit.unwrap_or(own.search.commit),
                end: options.end.unwrap_or(own.search.end),
            },
            // A time too far away to be represented is never.
            deadline: timeout.and_then(|timeout| now.checked_add(timeout)),
            after_echo: usable_echo.then(|| self.sent.clone()),
        };
        let lookback = options
            .lookback
            .map(|bytes| self.ring.end().saturating_sub(bytes));
        let from = lookback.map_or(self.at, |earliest| self.at.max(earliest));
        let from = self
            .text
            .as_ref()
            .map_or(from, |text| text.text_offset(from));
        Ok(Pending {
            wait: Wait::new(&set, from, wait),
            set,
            timeout,
        })
    }

    fn compile(&mut self, patterns: Patterns) -> Result<PatternSet, Error> {
        let list = match patterns {
            Patterns::Set(set) => return Ok(set),
            Patterns::List(list) => list,
        };
        if let Some(index) = self.sets.iter().position(|(known, _)| *known == list) {
            let known = self.sets.remove(index).expect("the index was just found");
            let set = known.1.clone();
            self.sets.push_front(known);
            return Ok(set);
        }
        let set = PatternSet::new(&list)?;
        self.sets.truncate(SETS_KEPT - 1);
        self.sets.push_front((list, set.clone()));
        Ok(set)
    }

    /// Looks whether a wait is over.
    pub(crate) fn poll(
        &mut self,
        pending: &mut Pending,
        edge: Edge,
        now: Instant,
    ) -> Option<Reply> {
        let edge = if self.ended { Edge::Eof } else { edge };
        let outcome = pending.wait.advance(self.haystack(), edge, now)?;
        let reply = match outcome {
            Outcome::Matched(found) => {
                let place = match &self.text {
                    Some(text) => text.to_raw(&found),
                    None => found.clone(),
                };
                self.at = place.end();
                self.sent.clear();
                Reply::Found(Found::new(&found, place, self.haystack()))
            }
            Outcome::Eof(so_far) => {
                self.sent.clear();
                Reply::Eof(self.so_far(so_far))
            }
            Outcome::Timeout(so_far) => Reply::Timeout(self.so_far(so_far)),
        };
        self.last = Some(reply.clone());
        Some(reply)
    }

    fn so_far(&self, so_far: Unmatched) -> SoFar {
        let place = match &self.text {
            Some(text) => so_far.relocated(|offset| text.raw_end(offset)),
            None => so_far,
        };
        SoFar::new(so_far, place, self.haystack())
    }

    /// What waits look at: the stream, or the text in it.
    pub(crate) fn haystack(&self) -> &Ring {
        self.text.as_ref().map_or(&self.ring, TextRing::ring)
    }

    /// From now on, waits look at the text that `filter` leaves.
    pub(crate) fn set_text_filter(&mut self, filter: Box<dyn TextFilter + Send>) {
        let mut text = TextRing::new(filter, self.at, self.options.window);
        text.feed(&self.ring);
        self.text = Some(text);
    }

    /// Takes in what was read into the ring's spare space.
    pub(crate) fn received(&mut self, count: usize) {
        let from = self.ring.end();
        self.ring.advance(count);
        if let Some(text) = &mut self.text {
            text.feed(&self.ring);
        }
        if let Some(transcript) = &mut self.transcript {
            transcript(Event::Output(from, self.ring.slice(from..self.ring.end())));
        }
    }

    /// Takes note of what was sent.
    pub(crate) fn sent(&mut self, bytes: &[u8], secret: bool) {
        if self.sent.len() <= ECHO_KEPT {
            self.sent.extend_from_slice(bytes);
        }
        if let Some(transcript) = &mut self.transcript {
            transcript(if secret {
                Event::Secret(bytes.len())
            } else {
                Event::Input(bytes)
            });
        }
    }

    /// A line as it is sent.
    pub(crate) fn line(&self, text: &[u8]) -> Vec<u8> {
        [text, self.options.line_ending.as_bytes()].concat()
    }

    #[cfg(feature = "spawn")]
    pub(crate) fn probe_echo(&mut self, echoes: impl Fn() -> bool + Send + Sync + 'static) {
        self.echoes = Some(Box::new(echoes));
    }

    pub(crate) fn set_transcript(&mut self, transcript: Transcript) {
        self.transcript = Some(transcript);
    }

    /// Where the next wait begins.
    #[cfg(feature = "spawn")]
    pub(crate) fn at(&self) -> Offset {
        self.at
    }

    /// What the last wait came to.
    pub(crate) fn last(&self) -> Option<&Reply> {
        self.last.as_ref()
    }

    pub(crate) fn last_found(&self) -> Option<&Found> {
        match &self.last {
            Some(Reply::Found(found)) => Some(found),
            _ => None,
        }
    }

    /// What has arrived and was not matched yet.
    pub(crate) fn unread(&self) -> &[u8] {
        self.ring.slice(self.at..self.ring.end())
    }

    /// Passes over what has arrived.
    pub(crate) fn skip_unread(&mut self) -> u64 {
        let skipped = self.ring.end() - self.at;
        self.at = self.at.max(self.ring.end());
        self.sent.clear();
        skipped
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("ring", &self.ring)
            .field("at", &self.at)
            .field("ended", &self.ended)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
