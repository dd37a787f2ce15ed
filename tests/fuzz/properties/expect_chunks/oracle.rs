//! The engine's semantics spelled out by whole-buffer searches with the `regex` crate.

use regex::bytes::Regex;
use rejoinder_expect::{Match, Priority};

/// A match as plain numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) pattern: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) groups: Vec<Option<(usize, usize)>>,
}

impl Span {
    pub(super) fn of(found: &Match) -> Span {
        let group = |index| {
            let range = found.group_range(index)?;
            Some((range.start.get() as usize, range.end.get() as usize))
        };
        Span {
            pattern: found.pattern(),
            start: found.start().get() as usize,
            end: found.end().get() as usize,
            groups: (1..found.group_count()).map(group).collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

/// The matches up to the first empty one: how often that is found again depends on how often one
/// asks.
pub(super) fn upto_empty(spans: &[Span]) -> &[Span] {
    let empty = spans.iter().position(Span::is_empty);
    &spans[..empty.map_or(spans.len(), |at| at + 1)]
}

/// The patterns of a set, each compiled by itself.
pub(super) struct Oracle {
    regexes: Vec<Regex>,
}

impl Oracle {
    pub(super) fn new(regexes: Vec<Regex>) -> Oracle {
        Oracle { regexes }
    }

    /// The match when `hay` is what has arrived and the search began at `from`.
    pub(super) fn find(&self, hay: &[u8], from: usize, priority: Priority) -> Option<Span> {
        let each = (0..self.regexes.len()).filter_map(|pattern| self.one(pattern, hay, from));
        match priority {
            Priority::Earliest => each.min_by_key(|span| (span.start, span.pattern)),
            Priority::Order => each.into_iter().next(),
        }
    }

    fn one(&self, pattern: usize, hay: &[u8], from: usize) -> Option<Span> {
        let captures = self.regexes[pattern].captures(&hay[from..])?;
        let place = |group: regex::bytes::Match<'_>| (group.start() + from, group.end() + from);
        let (start, end) = captures.get(0).map(place)?;
        let groups = (1..captures.len())
            .map(|index| captures.get(index).map(place))
            .collect();
        Some(Span {
            pattern,
            start,
            end,
            groups,
        })
    }

    /// Every match of a stream in pieces, with a drained edge after each and the end at last.
    pub(super) fn at_edges(&self, pieces: &[&[u8]], priority: Priority) -> Vec<Span> {
        let stream = pieces.concat();
        let (mut found, mut from, mut edge) = (Vec::new(), 0, 0);
        for len in pieces.iter().map(|piece| piece.len()).chain([0]) {
            edge += len;
            while let Some(span) = self.find(&stream[..edge], from, priority) {
                from = span.end;
                let empty = span.is_empty();
                found.push(span);
                if empty {
                    break;
                }
            }
        }
        found
    }
}
