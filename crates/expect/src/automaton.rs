//! Stepping an automaton over bytes, one state at a time, lazily built or dense.
//!
//! [`Automaton`] is the compiled form, shared by every search on a pattern set; [`Walker`] is one
//! walk over it with the memory that walk writes to. What the states mean for a search is decided
//! in `scan`.

use regex_automata::dfa::{Automaton as _, dense};
use regex_automata::hybrid::{self, LazyStateID};
use regex_automata::nfa::thompson::NFA;
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind, PatternID};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

/// An automaton for a set of patterns.
#[derive(Debug)]
pub(crate) struct Automaton {
    kind: Kind,
    /// Whether a search starts in the same state whatever byte came before it.
    universal_start: bool,
    /// Caches that finished walks left behind, warm for the next one.
    idle: Mutex<Vec<hybrid::dfa::Cache>>,
}

#[derive(Debug)]
enum Kind {
    Lazy(Box<Lazy>),
    Dense(Box<dense::DFA<Vec<u32>>>),
}

#[derive(Debug)]
struct Lazy {
    dfa: hybrid::dfa::DFA,
    /// The same automaton over the same cache, but without a bound on the cache.
    ///
    /// Taking a transition may fill the cache, and a full cache is cleared, after which only the
    /// state just reached has a valid id. A look ahead must not cost the state it looked from, so
    /// it goes through this twin, which adds to the cache without ever clearing it. What it adds
    /// is bounded: the states behind the end of input differ only in which pattern matched. The
    /// next transition taken by `dfa` finds the cache too full and clears it, as it should.
    peek: hybrid::dfa::DFA,
}

/// How many warm caches an automaton keeps for later walks.
const IDLE_CACHES: usize = 4;

impl Automaton {
    /// A lazily determinised automaton, whose walks hold caches of up to `cache_bytes`.
    pub(crate) fn lazy(
        nfa: &NFA,
        kind: MatchKind,
        each_pattern: bool,
        cache_bytes: usize,
    ) -> Option<Automaton> {
        let universal_start = nfa.look_set_prefix_any().is_empty();
        let config = hybrid::dfa::Config::new()
            .match_kind(kind)
            .specialize_start_states(true)
            .starts_for_each_pattern(each_pattern)
            .skip_cache_capacity_check(true)
            .cache_capacity(cache_bytes);
        let build = |config| {
            hybrid::dfa::Builder::new()
                .configure(config)
                .build_from_nfa(nfa.clone())
                .ok()
        };
        let dfa = build(config.clone())?;
        let peek = build(config.cache_capacity(usize::MAX))?;
        let kind = Kind::Lazy(Box::new(Lazy { dfa, peek }));
        Some(Automaton {
            kind,
            universal_start,
            idle: Mutex::default(),
        })
    }

    /// A fully built automaton of at most `limit` bytes.
    pub(crate) fn dense(nfa: &NFA, kind: MatchKind, limit: usize) -> Option<Automaton> {
        let config = dense::Config::new()
            .match_kind(kind)
            .specialize_start_states(true)
            .accelerate(false)
            .dfa_size_limit(Some(limit))
            .determinize_size_limit(Some(limit));
        let dfa = dense::Builder::new()
            .configure(config)
            .build_from_nfa(nfa)
            .ok()?;
        let universal_start = nfa.look_set_prefix_any().is_empty();
        let kind = Kind::Dense(Box::new(dfa));
        Some(Automaton {
            kind,
            universal_start,
            idle: Mutex::default(),
        })
    }

    pub(crate) fn has_universal_start(&self) -> bool {
        self.universal_start
    }
}

/// A state of a walk. Only the latest state of a walk may be stepped from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Lazy(LazyStateID),
    Dense(StateID),
}

/// What is to be said about a state beyond "go on".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Special {
    /// Nothing matches from here on, whatever comes.
    Dead,
    /// A match ended just before the byte that led here.
    Match,
    /// A prefilter may jump from here.
    Start,
}

/// One walk over an automaton.
#[derive(Debug)]
pub(crate) struct Walker {
    automaton: Arc<Automaton>,
    /// Present for a lazy automaton from the first step on.
    cache: Option<hybrid::dfa::Cache>,
}

impl Walker {
    pub(crate) fn new(automaton: Arc<Automaton>) -> Walker {
        let cache = match &automaton.kind {
            Kind::Dense(_) => None,
            Kind::Lazy(lazy) => {
                let mut idle = automaton
                    .idle
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                Some(idle.pop().unwrap_or_else(|| lazy.dfa.create_cache()))
            }
        };
        Walker { automaton, cache }
    }

    pub(crate) fn automaton(&self) -> &Automaton {
        &self.automaton
    }

    fn parts(&mut self) -> Parts<'_> {
        match (&self.automaton.kind, &mut self.cache) {
            (Kind::Dense(dfa), _) => Parts::Dense(dfa),
            (Kind::Lazy(lazy), cache) => {
                Parts::Lazy(lazy, cache.get_or_insert_with(|| lazy.dfa.create_cache()))
            }
        }
    }

    /// The state in which a walk begins when `before` is the byte in front of it, `None` being
    /// the beginning of all text. `None` when the automaton has no such start.
    pub(crate) fn start(&mut self, before: Option<u8>, anchored: Anchored) -> Option<State> {
        let config = start::Config::new().look_behind(before).anchored(anchored);
        match self.parts() {
            Parts::Dense(dfa) => dfa.start_state(&config).ok().map(State::Dense),
            Parts::Lazy(lazy, cache) => lazy.dfa.start_state(cache, &config).ok().map(State::Lazy),
        }
    }

    /// Steps over `hay[at..]` up to and including the first byte that leads to a special state:
    /// the state reached, the index of that byte, and what is special. Start states count as
    /// special only if asked for.
    #[inline]
    pub(crate) fn run(
        &mut self,
        from: State,
        hay: &[u8],
        at: usize,
        stop_at_start: bool,
    ) -> (State, usize, Option<Special>) {
        match (from, self.parts()) {
            (State::Lazy(from), Parts::Lazy(lazy, cache)) => {
                let (state, at, special) = run_lazy(&lazy.dfa, cache, from, hay, at, stop_at_start);
                (State::Lazy(state), at, special)
            }
            (State::Dense(from), Parts::Dense(dfa)) => {
                let (state, at, special) = run_dense(dfa, from, hay, at, stop_at_start);
                (State::Dense(state), at, special)
            }
            // A walker only ever hands out states of its own kind.
            (other, _) => (other, hay.len(), Some(Special::Dead)),
        }
    }

    /// Whether a state is one that a prefilter may jump from.
    pub(crate) fn is_start(&self, state: State) -> bool {
        match (state, &self.automaton.kind) {
            (State::Lazy(state), _) => state.is_start(),
            (State::Dense(state), Kind::Dense(dfa)) => dfa.is_start_state(state),
            (State::Dense(_), Kind::Lazy(_)) => false,
        }
    }

    /// The lowest-numbered pattern that is seen to have matched here when `next` comes next, the
    /// end of input being `None`. `state` stays valid.
    ///
    /// A leftmost-first automaton knows one pattern only, the preferred one.
    pub(crate) fn peek(&mut self, state: State, next: Option<u8>) -> Option<usize> {
        match (state, self.parts()) {
            (State::Lazy(state), Parts::Lazy(lazy, cache)) => {
                let next = match next {
                    Some(byte) => lazy.peek.next_state(cache, state, byte),
                    None => lazy.peek.next_eoi_state(cache, state),
                };
                lowest_lazy(&lazy.peek, cache, next.ok()?)
            }
            (State::Dense(state), Parts::Dense(dfa)) => {
                let next = match next {
                    Some(byte) => dfa.next_state(state, byte),
                    None => dfa.next_eoi_state(state),
                };
                lowest_dense(dfa, next)
            }
            _ => None,
        }
    }

    /// The lowest-numbered pattern that a match state stands for.
    pub(crate) fn pattern(&mut self, state: State) -> Option<usize> {
        match (state, self.parts()) {
            (State::Lazy(state), Parts::Lazy(lazy, cache)) => lowest_lazy(&lazy.dfa, cache, state),
            (State::Dense(state), Parts::Dense(dfa)) => lowest_dense(dfa, state),
            _ => None,
        }
    }

    /// How often the cache has been cleared; 0 for a dense automaton.
    #[cfg(test)]
    pub(crate) fn clear_count(&self) -> usize {
        self.cache
            .as_ref()
            .map_or(0, hybrid::dfa::Cache::clear_count)
    }
}

/// Leaves a warm cache to the next walk over the same automaton.
impl Drop for Walker {
    fn drop(&mut self) {
        if let Some(cache) = mem::take(&mut self.cache) {
            let mut idle = self
                .automaton
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE_CACHES {
                idle.push(cache);
            }
        }
    }
}

fn lowest_lazy(
    dfa: &hybrid::dfa::DFA,
    cache: &hybrid::dfa::Cache,
    state: LazyStateID,
) -> Option<usize> {
    if !state.is_match() {
        return None;
    }
    let patterns = 0..dfa.match_len(cache, state);
    patterns
        .map(|index| dfa.match_pattern(cache, state, index).as_usize())
        .min()
}

fn lowest_dense(dfa: &dense::DFA<Vec<u32>>, state: StateID) -> Option<usize> {
    if !dfa.is_match_state(state) {
        return None;
    }
    (0..dfa.match_len(state))
        .map(|index| dfa.match_pattern(state, index).as_usize())
        .min()
}

enum Parts<'a> {
    Lazy(&'a Lazy, &'a mut hybrid::dfa::Cache),
    Dense(&'a dense::DFA<Vec<u32>>),
}

fn run_lazy(
    dfa: &hybrid::dfa::DFA,
    cache: &mut hybrid::dfa::Cache,
    mut state: LazyStateID,
    hay: &[u8],
    mut at: usize,
    stop_at_start: bool,
) -> (LazyStateID, usize, Option<Special>) {
    while let Some(&byte) = hay.get(at) {
        // A state that is not tagged steps without a look at the cache's bookkeeping; an unknown
        // successor is worked out by the full step.
        let mut next = if state.is_tagged() {
            match dfa.next_state(cache, state, byte) {
                Ok(next) => next,
                Err(_) => return (state, at, Some(Special::Dead)),
            }
        } else {
            dfa.next_state_untagged(cache, state, byte)
        };
        if next.is_tagged() {
            if next.is_unknown() {
                next = match dfa.next_state(cache, state, byte) {
                    Ok(next) => next,
                    Err(_) => return (state, at, Some(Special::Dead)),
                };
            }
            if next.is_match() {
                return (next, at, Some(Special::Match));
            }
            if next.is_dead() || next.is_quit() {
                return (next, at, Some(Special::Dead));
            }
            if next.is_start() && stop_at_start {
                return (next, at, Some(Special::Start));
            }
        }
        state = next;
        at += 1;
    }
    (state, at, None)
}

fn run_dense(
    dfa: &dense::DFA<Vec<u32>>,
    mut state: StateID,
    hay: &[u8],
    mut at: usize,
    stop_at_start: bool,
) -> (StateID, usize, Option<Special>) {
    while let Some(&byte) = hay.get(at) {
        state = dfa.next_state(state, byte);
        if dfa.is_special_state(state) {
            if dfa.is_match_state(state) {
                return (state, at, Some(Special::Match));
            }
            if dfa.is_dead_state(state) || dfa.is_quit_state(state) {
                return (state, at, Some(Special::Dead));
            }
            if dfa.is_start_state(state) && stop_at_start {
                return (state, at, Some(Special::Start));
            }
        }
        at += 1;
    }
    (state, at, None)
}

/// The anchored start of one pattern, for searches that run backwards.
pub(crate) fn anchored(pattern: usize) -> Anchored {
    PatternID::new(pattern).map_or(Anchored::Yes, Anchored::Pattern)
}
