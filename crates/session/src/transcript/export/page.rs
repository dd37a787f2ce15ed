//! A terminal's screen with colours, as far as a transcript needs it: rows that
//! programs repaint, and what scrolls off the top of them for good.
//!
//! It follows what programs that print lines do, and enough of the rest that a
//! full-screen program, which leaves nothing behind, does no harm.

mod sequences;

use unicode_width::UnicodeWidthChar;

use super::style::Style;

/// The size where none is known, and the largest that is followed.
const USUAL: (usize, usize) = (80, 24);
const MOST_COLUMNS: usize = 1024;
const MOST_ROWS: usize = 512;

/// Marks on top of one character are no more than this.
const MOST_MARKS: usize = 8;

/// A place on the screen.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// The character; NUL where the wide one before it reaches.
    pub(super) character: char,
    /// Marks on top of it.
    pub(super) marks: Option<Box<str>>,
    pub(super) style: Style,
}

/// A row of the screen, without what is blank at its end.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    /// The line goes on in the next row.
    pub(super) goes_on: bool,
}

/// One of a terminal's two screens.
#[derive(Debug)]
struct Screen {
    rows: Vec<Row>,
    row: usize,
    column: usize,
    saved: (usize, usize, Style),
    /// The rows that scroll, the last one included.
    region: (usize, usize),
}

/// The terminal: what is printed goes in, rows that have scrolled off come out.
#[derive(Debug)]
pub(super) struct Page {
    columns: usize,
    height: usize,
    style: Style,
    main: Screen,
    alternate: Option<Screen>,
    scrolled: Vec<Row>,
    /// What "repeat" repeats.
    last: char,
}

impl Screen {
    fn new(height: usize) -> Screen {
        Screen {
            rows: Vec::new(),
            row: 0,
            column: 0,
            saved: (0, 0, Style::default()),
            region: (0, height - 1),
        }
    }

    fn row(&mut self) -> &mut Row {
        let needed = self.row + 1;
        if self.rows.len() < needed {
            self.rows.resize_with(needed, Row::default);
        }
        &mut self.rows[self.row]
    }

    /// Moves the rows from `from` to the region's end up, or down where `count`
    /// is negative. What leaves at the top is returned.
    fn scroll(&mut self, from: usize, count: isize) -> Vec<Row> {
        let end = self.region.1;
        if from > end {
            return Vec::new();
        }
        let times = count.unsigned_abs().min(end - from + 1);
        self.rows
            .resize_with(self.rows.len().max(end + 1), Row::default);
        if count > 0 {
            let gone = self.rows.drain(from..from + times).collect();
            let blank = std::iter::repeat_with(Row::default).take(times);
            let at = end + 1 - times;
            self.rows.splice(at..at, blank);
            gone
        } else {
            self.rows.drain(end + 1 - times..=end);
            let blank = std::iter::repeat_with(Row::default).take(times);
            self.rows.splice(from..from, blank);
            Vec::new()
        }
    }
}

impl Page {
    pub(super) fn new(size: Option<(usize, usize)>) -> Page {
        let (columns, height) = limited(size.unwrap_or(USUAL));
        Page {
            columns,
            height,
            style: Style::default(),
            main: Screen::new(height),
            alternate: None,
            scrolled: Vec::new(),
            last: ' ',
        }
    }

    /// The terminal has so many columns and rows now.
    pub(super) fn resize(&mut self, size: (usize, usize)) {
        (self.columns, self.height) = limited(size);
        let (columns, height) = (self.columns, self.height);
        let above = (self.main.row + 1).saturating_sub(height);
        self.scrolled
            .extend(self.main.rows.drain(..above.min(self.main.rows.len())));
        self.main.row -= above;
        for screen in [Some(&mut self.main), self.alternate.as_mut()]
            .into_iter()
            .flatten()
        {
            screen.rows.truncate(height);
            screen.row = screen.row.min(height - 1);
            screen.column = screen.column.min(columns);
            screen.region = (0, height - 1);
        }
    }

    /// The rows that nothing can change any more.
    pub(super) fn take_scrolled(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.scrolled)
    }

    /// The rows on the screen, when nothing comes any more.
    pub(super) fn finish(self) -> Vec<Row> {
        let mut rows = self.scrolled;
        rows.extend(self.main.rows);
        if let Some(screen) = self.alternate {
            rows.extend(screen.rows);
        }
        while rows.last().is_some_and(|row| row.cells.is_empty()) {
            rows.pop();
        }
        rows
    }

    fn screen(&mut self) -> &mut Screen {
        self.alternate.as_mut().unwrap_or(&mut self.main)
    }

    fn new_line(&mut self) {
        let height = self.height;
        let screen = self.screen();
        if screen.row != screen.region.1 {
            screen.row = (screen.row + 1).min(height - 1);
            screen.row();
            return;
        }
        let top = screen.region.0;
        let gone = screen.scroll(top, 1);
        if self.alternate.is_none() && top == 0 {
            self.scrolled.extend(gone);
        }
    }

    fn put(&mut self, character: char) {
        let width = match character.width() {
            Some(0) | None => return self.mark(character),
            Some(width) => width,
        };
        let (columns, style) = (self.columns, self.style);
        if self.screen().column + width > columns {
            self.screen().row().goes_on = true;
            self.new_line();
            self.screen().column = 0;
        }
        let screen = self.screen();
        let column = screen.column;
        screen.column += width;
        let cells = &mut screen.row().cells;
        let blank = Cell::blank(Style::default());
        if cells.len() < column + width {
            cells.resize(column + width, blank.clone());
        }
        // What is left of a wide character that is half overwritten.
        if cells[column].character == '\0' && column > 0 {
            cells[column - 1] = blank.clone();
        }
        if cells
            .get(column + width)
            .is_some_and(|cell| cell.character == '\0')
        {
            cells[column + width] = blank;
        }
        for (index, cell) in cells[column..column + width].iter_mut().enumerate() {
            *cell = Cell {
                character: if index == 0 { character } else { '\0' },
                marks: None,
                style,
            };
        }
    }

    /// Puts a character without width on top of the last one.
    fn mark(&mut self, mark: char) {
        let screen = self.screen();
        let column = screen.column;
        let cells = &mut screen.row().cells;
        let before = column.min(cells.len());
        let base = cells[..before]
            .iter_mut()
            .rev()
            .find(|cell| cell.character != '\0');
        if let Some(cell) = base {
            let mut marks = cell.marks.take().map_or_else(String::new, String::from);
            if marks.chars().count() < MOST_MARKS {
                marks.push(mark);
            }
            cell.marks = Some(marks.into());
        }
    }

    /// Moves the cursor to a column and a row of the screen.
    fn go(&mut self, row: usize, column: usize) {
        let (height, columns) = (self.height, self.columns);
        let screen = self.screen();
        screen.row = row.min(height - 1);
        screen.column = column.min(columns - 1);
        screen.row();
    }

    /// Erases cells of the present row.
    fn erase(&mut self, from: usize, to: usize) {
        let (columns, style) = (self.columns, self.style.erased());
        let row = self.screen().row();
        // A row may be longer than a terminal that has become narrower.
        let to = to.min(columns.max(row.cells.len()));
        if style.is_blank() && to >= row.cells.len() {
            row.cells.truncate(from);
            row.goes_on = false;
            return;
        }
        if row.cells.len() < to {
            row.cells.resize(to, Cell::blank(Style::default()));
        }
        if from < to {
            row.cells[from..to].fill(Cell::blank(style));
        }
    }

    fn erase_in_line(&mut self, mode: u16) {
        let column = self.screen().column;
        match mode {
            0 => self.erase(column, usize::MAX),
            1 => self.erase(0, column + 1),
            _ => self.erase(0, usize::MAX),
        }
    }

    fn erase_in_display(&mut self, mode: u16) {
        if mode < 2 {
            self.erase_in_line(mode);
        }
        let screen = self.screen();
        let row = screen.row;
        match mode {
            0 => screen.rows.truncate(row + 1),
            1 => screen
                .rows
                .iter_mut()
                .take(row)
                .for_each(|row| *row = Row::default()),
            2 => screen.rows.iter_mut().for_each(|row| *row = Row::default()),
            // Erasing what has scrolled off is for terminals, not for transcripts.
            _ => {}
        }
    }

    fn shift(&mut self, count: usize, insert: bool) {
        let (columns, column) = (self.columns, self.screen().column);
        let blank = Cell::blank(self.style.erased());
        let cells = &mut self.screen().row().cells;
        if column >= cells.len() {
            return;
        }
        if insert {
            let count = count.min(columns.saturating_sub(column));
            cells.splice(column..column, std::iter::repeat_n(blank, count));
            cells.truncate(columns);
        } else {
            cells.drain(column..cells.len().min(column + count));
        }
    }

    fn alternate(&mut self, on: bool) {
        match (on, self.alternate.is_some()) {
            (true, false) => self.alternate = Some(Screen::new(self.height)),
            (false, true) => self.alternate = None,
            _ => {}
        }
    }

    fn save(&mut self) {
        let style = self.style;
        let screen = self.screen();
        screen.saved = (screen.row, screen.column, style);
    }

    fn restore(&mut self) {
        let (row, column, style) = self.screen().saved;
        self.go(row, column);
        self.style = style;
    }

    fn index_up(&mut self) {
        let screen = self.screen();
        if screen.row == screen.region.0 {
            let top = screen.region.0;
            screen.scroll(top, -1);
        } else {
            screen.row = screen.row.saturating_sub(1);
        }
    }
}

impl Cell {
    fn blank(style: Style) -> Cell {
        Cell {
            character: ' ',
            marks: None,
            style,
        }
    }
}

impl Row {
    /// The cells up to the last one that can be seen.
    pub(super) fn visible(&self) -> &[Cell] {
        let blank = |cell: &Cell| cell.character == ' ' && cell.style.is_blank();
        let end = self.cells.iter().rposition(|cell| !blank(cell));
        match end {
            _ if self.goes_on => &self.cells,
            Some(last) => &self.cells[..=last],
            None => &[],
        }
    }
}

fn limited((columns, rows): (usize, usize)) -> (usize, usize) {
    (columns.clamp(2, MOST_COLUMNS), rows.clamp(1, MOST_ROWS))
}
