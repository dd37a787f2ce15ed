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

/// How much of a glyph covers each pixel of its cells, 0 to 15, row after row.
pub(super) type Mask = Rc<[u8]>;

/// How many degrees of cover there are between nothing and all: the fewer, the fewer colours a
/// picture has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Levels {
    /// Looks like 256.
    Sixteen,
    /// Can be told from them by who looks closely.
    Four,
}

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
    levels: Levels,
    masks: HashMap<Glyph, Option<Mask>>,
    outlines: Outlines,
    bitmaps: Bitmaps,
    scratch: Scratch,
}

impl Glyphs {
    pub(super) fn new(cell: CellBox, levels: Levels) -> Self {
        Self {
            cell,
            levels,
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
        let mut mask = self.draw(glyph);
        if self.levels == Levels::Four {
            mask = mask.map(|mask| mask.iter().map(|cover| (cover + 2) / 5 * 5).collect());
        }
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

#[cfg(test)]
mod tests {
    use super::super::shapes::shapes;
    use super::*;

    const CELL: CellBox = CellBox {
        width: 9,
        height: 18,
    };

    /// Guards that no character of the Basic Multilingual Plane that Unicode 15 knows is drawn
    /// as a placeholder, but for those of private use.
    #[test]
    fn every_character_of_the_basic_plane_has_a_glyph() {
        let known = regex::Regex::new(r"^[\p{Age=15.0}&&\P{C}]$").unwrap();
        let (outlines, mut bitmaps) = (Outlines::new(CELL), Bitmaps::default());
        let missing: Vec<String> = ('\0'..='\u{FFFF}')
            .filter(|character| known.is_match(character.encode_utf8(&mut [0; 4])))
            .filter(|&character| {
                !is_unseen(character)
                    && shapes(character, CELL).is_none()
                    && outlines.glyph(character, false, false, false).is_none()
                    && bitmaps.glyph(character).is_none()
            })
            .map(|character| format!("U+{:04X}", u32::from(character)))
            .collect();
        assert_eq!(missing, [""; 0]);
    }

    /// Guards that glyphs of both fonts are made at every size of cell without leaving it.
    #[test]
    fn glyphs_fit_every_cell() {
        for height in 8..=64 {
            let cell = CellBox {
                width: u32::div_ceil(height, 2),
                height,
            };
            let mut glyphs = Glyphs::new(cell, Levels::Sixteen);
            for (character, wide) in [
                ('g', false),
                ('日', true),
                ('日', false),
                ('\u{F000}', true),
            ] {
                let mask = glyphs
                    .mask(Glyph {
                        character,
                        bold: true,
                        italic: true,
                        wide,
                    })
                    .unwrap();
                let cells = if wide { 2 } else { 1 };
                assert_eq!(mask.len() as u32, cell.width * cells * height);
                assert!(
                    mask.iter().any(|&cover| cover > 5),
                    "{character} at {height}"
                );
                assert!(mask.iter().all(|&cover| cover <= 15));
            }
        }
    }
}
