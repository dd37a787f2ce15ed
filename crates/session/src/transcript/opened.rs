//! The segments of a transcript that is read.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rejoinder_expect::Offset;

use crate::SessionId;
use crate::transcript::files::{segment_path, segments};
use crate::transcript::lines::{Lines, Position};
use crate::transcript::parse::{self, Line};
use crate::transcript::{TranscriptError, TranscriptErrorKind, TranscriptHeader};

/// A part of a file that is walked through rather than halved again, in bytes.
const NEAR: u64 = 128 * 1024;

/// One file of a transcript.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) number: u64,
    path: PathBuf,
    file: File,
    /// Where its output starts.
    pub(crate) first: Offset,
    /// Where its events start.
    pub(crate) body: u64,
    pub(crate) header: TranscriptHeader,
}

impl Segment {
    /// Opens a file; `None` when it is not even begun.
    fn open(path: PathBuf, number: u64) -> Result<Option<Segment>, TranscriptError> {
        let file = File::open(&path).map_err(|error| {
            TranscriptError::io(&path, "the transcript cannot be opened", error)
        })?;
        let foreign = |why| TranscriptError::new(TranscriptErrorKind::NotATranscript, &path, why);
        let mut lines = Lines::new(&file, &path, Position::default());
        let header = match lines.next() {
            Ok(Some(line)) => TranscriptHeader::from_line(line).map_err(foreign)?,
            Ok(None) => return Ok(None),
            Err(error) if error.kind() == TranscriptErrorKind::Broken => {
                return Err(foreign("it has no header of an asciicast".to_owned()));
            }
            Err(error) => return Err(error),
        };
        let body = lines.position();
        let mut first = Offset::ZERO;
        while let Some(line) = lines.next()? {
            if !line.starts_with(b"#") {
                break;
            }
            if let Line::Offset(offset) = parse::line(line).map_err(foreign)? {
                first = Offset::new(offset);
            }
        }
        Ok(Some(Segment {
            number,
            first,
            body,
            header,
            file,
            path,
        }))
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that it has now.
    pub(crate) fn length(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// All its lines.
    pub(crate) fn lines_with_header(&self) -> Lines<'_> {
        Lines::new(&self.file, &self.path, Position::default())
    }

    /// The lines of its events.
    pub(crate) fn lines(&self) -> Lines<'_> {
        Lines::new(&self.file, &self.path, Position::at(self.body))
    }

    /// The lines from a place that was reached before.
    pub(crate) fn lines_from(&self, position: Position) -> Lines<'_> {
        Lines::new(&self.file, &self.path, position)
    }

    /// A place in the file from which the byte at `target` is not far, and not
    /// passed: comments that tell offsets are looked for by halving.
    pub(crate) fn near(&self, target: Offset) -> Result<u64, TranscriptError> {
        let length = self.file.metadata().map(|metadata| metadata.len());
        let (mut low, mut high) = (self.body, length.unwrap_or(self.body));
        while high.saturating_sub(low) > NEAR {
            let middle = low + (high - low) / 2;
            match self.offset_between(middle, high)? {
                Some((position, offset)) if offset <= target => low = position,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// The first comment between two places that tells an offset.
    fn offset_between(&self, from: u64, to: u64) -> Result<Option<(u64, Offset)>, TranscriptError> {
        let mut lines = Lines::new(&self.file, &self.path, Position::at(from));
        // The rest of a line, most likely.
        let _ = lines.next()?;
        loop {
            let position = lines.position();
            if position >= to {
                return Ok(None);
            }
            let Some(line) = lines.next()? else {
                return Ok(None);
            };
            if let Some(offset) = parse::offset(line) {
                return Ok(Some((position, Offset::new(offset))));
            }
        }
    }
}

/// The segments of one session that are there.
#[derive(Debug)]
pub(crate) struct SegmentList {
    dir: PathBuf,
    id: SessionId,
    /// Never empty, oldest first.
    list: Vec<Arc<Segment>>,
}

impl SegmentList {
    /// Opens all segments of a session.
    pub(crate) fn open(dir: &Path, id: SessionId) -> Result<SegmentList, TranscriptError> {
        let mut list = SegmentList {
            dir: dir.to_owned(),
            id,
            list: Vec::new(),
        };
        list.update()?;
        if !list.list.is_empty() {
            return Ok(list);
        }
        let path = segment_path(dir, id, 0);
        let (kind, what) = if path.exists() {
            (
                TranscriptErrorKind::NotATranscript,
                "it is empty, or has no whole line",
            )
        } else {
            (
                TranscriptErrorKind::NotFound,
                "there is no transcript of this session",
            )
        };
        Err(TranscriptError::new(kind, &path, what))
    }

    /// The oldest segment.
    pub(crate) fn oldest(&self) -> &Arc<Segment> {
        &self.list[0]
    }

    /// The segment that has the byte at `target`, or the one nearest to it.
    pub(crate) fn holding(&self, target: Offset) -> &Arc<Segment> {
        let after = self.list.partition_point(|segment| segment.first <= target);
        &self.list[after.saturating_sub(1)]
    }

    /// All segments, oldest first.
    pub(crate) fn all(&self) -> &[Arc<Segment>] {
        &self.list
    }

    pub(crate) fn after(&self, number: u64) -> Option<&Arc<Segment>> {
        self.list.iter().find(|segment| segment.number > number)
    }

    /// Looks whether a new segment has been begun. Whether there is one.
    pub(crate) fn refresh(&mut self) -> Result<bool, TranscriptError> {
        let Some(newest) = self.list.last() else {
            return Ok(false);
        };
        let number = newest.number;
        let next = segment_path(&self.dir, self.id, number + 1);
        // Where the newest one known is gone, more than one have been begun.
        if !next.exists() && newest.path.exists() {
            return Ok(false);
        }
        self.update()?;
        Ok(self.after(number).is_some())
    }

    /// Forgets segments that were removed, opens those that are new. A transcript
    /// that was removed altogether is kept as far as it is open.
    fn update(&mut self) -> Result<(), TranscriptError> {
        let numbers = segments(&self.dir, self.id)?;
        let mut list = Vec::with_capacity(numbers.len());
        for (index, &number) in numbers.iter().enumerate() {
            if let Some(known) = self.list.iter().find(|segment| segment.number == number) {
                list.push(Arc::clone(known));
                continue;
            }
            let path = segment_path(&self.dir, self.id, number);
            match Segment::open(path.clone(), number) {
                Ok(Some(segment)) => list.push(Arc::new(segment)),
                Ok(None) if index + 1 == numbers.len() => {}
                Ok(None) => return Err(TranscriptError::broken(&path, 0, "it has no header")),
                // It was removed to make room since the directory was listed.
                Err(error) if error.kind() == TranscriptErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        if !list.is_empty() {
            self.list = list;
        }
        Ok(())
    }
}
