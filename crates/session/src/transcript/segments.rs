//! The files a recording goes to: one after the other, the oldest removed when
//! all together are too large, nothing half-written left when the disk is full.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rejoinder_expect::Offset;

use crate::SessionId;
use crate::transcript::encode::STOPPED;
use crate::transcript::files::{private_directory, segment_path};
use crate::transcript::{TranscriptError, TranscriptLimits};

/// A segment that is complete.
#[derive(Debug)]
struct Complete {
    path: PathBuf,
    first: Offset,
    bytes: u64,
}

/// The segments of one recording.
#[derive(Debug)]
pub(crate) struct Segments {
    dir: PathBuf,
    id: SessionId,
    max_bytes: u64,
    segment_bytes: u64,
    complete: VecDeque<Complete>,
    number: u64,
    path: PathBuf,
    file: File,
    /// Where the output of the present segment starts.
    first: Offset,
    /// Bytes of the present segment, all of them whole lines.
    written: u64,
}

impl Segments {
    /// Makes the first segment, empty.
    pub(crate) fn create(
        dir: &Path,
        id: SessionId,
        limits: TranscriptLimits,
    ) -> Result<Segments, TranscriptError> {
        private_directory(dir)?;
        let path = segment_path(dir, id, 0);
        let file = new_file(&path)
            .map_err(|error| TranscriptError::io(&path, "the transcript cannot be made", error))?;
        Ok(Segments {
            dir: dir.to_owned(),
            id,
            max_bytes: limits.max_bytes,
            segment_bytes: limits.effective_segment_bytes(),
            complete: VecDeque::new(),
            number: 0,
            path,
            file,
            first: Offset::ZERO,
            written: 0,
        })
    }

    /// The file that is written to.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The oldest offset that is on disk.
    pub(crate) fn first(&self) -> Offset {
        self.complete
            .front()
            .map_or(self.first, |oldest| oldest.first)
    }

    /// Whether so many bytes more, on top of `buffered` ones, would make the
    /// present segment too large.
    pub(crate) fn is_full_with(&self, buffered: usize, more: usize) -> bool {
        self.written + (buffered + more) as u64 > self.segment_bytes
    }

    /// Appends whole lines.
    ///
    /// # Errors
    ///
    /// What the system said; the file then ends where it ended before.
    pub(crate) fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        match self.file.write_all(lines) {
            Ok(()) => {
                self.written += lines.len() as u64;
                Ok(())
            }
            Err(error) => {
                self.take_back();
                Err(error)
            }
        }
    }

    /// Goes on in a new file, for output from `first` on.
    pub(crate) fn rotate(&mut self, first: Offset) -> io::Result<()> {
        let kept: u64 = self.complete.iter().map(|segment| segment.bytes).sum();
        let mut too_many =
            (kept + self.written + self.segment_bytes).saturating_sub(self.max_bytes);
        while too_many > 0 {
            let Some(oldest) = self.complete.pop_front() else {
                break;
            };
            remove(&oldest.path)?;
            too_many = too_many.saturating_sub(oldest.bytes);
        }
        let path = segment_path(&self.dir, self.id, self.number + 1);
        let file = new_file(&path)?;
        self.complete.push_back(Complete {
            path: std::mem::replace(&mut self.path, path),
            first: std::mem::replace(&mut self.first, first),
            bytes: std::mem::take(&mut self.written),
        });
        self.file = file;
        self.number += 1;
        Ok(())
    }

    /// Says in the file itself, if there is room for it, why it ends here.
    pub(crate) fn close(&mut self, at: Offset, reason: &str) {
        if self.written == 0 {
            // A segment that got no header is no asciicast; with the room it
            // does not take, the one before may still take the remark.
            let _ = remove(&self.path);
            let Some(last) = self.complete.pop_back() else {
                return;
            };
            let Ok(file) = OpenOptions::new().append(true).open(&last.path) else {
                return;
            };
            self.file = file;
            self.path = last.path;
            self.first = last.first;
            self.written = last.bytes;
        }
        let line = format!("{STOPPED}{at} {}\n", reason.replace(['\r', '\n'], " "));
        if self.file.write_all(line.as_bytes()).is_err() {
            self.take_back();
        }
    }

    /// Writes go to another file from now on.
    #[cfg(test)]
    pub(crate) fn redirect(&mut self, file: File) {
        self.file = file;
    }

    /// Cuts off what was written of lines that could not be written whole. A
    /// reader copes with half a line where even that is refused.
    fn take_back(&mut self) {
        let _ = self.file.set_len(self.written);
    }
}

/// A new file that only this user may read. It is opened for appending, so what
/// is cut off its end leaves no hole.
fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
