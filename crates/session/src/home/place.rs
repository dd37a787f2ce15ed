//! One session's directory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::meta::{Ended, Meta};
use super::snapshot::{Snapshot, StatusFile};
use crate::id::SessionId;

/// Bytes of a file that are read at most; what is larger was not written here.
const MAX_FILE: usize = 1 << 20;

/// Bytes that such a file mostly has fewer than, so that one read is enough.
const USUAL_FILE: usize = 4096;

/// Bytes of a path that a socket can be bound to (`sun_path` of unix(7), less
/// its NUL).
const MAX_SOCKET_PATH: usize = 107;

/// The directory of one session.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    dir: PathBuf,
    id: SessionId,
}

/// What there is of a session's holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// It lives.
    Lives,
    /// It is dead, or never came to be.
    Dead,
}

impl Place {
    pub(crate) fn new(dir: PathBuf, id: SessionId) -> Self {
        Self { dir, id }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn id(&self) -> SessionId {
        self.id
    }

    /// What is fixed about the session.
    pub(crate) fn meta(&self) -> io::Result<Meta> {
        self.read_json("meta.json")
    }

    pub(crate) fn write_meta(&self, meta: &Meta) -> io::Result<()> {
        self.write_json("meta.json", meta)
    }

    /// How its program ended, if it has.
    pub(crate) fn ended(&self) -> Option<Ended> {
        self.read_json("exit.json").ok()
    }

    pub(crate) fn write_ended(&self, ended: &Ended) -> io::Result<()> {
        self.write_json("exit.json", ended)
    }

    /// The file that holds how things stand, made and locked for the holder.
    pub(crate) fn create_status(&self) -> io::Result<StatusFile> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.dir.join("status"))?;
        file.try_lock().map_err(|error| {
            io::Error::other(format!("another holder has this session: {error}"))
        })?;
        Ok(StatusFile::new(file))
    }

    /// The file that the holder's warnings go to.
    pub(crate) fn create_log(&self) -> io::Result<File> {
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(self.dir.join("log"))
    }

    /// How things stood last, and whether the holder lives.
    pub(crate) fn status(&self) -> io::Result<(Option<Snapshot>, Holder)> {
        let file = File::open(self.dir.join("status"))?;
        let holder = holder_of(&file)?;
        Ok((Snapshot::read(&file), holder))
    }

    /// Whether the holder lives.
    pub(crate) fn holder(&self) -> io::Result<Holder> {
        holder_of(&File::open(self.dir.join("status"))?)
    }

    /// A path by which the holder's socket can be bound or reached, however long
    /// the directory's is, and what has to stay open meanwhile.
    pub(crate) fn socket(&self) -> io::Result<(PathBuf, Option<File>)> {
        let path = self.dir.join("socket");
        if path.as_os_str().len() <= MAX_SOCKET_PATH {
            return Ok((path, None));
        }
        let dir = File::open(&self.dir)?;
        let short = format!("/proc/self/fd/{}/socket", dir.as_raw_fd());
        Ok((short.into(), Some(dir)))
    }

    /// Whether the directory belongs to this user.
    pub(crate) fn is_ours(&self) -> bool {
        fs::symlink_metadata(&self.dir)
            .is_ok_and(|meta| meta.is_dir() && meta.uid() == nix::unistd::geteuid().as_raw())
    }

    /// When it was made.
    pub(crate) fn made(&self) -> io::Result<std::time::SystemTime> {
        fs::metadata(&self.dir)?.modified()
    }

    /// Removes the directory and all in it.
    pub(crate) fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn read_json<T: DeserializeOwned>(&self, name: &str) -> io::Result<T> {
        let file = File::open(self.dir.join(name))?;
        let mut text = vec![0; USUAL_FILE];
        let mut count = file.read_at(&mut text, 0)?;
        if count == text.len() {
            text.resize(MAX_FILE, 0);
            count = file.read_at(&mut text, 0)?;
        }
        Ok(serde_json::from_slice(&text[..count])?)
    }

    /// Writes a file that is there whole or not at all.
    fn write_json<T: Serialize>(&self, name: &str, value: &T) -> io::Result<()> {
        let new = self.dir.join(format!("{name}.new"));
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(&serde_json::to_vec(value)?)?;
        fs::rename(&new, self.dir.join(name))
    }
}

/// Whether somebody holds the status file's lock, as the holder does for as long as
/// it lives.
fn holder_of(status: &File) -> io::Result<Holder> {
    match status.try_lock_shared() {
        Ok(()) => Ok(Holder::Dead),
        Err(fs::TryLockError::WouldBlock) => Ok(Holder::Lives),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}
