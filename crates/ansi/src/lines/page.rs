//! A page: the rows that can still change, and the cursor among them.
//!
//! This file writes to the page and hands its rows on; moving the cursor and changing what has
//! been written are in the files beside it.

mod cursor;
mod edit;

pub(super) use edit::Erase;

use super::row::{Row, tab_stop, width_of};
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
        for n in 0..=seen.max(self.row) {
            if n > 0 && self.ends_line(n - 1) {
                out.push('\n');
            }
            self.rows[n].write_to(if n == self.row { self.col } else { 0 }, out);
        }
    }

    /// Whether the line ends with the row, rather than going on in the next. A row that was erased
    /// neither goes on nor continues another one.
    fn ends_line(&self, row: usize) -> bool {
        let goes_on = |row: &Row| row.wrapped && row.width() > 0;
        !goes_on(&self.rows[row]) || self.rows.get(row + 1).is_none_or(|next| next.width() == 0)
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

    /// Goes on in the next row, without ending the line, unless the end of the row
    /// was erased since it was filled. (A wide character may have left the last
    /// column free.)
    fn wrap(&mut self) {
        let moved = self.line_feed();
        if moved && let Some(before) = self.row.checked_sub(1) {
            let before = &mut self.rows[before];
            before.wrapped = before.width() + 1 >= self.width;
        }
        self.col = 0;
    }

    /// Repeats the last character, at most for a whole row.
    pub(super) fn repeat(&mut self, count: usize) {
        if let Some(last) = self.last {
            let run: String = std::iter::repeat_n(last, count.min(self.width)).collect();
            self.print_run(&run);
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

    /// Down one row; at the bottom of the scrolling region its rows move up. Returns whether either
    /// happened.
    pub(super) fn line_feed(&mut self) -> bool {
        let (first, last) = self.region();
        if self.row != last {
            let moves = self.row + 1 < self.screen_end();
            if moves {
                self.row += 1;
                self.make_row(self.row);
            }
            return moves;
        }
        if first == self.top && self.has_history {
            self.row += 1;
            self.top += 1;
            self.insert_row(self.row);
            self.settle();
        } else {
            self.scroll_up(first, last, 1);
        }
        true
    }

    pub(super) fn set_autowrap(&mut self, on: bool) {
        self.autowrap = on;
    }

    pub(super) fn set_insert(&mut self, on: bool) {
        self.insert = on;
    }

    fn make_row(&mut self, row: usize) {
        if self.rows.len() <= row {
            self.rows.resize_with(row + 1, Row::default);
            self.settle();
        }
    }

    /// A row between others, which belong together no more.
    fn insert_row(&mut self, row: usize) {
        let row = row.min(self.rows.len());
        self.rows.insert(row, Row::default());
        self.unlink(row);
    }

    /// The row continues no other one.
    fn unlink(&mut self, row: usize) {
        if let Some(before) = row
            .checked_sub(1)
            .and_then(|before| self.rows.get_mut(before))
        {
            before.wrapped = false;
        }
    }

    /// Hands on the oldest rows where there are too many.
    fn settle(&mut self) {
        while self.rows.len() > MAX_RECENT_LINES {
            if self.has_history {
                self.rows[0].write_to(0, &mut self.settled);
                if self.ends_line(0) {
                    self.settled.push('\n');
                }
            }
            self.rows.pop_front();
            self.row = self.row.saturating_sub(1);
            self.top = self.top.saturating_sub(1);
        }
    }
}
