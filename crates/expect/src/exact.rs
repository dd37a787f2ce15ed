//! Patterns with Unicode word boundaries, which no automaton over bytes can decide.
//!
//! The automaton runs with these boundaries taken for granted, so it sees every match and some
//! that are none. Where it has seen one, the bytes in question are searched again by an engine
//! that decodes characters.

use crate::automaton::Automaton;
use crate::scan::{Goal, Hit, Scan, to_index};
use crate::{Offset, PatternSet, Priority, Ring, SearchOptions};
use regex_automata::util::prefilter::Prefilter;
use regex_automata::{Input, Match as Found};
use std::collections::VecDeque;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct ExactScan {
    from: Offset,
    priority: Priority,
    first_only: bool,
    all: Scan,
    /// Whether the automaton has seen a match since the last search that found none.
    seen: bool,
    /// No match ends before this.
    checked: Offset,
    /// Ends of what may be matches, for want of the whole next character; a few at most.
    undecided: VecDeque<Offset>,
    hit: Option<Hit>,
}

/// How far back a match may begin before the bytes that complete it, in bytes. Without a bound,
/// a stream of near misses would be searched again from its beginning at every read.
const REACH: u64 = 64 << 10;

/// The longest character, in bytes (RFC 3629).
const CHARACTER: u64 = 4;

impl ExactScan {
    pub(crate) fn new(set: &PatternSet, options: SearchOptions, from: Offset) -> ExactScan {
        let automaton: &Arc<Automaton> = set.all().unwrap_or(set.forward());
        ExactScan {
            from,
            priority: options.priority,
            first_only: options.commit == crate::Commit::Earliest,
            all: Scan::new(Arc::clone(automaton), Goal::Every, from),
            seen: false,
            checked: from,
            undecided: VecDeque::new(),
            hit: None,
        }
    }

    pub(crate) fn restart(&mut self, from: Offset) {
        self.from = from;
        self.all.restart(Goal::Every, from);
        self.seen = false;
        self.checked = from;
        self.undecided.clear();
        self.hit = None;
    }

    pub(crate) fn at(&self) -> Offset {
        self.all.at()
    }

    pub(crate) fn skipped(&self) -> u64 {
        self.all.skipped()
    }

    pub(crate) fn is_exhausted(&self) -> bool {
        self.all.is_dead() && self.all.hit.is_none()
    }

    /// The match that was found at its first possible end.
    pub(crate) fn final_hit(&self) -> Option<Hit> {
        self.hit
    }

    pub(crate) fn advance(&mut self, set: &PatternSet, ring: &Ring, prefilter: Option<&Prefilter>) {
        if !self.first_only {
            while self.all.advance(ring, prefilter) {
                self.seen = true;
            }
            return;
        }
        loop {
            while let Some(&end) = self.undecided.front() {
                if needs_more(ring.slice(end..ring.end())) {
                    break;
                }
                self.undecided.pop_front();
                self.hit = self.search(set, ring, end, ring.end());
                if self.hit.is_some() {
                    return;
                }
                self.checked = end;
            }
            if !self.all.advance(ring, prefilter) {
                return;
            }
            self.undecided.extend(self.all.hit.map(|hit| hit.end));
        }
    }

    /// The match if the bytes so far are all there is to go by, or, when `strict`, if only what
    /// is certain counts.
    pub(crate) fn candidate(&mut self, set: &PatternSet, ring: &Ring, strict: bool) -> Option<Hit> {
        if self.hit.is_some() {
            return self.hit;
        }
        let end = ring.end();
        if !self.seen && self.undecided.is_empty() && self.all.at_end(ring).is_none() {
            return None;
        }
        let hit = self.search(set, ring, end, end);
        if hit.is_none() {
            self.seen = false;
            self.undecided.clear();
            self.checked = Offset::new(end.get().saturating_sub(CHARACTER)).max(self.checked);
            return None;
        }
        // Whether a word goes on, only its next character tells.
        hit.filter(|hit| !strict || !needs_more(ring.slice(hit.end..end)))
    }

    /// Searches for a match that ends at `end` or before it, among bytes that go on to `edge`.
    fn search(&self, set: &PatternSet, ring: &Ring, end: Offset, edge: Offset) -> Option<Hit> {
        let base = self.from.max(ring.start());
        let hay = ring.slice(base..edge);
        let missing = if base > self.from { CHARACTER } else { 0 };
        let low = self.checked.saturating_sub(REACH).max(base + missing);
        if end < low {
            return None;
        }
        let input = Input::new(hay).span(to_index(low - base)..to_index(end - base));
        let (pattern, found) = match self.priority {
            Priority::Earliest => {
                let found = set.exact()?.search(&input)?;
                (found.pattern().as_usize(), found)
            }
            Priority::Order => (0..set.len())
                .find_map(|pattern| Some((pattern, set.whole(pattern)?.search(&input)?)))?,
        };
        let at = |index: usize| base + index as u64;
        Some(hit(pattern, found, at, edge))
    }
}

fn hit(pattern: usize, found: Found, at: impl Fn(usize) -> Offset, edge: Offset) -> Hit {
    let end = at(found.end());
    Hit {
        pattern,
        end,
        start: Some(at(found.start())),
        at_end_of_input: end == edge,
    }
}

/// Whether it is still open which character comes next.
fn needs_more(next: &[u8]) -> bool {
    let next = &next[..next.len().min(CHARACTER as usize)];
    match std::str::from_utf8(next) {
        Ok(text) => text.is_empty(),
        Err(error) => error.valid_up_to() == 0 && error.error_len().is_none(),
    }
}
