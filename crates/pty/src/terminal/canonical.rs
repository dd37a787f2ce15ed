//! The limit on a line typed in canonical mode, and the way around it.
//!
//! While a terminal is in canonical mode the kernel keeps what is typed until
//! the line ends, in a buffer of 4096 bytes; what exceeds it is dropped
//! without a word. The end-of-file character, typed after at least one byte
//! of a line, hands over that part and starts anew, and a program that reads
//! lines puts the parts together without noticing. Typed at the start of a
//! line it would mean the end of input, so that is never done here.
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
        let mut state = *self;
        for (index, byte) in pending.iter().enumerate() {
            let before = state;
            state.step(discipline, *byte);
            // A split after a quoting character would be quoted itself, and
            // one of a line that may be empty would end the input.
            let splittable = before.at_least > 0 && !before.quoted;
            // A quoting character needs room for what it quotes.
            let needed = state.at_most + usize::from(state.quoted);
            if needed > MAX_CANONICAL_LINE && splittable {
                let bytes = self.character_boundary(discipline, pending, index);
                return Segment {
                    bytes,
                    end_of_file: Some(end_of_file),
                };
            }
        }
        whole
    }

    /// Takes note of bytes that were typed.
    pub fn written(&mut self, discipline: &LineDiscipline, bytes: &[u8]) {
        if discipline.end_of_file().is_none() {
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
        let mut class = discipline.class(byte);
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

    /// The nearest place at or before `index` that is not inside a UTF-8
    /// character, so that a program that looks at the parts sees whole
    /// characters. In bytes that are no UTF-8, `index` itself.
    fn character_boundary(
        &self,
        discipline: &LineDiscipline,
        pending: &[u8],
        index: usize,
    ) -> usize {
        let continues = |byte: u8| byte & 0b1100_0000 == 0b1000_0000;
        let mut boundary = index;
        while index - boundary < 3 && boundary > 0 && continues(pending[boundary]) {
            boundary -= 1;
        }
        if boundary == index || continues(pending[boundary]) {
            return index;
        }
        // The character's first byte may have been the line's first.
        let mut state = *self;
        for byte in &pending[..boundary] {
            state.step(discipline, *byte);
        }
        match state.at_least > 0 && !state.quoted {
            true => boundary,
            false => index,
        }
    }
}

#[cfg(test)]
mod tests;
