//! What a session's output gives to a reader: chunks and text.

use bytes::Bytes;
use memchr::memmem;
use rejoinder_ansi::incomplete_suffix;
use rejoinder_expect::Offset;

use super::{Core, Searched};
use crate::answer::Chunk;
use crate::request::Read;
use crate::shell::script::OURS;

impl Core {
    /// Reads for a reader: whole lines up to its limit, never half a character
    /// or half an escape sequence while more may come. A reader that goes back
    /// beyond the ring may be given what is on disk instead, so it moves only when
    /// told by [`Read::noted`].
    pub(super) fn read(&mut self, read: &Read, searched: Option<&Searched>) -> Chunk {
        if let Some(noted) = read.noted {
            let end = noted.min(self.ring.end());
            self.readers.has_read(&read.reader, end);
            return Chunk {
                start: end,
                end,
                bytes: Bytes::new(),
                dropped: 0,
                more: self.ring.end() - end,
            };
        }
        let searched = searched.filter(|_| read.searched);
        let wanted = read
            .since
            .or(searched.map(|searched| searched.from))
            .unwrap_or_else(|| self.readers.get(&read.reader).read)
            .min(self.ring.end());
        let start = wanted.max(self.ring.start());
        let end = searched
            .and_then(|searched| searched.to)
            .unwrap_or(self.ring.end())
            .clamp(start, self.ring.end());
        let mut bytes = self.ring.slice(start..end);
        if end == self.ring.end() && !self.state.is_exited() {
            bytes = &bytes[..bytes.len() - incomplete_suffix(bytes)];
        }
        if read.max_lines > 0 {
            bytes = first_lines(bytes, read.max_lines);
        }
        let bytes = Bytes::copy_from_slice(bytes);
        let end = start + bytes.len() as u64;
        let dropped = start - wanted;
        if read.since.is_none() || dropped == 0 {
            self.readers.has_read(&read.reader, end);
        }
        Chunk {
            start,
            end,
            bytes,
            dropped,
            more: self.ring.end() - end,
        }
    }

    /// A stretch of output that a reader has read with all that came after it;
    /// `text` stands for what was printed there, where it is given.
    pub(crate) fn stretch(
        &mut self,
        reader: &str,
        from: Offset,
        to: Offset,
        text: Option<String>,
    ) -> Chunk {
        let end = self.ring.end();
        let start = from.max(self.ring.start()).min(end);
        let to = to.clamp(start, end);
        let bytes = text.map_or_else(|| without(self.ring.slice(start..to), &OURS), Bytes::from);
        self.readers.has_read(reader, end);
        Chunk {
            start,
            end,
            bytes,
            dropped: start - from.min(start),
            more: 0,
        }
    }

    /// The output from an offset on, as text.
    pub(crate) fn text_from(&self, from: u64) -> String {
        let start = Offset::new(from)
            .max(self.ring.start())
            .min(self.ring.end());
        rejoinder_ansi::resolve(self.ring.slice(start..self.ring.end()))
    }
}

/// The first `count` lines, their newlines included.
pub(crate) fn first_lines(bytes: &[u8], count: usize) -> &[u8] {
    let end = bytes
        .iter()
        .enumerate()
        .filter(|&(_, &byte)| byte == b'\n')
        .nth(count - 1)
        .map_or(bytes.len(), |(index, _)| index + 1);
    &bytes[..end]
}

/// These bytes, without what our own typing has put there.
fn without(bytes: &[u8], ours: &[&str]) -> Bytes {
    let mut bytes = Bytes::copy_from_slice(bytes);
    for text in ours {
        let found: Vec<usize> = memmem::find_iter(&bytes, text).collect();
        if found.is_empty() {
            continue;
        }
        let mut kept = Vec::with_capacity(bytes.len());
        let mut from = 0;
        for at in found {
            kept.extend_from_slice(&bytes[from..at]);
            from = at + text.len();
        }
        kept.extend_from_slice(&bytes[from..]);
        bytes = kept.into();
    }
    bytes
}
