//! Output that has left memory: read and searched where it was written down.

use std::path::Path;

use rejoinder_expect::Offset;

use super::{SearchIn, Session};
use crate::answer::{Answer, Chunk};
use crate::core::first_lines;
use crate::error::{Error, ErrorKind};
use crate::request::{Interact, Read, Request};
use crate::transcript::{LineSearch, LinesFound, Transcript};

/// Bytes that are read from a transcript at once: no less than a call may ask for.
const READ_FROM_DISK: usize = 1 << 20;

/// The reader that searches: its position is nobody's.
const SEARCHER: &str = "search";

impl Session {
    /// Replaces a chunk whose beginning has left the ring by what the transcript
    /// has from there on.
    pub(super) fn read_from_disk(&self, since: Offset, max_lines: usize, chunk: &mut Chunk) {
        let on_disk = self
            .transcript()
            .ok()
            .and_then(|mut transcript| transcript.read(since, READ_FROM_DISK).ok());
        if let Some(on_disk) = on_disk.filter(|on_disk| on_disk.dropped < chunk.dropped) {
            let end = chunk.end + chunk.more;
            *chunk = on_disk;
            if max_lines > 0 {
                let length = first_lines(&chunk.bytes, max_lines).len();
                chunk.bytes.truncate(length);
                chunk.end = chunk.start + length as u64;
            }
            chunk.more = end.get().saturating_sub(chunk.end.get());
        }
    }

    /// Tells how far a reader has come with what the ring had no more.
    pub(super) async fn note_read(&self, read: Read, end: Offset) -> Result<(), Error> {
        let noted = Read {
            noted: Some(end),
            ..read
        };
        let note = Interact {
            read: Some(noted),
            ..Interact::default()
        };
        self.ask(Request::Interact(Box::new(note))).await.map(drop)
    }

    /// Searches the output by lines.
    ///
    /// # Errors
    ///
    /// When the pattern cannot be compiled, the session has no transcript though
    /// that is to be searched, or the session's driver is gone.
    pub async fn search(&self, search: LineSearch, place: SearchIn) -> Result<LinesFound, Error> {
        if place == SearchIn::Ring {
            let read = Read {
                since: Some(Offset::ZERO),
                ..Read::unread(SEARCHER)
            };
            let all = Interact {
                read: Some(read),
                ..Interact::default()
            };
            let Answer::Interacted(all) = self.ask(Request::Interact(Box::new(all))).await? else {
                return Err(Error::lost());
            };
            let chunk = all.output.ok_or_else(Error::lost)?;
            return search.in_bytes(&chunk.bytes, chunk.start);
        }
        let mut transcript = self.transcript()?;
        tokio::task::spawn_blocking(move || search.in_transcript(&mut transcript))
            .await
            .map_err(|_| Error::lost())?
    }

    /// What is on disk of the session's output.
    ///
    /// # Errors
    ///
    /// When it has no transcript, or that cannot be read.
    pub fn transcript(&self) -> Result<Transcript, Error> {
        let path = self
            .shared
            .holder
            .as_ref()
            .and_then(|meta| meta.transcript.as_deref());
        let directory = path.and_then(Path::parent).ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                format!("session {} has no transcript", self.identity().name),
                "what the ring keeps can be read and searched; start the next session with `record: true`",
            )
        })?;
        Transcript::open(directory, self.identity().id).map_err(|error| {
            Error::new(
                ErrorKind::Io,
                format!("the transcript cannot be read: {error}"),
                "what the ring keeps can be read and searched",
            )
            .caused_by(error)
        })
    }
}
