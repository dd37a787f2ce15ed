//! Input on its way to the program: one piece at a time, in order, each with
//! its own patience.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Instant;

use rejoinder_pty::{CanonicalWriter, InputKind};

use crate::answer::Typed;
use crate::core::{Token, TypedInput};
use crate::driver::SecretGate;
use crate::encode::{Encoded, Piece, wipe};
use crate::lease::Actor;
use crate::paste::PasteGate;
use crate::search::Checked;

/// Requests with input that wait for their turn; one more is refused.
pub(crate) const MAX_QUEUED: usize = 256;

/// A request whose input has not been typed yet.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) token: Token,
    pub(crate) checked: Checked,
    pub(crate) actor: Actor,
}

/// The request whose input is being typed.
pub(crate) struct Current {
    pub(crate) token: Token,
    pub(crate) checked: Checked,
    pub(crate) actor: Actor,
    pub(crate) input: TypedInput,
    pub(crate) deadline: Instant,
    /// What is not handed to the writer yet.
    pieces: VecDeque<Piece>,
    handed_over: usize,
    /// Where its secrets stand.
    secrets: Vec<Range<usize>>,
    gate: Option<PasteGate>,
    /// Its typing took longer than one write.
    pub(crate) was_held_up: bool,
}

/// The requests that want to type, and the writer that all input goes through.
#[derive(Default)]
pub(crate) struct Typing {
    pub(crate) queue: VecDeque<Queued>,
    pub(crate) current: Option<Current>,
    /// The next input has a secret whose time has not come.
    pub(crate) gate_of_secret: Option<SecretGate>,
    /// One for the session's life: it has to know what was typed of a line.
    pub(crate) writer: CanonicalWriter,
    /// The terminal had no room when something was typed last.
    pub(crate) is_clogged: bool,
}

/// What the current input needs next.
pub(crate) enum Next {
    /// Room in the terminal.
    Write,
    /// To know that the program has taken a paste.
    Confirm,
    /// Nothing: all of it was handed over.
    Done,
}

impl Typing {
    /// Begins a request's input.
    pub(crate) fn begin(
        &mut self,
        mut queued: Queued,
        input: TypedInput,
        encoded: Encoded,
        deadline: Instant,
    ) {
        let typed = Typed {
            // Until the end these are the counts to reckon from.
            accepted: self.writer.sent(),
            of: encoded.bytes as u64,
            quoted: self.writer.quoted(),
            left_out: encoded.left_out,
        };
        // It can be large, and its bytes are what counts from here on.
        queued.checked.interact.input = None;
        self.current = Some(Current {
            token: queued.token,
            checked: queued.checked,
            actor: queued.actor,
            input: TypedInput { typed, ..input },
            deadline,
            pieces: encoded.pieces,
            handed_over: 0,
            secrets: encoded.secrets,
            gate: None,
            was_held_up: false,
        });
    }

    /// Gives the writer as much of the current input as it takes, and says what
    /// is needed next.
    pub(crate) fn feed(&mut self) -> Next {
        let Some(current) = &mut self.current else {
            return Next::Done;
        };
        while let Some(piece) = current.pieces.front_mut().filter(|piece| !piece.confirm) {
            let rest = &current.input.bytes[current.handed_over..][..piece.bytes];
            let count = self.writer.push_as(piece.kind, rest);
            current.handed_over += count;
            piece.bytes -= count;
            if piece.bytes > 0 {
                break;
            }
            current.pieces.pop_front();
        }
        match (self.writer.pending(), current.pieces.is_empty()) {
            (1.., _) => Next::Write,
            (0, false) => Next::Confirm,
            (0, true) => Next::Done,
        }
    }

    /// Types a key that belongs to no request.
    pub(crate) fn press(&mut self, bytes: &[u8]) {
        self.writer.push_as(InputKind::Keys, bytes);
    }

    /// The gate that the current input has come to.
    pub(crate) fn gate(&mut self, new: impl FnOnce() -> PasteGate) -> Option<&mut PasteGate> {
        let current = self.current.as_mut()?;
        Some(current.gate.get_or_insert_with(new))
    }

    /// The program has taken the paste.
    pub(crate) fn open_gate(&mut self) {
        if let Some(current) = &mut self.current {
            current.gate = None;
            current.was_held_up = true;
            if let Some(piece) = current.pieces.front_mut() {
                piece.confirm = false;
            }
        }
    }

    /// The terminal has no room for the rest of the current input.
    pub(crate) fn hold_up(&mut self) {
        self.is_clogged = true;
        if let Some(current) = &mut self.current {
            current.was_held_up = true;
        }
    }

    /// The current request, and how far its typing came; what is left of it is
    /// dropped.
    pub(crate) fn finish(&mut self) -> Option<Current> {
        let mut current = self.current.take()?;
        self.writer.clear();
        if !current.secrets.is_empty() {
            self.writer.wipe();
            // What is kept of it is what its echo looks like.
            wipe(&mut current.input.bytes, &current.secrets);
        }
        let typed = &mut current.input.typed;
        typed.accepted = self.writer.sent() - typed.accepted;
        typed.quoted = self.writer.quoted() - typed.quoted;
        Some(current)
    }

    /// Whether the current input has a secret.
    pub(crate) fn types_secret(&self) -> bool {
        let current = self.current.as_ref();
        current.is_some_and(|current| !current.secrets.is_empty())
    }

    /// Whether something waits for room in the terminal.
    pub(crate) fn wants_room(&self) -> bool {
        self.current.is_some() && self.writer.pending() > 0
    }

    /// When the current input has to be looked at, though nothing happens.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let Some(current) = &self.current else {
            return self.gate_of_secret.as_ref().map(SecretGate::poll_timeout);
        };
        let gate = current.gate.as_ref().map(PasteGate::poll_timeout);
        Some(gate.map_or(current.deadline, |at| at.min(current.deadline)))
    }

    /// Whether the current input's patience is over.
    pub(crate) fn is_overdue(&self, now: Instant) -> bool {
        let current = self.current.as_ref();
        current.is_some_and(|current| current.deadline <= now)
    }

    /// Whether it is time to look whether a secret may be typed.
    pub(crate) fn wants_secret_look(&self, now: Instant) -> bool {
        let gate = self.gate_of_secret.as_ref();
        self.current.is_none() && gate.is_some_and(|gate| gate.poll_timeout() <= now)
    }

    /// Whether it is time to look whether a paste was taken.
    pub(crate) fn wants_confirmation(&self, now: Instant) -> bool {
        let gate = self
            .current
            .as_ref()
            .and_then(|current| current.gate.as_ref());
        gate.is_some_and(|gate| gate.poll_timeout() <= now)
    }

    /// Drops the request with this token where nothing of it was typed yet; what
    /// is being typed is finished, so that no half line stays behind.
    pub(crate) fn forget(&mut self, token: Token) {
        self.queue.retain(|queued| queued.token != token);
    }
}
