//! The glyphs of a picture, as masks that fit the cells.
//!
//! A character is drawn by the first that has it: our own shapes, DejaVu Sans Mono, GNU Unifont,
//! a box. `assets/README.md` says where the fonts come from and how they were made.

mod bitmap;
mod outline;

use super::picture::CellBox;
use super::shapes::{Shape, Step, shapes};
use bitmap::Bitmaps;
use outline::Outlines;
use rejoinder_ansi::escape_hidden;
use std::collections::HashMap;
use std::rc::Rc;
use zeno::{Command, Mask as Rasteriser, Scratch, Vector};

/// How much of a glyph covers each pixel of its cells, 0 to 15, row after row. Sixteen levels
/// look like 256 and keep the colours of a picture few.
pub(super) type Mask = Rc<[u8]>;

/// A glyph that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Glyph {
    pub(super) character: char,
    pub(super) bold: bool,
    pub(super) italic: bool,
    /// Whether it has two cells.
    pub(super) wide: bool,
}

/// The glyphs of one picture, each made once.
pub(super) struct Glyphs {
    cell: CellBox,
    masks: HashMap<Glyph, Option<Mask>>,
    outlines: Outlines,
    bitmaps: Bitmaps,
    scratch: Scratch,
}

impl Glyphs {
    pub(super) fn new(cell: CellBox) -> Self {
        Self {
            cell,
            masks: HashMap::new(),
            outlines: Outlines::new(cell),
            bitmaps: Bitmaps::default(),
            scratch: Scratch::new(),
        }
    }

    /// The glyph's mask; `None` where nothing is to be seen.
    pub(super) fn mask(&mut self, glyph: Glyph) -> Option<Mask> {
        if let Some(known) = self.masks.get(&glyph) {
            return known.clone();
        }
        let mask = self.draw(glyph);
        self.masks.insert(glyph, mask.clone());
        mask
    }

    fn draw(&mut self, glyph: Glyph) -> Option<Mask> {
        let Glyph {
            character,
            bold,
            italic,
            wide,
        } = glyph;
        if is_unseen(character) {
            return None;
        }
        let cells = CellBox {
            width: self.cell.width * if wide { 2 } else { 1 },
            ..self.cell
        };
        if let Some(shapes) = shapes(character, cells) {
            return Some(self.fill(&shapes, cells));
        }
        if let Some(outline) = self.outlines.glyph(character, bold, italic, wide) {
            return Some(levels(&rasterise(&outline, cells, &mut self.scratch)));
        }
        if let Some(bitmap) = self.bitmaps.glyph(character) {
            return Some(
                bitmap
                    .styled(bold, italic)
                    .scaled(cells, self.cell.baseline()),
            );
        }
        Some(placeholder(cells))
    }

    fn fill(&mut self, shapes: &[Shape], cells: CellBox) -> Mask {
        let mut sum = vec![0u8; (cells.width * cells.height) as usize];
        for shape in shapes {
            let steps: Vec<Command> = shape.outline.iter().map(command).collect();
            let covered = rasterise(&steps, cells, &mut self.scratch);
            for (sum, covered) in sum.iter_mut().zip(covered) {
                let covered = u16::from(covered) * u16::from(shape.strength) / 255;
                *sum = (*sum).max(covered.to_le_bytes()[0]);
            }
        }
        levels(&sum)
    }
}

/// Whether the character leaves no mark: blanks, controls, and what is there to shape others.
fn is_unseen(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || !matches!(
            escape_hidden(character.encode_utf8(&mut [0; 4])),
            std::borrow::Cow::Borrowed(_)
        )
}

fn command(step: &Step) -> Command {
    let point = |(x, y): (f32, f32)| Vector::new(x, y);
    match *step {
        Step::Move(to) => Command::MoveTo(point(to)),
        Step::Line(to) => Command::LineTo(point(to)),
        Step::Curve(one, two, to) => Command::CurveTo(point(one), point(two), point(to)),
        Step::Close => Command::Close,
    }
}

/// How much the filled outline covers of each pixel, 0 to 255.
fn rasterise(outline: &[Command], cells: CellBox, scratch: &mut Scratch) -> Vec<u8> {
    let mut covered = vec![0u8; (cells.width * cells.height) as usize];
    Rasteriser::with_scratch(outline, scratch)
        .size(cells.width, cells.height)
        .render_into(&mut covered, None);
    covered
}

fn levels(covered: &[u8]) -> Mask {
    covered
        .iter()
        .map(|&covered| ((u16::from(covered) + 8) / 17).to_le_bytes()[0])
        .collect()
}

/// The frame that stands for a character of no font.
fn placeholder(cells: CellBox) -> Mask {
    let (right, bottom) = (cells.width - 1, cells.height - 1);
    let inset = cells.line();
    (0..cells.height)
        .flat_map(|y| (0..cells.width).map(move |x| (x, y)))
        .map(|(x, y)| {
            let (dx, dy) = (x.min(right - x), y.min(bottom - y));
            let inside = dx >= inset && dy >= 2 * inset;
            let frame = dx < 2 * inset || dy < 3 * inset;
            if inside && frame { 12 } else { 0 }
        })
        .collect()
}
