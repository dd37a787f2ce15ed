//! Stepping an automaton over bytes, one state at a time, lazily built or dense.
//!
//! [`Automaton`] is the compiled form, shared by every search on a pattern set; [`Walker`] is one
//! walk over it with the memory that walk writes to. What the states mean for a search is decided
//! in `scan`.

use crate::lazy::{Lazy, Steps};
use regex_automata::dfa::{Automaton as _, dense};
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::Cache;
use regex_automata::nfa::thompson::NFA;
use regex_automata::util::alphabet::Unit;
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind, PatternID};
use std::sync::Arc;

/// An automaton for a set of patterns.
#[derive(Debug)]
pub(crate) struct Automaton {
    kind: Kind,
    /// Whether a search starts in the same state whatever byte came before it.
    universal_start: bool,
}

#[derive(Debug)]
enum Kind {
    Lazy(Box<Lazy>),
    Dense(Box<dense::DFA<Vec<u32>>>),
}

impl Automaton {
    /// A lazily determinised automaton, whose walks hold caches of up to `cache_bytes`.
    pub(crate) fn lazy(
        nfa: &NFA,
        kind: MatchKind,
        each_pattern: bool,
        cache_bytes: usize,
    ) -> Option<Automaton> {
        let lazy = Lazy::new(nfa, kind, each_pattern, cache_bytes)?;
        Some(Automaton::new(Kind::Lazy(Box::new(lazy)), nfa))
    }

    /// A fully built automaton of at most `limit` bytes; `jumping` when a prefilter will be used
    /// with it.
    pub(crate) fn dense(
        nfa: &NFA,
        kind: MatchKind,
        jumping: bool,
        limit: usize,
    ) -> Option<Automaton> {
        let config = dense::Config::new()
            .match_kind(kind)
            .specialize_start_states(jumping)
            .accelerate(false)
            .dfa_size_limit(Some(limit))
            .determinize_size_limit(Some(limit));
        let dfa = dense::Builder::new()
            .configure(config)
            .build_from_nfa(nfa)
            .ok()?;
        Some(Automaton::new(Kind::Dense(Box::new(dfa)), nfa))
    }

    fn new(kind: Kind, nfa: &NFA) -> Automaton {
        let universal_start = nfa.look_set_prefix_any().is_empty();
        Automaton {
            kind,
            universal_start,
        }
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
    jumping: bool,
    /// The memory of a walk over a lazy automaton.
    cache: Option<Cache>,
}

enum Parts<'a> {
    Lazy(&'a Steps, &'a mut Cache),
    Dense(&'a dense::DFA<Vec<u32>>),
}

impl Walker {
    pub(crate) fn new(automaton: Arc<Automaton>) -> Walker {
        Walker {
            automaton,
            jumping: false,
            cache: None,
        }
    }

    pub(crate) fn automaton(&self) -> &Automaton {
        &self.automaton
    }

    fn parts(&mut self) -> Parts<'_> {
        match &self.automaton.kind {
            Kind::Dense(dfa) => Parts::Dense(dfa),
            Kind::Lazy(lazy) => {
                let steps = lazy.steps(self.jumping);
                Parts::Lazy(steps, self.cache.get_or_insert_with(|| steps.take_cache()))
            }
        }
    }

    fn put_back_cache(&mut self) {
        if let (Kind::Lazy(lazy), Some(cache)) = (&self.automaton.kind, self.cache.take()) {
            lazy.steps(self.jumping).put_back(cache);
        }
    }

    /// Whether start states are to be told apart from others from here on, so that a prefilter
    /// can be used. Every state from before becomes invalid.
    ///
    /// Telling them apart slows stepping down by a quarter, which only pays while jumping does.
    pub(crate) fn set_jumping(&mut self, jumping: bool) {
        if self.jumping != jumping {
            self.put_back_cache();
            self.jumping = jumping;
        }
    }

    pub(crate) fn is_jumping(&self) -> bool {
        self.jumping
    }

    /// The state in which a walk begins when `before` is the byte in front of it, `None` being
    /// the beginning of all text. `None` when the automaton has no such start.
    pub(crate) fn start(&mut self, before: Option<u8>, anchored: Anchored) -> Option<State> {
        let config = start::Config::new().look_behind(before).anchored(anchored);
        match self.parts() {
            Parts::Dense(dfa) => dfa.start_state(&config).ok().map(State::Dense),
            Parts::Lazy(steps, cache) => steps.start(cache, &config).map(State::Lazy),
        }
    }

    /// Whether a walk that began behind the byte `before` would be in this same state. `state`
    /// stays valid.
    pub(crate) fn is_like_start(&mut self, state: State, before: Option<u8>) -> bool {
        let config = start::Config::new().look_behind(before);
        match (state, self.parts()) {
            (State::Lazy(state), Parts::Lazy(steps, cache)) => {
                steps.peek_start(cache, &config) == Some(state)
            }
            (State::Dense(state), Parts::Dense(dfa)) => {
                dfa.start_state(&config).is_ok_and(|start| start == state)
            }
            _ => false,
        }
    }

    /// Steps over `hay[at..]` up to and including the first byte that leads to a special state:
    /// the state reached, the index of that byte, and what is special. Start states count as
    /// special only if asked for, and only for a jumping walk.
    pub(crate) fn run(
        &mut self,
        from: State,
        hay: &[u8],
        at: usize,
        stop_at_start: bool,
    ) -> (State, usize, Option<Special>) {
        match (from, self.parts()) {
            (State::Lazy(from), Parts::Lazy(steps, cache)) => {
                let (state, at, special) = steps.run(cache, from, hay, at, stop_at_start);
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
            (State::Lazy(state), Parts::Lazy(steps, cache)) => steps.peek(cache, state, next),
            (State::Dense(state), Parts::Dense(dfa)) => {
                let next = match next {
                    Some(byte) => dfa.next_state(state, byte),
                    None => dfa.next_eoi_state(state),
                };
                pattern_dense(dfa, next)
            }
            _ => None,
        }
    }

    /// Whether a match has ended here whatever comes next, and nothing else can match after it.
    /// `state` stays valid.
    pub(crate) fn is_final(&mut self, state: State) -> bool {
        match (state, self.parts()) {
            (State::Lazy(state), Parts::Lazy(steps, cache)) => steps.is_final(cache, state),
            (State::Dense(state), Parts::Dense(dfa)) => is_final_dense(dfa, state),
            _ => false,
        }
    }

    /// The lowest-numbered pattern that a match state stands for.
    pub(crate) fn pattern(&mut self, state: State) -> Option<usize> {
        match (state, self.parts()) {
            (State::Lazy(state), Parts::Lazy(steps, cache)) => steps.pattern(cache, state),
            (State::Dense(state), Parts::Dense(dfa)) => pattern_dense(dfa, state),
            _ => None,
        }
    }

    #[cfg(test)]
    fn cache(&mut self) -> &Cache {
        match self.parts() {
            Parts::Lazy(_, cache) => cache,
            Parts::Dense(_) => panic!("the walk is over a dense automaton"),
        }
    }
}

/// Leaves a warm cache to the next walk over the same automaton.
impl Drop for Walker {
    fn drop(&mut self) {
        self.put_back_cache();
    }
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
            if stop_at_start && dfa.is_start_state(state) {
                return (state, at, Some(Special::Start));
            }
        }
        at += 1;
    }
    (state, at, None)
}

fn is_final_dense(dfa: &dense::DFA<Vec<u32>>, state: StateID) -> bool {
    let bytes = || {
        dfa.byte_classes()
            .representatives(0..=u8::MAX)
            .filter_map(Unit::as_u8)
    };
    bytes().all(|byte| {
        let next = dfa.next_state(state, byte);
        dfa.is_match_state(next)
            && bytes().all(|byte| dfa.is_dead_state(dfa.next_state(next, byte)))
    })
}

fn pattern_dense(dfa: &dense::DFA<Vec<u32>>, state: StateID) -> Option<usize> {
    if !dfa.is_match_state(state) {
        return None;
    }
    (0..dfa.match_len(state))
        .map(|index| dfa.match_pattern(state, index).as_usize())
        .min()
}

/// The anchored start of one pattern, for searches that run backwards.
pub(crate) fn anchored(pattern: usize) -> Anchored {
    PatternID::new(pattern).map_or(Anchored::Yes, Anchored::Pattern)
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_automata::nfa::thompson;

    fn walker(pattern: &str, cache_bytes: usize) -> Walker {
        let nfa = thompson::NFA::new(pattern).expect("a valid pattern");
        let automaton = Automaton::lazy(&nfa, MatchKind::LeftmostFirst, false, cache_bytes);
        Walker::new(Arc::new(automaton.expect("it is small")))
    }

    fn step(walker: &mut Walker, state: State, byte: u8) -> State {
        walker.run(state, &[byte], 0, false).0
    }

    /// Guards: looking at the end of input after every byte never costs the state, in a cache
    /// that is cleared all the time. (Were it to, stepping on from the old id would panic or lead
    /// astray.)
    #[test]
    fn looking_ahead_keeps_the_state_in_the_smallest_cache() {
        let pattern = "(?-u)[a-z]{3}[0-9]{3}[a-z]{3}END$";
        let text = b"xx12 abc123abcENDabc123abEND  zzz999zzzEND";
        let mut small = walker(pattern, 0);
        let mut large = walker(pattern, 1 << 20);
        let mut states = [&mut small, &mut large]
            .map(|walker| walker.start(None, Anchored::No).expect("unanchored"));
        let mut ends = Vec::new();
        for (at, &byte) in text.iter().enumerate() {
            states[0] = step(&mut small, states[0], byte);
            states[1] = step(&mut large, states[1], byte);
            let (seen, want) = (small.peek(states[0], None), large.peek(states[1], None));
            assert_eq!(seen, want, "after byte {at}");
            ends.extend(seen.map(|_| at + 1));
        }
        assert_eq!(ends, [17, text.len()]);
        assert!(small.cache().clear_count() > 10, "the cache was small");
        assert_eq!(large.cache().clear_count(), 0);
    }

    /// Guards: looks ahead do not fill memory, even where the stream only ever goes where they
    /// have been before.
    #[test]
    fn looking_ahead_at_bytes_takes_bounded_memory() {
        let mut walker = walker("(?-u)a[a ]{12}b", 0);
        let least = walker.cache().memory_usage();
        let mut state = walker.start(None, Anchored::No).expect("unanchored");
        let mut bits = 1_u32;
        let mut most = 0;
        for _ in 0..2000 {
            bits = bits.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let byte = if bits >> 31 == 0 { b'a' } else { b' ' };
            for ahead in *b"a " {
                assert_eq!(walker.peek(state, Some(ahead)), None);
            }
            state = step(&mut walker, state, byte);
            most = most.max(walker.cache().memory_usage());
        }
        assert!(most < least + 4096, "{most} bytes, {least} to begin with");
    }
}
