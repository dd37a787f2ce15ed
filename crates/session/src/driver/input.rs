//! The driver's typing: one request's input after the other.

use std::time::{Instant, SystemTime};

use rejoinder_pty::Flush;

use super::Driver;
use crate::core::TypedInput;
use crate::error::{Error, ErrorKind};
use crate::request::{Typed, state_is};
use crate::typing::{Current, encode};

impl Driver {
    /// Starts on the next request that wants to type, if none is under way.
    pub(super) fn next_input(&mut self, now: Instant) {
        while self.typing.current.is_none() {
            let Some(queued) = self.typing.queue.pop_front() else {
                return;
            };
            let Some(input) = &queued.interact.input else {
                continue;
            };
            if input.expect_state.is_some() {
                self.look(now);
            }
            let bytes = self
                .may_type(input.expect_state.as_deref())
                .and_then(|()| encode(&input.parts, self.core.modes(), self.identity.mode));
            let bytes = match bytes {
                Ok(bytes) => bytes,
                Err(error) => {
                    self.reply(queued.token, Err(error));
                    continue;
                }
            };
            let deadline = now + input.timeout;
            // What the program has printed by now is no answer to what is typed next.
            self.take_pending(now);
            let typed = TypedInput {
                at: self.core.status().end,
                bytes,
                may_echo: self
                    .terminal_modes()
                    .is_some_and(|modes| modes.echo || !modes.canonical),
                typed: Typed { accepted: 0, of: 0 },
            };
            self.core.typing(now);
            self.typing.current = Some(Current::new(queued, typed, deadline));
            self.type_on(true);
        }
    }

    pub(super) fn may_type(&self, expected: Option<&str>) -> Result<(), Error> {
        let state = self.core.status().state;
        if self.core.is_exited() {
            return Err(Error::new(
                ErrorKind::Exited,
                format!("the program of session {} has ended", self.identity.name),
                "read what it left with read_output, or start a new session",
            ));
        }
        match expected {
            Some(expected) if !state_is(state, expected) => Err(Error::new(
                ErrorKind::WrongState,
                format!(
                    "session {} is {state}, not {expected}; nothing was typed",
                    self.identity.name
                ),
                "read_output shows what it is doing; wait for the state, or leave expect_state out",
            )),
            _ => Ok(()),
        }
    }

    /// Hands over as much of the current input as the terminal takes.
    pub(super) fn type_on(&mut self, open: bool) {
        let Some(current) = &mut self.typing.current else {
            return;
        };
        let mut finished = !open;
        while !finished && !current.is_done() {
            match self.input.try_flush(current.writer()) {
                Ok(Flush::Done) => {}
                Ok(Flush::WouldBlock) => return,
                Ok(Flush::Hangup) | Err(_) => finished = true,
            }
        }
        self.typed();
    }

    /// The current input is as far as it gets: goes on to the waiting.
    pub(super) fn typed(&mut self) {
        let now = Instant::now();
        if let Some(current) = self.typing.current.take() {
            let (token, interact, input) = current.finish();
            self.last_activity = SystemTime::now();
            self.witness.typed(input.typed.accepted, "agent", now);
            self.core.begin(token, interact, Some(input), now);
        }
        self.next_input(now);
    }
}
