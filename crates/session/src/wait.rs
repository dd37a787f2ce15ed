//! One wait: its conditions, its search, and the moment it ends.

use std::time::Instant;

use rejoinder_expect::{Edge, Offset, PatternSet, Ring};

use crate::answer::{Matched, ReturnedBy, Typed};
use crate::core::{Token, TypedInput};
use crate::request::{Pause, Read, Wait};
use crate::search::OutputSearch;
use crate::state::State;

/// A wait in progress.
#[derive(Debug)]
pub(crate) struct Waiter {
    token: Token,
    wait: Wait,
    read: Option<Read>,
    typed: Option<TypedInput>,
    search: Option<OutputSearch>,
    matched: Option<Matched>,
    from: Offset,
    /// Output from here on counts as new to the caller.
    unread_from: Offset,
    started: Instant,
    deadline: Instant,
    timed_out: bool,
}

/// Where and when a wait begins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    /// Where its search begins.
    pub(crate) from: Offset,
    /// Output from here on is new to the caller.
    pub(crate) unread_from: Offset,
    pub(crate) now: Instant,
}

/// What the end of a wait depends on.
pub(crate) struct Ended<'a> {
    pub(crate) ring: &'a Ring,
    pub(crate) state: State,
    pub(crate) last_output: Option<Instant>,
    pub(crate) now: Instant,
}

/// What is left of a wait when it has ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) token: Token,
    pub(crate) reader: String,
    pub(crate) take_match: bool,
    pub(crate) read: Option<Read>,
    pub(crate) typed: Option<Typed>,
    pub(crate) matched: Option<Matched>,
    /// Where the search began.
    pub(crate) from: Offset,
}

impl Waiter {
    /// Begins a wait for these patterns.
    pub(crate) fn new(
        token: Token,
        wait: Wait,
        patterns: Option<&PatternSet>,
        read: Option<Read>,
        typed: Option<TypedInput>,
        start: Start,
    ) -> Self {
        let Start {
            from,
            unread_from,
            now,
        } = start;
        let echo = typed
            .as_ref()
            .filter(|input| input.at == from && input.may_echo)
            .map(|input| input.bytes.as_slice());
        let search = patterns.map(|patterns| OutputSearch::new(patterns, from, echo));
        // What was typed counts as read from: only the answer to it is new.
        let unread_from = typed.as_ref().map_or(unread_from, |input| input.at);
        Self {
            token,
            started: now,
            deadline: now + wait.timeout,
            wait,
            read,
            typed,
            search,
            matched: None,
            from,
            unread_from,
            timed_out: false,
        }
    }

    pub(crate) fn token(&self) -> Token {
        self.token
    }

    /// Whether the terminal's modes matter to this wait.
    pub(crate) fn wants_state(&self) -> bool {
        self.wait.waiting
    }

    /// Looks at the output that has come since the last look.
    pub(crate) fn scan(&mut self, ring: &Ring, edge: Edge, now: Instant) {
        if let (Some(search), None) = (&mut self.search, &self.matched) {
            self.matched = search.advance(ring, edge, now);
        }
    }

    /// When this wait has to be looked at again, though nothing happens.
    pub(crate) fn poll_timeout(
        &self,
        end: Offset,
        last_output: Option<Instant>,
    ) -> Option<Instant> {
        let idle = self.idle_at(end, last_output);
        let search = self.search.as_ref().and_then(OutputSearch::poll_timeout);
        [Some(self.deadline), idle, search]
            .into_iter()
            .flatten()
            .min()
    }

    pub(crate) fn handle_timeout(&mut self, ring: &Ring, now: Instant) {
        self.scan(ring, Edge::Drained, now);
        self.timed_out = now >= self.deadline;
    }

    /// The first condition that holds, in the order of their weight.
    pub(crate) fn ended(&self, at: &Ended<'_>) -> Option<ReturnedBy> {
        let has_output = at.ring.end() > self.unread_from;
        if self.matched.is_some() {
            return Some(ReturnedBy::Match);
        }
        if at.state.is_exited() {
            return Some(ReturnedBy::Exit);
        }
        if self.wait.waiting && at.state.is_waiting() {
            return Some(ReturnedBy::Waiting);
        }
        if self.wait.output && has_output {
            return Some(ReturnedBy::Output);
        }
        let idle_at = self.idle_at(at.ring.end(), at.last_output);
        if idle_at.is_some_and(|idle_at| at.now >= idle_at) {
            return Some(ReturnedBy::Idle);
        }
        self.timed_out.then_some(ReturnedBy::Timeout)
    }

    /// When the output will have paused for long enough if nothing comes.
    fn idle_at(&self, end: Offset, last_output: Option<Instant>) -> Option<Instant> {
        match self.wait.idle? {
            Pause::AfterOutput(quiet) if end > self.unread_from => Some(last_output? + quiet),
            Pause::AfterOutput(_) => None,
            Pause::Quiet(quiet) => {
                Some(last_output.map_or(self.started, |at| at.max(self.started)) + quiet)
            }
        }
    }

    pub(crate) fn into_parts(self) -> Done {
        Done {
            token: self.token,
            reader: self.wait.reader,
            take_match: self.wait.take_match,
            read: self.read,
            typed: self.typed.map(|input| input.typed),
            matched: self.matched,
            from: self.from,
        }
    }
}
