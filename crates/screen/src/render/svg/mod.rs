//! The screen as an SVG document.

mod backgrounds;
mod xml;

use super::picture::{CellBox, Grid, PictureError, PictureOptions};
use super::shapes::shapes;
use super::theme::{Look, Theme};
use crate::{Cell, CursorShape, Row, Snapshot, Underline, Width};
use backgrounds::Backgrounds;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use xml::{hex, push_escaped, push_outline};

/// The fonts that are tried: the one of the PNG, those of the systems, any.
const FONTS: &str = "'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,'Liberation Mono',\
                     ui-monospace,monospace";

/// A picture of the screen as an SVG document, of the size and in the colours of
/// [`png`](super::png).
///
/// It stands alone: no scripts, no links, nothing to load. Text is text, and can be selected and
/// searched; lines, blocks, braille and Powerline symbols are paths that fill their cells exactly,
/// and not part of the text. Each run of text is stretched to the width of its cells, so that
/// columns hold whatever font the viewer has. The window's title is the document's. Text that is
/// not shown (SGR 8) is left out; characters that XML does not know, or that would hide or reorder
/// text, are U+FFFD.
///
/// # Errors
/// As [`png`](super::png).
pub fn svg(snapshot: &Snapshot, options: &PictureOptions) -> Result<String, PictureError> {
    let grid = Grid::new(snapshot, options)?;
    let theme = Theme::new(snapshot);
    let cursor = snapshot.cursor;
    let mut drawing = Drawing {
        block: (options.cursor && cursor.visible && cursor.shape == CursorShape::Block)
            .then_some((u32::from(cursor.row), u32::from(cursor.col))),
        grid,
        theme,
        backgrounds: Backgrounds::default(),
        paths: BTreeMap::new(),
        texts: String::new(),
    };
    for (row, number) in snapshot.rows.iter().zip(0..grid.rows) {
        drawing.row(row, number);
    }
    // The cursor may stand where no cell is.
    drawing.cursor(snapshot, options);
    Ok(drawing.document(snapshot.title.as_deref()))
}

struct Drawing {
    grid: Grid,
    theme: Theme,
    /// The cell of a block cursor.
    block: Option<(u32, u32)>,
    backgrounds: Backgrounds,
    /// Outlines by the attributes they are drawn with.
    paths: BTreeMap<String, String>,
    texts: String,
}

/// A run of text in one style.
struct Run {
    col: u32,
    cells: u32,
    text: String,
    attributes: String,
    /// Whether it is of ASCII: it may be stretched to its cells, and go on.
    plain: bool,
}

impl Drawing {
    fn row(&mut self, row: &Row, number: u32) {
        let mut runs: Vec<Run> = Vec::new();
        for (col, cell) in (0..self.grid.cols).zip(&row.cells) {
            let look = self.look(cell, number, col);
            if look.background != self.theme.page {
                self.backgrounds.add(number, col, look.background);
            }
            if cell.style.hidden {
                continue;
            }
            self.lines(cell, number, col, look);
            if cell.width != Width::Continuation {
                self.character(cell, number, col, look, &mut runs);
            }
        }
        self.text(number, &runs);
    }

    fn look(&self, cell: &Cell, row: u32, col: u32) -> Look {
        let look = self.theme.look(cell);
        let second =
            cell.width == Width::Continuation && self.block == Some((row, col.wrapping_sub(1)));
        if self.block == Some((row, col)) || second {
            look.under_cursor(&self.theme)
        } else {
            look
        }
    }

    /// Adds a character to the outlines or to the row's text.
    fn character(&mut self, cell: &Cell, row: u32, col: u32, look: Look, runs: &mut Vec<Run>) {
        let cells = if cell.width == Width::Double { 2 } else { 1 };
        let measures = CellBox {
            width: cells * self.grid.cell_width,
            ..self.grid.cell()
        };
        if let Some(shapes) = shapes(cell.character, measures) {
            for shape in shapes {
                let mut attributes = format!("fill=\"{}\"", hex(look.foreground));
                if shape.strength < 255 {
                    let share = f32::from(shape.strength) / 255.0;
                    let _ = write!(attributes, " fill-opacity=\"{share:.2}\"");
                }
                let (x, y) = (col * self.grid.cell_width, row * self.grid.cell_height);
                let path = self.paths.entry(attributes).or_default();
                push_outline(&shape.outline, (x as f32, y as f32), path);
            }
            return;
        }
        let blank = matches!(cell.character, ' ' | '\0' | '\t') && cell.combining.is_none();
        if blank {
            if let Some(run) = runs.last_mut().filter(|run| run.col + run.cells == col) {
                run.text.push(' ');
                run.cells += 1;
            }
            return;
        }
        let plain = cell.character.is_ascii_graphic() && cell.combining.is_none();
        let mut attributes = String::new();
        if cell.style.bold {
            attributes.push_str(" font-weight=\"bold\"");
        }
        if cell.style.italic {
            attributes.push_str(" font-style=\"italic\"");
        }
        let _ = write!(attributes, " fill=\"{}\"", hex(look.foreground));
        let joins = |run: &&mut Run| {
            plain && run.plain && run.col + run.cells == col && run.attributes == attributes
        };
        if let Some(run) = runs.last_mut().filter(joins) {
            push_escaped(&String::from(cell.character), &mut run.text);
            run.cells += 1;
            return;
        }
        let mut cluster = String::from(cell.character);
        cluster.push_str(cell.combining.as_deref().unwrap_or_default());
        let mut text = String::new();
        push_escaped(&cluster, &mut text);
        runs.push(Run {
            col,
            cells,
            text,
            attributes,
            plain,
        });
    }

    fn text(&mut self, row: u32, runs: &[Run]) {
        if runs.is_empty() {
            return;
        }
        let width = self.grid.cell_width;
        let y = row * self.grid.cell_height + self.grid.cell().baseline();
        let _ = write!(self.texts, "<text y=\"{y}\">");
        for (at, run) in runs.iter().enumerate() {
            let text = if at + 1 == runs.len() {
                run.text.trim_end_matches(' ')
            } else {
                &run.text
            };
            let cells = run.cells - u32::try_from(run.text.len() - text.len()).unwrap_or(0);
            let _ = write!(self.texts, "<tspan x=\"{}\"", run.col * width);
            if run.plain && cells > 1 {
                let _ = write!(
                    self.texts,
                    " textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\"",
                    cells * width
                );
            }
            let _ = write!(self.texts, "{}>{text}</tspan>", run.attributes);
        }
        self.texts.push_str("</text>\n");
    }

    /// Underline and strikeout of a cell.
    fn lines(&mut self, cell: &Cell, row: u32, col: u32, look: Look) {
        if cell.style.underline == Underline::None && !cell.style.strikeout {
            return;
        }
        let measures = self.grid.cell();
        let (x, width) = (col * self.grid.cell_width, self.grid.cell_width);
        let top = row * self.grid.cell_height;
        let thick = measures.line();
        let (ink, underline) = (hex(look.foreground), hex(look.underline));
        if cell.style.strikeout {
            self.bar(&ink, x, top + measures.strikeout(), width, thick);
        }
        let [y, second] = measures.underlines().map(|y| top + y);
        match cell.style.underline {
            Underline::None => {}
            Underline::Single => self.bar(&underline, x, y, width, thick),
            Underline::Double => {
                self.bar(&underline, x, y, width, thick);
                self.bar(&underline, x, second, width, thick);
            }
            Underline::Curly => {
                let quarter = f64::from(width) / 4.0;
                let middle = f64::from(y) + f64::from(thick);
                let rise = f64::from(thick) * 2.0;
                let attributes =
                    format!("fill=\"none\" stroke=\"{underline}\" stroke-width=\"{thick}\"");
                let _ = write!(
                    self.paths.entry(attributes).or_default(),
                    "M{x} {middle}q{quarter} -{rise} {} 0t{} 0",
                    quarter * 2.0,
                    quarter * 2.0,
                );
            }
            Underline::Dotted | Underline::Dashed => {
                let dashes = match cell.style.underline {
                    Underline::Dotted => format!("{thick}"),
                    _ => format!("{} {}", 3 * thick, 2 * thick),
                };
                let middle = f64::from(y) + f64::from(thick) / 2.0;
                let attributes = format!(
                    "fill=\"none\" stroke=\"{underline}\" stroke-width=\"{thick}\" \
                     stroke-dasharray=\"{dashes}\""
                );
                let _ = write!(
                    self.paths.entry(attributes).or_default(),
                    "M{x} {middle}h{width}"
                );
            }
        }
    }

    fn bar(&mut self, colour: &str, x: u32, y: u32, width: u32, height: u32) {
        let path = self.paths.entry(format!("fill=\"{colour}\"")).or_default();
        let _ = write!(path, "M{x} {y}h{width}v{height}h-{width}z");
    }

    fn cursor(&mut self, snapshot: &Snapshot, options: &PictureOptions) {
        let cursor = snapshot.cursor;
        let (row, col) = (u32::from(cursor.row), u32::from(cursor.col));
        if !(options.cursor && cursor.visible && row < self.grid.rows && col < self.grid.cols) {
            return;
        }
        let (width, height) = (self.grid.cell_width, self.grid.cell_height);
        let (x, y) = (col * width, row * height);
        let colour = hex(self.theme.cursor);
        let thick = self.grid.cell().cursor_line();
        let cells = snapshot.rows.get(usize::from(cursor.row));
        match cursor.shape {
            CursorShape::Block => {
                if cells.is_none_or(|row| row.cells.len() <= usize::from(cursor.col)) {
                    self.bar(&colour, x, y, width, height);
                }
            }
            CursorShape::Underline => self.bar(&colour, x, y + height - thick, width, thick),
            CursorShape::Bar => self.bar(&colour, x, y, thick, height),
        }
    }

    fn document(self, title: Option<&str>) -> String {
        let (width, height) = (self.grid.width(), self.grid.height());
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\">\n"
        );
        if let Some(title) = title {
            out.push_str("<title>");
            push_escaped(title, &mut out);
            out.push_str("</title>\n");
        }
        let page = hex(self.theme.page);
        let _ = writeln!(
            out,
            "<path fill=\"{page}\" d=\"M0 0h{width}v{height}H0z\"/>"
        );
        for (colour, path) in self.backgrounds.paths(self.grid.cell()) {
            let _ = writeln!(out, "<path fill=\"{}\" d=\"{path}\"/>", hex(colour));
        }
        for (attributes, path) in &self.paths {
            let _ = writeln!(out, "<path {attributes} d=\"{path}\"/>");
        }
        let _ = writeln!(
            out,
            "<g font-family=\"{FONTS}\" font-size=\"{:.2}\" xml:space=\"preserve\" \
             style=\"white-space:pre\">",
            self.grid.cell().font_size()
        );
        out.push_str(&self.texts);
        out.push_str("</g>\n</svg>\n");
        out
    }
}
