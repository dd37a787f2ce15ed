//! GNU Unifont: a glyph of 8×16 or 16×16 pixels for nearly every character there is.
//!
//! `assets/unifont.bin`, numbers little-endian: the count of pages (`u16`); per page its number
//! (`u16`: code point divided by 1,024), the offset of its data behind the index (`u32`) and its
//! length (`u16`); then the data, each page a raw DEFLATE stream. Unpacked, a page has two bits per
//! character (0 no glyph, 1 narrow, 2 wide; the first character in the lowest bits) in 256 bytes,
//! then the bitmaps: 16 bytes, a row each, for a narrow glyph, and for a wide one its left half
//! and its right half.

use super::super::picture::CellBox;
use super::Mask;
use flate2::read::DeflateDecoder;
use std::collections::HashMap;
use std::io::Read as _;

const TABLE: &[u8] = include_bytes!("../../../assets/unifont.bin");
/// Characters per page.
const PAGE: u32 = 1024;
/// Bytes at the start of a page that say which glyphs it has.
const WIDTHS: usize = 256;
/// Rows of a glyph.
const ROWS: usize = 16;
/// Rows of a glyph that are above the line it stands on.
const ASCENT: u32 = 14;
/// Bytes of an unpacked page at most: every glyph wide.
const MAX_PAGE: u64 = 256 + 1024 * 32;

/// The pages that a picture needed so far.
#[derive(Default)]
pub(super) struct Bitmaps {
    pages: HashMap<u16, Vec<u8>>,
}

impl Bitmaps {
    pub(super) fn glyph(&mut self, character: char) -> Option<Bitmap> {
        let code = u32::from(character);
        let number = u16::try_from(code / PAGE).ok()?;
        let page = self.pages.entry(number).or_insert_with(|| unpacked(number));
        let widths = page.get(..WIDTHS)?;
        let halves = |at: usize| match widths[at / 4] >> (at % 4 * 2) & 3 {
            0 => 0,
            1 => 1,
            _ => 2,
        };
        let at = (code % PAGE) as usize;
        let before: usize = (0..at).map(halves).sum();
        let start = WIDTHS + before * ROWS;
        let left = page.get(start..start + ROWS)?;
        let right = page.get(start + ROWS..start + 2 * ROWS);
        match (halves(at), right) {
            (1, _) => Some(Bitmap {
                rows: std::array::from_fn(|row| u32::from(left[row])),
                width: 8,
            }),
            (2, Some(right)) => Some(Bitmap {
                rows: std::array::from_fn(|row| u32::from(left[row]) << 8 | u32::from(right[row])),
                width: 16,
            }),
            _ => None,
        }
    }
}

/// The page of that number; empty where there is none.
fn unpacked(number: u16) -> Vec<u8> {
    let mut page = Vec::new();
    let packed = entry(number).and_then(|(start, length)| TABLE.get(start..start + length));
    if let Some(packed) = packed {
        let read = DeflateDecoder::new(packed)
            .take(MAX_PAGE)
            .read_to_end(&mut page);
        if read.is_err() {
            page.clear();
        }
    }
    page
}

/// Where the page's data is in the table.
fn entry(number: u16) -> Option<(usize, usize)> {
    let (count, rest) = TABLE.split_first_chunk::<2>()?;
    let index = usize::from(u16::from_le_bytes(*count)) * 8;
    let (entries, _) = rest.get(..index)?.as_chunks::<8>();
    let found = entries
        .iter()
        .find(|entry| u16::from_le_bytes([entry[0], entry[1]]) == number)?;
    let [_, _, o0, o1, o2, o3, l0, l1] = *found;
    let offset = u32::from_le_bytes([o0, o1, o2, o3]) as usize;
    Some((
        2 + index + offset,
        usize::from(u16::from_le_bytes([l0, l1])),
    ))
}

/// A glyph; the highest of its `width` bits is on the left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bitmap {
    rows: [u32; ROWS],
    width: u32,
}

impl Bitmap {
    /// Made bold by a second print a pixel to the right, italic by slanting.
    pub(super) fn styled(mut self, bold: bool, italic: bool) -> Self {
        let kept = (1 << self.width) - 1;
        for (row, bits) in (0u32..).zip(&mut self.rows) {
            if bold {
                *bits |= *bits >> 1;
            }
            if italic {
                // Two pixels to the right at the top, one to the left at the bottom.
                *bits = (*bits << 1 >> (3 - row.div_ceil(5).min(3))) & kept;
            }
        }
        self
    }

    /// The glyph in its cells: at a whole multiple of its size where that fills most of the cell,
    /// which keeps it sharp, and else stretched or shrunk to the cell's height.
    pub(super) fn scaled(&self, cells: CellBox, baseline: u32) -> Mask {
        let rows = ROWS as u32;
        let sharp = cells.height / rows * rows;
        let height = if sharp * 4 >= cells.height * 3 {
            sharp
        } else {
            cells.height
        };
        let width = (height * self.width / rows).min(cells.width);
        let left = (cells.width - width) / 2;
        let top = baseline
            .saturating_sub(ASCENT * height / rows)
            .min(cells.height - height);
        let mut mask = vec![0; (cells.width * cells.height) as usize];
        for y in 0..height {
            for x in 0..width {
                let at = (top + y) * cells.width + left + x;
                mask[at as usize] = self.covered((x, width), (y, height));
            }
        }
        mask.into()
    }

    /// How much of a pixel of the scaled glyph is covered, 0 to 15: the share of the rectangle of
    /// the glyph that comes to lie on it.
    fn covered(&self, (x, width): (u32, u32), (y, height): (u32, u32)) -> u8 {
        let (mut covered, mut all) = (0, 0);
        for (row, down) in overlaps(y, height, ROWS as u32) {
            for (col, across) in overlaps(x, width, self.width) {
                let share = down * across;
                all += share;
                let bit = self.rows[row as usize] >> (self.width - 1 - col) & 1;
                covered += share * bit;
            }
        }
        (covered * 15 + all / 2)
            .checked_div(all)
            .unwrap_or(0)
            .to_le_bytes()[0]
    }
}

/// Which of `source` parts lie under part `at` of `target`, and how much of each, in units of
/// one part of `source * target`.
fn overlaps(at: u32, target: u32, source: u32) -> impl Iterator<Item = (u32, u32)> {
    let (start, end) = (at * source, (at + 1) * source);
    (start / target..end.div_ceil(target)).map(move |part| {
        let from = start.max(part * target);
        let to = end.min((part + 1) * target);
        (part, to - from)
    })
}
