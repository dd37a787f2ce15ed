//! The segments of a transcript on disk, and a walk through their events.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rejoinder_expect::Offset;
use rejoinder_pty::{ExitStatus, Winsize};

use crate::SessionId;
use crate::transcript::files::{segment_path, segments};
use crate::transcript::lines::{Lines, Position};
use crate::transcript::parse::{self, Line};
use crate::transcript::{Stopped, TranscriptError, TranscriptErrorKind, TranscriptHeader};

/// A part of a file that is walked through rather than halved again, in bytes.
const NEAR: u64 = 128 * 1024;

/// One file of a transcript.
#[derive(Debug)]
pub(crate) struct Segment {
    number: u64,
    path: PathBuf,
    file: File,
    /// Where its output starts.
    pub(crate) first: Offset,
    /// Where its events start.
    body: u64,
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

    /// A place in the file from which the byte at `target` is not far, and not
    /// passed: comments that tell offsets are looked for by halving.
    fn near(&self, target: Offset) -> Result<u64, TranscriptError> {
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
    fn holding(&self, target: Offset) -> &Arc<Segment> {
        let after = self.list.partition_point(|segment| segment.first <= target);
        &self.list[after.saturating_sub(1)]
    }

    /// All segments, oldest first.
    pub(crate) fn all(&self) -> &[Arc<Segment>] {
        &self.list
    }

    fn after(&self, number: u64) -> Option<&Arc<Segment>> {
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

/// Something that happened in a session.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    /// The offset of the next byte of output, or of the first one of this.
    pub(crate) offset: Offset,
    /// When, since the start of the oldest segment; since somewhere else for a
    /// walk that did not start there.
    pub(crate) at: Duration,
    pub(crate) what: What,
}

/// What happened.
#[derive(Debug, PartialEq)]
pub(crate) enum What {
    Output(Vec<u8>),
    Mark(String),
    Resize(Winsize),
    Exit(ExitStatus),
    Stopped(Stopped),
}

/// A walk through the events of all segments.
#[derive(Debug)]
pub(crate) struct Cursor {
    segment: Arc<Segment>,
    position: Position,
    offset: Offset,
    at: Duration,
    /// The comments on the next event.
    raw: Option<String>,
    signal: Option<ExitStatus>,
    /// There was a later segment when this one was last read to its end.
    complete: bool,
}

impl Cursor {
    /// A walk from the oldest event on.
    pub(crate) fn oldest(list: &SegmentList) -> Cursor {
        let oldest = list.oldest();
        Cursor::at(oldest, oldest.body)
    }

    /// A walk from a place from which the byte at `target` is not far.
    pub(crate) fn near(list: &SegmentList, target: Offset) -> Result<Cursor, TranscriptError> {
        let segment = list.holding(target);
        Ok(Cursor::at(segment, segment.near(target)?))
    }

    fn at(segment: &Arc<Segment>, position: u64) -> Cursor {
        Cursor {
            segment: Arc::clone(segment),
            position: Position::at(position),
            offset: segment.first,
            at: Duration::ZERO,
            raw: None,
            signal: None,
            complete: false,
        }
    }

    /// The offset of the next byte of output.
    pub(crate) fn offset(&self) -> Offset {
        self.offset
    }

    /// The next event of any segment; `None` where there is none for now.
    pub(crate) fn next(
        &mut self,
        list: &mut SegmentList,
    ) -> Result<Option<Entry>, TranscriptError> {
        loop {
            if let Some(entry) = self.next_in_segment()? {
                return Ok(Some(entry));
            }
            match list.after(self.segment.number).map(Arc::clone) {
                // It may have grown between its end and the look for a later one.
                Some(_) if !self.complete => self.complete = true,
                Some(next) => {
                    let at = self.at;
                    *self = Cursor::at(&next, next.body);
                    self.at = at;
                }
                None if list.refresh()? => {}
                None => return Ok(None),
            }
        }
    }

    fn next_in_segment(&mut self) -> Result<Option<Entry>, TranscriptError> {
        let segment = Arc::clone(&self.segment);
        let position = std::mem::take(&mut self.position);
        let mut lines = Lines::new(&segment.file, &segment.path, position);
        let result = loop {
            let start = lines.position();
            match lines.next() {
                Ok(Some(line)) => match self.take(line) {
                    Ok(None) => {}
                    Ok(Some(entry)) => break Ok(Some(entry)),
                    Err(why) => break Err(TranscriptError::broken(&segment.path, start, why)),
                },
                Ok(None) => break Ok(None),
                Err(error) => break Err(error),
            }
        };
        self.position = lines.into_position();
        result
    }

    fn take(&mut self, line: &[u8]) -> Result<Option<Entry>, String> {
        let (interval, code, data) = match parse::line(line)? {
            Line::Event(interval, code, data) => (interval, code, data),
            Line::Offset(offset) => {
                self.offset = Offset::new(offset);
                return Ok(None);
            }
            Line::Raw(words) => {
                self.raw = Some(words.to_owned());
                return Ok(None);
            }
            Line::Signal(status) => {
                self.signal = Some(status);
                return Ok(None);
            }
            Line::Stopped(at, reason) => {
                return Ok(Some(self.entry(What::Stopped(Stopped {
                    at: Offset::new(at),
                    reason: reason.to_owned(),
                }))));
            }
            Line::Signature | Line::Other => return Ok(None),
        };
        self.at = self.at.saturating_add(interval);
        let what = match &*code {
            "o" => {
                let bytes = parse::bytes(&data, self.raw.take().as_deref())?;
                let entry = self.entry(What::Output(bytes));
                if let What::Output(bytes) = &entry.what {
                    self.offset += bytes.len() as u64;
                }
                return Ok(Some(entry));
            }
            "m" => What::Mark(data.into_owned()),
            "r" => match parse::size(&data) {
                Some(size) => What::Resize(size),
                None => return Err(format!("`{data}` is no size of a terminal")),
            },
            "x" => {
                let code = data.parse();
                let code = code.map_err(|_| format!("`{data}` is no exit status"))?;
                What::Exit(self.signal.take().unwrap_or(ExitStatus::Code(code)))
            }
            // Codes that a later version of the format may have are to be ignored.
            _ => return Ok(None),
        };
        Ok(Some(self.entry(what)))
    }

    fn entry(&self, what: What) -> Entry {
        Entry {
            offset: self.offset,
            at: self.at,
            what,
        }
    }
}

impl Segment {
    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// All its lines.
    pub(crate) fn lines_with_header(&self) -> Lines<'_> {
        Lines::new(&self.file, &self.path, Position::default())
    }

    /// The lines of its events.
    pub(crate) fn lines(&self) -> Lines<'_> {
        Lines::new(&self.file, &self.path, Position::at(self.body))
    }
}
