//! What pictures have in common: their size, their options, their limits.

use crate::Snapshot;

/// Height of a cell in pixels where none is asked for.
const CELL_HEIGHT: u16 = 18;
/// Lowest and greatest height of a cell in pixels.
const CELL_HEIGHTS: std::ops::RangeInclusive<u16> = 8..=64;
/// Most pixels of a picture: 500×1000 cells of the least height are as many.
const MAX_PIXELS: u64 = 16_000_000;
/// Most rows and columns of a picture, those of the greatest screen.
const MAX_CELLS: (usize, usize) = (500, 1000);

/// What [`png`](super::png) and [`svg`](super::svg) are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureOptions {
    /// Height of a cell in pixels, 8 to 64 (values outside are taken to the nearest); a cell is
    /// half as wide. 18 where nothing is asked for: a screen of 40×120 has 720×1080 pixels then.
    pub cell_height: u16,
    /// Whether the cursor is drawn, where the program shows it.
    pub cursor: bool,
}

impl Default for PictureOptions {
    fn default() -> Self {
        Self {
            cell_height: CELL_HEIGHT,
            cursor: true,
        }
    }
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct PictureError(#[from] Kind);

#[derive(Debug, thiserror::Error)]
pub(super) enum Kind {
    #[error(
        "a screen of {rows} rows and {cols} columns has no picture: 1 to 500 rows and 1 to 1000 columns have"
    )]
    Size { rows: usize, cols: usize },
    #[error("the picture cannot be encoded as PNG")]
    Png(#[from] png::EncodingError),
}

/// A picture's measures in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) rows: u32,
    pub(super) cols: u32,
    pub(super) cell_width: u32,
    pub(super) cell_height: u32,
}

impl Grid {
    /// The size that is asked for, with smaller cells where the picture would have more than
    /// 16 million pixels.
    pub(super) fn new(snapshot: &Snapshot, options: &PictureOptions) -> Result<Self, PictureError> {
        let (rows, cols) = (
            usize::from(snapshot.size.rows),
            usize::from(snapshot.size.cols),
        );
        if rows == 0 || cols == 0 || rows > MAX_CELLS.0 || cols > MAX_CELLS.1 {
            return Err(Kind::Size { rows, cols }.into());
        }
        let (rows, cols) = (u32::from(snapshot.size.rows), u32::from(snapshot.size.cols));
        let mut height = u32::from(
            options
                .cell_height
                .clamp(*CELL_HEIGHTS.start(), *CELL_HEIGHTS.end()),
        );
        let pixels = |height: u32| u64::from(rows * height) * u64::from(cols * height.div_ceil(2));
        while pixels(height) > MAX_PIXELS && height > u32::from(*CELL_HEIGHTS.start()) {
            height -= 1;
        }
        Ok(Self {
            rows,
            cols,
            cell_width: height.div_ceil(2),
            cell_height: height,
        })
    }

    pub(super) fn width(&self) -> u32 {
        self.cols * self.cell_width
    }

    pub(super) fn height(&self) -> u32 {
        self.rows * self.cell_height
    }

    pub(super) fn cell(&self) -> CellBox {
        CellBox {
            width: self.cell_width,
            height: self.cell_height,
        }
    }
}

/// The measures of a cell, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CellBox {
    pub(super) width: u32,
    pub(super) height: u32,
}

impl CellBox {
    /// Thickness of a thin line.
    pub(super) fn line(self) -> u32 {
        ((self.height + 6) / 14).max(1)
    }

    /// Size of the font in pixels: the greatest whose characters are no wider and whose lines are
    /// no higher than the cell (DejaVu Sans Mono: 1233 and 2384 of 2048 units).
    pub(super) fn font_size(self) -> f32 {
        let (width, height) = (self.width as f32, self.height as f32);
        (width * 2048.0 / 1233.0).min(height * 2048.0 / 2384.0)
    }

    /// Where the characters stand, from the top: the line is in the middle of the cell.
    pub(super) fn baseline(self) -> u32 {
        let size = self.font_size();
        let ascent = 1901.0 / 2048.0 * size;
        let above = (self.height as f32 - 2384.0 / 2048.0 * size) / 2.0;
        (above + ascent).round() as u32
    }

    /// The top edges of an underline and of the second line of a double one.
    pub(super) fn underlines(self) -> [u32; 2] {
        let thick = self.line();
        let lowest = self.height.saturating_sub(thick);
        let first = (self.baseline() + 1 + thick / 2).min(lowest);
        [first, (first + 2 * thick).min(lowest)]
    }

    /// The top edge of the line through struck text: half as high as small letters.
    pub(super) fn strikeout(self) -> u32 {
        self.baseline()
            .saturating_sub((self.font_size() * 0.26).round() as u32)
    }

    /// Thickness of a cursor that is a line.
    pub(super) fn cursor_line(self) -> u32 {
        self.line() + 1
    }
}
