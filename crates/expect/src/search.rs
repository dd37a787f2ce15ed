//! A resumable search of a stream for a pattern set: when a match is taken, and which.

mod options;

pub use options::{Commit, Edge, EndAnchor, Priority, SearchOptions};

use crate::automaton::{Special, Walker, anchored};
use crate::exact::ExactScan;
use crate::matched::{Found, surroundings};
use crate::order::OrderScan;
use crate::scan::{Goal, Hit, Scan, WHAT_COMES, to_index};
use crate::{Match, Offset, PatternSet, Ring};
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// A search that goes on as the stream does.
///
/// A search reads a [`Ring`] it does not own, so several can wait on one stream, each from its own
/// place. It is a core without input, output or clock: call [`advance`](Search::advance) after
/// every read and when [`poll_timeout`](Search::poll_timeout) says so. Each byte is looked at
/// once, whenever it comes; what has been seen is remembered in the automaton's state, also when
/// the ring has long dropped it.
///
/// # Example
///
/// Two searches on one stream:
///
/// ```
/// use rejoinder_expect::{Edge, Offset, PatternSet, Ring, Search, regex};
/// use std::time::Instant;
///
/// let mut ring = Ring::new();
/// let mut errors = Search::new(&PatternSet::new([regex("error: [^\n]*\n")])?, Offset::ZERO);
/// let mut prompt = Search::new(&PatternSet::new(["$ "])?, Offset::ZERO);
///
/// let now = Instant::now();
/// ring.push(b"error: no sp");
/// assert!(errors.advance(&ring, Edge::Drained, now).is_none());
/// assert!(prompt.advance(&ring, Edge::Drained, now).is_none());
/// ring.push(b"ace\n$ ");
/// assert_eq!(errors.advance(&ring, Edge::Drained, now).unwrap().text(&ring), b"error: no space\n");
/// assert_eq!(prompt.advance(&ring, Edge::Drained, now).unwrap().start(), Offset::new(16));
/// // Where they stand.
/// assert_eq!((errors.from(), errors.scanned()), (Offset::ZERO, Offset::new(18)));
/// assert_eq!((errors.skipped(), errors.set().len()), (0, 1));
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
pub struct Search {
    set: PatternSet,
    options: SearchOptions,
    from: Offset,
    mode: Mode,
    reverse: Option<Walker>,
    done: bool,
    /// When the stream last grew, for `Commit::Settle`.
    grown: Option<Instant>,
    settle_at: Option<Instant>,
}

#[derive(Debug)]
enum Mode {
    Earliest(Box<Scan>),
    Order(Box<OrderScan>),
    Exact(Box<ExactScan>),
}

/// A search shorter than this does not build a prefilter for itself, in bytes.
const PREFILTER_FROM: u64 = 4 << 10;

impl Search {
    /// A search with the default options for what comes from `from` on.
    ///
    /// Bytes that arrived before count, if `from` lies before them. `^` matches at `from`.
    pub fn new(set: &PatternSet, from: Offset) -> Search {
        Search::with_options(set, from, SearchOptions::default())
    }

    /// A search with options of one's own.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Commit, Offset, PatternSet, Search, SearchOptions, regex};
    ///
    /// let options = SearchOptions { commit: Commit::Earliest, ..SearchOptions::default() };
    /// let search = Search::with_options(&PatternSet::new([regex("a+")])?, Offset::new(100), options);
    /// assert_eq!(search.from(), Offset::new(100));
    /// # Ok::<(), rejoinder_expect::PatternError>(())
    /// ```
    pub fn with_options(set: &PatternSet, from: Offset, options: SearchOptions) -> Search {
        let mode = match options.priority {
            _ if set.exact().is_some() => Mode::Exact(Box::new(ExactScan::new(set, options, from))),
            Priority::Earliest => {
                let scan = Scan::new(Arc::clone(set.forward()), goal(options), from);
                Mode::Earliest(Box::new(scan))
            }
            Priority::Order => Mode::Order(Box::new(OrderScan::new(set, options.commit, from))),
        };
        Search {
            set: set.clone(),
            options,
            from,
            mode,
            reverse: None,
            done: false,
            grown: None,
            settle_at: None,
        }
    }

    /// Searches on from another place, usually where the last match ended. What the automaton has
    /// learnt is kept, so this is cheaper than a new search.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Edge, Offset, PatternSet, Ring, Search, regex};
    /// use std::time::Instant;
    ///
    /// let mut ring = Ring::new();
    /// ring.push(b"one two");
    /// let mut words = Search::new(&PatternSet::new([regex(r"\w+")])?, Offset::ZERO);
    /// let mut count = 0;
    /// while let Some(word) = words.advance(&ring, Edge::Drained, Instant::now()) {
    ///     words.restart(word.end());
    ///     count += 1;
    /// }
    /// assert_eq!(count, 2);
    /// # Ok::<(), rejoinder_expect::PatternError>(())
    /// ```
    pub fn restart(&mut self, from: Offset) {
        self.from = from;
        self.done = false;
        self.grown = None;
        self.settle_at = None;
        match &mut self.mode {
            Mode::Earliest(scan) => scan.restart(goal(self.options), from),
            Mode::Order(scan) => scan.restart(&self.set, self.options.commit, from),
            Mode::Exact(scan) => scan.restart(from),
        }
    }

    /// Looks at what the ring holds beyond what was looked at before, and reports the match if
    /// it is to be taken now. `now` matters for [`Commit::Settle`] only.
    ///
    /// To be called after every read, before another window of bytes comes in: bytes that have
    /// left the ring by then are not searched, and counted in [`Search::skipped`].
    ///
    /// After a match this returns `None` until [`Search::restart`].
    pub fn advance(&mut self, ring: &Ring, edge: Edge, now: Instant) -> Option<Match> {
        if self.done || ring.end() < self.from {
            return None;
        }
        let seen = self.scanned();
        let quick = self.set.prefilter_is_built() || ring.end() - self.from >= PREFILTER_FROM;
        let prefilter = if quick { self.set.prefilter() } else { None };
        match &mut self.mode {
            Mode::Earliest(scan) => {
                scan.advance(ring, prefilter);
            }
            Mode::Order(scan) => scan.advance(&self.set, ring, prefilter, quick),
            Mode::Exact(scan) => scan.advance(&self.set, ring, prefilter),
        }
        if self.grown.is_none() || self.scanned() > seen {
            self.grown = Some(now);
        }
        let hit = self.decide(ring, edge, now)?;
        self.done = true;
        self.settle_at = None;
        Some(self.complete(ring, hit))
    }

    /// Whether an [`Edge::Drained`] right now would give a match (at once or, with
    /// [`Commit::Settle`], after the quiet). To be asked right after [`Search::advance`].
    ///
    /// A driver that got `None` at [`Edge::Live`] uses this to see whether it is worth looking
    /// for more input before the match is taken as it is.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Edge, Offset, PatternSet, Ring, Search, regex};
    /// use std::time::Instant;
    ///
    /// let mut ring = Ring::new();
    /// ring.push(b"42");
    /// let mut search = Search::new(&PatternSet::new([regex(r"\d+")])?, Offset::ZERO);
    /// assert!(search.advance(&ring, Edge::Live, Instant::now()).is_none());
    /// assert!(search.has_candidate(&ring));
    /// # Ok::<(), rejoinder_expect::PatternError>(())
    /// ```
    pub fn has_candidate(&mut self, ring: &Ring) -> bool {
        !self.done && ring.end() >= self.from && self.candidate(ring, Edge::Drained).is_some()
    }

    /// Takes the match that [`Search::has_candidate`] speaks of, whatever [`Commit`] says.
    pub(crate) fn take_candidate(&mut self, ring: &Ring) -> Option<Match> {
        if self.done || ring.end() < self.from {
            return None;
        }
        let hit = self.candidate(ring, Edge::Drained)?;
        self.done = true;
        self.settle_at = None;
        Some(self.complete(ring, hit))
    }

    /// When to call [`Search::advance`] next though nothing has arrived; `None` when there is no
    /// such time.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Commit, Edge, Offset, PatternSet, Ring, Search, SearchOptions, regex};
    /// use std::time::{Duration, Instant};
    ///
    /// let quiet = Duration::from_millis(20);
    /// let options = SearchOptions { commit: Commit::Settle(quiet), ..SearchOptions::default() };
    /// let mut search = Search::with_options(&PatternSet::new([regex(r"\d+")])?, Offset::ZERO, options);
    /// let (mut ring, now) = (Ring::new(), Instant::now());
    /// ring.push(b"42");
    /// assert!(search.advance(&ring, Edge::Drained, now).is_none());
    /// assert_eq!(search.poll_timeout(), Some(now + quiet));
    /// assert!(search.advance(&ring, Edge::Drained, now + quiet).is_some());
    /// # Ok::<(), rejoinder_expect::PatternError>(())
    /// ```
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.settle_at
    }

    /// Where the search began.
    pub fn from(&self) -> Offset {
        self.from
    }

    /// How far the stream has been looked at.
    pub fn scanned(&self) -> Offset {
        match &self.mode {
            Mode::Earliest(scan) => scan.at(),
            Mode::Order(scan) => scan.at(),
            Mode::Exact(scan) => scan.at(),
        }
    }

    /// How many bytes had left the ring before they could be looked at.
    pub fn skipped(&self) -> u64 {
        match &self.mode {
            Mode::Earliest(scan) => scan.skipped(),
            Mode::Order(scan) => scan.skipped(),
            Mode::Exact(scan) => scan.skipped(),
        }
    }

    /// Whether no match can come any more, whatever the stream does: all patterns were bound to
    /// `^` and have missed it, or the set is empty.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Edge, Offset, PatternSet, Ring, Search, regex};
    /// use std::time::Instant;
    ///
    /// let mut ring = Ring::new();
    /// ring.push(b"bash: ls: not found");
    /// let mut search = Search::new(&PatternSet::new([regex("^ok")])?, Offset::ZERO);
    /// search.advance(&ring, Edge::Drained, Instant::now());
    /// assert!(search.is_exhausted());
    /// # Ok::<(), rejoinder_expect::PatternError>(())
    /// ```
    pub fn is_exhausted(&self) -> bool {
        !self.done
            && match &self.mode {
                Mode::Earliest(scan) => scan.is_dead() && scan.hit.is_none(),
                Mode::Order(scan) => scan.is_exhausted(),
                Mode::Exact(scan) => scan.is_exhausted(),
            }
    }

    /// The pattern set searched for.
    pub fn set(&self) -> &PatternSet {
        &self.set
    }

    fn decide(&mut self, ring: &Ring, edge: Edge, now: Instant) -> Option<Hit> {
        let last = match &self.mode {
            Mode::Earliest(scan) => scan
                .hit
                .filter(|_| scan.is_dead() || self.options.commit == Commit::Earliest),
            Mode::Order(scan) => scan.final_hit(),
            Mode::Exact(scan) => scan.final_hit(),
        };
        if last.is_some() {
            return last;
        }
        if edge == Edge::Live {
            self.settle_at = None;
            return match &mut self.mode {
                // An assertion may hold here and not when the rest has come.
                Mode::Earliest(scan) if !self.set.looks_ahead() => scan.for_good(ring),
                _ => None,
            };
        }
        let hit = self.candidate(ring, edge);
        let Commit::Settle(quiet) = self.options.commit else {
            return hit;
        };
        if hit.is_none() || edge == Edge::Eof {
            self.settle_at = None;
            return hit;
        }
        let due = self.grown.unwrap_or(now).checked_add(quiet);
        self.settle_at = due;
        hit.filter(|_| due.is_some_and(|due| due <= now))
    }

    /// The match if the input so far is all there is to go by.
    fn candidate(&mut self, ring: &Ring, edge: Edge) -> Option<Hit> {
        let strict = self.options.end == EndAnchor::Strict && edge != Edge::Eof;
        let hit = match &mut self.mode {
            Mode::Earliest(scan) => look_ahead(scan, &self.set, ring, strict).or(scan.hit),
            Mode::Order(scan) => scan.candidate(&self.set, ring, strict),
            Mode::Exact(scan) => scan.candidate(&self.set, ring, strict),
        };
        let undecided = strict && self.set.looks_ahead();
        hit.filter(|&hit| !undecided || self.start_is_certain(ring, hit))
    }

    /// Whether a match begins at the same place whatever comes next, as `(?:b|ab$)` does not.
    fn start_is_certain(&mut self, ring: &Ring, hit: Hit) -> bool {
        if !hit.at_end_of_input || hit.start.is_some() {
            return true;
        }
        let floor = self.floor(hit);
        let first = self.start_of(ring, hit, floor, WHAT_COMES[0]);
        WHAT_COMES[1..]
            .iter()
            .all(|&next| self.start_of(ring, hit, floor, next) == first)
    }

    fn complete(&mut self, ring: &Ring, hit: Hit) -> Match {
        let (start, start_clipped) = match hit.start {
            Some(start) => (start, false),
            None => {
                let behind = if hit.at_end_of_input {
                    None
                } else {
                    byte_at(ring, hit.end)
                };
                self.start_of(ring, hit, self.floor(hit), behind)
            }
        };
        let skipped = self.skipped();
        Found {
            hit,
            from: self.from,
            start,
            start_clipped,
            skipped,
        }
        .complete(&self.set, ring)
    }

    /// Before which place a match cannot have begun.
    fn floor(&self, hit: Hit) -> Offset {
        match &self.mode {
            Mode::Earliest(scan) => scan.floor(),
            Mode::Order(scan) => scan.floor(hit.pattern),
            Mode::Exact(_) => self.from,
        }
    }

    /// Walks back from a match's end, with `behind` coming next (or the end of the input), to the
    /// earliest place it can have begun at, and says whether that is only the earliest known one.
    fn start_of(
        &mut self,
        ring: &Ring,
        hit: Hit,
        floor: Offset,
        behind: Option<u8>,
    ) -> (Offset, bool) {
        let (base, hay) = surroundings(ring, self.from, hit);
        // Bytes are missing in front of the window. Its first one then only serves to be looked
        // back at.
        let missing = base > self.from && floor <= base;
        let lowest = if missing { base + 1 } else { base.max(floor) };
        let oldest_known = (base.min(hit.end), true);
        if hit.end < lowest {
            return oldest_known;
        }
        let Some(automaton) = self.set.reverse() else {
            return oldest_known;
        };
        let walker = self
            .reverse
            .get_or_insert_with(|| Walker::new(Arc::clone(automaton)));
        let (low, high) = (to_index(lowest - base), to_index(hit.end - base));
        let back = walk_back(walker, &hay[..high], low, behind, hit.pattern);
        match back.start {
            Some(start) => (base + start as u64, missing && back.goes_on),
            None => oldest_known,
        }
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("set", &self.set)
            .field("options", &self.options)
            .field("from", &self.from.get())
            .field("scanned", &self.scanned().get())
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

fn byte_at(ring: &Ring, at: Offset) -> Option<u8> {
    ring.slice(at..at + 1).first().copied()
}

/// What a scan holds for a match when the bytes so far are all there is.
pub(crate) fn look_ahead(
    scan: &mut Scan,
    set: &PatternSet,
    ring: &Ring,
    strict: bool,
) -> Option<Hit> {
    if strict && set.looks_ahead() {
        scan.for_certain(ring)
    } else {
        scan.at_end(ring)
    }
}

fn goal(options: SearchOptions) -> Goal {
    match options.commit {
        Commit::Earliest => Goal::First,
        Commit::Drain | Commit::Settle(_) => Goal::Leftmost,
    }
}

struct Back {
    start: Option<usize>,
    /// Whether the walk could have gone on beyond the lowest byte.
    goes_on: bool,
}

/// Runs the reversed automaton over `hay[low..]` from its end, for one pattern.
fn walk_back(
    walker: &mut Walker,
    hay: &[u8],
    low: usize,
    behind: Option<u8>,
    pattern: usize,
) -> Back {
    let mut start = None;
    let Some(mut state) = walker.start(behind, anchored(pattern)) else {
        return Back {
            start,
            goes_on: false,
        };
    };
    for at in (low..hay.len()).rev() {
        let (next, _, special) = walker.run(state, &hay[at..=at], 0, false);
        state = next;
        match special {
            // A match state is reached one byte late, here as in the other direction.
            Some(Special::Match) => start = Some(at + 1),
            Some(Special::Dead) => {
                return Back {
                    start,
                    goes_on: false,
                };
            }
            Some(Special::Start) | None => {}
        }
    }
    let before = low.checked_sub(1).map(|at| hay[at]);
    if walker.peek(state, before).is_some() {
        start = Some(low);
    }
    let goes_on = before.is_some_and(|byte| {
        let (_, _, special) = walker.run(state, &[byte], 0, false);
        special != Some(Special::Dead)
    });
    Back { start, goes_on }
}
