//! A walk through the events of a transcript.

use std::sync::Arc;
use std::time::Duration;

use rejoinder_expect::Offset;
use rejoinder_pty::{ExitStatus, Winsize};

use crate::transcript::lines::Position;
use crate::transcript::opened::{Segment, SegmentList};
use crate::transcript::parse::{self, Line};
use crate::transcript::{Stopped, TranscriptError};

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
        let mut lines = segment.lines_from(position);
        let result = loop {
            let start = lines.position();
            match lines.next() {
                Ok(Some(line)) => match self.take(line) {
                    Ok(None) => {}
                    Ok(Some(entry)) => break Ok(Some(entry)),
                    Err(why) => break Err(TranscriptError::broken(segment.path(), start, why)),
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
