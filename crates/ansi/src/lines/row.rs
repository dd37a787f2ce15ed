//! One row of a page: text, and cells once something has been written over.

use unicode_width::UnicodeWidthChar;

/// The most zero-width characters (combining marks, joiners, selectors) of one cell; more are
/// dropped. The longest emoji flags need seven.
pub(super) const MAX_MARKS: usize = 8;

/// Columns between tab stops.
const TAB: usize = 8;

/// The column that a tab leads to.
pub(super) fn tab_stop(col: usize) -> usize {
    (col / TAB + 1) * TAB
}

/// The tab stop before a column, or the first column.
pub(super) fn tab_stop_before(col: usize) -> usize {
    col.saturating_sub(1) / TAB * TAB
}

/// Columns that a character takes: 0, 1 or 2 (UAX #11, as `unicode-width` reads it; ambiguous
/// ones are narrow).
pub(super) fn width_of(character: char) -> usize {
    character.width().unwrap_or(0)
}

/// A row. As long as it is only appended to, it is its text and is given back to the letter; the
/// first change elsewhere turns it into cells.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    text: String,
    /// Columns of `text`.
    width: usize,
    /// Zero-width characters at the end of `text`.
    marks: usize,
    /// In place of `text`, never ending in a blank cell.
    cells: Option<Vec<Cell>>,
    /// The line goes on in the next row.
    pub(super) wrapped: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    /// Never written, or erased.
    Blank,
    Char {
        base: char,
        marks: Option<Box<str>>,
    },
    /// The second column of the wide character before.
    WideTail,
    /// The first column that a tab passed over; the others follow.
    Tab,
    TabTail,
}

impl Row {
    /// Columns up to the last one written.
    pub(super) fn width(&self) -> usize {
        self.cells.as_ref().map_or(self.width, Vec::len)
    }

    /// Makes the row as good as new, and keeps its memory.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        *self = Self {
            text: std::mem::take(&mut self.text),
            ..Self::default()
        };
    }

    /// Whether printable ASCII at `col` can go to [`Row::append_ascii`].
    pub(super) fn appends_at(&self, col: usize) -> bool {
        self.cells.is_none() && self.width == col
    }

    /// Appends printable ASCII to a row that [`Row::appends_at`] its width.
    pub(super) fn append_ascii(&mut self, text: &str) {
        self.text.push_str(text);
        self.width += text.len();
        self.marks = 0;
    }

    /// Writes a character of `width` columns (1 or 2) at `col`.
    pub(super) fn put(&mut self, col: usize, character: char, width: usize) {
        if self.appends_at(col) {
            self.text.push(character);
            self.width += width;
            self.marks = 0;
            return;
        }
        let cells = self.cells();
        clear(cells, col, col + width);
        cells[col] = Cell::Char {
            base: character,
            marks: None,
        };
        cells[col + 1..col + width].fill(Cell::WideTail);
    }

    /// Adds a zero-width character to the cell before `col`; without a character there it is lost.
    pub(super) fn mark(&mut self, col: usize, mark: char) {
        if self.appends_at(col) {
            if self.marks < MAX_MARKS {
                self.text.push(mark);
                self.marks += 1;
            }
            return;
        }
        let cells = self.cells();
        let before = match (col.checked_sub(1), col.checked_sub(2)) {
            (Some(tail), Some(lead)) if cells.get(tail) == Some(&Cell::WideTail) => Some(lead),
            (before, _) => before,
        };
        if let Some(cell) = before.and_then(|before| cells.get_mut(before)) {
            cell.add_mark(mark);
        }
    }

    /// Moves over the columns from `col` to `stop` by a tab: what stands there stays.
    pub(super) fn tab(&mut self, col: usize, stop: usize) {
        if self.appends_at(col) {
            self.text.push('\t');
            self.width = stop;
            self.marks = 0;
        } else if col >= self.width() {
            let cells = self.cells();
            cells.resize(col, Cell::Blank);
            cells.push(Cell::Tab);
            cells.resize(stop, Cell::TabTail);
        }
    }

    /// Erases the columns from `from` to before `to`.
    pub(super) fn erase(&mut self, from: usize, to: usize) {
        if from >= self.width() {
            self.wrapped &= to <= from;
            return;
        }
        if to >= self.width() {
            self.wrapped = false;
            if from == 0 {
                return self.clear();
            }
        }
        let cells = self.cells();
        clear(cells, from, to.min(cells.len()));
        trim(cells);
    }

    /// Deletes the columns from `from` to before `to`; the rest moves left.
    pub(super) fn delete(&mut self, from: usize, to: usize) {
        let to = to.min(self.width());
        if from < to {
            let cells = self.cells();
            clear(cells, from, to);
            cells.drain(from..to);
            trim(cells);
        }
    }

    /// Inserts `count` blank columns at `col`; what is pushed past `width` columns is lost.
    pub(super) fn insert(&mut self, col: usize, count: usize, width: usize) {
        if col >= self.width() {
            return;
        }
        let cells = self.cells();
        // A character that straddles the place is cut.
        split(cells, col);
        cells.splice(col..col, std::iter::repeat_n(Cell::Blank, count.min(width)));
        split(cells, width);
        cells.truncate(width);
        trim(cells);
    }

    /// Whether nothing is to be seen.
    pub(super) fn is_blank(&self) -> bool {
        match &self.cells {
            Some(cells) => cells.iter().all(Cell::is_blank),
            None => self.text.trim_matches([' ', '\t']).is_empty(),
        }
    }

    /// Appends the row's text.
    ///
    /// Text that was only appended is given as it came. Of a row that was written over, trailing
    /// blanks are left out, since they are what is left of something longer; but those before
    /// `cursor`, the cursor's column if it is on this row, are there for it.
    pub(super) fn write_to(&self, cursor: usize, out: &mut String) {
        let Some(cells) = &self.cells else {
            return out.push_str(&self.text);
        };
        let seen = cells
            .iter()
            .rposition(|cell| !cell.is_blank())
            .map_or(0, |last| last + 1);
        let end = if self.wrapped {
            cells.len()
        } else {
            seen.max(cursor.min(cells.len()))
        };
        for cell in &cells[..end] {
            match cell {
                Cell::Blank => out.push(' '),
                Cell::Char { base, marks } => {
                    out.push(*base);
                    out.push_str(marks.as_deref().unwrap_or_default());
                }
                Cell::Tab => out.push('\t'),
                Cell::WideTail | Cell::TabTail => {}
            }
        }
    }

    fn cells(&mut self) -> &mut Vec<Cell> {
        self.cells.get_or_insert_with(|| {
            let cells = parse(&self.text, self.width);
            self.text = String::new();
            cells
        })
    }
}

impl Cell {
    fn is_blank(&self) -> bool {
        match self {
            Self::Blank | Self::Tab | Self::TabTail => true,
            Self::Char { base, marks } => *base == ' ' && marks.is_none(),
            Self::WideTail => false,
        }
    }

    fn add_mark(&mut self, mark: char) {
        if let Self::Char { marks, .. } = self {
            let mut text = String::from(marks.take().unwrap_or_default());
            if text.chars().count() < MAX_MARKS {
                text.push(mark);
            }
            *marks = Some(text.into_boxed_str());
        }
    }
}

/// The cells of appended text.
fn parse(text: &str, width: usize) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::with_capacity(width);
    for character in text.chars() {
        match (character, width_of(character)) {
            ('\t', _) => {
                let stop = tab_stop(cells.len()).min(width);
                cells.push(Cell::Tab);
                cells.resize(stop, Cell::TabTail);
            }
            (_, 0) => {
                let before = cells.iter_mut().rev().find(|cell| **cell != Cell::WideTail);
                if let Some(cell) = before {
                    cell.add_mark(character);
                }
            }
            (_, columns) => {
                let end = (cells.len() + columns).min(width);
                cells.push(Cell::Char {
                    base: character,
                    marks: None,
                });
                cells.resize(end, Cell::WideTail);
            }
        }
    }
    cells
}

/// Blanks the columns from `from` to before `to`, which are there afterwards, and what is left of
/// characters that straddle the ends.
fn clear(cells: &mut Vec<Cell>, from: usize, to: usize) {
    if cells.len() < to {
        cells.resize(to, Cell::Blank);
    }
    split(cells, from);
    split(cells, to);
    cells[from..to].fill(Cell::Blank);
}

/// Cuts whatever straddles the columns before and at `at`: a wide character is gone, a tab is
/// blanks.
fn split(cells: &mut [Cell], at: usize) {
    if !matches!(cells.get(at), Some(Cell::WideTail | Cell::TabTail)) {
        return;
    }
    let tail = |cell: &Cell| matches!(cell, Cell::WideTail | Cell::TabTail);
    let start = cells[..at]
        .iter()
        .rposition(|cell| !tail(cell))
        .unwrap_or(0);
    let end = cells[at..]
        .iter()
        .position(|cell| !tail(cell))
        .map_or(cells.len(), |n| at + n);
    cells[start..end].fill(Cell::Blank);
}

/// Takes blank cells off the end.
fn trim(cells: &mut Vec<Cell>) {
    let end = cells
        .iter()
        .rposition(|cell| *cell != Cell::Blank)
        .map_or(0, |last| last + 1);
    cells.truncate(end);
}
