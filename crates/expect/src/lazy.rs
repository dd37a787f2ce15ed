//! A lazily determinised automaton: its states are worked out as the stream calls for them, and
//! kept in a cache of bounded size.

use crate::automaton::Special;
use regex_automata::MatchKind;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Builder, Cache, Config, DFA};
use regex_automata::nfa::thompson::NFA;
use regex_automata::util::alphabet::Unit;
use regex_automata::util::start;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The automaton in two makes: one for plain stepping, one whose start states are tagged.
#[derive(Debug)]
pub(crate) struct Lazy {
    nfa: NFA,
    config: Config,
    plain: Steps,
    jumping: OnceLock<Option<Steps>>,
}

impl Lazy {
    pub(crate) fn new(
        nfa: &NFA,
        kind: MatchKind,
        each_pattern: bool,
        cache_bytes: usize,
    ) -> Option<Lazy> {
        let config = Config::new()
            .match_kind(kind)
            .starts_for_each_pattern(each_pattern)
            .skip_cache_capacity_check(true)
            .cache_capacity(cache_bytes);
        let plain = Steps::new(nfa, config.clone())?;
        Some(Lazy {
            nfa: nfa.clone(),
            config,
            plain,
            jumping: OnceLock::new(),
        })
    }

    pub(crate) fn steps(&self, jumping: bool) -> &Steps {
        if !jumping {
            return &self.plain;
        }
        let config = || self.config.clone().specialize_start_states(true);
        let built = self.jumping.get_or_init(|| Steps::new(&self.nfa, config()));
        // What could be built without tags can be built with them; if not, nothing jumps.
        built.as_ref().unwrap_or(&self.plain)
    }
}

/// One make of the automaton.
#[derive(Debug)]
pub(crate) struct Steps {
    dfa: DFA,
    /// The same automaton over the same cache, but without a bound on the cache.
    ///
    /// Taking a transition may fill the cache, and a full cache is cleared, after which only the
    /// state just reached has a valid id. A look ahead must not cost the state it looked from, so
    /// it goes through this twin, which adds to the cache without ever clearing it. The next
    /// transition taken by `dfa` finds the cache too full and clears it, as it should.
    twin: DFA,
    /// How large a cache may be for looks ahead to go on adding to it, in bytes.
    peek_bytes: usize,
    /// Caches that finished walks left behind, warm for the next one.
    idle: Mutex<Vec<Cache>>,
}

/// How many warm caches are kept for later walks, and how large they may be, in bytes: an
/// ordinary one has some tens of KiB.
const IDLE_CACHES: usize = 4;
const IDLE_BYTES: usize = 256 << 10;

impl Steps {
    fn new(nfa: &NFA, config: Config) -> Option<Steps> {
        let build = |config| {
            Builder::new()
                .configure(config)
                .build_from_nfa(nfa.clone())
                .ok()
        };
        let peek_bytes = config.get_cache_capacity().saturating_mul(2);
        Some(Steps {
            dfa: build(config.clone())?,
            twin: build(config.cache_capacity(usize::MAX))?,
            peek_bytes,
            idle: Mutex::default(),
        })
    }

    pub(crate) fn take_cache(&self) -> Cache {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.unwrap_or_else(|| self.dfa.create_cache())
    }

    pub(crate) fn put_back(&self, cache: Cache) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_CACHES && cache.memory_usage() <= IDLE_BYTES {
            idle.push(cache);
        }
    }

    pub(crate) fn start(&self, cache: &mut Cache, config: &start::Config) -> Option<LazyStateID> {
        self.dfa.start_state(cache, config).ok()
    }

    /// The same without making other states invalid.
    pub(crate) fn peek_start(
        &self,
        cache: &mut Cache,
        config: &start::Config,
    ) -> Option<LazyStateID> {
        self.twin.start_state(cache, config).ok()
    }

    pub(crate) fn run(
        &self,
        cache: &mut Cache,
        mut state: LazyStateID,
        hay: &[u8],
        mut at: usize,
        stop_at_start: bool,
    ) -> (LazyStateID, usize, Option<Special>) {
        let dfa = &self.dfa;
        while let Some(&byte) = hay.get(at) {
            // An untagged state steps without a look at the cache's bookkeeping.
            if !state.is_tagged() {
                let next = dfa.next_state_untagged(cache, state, byte);
                if !next.is_tagged() {
                    state = next;
                    at += 1;
                    continue;
                }
            }
            // The full step also works out a successor that is not known yet. A cache without a
            // limit on how often it is cleared never gives up.
            let Ok(next) = dfa.next_state(cache, state, byte) else {
                return (state, at, Some(Special::Dead));
            };
            if next.is_tagged() {
                if next.is_match() {
                    return (next, at, Some(Special::Match));
                }
                if next.is_dead() || next.is_quit() {
                    return (next, at, Some(Special::Dead));
                }
                if stop_at_start && next.is_start() {
                    return (next, at, Some(Special::Start));
                }
            }
            state = next;
            at += 1;
        }
        (state, at, None)
    }

    /// See [`Walker::peek`](crate::automaton::Walker::peek).
    pub(crate) fn peek(
        &self,
        cache: &mut Cache,
        state: LazyStateID,
        next: Option<u8>,
    ) -> Option<usize> {
        let twin = &self.twin;
        let Some(byte) = next else {
            // The states behind the end of input differ only in which patterns have matched, so
            // that there are few of them.
            let next = twin.next_eoi_state(cache, state).ok()?;
            return self.pattern(cache, next);
        };
        if cache.memory_usage() > self.peek_bytes {
            // Over and over the stream has gone where looks ahead had been before, so that it was
            // never `dfa` that added a state and found the cache full.
            let mut copy = cache.clone();
            let next = twin.next_state(&mut copy, state, byte).ok()?;
            return self.pattern(&copy, next);
        }
        let next = twin.next_state(cache, state, byte).ok()?;
        self.pattern(cache, next)
    }

    /// Whether a match has ended here whatever comes next, and nothing else can match after it.
    pub(crate) fn is_final(&self, cache: &mut Cache, state: LazyStateID) -> bool {
        if cache.memory_usage() > self.peek_bytes {
            return false;
        }
        // Behind every byte there must be the same match and nothing but death after it. Mostly
        // all bytes lead to one and the same state.
        let mut checked = None;
        for byte in self.bytes() {
            let Ok(next) = self.twin.next_state(cache, state, byte) else {
                return false;
            };
            if !next.is_match() {
                return false;
            }
            if checked == Some(next) {
                continue;
            }
            if checked.is_some() || !self.is_last(cache, next) {
                return false;
            }
            checked = Some(next);
        }
        true
    }

    /// Whether every byte leads from here to the dead state.
    fn is_last(&self, cache: &mut Cache, state: LazyStateID) -> bool {
        let dead = |byte| {
            self.twin
                .next_state(cache, state, byte)
                .is_ok_and(|next| next.is_dead())
        };
        self.bytes().all(dead)
    }

    /// One byte for every kind that the automaton tells apart.
    fn bytes(&self) -> impl Iterator<Item = u8> {
        self.dfa
            .byte_classes()
            .representatives(0..=u8::MAX)
            .filter_map(Unit::as_u8)
    }

    /// The lowest-numbered pattern that a match state stands for.
    pub(crate) fn pattern(&self, cache: &Cache, state: LazyStateID) -> Option<usize> {
        if !state.is_match() {
            return None;
        }
        let patterns = 0..self.dfa.match_len(cache, state);
        patterns
            .map(|index| self.dfa.match_pattern(cache, state, index).as_usize())
            .min()
    }
}
