//! A row of cells in few bytes: its text, and how runs of cells look.
//!
//! Scrollback is kept in this form, and so is what was last seen of the screen, to tell which
//! rows have changed. A plain row takes its text and one run; a row of the emulator's own cells
//! takes 24 bytes for each column.

use crate::snapshot::{Cell, Row, Style, Width};
use std::sync::Arc;
use unicode_width::UnicodeWidthChar;

/// A row, its blank end left out. One that looks as by default throughout has no runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct PackedRow {
    text: Box<str>,
    runs: Box<[Run]>,
    wrapped: bool,
}

/// Cells that look alike.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    cells: u16,
    style: Style,
    link: Option<Arc<str>>,
}

impl Run {
    /// Whether its cells look as by default.
    fn is_plain(&self) -> bool {
        self.style == Style::default() && self.link.is_none()
    }
}

impl PackedRow {
    /// Bytes of memory that it takes, links left out: their text is shared.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + self.text.len() + size_of_val::<[Run]>(&self.runs)
    }

    /// Bytes of the links that its runs name.
    pub(crate) fn link_size(&self) -> usize {
        let links = self.runs.iter().filter_map(|run| run.link.as_ref());
        links.map(|link| link.len()).sum()
    }

    /// The row in cells, exactly `cols` of them.
    pub(crate) fn unpack_to(&self, cols: u16) -> Row {
        let mut row = self.unpack(cols);
        row.cells.truncate(usize::from(cols));
        // Half a character is none.
        if let Some(last) = row
            .cells
            .last_mut()
            .filter(|last| last.width == Width::Double)
        {
            *last = blank(last.style);
        }
        row
    }

    /// The row in cells, `cols` of them or as many as it was wide.
    pub(crate) fn unpack(&self, cols: u16) -> Row {
        let cols = usize::from(cols);
        let mut cells: Vec<Cell> = Vec::with_capacity(cols);
        let mut runs = self.runs.iter();
        let mut run = runs.next();
        let mut left = run.map_or(0, |run| run.cells);
        for character in self.text.chars() {
            let width = if character == ' ' {
                1
            } else {
                width_of(character)
            };
            if width == 0 {
                if let Some(cell) = cells
                    .iter_mut()
                    .rev()
                    .find(|cell| cell.width != Width::Continuation)
                {
                    let mut combining =
                        cell.combining.take().map_or_else(String::new, String::from);
                    combining.push(character);
                    cell.combining = Some(combining.into_boxed_str());
                }
                continue;
            }
            while left == 0 {
                run = runs.next();
                let Some(run) = run else { break };
                left = run.cells;
            }
            left = left.saturating_sub(width as u16);
            let style = run.map(|run| run.style).unwrap_or_default();
            let link = run.and_then(|run| run.link.clone());
            let first = if width == 2 {
                Width::Double
            } else {
                Width::Single
            };
            cells.push(Cell {
                character,
                combining: None,
                width: first,
                style,
                link: link.clone(),
            });
            if width == 2 {
                cells.push(Cell {
                    character: ' ',
                    combining: None,
                    width: Width::Continuation,
                    style,
                    link,
                });
            }
        }
        if cells.len() < cols {
            cells.resize(cols, blank(Style::default()));
        }
        Row {
            cells,
            wrapped: self.wrapped,
        }
    }
}

fn blank(style: Style) -> Cell {
    Cell {
        character: ' ',
        combining: None,
        width: Width::Single,
        style,
        link: None,
    }
}

/// Cells that a character takes: 0, 1 or 2.
pub(crate) fn width_of(character: char) -> usize {
    if matches!(character, ' '..='~') {
        return 1;
    }
    character.width().unwrap_or(0)
}

/// Packs a row, run by run.
#[derive(Debug, Default)]
pub(crate) struct Packer {
    text: String,
    runs: Vec<Run>,
}

impl Packer {
    /// How the next cells look.
    pub(crate) fn begin_run(&mut self, style: Style, link: Option<Arc<str>>) {
        self.runs.push(Run {
            cells: 0,
            style,
            link,
        });
    }

    /// The next characters, each of one cell.
    #[inline]
    pub(crate) fn characters(&mut self, characters: impl ExactSizeIterator<Item = char>) {
        self.widen(characters.len() as u16);
        self.text.extend(characters);
    }

    /// The next character with its combining ones, of one or two cells.
    pub(crate) fn character(&mut self, character: char, combining: &[char], width: u16) {
        self.widen(width);
        self.text.push(character);
        self.text.extend(combining);
    }

    fn widen(&mut self, cells: u16) {
        if let Some(run) = self.runs.last_mut() {
            run.cells += cells;
        }
    }

    /// The row; the packer is empty again.
    pub(crate) fn finish(&mut self, wrapped: bool) -> PackedRow {
        self.trim();
        if let [run] = &self.runs[..]
            && run.is_plain()
        {
            self.runs.clear();
        }
        let row = PackedRow {
            text: self.text.as_str().into(),
            runs: self.runs.drain(..).collect(),
            wrapped,
        };
        self.text.clear();
        row
    }

    /// Takes the blank cells off the end.
    fn trim(&mut self) {
        while let Some(run) = self.runs.last_mut().filter(|run| run.is_plain()) {
            let blanks = self.text.len() - self.text.trim_end_matches(' ').len();
            let blanks = blanks.min(usize::from(run.cells));
            self.text.truncate(self.text.len() - blanks);
            run.cells -= blanks as u16;
            if run.cells > 0 {
                break;
            }
            self.runs.pop();
        }
    }
}
