//! The symbols that prompts and status lines are made of (Powerline and its extensions, in the
//! Private Use Area as the "Nerd Fonts" have them): U+E0A0 branch, U+E0A2 padlock,
//! U+E0B0–E0BF separators.

use super::super::picture::CellBox;
use super::lines::Pen;
use super::{Point, QUARTER, Shape, Step};

pub(super) fn symbol(character: char, cell: CellBox) -> Vec<Shape> {
    let (width, height) = (cell.width as f32, cell.height as f32);
    let pen = Pen::new(cell);
    let (upper_left, upper_right) = ((0.0, 0.0), (width, 0.0));
    let (lower_left, lower_right) = ((0.0, height), (width, height));
    let triangle = |corners: [Point; 3]| vec![Shape::polygon(&corners)];
    match character {
        '\u{E0A0}' => branch(cell),
        '\u{E0A2}' => padlock(cell),
        '\u{E0B0}' => triangle([upper_left, (width, height / 2.0), lower_left]),
        '\u{E0B1}' => vec![chevron(cell, false)],
        '\u{E0B2}' => triangle([upper_right, lower_right, (0.0, height / 2.0)]),
        '\u{E0B3}' => vec![chevron(cell, true)],
        '\u{E0B4}' => vec![half_circle(cell, false, false)],
        '\u{E0B5}' => vec![half_circle(cell, false, true)],
        '\u{E0B6}' => vec![half_circle(cell, true, false)],
        '\u{E0B7}' => vec![half_circle(cell, true, true)],
        '\u{E0B8}' => triangle([upper_left, lower_right, lower_left]),
        '\u{E0B9}' | '\u{E0BF}' => vec![pen.backslash()],
        '\u{E0BA}' => triangle([upper_right, lower_right, lower_left]),
        '\u{E0BB}' | '\u{E0BD}' => vec![pen.slash()],
        '\u{E0BC}' => triangle([upper_left, upper_right, lower_left]),
        '\u{E0BE}' => triangle([upper_left, upper_right, lower_right]),
        _ => Vec::new(),
    }
}

/// `>` or, mirrored, `<`, from corner to corner.
fn chevron(cell: CellBox, mirrored: bool) -> Shape {
    let (width, height) = (cell.width as f32, cell.height as f32);
    let thick = cell.line() as f32 * 1.3;
    let corners = [
        (0.0, 0.0),
        (thick, 0.0),
        (width, height / 2.0),
        (thick, height),
        (0.0, height),
        (width - thick, height / 2.0),
    ];
    Shape::polygon(&corners.map(|(x, y)| if mirrored { (width - x, y) } else { (x, y) }))
}

/// Half an ellipse that fills the cell, its flat side on the left or, mirrored, on the right;
/// only its line where it is hollow.
fn half_circle(cell: CellBox, mirrored: bool, hollow: bool) -> Shape {
    let (width, height) = (cell.width as f32, cell.height as f32);
    let middle = height / 2.0;
    let place = |(x, y): Point| if mirrored { (width - x, y) } else { (x, y) };
    let mut outline = vec![Step::Move(place((0.0, 0.0)))];
    let curves = |outline: &mut Vec<Step>, across: f32, up: f32| {
        outline.push(Step::Curve(
            place((across * QUARTER, middle - up)),
            place((across, middle - up * QUARTER)),
            place((across, middle)),
        ));
        outline.push(Step::Curve(
            place((across, middle + up * QUARTER)),
            place((across * QUARTER, middle + up)),
            place((0.0, middle + up)),
        ));
    };
    curves(&mut outline, width, middle);
    if hollow {
        // Back along the inner edge.
        let thick = cell.line() as f32;
        let (across, up) = ((width - thick).max(0.0), (middle - thick).max(0.0));
        outline.push(Step::Line(place((0.0, middle + up))));
        outline.push(Step::Curve(
            place((across * QUARTER, middle + up)),
            place((across, middle + up * QUARTER)),
            place((across, middle)),
        ));
        outline.push(Step::Curve(
            place((across, middle - up * QUARTER)),
            place((across * QUARTER, middle - up)),
            place((0.0, middle - up)),
        ));
    }
    outline.push(Step::Close);
    Shape::new(outline)
}

/// A trunk on the left, a twig on the right that joins it, and a knot at three ends.
fn branch(cell: CellBox) -> Vec<Shape> {
    let (width, height) = (cell.width as f32, cell.height as f32);
    let thick = cell.line() as f32;
    let (trunk, twig) = ((width * 0.25).round(), (width * 0.68).round());
    let (top, bottom) = ((height * 0.22).round(), (height * 0.82).round());
    let fork = (height * 0.52).round();
    let knot =
        |x: f32, y: f32| Shape::rectangle(x - thick, y - thick, x + 2.0 * thick, y + 2.0 * thick);
    vec![
        Shape::rectangle(trunk, top, trunk + thick, bottom),
        Shape::rectangle(twig, top + thick, twig + thick, fork + thick),
        Shape::rectangle(trunk, fork, twig + thick, fork + thick),
        knot(trunk, top),
        knot(twig, top),
        knot(trunk, bottom - thick),
    ]
}

/// A body with a shackle.
fn padlock(cell: CellBox) -> Vec<Shape> {
    let (width, height) = (cell.width as f32, cell.height as f32);
    let thick = cell.line() as f32;
    let (left, right) = ((width * 0.15).round(), (width * 0.85).round());
    let (top, body, bottom) = (
        (height * 0.22).round(),
        (height * 0.48).round(),
        (height * 0.8).round(),
    );
    vec![
        Shape::rectangle(left, body, right, bottom),
        Shape::rectangle(left + thick, top, right - thick, top + thick),
        Shape::rectangle(left + thick, top, left + 2.0 * thick, body),
        Shape::rectangle(right - 2.0 * thick, top, right - thick, body),
    ]
}
