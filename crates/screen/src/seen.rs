//! What the screen showed when somebody last looked, with the version in which each part changed.

use crate::changes::{Changes, RowRun};
use crate::emulator::Emulator;
use crate::packed::PackedRow;
use crate::snapshot::{Cursor, Palette, Size, Snapshot};

/// The last view of the screen, in few bytes.
#[derive(Debug)]
pub(crate) struct Seen {
    version: u64,
    /// The version in which the size changed last.
    sized: u64,
    size: Size,
    rows: Vec<Part<PackedRow>>,
    cursor: Part<Cursor>,
    title: Part<Option<String>>,
    alternate: Part<bool>,
    reverse: Part<bool>,
    palette: Part<Palette>,
}

/// A part of the view, and the version in which it came to be as it is.
#[derive(Debug, Default)]
struct Part<T> {
    value: T,
    version: u64,
}

impl<T: PartialEq> Part<T> {
    /// Returns whether the part changed.
    fn see(&mut self, value: T, version: u64) -> bool {
        let changed = self.value != value;
        if changed {
            *self = Self { value, version };
        }
        changed
    }

    fn since(&self, version: Option<u64>) -> bool {
        version.is_none_or(|version| self.version > version)
    }
}

impl Seen {
    /// The view of an empty screen, version 1.
    pub(crate) fn new(size: Size) -> Self {
        Self {
            version: 1,
            sized: 1,
            size,
            rows: rows(size),
            cursor: Part {
                value: Cursor {
                    visible: true,
                    ..Cursor::default()
                },
                version: 1,
            },
            title: Part::default(),
            alternate: Part::default(),
            reverse: Part::default(),
            palette: Part::default(),
        }
    }

    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn resize(&mut self, size: Size) {
        self.version += 1;
        self.sized = self.version;
        self.size = size;
        self.rows = rows(size);
    }

    /// Looks at the screen; the version grows if anything differs from the last view.
    pub(crate) fn look(&mut self, emulator: &mut Emulator) {
        let next = self.version + 1;
        let mut changed = false;
        for (place, row) in self.rows.iter_mut().enumerate() {
            changed |= row.see(emulator.row(place), next);
        }
        let mut cursor = emulator.cursor();
        cursor.col = cursor.col.min(self.size.cols - 1);
        changed |= self.cursor.see(cursor, next);
        if self.title.value.as_deref() != emulator.title() {
            changed |= self.title.see(emulator.title().map(str::to_owned), next);
        }
        changed |= self.alternate.see(emulator.is_alternate(), next);
        changed |= self.reverse.see(emulator.is_reverse(), next);
        changed |= self.palette.see(emulator.palette(), next);
        if changed {
            self.version = next;
        }
    }

    /// A snapshot of the last view.
    pub(crate) fn snapshot(&self, emulator: &Emulator, offset: u64, scrollback: usize) -> Snapshot {
        let cols = self.size.cols;
        let rows = self.rows.iter().map(|row| row.value.unpack_to(cols));
        let scrollback = emulator.scrollback().last(scrollback);
        Snapshot {
            version: self.version,
            offset,
            size: self.size,
            rows: rows.collect(),
            scrollback: scrollback.map(|row| row.unpack(cols)).collect(),
            cursor: self.cursor.value,
            title: self.title.value.clone(),
            alternate: self.alternate.value,
            reverse: self.reverse.value,
            palette: self.palette.value.clone(),
        }
    }

    /// What of the last view is newer than `version`.
    pub(crate) fn changes_since(&self, version: u64, offset: u64) -> Changes {
        let known = (self.sized..=self.version).contains(&version);
        let since = known.then_some(version);
        let mut runs: Vec<RowRun> = Vec::new();
        let mut last = None;
        for (row, place) in self.rows.iter().zip(0..) {
            if !row.since(since) {
                continue;
            }
            let cells = row.value.unpack_to(self.size.cols);
            match runs.last_mut().filter(|_| last == Some(place)) {
                Some(run) => run.rows.push(cells),
                None => runs.push(RowRun {
                    first: place,
                    rows: vec![cells],
                }),
            }
            last = Some(place + 1);
        }
        Changes {
            version: self.version,
            offset,
            size: self.size,
            whole: !known,
            rows: runs,
            cursor: self.cursor.since(since).then_some(self.cursor.value),
            title: self.title.since(since).then(|| self.title.value.clone()),
            alternate: self.alternate.since(since).then_some(self.alternate.value),
            reverse: self.reverse.since(since).then_some(self.reverse.value),
            palette: self
                .palette
                .since(since)
                .then(|| self.palette.value.clone()),
        }
    }
}

fn rows(size: Size) -> Vec<Part<PackedRow>> {
    let mut rows = Vec::new();
    rows.resize_with(usize::from(size.rows), Part::default);
    rows
}
