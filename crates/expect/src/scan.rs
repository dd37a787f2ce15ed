//! One automaton's walk along a stream that comes in pieces.
//!
//! A [`Scan`] steps over each byte once, whenever it comes, and remembers across pieces all that
//! matters: the state, the match that would be taken, where a match can have begun at the
//! earliest. What is done with a match is decided in `search`.

use crate::automaton::{Automaton, Special, State, Walker};
use crate::{Offset, Ring};
use regex_automata::util::prefilter::Prefilter;
use regex_automata::{Anchored, Span};
use std::sync::Arc;

/// A match known by its end; its start is usually found by walking back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) pattern: usize,
    pub(crate) end: Offset,
    /// Where it begins, for who knows already.
    pub(crate) start: Option<Offset>,
    /// Whether this is a match because the input ended at `end`, whatever has come since.
    pub(crate) at_end_of_input: bool,
}

/// What a scan looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// The match that a leftmost-first search would report: the last one seen, as later ones
    /// replace those they are preferred to. The walk goes on until nothing better can come.
    Leftmost,
    /// The end of the first match of any pattern. The walk stops there.
    First,
    /// The first match of the lowest-numbered pattern below the given number. The walk stops at
    /// every improvement.
    Below(usize),
    /// Every match of every pattern. The walk stops at each.
    Every,
}

/// A walk along a stream.
#[derive(Debug)]
pub(crate) struct Scan {
    walker: Walker,
    goal: Goal,
    /// `None` before the first byte.
    state: Option<State>,
    /// Where the text begins for `^` and friends.
    from: Offset,
    /// The next byte to step over.
    at: Offset,
    pub(crate) hit: Option<Hit>,
    dead: bool,
    /// No match that is yet to end begins before this.
    floor: Offset,
    skipped: u64,
    jumps: Jumps,
}

/// Whether jumping ahead pays here.
///
/// A prefilter whose needles occur everywhere is slower than stepping; one that proves so is left
/// out for a while.
#[derive(Debug, Default)]
struct Jumps {
    made: u32,
    bytes: u64,
    resume_at: Offset,
}

impl Jumps {
    /// How many jumps are judged together.
    const SAMPLE: u32 = 64;
    /// The least bytes a jump must skip on average to be worth its call.
    const LEAST: u64 = 12;
    /// For how many bytes a prefilter that did not pay is left out.
    const PAUSE: u64 = 64 << 10;

    fn record(&mut self, skipped: usize, at: Offset) {
        self.made += 1;
        self.bytes += skipped as u64;
        if self.made < Jumps::SAMPLE {
            return;
        }
        if self.bytes < u64::from(Jumps::SAMPLE) * Jumps::LEAST {
            self.resume_at = at + Jumps::PAUSE;
        }
        (self.made, self.bytes) = (0, 0);
    }
}

impl Scan {
    pub(crate) fn new(automaton: Arc<Automaton>, goal: Goal, from: Offset) -> Scan {
        Scan {
            walker: Walker::new(automaton),
            goal,
            state: None,
            from,
            at: from,
            hit: None,
            dead: false,
            floor: from,
            skipped: 0,
            jumps: Jumps::default(),
        }
    }

    /// Forgets the walk and begins at another place, with warm caches.
    pub(crate) fn restart(&mut self, goal: Goal, from: Offset) {
        self.goal = goal;
        self.state = None;
        self.from = from;
        self.at = from;
        self.hit = None;
        self.dead = false;
        self.floor = from;
        self.skipped = 0;
        self.jumps = Jumps::default();
    }

    /// From now on stops for patterns below `pattern` only, and keeps the hit.
    pub(crate) fn look_below(&mut self, pattern: usize) {
        self.goal = Goal::Below(pattern);
    }

    /// The first byte not stepped over yet.
    pub(crate) fn at(&self) -> Offset {
        self.at
    }

    /// How many bytes had left the ring before they could be stepped over.
    pub(crate) fn skipped(&self) -> u64 {
        self.skipped
    }

    pub(crate) fn floor(&self) -> Offset {
        self.floor
    }

    /// Whether no other match than [`Scan::hit`] can come.
    pub(crate) fn is_dead(&self) -> bool {
        self.dead
    }

    /// Steps over what the ring holds beyond what was stepped over before. Returns early, and
    /// with `true`, when the goal says to stop at a match.
    pub(crate) fn advance(&mut self, ring: &Ring, prefilter: Option<&Prefilter>) -> bool {
        self.close_gap(ring);
        if self.dead {
            self.at = self.at.max(ring.end());
            return false;
        }
        let jumps_pay = prefilter.is_some() && self.jumps.resume_at <= self.at;
        let Some(mut state) = self.ready(ring, jumps_pay) else {
            self.dead = true;
            return false;
        };
        let base = ring.start().max(self.from);
        let hay = ring.slice(base..ring.end());
        let mut at = to_index(self.at - base);
        let mut prefilter = prefilter.filter(|_| self.walker.is_jumping());
        let mut stopped = false;
        while at < hay.len() {
            let mut jumping = prefilter.is_some()
                && self.jumps.resume_at <= base + at as u64
                && (self.hit.is_none() || self.goal != Goal::Leftmost);
            if jumping && self.walker.is_start(state) {
                let (to, more) = jump(prefilter, hay, at);
                self.jumps.record(to - at, base + to as u64);
                if !more {
                    (prefilter, jumping) = (None, false);
                }
                if to > at {
                    at = to;
                    self.floor = base + at as u64;
                    if !self.walker.automaton().has_universal_start() {
                        let before = Some(hay[at - 1]);
                        state = self.walker.start(before, Anchored::No).unwrap_or(state);
                    }
                    if at == hay.len() {
                        break;
                    }
                }
            }
            let (next, index, special) = self.walker.run(state, hay, at, jumping);
            state = next;
            at = (index + 1).min(hay.len());
            match special {
                Some(Special::Match) => {
                    if self.record(state, base + index as u64) {
                        stopped = true;
                        break;
                    }
                }
                Some(Special::Dead) => {
                    self.dead = true;
                    at = hay.len();
                }
                Some(Special::Start) | None => {}
            }
        }
        self.state = Some(state);
        self.at = base + at as u64;
        stopped
    }

    /// Which pattern has matched up to here if the input ends here. Keeps the scan as it is.
    pub(crate) fn at_end(&mut self, ring: &Ring) -> Option<Hit> {
        let state = self.settled(ring)?;
        let pattern = self.walker.peek(state, None)?;
        self.accept(pattern)
    }

    /// Which pattern has matched up to here whatever comes next, `None` when that depends.
    /// Keeps the scan as it is.
    pub(crate) fn for_certain(&mut self, ring: &Ring) -> Option<Hit> {
        let state = self.settled(ring)?;
        let pattern = self.walker.peek(state, WHAT_COMES[0])?;
        for next in &WHAT_COMES[1..] {
            if self.walker.peek(state, *next) != Some(pattern) {
                return None;
            }
        }
        self.accept(pattern)
    }

    /// The match that has ended here, if nothing that comes can change it.
    pub(crate) fn for_good(&mut self, ring: &Ring) -> Option<Hit> {
        let hit = self.at_end(ring)?;
        let state = self.settled(ring)?;
        let last = match self.goal {
            Goal::Leftmost => self.walker.is_final(state),
            Goal::First | Goal::Below(_) | Goal::Every => false,
        };
        last.then_some(hit)
    }

    /// The state to look ahead from, if there is anything to be seen.
    fn settled(&mut self, ring: &Ring) -> Option<State> {
        if self.dead {
            return None;
        }
        let state = self.state.or_else(|| self.begin(ring));
        self.state = state;
        state
    }

    fn accept(&self, pattern: usize) -> Option<Hit> {
        let wanted = match self.goal {
            Goal::Below(bound) => pattern < bound,
            Goal::Leftmost | Goal::First | Goal::Every => true,
        };
        wanted.then_some(Hit {
            pattern,
            end: self.at,
            start: None,
            at_end_of_input: true,
        })
    }

    /// Takes note of a match state; whether the walk stops here.
    fn record(&mut self, state: State, end: Offset) -> bool {
        let Some(pattern) = self.walker.pattern(state) else {
            return false;
        };
        if matches!(self.goal, Goal::Below(bound) if pattern >= bound) {
            return false;
        }
        self.hit = Some(Hit {
            pattern,
            end,
            start: None,
            at_end_of_input: false,
        });
        self.goal != Goal::Leftmost
    }

    /// Where bytes have left the ring unseen, the walk starts over behind them.
    fn close_gap(&mut self, ring: &Ring) {
        if self.at >= ring.start() {
            return;
        }
        if self.hit.is_some() || self.dead {
            self.dead = true;
            return;
        }
        self.skipped += ring.start() - self.at;
        self.at = ring.start();
        self.floor = self.at;
        self.state = None;
    }

    /// The state to step from, with a prefilter or without.
    fn ready(&mut self, ring: &Ring, jumping: bool) -> Option<State> {
        if let Some(state) = self.state {
            // Between the two ways of stepping, only the beginning of a walk is common ground.
            if self.walker.is_jumping() == jumping || self.hit.is_some() {
                return Some(state);
            }
            let before = self.byte_before(ring);
            if !self.walker.is_like_start(state, before) {
                return Some(state);
            }
        }
        self.walker.set_jumping(jumping);
        self.begin(ring)
    }

    /// The state before the first byte.
    fn begin(&mut self, ring: &Ring) -> Option<State> {
        if self.walker.is_jumping() && !self.walker.automaton().has_universal_start() {
            // A jump may lead behind any kind of byte. A start state asked for before it is
            // reached by stepping is known as one when it is.
            for before in *b"\r\na " {
                self.walker.start(Some(before), Anchored::No);
            }
        }
        let before = self.byte_before(ring);
        self.walker.start(before, Anchored::No)
    }

    /// The byte in front of the next one, `None` at the beginning of the text.
    fn byte_before(&self, ring: &Ring) -> Option<u8> {
        if self.at <= self.from {
            return None;
        }
        let last = ring
            .slice(self.at.saturating_sub(1)..self.at)
            .first()
            .copied();
        // Where the byte is not known, bytes are missing, and that is no place in a word.
        last.or(ring.byte_before_start()).or(Some(b' '))
    }
}

/// One byte for every answer that an assertion about what comes next can have (each half of a line
/// end, a word character, anything else), and the end.
pub(crate) const WHAT_COMES: [Option<u8>; 5] =
    [Some(b'\r'), Some(b'\n'), Some(b'a'), Some(b' '), None];

/// Where the next match can begin at the earliest, and whether one begins there for all that the
/// prefilter can tell. Behind the last needle found, the bytes that may be a needle's first part
/// are left to stepping.
fn jump(prefilter: Option<&Prefilter>, hay: &[u8], at: usize) -> (usize, bool) {
    let Some(prefilter) = prefilter else {
        return (at, false);
    };
    match prefilter.find(hay, Span::from(at..hay.len())) {
        Some(found) => (found.start, true),
        None => (
            at.max((hay.len() + 1).saturating_sub(prefilter.max_needle_len().max(1))),
            false,
        ),
    }
}

/// An offset within the ring is an index in memory.
pub(crate) fn to_index(distance: u64) -> usize {
    usize::try_from(distance).unwrap_or(usize::MAX)
}
