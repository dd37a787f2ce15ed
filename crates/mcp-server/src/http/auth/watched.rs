//! A small file that may change while the server runs, read again when it does.

use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use zeroize::Zeroizing;

use crate::secrets::expanded;

/// The largest file, in bytes.
pub(super) const MAX_FILE: usize = 256 * 1024;

/// A file changed twice within this time may look unchanged: file systems count
/// time in steps.
const CLOCK_STEP: Duration = Duration::from_secs(2);

/// Who may have access to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Whoever the file system lets.
    Any,
    /// Its owner alone.
    Owner,
}

/// A file and what was made of it when it was last read.
#[derive(Debug)]
pub(super) struct Watched<T> {
    path: PathBuf,
    access: Access,
    parse: fn(&[u8]) -> Result<T>,
    last: Mutex<Option<(Stamp, Arc<T>)>>,
}

/// What changes when a file's content does.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(facts: &Metadata) -> Self {
        Self {
            device: facts.dev(),
            inode: facts.ino(),
            size: facts.size(),
            modified: (facts.mtime(), facts.mtime_nsec()),
            changed: (facts.ctime(), facts.ctime_nsec()),
        }
    }
}

/// Whether a file was last touched so long ago that any later change will show.
fn is_settled(facts: &Metadata) -> bool {
    let changed = u64::try_from(facts.ctime()).unwrap_or(0);
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    now.as_secs() > changed.saturating_add(CLOCK_STEP.as_secs())
}

impl<T> Watched<T> {
    /// A file that is read when it is first asked for; `~` is the user's home.
    pub(super) fn new(path: &Path, access: Access, parse: fn(&[u8]) -> Result<T>) -> Self {
        Self {
            path: expanded(path),
            access,
            parse,
            last: Mutex::new(None),
        }
    }

    /// What the file says now. It costs one system call while the file stays as it is.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or understood now, whatever it said before: who
    /// takes a file away wants it to have no effect any more.
    pub(super) fn get(&self) -> Result<Arc<T>> {
        let mut last = self.last.lock();
        if let Some((stamp, value)) = &*last
            && std::fs::metadata(&self.path).is_ok_and(|facts| Stamp::of(&facts) == *stamp)
        {
            return Ok(Arc::clone(value));
        }
        *last = None;
        let (facts, content) = self.read()?;
        let value = Arc::new(
            (self.parse)(&content).with_context(|| format!("in {}", self.path.display()))?,
        );
        if is_settled(&facts) {
            *last = Some((Stamp::of(&facts), Arc::clone(&value)));
        }
        Ok(value)
    }

    fn read(&self) -> Result<(Metadata, Zeroizing<Vec<u8>>)> {
        let path = self.path.display();
        let file = File::open(&self.path).with_context(|| format!("cannot open {path}"))?;
        let facts = file.metadata()?;
        if !facts.is_file() {
            bail!("{path} is not a regular file");
        }
        let mode = facts.mode() & 0o777;
        if self.access == Access::Owner && mode & 0o077 != 0 {
            bail!("others have access to {path} (mode {mode:03o}); take it away with chmod 600");
        }
        // Room for all of it at once: growing would leave parts of it behind.
        let mut content = Zeroizing::new(Vec::with_capacity(MAX_FILE + 1));
        file.take(MAX_FILE as u64 + 1)
            .read_to_end(&mut content)
            .with_context(|| format!("cannot read {path}"))?;
        if content.len() > MAX_FILE {
            bail!("{path} has more than {MAX_FILE} bytes");
        }
        Ok((facts, content))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn text(content: &[u8]) -> Result<String> {
        Ok(String::from_utf8(content.to_vec())?)
    }

    fn file(content: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (dir, path)
    }

    /// However quickly changes follow each other, each of them is seen.
    #[test]
    fn a_change_is_seen_at_once() {
        let (_dir, path) = file("one", 0o600);
        let watched = Watched::new(&path, Access::Owner, text);
        assert_eq!(*watched.get().unwrap(), "one");
        fs::write(&path, "two").unwrap();
        assert_eq!(*watched.get().unwrap(), "two");
        fs::write(&path, b"\xff").unwrap();
        assert!(watched.get().is_err());
        fs::write(&path, "three").unwrap();
        assert_eq!(*watched.get().unwrap(), "three");
        fs::remove_file(&path).unwrap();
        assert!(watched.get().is_err());
    }

    /// A file of long ago is not read again until its stamp is another.
    #[test]
    fn a_settled_file_is_read_once() {
        let old = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        assert!(is_settled(&fs::metadata(old).unwrap()));
        let watched = Watched::new(old, Access::Any, text);
        assert!(Arc::ptr_eq(
            &watched.get().unwrap(),
            &watched.get().unwrap()
        ));
        let (_dir, path) = file("one", 0o600);
        assert!(!is_settled(&fs::metadata(path).unwrap()));
    }

    #[test]
    fn others_may_not_have_access_where_that_matters() {
        for (mode, owner_alone) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            let (_dir, path) = file("x", mode);
            Watched::new(&path, Access::Any, text).get().unwrap();
            let read = Watched::new(&path, Access::Owner, text).get();
            assert_eq!(read.is_ok(), owner_alone, "{mode:o}");
            if let Err(error) = read {
                assert!(error.to_string().contains("chmod 600"), "{error}");
            }
        }
    }

    #[test]
    fn a_file_has_a_limit() {
        let (_dir, path) = file(&"x".repeat(MAX_FILE), 0o600);
        let watched = Watched::new(&path, Access::Any, text);
        assert_eq!(watched.get().unwrap().len(), MAX_FILE);
        fs::write(&path, "x".repeat(MAX_FILE + 1)).unwrap();
        assert!(watched.get().is_err());
        let directory = path.parent().unwrap();
        assert!(Watched::new(directory, Access::Any, text).get().is_err());
    }
}
