//! The backgrounds of cells as few rectangles.

use super::super::picture::CellBox;
use super::super::theme::Rgb;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

/// The cells whose background is not the page's, row after row.
#[derive(Default)]
pub(super) struct Backgrounds {
    stretches: Vec<Stretch>,
}

/// Neighbouring cells of a row with one background.
struct Stretch {
    row: u32,
    place: Place,
}

/// First column, number of columns, colour.
type Place = (u32, u32, Rgb);

impl Backgrounds {
    /// Adds a cell, right of and below those that were added.
    pub(super) fn add(&mut self, row: u32, col: u32, colour: Rgb) {
        if let Some(Stretch { row: same, place }) = self.stretches.last_mut()
            && (*same, place.0 + place.1, place.2) == (row, col, colour)
        {
            place.1 += 1;
            return;
        }
        let place = (col, 1, colour);
        self.stretches.push(Stretch { row, place });
    }

    /// The backgrounds, those of equal place and colour in rows above each other as one.
    pub(super) fn paths(&self, cell: CellBox) -> BTreeMap<Rgb, String> {
        let mut paths: BTreeMap<Rgb, String> = BTreeMap::new();
        let mut close = |&(col, cols, colour): &Place, rows: &Range<u32>| {
            let (x, width) = (col * cell.width, cols * cell.width);
            let (y, height) = (rows.start * cell.height, rows.len() as u32 * cell.height);
            let path = paths.entry(colour).or_default();
            let _ = write!(path, "M{x} {y}h{width}v{height}h-{width}z");
        };
        // What reaches down to the row above.
        let mut open: BTreeMap<Place, Range<u32>> = BTreeMap::new();
        for row in self.stretches.chunk_by(|one, next| one.row == next.row) {
            let mut reaching = BTreeMap::new();
            for Stretch { row, place } in row {
                // Rows without any background in between end what is open, too.
                let above = open.get(place).filter(|above| above.end == *row);
                let start = above.map_or(*row, |above| above.start);
                if start < *row {
                    open.remove(place);
                }
                reaching.insert(*place, start..row + 1);
            }
            for (place, rows) in &open {
                close(place, rows);
            }
            open = reaching;
        }
        for (place, rows) in &open {
            close(place, rows);
        }
        paths
    }
}
