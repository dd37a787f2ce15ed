//! The engine's semantics spelled out by whole-buffer searches with the `regex` crate: slow,
//! short, and written without a look at how the engine does it.

use regex::bytes::Regex;
use rejoinder_expect::Match;

/// A match as plain numbers, for comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) pattern: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) groups: Vec<Option<(usize, usize)>>,
}

impl Span {
    pub(crate) fn of(found: &Match) -> Span {
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
}

/// The patterns of a set, each compiled by itself.
pub(crate) struct Oracle {
    regexes: Vec<Regex>,
}

impl Oracle {
    pub(crate) fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Oracle {
        let compile = |text| Regex::new(text).expect("the generator writes valid patterns");
        Oracle {
            regexes: patterns.into_iter().map(compile).collect(),
        }
    }

    fn one(&self, pattern: usize, hay: &[u8], from: usize) -> Option<Span> {
        let captures = self.regexes[pattern].captures(&hay[from..])?;
        let whole = captures.get(0)?;
        let place = |group: regex::bytes::Match<'_>| (group.start() + from, group.end() + from);
        Some(Span {
            pattern,
            start: whole.start() + from,
            end: whole.end() + from,
            groups: (1..captures.len())
                .map(|index| captures.get(index).map(place))
                .collect(),
        })
    }

    fn each<'a>(&'a self, hay: &'a [u8], from: usize) -> impl Iterator<Item = Span> + 'a {
        (0..self.regexes.len()).filter_map(move |pattern| self.one(pattern, hay, from))
    }

    /// What has arrived is `hay`; the text begins at `from`. Earliest start, ties to list order.
    pub(crate) fn earliest(&self, hay: &[u8], from: usize) -> Option<Span> {
        self.each(hay, from)
            .min_by_key(|span| (span.start, span.pattern))
    }

    /// List order beats position.
    pub(crate) fn order(&self, hay: &[u8], from: usize) -> Option<Span> {
        self.each(hay, from).next()
    }

    /// The shortest part of the stream in which anything matches, and what matches there. Right
    /// for patterns that do not ask what comes next.
    pub(crate) fn first(&self, stream: &[u8], from: usize, by_order: bool) -> Option<Span> {
        let end = (from..=stream.len()).find(|&end| self.earliest(&stream[..end], from).is_some());
        let hay = &stream[..end?];
        if by_order {
            self.order(hay, from)
        } else {
            self.earliest(hay, from)
        }
    }
}
