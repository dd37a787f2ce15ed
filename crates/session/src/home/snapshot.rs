//! How a session stands, in a file that anyone of the same user can look at
//! without waking the holder: a list of a thousand sessions is a thousand reads.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::SystemTime;

use minicbor::{Decode, Encode};
use rejoinder_expect::Offset;

use crate::state::State;
use crate::waiting::Hint;
use crate::wire::codec;

/// Bytes of the file that are read at most: 64 readers with long names and a
/// title fit.
const MAX_FILE: usize = 64 << 10;

/// Where a reader stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Position {
    /// Its name.
    #[n(0)]
    pub(crate) reader: String,
    /// The first byte it has not read.
    #[cbor(n(1), with = "codec::offset")]
    pub(crate) read: Offset,
}

/// How a session stood when its holder wrote this.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Snapshot {
    #[n(0)]
    pub(crate) state: State,
    #[cbor(n(1), with = "codec::offset")]
    pub(crate) end: Offset,
    #[cbor(n(2), with = "codec::offset")]
    pub(crate) oldest: Offset,
    #[n(3)]
    pub(crate) last_activity: SystemTime,
    #[n(4)]
    pub(crate) readers: Vec<Position>,
    #[n(5)]
    pub(crate) title: Option<String>,
    #[cbor(n(6), default)]
    pub(crate) human_in_control: bool,
    #[cbor(n(7), with = "codec::optional_hint", has_nil)]
    pub(crate) hint: Option<Hint>,
}

impl Snapshot {
    /// Bytes that a reader has not read.
    pub(crate) fn unread(&self, reader: &str) -> u64 {
        let position = self
            .readers
            .iter()
            .find(|position| position.reader == reader);
        let read = position.map_or(Offset::ZERO, |position| position.read);
        self.end.get().saturating_sub(read.get())
    }

    /// What the file holds; `None` when nothing whole is in it.
    pub(crate) fn read(file: &File) -> Option<Self> {
        // What is being written while it is read is read again.
        (0..8).find_map(|_| Self::read_once(file))
    }

    fn read_once(file: &File) -> Option<Self> {
        let mut bytes = vec![0; 1024];
        let mut count = file.read_at(&mut bytes, 0).ok()?;
        if count == bytes.len() {
            bytes.resize(MAX_FILE, 0);
            count = file.read_at(&mut bytes, 0).ok()?;
        }
        let (count_before, rest) = bytes[..count].split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (body, rest) = rest.split_at_checked(length)?;
        let (count_after, _) = rest.split_first_chunk::<8>()?;
        if count_before != count_after {
            return None;
        }
        minicbor::decode(body).ok()
    }
}

/// The file, for the holder that writes it: a count, a length, the snapshot, the
/// count again. Where the counts differ, it is being written.
#[derive(Debug)]
pub(crate) struct StatusFile {
    file: File,
    count: u64,
    bytes: Vec<u8>,
}

impl StatusFile {
    pub(crate) fn new(file: File) -> Self {
        Self {
            file,
            count: 0,
            bytes: Vec::new(),
        }
    }

    /// Writes how things stand.
    pub(crate) fn write(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        self.count += 1;
        self.bytes.clear();
        self.bytes.extend_from_slice(&self.count.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 4]);
        minicbor::encode(snapshot, &mut self.bytes).map_err(io::Error::other)?;
        let length = (self.bytes.len() - 12) as u32;
        self.bytes[8..12].copy_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(&self.count.to_le_bytes());
        self.file.write_all_at(&self.bytes, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(readers: usize) -> Snapshot {
        Snapshot {
            state: State::Running,
            end: Offset::new(10),
            oldest: Offset::ZERO,
            last_activity: SystemTime::UNIX_EPOCH,
            readers: (0..readers)
                .map(|i| Position {
                    reader: format!("reader {i}"),
                    read: Offset::new(i as u64),
                })
                .collect(),
            title: Some("title".to_owned()),
            human_in_control: true,
            hint: Some(Hint::Pager),
        }
    }

    /// Promise: what is written is read, whatever its size and what stood there before.
    #[test]
    fn what_is_written_is_read() {
        let file = tempfile::tempfile().unwrap();
        let mut status = StatusFile::new(file.try_clone().unwrap());
        assert_eq!(Snapshot::read(&file), None);
        for readers in [0, 64, 1] {
            status.write(&snapshot(readers)).unwrap();
            assert_eq!(Snapshot::read(&file), Some(snapshot(readers)));
        }
    }

    /// Promise: a torn file is not believed.
    #[test]
    fn a_torn_file_is_not_read() {
        let file = tempfile::tempfile().unwrap();
        StatusFile::new(file.try_clone().unwrap())
            .write(&snapshot(3))
            .unwrap();
        let length = file.metadata().unwrap().len();
        file.write_all_at(&[9], length - 8).unwrap();
        assert_eq!(Snapshot::read(&file), None);
        file.set_len(length - 1).unwrap();
        assert_eq!(Snapshot::read(&file), None);
    }

    /// Promise: unread bytes are those behind the reader's position.
    #[test]
    fn unread_bytes_are_counted() {
        assert_eq!(snapshot(2).unread("reader 1"), 9);
        assert_eq!(snapshot(2).unread("somebody new"), 10);
    }
}
