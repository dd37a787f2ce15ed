//! The screen as a PNG.

use super::canvas::{Area, Canvas};
use super::fonts::{Glyph, Glyphs, Levels};
use super::picture::{Grid, PictureError, PictureOptions};
use super::theme::{Look, Rgb, Theme};
use crate::{Cell, CursorShape, Snapshot, Style, Underline, Width};

/// A picture of the screen as a PNG.
///
/// It has `rows × cell_height` by `cols × cell_width` pixels, where a cell is half as wide as
/// high. The cells get smaller where the picture would have more than 16 million pixels, so that
/// every screen has one: 500×1000 cells are drawn 8 pixels high.
///
/// Text is in DejaVu Sans Mono, and in GNU Unifont where that has no glyph, so that no assigned
/// character of the Basic Multilingual Plane is without one (up to Unicode 15, private use aside);
/// others, such as the rarer Han characters, are framed boxes. Letters are neither joined nor
/// reordered: Arabic and Hindi look as they do on most terminals. Lines, blocks, braille, sextants and Powerline symbols fill their cells exactly. The
/// colours are those of the snapshot's palette, and else a dark theme's: #d4d4d4 on #1e1e1e, the 16
/// colours of Visual Studio Code's terminal, xterm's cube and greys. The PNG has a palette of at most
/// 256 colours where that can be had by blending the edges of glyphs in 16 or else in 4 steps.
///
/// # Errors
/// When the snapshot has no row or column, or more than 500 rows or 1000 columns.
pub fn png(snapshot: &Snapshot, options: &PictureOptions) -> Result<Vec<u8>, PictureError> {
    let grid = Grid::new(snapshot, options)?;
    let fine = paint(snapshot, options, grid, Levels::Sixteen);
    if let Some(indexed) = fine.indexed() {
        return Ok(fine.into_png(Some(indexed))?);
    }
    // Rougher edges of glyphs make far fewer colours, and a picture that is many times smaller.
    let rough = paint(snapshot, options, grid, Levels::Four);
    let indexed = rough.indexed();
    let canvas = if indexed.is_some() { rough } else { fine };
    Ok(canvas.into_png(indexed)?)
}

fn paint(snapshot: &Snapshot, options: &PictureOptions, grid: Grid, levels: Levels) -> Canvas {
    let theme = Theme::new(snapshot);
    let mut painter = Painter {
        canvas: Canvas::new(&grid, theme.page),
        glyphs: Glyphs::new(grid.cell(), levels),
        theme,
        grid,
    };
    for (row, number) in snapshot.rows.iter().zip(0..grid.rows) {
        painter.backgrounds(&row.cells, number);
        for (col, cell) in (0..grid.cols).zip(&row.cells) {
            let look = painter.theme.look(cell);
            painter.cell(cell, number, col, look);
        }
    }
    if options.cursor && snapshot.cursor.visible {
        painter.cursor(snapshot);
    }
    painter.canvas
}

struct Painter {
    canvas: Canvas,
    glyphs: Glyphs,
    theme: Theme,
    grid: Grid,
}

impl Painter {
    fn area(&self, row: u32, col: u32, cells: u32) -> Area {
        Area {
            x: col * self.grid.cell_width,
            y: row * self.grid.cell_height,
            width: cells * self.grid.cell_width,
            height: self.grid.cell_height,
        }
    }

    fn backgrounds(&mut self, cells: &[Cell], row: u32) {
        let mut col = 0;
        let theme = &self.theme;
        let same =
            |one: &Cell, next: &Cell| theme.look(one).background == theme.look(next).background;
        let stretches: Vec<_> = cells
            .chunk_by(same)
            .map(|stretch| (theme.look(&stretch[0]).background, stretch.len()))
            .collect();
        for (background, length) in stretches {
            let length = u32::try_from(length)
                .unwrap_or(u32::MAX)
                .min(self.grid.cols);
            if col >= self.grid.cols {
                return;
            }
            if background != self.theme.page {
                self.canvas.fill(self.area(row, col, length), background);
            }
            col += length;
        }
    }

    /// Prints what is on a cell's background.
    fn cell(&mut self, cell: &Cell, row: u32, col: u32, look: Look) {
        if cell.style.hidden {
            return;
        }
        if cell.width != Width::Continuation {
            let wide = cell.width == Width::Double && col + 1 < self.grid.cols;
            let area = self.area(row, col, if wide { 2 } else { 1 });
            self.character(cell.character, &cell.style, area, look);
            for mark in cell.combining.iter().flat_map(|marks| marks.chars()) {
                self.character(mark, &cell.style, area, look);
            }
        }
        self.underline(cell, self.area(row, col, 1), look);
        if cell.style.strikeout {
            let y = self.grid.cell().strikeout();
            let area = self.area(row, col, 1);
            self.line(area, y, look.foreground);
        }
    }

    fn character(&mut self, character: char, style: &Style, area: Area, look: Look) {
        let glyph = Glyph {
            character,
            bold: style.bold,
            italic: style.italic,
            wide: area.width > self.grid.cell_width,
        };
        if character == ' ' {
            return;
        }
        if let Some(mask) = self.glyphs.mask(glyph) {
            self.canvas.print(area, &mask, look.foreground);
        }
    }

    /// A line of the area's width, `y` pixels below its top.
    fn line(&mut self, area: Area, y: u32, colour: Rgb) {
        let line = Area {
            y: area.y + y,
            height: self.grid.cell().line(),
            ..area
        };
        self.canvas.fill(line, colour);
    }

    fn underline(&mut self, cell: &Cell, area: Area, look: Look) {
        let measures = self.grid.cell();
        let thick = measures.line();
        let lowest = measures.height - thick;
        let [y, second] = measures.underlines();
        let colour = look.underline;
        match cell.style.underline {
            Underline::None => {}
            Underline::Single => self.line(area, y, colour),
            Underline::Double => {
                self.line(area, y, colour);
                self.line(area, second, colour);
            }
            Underline::Curly | Underline::Dotted | Underline::Dashed => {
                for x in area.x..area.x + area.width {
                    if let Some(down) = wave(cell.style.underline, x / thick) {
                        let column = Area {
                            x,
                            width: 1,
                            ..area
                        };
                        self.line(column, (y + down * thick).min(lowest), colour);
                    }
                }
            }
        }
    }

    fn cursor(&mut self, snapshot: &Snapshot) {
        let cursor = snapshot.cursor;
        let (row, col) = (u32::from(cursor.row), u32::from(cursor.col));
        if row >= self.grid.rows || col >= self.grid.cols {
            return;
        }
        let cells = snapshot.rows.get(usize::from(cursor.row));
        let cell = cells.and_then(|row| row.cells.get(usize::from(cursor.col)));
        let wide = cell.is_some_and(|cell| cell.width == Width::Double) && col + 1 < self.grid.cols;
        let area = self.area(row, col, if wide { 2 } else { 1 });
        let colour = self.theme.cursor;
        let thick = self.grid.cell().cursor_line();
        match cursor.shape {
            CursorShape::Block => {
                self.canvas.fill(area, colour);
                if let Some(cell) = cell {
                    let look = self.theme.look(cell).under_cursor(&self.theme);
                    self.cell(cell, row, col, look);
                }
            }
            CursorShape::Underline => {
                let line = Area {
                    y: area.y + area.height - thick,
                    height: thick,
                    ..area
                };
                self.canvas.fill(line, colour);
            }
            CursorShape::Bar => {
                let line = Area {
                    width: thick,
                    ..area
                };
                self.canvas.fill(line, colour);
            }
        }
    }
}

/// How far below its top an underline that is no plain line is at `x`, both in thicknesses of the
/// line; `None` in its gaps. The pattern goes on from cell to cell.
fn wave(underline: Underline, x: u32) -> Option<u32> {
    match underline {
        Underline::Curly => Some([0, 0, 1, 2, 2, 1][(x % 6) as usize]),
        Underline::Dotted => x.is_multiple_of(2).then_some(0),
        _ => (x % 5 < 3).then_some(0),
    }
}
