//! The driver's typing: one request's input after the other, by whoever may
//! type.

use std::time::{Duration, Instant, SystemTime};

use rejoinder_pty::{Flush, InputKind};

use super::Driver;
use super::secrets::Admission;
use crate::answer::Typed;
use crate::core::{Token, TypedInput};
use crate::encode::{Encoded, Terminal, encode};
use crate::error::{Error, ErrorKind};
use crate::lease::{Actor, InputRecord, Refused};
use crate::paste::{PasteGate, Unread};
use crate::request::{Interact, state_is};
use crate::search::Checked;
use crate::typing::{Current, MAX_QUEUED, Next, Queued};

impl Driver {
    /// Takes on a request to type, wait or read. Its patterns are compiled here,
    /// once, and before anything is typed.
    pub(super) fn interact(&mut self, token: Token, interact: Interact, now: Instant) {
        let checked = match Checked::new(interact) {
            Ok(checked) => checked,
            Err(error) => return self.reply(token, Err(error)),
        };
        let Some(input) = &checked.interact.input else {
            // Who waits for something else is told the state with the answer.
            if checked
                .interact
                .wait
                .as_ref()
                .is_none_or(|wait| wait.waiting)
            {
                self.look(now);
            }
            self.core.begin(token, checked, None, now);
            return;
        };
        if self.typing.queue.len() >= MAX_QUEUED {
            self.reply(token, Err(too_much_input()));
            return;
        }
        let actor = input.actor.clone().unwrap_or_else(|| self.agent());
        if actor.is_person() && !self.core.is_exited() {
            self.step_back_for(&actor, now);
        }
        self.typing.queue.push_back(Queued {
            token,
            checked,
            actor,
        });
        self.next_input(now);
    }

    /// Who types where nobody is named.
    pub(super) fn agent(&self) -> Actor {
        Actor::Agent(self.identity.owner.clone())
    }

    /// A person's keystroke does not wait behind what an agent is typing.
    fn step_back_for(&mut self, person: &Actor, now: Instant) {
        let took = self.lease.take(person, now);
        debug_assert!(took.is_ok(), "a person always may");
        self.secret_steps_back(person);
        let agent_types = self
            .typing
            .current
            .as_ref()
            .is_some_and(|current| !current.actor.is_person());
        if !agent_types {
            return;
        }
        if let Some(current) = self.typing.finish() {
            let Typed { accepted, of, .. } = current.input.typed;
            self.record(&current.actor, accepted);
            let error = Error::new(
                ErrorKind::HumanInControl,
                format!(
                    "{} began to type into session {} while this was typed; {accepted} of {of} bytes \
                     were",
                    person.name(),
                    self.identity.name
                ),
                WHILE_A_PERSON_TYPES,
            );
            self.reply(current.token, Err(error));
        }
    }

    /// Starts on the next request that wants to type, if none is under way.
    pub(super) fn next_input(&mut self, now: Instant) {
        while self.typing.current.is_none() {
            match self.admit_secret(now) {
                Admission::Go => {}
                Admission::Later => return,
                Admission::Refused(error) => {
                    if let Some(queued) = self.typing.queue.pop_front() {
                        self.reply(queued.token, Err(error));
                    }
                    continue;
                }
            }
            let Some(queued) = self.typing.queue.pop_front() else {
                return;
            };
            let Some(input) = &queued.checked.interact.input else {
                continue;
            };
            let timeout = input.timeout;
            if input.expect_state.is_some() {
                self.look(now);
            }
            let encoded = self
                .may_type(input.expect_state.as_deref())
                .and_then(|()| self.takes_input_from(&queued.actor, now))
                .and_then(|()| {
                    let terminal = Terminal {
                        mode: self.identity.mode,
                        screen: self.core.modes(),
                        line: self.terminal_modes(),
                    };
                    let (mut bytes, encoded) = encode(&input.parts, &terminal)?;
                    let fits = self.fits(&bytes, &encoded);
                    if let Err(error) = fits.and_then(|()| self.hide(&input.parts, now)) {
                        encoded.wipe(&mut bytes);
                        return Err(error);
                    }
                    Ok((bytes, encoded))
                });
            let (bytes, encoded) = match encoded {
                Ok(encoded) => encoded,
                Err(error) => {
                    self.reply(queued.token, Err(error));
                    continue;
                }
            };
            // What the program has printed by now is no answer to what is typed next.
            self.take_pending(now);
            self.release_output(now);
            let input = TypedInput {
                at: self.core.status().end,
                bytes,
                may_echo: self
                    .terminal_modes()
                    .is_some_and(|modes| modes.echo || !modes.canonical),
                typed: Typed::default(),
            };
            self.core.typing(now);
            self.tracker.typed();
            self.typing.begin(queued, input, encoded, now + timeout);
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

    /// Gives the input to this actor, unless a person keeps it.
    pub(super) fn takes_input_from(&mut self, actor: &Actor, now: Instant) -> Result<(), Error> {
        let name = &self.identity.name;
        self.lease.take(actor, now).map_err(|refused| {
            let Refused {
                person,
                typed_ago,
                free_in,
            } = refused;
            Error::new(
                ErrorKind::HumanInControl,
                format!(
                    "{person} is typing into session {name} and did so {} ago; nothing was typed. \
                     The input is free again when {person} leaves, or after {} without a keystroke",
                    seconds(typed_ago),
                    seconds(free_in),
                ),
                WHILE_A_PERSON_TYPES,
            )
        })
    }

    /// Refuses a line that the terminal would drop the end of.
    fn fits(&self, bytes: &[u8], encoded: &Encoded) -> Result<(), Error> {
        let Some(modes) = self.terminal_modes() else {
            return Ok(());
        };
        let mut rest = bytes;
        let pieces: Vec<(InputKind, &[u8])> = encoded
            .pieces
            .iter()
            .map(|piece| {
                let (these, after) = rest.split_at(piece.bytes);
                rest = after;
                (piece.kind, these)
            })
            .collect();
        match self.typing.writer.would_drop(&modes, pieces) {
            0 => Ok(()),
            dropped => Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "a line of the text is {dropped} bytes longer than this terminal keeps \
                     ({} bytes, and its end-of-file character is off); nothing was typed",
                    rejoinder_pty::MAX_CANONICAL_LINE
                ),
                "type shorter lines, or have the program read the text from a file",
            )),
        }
    }

    /// Hands over as much of the current input as the terminal takes.
    pub(super) fn type_on(&mut self, open: bool) {
        let mut finished = !open;
        while !finished && self.typing.current.is_some() {
            match self.typing.feed() {
                Next::Done => finished = true,
                Next::Confirm if !self.is_paste_taken() => return,
                Next::Confirm => self.typing.open_gate(),
                Next::Write => match self.flush_input() {
                    Ok(Flush::Done) => self.typing.is_clogged = false,
                    // The rest would be typed later, when echo may be on again.
                    Ok(Flush::WouldBlock) if self.typing.types_secret() => finished = true,
                    Ok(Flush::WouldBlock) => {
                        self.typing.hold_up();
                        return;
                    }
                    Ok(Flush::Hangup) | Err(_) => finished = true,
                },
            }
        }
        self.typed();
    }

    /// Hands what was typed to the terminal, as far as it takes it.
    pub(super) fn flush_input(&mut self) -> std::io::Result<Flush> {
        match &self.input {
            Some(input) => input.try_flush(&mut self.typing.writer),
            None => Ok(Flush::Hangup),
        }
    }

    /// Whether the program has taken the paste that was typed last.
    fn is_paste_taken(&mut self) -> bool {
        let now = Instant::now();
        self.take_pending(now);
        let end = self.core.status().end;
        let leader = self.leader.as_ref().map(|leader| leader.leader().clone());
        let Some(gate) = self.typing.gate(|| PasteGate::new(end, now)) else {
            return true;
        };
        if now < gate.poll_timeout() {
            return false;
        }
        let unread = leader.and_then(|leader| leader.unread_input().ok());
        gate.look(unread.map_or(Unread::Unknown, Unread::Bytes), end, now)
    }

    /// Goes on with the typing where time has passed that matters to it.
    pub(super) fn typing_timeout(&mut self, now: Instant) {
        if self.typing.wants_secret_look(now) {
            self.next_input(now);
        }
        if self.typing.is_overdue(now) {
            self.typed();
        } else if self.typing.wants_confirmation(now) {
            self.type_on(true);
        }
    }

    /// The current input is as far as it gets: goes on to the waiting.
    pub(super) fn typed(&mut self) {
        let now = Instant::now();
        if let Some(current) = self.typing.finish() {
            let Current {
                token,
                checked,
                actor,
                input,
                was_held_up,
                ..
            } = current;
            self.last_activity = SystemTime::now();
            self.record(&actor, input.typed.accepted);
            self.witness.typed(input.typed.accepted, actor.name(), now);
            if was_held_up {
                // What the program did meanwhile is no answer to the end of it.
                self.core.typing(now);
            }
            self.core.begin(token, checked, Some(input), now);
        }
        self.next_input(now);
    }

    /// Remembers who typed how much.
    pub(super) fn record(&mut self, actor: &Actor, bytes: u64) {
        if bytes > 0 {
            self.journal.note(InputRecord {
                at: SystemTime::now(),
                actor: actor.clone(),
                bytes,
            });
        }
    }
}

/// What an agent can do when it may not type.
pub(super) const WHILE_A_PERSON_TYPES: &str = "read or wait with read_output, which is always possible, and try again later; ask the person \
     if it is urgent";

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64().round())
}

fn too_much_input() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("{MAX_QUEUED} requests are already waiting to type into this session"),
        "wait for their answers first",
    )
}
