//! What the pieces of an input are in bytes, in the terminal's present modes.

use std::collections::VecDeque;
use std::ops::Range;

use rejoinder_ansi::{Key, KeyCode, KeyModes, ModeTracker, Paste};
use rejoinder_pty::{InputKind, LineDiscipline, TerminalModes};
use zeroize::Zeroize;

use crate::error::{Error, ErrorKind};
use crate::redact::MASK;
use crate::request::InputPart;
use crate::state::Mode;

/// Some bytes of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// How many.
    pub(crate) bytes: usize,
    /// Text or keys.
    pub(crate) kind: InputKind,
    /// What stands before is a paste, which the program has to take first.
    pub(crate) confirm: bool,
}

/// The pieces of an input; their bytes stand apart, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Encoded {
    pub(crate) pieces: VecDeque<Piece>,
    /// How many bytes all pieces have.
    pub(crate) bytes: usize,
    /// Characters of pastes that were left out.
    pub(crate) left_out: u64,
    /// Where the secrets stand in the bytes.
    pub(crate) secrets: Vec<Range<usize>>,
}

impl Encoded {
    /// Overwrites the secrets among these bytes.
    pub(crate) fn wipe(&self, bytes: &mut [u8]) {
        wipe(bytes, &self.secrets);
    }
}

/// Overwrites what stands in these places by what it is shown as.
pub(crate) fn wipe(bytes: &mut [u8], secrets: &[Range<usize>]) {
    for place in secrets {
        bytes[place.clone()].zeroize();
        bytes[place.clone()].fill(MASK);
    }
}

/// The terminal as it is now.
pub(crate) struct Terminal<'a> {
    /// Terminal or pipes.
    pub(crate) mode: Mode,
    /// What the program's output has set.
    pub(crate) screen: &'a ModeTracker,
    /// What the program has set by system calls; `None` for pipes, and where
    /// the system does not say.
    pub(crate) line: Option<TerminalModes>,
}

/// The bytes that these pieces stand for.
pub(crate) fn encode(
    parts: &[InputPart],
    terminal: &Terminal<'_>,
) -> Result<(Vec<u8>, Encoded), Error> {
    let keys = match terminal.mode {
        Mode::Pty => terminal.screen.key_modes(),
        Mode::Pipe => KeyModes::default(),
    };
    let is_canonical = terminal.line.is_some_and(|modes| modes.canonical);
    // With room for all secrets, lest growing leaves a part of one behind.
    let room = parts.iter().map(InputPart::room).sum();
    let (mut bytes, mut encoded) = (Vec::with_capacity(room), Encoded::default());
    let mut pasted = false;
    for part in parts {
        let start = bytes.len();
        let mut kind = InputKind::Keys;
        let mut pastes = false;
        match part {
            InputPart::Text(text) => {
                kind = InputKind::Text;
                bytes.extend_from_slice(text);
            }
            InputPart::Secret(secret) => {
                kind = InputKind::Text;
                bytes.extend_from_slice(secret.value.as_bytes());
                encoded.secrets.push(start..bytes.len());
            }
            InputPart::Paste(text) => {
                kind = InputKind::Text;
                // A program that reads lines has nothing of a paste to take.
                pastes = terminal.mode == Mode::Pty && !is_canonical;
                let paste = Paste::new(text);
                encoded.left_out += paste.left_out() as u64;
                if terminal.screen.bracketed_paste() {
                    paste.bracketed(&mut bytes);
                } else if pastes {
                    paste.as_keys(&mut bytes);
                } else {
                    bytes.extend_from_slice(paste.text().as_bytes());
                }
            }
            InputPart::Key(key) => match key_of_line(*key, terminal.line.as_ref()) {
                Some(byte) => bytes.push(byte),
                None => key.encode(keys, &mut bytes).map_err(|error| {
                    Error::new(
                        ErrorKind::Unsupported,
                        format!("{error}; nothing was typed"),
                        "send a key that the program can tell apart, or its bytes as text",
                    )
                })?,
            },
            InputPart::Enter if terminal.mode == Mode::Pty => bytes.push(b'\r'),
            InputPart::Enter => bytes.push(b'\n'),
        }
        if bytes.len() > start {
            encoded.pieces.push_back(Piece {
                bytes: bytes.len() - start,
                kind,
                confirm: pasted,
            });
            pasted = pastes;
        }
    }
    encoded.bytes = bytes.len();
    if let Some(modes) = terminal.line.filter(|modes| modes.canonical)
        && let Err(error) = refuse_commands(&bytes, &encoded, &modes)
    {
        encoded.wipe(&mut bytes);
        return Err(error);
    }
    Ok((bytes, encoded))
}

/// The terminal's own character for a key that means a command to it, while it
/// edits lines: what a person who set `stty intr ^G` presses for `C-c`. Where
/// the program reads keys, a key is what its name says; many an editor moves
/// the interrupt character away to have `C-c` for itself.
fn key_of_line(key: Key, modes: Option<&TerminalModes>) -> Option<u8> {
    let modes = modes.filter(|modes| modes.canonical)?;
    let held = key.modifiers();
    if held.alt || held.shift {
        return None;
    }
    let signal = |character: Option<u8>| character.filter(|_| modes.isig);
    match (key.code(), held.ctrl) {
        (KeyCode::Char('c'), true) => signal(modes.vintr).or(Some(0x03)),
        (KeyCode::Char('\\'), true) => signal(modes.vquit).or(Some(0x1C)),
        (KeyCode::Char('z'), true) => signal(modes.vsusp).or(Some(0x1A)),
        (KeyCode::Char('d'), true) => modes.veof.or(Some(0x04)),
        (KeyCode::Backspace, false) => modes.verase.or(Some(0x7F)),
        _ => None,
    }
}

/// Refuses text that this terminal would act on and cannot be kept from it.
fn refuse_commands(bytes: &[u8], encoded: &Encoded, modes: &TerminalModes) -> Result<(), Error> {
    let discipline = LineDiscipline::new(modes);
    if discipline.quote().is_some() {
        return Ok(());
    }
    let mut start = 0;
    for piece in &encoded.pieces {
        let text = &bytes[start..start + piece.bytes];
        start += piece.bytes;
        let acts = |byte: &&u8| discipline.acts_on(**byte);
        let command = match piece.kind {
            InputKind::Text => text.iter().find(acts),
            InputKind::Keys => None,
        };
        if let Some(byte) = command {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "the text has byte 0x{byte:02x}, which is this terminal's {} character and cannot \
                     be quoted (its literal-next character is off); nothing was typed",
                    meaning(*byte, modes)
                ),
                "leave the byte out, or press it as a key (C-c, C-d) if that is what is meant",
            ));
        }
    }
    Ok(())
}

/// What a terminal in these modes does at this byte.
fn meaning(byte: u8, modes: &TerminalModes) -> &'static str {
    [
        (modes.vintr, "interrupt"),
        (modes.vquit, "quit"),
        (modes.vsusp, "suspend"),
        (modes.veof, "end-of-file"),
        (modes.veol, "end-of-line"),
        (modes.veol2, "end-of-line"),
        (modes.verase, "erase"),
        (modes.vwerase, "word-erase"),
        (modes.vkill, "kill-line"),
        (modes.vreprint, "reprint"),
        (modes.vstop, "stop-output"),
        (modes.vstart, "start-output"),
    ]
    .into_iter()
    .find(|(character, _)| *character == Some(byte))
    .map_or("control", |(_, meaning)| meaning)
}
