//! The screen as the bytes that paint it on a terminal.

use super::sgr;
use crate::{Cell, CursorShape, Palette, Row, Snapshot, Style, Width};
use rejoinder_ansi::escape_hidden;
use std::fmt::Write as _;

/// Bytes that show the screen on a fresh terminal of the same size, in UTF-8.
///
/// They choose the alternate screen where the snapshot shows it, set the title, the changed
/// colours, reverse video, the rows with as few SGR sequences as there can be, the links (OSC 8),
/// and the cursor's place, form and visibility. Rows end in `\r\n`, but for the last one and for
/// those that go on in the next row, so that a terminal knows them as one line. Trailing blanks
/// are not written. The scrollback is left out.
///
/// Nothing else gets through: a control character or one that takes no cell of its own becomes
/// U+FFFD, half a wide character a blank, and a link or title is without control characters.
pub fn ansi(snapshot: &Snapshot) -> Vec<u8> {
    let mut painter = Painter::default();
    painter.settings(snapshot);
    painter.out.push_str("\x1b[m\x1b[H\x1b[2J");
    let height = usize::from(snapshot.size.rows);
    let width = usize::from(snapshot.size.cols);
    let mut rows = snapshot.rows.iter().take(height).peekable();
    while let Some(row) = rows.next() {
        let written = painter.row(row, width);
        let Some(next) = rows.peek() else { break };
        if !(row.wrapped && written == width && used(next, width) > 0) {
            painter.out.push_str("\r\n");
        }
    }
    painter.style(&Style::default());
    painter.link(None);
    painter.cursor(snapshot);
    painter.out.into_bytes()
}

#[derive(Default)]
struct Painter<'a> {
    out: String,
    style: Style,
    link: Option<&'a str>,
}

impl<'a> Painter<'a> {
    fn settings(&mut self, snapshot: &Snapshot) {
        if snapshot.alternate {
            self.out.push_str("\x1b[?1049h");
        }
        if snapshot.reverse {
            self.out.push_str("\x1b[?5h");
        }
        if let Some(title) = &snapshot.title {
            self.out.push_str("\x1b]2;");
            self.out
                .extend(title.chars().filter(|character| !character.is_control()));
            self.out.push_str("\x1b\\");
        }
        self.palette(&snapshot.palette);
    }

    fn palette(&mut self, palette: &Palette) {
        let own = [
            (10, palette.foreground),
            (11, palette.background),
            (12, palette.cursor),
        ];
        for (number, colour) in own {
            if let Some((red, green, blue)) = colour {
                let _ = write!(
                    self.out,
                    "\x1b]{number};rgb:{red:02x}/{green:02x}/{blue:02x}\x1b\\"
                );
            }
        }
        for (index, (red, green, blue)) in &palette.indexed {
            let _ = write!(
                self.out,
                "\x1b]4;{index};rgb:{red:02x}/{green:02x}/{blue:02x}\x1b\\"
            );
        }
    }

    /// Writes the row's cells as far as they are used and on the screen; how many cells that were.
    fn row(&mut self, row: &'a Row, width: usize) -> usize {
        let cells = &row.cells[..used(row, width)];
        let mut at = 0;
        while let Some(cell) = cells.get(at) {
            self.style(&cell.style);
            self.link(cell.link.as_deref());
            let second = cells.get(at + 1).map(|next| next.width);
            let whole = cell.width == Width::Double && second == Some(Width::Continuation);
            if !whole && cell.width != Width::Single {
                self.out.push(' ');
                at += 1;
                continue;
            }
            self.character(cell);
            at += if whole { 2 } else { 1 };
            // How wide a terminal thinks that a sequence of several characters is, is anybody's
            // guess.
            if whole && cell.combining.is_some() && at < cells.len() {
                let _ = write!(self.out, "\x1b[{}G", at + 1);
            }
        }
        at
    }

    fn character(&mut self, cell: &Cell) {
        let before = self.out.len();
        match cell.character {
            '\0' | '\t' => self.out.push(' '),
            character => self.out.push(character),
        }
        if self.out.as_bytes()[before].is_ascii_graphic() && cell.combining.is_none() {
            return;
        }
        if escape_hidden(&self.out[before..]).len() > self.out.len() - before
            || cell.character == '\n'
        {
            self.out.truncate(before);
            self.out.push('\u{FFFD}');
        }
        if let Some(combining) = &cell.combining {
            self.out.extend(
                combining
                    .chars()
                    .filter(|character| !character.is_control()),
            );
        }
    }

    fn style(&mut self, style: &Style) {
        sgr::push_change(&self.style, style, &mut self.out);
        self.style = *style;
    }

    fn link(&mut self, link: Option<&'a str>) {
        let link = link.filter(|link| link.bytes().all(|byte| byte.is_ascii_graphic()));
        if link != self.link {
            let _ = write!(self.out, "\x1b]8;;{}\x1b\\", link.unwrap_or_default());
            self.link = link;
        }
    }

    fn cursor(&mut self, snapshot: &Snapshot) {
        let cursor = snapshot.cursor;
        match cursor.shape {
            CursorShape::Block => {}
            CursorShape::Underline => self.out.push_str("\x1b[4 q"),
            CursorShape::Bar => self.out.push_str("\x1b[6 q"),
        }
        if !cursor.visible {
            self.out.push_str("\x1b[?25l");
        }
        let (row, col) = (u32::from(cursor.row) + 1, u32::from(cursor.col) + 1);
        let _ = write!(self.out, "\x1b[{row};{col}H");
    }
}

/// How many of the row's first `width` cells there are up to the last that is not simply blank.
fn used(row: &Row, width: usize) -> usize {
    let blank = |cell: &Cell| {
        matches!(cell.character, ' ' | '\0')
            && cell.combining.is_none()
            && cell.link.is_none()
            && cell.width == Width::Single
            && cell.style == Style::default()
    };
    row.cells
        .iter()
        .take(width)
        .rposition(|cell| !blank(cell))
        .map_or(0, |last| last + 1)
}
