//! Characters that must fill their cell exactly, drawn instead of taken from a font: lines join
//! and areas touch at every size of the cell.
//!
//! Drawn are Box Drawing (U+2500–257F), Block Elements (U+2580–259F), Braille Patterns
//! (U+2800–28FF), sextants (U+1FB00–1FB3B) and the Powerline symbols (U+E0A0, U+E0A2,
//! U+E0B0–E0BF). Coordinates are pixels from the cell's top left; edges of rectangles are whole
//! pixels.

mod blocks;
mod lines;
mod powerline;

use super::picture::CellBox;

/// A filled outline in one strength of the text's colour.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    pub(super) outline: Vec<Step>,
    /// 255 is the text's own colour, 0 the background's.
    pub(super) strength: u8,
}

/// A step of an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    Move(Point),
    Line(Point),
    /// A cubic Bézier curve: two control points and the end.
    Curve(Point, Point, Point),
    Close,
}

/// x to the right, y downward.
pub(super) type Point = (f32, f32);

/// How far a cubic curve's control points are from its ends in a quarter circle of radius 1.
const QUARTER: f32 = 0.552_285;

/// The shapes of a character; `None` where a font draws it.
pub(super) fn shapes(character: char, cell: CellBox) -> Option<Vec<Shape>> {
    match character {
        '\u{2500}'..='\u{257F}' => Some(lines::lines(character, cell)),
        '\u{2580}'..='\u{259F}' => Some(blocks::blocks(character, cell)),
        '\u{2800}'..='\u{28FF}' => Some(blocks::braille(character, cell)),
        '\u{1FB00}'..='\u{1FB3B}' => Some(blocks::sextants(character, cell)),
        '\u{E0A0}' | '\u{E0A2}' | '\u{E0B0}'..='\u{E0BF}' => {
            Some(powerline::symbol(character, cell))
        }
        _ => None,
    }
}

impl Shape {
    fn new(outline: Vec<Step>) -> Self {
        Self {
            outline,
            strength: 255,
        }
    }

    /// A rectangle between these edges.
    fn rectangle(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self::polygon(&[(left, top), (right, top), (right, bottom), (left, bottom)])
    }

    fn polygon(corners: &[Point]) -> Self {
        let mut outline: Vec<Step> = corners.iter().copied().map(Step::Line).collect();
        if let Some(Step::Line(start)) = outline.first().copied() {
            outline[0] = Step::Move(start);
        }
        outline.push(Step::Close);
        Self::new(outline)
    }
}
