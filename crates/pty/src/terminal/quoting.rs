//! Text among keys: which of the bytes to type are quoted, so that the terminal
//! takes them for bytes of the line (`VLNEXT`).
//!
//! It is pure: [`CanonicalWriter`](super::CanonicalWriter) has the queue.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::discipline::LineDiscipline;

/// Bytes of one kind that follow one another in the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) kind: InputKind,
    pub(super) bytes: usize,
}

/// What bytes to type are meant as.
///
/// # Example
/// ```
/// use rejoinder_pty::{CanonicalWriter, InputKind};
///
/// let mut writer = CanonicalWriter::new();
/// // An ETX that is part of a text, and then the key that interrupts.
/// writer.push_as(InputKind::Text, b"a\x03b\n");
/// writer.push_as(InputKind::Keys, b"\x03");
/// assert_eq!(writer.pending(), 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Keys: control characters act as they do at this terminal.
    Keys,
    /// Text: in canonical mode, control characters that the terminal would
    /// act on are quoted (`VLNEXT`), line ends excepted.
    Text,
}

/// The pending bytes, and what stands around those that are quoted.
pub(super) struct Quoting<'a> {
    pub(super) discipline: &'a LineDiscipline,
    pub(super) runs: &'a VecDeque<Run>,
    pub(super) pending: &'a [u8],
    /// The first byte has its quoting character already.
    pub(super) quoted: bool,
    /// Output is to be resumed first.
    pub(super) resume: bool,
}

/// What a write took of the pending bytes.
#[derive(Clone, Copy, Default)]
pub(super) struct Taken {
    pub(super) bytes: usize,
    pub(super) quoted: u64,
    /// It ended before output was resumed.
    pub(super) resume: bool,
}

impl Quoting<'_> {
    /// Whether each pending byte is a quoted one, and whether it needs the
    /// quoting character still.
    fn bytes(&self) -> impl Iterator<Item = (u8, bool, bool)> {
        let kinds = self
            .runs
            .iter()
            .flat_map(|run| std::iter::repeat_n(run.kind, run.bytes));
        let mut quoted = self.quoted;
        self.pending.iter().zip(kinds).map(move |(byte, kind)| {
            let done = quoted;
            let quotes = kind == InputKind::Text && self.discipline.acts_on(*byte);
            let needs_quote = quotes && !done;
            // The quoting character may also be pressed as a key.
            quoted = !done && !needs_quote && self.discipline.quote() == Some(*byte);
            (*byte, quotes, needs_quote)
        })
    }

    /// What to type.
    pub(super) fn typed(&self) -> Cow<'_, [u8]> {
        let acts = |byte: &u8| self.discipline.acts_on(*byte);
        let Some(quote) = self.discipline.quote() else {
            return Cow::Borrowed(self.pending);
        };
        if !self.resume && !self.pending.iter().any(acts) {
            return Cow::Borrowed(self.pending);
        }
        let mut typed = Vec::with_capacity(self.pending.len() + self.pending.len() / 8);
        typed.extend(self.discipline.start().filter(|_| self.resume));
        for (byte, quotes, needs_quote) in self.bytes() {
            typed.extend(needs_quote.then_some(quote));
            typed.push(byte);
            typed.extend(self.discipline.resume_after(byte).filter(|_| quotes));
        }
        Cow::Owned(typed)
    }

    /// What the first `count` bytes of [`Quoting::typed`] stand for. A quoting
    /// character alone stands for nothing.
    pub(super) fn taken(&self, count: usize) -> Taken {
        let mut taken = Taken::default();
        let first = self.discipline.start().filter(|_| self.resume);
        let mut seen = usize::from(first.is_some());
        taken.resume = seen > count;
        for (byte, quotes, needs_quote) in self.bytes() {
            seen += usize::from(needs_quote) + 1;
            if seen > count {
                break;
            }
            taken.bytes += 1;
            taken.quoted += u64::from(quotes);
            seen += usize::from(quotes && self.discipline.resume_after(byte).is_some());
            taken.resume = seen > count;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::canonical::tests::modes;
    use super::*;

    proptest! {
        /// Guards: however a write is cut, what is left to type goes on exactly
        /// where it ended, no byte is quoted twice, and output is resumed
        /// behind every quoted byte that may hold it.
        #[test]
        fn what_is_typed_does_not_depend_on_the_cuts(
            parts in vec((any::<bool>(), vec(prop_oneof![0..32_u8, Just(0x13), Just(0x16)], 1..6)), 1..6),
            cuts in vec(1..5_usize, 1..6),
        ) {
            let discipline = LineDiscipline::new(&modes());
            let bytes: Vec<u8> = parts.iter().flat_map(|(_, part)| part.clone()).collect();
            let mut runs: VecDeque<Run> = parts.iter().map(|(text, part)| Run {
                kind: if *text { InputKind::Text } else { InputKind::Keys },
                bytes: part.len(),
            }).collect();
            let whole = Quoting { discipline: &discipline, runs: &runs, pending: &bytes, quoted: false, resume: false };
            let expected = whole.typed().into_owned();
            let all = whole.taken(expected.len());
            if matches!(whole.typed(), Cow::Owned(_)) {
                prop_assert_eq!((all.bytes, all.resume), (bytes.len(), false));
            }

            let (mut typed, mut at, mut quoted, mut resume) = (Vec::new(), 0, false, false);
            let mut cuts = cuts.iter().cycle();
            while at < bytes.len() || resume {
                let rest = Quoting { discipline: &discipline, runs: &runs, pending: &bytes[at..], quoted, resume };
                let next = rest.typed().into_owned();
                let count = next.len().min(*cuts.next().unwrap());
                let taken = match rest.typed() {
                    Cow::Borrowed(_) => Taken { bytes: count, ..Taken::default() },
                    Cow::Owned(_) => rest.taken(count),
                };
                typed.extend_from_slice(&next[..count]);
                for byte in &next[..count] {
                    quoted = !quoted && Some(*byte) == discipline.quote();
                }
                resume = taken.resume;
                at += taken.bytes;
                let mut left = taken.bytes;
                while left > 0 {
                    let of_run = runs[0].bytes.min(left);
                    runs[0].bytes -= of_run;
                    left -= of_run;
                    if runs[0].bytes == 0 {
                        runs.pop_front();
                    }
                }
            }
            prop_assert_eq!(typed, expected);
        }
    }
}
