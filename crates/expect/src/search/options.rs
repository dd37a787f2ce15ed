//! Which match a search takes, and when.

use std::time::Duration;

/// What is known about the input beyond what the ring holds.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Edge, Offset, PatternSet, Ring, Search, regex};
/// use std::time::Instant;
///
/// let (mut ring, now) = (Ring::new(), Instant::now());
/// let mut search = Search::new(&PatternSet::new([regex(r"\d+")])?, Offset::ZERO);
/// ring.push(b"12");
/// assert!(search.advance(&ring, Edge::Live, now).is_none()); // the next read may bring digits
/// assert!(search.advance(&ring, Edge::Drained, now).is_some()); // there is no next read so far
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edge {
    /// More is at hand and will be read at once; nothing need be decided yet.
    Live,
    /// All that could be read has been; more may come, or never.
    Drained,
    /// The stream has ended; nothing more will come.
    Eof,
}

/// Which match is meant when several patterns match.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Edge, Offset, PatternSet, Priority, Ring, Search, SearchOptions};
/// use std::time::Instant;
///
/// let mut ring = Ring::new();
/// ring.push(b"warning: .. error: ..");
/// let set = PatternSet::new(["error", "warning"])?;
/// for (priority, index) in [(Priority::Earliest, 1), (Priority::Order, 0)] {
///     let options = SearchOptions { priority, ..SearchOptions::default() };
///     let mut search = Search::with_options(&set, Offset::ZERO, options);
///     let found = search.advance(&ring, Edge::Drained, Instant::now()).unwrap();
///     assert_eq!(found.pattern(), index);
/// }
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Priority {
    /// The one that starts earliest in the stream; of those that start at the same place, the
    /// one whose pattern comes first in the list. What pexpect does, and the default.
    #[default]
    Earliest,
    /// The one whose pattern comes first in the list, wherever it starts; of that pattern's
    /// matches the earliest. What Tcl's Expect does.
    Order,
}

/// When a match is taken that more input could still make longer, or replace by a better one.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Commit, Edge, Offset, PatternSet, Ring, Search, SearchOptions, regex};
/// use std::time::Instant;
///
/// let mut ring = Ring::new();
/// ring.push(b"port 8080");
/// let set = PatternSet::new([regex(r"port \d+")])?;
/// for (commit, text) in [(Commit::Drain, &b"port 8080"[..]), (Commit::Earliest, b"port 8")] {
///     let options = SearchOptions { commit, ..SearchOptions::default() };
///     let mut search = Search::with_options(&set, Offset::ZERO, options);
///     let found = search.advance(&ring, Edge::Drained, Instant::now()).unwrap();
///     assert_eq!(found.text(&ring), text);
/// }
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Commit {
    /// As soon as the input read so far is used up. What pexpect does, and the default: at each
    /// [`Edge::Drained`], the match is the one a search of all the bytes so far would report.
    #[default]
    Drain,
    /// At the first byte with which any pattern has matched: repetitions are as short as they can
    /// be, and the answer does not depend on how the stream was cut into reads.
    ///
    /// That independence ends where a pattern asks what comes next (`$`, `\b`) and the end of
    /// what has arrived counts as an answer; [`EndAnchor::Strict`] makes it hold there too.
    Earliest,
    /// When nothing better can come, or nothing at all has come for this long.
    Settle(Duration),
}

/// What `$`, and every other assertion about what comes next, makes of the place up to which the
/// stream has arrived.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Edge, EndAnchor, Offset, PatternSet, Ring, Search, SearchOptions, regex};
/// use std::time::Instant;
///
/// let mut ring = Ring::new();
/// ring.push(b"total: 3$ ");
/// let set = PatternSet::new([regex(r"\$ $")])?;
/// for (end, matches) in [(EndAnchor::Arrived, true), (EndAnchor::Strict, false)] {
///     let options = SearchOptions { end, ..SearchOptions::default() };
///     let mut search = Search::with_options(&set, Offset::ZERO, options);
///     let found = search.advance(&ring, Edge::Drained, Instant::now());
///     assert_eq!(found.is_some(), matches);
/// }
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EndAnchor {
    /// It is an end: `\$ $` matches a prompt that nothing follows *so far*. The default.
    #[default]
    Arrived,
    /// It decides nothing: a match that depends on the next byte waits for it, or for the
    /// stream's end. (So it is for the match; within one that is certain, a group of nothing but
    /// such an assertion, as in `x(?:($)|)`, is taken as if the stream ended here.)
    Strict,
}

/// How a [`Search`](crate::Search) is to choose.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Commit, Priority, SearchOptions};
/// use std::time::Duration;
///
/// let options = SearchOptions {
///     priority: Priority::Order,
///     commit: Commit::Settle(Duration::from_millis(20)),
///     ..SearchOptions::default()
/// };
/// # let _ = options;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SearchOptions {
    /// Which match is meant.
    pub priority: Priority,
    /// When it is taken.
    pub commit: Commit,
    /// What the end of what has arrived means to `$`.
    pub end: EndAnchor,
}
