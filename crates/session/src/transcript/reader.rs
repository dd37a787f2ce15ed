//! Reading a transcript: by offset, from its end, and what was remarked in it.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use rejoinder_expect::Offset;
use rejoinder_pty::{ExitStatus, Winsize};

use crate::transcript::cursor::{Cursor, Entry, What};
use crate::transcript::opened::SegmentList;
use crate::transcript::{Stopped, TranscriptError, TranscriptHeader};
use crate::{Chunk, SessionId};

/// The most marks that [`Transcript::notes`] returns, and the most resizes.
const MOST_NOTES: usize = 10_000;

/// A transcript that is read, of a session that has ended or lives.
///
/// What has been read once is forgotten: memory is bounded by what is asked for
/// and one event, whatever the transcript's size. A place in it is found by
/// halving. A last line that is half written is not there yet; a file that grows,
/// and new segments, are followed.
///
/// An asciicast of another program can be read too, if it bears the right name.
/// Its offsets count the bytes of its text in UTF-8.
#[derive(Debug)]
pub struct Transcript {
    pub(crate) segments: SegmentList,
}

/// What was remarked in a transcript.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// The marks, oldest first; of more than 10,000 the last.
    pub marks: Vec<Mark>,
    /// The changes of the terminal's size, oldest first; of more than 10,000 the
    /// last.
    pub resizes: Vec<Resize>,
    /// Marks and resizes that are left out, because there are too many.
    pub omitted: u64,
    /// From the start to the last event.
    pub duration: Duration,
}

/// A mark: some input, or something worth finding again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The output stood here.
    pub offset: Offset,
    /// When, since [`TranscriptHeader::started`].
    pub at: Duration,
    /// What it says.
    pub label: String,
}

/// A change of the terminal's size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resize {
    /// The output stood here.
    pub offset: Offset,
    /// When, since [`TranscriptHeader::started`].
    pub at: Duration,
    /// The new size.
    pub size: Winsize,
}

/// How a transcript ends.
#[derive(Debug)]
struct Tail {
    end: Offset,
    exit: Option<ExitStatus>,
    stopped: Option<Stopped>,
}

impl Transcript {
    /// Opens the transcript of a session in a directory.
    ///
    /// # Errors
    ///
    /// When there is none, or the file is no asciicast of version 3.
    pub fn open(dir: &Path, id: SessionId) -> Result<Transcript, TranscriptError> {
        Ok(Transcript {
            segments: SegmentList::open(dir, id)?,
        })
    }

    /// What the transcript says of its session, as of the oldest segment that is
    /// still there.
    #[must_use]
    pub fn header(&self) -> &TranscriptHeader {
        &self.segments.oldest().header
    }

    /// The oldest offset that is still there, as of the last time that anything was
    /// read.
    #[must_use]
    pub fn first(&self) -> Offset {
        self.segments.oldest().first
    }

    /// The end of the output that is there now.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is broken.
    pub fn end(&mut self) -> Result<Offset, TranscriptError> {
        Ok(self.last()?.end)
    }

    /// How the program ended, if it has.
    ///
    /// # Errors
    ///
    /// As [`Transcript::end`].
    pub fn exit(&mut self) -> Result<Option<ExitStatus>, TranscriptError> {
        Ok(self.last()?.exit)
    }

    /// Where and why recording ended before the session, if it did and there was
    /// room to say so.
    ///
    /// # Errors
    ///
    /// As [`Transcript::end`].
    pub fn stopped(&mut self) -> Result<Option<Stopped>, TranscriptError> {
        Ok(self.last()?.stopped)
    }

    /// At most `max_bytes` bytes of output from an offset on, exactly as they were
    /// printed. Where `from` lies before what is still there, or within what is
    /// missing, `dropped` counts what is left out; past the end there is nothing.
    ///
    /// # Errors
    ///
    /// As [`Transcript::end`].
    ///
    /// # Example
    ///
    /// ```
    /// # use rejoinder_session::{Offset, Recorder, SessionId, Transcript};
    /// # use std::time::Instant;
    /// # let dir = tempfile::tempdir()?;
    /// # let dir = dir.path().join("t");
    /// # let id = SessionId::random()?;
    /// # let mut recorder =
    /// #     Recorder::create(&dir, id, Default::default(), Default::default(), Instant::now())?;
    /// recorder.output(b"one \xff two", Instant::now());
    /// recorder.flush();
    /// let chunk = Transcript::open(&dir, id)?.read(Offset::new(4), 3)?;
    /// assert_eq!((&chunk.bytes[..], chunk.more), (&b"\xff t"[..], 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(&mut self, from: Offset, max_bytes: usize) -> Result<Chunk, TranscriptError> {
        // A reader that comes back later may find that the oldest part is gone.
        self.segments.refresh()?;
        let there = self.last()?.end;
        let from = from.min(there);
        let mut cursor = Cursor::near(&self.segments, from)?;
        let mut bytes = Vec::new();
        let mut start = from;
        while bytes.len() < max_bytes
            && let Some(Entry { offset, what, .. }) = cursor.next(&mut self.segments)?
        {
            let What::Output(output) = what else {
                continue;
            };
            let next = start + bytes.len() as u64;
            if offset > next {
                if !bytes.is_empty() {
                    break;
                }
                start = offset;
            }
            let skip = usize::try_from(next - offset).unwrap_or(usize::MAX);
            let part = &output[skip.min(output.len())..];
            bytes.extend_from_slice(&part[..part.len().min(max_bytes - bytes.len())]);
        }
        let end = start + bytes.len() as u64;
        Ok(Chunk {
            start,
            end,
            bytes: Bytes::from(bytes),
            dropped: start - from,
            more: there - end,
        })
    }

    /// The last `bytes` bytes of output, or as many as are there.
    ///
    /// # Errors
    ///
    /// As [`Transcript::end`].
    pub fn tail(&mut self, bytes: usize) -> Result<Chunk, TranscriptError> {
        let from = self.end()?.saturating_sub(bytes as u64);
        self.read(from.max(self.first()), bytes)
    }

    /// The marks and the changes of size, for which all of it is read.
    ///
    /// # Errors
    ///
    /// As [`Transcript::end`].
    pub fn notes(&mut self) -> Result<Notes, TranscriptError> {
        let mut omitted = 0;
        let mut duration = Duration::ZERO;
        let (mut marks, mut resizes) = (VecDeque::new(), VecDeque::new());
        self.each(|Entry { offset, at, what }| {
            duration = at;
            match what {
                What::Mark(label) => marks.push_back(Mark { offset, at, label }),
                What::Resize(size) => resizes.push_back(Resize { offset, at, size }),
                _ => {}
            }
            if marks.len() > MOST_NOTES {
                marks.pop_front();
                omitted += 1;
            }
            if resizes.len() > MOST_NOTES {
                resizes.pop_front();
                omitted += 1;
            }
        })?;
        Ok(Notes {
            marks: marks.into(),
            resizes: resizes.into(),
            omitted,
            duration,
        })
    }

    /// Goes through all that is there.
    pub(crate) fn each(&mut self, mut sink: impl FnMut(Entry)) -> Result<(), TranscriptError> {
        let mut cursor = Cursor::oldest(&self.segments);
        while let Some(entry) = cursor.next(&mut self.segments)? {
            sink(entry);
        }
        Ok(())
    }

    /// The segments, brought up to date.
    pub(crate) fn segments(&mut self) -> Result<&SegmentList, TranscriptError> {
        self.segments.refresh()?;
        Ok(&self.segments)
    }

    fn last(&mut self) -> Result<Tail, TranscriptError> {
        self.segments.refresh()?;
        let mut cursor = Cursor::near(&self.segments, Offset::new(u64::MAX))?;
        let (mut exit, mut stopped) = (None, None);
        while let Some(entry) = cursor.next(&mut self.segments)? {
            match entry.what {
                What::Exit(status) => exit = Some(status),
                What::Stopped(at) => stopped = Some(at),
                _ => {}
            }
        }
        Ok(Tail {
            end: cursor.offset(),
            exit,
            stopped,
        })
    }
}
