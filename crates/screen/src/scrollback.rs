//! The rows that left the top of the main screen.

use crate::packed::PackedRow;
use std::collections::VecDeque;

/// The most rows of scrollback that are kept; the oldest go first.
pub const MAX_SCROLLBACK_ROWS: usize = 1_000;

/// The most bytes that these rows take, in the form they are kept in; the oldest go first. Rows
/// of plain text of 80 columns reach the number of rows before this.
pub const MAX_SCROLLBACK_BYTES: usize = 192 * 1024;

/// Rows, oldest first, bounded in number and in bytes.
///
/// Which rows are kept depends on the last rows alone: the longest run of them that is within
/// both bounds.
#[derive(Debug, Default)]
pub(crate) struct Scrollback {
    rows: VecDeque<PackedRow>,
    bytes: usize,
}

impl Scrollback {
    pub(crate) fn push(&mut self, row: PackedRow) {
        self.bytes += cost(&row);
        self.rows.push_back(row);
        while self.rows.len() > MAX_SCROLLBACK_ROWS || self.bytes > MAX_SCROLLBACK_BYTES {
            let Some(oldest) = self.rows.pop_front() else {
                break;
            };
            self.bytes -= cost(&oldest);
        }
    }

    /// Forgets all rows and gives their memory back.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The last `count` rows, oldest first.
    pub(crate) fn last(&self, count: usize) -> impl Iterator<Item = &PackedRow> {
        self.rows.range(self.rows.len().saturating_sub(count)..)
    }
}

fn cost(row: &PackedRow) -> usize {
    row.size() + row.link_size()
}
