//! One wait from its beginning to its outcome: search, echo and deadline together.
//!
//! This is the core of every session in this crate, and of drivers of one's own. It never reads
//! and never asks the clock; it is told what has arrived and what time it is.

use crate::{EchoSkip, EchoState, Edge, Match, Offset, PatternSet, Ring, Search, SearchOptions};
use std::ops::Range;
use std::time::Instant;

/// How a wait ended.
///
/// The end of the stream and a timeout are outcomes like a match, not errors. A timeout consumes
/// nothing: wait again from the same place and nothing is lost.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Edge, Offset, Outcome, PatternSet, Ring, Wait, WaitOptions};
/// use std::time::Instant;
///
/// let mut ring = Ring::new();
/// ring.push(b"bye\n");
/// let mut wait = Wait::new(&PatternSet::new(["$ "])?, Offset::ZERO, WaitOptions::default());
/// let Some(Outcome::Eof(said)) = wait.advance(&ring, Edge::Eof, Instant::now()) else {
///     panic!("there is no prompt, and there will be none");
/// };
/// assert_eq!(said.before(&ring), b"bye\n");
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A pattern matched.
    Matched(Match),
    /// The stream ended and no pattern had matched.
    Eof(Unmatched),
    /// The deadline passed and no pattern had matched.
    Timeout(Unmatched),
}

/// What had come when a wait ended without a match.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Edge, Offset, Outcome, PatternSet, Ring, Wait, WaitOptions};
/// use std::time::Instant;
///
/// let mut ring = Ring::with_window(16);
/// ring.push(&[b'x'; 100]);
/// let mut wait = Wait::new(&PatternSet::empty(), Offset::ZERO, WaitOptions::default());
/// let Some(Outcome::Eof(so_far)) = wait.advance(&ring, Edge::Eof, Instant::now()) else {
///     panic!("the stream has ended");
/// };
/// assert_eq!(so_far.range(), Offset::ZERO..Offset::new(100));
/// assert_eq!(so_far.before_len(), 100); // also of what the ring has dropped
/// assert!(so_far.before(&ring).len() < 100);
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmatched {
    from: Offset,
    end: Offset,
}

impl Unmatched {
    /// The span of the stream that was waited through.
    pub fn range(&self) -> Range<Offset> {
        self.from..self.end
    }

    /// The same at other places; see [`TextRing`](crate::TextRing).
    #[cfg(any(feature = "spawn", feature = "tokio"))]
    pub(crate) fn relocated(self, place: impl Fn(Offset) -> Offset) -> Unmatched {
        Unmatched {
            from: place(self.from),
            end: place(self.end),
        }
    }

    /// How many bytes came, exact whatever the ring still holds.
    pub fn before_len(&self) -> u64 {
        self.end - self.from
    }

    /// What came, as far back as the ring reaches.
    pub fn before<'r>(&self, ring: &'r Ring) -> &'r [u8] {
        ring.slice(self.range())
    }
}

/// A wait for one of several patterns, the end of the stream, or a deadline.
///
/// To drive one: after every read, and when [`poll_timeout`](Wait::poll_timeout) has passed, call
/// [`advance`](Wait::advance) until it gives an [`Outcome`].
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Edge, Offset, Outcome, PatternSet, Ring, Wait, WaitOptions};
/// use std::time::{Duration, Instant};
///
/// let set = PatternSet::new(["$ "])?;
/// let start = Instant::now();
/// let options = WaitOptions {
///     deadline: Some(start + Duration::from_secs(5)),
///     ..WaitOptions::default()
/// };
///
/// let mut ring = Ring::new();
/// let mut wait = Wait::new(&set, Offset::ZERO, options);
/// ring.push(b"starting up");
/// assert_eq!(wait.advance(&ring, Edge::Drained, start), None);
///
/// let later = wait.poll_timeout().unwrap();
/// let Some(Outcome::Timeout(so_far)) = wait.advance(&ring, Edge::Drained, later) else {
///     panic!("five seconds have passed");
/// };
/// assert_eq!(so_far.before(&ring), b"starting up");
/// assert_eq!((wait.from(), wait.search().scanned()), (Offset::ZERO, Offset::new(11)));
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
#[derive(Debug)]
pub struct Wait {
    search: Search,
    echo: Option<EchoSkip>,
    from: Offset,
    deadline: Option<Instant>,
    over: bool,
}

/// How a [`Wait`] is to go about it.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Edge, Offset, Outcome, PatternSet, Ring, Wait, WaitOptions};
/// use std::time::Instant;
///
/// let options = WaitOptions { after_echo: Some(b"cat ok\n".to_vec()), ..WaitOptions::default() };
/// let mut wait = Wait::new(&PatternSet::new(["ok"])?, Offset::ZERO, options);
/// let mut ring = Ring::new();
/// ring.push(b"cat ok\r\nok");
/// let Some(Outcome::Matched(found)) = wait.advance(&ring, Edge::Drained, Instant::now()) else {
///     panic!("it is there");
/// };
/// assert_eq!(found.start(), Offset::new(8)); // not what was typed
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct WaitOptions {
    /// Which match is taken, and when.
    pub search: SearchOptions,
    /// When to stop waiting; `None` for never.
    pub deadline: Option<Instant>,
    /// What was typed just before: its echo, if it comes first, is not searched.
    pub after_echo: Option<Vec<u8>>,
}

impl Wait {
    /// Waits for what comes from `from` on.
    pub fn new(set: &PatternSet, from: Offset, options: WaitOptions) -> Wait {
        Wait {
            search: Search::with_options(set, from, options.search),
            echo: options.after_echo.map(|sent| EchoSkip::new(sent, from)),
            from,
            deadline: options.deadline,
            over: false,
        }
    }

    /// Looks at what has arrived and at the time. `None` means: nothing yet, call again.
    ///
    /// A match that is there is reported even if the deadline has passed. After an outcome this
    /// returns `None` for good.
    pub fn advance(&mut self, ring: &Ring, edge: Edge, now: Instant) -> Option<Outcome> {
        if self.over {
            return None;
        }
        let late = self.deadline.is_some_and(|deadline| deadline <= now);
        let outcome = self.outcome(ring, edge, now, late);
        self.over = outcome.is_some();
        outcome
    }

    /// When to call [`Wait::advance`] at the latest though nothing has arrived.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.over {
            return None;
        }
        let settle = self.search.poll_timeout();
        [self.deadline, settle].into_iter().flatten().min()
    }

    /// Whether an [`Edge::Drained`] would give a match here and now; see
    /// [`Search::has_candidate`].
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Edge, Offset, PatternSet, Ring, Wait, WaitOptions, regex};
    /// use std::time::Instant;
    ///
    /// let mut ring = Ring::new();
    /// ring.push(b"42");
    /// let set = PatternSet::new([regex(r"\d+")])?;
    /// let mut wait = Wait::new(&set, Offset::ZERO, WaitOptions::default());
    /// assert!(wait.advance(&ring, Edge::Live, Instant::now()).is_none());
    /// assert!(wait.has_candidate(&ring)); // so it is worth reading on at once
    /// # Ok::<(), rejoinder_expect::PatternError>(())
    /// ```
    pub fn has_candidate(&mut self, ring: &Ring) -> bool {
        !self.over && self.echo.is_none() && self.search.has_candidate(ring)
    }

    /// The search inside.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// Where the wait began, the echo not yet left out.
    pub fn from(&self) -> Offset {
        self.from
    }

    fn outcome(&mut self, ring: &Ring, edge: Edge, now: Instant, late: bool) -> Option<Outcome> {
        if let Some(echo) = &mut self.echo {
            let from = match echo.advance(ring, edge) {
                EchoState::Pending if late => self.from,
                EchoState::Pending => return None,
                EchoState::Echoed(from) | EchoState::NotEchoed(from) => from,
            };
            self.echo = None;
            self.search.restart(from);
        }
        let found = self.search.advance(ring, edge, now);
        let found = if late {
            found.or_else(|| self.search.take_candidate(ring))
        } else {
            found
        };
        if let Some(found) = found {
            return Some(Outcome::Matched(found));
        }
        let so_far = Unmatched {
            from: self.search.from(),
            end: ring.end(),
        };
        match edge {
            Edge::Eof => Some(Outcome::Eof(so_far)),
            Edge::Live | Edge::Drained => late.then_some(Outcome::Timeout(so_far)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn wait(patterns: &[&str], options: WaitOptions) -> Wait {
        let set = PatternSet::new(patterns.iter().map(|text| crate::regex(*text)));
        Wait::new(&set.expect("valid patterns"), Offset::ZERO, options)
    }

    /// Guards: a match at the deadline is a match, and a timeout leaves everything to be found.
    #[test]
    fn a_match_beats_the_deadline_and_a_timeout_consumes_nothing() {
        let now = Instant::now();
        let mut ring = Ring::new();
        let options = WaitOptions {
            deadline: Some(now),
            ..WaitOptions::default()
        };

        let mut first = wait(&["ready"], options.clone());
        let Some(Outcome::Timeout(so_far)) = first.advance(&ring, Edge::Drained, now) else {
            panic!("the deadline has passed");
        };
        assert_eq!(so_far.before_len(), 0);
        assert_eq!(
            first.advance(&ring, Edge::Drained, now),
            None,
            "over is over"
        );

        ring.push(b"getting ready");
        let mut again = wait(&["ready"], options);
        let Some(Outcome::Matched(found)) = again.advance(&ring, Edge::Drained, now) else {
            panic!("it is there");
        };
        assert_eq!(found.before(&ring), b"getting ");
    }

    /// Guards: a match still settling when the deadline comes is not thrown away.
    #[test]
    fn a_settling_match_is_taken_at_the_deadline() {
        let now = Instant::now();
        let search = SearchOptions {
            commit: crate::Commit::Settle(Duration::from_secs(60)),
            ..SearchOptions::default()
        };
        let deadline = Some(now + Duration::from_secs(1));
        let mut wait = wait(
            &[r"\d+"],
            WaitOptions {
                search,
                deadline,
                after_echo: None,
            },
        );
        let mut ring = Ring::new();
        ring.push(b"42");
        assert_eq!(wait.advance(&ring, Edge::Drained, now), None);
        assert_eq!(wait.poll_timeout(), deadline);
        let Some(Outcome::Matched(found)) =
            wait.advance(&ring, Edge::Drained, now + Duration::from_secs(1))
        else {
            panic!("a match was there");
        };
        assert_eq!(found.text(&ring), b"42");
    }

    /// Guards: the echo of what was typed is not searched, and text that only looks like the
    /// beginning of an echo is searched after all when nothing more comes.
    #[test]
    fn the_echo_is_left_out_but_never_swallows_an_answer() {
        let now = Instant::now();
        let options = WaitOptions {
            after_echo: Some(b"echo ok\n".to_vec()),
            deadline: Some(now + Duration::from_secs(1)),
            ..WaitOptions::default()
        };
        let mut ring = Ring::new();
        let mut echoing = wait(&["ok"], options.clone());
        ring.push(b"echo ok\r\n");
        assert_eq!(echoing.advance(&ring, Edge::Drained, now), None);
        ring.push(b"ok\r\n");
        let Some(Outcome::Matched(found)) = echoing.advance(&ring, Edge::Drained, now) else {
            panic!("the answer has come");
        };
        assert_eq!(found.start(), Offset::new(9));
        assert_eq!(
            found.before_len(),
            0,
            "the echo is no part of what came before"
        );

        let mut ring = Ring::new();
        let mut silent = wait(&["ech"], options);
        ring.push(b"ech");
        assert_eq!(silent.advance(&ring, Edge::Drained, now), None);
        let late = now + Duration::from_secs(1);
        assert!(matches!(
            silent.advance(&ring, Edge::Drained, late),
            Some(Outcome::Matched(_))
        ));
    }
}
