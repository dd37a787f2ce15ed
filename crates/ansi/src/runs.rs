//! From positions in stripped text back to raw offsets.

use crate::strip::Run;
use std::collections::VecDeque;

/// Which raw offset each byte of the stripped text came from.
#[derive(Debug, Clone, Default)]
pub struct OffsetMap {
    /// `(position in the text, raw offset)` where each run begins, in order.
    runs: VecDeque<(u64, u64)>,
    text_end: u64,
    raw_end: u64,
}

impl OffsetMap {
    /// A map of an empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next run of text.
    pub fn push(&mut self, run: Run<'_>) {
        if run.offset != self.raw_end || self.runs.is_empty() {
            self.runs.push_back((self.text_end, run.offset));
        }
        self.text_end += run.text.len() as u64;
        self.raw_end = run.offset + run.text.len() as u64;
    }
}
