//! Erasing, deleting and inserting, in a row and of rows.

use super::Page;
use crate::lines::row::Row;

/// Where an erasure begins and ends, seen from the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lines) enum Erase {
    ToEnd,
    ToStart,
    All,
}

impl Page {
    pub(in crate::lines) fn erase_in_line(&mut self, erase: Erase) {
        let (from, to) = match erase {
            Erase::ToEnd => (self.col, self.width),
            Erase::ToStart => (0, self.col + 1),
            Erase::All => (0, self.width),
        };
        self.erase(from, to);
    }

    pub(in crate::lines) fn erase_on_screen(&mut self, erase: Erase) {
        if erase != Erase::ToEnd {
            self.rows.range_mut(self.top..self.row).for_each(Row::clear);
        }
        if erase != Erase::ToStart {
            self.rows.truncate(self.row + 1);
        }
        self.erase_in_line(erase);
    }

    pub(in crate::lines) fn erase_columns(&mut self, count: usize) {
        self.erase(self.col, self.col.saturating_add(count));
    }

    /// Nothing is erased at a cursor that waits behind the last column. Some terminals take the
    /// last character then, but text is not lost here where terminals disagree.
    fn erase(&mut self, from: usize, to: usize) {
        if from < self.width {
            self.rows[self.row].erase(from, to);
        }
    }

    pub(in crate::lines) fn delete_columns(&mut self, count: usize) {
        self.rows[self.row].delete(self.col, self.col.saturating_add(count));
    }

    pub(in crate::lines) fn insert_columns(&mut self, count: usize) {
        self.rows[self.row].insert(self.col, count, self.width);
    }

    pub(in crate::lines) fn insert_rows(&mut self, count: usize) {
        let (first, last) = self.region();
        if (first..=last).contains(&self.row) {
            self.scroll_down(self.row, last, count);
            self.col = 0;
        }
    }

    pub(in crate::lines) fn delete_rows(&mut self, count: usize) {
        let (first, last) = self.region();
        if (first..=last).contains(&self.row) {
            self.scroll_up(self.row, last, count);
            self.col = 0;
        }
    }

    pub(in crate::lines) fn scroll_region_up(&mut self, count: usize) {
        let (first, last) = self.region();
        self.scroll_up(first, last, count);
    }

    pub(in crate::lines) fn scroll_region_down(&mut self, count: usize) {
        let (first, last) = self.region();
        self.scroll_down(first, last, count);
    }

    /// As a terminal just switched on, but for what has scrolled off.
    pub(in crate::lines) fn reset(&mut self) {
        self.region = None;
        self.autowrap = true;
        self.insert = false;
        self.saved = (0, 0);
        self.move_to_row(0);
        self.col = 0;
        self.erase_on_screen(Erase::All);
    }

    /// The rows `first` to `last` move up: the first ones are gone.
    pub(super) fn scroll_up(&mut self, first: usize, last: usize, count: usize) {
        let end = self.rows.len().min(last + 1);
        let count = count.min(end.saturating_sub(first));
        if count == 0 {
            return;
        }
        let rows = &mut self.rows.make_contiguous()[first..end];
        rows.rotate_left(count);
        rows[end - first - count..].iter_mut().for_each(Row::clear);
        self.unlink(first);
        self.unlink(end - count);
    }

    /// The rows `first` to `last` move down: the last ones are gone.
    pub(super) fn scroll_down(&mut self, first: usize, last: usize, count: usize) {
        if first >= self.rows.len() {
            // Nothing was ever written there.
            return;
        }
        // Below the last row that was used there is room.
        let count = count.min(last + 1 - first);
        let end = self
            .rows
            .len()
            .saturating_add(count)
            .min(last + 1)
            .max(self.rows.len());
        self.rows.resize_with(end, Row::default);
        let end = end.min(last + 1);
        let rows = &mut self.rows.make_contiguous()[first..end];
        let count = count.min(rows.len());
        rows.rotate_right(count);
        rows[..count].iter_mut().for_each(Row::clear);
        self.unlink(first);
        self.unlink(end);
        self.settle();
    }
}
