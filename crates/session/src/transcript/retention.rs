//! How long transcripts are kept.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::SessionId;
use crate::transcript::TranscriptError;
use crate::transcript::files::parse_name;

/// What [`prune`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Sessions whose transcripts were removed.
    pub sessions: usize,
    /// Bytes that these took.
    pub bytes: u64,
    /// Bytes that the others take.
    pub left: u64,
}

/// The transcript of one session.
struct Kept {
    id: SessionId,
    files: Vec<PathBuf>,
    bytes: u64,
    /// When it was last written.
    last: SystemTime,
}

/// Removes transcripts of sessions that have ended: those that were last written
/// more than `max_age` before `now`, and then the oldest, until all together take
/// no more than `max_total_bytes`. Transcripts of living sessions count, and stay.
/// Files of other names are left alone. A directory that is not there is empty.
///
/// # Errors
///
/// When the directory cannot be read, or a file not be removed; others are then
/// removed all the same.
pub fn prune(
    dir: &Path,
    max_total_bytes: u64,
    max_age: Duration,
    is_living: &dyn Fn(&SessionId) -> bool,
    now: SystemTime,
) -> Result<Pruned, TranscriptError> {
    let mut kept = list(dir)?;
    kept.sort_by_key(|transcript| (transcript.last, transcript.id));
    let mut pruned = Pruned {
        left: kept.iter().map(|transcript| transcript.bytes).sum(),
        ..Pruned::default()
    };
    let mut failure = None;
    for transcript in kept {
        let age = now.duration_since(transcript.last).unwrap_or_default();
        if (age <= max_age && pruned.left <= max_total_bytes) || is_living(&transcript.id) {
            continue;
        }
        match remove(&transcript.files) {
            Ok(()) => {
                pruned.sessions += 1;
                pruned.bytes += transcript.bytes;
                pruned.left -= transcript.bytes;
            }
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(error) => Err(error),
        None => Ok(pruned),
    }
}

fn list(dir: &Path) -> Result<Vec<Kept>, TranscriptError> {
    let cannot_list =
        |error| TranscriptError::io(dir, "the directory of transcripts cannot be listed", error);
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(cannot_list)?,
    };
    let mut kept: HashMap<SessionId, Kept> = HashMap::new();
    for entry in entries {
        let entry = entry.map_err(cannot_list)?;
        let Some((id, _)) = parse_name(&entry.file_name()) else {
            continue;
        };
        // Not of where a symbolic link leads, and not of what is gone meanwhile.
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        let transcript = kept.entry(id).or_insert_with(|| Kept {
            id,
            files: Vec::new(),
            bytes: 0,
            last: SystemTime::UNIX_EPOCH,
        });
        transcript.files.push(entry.path());
        transcript.bytes += metadata.len();
        transcript.last = transcript
            .last
            .max(metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH));
    }
    Ok(kept.into_values().collect())
}

fn remove(files: &[PathBuf]) -> Result<(), TranscriptError> {
    for file in files {
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(TranscriptError::io(
                    file,
                    "the transcript cannot be removed",
                    error,
                ));
            }
            _ => {}
        }
    }
    Ok(())
}
