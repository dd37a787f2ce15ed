//! Patterns compiled to automata: what a search runs on.
//!
//! [`PatternSet`] parses, checks against [`Limits`] and compiles. Only what the first byte needs
//! is built at once; what finds a match's start, its groups and the prefilter is built when it is
//! first used, then shared by every search on the set.

use crate::automaton::Automaton;
use crate::compile::{
    collect_names, compile, lazy, looks_ahead, parse_all, prefilter, too_large, whole_bytes,
};
use crate::error::PatternError;
use crate::limits::Limits;
use crate::pattern::Pattern;
use regex_automata::MatchKind;
use regex_automata::meta;
use regex_automata::util::prefilter::Prefilter;
use regex_syntax::hir::Hir;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Patterns compiled together, to be searched for all at once.
///
/// Cloning is cheap (one reference count), and one set may serve any number of searches on any
/// number of threads at the same time: what a search writes to is the search's own.
///
/// A set without patterns is allowed; nothing ever matches it, which is how one waits for the end
/// of a program alone.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Edge, Offset, PatternSet, Ring, Search, regex};
/// use std::time::Instant;
///
/// let set = PatternSet::new([regex(r"\w+@\w+:\S+\$ "), "password: ".into()])?;
///
/// let mut ring = Ring::new();
/// let mut search = Search::new(&set, Offset::ZERO);
/// ring.push(b"Welcome!\r\nuser@host:");
/// assert!(search.advance(&ring, Edge::Drained, Instant::now()).is_none());
/// ring.push(b"~/src$ ");
/// let found = search.advance(&ring, Edge::Drained, Instant::now()).unwrap();
///
/// assert_eq!(found.pattern(), 0);
/// assert_eq!(found.text(&ring), b"user@host:~/src$ ");
/// assert_eq!(found.before(&ring), b"Welcome!\r\n");
/// assert_eq!((set.len(), set.is_empty()), (2, false));
/// assert_eq!(set.patterns()[1], "password: ".into());
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
#[derive(Clone)]
pub struct PatternSet(Arc<Inner>);

struct Inner {
    patterns: Vec<Pattern>,
    limits: Limits,
    stream: Vec<Hir>,
    /// The patterns with their Unicode word boundaries, when any has one.
    exact: Option<Vec<Hir>>,
    exact_regex: OnceLock<Option<meta::Regex>>,
    forward: Arc<Automaton>,
    all: OnceLock<Option<Arc<Automaton>>>,
    reverse: OnceLock<Option<Arc<Automaton>>>,
    singles: Vec<Single>,
    prefilter: OnceLock<Option<Prefilter>>,
    looks_ahead: bool,
}

/// What is built for one pattern of a set by itself.
#[derive(Default)]
struct Single {
    forward: OnceLock<Option<Arc<Automaton>>>,
    prefilter: OnceLock<Option<Prefilter>>,
    whole: OnceLock<Option<meta::Regex>>,
}

/// How a [`PatternSet`] is to be compiled, where the defaults won't do.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{PatternSet, regex};
///
/// let set = PatternSet::builder().dense(true).build([regex("ok|failed")])?;
/// # Ok::<(), rejoinder_expect::PatternError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct PatternSetBuilder {
    limits: Limits,
    dense: bool,
}

impl PatternSetBuilder {
    /// Limits other than the default ones.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Limits, PatternSet, regex};
    ///
    /// let limits = Limits { patterns: 1, ..Limits::default() };
    /// let error = PatternSet::builder().limits(limits).build([regex("a"), regex("b")]).unwrap_err();
    /// assert!(error.is_limit());
    /// ```
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> PatternSetBuilder {
        self.limits = limits;
        self
    }

    /// Whether the automaton is built in full at once (default: no).
    ///
    /// That takes milliseconds instead of microseconds, and memory that every search shares. It
    /// pays for a set that lives long and sees gigabytes: stepping is some 15 % faster and never
    /// has to begin a cache anew.
    #[must_use]
    pub fn dense(mut self, yes: bool) -> PatternSetBuilder {
        self.dense = yes;
        self
    }

    /// Compiles patterns. Their order is their rank: it decides ties, and is the number a
    /// [`Match`](crate::Match) names its pattern by.
    ///
    /// # Errors
    ///
    /// [`PatternError`] when a pattern is no valid regular expression, or one of the
    /// [`Limits`] is passed; it says which and by which pattern.
    pub fn build<I>(self, patterns: I) -> Result<PatternSet, PatternError>
    where
        I: IntoIterator,
        I::Item: Into<Pattern>,
    {
        let limits = self.limits;
        let mut kept = Vec::new();
        for pattern in patterns {
            if kept.len() == limits.patterns {
                return Err(PatternError::limit(
                    None,
                    format_args!(
                        "more than {} patterns; join some of them with `|`, or raise the limit",
                        limits.patterns
                    ),
                ));
            }
            kept.push(pattern.into());
        }
        let (stream, exact) = parse_all(&kept, &limits)?;
        let nfa = compile(&stream, Some(limits.nfa_bytes), false)
            .ok_or_else(|| too_large(&kept, &stream, limits.nfa_bytes))?;
        let looks_ahead = looks_ahead(nfa.look_set_any());
        let forward = if self.dense {
            Automaton::dense(
                &nfa,
                MatchKind::LeftmostFirst,
                prefilter(&stream).is_some(),
                limits.dense_bytes,
            )
            .ok_or_else(|| {
                PatternError::limit(
                    None,
                    format_args!(
                        "the dense automaton takes more than {} bytes; build it lazily, or raise \
                         the limit",
                        limits.dense_bytes
                    ),
                )
            })?
        } else {
            lazy(&nfa, MatchKind::LeftmostFirst, false, &limits)
                .ok_or_else(|| too_large(&kept, &stream, limits.nfa_bytes))?
        };
        Ok(PatternSet(Arc::new(Inner {
            singles: kept.iter().map(|_| Single::default()).collect(),
            patterns: kept,
            limits,
            stream,
            exact,
            exact_regex: OnceLock::new(),
            forward: Arc::new(forward),
            all: OnceLock::new(),
            reverse: OnceLock::new(),
            prefilter: OnceLock::new(),
            looks_ahead,
        })))
    }
}

impl PatternSet {
    /// Compiles patterns with the default [`Limits`].
    ///
    /// # Errors
    ///
    /// [`PatternError`], as [`PatternSetBuilder::build`].
    pub fn new<I>(patterns: I) -> Result<PatternSet, PatternError>
    where
        I: IntoIterator,
        I::Item: Into<Pattern>,
    {
        PatternSetBuilder::default().build(patterns)
    }

    /// A set that nothing matches.
    ///
    /// ```
    /// assert!(rejoinder_expect::PatternSet::empty().is_empty());
    /// ```
    pub fn empty() -> PatternSet {
        static EMPTY: OnceLock<PatternSet> = OnceLock::new();
        let build = || PatternSet::new::<[Pattern; 0]>([]).expect("no pattern, nothing to refuse");
        EMPTY.get_or_init(build).clone()
    }

    /// Compiles patterns with other limits or another automaton.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::PatternSet;
    ///
    /// let set = PatternSet::builder().dense(true).build(["$ ", "# "])?;
    /// assert_eq!(set.len(), 2);
    /// # Ok::<(), rejoinder_expect::PatternError>(())
    /// ```
    pub fn builder() -> PatternSetBuilder {
        PatternSetBuilder::default()
    }

    /// How many patterns the set has.
    pub fn len(&self) -> usize {
        self.0.patterns.len()
    }

    /// Whether the set has no pattern.
    pub fn is_empty(&self) -> bool {
        self.0.patterns.is_empty()
    }

    /// The patterns, in their order.
    pub fn patterns(&self) -> &[Pattern] {
        &self.0.patterns
    }

    /// Whether what lies behind a match can decide if it is one.
    pub(crate) fn looks_ahead(&self) -> bool {
        self.0.looks_ahead
    }

    /// The automaton for the earliest match of any pattern.
    pub(crate) fn forward(&self) -> &Arc<Automaton> {
        &self.0.forward
    }

    /// The automaton that knows every pattern's every match.
    pub(crate) fn all(&self) -> Option<&Arc<Automaton>> {
        let build = || self.lazy(&self.0.stream, MatchKind::All, false, false);
        self.0.all.get_or_init(build).as_ref()
    }

    /// The automaton that runs from a match's end to its start.
    pub(crate) fn reverse(&self) -> Option<&Arc<Automaton>> {
        let build = || self.lazy(&self.0.stream, MatchKind::All, true, true);
        self.0.reverse.get_or_init(build).as_ref()
    }

    /// The automaton for one pattern by itself.
    pub(crate) fn single(&self, pattern: usize) -> Option<&Arc<Automaton>> {
        if self.len() == 1 {
            return Some(self.forward());
        }
        let hir = self.0.stream.get(pattern)?;
        let build = || {
            self.lazy(
                std::slice::from_ref(hir),
                MatchKind::LeftmostFirst,
                false,
                false,
            )
        };
        self.0.singles[pattern].forward.get_or_init(build).as_ref()
    }

    /// What jumps to where a match of any pattern may start, if that is quicker than stepping.
    pub(crate) fn prefilter(&self) -> Option<&Prefilter> {
        self.0
            .prefilter
            .get_or_init(|| prefilter(&self.0.stream))
            .as_ref()
    }

    /// Whether asking for the prefilter costs nothing any more.
    pub(crate) fn prefilter_is_built(&self) -> bool {
        self.0.prefilter.get().is_some()
    }

    /// The same for one pattern.
    pub(crate) fn single_prefilter(&self, pattern: usize) -> Option<&Prefilter> {
        if self.len() == 1 {
            return self.prefilter();
        }
        let hir = self.0.stream.get(pattern)?;
        let build = || prefilter(std::slice::from_ref(hir));
        self.0.singles[pattern]
            .prefilter
            .get_or_init(build)
            .as_ref()
    }

    /// What searches for the patterns with their Unicode word boundaries; `None` when none has
    /// any.
    pub(crate) fn exact(&self) -> Option<&meta::Regex> {
        let hirs = self.0.exact.as_ref()?;
        let build = || whole_bytes().build_many_from_hir(hirs).ok();
        self.0.exact_regex.get_or_init(build).as_ref()
    }

    /// How many groups a pattern has, the whole match being one.
    pub(crate) fn group_count(&self, pattern: usize) -> usize {
        let hir = self.0.stream.get(pattern);
        1 + hir.map_or(0, |hir| hir.properties().explicit_captures_len())
    }

    /// The names of a pattern's groups, by index.
    pub(crate) fn group_names(&self, pattern: usize) -> Vec<Option<String>> {
        let mut names = vec![None; self.group_count(pattern)];
        if let Some(hir) = self.0.stream.get(pattern) {
            collect_names(hir, &mut names);
        }
        names
    }

    /// One pattern with its groups, for a search of a span that is known to match.
    pub(crate) fn whole(&self, pattern: usize) -> Option<&meta::Regex> {
        let hirs = self.0.exact.as_ref().unwrap_or(&self.0.stream);
        let hir = hirs.get(pattern)?;
        let build = || whole_bytes().build_from_hir(hir).ok();
        self.0.singles[pattern].whole.get_or_init(build).as_ref()
    }

    fn lazy(
        &self,
        hirs: &[Hir],
        kind: MatchKind,
        each_pattern: bool,
        reverse: bool,
    ) -> Option<Arc<Automaton>> {
        // What went through the limit in one direction is not refused in the other.
        let nfa = compile(hirs, None, reverse)?;
        lazy(&nfa, kind, each_pattern, &self.0.limits).map(Arc::new)
    }
}

impl fmt::Debug for PatternSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PatternSet").field(&self.0.patterns).finish()
    }
}

impl From<&PatternSet> for PatternSet {
    fn from(set: &PatternSet) -> PatternSet {
        set.clone()
    }
}
