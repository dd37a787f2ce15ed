//! The Unix socket to listen on: made for this user alone, taken over from a server that was
//! killed, and removed at the end.

use std::fs::{Metadata, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tokio::net::{UnixListener, UnixStream};

/// The socket's file, which goes when it isn't listened on any more.
#[derive(Debug)]
pub(super) struct Socket {
    path: PathBuf,
    /// Its device and inode: another server's file of the same name stays.
    file: (u64, u64),
}

impl Socket {
    /// Makes the socket and listens on it.
    ///
    /// # Errors
    ///
    /// When somebody listens there already, there is a file that is no socket, or the system
    /// refuses.
    pub(super) async fn bind(path: &Path) -> Result<(UnixListener, Self)> {
        let shown = path.display();
        match UnixStream::connect(path).await {
            Ok(_) => bail!("cannot listen on {shown}: somebody listens there already"),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => remove_stale(path)?,
            // A server whose queue is full, say, is a living one.
            Err(error) => {
                return Err(error).with_context(|| format!("cannot listen on {shown}"));
            }
        }
        let listener =
            UnixListener::bind(path).with_context(|| format!("cannot listen on {shown}"))?;
        let facts = std::fs::symlink_metadata(path)?;
        let socket = Self {
            path: path.to_owned(),
            file: file_of(&facts),
        };
        std::fs::set_permissions(path, Permissions::from_mode(0o600))
            .with_context(|| format!("cannot keep others from {shown}"))?;
        Ok((listener, socket))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let is_ours =
            std::fs::symlink_metadata(&self.path).is_ok_and(|facts| file_of(&facts) == self.file);
        if is_ours {
            // It may have been removed by hand just now.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Removes what a server left that was killed.
fn remove_stale(path: &Path) -> Result<()> {
    let shown = path.display();
    let found = std::fs::symlink_metadata(path)?;
    if !found.file_type().is_socket() {
        bail!("cannot listen on {shown}: there is another file");
    }
    std::fs::remove_file(path).with_context(|| format!("cannot remove the old {shown}"))
}

fn file_of(facts: &Metadata) -> (u64, u64) {
    (facts.dev(), facts.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        (directory, path)
    }

    fn mode(path: &Path) -> u32 {
        std::fs::symlink_metadata(path).unwrap().mode() & 0o777
    }

    /// Promise: the file is for this user alone, and goes with the server.
    #[tokio::test]
    async fn the_file_is_the_users_own_and_goes_in_the_end() {
        let (_directory, path) = place();
        let (listener, socket) = Socket::bind(&path).await.unwrap();
        assert_eq!(mode(&path), 0o600);
        drop((listener, socket));
        assert!(!path.exists());
    }

    /// Promise: what a killed server left is taken over; a living one is not.
    #[tokio::test]
    async fn a_dead_socket_is_replaced_and_a_living_one_refused() {
        let (_directory, path) = place();
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let (_listener, _socket) = Socket::bind(&path).await.unwrap();
        let error = Socket::bind(&path).await.unwrap_err();
        assert!(
            error.to_string().contains("listens there already"),
            "{error:#}"
        );
        assert!(UnixStream::connect(&path).await.is_ok());
    }

    /// Promise: a living server that takes no more connections just now keeps its socket.
    #[tokio::test]
    async fn a_busy_server_keeps_its_socket() {
        let (_directory, path) = place();
        let few = tokio::net::UnixSocket::new_stream().unwrap();
        few.bind(&path).unwrap();
        let listener = few.listen(1).unwrap();
        let mut waiting = Vec::new();
        while let Ok(stream) = UnixStream::connect(&path).await {
            waiting.push(stream);
        }
        Socket::bind(&path).await.unwrap_err();
        assert!(path.exists());
        drop(listener);
    }

    /// Promise: no file is removed that isn't a socket, and no link followed.
    #[tokio::test]
    async fn other_files_stay() {
        let (directory, path) = place();
        std::fs::write(&path, "mine").unwrap();
        let error = Socket::bind(&path).await.unwrap_err();
        assert!(error.to_string().contains("another file"), "{error:#}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        let link = directory.path().join("link");
        let dead = directory.path().join("dead");
        drop(std::os::unix::net::UnixListener::bind(&dead).unwrap());
        std::os::unix::fs::symlink(&dead, &link).unwrap();
        Socket::bind(&link).await.unwrap_err();
        assert!(dead.exists() && link.exists());
    }

    /// Promise: a server that ends leaves the socket of the one that took its place.
    #[tokio::test]
    async fn another_servers_socket_stays() {
        let (_directory, path) = place();
        let first = Socket::bind(&path).await.unwrap();
        std::fs::remove_file(&path).unwrap();
        let _second = Socket::bind(&path).await.unwrap();
        drop(first);
        assert!(path.exists());
    }
}
