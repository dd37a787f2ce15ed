//! The lines of a file, from any place in it, while somebody may be writing it.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::transcript::TranscriptError;

/// The longest line that is read, in bytes. An event of a recorder here has at
/// most half of this: 64 KiB of output, of which every byte takes eight.
pub(crate) const LONGEST_LINE: usize = 1 << 20;

/// What is read at once, in bytes.
const READ: usize = 64 * 1024;

/// Reads a file line by line.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    file: &'a File,
    path: &'a Path,
    state: Position,
}

/// Where reading stands, apart from the file.
#[derive(Debug, Default)]
pub(crate) struct Position {
    /// Where `buffer` starts in the file.
    base: u64,
    /// Zeroed once, when it is made: `filled` bytes of it are of the file.
    buffer: Vec<u8>,
    /// What of the buffer has been handed out.
    taken: usize,
    filled: usize,
}

impl Position {
    /// The beginning of the line at `at`.
    pub(crate) fn at(at: u64) -> Position {
        Position {
            base: at,
            ..Position::default()
        }
    }

    /// Where the next line starts in the file.
    pub(crate) fn next_line(&self) -> u64 {
        self.base + self.taken as u64
    }
}

impl<'a> Lines<'a> {
    /// The lines from a position on.
    pub(crate) fn new(file: &'a File, path: &'a Path, state: Position) -> Lines<'a> {
        Lines { file, path, state }
    }

    /// Where reading stands now.
    pub(crate) fn into_position(self) -> Position {
        self.state
    }

    /// Where the next line starts in the file.
    pub(crate) fn position(&self) -> u64 {
        self.state.next_line()
    }

    /// The next line without its end; `None` where the file ends for now, also
    /// within a line, which is then read anew the next time.
    ///
    /// # Errors
    ///
    /// When the system refuses, or the line is longer than [`LONGEST_LINE`].
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>, TranscriptError> {
        let mut searched = 0;
        loop {
            let Position {
                base,
                buffer,
                taken,
                filled,
            } = &mut self.state;
            let rest = &buffer[*taken..*filled];
            if let Some(found) = memchr::memchr(b'\n', &rest[searched..]) {
                let start = *taken;
                *taken += searched + found + 1;
                return Ok(Some(&self.state.buffer[start..start + searched + found]));
            }
            searched = rest.len();
            if searched > LONGEST_LINE {
                return Err(TranscriptError::broken(
                    self.path,
                    *base + *taken as u64,
                    format_args!("a line of more than {LONGEST_LINE} bytes"),
                ));
            }
            buffer.copy_within(*taken..*filled, 0);
            *base += *taken as u64;
            (*taken, *filled) = (0, searched);
            if buffer.len() < searched + READ {
                let mut larger = vec![0; 2 * (searched + READ)];
                larger[..searched].copy_from_slice(&buffer[..searched]);
                *buffer = larger;
            }
            let room = &mut buffer[searched..searched + READ];
            let read = read_at(self.file, room, *base + searched as u64).map_err(|error| {
                TranscriptError::io(self.path, "the transcript cannot be read", error)
            })?;
            *filled += read;
            if read == 0 {
                // What is half written may be taken back.
                *filled = 0;
                return Ok(None);
            }
        }
    }
}

fn read_at(file: &File, buffer: &mut [u8], at: u64) -> std::io::Result<usize> {
    loop {
        match file.read_at(buffer, at) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
