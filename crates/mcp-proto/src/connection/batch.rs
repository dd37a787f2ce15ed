//! JSON-RPC batches, which 2025-03-26 alone has.
//!
//! The answers to a batch go out together, in one array, when the last of its requests is
//! answered or cancelled. Progress and log messages go out at once.

use std::collections::HashMap;

use super::outcome::Outgoing;

#[derive(Debug, Default)]
pub(super) struct Batches {
    open: HashMap<u64, Batch>,
    next: u64,
}

#[derive(Debug)]
struct Batch {
    /// Requests that aren't answered yet, and one more while the batch is still being read.
    waiting: usize,
    answers: Vec<u8>,
}

impl Batches {
    /// Opens a batch. It stays open until [`settle`](Self::settle) is called for it once more
    /// than [`expect`](Self::expect) was.
    pub(super) fn begin(&mut self) -> u64 {
        self.next += 1;
        let batch = Batch {
            waiting: 1,
            answers: Vec::new(),
        };
        self.open.insert(self.next, batch);
        self.next
    }

    /// Counts in a request whose answer will come later.
    pub(super) fn expect(&mut self, batch: u64) {
        if let Some(batch) = self.open.get_mut(&batch) {
            batch.waiting += 1;
        }
    }

    /// Takes an answer.
    pub(super) fn add(&mut self, batch: u64, answer: &[u8]) {
        let Some(batch) = self.open.get_mut(&batch) else {
            return;
        };
        batch.answers.push(match batch.answers.is_empty() {
            true => b'[',
            false => b',',
        });
        batch.answers.extend_from_slice(answer);
    }

    /// Counts out a request; returns the array when it was the last and anything was answered.
    pub(super) fn settle(&mut self, id: u64) -> Option<Outgoing> {
        let batch = self.open.get_mut(&id)?;
        batch.waiting -= 1;
        if batch.waiting > 0 {
            return None;
        }
        let mut answers = self.open.remove(&id)?.answers;
        if answers.is_empty() {
            return None;
        }
        answers.push(b']');
        Some(Outgoing::new(answers, None))
    }
}
