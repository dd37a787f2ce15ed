//! A page: the rows that can still change, and the cursor among them.

use super::row::{Row, tab_stop, tab_stop_before, width_of};
use super::{MAX_COLUMNS, MAX_RECENT_LINES};
use std::collections::VecDeque;

/// Rows of a terminal whose size is not known (DEC VT100, and what every emulator starts with).
const USUAL_HEIGHT: usize = 24;

/// Rows, oldest first; the last `height` of them, from `top` on, are the screen.
#[derive(Debug, Clone)]
pub(super) struct Page {
    rows: VecDeque<Row>,
    /// The cursor. A column equal to `width` means that the next character wraps.
    row: usize,
    col: usize,
    width: usize,
    /// Rows of the screen, and whether that is known or learned from what the program does.
    height: usize,
    height_is_known: bool,
    /// Index of the screen's first row. Never more than `row`.
    top: usize,
    /// First and last row of the scrolling region, counted from `top`, where one is set.
    region: Option<(usize, usize)>,
    saved: (usize, usize),
    autowrap: bool,
    insert: bool,
    last: Option<char>,
    /// Rows that scroll off the screen stay until they are too many, then they are settled.
    has_history: bool,
    /// Text of the rows that nothing can change any more.
    settled: String,
}

/// Where an erasure begins and ends, seen from the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Erase {
    ToEnd,
    ToStart,
    All,
}

impl Page {
    pub(super) fn new(cols: Option<usize>, rows: Option<usize>, has_history: bool) -> Self {
        Self {
            rows: VecDeque::from([Row::default()]),
            row: 0,
            col: 0,
            width: cols.map_or(MAX_COLUMNS, |cols| cols.clamp(1, MAX_COLUMNS)),
            height: rows.map_or(USUAL_HEIGHT, |rows| rows.clamp(1, MAX_RECENT_LINES)),
            height_is_known: rows.is_some(),
            top: 0,
            region: None,
            saved: (0, 0),
            autowrap: true,
            insert: false,
            last: None,
            has_history,
            settled: String::new(),
        }
    }

    /// Moves the text that nothing can change any more to the end of `out`.
    pub(super) fn drain_settled(&mut self, out: &mut String) {
        out.push_str(&self.settled);
        self.settled.clear();
    }

    /// Appends the text of the rows, without blank ones below the cursor and the last text.
    pub(super) fn write_to(&self, out: &mut String) {
        let seen = self
            .rows
            .iter()
            .rposition(|row| !row.is_blank())
            .unwrap_or(0);
        for (n, row) in self.rows.iter().take(seen.max(self.row) + 1).enumerate() {
            if n > 0 && !self.rows[n - 1].wrapped {
                out.push('\n');
            }
            row.write_to(if n == self.row { self.col } else { 0 }, out);
        }
    }

    /// Text and the control characters `\b \t \n \r`.
    pub(super) fn print(&mut self, mut text: &str) {
        while !text.is_empty() {
            let end = text
                .bytes()
                .position(|byte| byte < 0x20)
                .unwrap_or(text.len());
            let (run, rest) = text.split_at(end);
            self.print_run(run);
            text = match rest.chars().next() {
                Some(control) => {
                    self.control(control);
                    &rest[1..]
                }
                None => rest,
            };
        }
    }

    fn control(&mut self, control: char) {
        match control {
            '\n' => self.new_line(),
            '\r' => self.col = 0,
            '\x08' => self.left(1),
            _ => self.tab(),
        }
    }

    fn print_run(&mut self, run: &str) {
        if !run.is_ascii() || self.insert {
            return run.chars().for_each(|character| self.put(character));
        }
        let mut run = run;
        while let Some(last) = run.chars().next_back() {
            if self.col < self.width && self.rows[self.row].appends_at(self.col) {
                let (now, later) = run.split_at(run.len().min(self.width - self.col));
                self.rows[self.row].append_ascii(now);
                self.col += now.len();
                self.last = Some(last);
                run = later;
            } else {
                let (first, later) = run.split_at(1);
                first.chars().for_each(|character| self.put(character));
                run = later;
            }
        }
    }

    fn put(&mut self, character: char) {
        let columns = width_of(character).min(self.width);
        if columns == 0 {
            return self.rows[self.row].mark(self.col, character);
        }
        if self.col + columns > self.width {
            if self.autowrap {
                self.wrap();
            } else {
                self.col = self.width - columns;
            }
        }
        let row = &mut self.rows[self.row];
        if self.insert {
            row.insert(self.col, columns, self.width);
        }
        row.put(self.col, character, columns);
        self.col += columns;
        self.last = Some(character);
    }

    /// Goes on in the next row, without ending the line.
    fn wrap(&mut self) {
        self.rows[self.row].wrapped = true;
        self.line_feed();
        self.col = 0;
    }

    /// Repeats the last character.
    pub(super) fn repeat(&mut self, count: usize) {
        if let Some(last) = self.last {
            (0..count.min(self.width)).for_each(|_| self.put(last));
        }
    }

    fn tab(&mut self) {
        if self.col == self.width {
            if !self.autowrap {
                return;
            }
            self.wrap();
        }
        let stop = tab_stop(self.col).min(self.width);
        self.rows[self.row].tab(self.col, stop);
        self.col = stop;
    }

    pub(super) fn new_line(&mut self) {
        self.line_feed();
        self.col = 0;
    }

    /// Down one row; at the bottom of the scrolling region its rows move up.
    pub(super) fn line_feed(&mut self) {
        let (first, last) = self.region();
        if self.row != last {
            if self.row + 1 < self.screen_end() {
                self.row += 1;
                self.make_row(self.row);
            }
        } else if first == self.top && self.has_history {
            self.row += 1;
            self.top += 1;
            self.insert_row(self.row);
            self.settle();
        } else {
            self.scroll_up(first, last, 1);
        }
    }

    /// Up one row; at the top of the scrolling region its rows move down.
    pub(super) fn reverse_line_feed(&mut self) {
        let (first, last) = self.region();
        let is_top = self.height_is_known || self.region.is_some() || first == 0;
        if self.row == first && is_top {
            self.scroll_down(first, last, 1);
        } else {
            self.up(1);
        }
    }

    pub(super) fn up(&mut self, count: usize) {
        let highest = if self.height_is_known { self.top } else { 0 };
        self.row = self.row.saturating_sub(count).max(highest.min(self.row));
        if self.row < self.top {
            // So the screen is taller than it was taken for.
            self.top = self.row;
            self.height = self.height.max(self.rows.len() - self.top);
        }
        self.leave_margin();
    }

    pub(super) fn down(&mut self, count: usize) {
        self.row = self
            .row
            .saturating_add(count)
            .min(self.screen_end() - 1)
            .max(self.row);
        self.make_row(self.row);
        self.leave_margin();
    }

    pub(super) fn left(&mut self, count: usize) {
        self.leave_margin();
        self.col = self.col.saturating_sub(count);
    }

    pub(super) fn right(&mut self, count: usize) {
        self.leave_margin();
        self.move_to_column(self.col.saturating_add(count));
    }

    /// To a column, counted from 0.
    pub(super) fn move_to_column(&mut self, col: usize) {
        self.col = col.min(self.width - 1);
    }

    /// To a row of the screen, counted from 0.
    pub(super) fn move_to_row(&mut self, row: usize) {
        self.learn_height(row + 1);
        self.row = self.top + row.min(self.height - 1);
        self.make_row(self.row);
        self.leave_margin();
    }

    pub(super) fn forward_tabs(&mut self, count: usize) {
        for _ in 0..count.min(self.width) {
            self.move_to_column(tab_stop(self.col));
        }
    }

    pub(super) fn backward_tabs(&mut self, count: usize) {
        self.leave_margin();
        for _ in 0..count.min(self.width) {
            self.col = tab_stop_before(self.col);
        }
    }

    pub(super) fn save_cursor(&mut self) {
        self.saved = (self.row - self.top, self.col);
    }

    pub(super) fn restore_cursor(&mut self) {
        let (row, col) = self.saved;
        self.move_to_row(row);
        self.col = col.min(self.width);
    }

    /// Rows `first` to `last` of the screen, counted from 0, scroll on their own from now on.
    pub(super) fn set_region(&mut self, first: usize, last: Option<usize>) {
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

    pub(super) fn set_autowrap(&mut self, on: bool) {
        self.autowrap = on;
    }

    pub(super) fn set_insert(&mut self, on: bool) {
        self.insert = on;
    }

    pub(super) fn erase_in_line(&mut self, erase: Erase) {
        self.leave_margin();
        let (from, to) = match erase {
            Erase::ToEnd => (self.col, usize::MAX),
            Erase::ToStart => (0, self.col + 1),
            Erase::All => (0, usize::MAX),
        };
        self.rows[self.row].erase(from, to);
    }

    pub(super) fn erase_on_screen(&mut self, erase: Erase) {
        self.leave_margin();
        if erase != Erase::ToEnd {
            self.rows.range_mut(self.top..self.row).for_each(Row::clear);
        }
        if erase != Erase::ToStart {
            self.rows.truncate(self.row + 1);
        }
        self.erase_in_line(erase);
    }

    pub(super) fn erase_columns(&mut self, count: usize) {
        self.leave_margin();
        self.rows[self.row].erase(self.col, self.col.saturating_add(count));
    }

    pub(super) fn delete_columns(&mut self, count: usize) {
        self.leave_margin();
        self.rows[self.row].delete(self.col, self.col.saturating_add(count));
    }

    pub(super) fn insert_columns(&mut self, count: usize) {
        self.leave_margin();
        self.rows[self.row].insert(self.col, count, self.width);
    }

    pub(super) fn insert_rows(&mut self, count: usize) {
        let (first, last) = self.region();
        if (first..=last).contains(&self.row) {
            self.scroll_down(self.row, last, count);
            self.col = 0;
        }
    }

    pub(super) fn delete_rows(&mut self, count: usize) {
        let (first, last) = self.region();
        if (first..=last).contains(&self.row) {
            self.scroll_up(self.row, last, count);
            self.col = 0;
        }
    }

    pub(super) fn scroll_region_up(&mut self, count: usize) {
        let (first, last) = self.region();
        self.scroll_up(first, last, count);
    }

    pub(super) fn scroll_region_down(&mut self, count: usize) {
        let (first, last) = self.region();
        self.scroll_down(first, last, count);
    }

    /// As a terminal just switched on, but for what has scrolled off.
    pub(super) fn reset(&mut self) {
        self.region = None;
        self.autowrap = true;
        self.insert = false;
        self.saved = (0, 0);
        self.move_to_row(0);
        self.col = 0;
        self.erase_on_screen(Erase::All);
    }

    /// Rows of the scrolling region, first and last.
    fn region(&self) -> (usize, usize) {
        let (first, last) = self.region.unwrap_or((0, self.height - 1));
        (self.top + first, self.top + last)
    }

    /// Index after the screen's last row.
    fn screen_end(&self) -> usize {
        self.top + self.height
    }

    /// A program that addresses a row knows that it is there.
    fn learn_height(&mut self, height: usize) {
        if !self.height_is_known && height <= MAX_RECENT_LINES {
            self.height = self.height.max(height);
        }
    }

    /// The cursor that waits behind the last column is on it for everything but printing.
    fn leave_margin(&mut self) {
        self.col = self.col.min(self.width - 1);
    }

    fn make_row(&mut self, row: usize) {
        if self.rows.len() <= row {
            self.rows.resize_with(row + 1, Row::default);
            self.settle();
        }
    }

    fn insert_row(&mut self, row: usize) {
        self.rows.insert(row.min(self.rows.len()), Row::default());
    }

    /// The rows `first` to `last` move up: what was first is gone.
    fn scroll_up(&mut self, first: usize, last: usize, count: usize) {
        for _ in 0..count.min(last + 1 - first) {
            if first < self.rows.len() {
                self.rows.remove(first);
            }
            if last < self.rows.len() {
                self.insert_row(last);
            }
        }
        self.make_row(self.row);
    }

    /// The rows `first` to `last` move down: what was last is gone.
    fn scroll_down(&mut self, first: usize, last: usize, count: usize) {
        for _ in 0..count.min(last + 1 - first) {
            if last < self.rows.len() {
                self.rows.remove(last);
            }
            if first < self.rows.len() {
                self.insert_row(first);
            }
        }
        self.make_row(self.row);
    }

    /// Hands on the oldest rows where there are too many.
    fn settle(&mut self) {
        while self.rows.len() > MAX_RECENT_LINES {
            let Some(row) = self.rows.pop_front() else {
                return;
            };
            self.row = self.row.saturating_sub(1);
            self.top = self.top.saturating_sub(1);
            if self.has_history {
                row.write_to(0, &mut self.settled);
                if !row.wrapped {
                    self.settled.push('\n');
                }
            }
        }
    }
}
