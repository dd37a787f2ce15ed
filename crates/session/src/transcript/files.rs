//! Where transcripts lie: names of segments, and the directory that is to be
//! private.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::SessionId;
use crate::transcript::{TranscriptError, TranscriptErrorKind};

/// The extension that the format's specification suggests.
const EXTENSION: &str = ".cast";

/// The path of a session's segment: `<id>.cast`, and `<id>.<number>.cast` from
/// the second on. Segments are never renamed, so a reader cannot miss one.
pub(crate) fn segment_path(dir: &Path, id: SessionId, number: u64) -> PathBuf {
    match number {
        0 => dir.join(format!("{id}{EXTENSION}")),
        _ => dir.join(format!("{id}.{number}{EXTENSION}")),
    }
}

/// The session and the number of a segment, if the name is one of a segment.
pub(crate) fn parse_name(name: &OsStr) -> Option<(SessionId, u64)> {
    let stem = name.to_str()?.strip_suffix(EXTENSION)?;
    let (id, number) = match stem.split_once('.') {
        None => (stem, 0),
        Some((id, digits)) => {
            let number: u64 = digits.parse().ok().filter(|number| *number > 0)?;
            (number.to_string() == digits).then_some((id, number))?
        }
    };
    Some((id.parse().ok()?, number))
}

/// The numbers of a session's segments, oldest first.
pub(crate) fn segments(dir: &Path, id: SessionId) -> Result<Vec<u64>, TranscriptError> {
    let entries = fs::read_dir(dir).map_err(|error| {
        TranscriptError::io(dir, "the directory of transcripts cannot be listed", error)
    })?;
    let mut numbers: Vec<u64> = entries
        .filter_map(|entry| parse_name(&entry.ok()?.file_name()))
        .filter_map(|(of, number)| (of == id).then_some(number))
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Makes the directory with mode 0700, or checks that one that is there is this
/// user's and nobody else's. What is wrong is said, never repaired: the directory
/// may be one that others are meant to use.
pub(crate) fn private_directory(dir: &Path) -> Result<(), TranscriptError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| {
            TranscriptError::io(dir, "the directory of transcripts cannot be made", error)
        })?;
    let metadata = fs::metadata(dir).map_err(|error| {
        TranscriptError::io(
            dir,
            "the directory of transcripts cannot be looked at",
            error,
        )
    })?;
    let insecure = |what: String| {
        Err(TranscriptError::new(
            TranscriptErrorKind::Insecure,
            dir,
            format_args!("{what}; transcripts need a directory of this user alone, of mode 700"),
        ))
    };
    let user = nix::unistd::geteuid().as_raw();
    if metadata.uid() != user {
        return insecure(format!("belongs to user {}, not {user}", metadata.uid()));
    }
    if metadata.mode() & 0o077 != 0 {
        return insecure(format!(
            "is open to others (mode {:o})",
            metadata.mode() & 0o7777
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guards: a name is taken for a segment's exactly when this crate wrote it.
    #[test]
    fn names_are_read_as_they_are_written() {
        let id = SessionId::random().unwrap();
        for number in [0, 1, 17, u64::MAX] {
            let path = segment_path(Path::new("/x"), id, number);
            assert_eq!(parse_name(path.file_name().unwrap()), Some((id, number)));
        }
        for name in [
            format!("{id}"),
            format!("{id}.0.cast"),
            format!("{id}.01.cast"),
            format!("{id}.+1.cast"),
            format!("{id}.1.1.cast"),
            "x.cast".to_owned(),
        ] {
            assert_eq!(parse_name(OsStr::new(&name)), None, "{name}");
        }
    }
}
