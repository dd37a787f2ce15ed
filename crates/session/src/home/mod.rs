//! Where the sessions of one user stand on disk: a directory for each living
//! one, names that lead to them, and transcripts.
//!
//! ```text
//! <run>/<id>/meta.json   what is fixed, written once ([`Meta`])
//! <run>/<id>/socket      where the holder listens
//! <run>/<id>/status      how things stand ([`Snapshot`]); locked while the holder lives
//! <run>/<id>/exit.json   how the program ended ([`Ended`])
//! <run>/<id>/log         what the holder warned of
//! <run>/names/<owner>:<name>   a link whose target is the id
//! <transcripts>/<id>.cast
//! ```
//!
//! All of it belongs to the user alone. Nothing here is believed without a look:
//! a directory may have lost its holder, a file may be half written, a process
//! id may be somebody else's by now.

mod meta;
mod place;
mod snapshot;

use std::collections::HashSet;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};

use minicbor::{Decode, Encode};

use crate::error::{Error, ErrorKind};
use crate::id::SessionId;
use crate::wire::codec;

pub(crate) use meta::{Ended, Meta, ProcessMark};
pub(crate) use place::{Holder, Place};
pub(crate) use snapshot::{Position, Snapshot, StatusFile};

/// The directory of names inside the directory of sessions.
const NAMES: &str = "names";

/// Where sessions that outlive their server are kept: two directories.
///
/// # Example
///
/// ```
/// use rejoinder_session::Home;
///
/// let dir = tempfile::tempdir()?;
/// let home = Home::at(dir.path().join("run"), dir.path().join("transcripts"))?;
/// assert!(home.run_dir().is_dir());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Home {
    #[cbor(n(0), with = "codec::path")]
    run: PathBuf,
    #[cbor(n(1), with = "codec::path")]
    transcripts: PathBuf,
}

impl Home {
    /// The user's own: `rejoinder` in `$XDG_RUNTIME_DIR`, which a system empties
    /// at the end of the user's last login, or `rejoinder/run` in the state
    /// directory; transcripts in `rejoinder/transcripts` in the state directory,
    /// `$XDG_STATE_HOME` or `~/.local/state` (XDG Base Directory Specification 0.8).
    ///
    /// # Errors
    ///
    /// As for [`Home::at`], and when neither variable nor a home directory is set.
    pub fn of_user() -> Result<Self, Error> {
        let absolute = |name: &str| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let state = absolute("XDG_STATE_HOME")
            .or_else(|| Some(absolute("HOME")?.join(".local/state")))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Io,
                    "there is no place for sessions: neither XDG_STATE_HOME nor HOME is set",
                    "set HOME, or name directories under [sessions] in the configuration",
                )
            })?
            .join("rejoinder");
        let run = absolute("XDG_RUNTIME_DIR")
            .filter(|dir| dir.is_dir())
            .map_or_else(|| state.join("run"), |dir| dir.join("rejoinder"));
        Self::at(run, state.join("transcripts"))
    }

    /// These directories, made where they are missing, for this user alone.
    ///
    /// # Errors
    ///
    /// When one cannot be made, or belongs to another user.
    pub fn at(run: PathBuf, transcripts: PathBuf) -> Result<Self, Error> {
        for dir in [&run, &transcripts, &run.join(NAMES)] {
            own(dir)?;
        }
        Ok(Self { run, transcripts })
    }

    /// Where living sessions have their directories.
    #[must_use]
    pub fn run_dir(&self) -> &Path {
        &self.run
    }

    /// Where transcripts are written.
    #[must_use]
    pub fn transcript_dir(&self) -> &Path {
        &self.transcripts
    }

    /// The directory of one session.
    pub(crate) fn place(&self, id: SessionId) -> Place {
        Place::new(self.run.join(id.to_string()), id)
    }

    /// All sessions that have a directory, in no order.
    pub(crate) fn ids(&self) -> io::Result<Vec<SessionId>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.run)? {
            if let Ok(id) = entry?.file_name().to_string_lossy().parse() {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// Makes the directory of a session under a name that it alone has from then
    /// on. `false` when another session has the name.
    pub(crate) fn claim(&self, id: SessionId, owner: &str, name: &str) -> io::Result<bool> {
        let place = self.place(id);
        DirBuilder::new().mode(0o700).create(place.dir())?;
        let link = self.name_link(owner, name);
        let claimed = loop {
            match symlink(id.to_string(), &link) {
                Ok(()) => break Ok(true),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    match self.named(owner, name) {
                        Some(other) if self.place(other).dir().is_dir() => break Ok(false),
                        // Its session is gone; so is the link, perhaps by now.
                        _ => remove(&link)?,
                    }
                }
                Err(error) => break Err(error),
            }
        };
        if !matches!(claimed, Ok(true)) {
            let _ = fs::remove_dir(place.dir());
        }
        claimed
    }

    /// The session that has this name.
    pub(crate) fn named(&self, owner: &str, name: &str) -> Option<SessionId> {
        let target = fs::read_link(self.name_link(owner, name)).ok()?;
        target.to_str()?.parse().ok()
    }

    /// Removes a session's directory and its name.
    pub(crate) fn remove(&self, id: SessionId, owner: &str, name: &str) -> io::Result<()> {
        if self.named(owner, name) == Some(id) {
            remove(&self.name_link(owner, name))?;
        }
        self.place(id).remove()
    }

    /// Removes the names of sessions that are gone. These are the sessions that there
    /// were a moment ago; one that is not among them may have come since.
    pub(crate) fn sweep_names(&self, ids: &[SessionId]) -> io::Result<()> {
        let ids: HashSet<&SessionId> = ids.iter().collect();
        for entry in fs::read_dir(self.run.join(NAMES))? {
            let link = entry?.path();
            let id = fs::read_link(&link)
                .ok()
                .and_then(|target| target.to_str()?.parse().ok());
            if !id.is_some_and(|id| ids.contains(&id) || self.place(id).dir().is_dir()) {
                remove(&link)?;
            }
        }
        Ok(())
    }

    fn name_link(&self, owner: &str, name: &str) -> PathBuf {
        // A name is checked before; an owner may be anything a client is called.
        let mut file: String = owner
            .bytes()
            .take(64)
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02x}"),
            })
            .collect();
        file.push(':');
        file.push_str(name);
        self.run.join(NAMES).join(file)
    }
}

/// Removes a file; that it is not there is as well.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes a directory for this user alone, or sees that it is one.
fn own(dir: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| {
            Error::io(
                &format!("cannot make the directory {}", dir.display()),
                error,
            )
        })?;
    let meta = fs::symlink_metadata(dir)
        .map_err(|error| Error::io(&format!("cannot look at {}", dir.display()), error))?;
    let me = nix::unistd::geteuid().as_raw();
    let wrong = if !meta.is_dir() {
        "is no directory".to_owned()
    } else if meta.uid() != me {
        format!("belongs to user {} and not to user {me}", meta.uid())
    } else if meta.mode() & 0o077 != 0 {
        format!("may be entered by others (mode {:o})", meta.mode() & 0o777)
    } else {
        return Ok(());
    };
    Err(Error::new(
        ErrorKind::Io,
        format!(
            "{} {wrong}; sessions are not put where others could reach them",
            dir.display()
        ),
        "make it a directory of your own with mode 0700, or name another under [sessions] in the configuration",
    ))
}
