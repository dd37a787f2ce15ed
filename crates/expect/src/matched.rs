//! What was found: the span in the stream, what came before it, and the groups.

use crate::scan::{Hit, to_index};
use crate::{Offset, PatternSet, Ring};
use regex_automata::{Anchored, Input};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// A match, as places in the stream.
///
/// It holds offsets, not bytes; [`text`](Match::text), [`before`](Match::before) and
/// [`group`](Match::group) read them from the [`Ring`] as long as it has them.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Edge, Offset, PatternSet, Ring, Search, regex};
/// use std::time::Instant;
///
/// let set = PatternSet::new([regex(r"(?<name>\w+)=(\d+)(?<unit>[a-z]+)?;")])?;
/// let mut ring = Ring::new();
/// ring.push(b"-- limit=250; --");
/// let found = Search::new(&set, Offset::ZERO)
///     .advance(&ring, Edge::Drained, Instant::now())
///     .unwrap();
///
/// assert_eq!(found.range(), Offset::new(3)..Offset::new(13));
/// assert_eq!(found.before_len(), 3);
/// assert_eq!(found.group(2, &ring), Some(&b"250"[..]));
/// assert_eq!(found.named("name", &ring), Some(&b"limit"[..]));
/// assert_eq!(found.named("unit", &ring), None); // it took no part in the match
/// // Where it lies.
/// assert_eq!(found.pattern(), 0);
/// assert_eq!((found.from(), found.start(), found.end()), (Offset::ZERO, Offset::new(3), Offset::new(13)));
/// assert_eq!((found.len(), found.is_empty()), (10, false));
/// assert_eq!((found.start_clipped(), found.skipped()), (false, 0));
///
/// // What it says.
/// assert_eq!(found.before(&ring), b"-- ");
/// assert_eq!(found.text(&ring), b"limit=250;");
/// assert_eq!(found.text_lossy(&ring), "limit=250;");
///
/// // Its groups.
/// assert_eq!(found.group_count(), 4);
/// assert_eq!(found.group_index("unit"), Some(3));
/// assert_eq!(found.group_range(2), Some(Offset::new(9)..Offset::new(12)));
/// assert_eq!(found.group_names()[1].as_deref(), Some("name"));
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Match {
    pattern: usize,
    from: Offset,
    start: Offset,
    end: Offset,
    start_clipped: bool,
    skipped: u64,
    set: SameSet,
    /// The groups behind the whole match, which is group 0.
    groups: Vec<Option<Range<Offset>>>,
}

/// The set a match belongs to, left out of comparisons.
#[derive(Clone)]
struct SameSet(PatternSet);

impl PartialEq for SameSet {
    fn eq(&self, _: &SameSet) -> bool {
        true
    }
}

impl Eq for SameSet {}

impl Match {
    /// The index of the pattern that matched, in the order the set was given.
    pub fn pattern(&self) -> usize {
        self.pattern
    }

    /// Where the match begins. When [`start_clipped`](Match::start_clipped), the oldest place
    /// that can be vouched for.
    pub fn start(&self) -> Offset {
        self.start
    }

    /// Where the match ends; the next search usually goes on from here.
    pub fn end(&self) -> Offset {
        self.end
    }

    /// The match's span in the stream.
    pub fn range(&self) -> Range<Offset> {
        self.start..self.end
    }

    /// How many bytes the match is long (as far as its start is known).
    pub fn len(&self) -> u64 {
        self.end - self.start
    }

    /// Whether the match is empty, as that of `a*` can be.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the match began, or may have begun, before the oldest byte the ring still held
    /// when it was found. Its end and its pattern are exact all the same.
    pub fn start_clipped(&self) -> bool {
        self.start_clipped
    }

    /// Where the search began: the start of what came before the match.
    pub fn from(&self) -> Offset {
        self.from
    }

    /// How many bytes came before the match since the search began, exact whatever the ring
    /// still holds.
    pub fn before_len(&self) -> u64 {
        self.start - self.from
    }

    /// How many bytes between the search's beginning and the match were never searched, because
    /// they had left the ring before [`Search::advance`](crate::Search::advance) saw them. 0
    /// unless a reader falls behind by more than a window.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// What came before the match, as far back as the ring reaches.
    pub fn before<'r>(&self, ring: &'r Ring) -> &'r [u8] {
        ring.slice(self.from..self.start)
    }

    /// The matched bytes, as far back as the ring reaches.
    pub fn text<'r>(&self, ring: &'r Ring) -> &'r [u8] {
        ring.slice(self.range())
    }

    /// The matched bytes as text, every invalid sequence replaced by U+FFFD.
    pub fn text_lossy<'r>(&self, ring: &'r Ring) -> Cow<'r, str> {
        String::from_utf8_lossy(self.text(ring))
    }

    /// How many groups the pattern has, the whole match counted as group 0.
    pub fn group_count(&self) -> usize {
        self.set.0.group_count(self.pattern)
    }

    /// Where a group matched; `None` when it took no part, does not exist, or lies in a match
    /// whose start was clipped.
    pub fn group_range(&self, index: usize) -> Option<Range<Offset>> {
        match index {
            0 => Some(self.range()),
            _ => self.groups.get(index - 1).cloned().flatten(),
        }
    }

    /// What a group matched; `None` also when the ring no longer holds all of it.
    pub fn group<'r>(&self, index: usize, ring: &'r Ring) -> Option<&'r [u8]> {
        ring.get(self.group_range(index)?)
    }

    /// The index of the group `(?<name>…)`.
    pub fn group_index(&self, name: &str) -> Option<usize> {
        let names = self.set.0.group_names(self.pattern);
        names
            .iter()
            .position(|other| other.as_deref() == Some(name))
    }

    /// What the group `(?<name>…)` matched.
    pub fn named<'r>(&self, name: &str, ring: &'r Ring) -> Option<&'r [u8]> {
        self.group(self.group_index(name)?, ring)
    }

    /// The groups' names by index, group 0 first; `None` for a group without a name.
    pub fn group_names(&self) -> Vec<Option<String>> {
        self.set.0.group_names(self.pattern)
    }

    /// The same match at other places: for who searched a rendering of the stream and knows
    /// where its bytes came from.
    #[must_use]
    pub(crate) fn relocated(
        &self,
        start: impl Fn(Offset) -> Offset,
        end: impl Fn(Offset) -> Offset,
    ) -> Match {
        let place = |range: &Range<Offset>| {
            let from = start(range.start);
            from..end(range.end).max(from)
        };
        let whole = place(&self.range());
        Match {
            from: end(self.from).min(whole.start),
            start: whole.start,
            end: whole.end,
            groups: self
                .groups
                .iter()
                .map(|group| group.as_ref().map(place))
                .collect(),
            ..self.clone()
        }
    }
}

impl fmt::Debug for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Match")
            .field("pattern", &self.pattern)
            .field("from", &self.from.get())
            .field("start", &self.start.get())
            .field("end", &self.end.get())
            .field("start_clipped", &self.start_clipped)
            .field("skipped", &self.skipped)
            .field("groups", &self.groups)
            .finish()
    }
}

/// What is known of a match besides its [`Hit`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) hit: Hit,
    pub(crate) from: Offset,
    pub(crate) start: Offset,
    pub(crate) start_clipped: bool,
    pub(crate) skipped: u64,
}

impl Found {
    /// Works out the groups and makes the match of it.
    pub(crate) fn complete(self, set: &PatternSet, ring: &Ring) -> Match {
        let Found {
            hit,
            from,
            start,
            start_clipped,
            skipped,
        } = self;
        Match {
            pattern: hit.pattern,
            from,
            start,
            end: hit.end,
            start_clipped,
            skipped,
            groups: groups(set, ring, self),
            set: SameSet(set.clone()),
        }
    }
}

/// The groups of a match: a search of its span alone, in the surroundings in which it was found.
fn groups(set: &PatternSet, ring: &Ring, found: Found) -> Vec<Option<Range<Offset>>> {
    let Found {
        hit, from, start, ..
    } = found;
    let count = set.group_count(hit.pattern);
    if count == 1 || start < ring.start() {
        return Vec::new();
    }
    let Some(regex) = set.whole(hit.pattern) else {
        return Vec::new();
    };
    let (base, hay) = surroundings(ring, from, hit);
    let span = to_index(start - base)..to_index(hit.end - base);
    let input = Input::new(hay).span(span.clone()).anchored(Anchored::Yes);
    let mut captures = regex.create_captures();
    regex.search_captures(&input, &mut captures);
    if captures
        .get_match()
        .is_none_or(|whole| whole.range() != span)
    {
        return Vec::new();
    }
    let place = |at: usize| base + at as u64;
    let group = |index| {
        captures
            .get_group(index)
            .map(|span| place(span.start)..place(span.end))
    };
    (1..count).map(group).collect()
}

/// The bytes a match was found among, and the offset of the first: back to where the search
/// began, and no further than the input went if its end was part of the match's reason.
pub(crate) fn surroundings(ring: &Ring, from: Offset, hit: Hit) -> (Offset, &[u8]) {
    let base = from.max(ring.start());
    let end = if hit.at_end_of_input {
        hit.end
    } else {
        ring.end()
    };
    (base, ring.slice(base..end))
}
