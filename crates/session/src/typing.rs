//! Input on its way to the program: one piece at a time, in order, each with
//! its own patience.

use std::collections::VecDeque;
use std::time::Instant;

use rejoinder_ansi::{KeyModes, ModeTracker, bracketed_paste};
use rejoinder_pty::CanonicalWriter;

use crate::core::{Token, TypedInput};
use crate::error::{Error, ErrorKind};
use crate::request::{InputPart, Interact, Typed};
use crate::state::Mode;

/// Requests with input that wait for their turn; one more is refused.
pub(crate) const MAX_QUEUED: usize = 256;

/// A request whose input has not been typed yet.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) token: Token,
    pub(crate) interact: Interact,
}

/// The request whose input is being typed.
pub(crate) struct Current {
    pub(crate) token: Token,
    pub(crate) interact: Interact,
    pub(crate) input: TypedInput,
    pub(crate) deadline: Instant,
    writer: CanonicalWriter,
    handed_over: usize,
}

impl Current {
    pub(crate) fn new(queued: Queued, input: TypedInput, deadline: Instant) -> Self {
        Self {
            token: queued.token,
            interact: queued.interact,
            input,
            deadline,
            writer: CanonicalWriter::new(),
            handed_over: 0,
        }
    }

    /// The writer, filled with as much of the input as it takes.
    pub(crate) fn writer(&mut self) -> &mut CanonicalWriter {
        let rest = &self.input.bytes[self.handed_over..];
        self.handed_over += self.writer.push(rest);
        &mut self.writer
    }

    /// Whether everything was handed to the terminal.
    pub(crate) fn is_done(&self) -> bool {
        self.handed_over == self.input.bytes.len() && self.writer.pending() == 0
    }

    /// The request and how far its typing came.
    pub(crate) fn finish(mut self) -> (Token, Interact, TypedInput) {
        let accepted = self.handed_over.saturating_sub(self.writer.pending());
        self.input.typed = Typed {
            accepted: accepted as u64,
            of: self.input.bytes.len() as u64,
        };
        (self.token, self.interact, self.input)
    }
}

/// The requests that want to type.
#[derive(Default)]
pub(crate) struct Typing {
    pub(crate) queue: VecDeque<Queued>,
    pub(crate) current: Option<Current>,
}

impl Typing {
    /// Drops the request with this token where nothing of it was typed yet; what
    /// is being typed is finished, so that no half line stays behind.
    pub(crate) fn forget(&mut self, token: Token) {
        self.queue.retain(|queued| queued.token != token);
    }
}

/// The bytes that these pieces stand for in the terminal's present modes.
pub(crate) fn encode(
    parts: &[InputPart],
    modes: &ModeTracker,
    mode: Mode,
) -> Result<Vec<u8>, Error> {
    let keys = match mode {
        Mode::Pty => modes.key_modes(),
        Mode::Pipe => KeyModes::default(),
    };
    let mut bytes = Vec::new();
    for part in parts {
        match part {
            InputPart::Text(text) => bytes.extend_from_slice(text),
            InputPart::Paste(text) if modes.bracketed_paste() => {
                bytes.extend(bracketed_paste(text.as_bytes()));
            }
            InputPart::Paste(text) => bytes.extend_from_slice(text.as_bytes()),
            InputPart::Key(key) => key.encode(keys, &mut bytes).map_err(|error| {
                Error::new(
                    ErrorKind::Unsupported,
                    format!("{error}; nothing was typed"),
                    "send a key that the program can tell apart, or its bytes as text",
                )
            })?,
            InputPart::Enter if mode == Mode::Pty => bytes.push(b'\r'),
            InputPart::Enter => bytes.push(b'\n'),
        }
    }
    Ok(bytes)
}
