//! What has changed on a screen since somebody last looked.

use crate::snapshot::{Cursor, Palette, Row, Size, Snapshot};

/// The difference between an earlier version of a screen and the present one.
///
/// # Example
/// ```
/// use rejoinder_screen::{Screen, ScreenConfig};
///
/// let mut screen = Screen::new(ScreenConfig::default());
/// screen.push(b"one\r\ntwo", &mut Vec::new());
/// let mut mine = screen.snapshot(0);
/// screen.push(b"\rTWO", &mut Vec::new());
/// let changes = screen.changes_since(mine.version);
/// assert!(!changes.whole && changes.rows.len() == 1 && changes.rows[0].first == 1);
/// changes.apply(&mut mine);
/// assert_eq!(mine, screen.snapshot(0));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The present version.
    pub version: u64,
    /// Bytes of output that the present screen is the result of.
    pub offset: u64,
    /// The present size.
    pub size: Size,
    /// Everything is told, because the earlier version is none of this screen, or from before a
    /// change of its size.
    pub whole: bool,
    /// Rows that differ, in runs of neighbours, from the top.
    pub rows: Vec<RowRun>,
    /// The cursor, where it differs.
    pub cursor: Option<Cursor>,
    /// The title, where it differs.
    pub title: Option<Option<String>>,
    /// Whether the alternate screen is shown, where that differs.
    pub alternate: Option<bool>,
    /// Whether colours are exchanged, where that differs.
    pub reverse: Option<bool>,
    /// The colours set, where they differ.
    pub palette: Option<Palette>,
}

/// Rows below each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowRun {
    /// The first one's place from the top, counted from 0.
    pub first: u16,
    /// The rows.
    pub rows: Vec<Row>,
}

impl Changes {
    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        let Self {
            rows,
            cursor,
            title,
            alternate,
            reverse,
            palette,
            ..
        } = self;
        rows.is_empty()
            && cursor.is_none()
            && title.is_none()
            && alternate.is_none()
            && reverse.is_none()
            && palette.is_none()
    }

    /// Turns a snapshot of the earlier version into one of the present. Its scrollback stays as it
    /// is.
    pub fn apply(&self, snapshot: &mut Snapshot) {
        snapshot.version = self.version;
        snapshot.offset = self.offset;
        snapshot.size = self.size;
        if self.whole {
            snapshot.rows.clear();
        }
        for run in &self.rows {
            for (row, place) in run.rows.iter().zip(usize::from(run.first)..) {
                match snapshot.rows.get_mut(place) {
                    Some(old) => old.clone_from(row),
                    None => snapshot.rows.push(row.clone()),
                }
            }
        }
        snapshot.cursor = self.cursor.unwrap_or(snapshot.cursor);
        if let Some(title) = &self.title {
            snapshot.title.clone_from(title);
        }
        snapshot.alternate = self.alternate.unwrap_or(snapshot.alternate);
        snapshot.reverse = self.reverse.unwrap_or(snapshot.reverse);
        if let Some(palette) = &self.palette {
            snapshot.palette.clone_from(palette);
        }
    }
}
