//! A session's state machine: output in, answers out, no clock and no system call.
//!
//! The driver feeds it what happens ([`Core::output`], [`Core::terminal`],
//! [`Core::exited`]) and what is asked ([`Core::begin`], [`Core::forget`]), calls
//! [`Core::handle_timeout`] when [`Core::poll_timeout`] says so, and takes
//! answers from [`Core::poll_answer`] until there are none.

use std::collections::VecDeque;
use std::time::Instant;

use rejoinder_ansi::ModeTracker;
use rejoinder_expect::{Edge, Offset, Ring};
use rejoinder_pty::ExitStatus;

use crate::answer::{Interacted, Typed};
use crate::error::Error;
use crate::readers::Readers;
use crate::request::{Interact, Read, SearchFrom};
use crate::search::Checked;
use crate::state::{State, Status};
use crate::wait::{Ended, Start, Waiter};
use crate::waiting::{Finding, Hint, LastLine, Look, Shown, Watch};

/// Names one request between the driver and the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Token(pub(crate) u64);

/// Input that was typed before a wait.
#[derive(Debug, Clone)]
pub(crate) struct TypedInput {
    /// Where the output stood when typing began.
    pub(crate) at: Offset,
    /// What was typed, to know its echo by.
    pub(crate) bytes: Vec<u8>,
    /// Whether the terminal or the program may echo it.
    pub(crate) may_echo: bool,
    /// How much of it the terminal took.
    pub(crate) typed: Typed,
}

/// What a wait's search went through, up to the end of its match.
struct Searched {
    from: Offset,
    to: Option<Offset>,
}

/// The state machine of one session.
#[derive(Debug)]
pub(crate) struct Core {
    ring: Ring,
    modes: ModeTracker,
    readers: Readers,
    waiters: Vec<Waiter>,
    answers: VecDeque<(Token, Result<Interacted, Error>)>,
    state: State,
    hint: Option<Hint>,
    watch: Watch,
    /// The shell has said that its prompt is shown, and nothing was printed or
    /// typed since.
    prompt_shown: bool,
    /// A command is run, which needs to know what the program does.
    is_watched: bool,
    /// Somebody wants to be told when the state changes.
    is_followed: bool,
    /// Where the output of the command that runs starts: what a line editor drew
    /// before that is no part of its last line.
    command_from: Offset,
}

impl Core {
    /// A core that has seen nothing yet.
    pub(crate) fn new(ring_bytes: usize) -> Self {
        Self {
            ring: Ring::with_window(ring_bytes),
            modes: ModeTracker::new(),
            readers: Readers::default(),
            waiters: Vec::new(),
            answers: VecDeque::new(),
            state: State::Starting,
            hint: None,
            watch: Watch::default(),
            prompt_shown: false,
            is_watched: false,
            is_followed: false,
            command_from: Offset::ZERO,
        }
    }

    /// What is left of a session that was lost: the end of its output, which
    /// starts at `start`, and the readers that it had.
    pub(crate) fn lost<'a>(
        ring_bytes: usize,
        start: Offset,
        output: &[u8],
        state: State,
        readers: impl Iterator<Item = (&'a str, Offset)>,
    ) -> Self {
        let mut core = Self::new(ring_bytes);
        core.ring = Ring::starting_at(start, ring_bytes);
        core.ring.push(output);
        core.state = state;
        for (reader, read) in readers {
            core.readers.has_read(reader, read.min(core.ring.end()));
        }
        core
    }

    /// The output that is kept.
    pub(crate) fn kept(&self) -> &[u8] {
        self.ring.as_bytes()
    }

    // ---- what happens

    /// Output of the program, in the order it was printed. Call
    /// [`Core::output_paused`] when no more is there for now.
    pub(crate) fn output(&mut self, bytes: &[u8], now: Instant) {
        if bytes.is_empty() {
            return;
        }
        self.ring.push(bytes);
        self.modes.push(bytes);
        self.watch.output(now);
        if self.state.is_exited() {
            self.watch.stop();
        } else {
            self.works();
        }
        self.scan(Edge::Live, now);
    }

    /// The shell with this name, if it is at its prompt, as it told in the output
    /// so far.
    pub(crate) fn set_prompt_shown(&mut self, shell: Option<&'static str>) {
        self.prompt_shown = shell.is_some();
        if let Some(shell) = shell
            && !self.state.is_exited()
        {
            self.state = State::Prompt;
            self.hint = Some(Hint::Shell(shell.to_owned()));
            self.watch.stop();
        }
    }

    /// A command has begun whose output starts there.
    pub(crate) fn set_command_from(&mut self, from: Offset) {
        self.command_from = from;
    }

    /// Whether the state is of interest though nobody waits for it.
    pub(crate) fn set_watched(&mut self, is_watched: bool, now: Instant) {
        self.is_watched = is_watched;
        if is_watched {
            self.watch.wanted(now);
        }
    }

    /// Whether somebody wants to be told when the state changes.
    pub(crate) fn set_followed(&mut self, is_followed: bool, now: Instant) {
        if is_followed && !self.is_followed {
            self.watch.wanted(now);
        }
        self.is_followed = is_followed;
    }

    /// Everything that had arrived was given to [`Core::output`].
    pub(crate) fn output_paused(&mut self, now: Instant) {
        self.scan(Edge::Drained, now);
        self.settle(now);
    }

    /// What a look at the program showed; `None` where nothing can be looked
    /// at.
    pub(crate) fn terminal(&mut self, look: Option<&Look>, now: Instant) {
        let Some(look) = look.filter(|_| !self.state.is_exited()) else {
            self.watch.stop();
            return;
        };
        if self.prompt_shown {
            self.watch.stop();
            self.settle(now);
            return;
        }
        let tail = self.ring.tail(LastLine::LOOKED_AT);
        let of_command = usize::try_from(self.ring.end() - self.command_from.min(self.ring.end()))
            .map_or(tail.len(), |length| length.min(tail.len()));
        let shown = Shown {
            tail: &tail[tail.len() - of_command..],
            alternate_screen: self.modes.alternate_screen(),
        };
        match self.watch.looked(look, shown, now) {
            Finding::Waiting(waiting, hint) => {
                self.state = State::Waiting(waiting);
                self.hint = hint;
            }
            Finding::Working => self.works(),
            Finding::Unsure => {}
        }
        self.settle(now);
    }

    /// The program has ended, and all its output was given to [`Core::output`].
    pub(crate) fn exited(&mut self, status: ExitStatus, now: Instant) {
        self.state = State::Exited(status);
        self.hint = None;
        self.watch.stop();
        self.scan(Edge::Eof, now);
        self.settle(now);
    }

    /// Input is about to be typed.
    pub(crate) fn typing(&mut self, now: Instant) {
        self.watch.typing(now);
        if self.state.is_waiting() {
            self.works();
        }
    }

    // ---- what is asked

    /// Begins the waiting and reading part of a request.
    pub(crate) fn begin(
        &mut self,
        token: Token,
        checked: Checked,
        typed: Option<TypedInput>,
        now: Instant,
    ) {
        let Checked { interact, patterns } = checked;
        let Interact { wait, read, .. } = interact;
        let Some(wait) = wait else {
            let answer = self.answer(None, read.as_ref(), typed.map(|input| input.typed));
            self.answers.push_back((token, Ok(answer)));
            return;
        };
        let position = self.readers.get(&wait.reader);
        let from = match (wait.from, &typed) {
            (SearchFrom::Offset(offset), _) => offset,
            (SearchFrom::Input, Some(input)) => input.at,
            (SearchFrom::Input, None) => self.ring.end(),
            (SearchFrom::LastMatch, _) => position.matched,
            (SearchFrom::Unread, _) => position.read.max(position.matched),
        };
        let unread_from = read
            .as_ref()
            .and_then(|read| read.since)
            .unwrap_or(position.read);
        let start = Start {
            from,
            unread_from,
            now,
        };
        let mut waiter = Waiter::new(token, wait, patterns.as_ref(), read, typed, start);
        let edge = if self.state.is_exited() {
            Edge::Eof
        } else {
            Edge::Drained
        };
        waiter.scan(&self.ring, edge, now);
        let wants_state = waiter.wants_state();
        self.waiters.push(waiter);
        if wants_state {
            self.watch.wanted(now);
        }
        self.settle(now);
    }

    /// Nobody wants the answer to this request any more.
    pub(crate) fn forget(&mut self, token: Token) {
        self.waiters.retain(|waiter| waiter.token() != token);
    }

    /// The next answer that is ready.
    pub(crate) fn poll_answer(&mut self) -> Option<(Token, Result<Interacted, Error>)> {
        self.answers.pop_front()
    }

    // ---- time

    /// When [`Core::handle_timeout`] or a look at the terminal is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let waits = self
            .waiters
            .iter()
            .filter_map(|waiter| waiter.poll_timeout(self.ring.end(), self.watch.last_output()));
        waits.chain(self.look_due()).min()
    }

    /// Ends the waits whose time has come.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        for waiter in &mut self.waiters {
            waiter.handle_timeout(&self.ring, now);
        }
        self.settle(now);
    }

    /// Whether the program should be looked at now; the result goes to
    /// [`Core::terminal`].
    pub(crate) fn wants_look(&self, now: Instant) -> bool {
        self.look_due().is_some_and(|due| due <= now)
    }

    /// Whether a second look right after this one would tell more.
    pub(crate) fn wants_second_look(&self) -> bool {
        self.watch.has_seen() && !self.state.is_waiting()
    }

    /// What is known of the program's waiting.
    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }

    // ---- what is known

    /// How things stand.
    pub(crate) fn status(&self) -> Status {
        Status {
            state: self.state,
            end: self.ring.end(),
            oldest: self.ring.start(),
            hint: self.hint.clone(),
        }
    }

    /// The modes that the program's output has set.
    pub(crate) fn modes(&self) -> &ModeTracker {
        &self.modes
    }

    /// The end of the output, so many bytes of it at most.
    pub(crate) fn tail(&self, bytes: usize) -> &[u8] {
        self.ring.tail(bytes)
    }

    /// Bytes that a reader has not read.
    pub(crate) fn unread(&self, reader: &str) -> u64 {
        self.ring.end() - self.readers.get(reader).read
    }

    /// Where each reader stands.
    pub(crate) fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Whether somebody waits.
    pub(crate) fn is_waited_for(&self) -> bool {
        !self.waiters.is_empty()
    }

    /// Whether the program has ended.
    pub(crate) fn is_exited(&self) -> bool {
        self.state.is_exited()
    }

    // ---- inside

    fn scan(&mut self, edge: Edge, now: Instant) {
        for waiter in &mut self.waiters {
            waiter.scan(&self.ring, edge, now);
        }
    }

    fn works(&mut self) {
        self.state = State::Running;
        self.hint = None;
    }

    /// A look costs a system call, so nothing is looked at while nobody waits
    /// for what it would show.
    fn look_due(&self) -> Option<Instant> {
        let is_wanted = self.is_watched || self.is_followed;
        if is_wanted || self.waiters.iter().any(Waiter::wants_state) {
            self.watch.due()
        } else {
            None
        }
    }

    /// Answers every wait that has come to its end.
    fn settle(&mut self, now: Instant) {
        let mut index = 0;
        while index < self.waiters.len() {
            let ended = self.waiters[index].ended(&Ended {
                ring: &self.ring,
                state: self.state,
                last_output: self.watch.last_output(),
                now,
            });
            let Some(by) = ended else {
                index += 1;
                continue;
            };
            let waiter = self.waiters.swap_remove(index);
            let done = waiter.into_parts();
            if let Some(matched) = &done.matched {
                let next = if done.take_match {
                    matched.end
                } else {
                    matched.start
                };
                self.readers.has_matched(&done.reader, next);
            }
            let searched = Searched {
                from: done.from,
                to: done.matched.as_ref().map(|matched| matched.end),
            };
            let mut answer = self.answer(Some(&searched), done.read.as_ref(), done.typed);
            answer.returned_by = Some(by);
            answer.matched = done.matched;
            self.answers.push_back((done.token, Ok(answer)));
        }
    }

    fn answer(
        &mut self,
        searched: Option<&Searched>,
        read: Option<&Read>,
        typed: Option<Typed>,
    ) -> Interacted {
        Interacted {
            typed,
            returned_by: None,
            matched: None,
            output: read.map(|read| self.read(read, searched)),
            status: self.status(),
            ended: None,
        }
    }

    /// When something was last printed or typed.
    pub(crate) fn last_event(&self) -> Option<Instant> {
        self.watch.last_event()
    }
}

mod output;

pub(crate) use output::first_lines;

#[cfg(test)]
mod tests;
