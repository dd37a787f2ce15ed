//! Where the cursor goes, and the geometry that bounds it.

use super::Page;
use crate::lines::MAX_RECENT_LINES;
use crate::lines::row::{tab_stop, tab_stop_before};

impl Page {
    /// Up, at most to the top of the scrolling region if the cursor is not above it.
    pub(in crate::lines) fn up(&mut self, count: usize) {
        let (first, _) = self.region();
        let highest = match (self.region, self.height_is_known) {
            (Some(_), _) if self.row >= first => first,
            (_, true) => self.top,
            (_, false) => 0,
        };
        self.row = self.row.saturating_sub(count).max(highest);
        if self.row < self.top {
            // So the screen is taller than it was taken for.
            self.top = self.row;
            self.height = self.height.max(self.rows.len() - self.top);
        }
        self.leave_margin();
    }

    /// Down, at most to the bottom of the scrolling region if the cursor is not below it.
    pub(in crate::lines) fn down(&mut self, count: usize) {
        let (_, last) = self.region();
        let lowest = if self.row <= last {
            last
        } else {
            self.screen_end() - 1
        };
        self.row = self.row.saturating_add(count).min(lowest);
        self.make_row(self.row);
        self.leave_margin();
    }

    pub(in crate::lines) fn left(&mut self, count: usize) {
        self.leave_margin();
        self.col = self.col.saturating_sub(count);
    }

    pub(in crate::lines) fn right(&mut self, count: usize) {
        self.leave_margin();
        self.move_to_column(self.col.saturating_add(count));
    }

    /// To a column, counted from 0.
    pub(in crate::lines) fn move_to_column(&mut self, col: usize) {
        self.col = col.min(self.width - 1);
    }

    /// To a row of the screen, counted from 0.
    pub(in crate::lines) fn move_to_row(&mut self, row: usize) {
        self.learn_height(row + 1);
        self.row = self.top + row.min(self.height - 1);
        self.make_row(self.row);
        self.leave_margin();
    }

    pub(in crate::lines) fn forward_tabs(&mut self, count: usize) {
        for _ in 0..count.min(self.width) {
            self.move_to_column(tab_stop(self.col));
        }
    }

    pub(in crate::lines) fn backward_tabs(&mut self, count: usize) {
        self.leave_margin();
        for _ in 0..count.min(self.width) {
            self.col = tab_stop_before(self.col);
        }
    }

    pub(in crate::lines) fn save_cursor(&mut self) {
        self.saved = (self.row - self.top, self.col);
    }

    pub(in crate::lines) fn restore_cursor(&mut self) {
        let (row, col) = self.saved;
        self.move_to_row(row);
        self.col = col.min(self.width);
    }

    /// Rows `first` to `last` of the screen, counted from 0, scroll on their own from now on.
    pub(in crate::lines) fn set_region(&mut self, first: usize, last: Option<usize>) {
        if let Some(last) = last {
            self.learn_height(last + 1);
        }
        let end = self.height - 1;
        let last = last.map_or(end, |last| last.min(end));
        if first < last {
            self.region = (first > 0 || last < end).then_some((first, last));
            self.move_to_row(0);
            self.col = 0;
        }
    }

    /// Up one row; at the top of the scrolling region its rows move down.
    pub(in crate::lines) fn reverse_line_feed(&mut self) {
        let (first, last) = self.region();
        let is_top = self.height_is_known || self.region.is_some() || first == 0;
        if self.row == first && is_top {
            self.scroll_down(first, last, 1);
        } else {
            self.up(1);
        }
    }

    /// Rows of the scrolling region, first and last.
    pub(super) fn region(&self) -> (usize, usize) {
        let (first, last) = self.region.unwrap_or((0, self.height - 1));
        (self.top + first, self.top + last)
    }

    /// Index after the screen's last row.
    pub(super) fn screen_end(&self) -> usize {
        self.top + self.height
    }

    /// A program that addresses a row knows that it is there.
    fn learn_height(&mut self, height: usize) {
        if !self.height_is_known && height <= MAX_RECENT_LINES {
            self.height = self.height.max(height);
        }
    }

    /// The cursor that waits behind the last column is on it for everything but printing.
    pub(super) fn leave_margin(&mut self) {
        self.col = self.col.min(self.width - 1);
    }
}
