//! Several patterns where list order beats position, as in Tcl's Expect.
//!
//! One automaton that knows every pattern's matches tells the lowest-numbered pattern that has
//! matched anywhere. Which match of that pattern is meant, the pattern's own automaton says; it
//! is set on the bytes in the window when the pattern is first seen to match, and keeps up with
//! the stream from then on.
//!
//! A match that is longer than the window is found all the same, unless the same pattern also
//! matches within the window: then that match is reported.

use crate::automaton::Automaton;
use crate::scan::{Goal, Hit, Scan};
use crate::search::look_ahead;
use crate::{Commit, Offset, PatternSet, Ring};
use regex_automata::util::prefilter::Prefilter;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) struct OrderScan {
    from: Offset,
    first_only: bool,
    all: Scan,
    /// The patterns seen to match, each with its own scan.
    singles: BTreeMap<usize, Scan>,
}

impl OrderScan {
    pub(crate) fn new(set: &PatternSet, commit: Commit, from: Offset) -> OrderScan {
        let automaton: &Arc<Automaton> = set.all().unwrap_or(set.forward());
        OrderScan {
            from,
            first_only: commit == Commit::Earliest,
            all: Scan::new(Arc::clone(automaton), Goal::Below(set.len()), from),
            singles: BTreeMap::new(),
        }
    }

    pub(crate) fn restart(&mut self, set: &PatternSet, commit: Commit, from: Offset) {
        self.from = from;
        self.first_only = commit == Commit::Earliest;
        self.all.restart(Goal::Below(set.len()), from);
        self.singles.clear();
    }

    pub(crate) fn at(&self) -> Offset {
        self.all.at()
    }

    pub(crate) fn skipped(&self) -> u64 {
        self.all.skipped()
    }

    pub(crate) fn floor(&self, pattern: usize) -> Offset {
        self.singles
            .get(&pattern)
            .map_or(self.all.floor(), Scan::floor)
    }

    pub(crate) fn is_exhausted(&self) -> bool {
        self.all.is_dead() && self.all.hit.is_none()
    }

    pub(crate) fn advance(
        &mut self,
        set: &PatternSet,
        ring: &Ring,
        prefilter: Option<&Prefilter>,
        quick: bool,
    ) {
        while self.all.advance(ring, prefilter) {
            let Some(hit) = self.all.hit else { break };
            if self.first_only {
                return;
            }
            self.all.look_below(hit.pattern);
            self.singles.retain(|&pattern, _| pattern <= hit.pattern);
            self.follow(set, ring, hit.pattern);
        }
        for (&pattern, scan) in &mut self.singles {
            scan.advance(
                ring,
                if quick {
                    set.single_prefilter(pattern)
                } else {
                    None
                },
            );
        }
    }

    /// The match that no later byte can replace, once there is one.
    pub(crate) fn final_hit(&self) -> Option<Hit> {
        let hit = self.all.hit?;
        if self.first_only {
            return Some(hit);
        }
        let best = self.singles.get(&hit.pattern)?;
        let settled = best.is_dead() && (hit.pattern == 0 || self.all.is_dead());
        let found = best.hit.filter(|_| settled)?;
        Some(Hit {
            pattern: hit.pattern,
            ..found
        })
    }

    /// The match if the bytes so far are all there is to go by.
    pub(crate) fn candidate(&mut self, set: &PatternSet, ring: &Ring, strict: bool) -> Option<Hit> {
        let ahead = look_ahead(&mut self.all, set, ring, strict);
        if self.first_only {
            return ahead.or(self.all.hit);
        }
        let best = ahead.or(self.all.hit)?;
        let Some(scan) = self.follow(set, ring, best.pattern) else {
            return Some(best);
        };
        let hit = look_ahead(scan, set, ring, strict).or(scan.hit);
        hit.map_or(Some(best), |hit| {
            Some(Hit {
                pattern: best.pattern,
                ..hit
            })
        })
    }

    /// The scan for one pattern, up to date.
    fn follow(&mut self, set: &PatternSet, ring: &Ring, pattern: usize) -> Option<&mut Scan> {
        let automaton = set.single(pattern)?;
        let scan = self
            .singles
            .entry(pattern)
            .or_insert_with(|| Scan::new(Arc::clone(automaton), Goal::Leftmost, self.from));
        scan.advance(ring, set.single_prefilter(pattern));
        Some(scan)
    }
}
