//! Block Elements (U+2580–259F), Braille Patterns (U+2800–28FF), and the sextants of Symbols for
//! Legacy Computing (U+1FB00–1FB3B): areas of the cell (Unicode code charts of these names).

use super::super::picture::CellBox;
use super::Shape;

/// Which quarters U+2596–259F fill: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
const QUARTERS: [u8; 10] = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];

pub(super) fn blocks(character: char, cell: CellBox) -> Vec<Shape> {
    let eighths = |left: u32, top: u32, right: u32, bottom: u32| {
        vec![part(cell, (left, right, 8), (top, bottom, 8))]
    };
    let code = u32::from(character);
    match character {
        '\u{2580}' => eighths(0, 0, 8, 4),
        '\u{2581}'..='\u{2588}' => eighths(0, 8 - (code - 0x2580), 8, 8),
        '\u{2589}'..='\u{258F}' => eighths(0, 0, 0x2590 - code, 8),
        '\u{2590}' => eighths(4, 0, 8, 8),
        '\u{2591}'..='\u{2593}' => {
            let strength = [64, 128, 191][(code - 0x2591) as usize];
            eighths(0, 0, 8, 8)
                .into_iter()
                .map(|shape| Shape { strength, ..shape })
                .collect()
        }
        '\u{2594}' => eighths(0, 0, 8, 1),
        '\u{2595}' => eighths(7, 0, 8, 8),
        '\u{2596}'..='\u{259F}' => mosaic(cell, QUARTERS[(code - 0x2596) as usize], 2),
        _ => Vec::new(),
    }
}

/// The patterns of six fields but for none, all, and the left and right half, which are blocks.
pub(super) fn sextants(character: char, cell: CellBox) -> Vec<Shape> {
    let mut pattern = u32::from(character) - 0x1FB00 + 1;
    for skipped in [0b01_0101, 0b10_1010] {
        if pattern >= skipped {
            pattern += 1;
        }
    }
    mosaic(cell, pattern.to_le_bytes()[0], 3)
}

/// Fields of a cell cut in two columns and some rows, one per bit, row after row.
fn mosaic(cell: CellBox, pattern: u8, rows: u32) -> Vec<Shape> {
    (0..rows * 2)
        .filter(|field| pattern >> field & 1 == 1)
        .map(|field| {
            let (row, col) = (field / 2, field % 2);
            part(cell, (col, col + 1, 2), (row, row + 1, rows))
        })
        .collect()
}

/// The part of the cell between two of so many equal parts, in each direction.
fn part(cell: CellBox, across: (u32, u32, u32), down: (u32, u32, u32)) -> Shape {
    let at =
        |length: u32, part: u32, parts: u32| (length as f32 * part as f32 / parts as f32).round();
    let x = |part| at(cell.width, part, across.2);
    let y = |part| at(cell.height, part, down.2);
    let (left, top) = (x(across.0), y(down.0));
    // Even the thinnest part of a small cell can be seen.
    let (mut right, mut bottom) = (x(across.1), y(down.1));
    right = right.max(left + 1.0);
    bottom = bottom.max(top + 1.0);
    Shape::rectangle(left, top, right, bottom)
}

/// Dots in two columns and four rows, as squares; bits in the order of the dots' numbers.
pub(super) fn braille(character: char, cell: CellBox) -> Vec<Shape> {
    const PLACES: [(u8, u8); 8] = [
        (0, 0),
        (0, 1),
        (0, 2),
        (1, 0),
        (1, 1),
        (1, 2),
        (0, 3),
        (1, 3),
    ];
    let pattern = u32::from(character) - 0x2800;
    let side = (cell.width as f32 * 0.28).round().max(1.0);
    (0..8)
        .filter(|dot| pattern >> dot & 1 == 1)
        .map(|dot: usize| {
            let (col, row) = PLACES[dot];
            let x = cell.width as f32 * (f32::from(col) * 2.0 + 1.0) / 4.0;
            let y = cell.height as f32 * (f32::from(row) * 2.0 + 1.0) / 8.0;
            let (left, top) = ((x - side / 2.0).round(), (y - side / 2.0).round());
            Shape::rectangle(left, top, left + side, top + side)
        })
        .collect()
}
