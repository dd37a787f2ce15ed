//! Box Drawing, U+2500–257F (Unicode code chart "Box Drawing").

use super::super::picture::CellBox;
use super::{Point, QUARTER, Shape, Step};

/// For each character the weight of its arms: up, right, down, left. `0` is none, `1` light,
/// `2` heavy, `3` double; what is no arrangement of arms has none here.
const ARMS: &[u8; 512] = b"\
    0101020210102020000000000000000000000000000000000110021001200220\
    0011001200210022110012002100220010011002200120021110121021101120\
    2120221012202220101110122011102120212012102220220111011202110212\
    0121012202210222110111021201120221012102220122021111111212111212\
    2111112121212112221111221221221212222122222122220000000000000000\
    0303303003100130033000130031003313003100330010033001300313103130\
    3330101330313033031301310333130331013303131331313333000000000000\
    0000000000000000000110000100001000022000020000200201102001022010";

/// The weight of an arm.
const LIGHT: u8 = 1;
const HEAVY: u8 = 2;
const DOUBLE: u8 = 3;

pub(super) fn lines(character: char, cell: CellBox) -> Vec<Shape> {
    let pen = Pen::new(cell);
    match character {
        '\u{2504}' | '\u{2505}' => pen.dashes(3, true, character == '\u{2505}'),
        '\u{2506}' | '\u{2507}' => pen.dashes(3, false, character == '\u{2507}'),
        '\u{2508}' | '\u{2509}' => pen.dashes(4, true, character == '\u{2509}'),
        '\u{250A}' | '\u{250B}' => pen.dashes(4, false, character == '\u{250B}'),
        '\u{254C}' | '\u{254D}' => pen.dashes(2, true, character == '\u{254D}'),
        '\u{254E}' | '\u{254F}' => pen.dashes(2, false, character == '\u{254F}'),
        '\u{256D}' => vec![pen.arc(true, true)],
        '\u{256E}' => vec![pen.arc(false, true)],
        '\u{256F}' => vec![pen.arc(false, false)],
        '\u{2570}' => vec![pen.arc(true, false)],
        '\u{2571}' => vec![pen.slash()],
        '\u{2572}' => vec![pen.backslash()],
        '\u{2573}' => vec![pen.slash(), pen.backslash()],
        _ => pen.arms(character),
    }
}

/// Draws lines in a cell.
pub(super) struct Pen {
    width: f32,
    height: f32,
    /// Thickness of a light line.
    light: f32,
    /// How much further a heavy line reaches on either side.
    more: f32,
    /// Left edge of a light vertical line and top edge of a light horizontal one.
    centre: Point,
}

impl Pen {
    pub(super) fn new(cell: CellBox) -> Self {
        let light = cell.line();
        let middle = |length: u32| (length.saturating_sub(light) / 2) as f32;
        Self {
            width: cell.width as f32,
            height: cell.height as f32,
            light: light as f32,
            more: light.div_ceil(2) as f32,
            centre: (middle(cell.width), middle(cell.height)),
        }
    }

    fn arms(&self, character: char) -> Vec<Shape> {
        let at = (u32::from(character) - 0x2500) as usize * 4;
        let [up, right, down, left] =
            std::array::from_fn(|arm| ARMS.get(at + arm).map_or(0, |digit| digit - b'0'));
        let (width, height, light) = (self.width, self.height, self.light);
        let (x, y) = self.centre;
        // Each arm is drawn as if it came from the left, `depth` being how far it reaches from its
        // edge and `across` where it lies; then turned into its place.
        let mut shapes = Vec::new();
        let mut draw = |arm: Arm, place: &dyn Fn(f32, f32, f32) -> Shape| {
            for (low, high, depth) in self.strands(&arm) {
                shapes.push(place(low, high, depth));
            }
        };
        let from = |weight, opposite, before, after, across, centre| Arm {
            weight,
            opposite,
            before,
            after,
            across,
            centre,
        };
        draw(from(left, right, up, down, y, x), &|low, high, depth| {
            Shape::rectangle(0.0, low, depth, high)
        });
        draw(
            from(right, left, up, down, y, width - x - light),
            &|low, high, depth| Shape::rectangle(width - depth, low, width, high),
        );
        draw(from(up, down, left, right, x, y), &|low, high, depth| {
            Shape::rectangle(low, 0.0, high, depth)
        });
        draw(
            from(down, up, left, right, x, height - y - light),
            &|low, high, depth| Shape::rectangle(low, height - depth, high, height),
        );
        shapes
    }

    /// The lines of an arm: from where to where across, and how deep.
    fn strands(&self, arm: &Arm) -> Vec<(f32, f32, f32)> {
        let (light, more) = (self.light, self.more);
        let (across, centre) = (arm.across, arm.centre);
        match arm.weight {
            LIGHT => vec![(across, across + light, self.depth(arm))],
            HEAVY => vec![(across - more, across + light + more, self.depth(arm))],
            DOUBLE => {
                let depth = |near: u8, far: u8| match (near, arm.opposite, far) {
                    (DOUBLE, _, _) => centre,
                    (LIGHT | HEAVY, _, _) | (_, 0, 0 | LIGHT | HEAVY) => centre + light,
                    _ => centre + 2.0 * light,
                };
                vec![
                    (across - light, across, depth(arm.before, arm.after)),
                    (
                        across + light,
                        across + 2.0 * light,
                        depth(arm.after, arm.before),
                    ),
                ]
            }
            _ => Vec::new(),
        }
    }

    /// How deep a single line reaches: to the near line of a double line that it meets from
    /// outside, to the far one at a corner, and else to the far edge of what it crosses.
    fn depth(&self, arm: &Arm) -> f32 {
        let sides = (arm.before, arm.after);
        match (sides, arm.opposite) {
            ((DOUBLE, DOUBLE), 0) => arm.centre,
            ((DOUBLE, _) | (_, DOUBLE), 0) => arm.centre + 2.0 * self.light,
            ((HEAVY, _) | (_, HEAVY), _) => arm.centre + self.light + self.more,
            _ => arm.centre + self.light,
        }
    }

    fn dashes(&self, count: u8, horizontal: bool, heavy: bool) -> Vec<Shape> {
        let more = if heavy { self.more } else { 0.0 };
        let (x, y) = self.centre;
        let length = if horizontal { self.width } else { self.height };
        let period = length / f32::from(count);
        let gap = (period * 0.35).max(1.0);
        (0..count)
            .map(|dash| {
                let start = (f32::from(dash) * period + gap / 2.0).round();
                let end = ((f32::from(dash) + 1.0) * period - gap / 2.0).round();
                let end = end.max(start + 1.0);
                if horizontal {
                    Shape::rectangle(start, y - more, end, y + self.light + more)
                } else {
                    Shape::rectangle(x - more, start, x + self.light + more, end)
                }
            })
            .collect()
    }

    /// A quarter circle from the right or left edge to the lower or upper one.
    fn arc(&self, right: bool, down: bool) -> Shape {
        let half = self.light / 2.0;
        let (x, y) = (self.centre.0 + half, self.centre.1 + half);
        let (side, edge_x) = if right {
            (1.0, self.width)
        } else {
            (-1.0, 0.0)
        };
        let (way, edge_y) = if down {
            (1.0, self.height)
        } else {
            (-1.0, 0.0)
        };
        let radius = x.min(self.width - x);
        let at = |dx: f32, dy: f32| (x + side * dx, y + way * dy);
        let curve = |offset: f32| {
            let reach = (radius - offset) * QUARTER;
            (at(offset, radius - reach), at(radius - reach, offset))
        };
        let (outer_low, outer_high) = curve(-half);
        let (inner_low, inner_high) = curve(half);
        Shape::new(vec![
            Step::Move((edge_x, y - way * half)),
            Step::Line(at(radius, -half)),
            Step::Curve(outer_high, outer_low, at(-half, radius)),
            Step::Line((x - side * half, edge_y)),
            Step::Line((x + side * half, edge_y)),
            Step::Line(at(half, radius)),
            Step::Curve(inner_low, inner_high, at(radius, half)),
            Step::Line((edge_x, y + way * half)),
            Step::Close,
        ])
    }

    /// A line from the lower left to the upper right corner.
    pub(super) fn slash(&self) -> Shape {
        let (width, height) = (self.width, self.height);
        let (across, down) = self.slope();
        Shape::polygon(&[
            (width, 0.0),
            (width, down),
            (across, height),
            (0.0, height),
            (0.0, height - down),
            (width - across, 0.0),
        ])
    }

    /// A line from the upper left to the lower right corner.
    pub(super) fn backslash(&self) -> Shape {
        let (width, height) = (self.width, self.height);
        let (across, down) = self.slope();
        Shape::polygon(&[
            (0.0, 0.0),
            (across, 0.0),
            (width, height - down),
            (width, height),
            (width - across, height),
            (0.0, down),
        ])
    }

    /// How far a diagonal line reaches along the cell's edges.
    fn slope(&self) -> (f32, f32) {
        let diagonal = self.width.hypot(self.height);
        (
            self.light * diagonal / self.height / 2.0,
            self.light * diagonal / self.width / 2.0,
        )
    }
}

/// An arm, seen from its edge of the cell.
struct Arm {
    weight: u8,
    /// The weight of the arm from the other edge.
    opposite: u8,
    /// The weights of the arms on the side of lower and of higher coordinates.
    before: u8,
    after: u8,
    /// The near edge of a light line, across.
    across: f32,
    /// The near edge of a light line that crosses it.
    centre: f32,
}
