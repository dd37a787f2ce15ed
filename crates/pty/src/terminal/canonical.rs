//! The limit on a line typed in canonical mode, and the way around it.
//!
//! While a terminal is in canonical mode the kernel keeps what is typed until
//! the line ends, in a buffer of 4096 bytes; what exceeds it is dropped
//! without a word. The end-of-file character, typed after at least one byte
//! of a line, hands over that part and starts anew, and a program that reads
//! lines puts the parts together without noticing. Typed at the start of a
//! line it would mean the end of input, so that is never done here.
//!
//! What the kernel keeps of a line is not to be seen from outside, and the
//! program may throw it away at any time (`tcflush(3)`, a change of modes). So
//! the end-of-file character is typed only right behind bytes of the same
//! write, which the program had no time to throw away, and the last few bytes
//! of a line's room are kept for that.
//!
//! This file decides where to type it. It is pure: [`CanonicalWriter`] has
//! the queue and the terminal.
//!
//! [`CanonicalWriter`]: super::CanonicalWriter

use super::discipline::{Class, LineDiscipline};

/// The bytes of one line the kernel keeps besides its end: 4095 on Linux
/// (`N_TTY_BUF_SIZE` less one; `termios(3)`, "Canonical and noncanonical
/// mode"), 1024 on macOS and 255 elsewhere (`MAX_CANON` of `limits.h`).
pub const MAX_CANONICAL_LINE: usize = if cfg!(any(target_os = "linux", target_os = "android")) {
    4095
} else if cfg!(target_vendor = "apple") {
    1024 - 1
} else {
    255 - 1
};

/// What to type next.
///
/// # Example
/// ```
/// use rejoinder_pty::{CanonicalSplitter, Command, LineDiscipline, Segment};
///
/// let child = Command::new("cat").spawn()?;
/// let discipline = LineDiscipline::new(&child.leader.as_ref().unwrap().modes()?);
/// let whole = Segment { bytes: 3, end_of_file: None };
/// assert_eq!(CanonicalSplitter::default().next(&discipline, b"hi\n"), whole);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// So many of the pending bytes.
    pub bytes: usize,
    /// After them, at once, this end-of-file character.
    pub end_of_file: Option<u8>,
}

/// Follows what was typed and says where a long line is to be split.
///
/// It knows what went through it. To be right it has to see all input of its
/// terminal, and the discipline as it is when the bytes are written.
///
/// # Example
/// ```
/// use rejoinder_pty::{CanonicalSplitter, LineDiscipline, Command, MAX_CANONICAL_LINE};
///
/// let child = Command::new("cat").spawn()?;
/// let discipline = LineDiscipline::new(&child.leader.as_ref().unwrap().modes()?);
/// let line = vec![b'x'; 5000];
/// let mut splitter = CanonicalSplitter::default();
/// let first = splitter.next(&discipline, &line);
/// assert_eq!((first.bytes, first.end_of_file), (MAX_CANONICAL_LINE, Some(4)));
/// splitter.written(&discipline, &line[..first.bytes]);
/// splitter.end_of_file_written();
/// let second = splitter.next(&discipline, &line[first.bytes..]);
/// assert_eq!((second.bytes, second.end_of_file), (5000 - MAX_CANONICAL_LINE, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CanonicalSplitter {
    /// The line in the kernel has no fewer bytes than this.
    at_least: usize,
    /// The line in the kernel has no more bytes than this.
    at_most: usize,
    quoted: bool,
}

impl CanonicalSplitter {
    /// What to type next of `pending`, the bytes still to be typed: all of
    /// them, or as many as fit and an end-of-file character. Changes nothing:
    /// tell what was in fact taken by [`CanonicalSplitter::written`] and
    /// [`CanonicalSplitter::end_of_file_written`].
    #[must_use]
    pub fn next(&self, discipline: &LineDiscipline, pending: &[u8]) -> Segment {
        let whole = Segment {
            bytes: pending.len(),
            end_of_file: None,
        };
        let Some(end_of_file) = discipline.end_of_file() else {
            return whole;
        };
        let split = |bytes| Segment {
            bytes,
            end_of_file: Some(end_of_file),
        };
        let mut state = *self;
        let mut own = Self {
            quoted: self.quoted,
            ..Self::default()
        };
        // A full line whose split a short write has cut off is split first.
        let owed = self.at_most >= MAX_CANONICAL_LINE && self.at_least > 0 && !self.quoted;
        let mut places = Places {
            any: owed.then_some(0),
            between_characters: owed.then_some(0),
        };
        for (index, byte) in pending.iter().enumerate() {
            if own.is_splittable() {
                places.note(index, *byte);
            }
            state.step(discipline, *byte);
            own.step(discipline, *byte);
            if state.at_most == 0 {
                places = Places::default();
            }
            // A quoting character needs room for what it quotes.
            let needed = state.at_most + usize::from(state.quoted);
            if let (true, Some(place)) = (needed > MAX_CANONICAL_LINE, places.best()) {
                return split(place);
            }
        }
        if state.at_most > MAX_CANONICAL_LINE - RESERVE && own.is_splittable() {
            let unfinished = unfinished_character(pending);
            let kept = if own.at_least > unfinished {
                unfinished
            } else {
                0
            };
            return split(pending.len() - kept);
        }
        whole
    }

    /// How many of these bytes the kernel would drop, the line in it being
    /// what went through here: only where lines cannot be split, as the
    /// end-of-file character is switched off.
    pub(crate) fn dropped(
        &self,
        discipline: &LineDiscipline,
        classes: impl IntoIterator<Item = Class>,
    ) -> usize {
        if !discipline.is_canonical() || discipline.end_of_file().is_some() {
            return 0;
        }
        let (mut state, mut dropped) = (*self, 0);
        for class in classes {
            state.step_class(discipline, class);
            let excess = state.at_most.saturating_sub(MAX_CANONICAL_LINE);
            state.at_most -= excess;
            dropped += excess;
        }
        dropped
    }

    /// Whether an end-of-file character here hands over a part of a line, for
    /// sure, rather than ending the input.
    fn is_splittable(&self) -> bool {
        self.at_least > 0 && !self.quoted
    }

    /// Whether the next byte is taken literally, whatever it is.
    pub(crate) fn is_quoted(&self) -> bool {
        self.quoted
    }

    /// Takes note of bytes that were typed.
    pub fn written(&mut self, discipline: &LineDiscipline, bytes: &[u8]) {
        if !discipline.is_canonical() {
            // Nothing is kept where the program takes bytes as they come.
            *self = Self::default();
            return;
        }
        for byte in bytes {
            self.step(discipline, *byte);
        }
    }

    /// Takes note of an end-of-file character that [`CanonicalSplitter::next`]
    /// asked for and that was typed.
    pub fn end_of_file_written(&mut self) {
        *self = Self::default();
    }

    fn step(&mut self, discipline: &LineDiscipline, byte: u8) {
        self.step_class(discipline, discipline.class(byte));
    }

    fn step_class(&mut self, discipline: &LineDiscipline, mut class: Class) {
        if std::mem::take(&mut self.quoted) && class != Class::StoredTwice {
            class = Class::Stored;
        }
        match class {
            Class::Stored => self.add(1),
            Class::StoredTwice => self.add(2),
            Class::EndsLine | Class::EmptiesLine => *self = Self::default(),
            Class::ErasesCharacter => {
                let most = discipline.longest_character();
                self.at_least = self.at_least.saturating_sub(most);
                self.at_most = self.at_most.saturating_sub(1);
            }
            Class::ErasesWord => {
                self.at_least = 0;
                self.at_most = self.at_most.saturating_sub(1);
            }
            Class::Quotes => self.quoted = true,
            Class::Neutral => {}
        }
    }

    fn add(&mut self, bytes: usize) {
        self.at_least += bytes;
        self.at_most += bytes;
    }
}

/// Bytes of a line's room that are left free until more of the line comes in
/// the same write: as many as one step of a line takes at most, a character of
/// four bytes (RFC 3629).
const RESERVE: usize = 4;

/// Where the pending bytes may be split, the last such places.
#[derive(Clone, Copy, Default)]
struct Places {
    any: Option<usize>,
    /// Not inside a UTF-8 character, so that a program that looks at the
    /// parts sees whole characters.
    between_characters: Option<usize>,
}

impl Places {
    fn note(&mut self, index: usize, next: u8) {
        self.any = Some(index);
        if !continues_character(next) {
            self.between_characters = Some(index);
        }
    }

    /// In bytes that are no UTF-8, the last place of any kind.
    fn best(self) -> Option<usize> {
        let any = self.any?;
        let near = |place: &usize| any - place < 4;
        Some(self.between_characters.filter(near).unwrap_or(any))
    }
}

fn continues_character(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

/// How many bytes at the end are the beginning of a UTF-8 character.
fn unfinished_character(bytes: &[u8]) -> usize {
    (1..=bytes.len().min(3))
        .find(|length| {
            std::str::from_utf8(&bytes[bytes.len() - length..])
                .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        })
        .unwrap_or(0)
}

#[cfg(test)]
pub(super) mod tests;
