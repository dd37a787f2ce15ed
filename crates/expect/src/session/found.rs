//! What a session found, with its text: the match, what came before it, the groups.

use crate::{Match, Offset, Ring, Unmatched};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A match in a session, with the bytes it consists of.
///
/// Cheap to clone, and independent of the session from then on.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Offset, Session, regex};
///
/// let mut session = Session::spawn("echo disk usage: 42%")?;
/// let found = session.expect(regex(r"(?<used>\d+)(%)"))?;
/// assert_eq!(found.pattern(), 0);
/// assert_eq!(found.before(), "disk usage: ");
/// assert_eq!(found.matched(), "42%");
/// assert_eq!(found.named("used"), Some("42".into()));
/// assert_eq!(found.group(2), Some("%".into()));
/// assert_eq!(found.place().start(), Offset::new(12));
///
/// // Bytes, where the program prints no UTF-8.
/// assert_eq!(found.before_bytes(), b"disk usage: ");
/// assert_eq!(found.matched_bytes(), b"42%");
/// assert_eq!(found.group_bytes(1), Some(&b"42"[..]));
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
#[derive(Clone)]
pub struct Found {
    place: Match,
    before: Arc<[u8]>,
    text: Arc<[u8]>,
    /// The groups behind the whole match, as places in `text`.
    groups: Arc<[Option<Range<usize>>]>,
}

impl Found {
    /// A match as it was found in `ring`, which lies at `place` in the stream.
    pub(crate) fn new(found: &Match, place: Match, ring: &Ring) -> Found {
        let at = |offset: Offset| usize::try_from(offset - found.start()).ok();
        // A match whose start is not known has no groups.
        let group = |index| {
            let range = found.group_range(index)?;
            Some(at(range.start)?..at(range.end)?)
        };
        Found {
            before: found.before(ring).into(),
            text: found.text(ring).into(),
            groups: (1..found.group_count()).map(group).collect(),
            place,
        }
    }

    /// The index of the pattern that matched.
    pub fn pattern(&self) -> usize {
        self.place.pattern()
    }

    /// What came before the match since the last one, as text; invalid UTF-8 is replaced by
    /// U+FFFD. As far back as the session's window reaches; [`Match::before_len`] of
    /// [`place`](Found::place) knows how much it was in all.
    pub fn before(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.before)
    }

    /// The same as bytes.
    pub fn before_bytes(&self) -> &[u8] {
        &self.before
    }

    /// What matched, as text.
    pub fn matched(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }

    /// The same as bytes.
    pub fn matched_bytes(&self) -> &[u8] {
        &self.text
    }

    /// What a group matched, as text; group 0 is the whole match. `None` when the group does not
    /// exist or took no part.
    pub fn group(&self, index: usize) -> Option<Cow<'_, str>> {
        self.group_bytes(index).map(String::from_utf8_lossy)
    }

    /// The same as bytes.
    pub fn group_bytes(&self, index: usize) -> Option<&[u8]> {
        if index == 0 {
            return Some(&self.text);
        }
        self.text.get(self.groups.get(index - 1)?.clone()?)
    }

    /// What the group `(?<name>…)` matched, as text.
    pub fn named(&self, name: &str) -> Option<Cow<'_, str>> {
        self.group(self.place.group_index(name)?)
    }

    /// Every group by its index, the whole match first.
    ///
    /// ```no_run
    /// # use rejoinder_expect::{Session, regex};
    /// # let mut session = Session::spawn("cat")?;
    /// let found = session.expect(regex(r"(\w+) (\w+)"))?;
    /// let words: Vec<_> = found.captures().skip(1).flatten().collect();
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn captures(&self) -> impl Iterator<Item = Option<Cow<'_, str>>> {
        (0..self.place.group_count()).map(|index| self.group(index))
    }

    /// Where in the stream the match lies.
    pub fn place(&self) -> &Match {
        &self.place
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found")
            .field("pattern", &self.pattern())
            .field("before", &self.before())
            .field("matched", &self.matched())
            .field("place", &self.place)
            .finish()
    }
}

/// What had come when a wait ended without a match. It is still there for the next wait, unless
/// the stream has ended.
///
/// # Example
///
/// ```
/// use rejoinder_expect::Session;
///
/// let said = Session::spawn("echo bye")?.expect_eof()?;
/// assert_eq!(said.before(), "bye\r\n");
/// assert_eq!(said.before_bytes(), b"bye\r\n");
/// assert_eq!(said.place().before_len(), 5);
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SoFar {
    place: Unmatched,
    text: Arc<[u8]>,
}

impl SoFar {
    /// What came in `ring`, which lies at `place` in the stream.
    pub(crate) fn new(so_far: Unmatched, place: Unmatched, ring: &Ring) -> SoFar {
        SoFar {
            place,
            text: so_far.before(ring).into(),
        }
    }

    /// What came, as text; invalid UTF-8 is replaced by U+FFFD. As far back as the session's
    /// window reaches.
    pub fn before(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.text)
    }

    /// The same as bytes.
    pub fn before_bytes(&self) -> &[u8] {
        &self.text
    }

    /// Where in the stream it lies.
    pub fn place(&self) -> &Unmatched {
        &self.place
    }
}

/// What a session's wait came to.
///
/// The end of the stream and a timeout are outcomes here like a match;
/// `expect` makes errors of them.
///
/// # Example
///
/// ```no_run
/// use rejoinder_expect::{Reply, Session};
///
/// let mut session = Session::spawn("ssh host.example")?;
/// match session.expect_any(["$ ", "password: ", "(yes/no"])? {
///     Reply::Found(found) => println!("pattern {} matched", found.pattern()),
///     Reply::Eof(said) => println!("ssh has ended: {}", said.before()),
///     Reply::Timeout(said) => println!("nothing but {:?} so far", said.before()),
/// }
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
#[derive(Clone, Debug)]
pub enum Reply {
    /// A pattern matched.
    Found(Found),
    /// The stream ended and no pattern had matched.
    Eof(SoFar),
    /// The time was up and no pattern had matched.
    Timeout(SoFar),
}

impl Reply {
    /// The index of the pattern that matched.
    pub fn pattern(&self) -> Option<usize> {
        match self {
            Reply::Found(found) => Some(found.pattern()),
            Reply::Eof(_) | Reply::Timeout(_) => None,
        }
    }

    /// What came before the match, or what came in all, as text.
    pub fn before(&self) -> Cow<'_, str> {
        match self {
            Reply::Found(found) => found.before(),
            Reply::Eof(so_far) | Reply::Timeout(so_far) => so_far.before(),
        }
    }
}
