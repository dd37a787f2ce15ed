//! From positions in stripped text back to raw offsets.

use crate::strip::Run;
use std::collections::VecDeque;

/// Remembers which raw offset each byte of a stripped text came from.
///
/// A search that runs over stripped text finds a match at a position of that text; the map turns
/// it into offsets of the raw stream. It costs 16 bytes for each removed sequence between
/// [`forget_before`](Self::forget_before) and the end, nothing for plain text.
///
/// # Example
/// ```
/// use rejoinder_ansi::{OffsetMap, Stripper};
///
/// let raw = b"\x1b[1mpass\x1b[0mword: ";
/// let (mut map, mut text) = (OffsetMap::new(), Vec::new());
/// Stripper::new().strip_runs(raw, |run| {
///     map.push(run);
///     text.extend_from_slice(run.text);
/// });
/// assert_eq!(text, b"password: ");
/// // The match 0..9 in the text stands in the raw bytes from the `p` to the colon.
/// assert_eq!((map.raw_start(0), map.raw_end(9)), (Some(4), Some(17)));
/// assert_eq!(map.text_len(), 10);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OffsetMap {
    /// Where each run begins, in order. Never two in a row without a gap in the raw stream.
    runs: VecDeque<RunStart>,
    /// Position after the last byte of the text.
    end: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RunStart {
    text: u64,
    raw: u64,
}

impl OffsetMap {
    /// A map of an empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next run of text.
    pub fn push(&mut self, run: Run<'_>) {
        let joins = self
            .runs
            .back()
            .is_some_and(|last| last.raw + (self.end - last.text) == run.offset);
        if !joins {
            self.runs.push_back(RunStart {
                text: self.end,
                raw: run.offset,
            });
        }
        self.end += run.text.len() as u64;
    }

    /// Length of the text so far, forgotten parts included.
    pub fn text_len(&self) -> u64 {
        self.end
    }

    /// Raw offset of the byte at `position` of the text; none where the text has not come so far
    /// or the position is forgotten.
    pub fn raw_start(&self, position: u64) -> Option<u64> {
        if position >= self.end {
            return None;
        }
        let after = self.runs.partition_point(|run| run.text <= position);
        let run = self.runs.get(after.checked_sub(1)?)?;
        Some(run.raw + (position - run.text))
    }

    /// Raw offset just after the byte before `position`: where a match that ends at `position`
    /// ends in the raw stream, before any sequence that follows it. None for position 0.
    pub fn raw_end(&self, position: u64) -> Option<u64> {
        Some(self.raw_start(position.checked_sub(1)?)? + 1)
    }

    /// Forgets what is known of positions before `position`, to keep the map small.
    ///
    /// # Example
    /// ```
    /// use rejoinder_ansi::{OffsetMap, Stripper};
    ///
    /// let mut map = OffsetMap::new();
    /// Stripper::new().strip_runs(b"one\x1b[0mtwo", |run| map.push(run));
    /// map.forget_before(4);
    /// assert_eq!((map.raw_start(3), map.raw_start(4)), (None, Some(8)));
    /// ```
    pub fn forget_before(&mut self, position: u64) {
        let after = self.runs.partition_point(|run| run.text <= position);
        self.runs.drain(..after.saturating_sub(1));
        if let Some(first) = self.runs.front_mut()
            && first.text < position
        {
            first.raw += position - first.text;
            first.text = position;
        }
    }
}
