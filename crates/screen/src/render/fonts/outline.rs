//! DejaVu Sans Mono, regular and bold; italics are made by slanting.

use super::super::picture::CellBox;
use ttf_parser::{Face, OutlineBuilder};
use zeno::{Command, Vector};

const REGULAR: &[u8] = include_bytes!("../../../assets/mono-regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../assets/mono-bold.ttf");

/// How far an italic leans: DejaVu Sans Mono Oblique's 11 degrees.
const SLANT: f32 = 0.194;

/// The fonts, at the size of a cell.
pub(super) struct Outlines {
    regular: Option<Face<'static>>,
    bold: Option<Face<'static>>,
    cell: CellBox,
}

impl Outlines {
    pub(super) fn new(cell: CellBox) -> Self {
        Self {
            regular: Face::parse(REGULAR, 0).ok(),
            bold: Face::parse(BOLD, 0).ok(),
            cell,
        }
    }

    /// The glyph's outline in pixels from the cell's top left, in the middle of two cells where
    /// it is wide; the regular one where there is no bold.
    pub(super) fn glyph(
        &self,
        character: char,
        bold: bool,
        italic: bool,
        wide: bool,
    ) -> Option<Vec<Command>> {
        let faces = [self.bold.as_ref().filter(|_| bold), self.regular.as_ref()];
        let (face, id) = faces
            .into_iter()
            .flatten()
            .find_map(|face| Some((face, face.glyph_index(character)?)))?;
        let scale = self.cell.font_size() / f32::from(face.units_per_em());
        let advance = f32::from(face.glyph_hor_advance(id)?) * scale;
        let cells = if wide { 2.0 } else { 1.0 };
        let margin = (self.cell.width as f32 * cells - advance) / 2.0;
        let mut pen = Pen {
            outline: Vec::new(),
            left: if advance > 0.0 { margin } else { 0.0 },
            baseline: self.cell.baseline() as f32,
            scale,
            slant: if italic { SLANT } else { 0.0 },
        };
        face.outline_glyph(id, &mut pen);
        Some(pen.outline)
    }
}

struct Pen {
    outline: Vec<Command>,
    left: f32,
    baseline: f32,
    scale: f32,
    slant: f32,
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> Vector {
        // A slanted glyph turns about a point at half the height of small letters, so that it
        // stays in its cell.
        let (x, y) = (x * self.scale, y * self.scale);
        let lean = (y - self.baseline * 0.3) * self.slant;
        Vector::new(self.left + x + lean, self.baseline - y)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.outline.push(Command::MoveTo(self.place(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.outline.push(Command::LineTo(self.place(x, y)));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.outline
            .push(Command::QuadTo(self.place(x1, y1), self.place(x, y)));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.outline.push(Command::CurveTo(
            self.place(x1, y1),
            self.place(x2, y2),
            self.place(x, y),
        ));
    }

    fn close(&mut self) {
        self.outline.push(Command::Close);
    }
}
