//! What the descriptors of a process are: terminals, pipes, sockets
//! (`proc_pid_fd(5)`, `proc_pid_fdinfo(5)`, Linux).

use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use super::info::{ProcessInfo, gone, number, require_proc};

/// What a descriptor of a process refers to.
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// use rejoinder_pty::{Command, DescriptorKind, ProcessInfo};
///
/// let child = Command::new("cat").spawn()?;
/// let rdev = child.leader.as_ref().unwrap().follower().rdev;
/// let info = ProcessInfo::read(child.process.pid())?;
/// assert_eq!(info.descriptor(0)?.kind, DescriptorKind::Character { rdev });
/// assert!(info.descriptors()?.contains(&2));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Descriptor {
    /// Its kind.
    pub kind: DescriptorKind,
    /// The file system it is on (`st_dev`): a terminal of another mount of
    /// `devpts` may have the same number.
    pub device: u64,
    /// Its number there. Both ends of a pipe have the same.
    pub inode: u64,
}

/// The kind of an open file.
///
/// # Example
/// ```
/// # #[cfg(target_os = "linux")] {
/// use rejoinder_pty::{DescriptorKind, Pid, ProcessInfo};
/// use std::os::fd::AsRawFd;
///
/// let (reader, _writer) = std::io::pipe()?;
/// let me = ProcessInfo::read(Pid::this())?;
/// assert_eq!(me.descriptor(reader.as_raw_fd())?.kind, DescriptorKind::Pipe);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DescriptorKind {
    /// A character device, a terminal for one, and its number (`st_rdev`).
    Character {
        /// In the kernel's encoding, as [`Follower::rdev`](crate::Follower::rdev).
        rdev: u64,
    },
    /// A pipe or FIFO.
    Pipe,
    /// A socket of any family.
    Socket,
    /// A file or directory on some file system.
    File,
    /// What has no name in a file system: epoll, eventfd, timerfd, io_uring…
    Anonymous,
}

impl ProcessInfo {
    /// The numbers of the descriptors that are open now.
    ///
    /// # Example
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use rejoinder_pty::{Pid, ProcessInfo};
    /// use std::os::fd::AsRawFd;
    ///
    /// let file = std::fs::File::open("/dev/null")?;
    /// let me = ProcessInfo::read(Pid::this())?;
    /// assert!(me.descriptors()?.contains(&file.as_raw_fd()));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `PermissionDenied` where the process may not be examined, `NotFound`
    /// when it has gone.
    pub fn descriptors(&self) -> io::Result<Vec<i32>> {
        require_proc()?;
        let mut found = Vec::new();
        for entry in std::fs::read_dir(format!("/proc/{}/fd", self.pid)).map_err(gone)? {
            found.extend(number::<i32>(
                entry.map_err(gone)?.file_name().as_encoded_bytes(),
            ));
        }
        Ok(found)
    }

    /// What this descriptor refers to.
    ///
    /// # Example
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use rejoinder_pty::{Pid, ProcessInfo};
    /// use std::os::fd::AsRawFd;
    ///
    /// let (reader, writer) = std::io::pipe()?;
    /// let me = ProcessInfo::read(Pid::this())?;
    /// let inode = |fd| me.descriptor(fd).map(|descriptor| descriptor.inode);
    /// assert_eq!(inode(reader.as_raw_fd())?, inode(writer.as_raw_fd())?);
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`ProcessInfo::descriptors`].
    pub fn descriptor(&self, fd: i32) -> io::Result<Descriptor> {
        require_proc()?;
        let meta = std::fs::metadata(format!("/proc/{}/fd/{fd}", self.pid)).map_err(gone)?;
        let kind = meta.file_type();
        let kind = if kind.is_char_device() {
            DescriptorKind::Character { rdev: meta.rdev() }
        } else if kind.is_fifo() {
            DescriptorKind::Pipe
        } else if kind.is_socket() {
            DescriptorKind::Socket
        } else if kind.is_file() || kind.is_dir() || kind.is_block_device() {
            DescriptorKind::File
        } else {
            DescriptorKind::Anonymous
        };
        Ok(Descriptor {
            kind,
            device: meta.dev(),
            inode: meta.ino(),
        })
    }

    /// What the system tells about how this descriptor is open: its position,
    /// its flags in octal, and lines of its kind, as `tfd:` of an epoll
    /// descriptor for each that it watches.
    ///
    /// # Example
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use rejoinder_pty::{Pid, ProcessInfo};
    /// use std::os::fd::AsRawFd;
    ///
    /// let file = std::fs::File::open("/dev/null")?;
    /// let info = ProcessInfo::read(Pid::this())?.descriptor_info(file.as_raw_fd())?;
    /// assert!(info.starts_with("pos:"));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`ProcessInfo::descriptors`].
    pub fn descriptor_info(&self, fd: i32) -> io::Result<String> {
        require_proc()?;
        std::fs::read_to_string(format!("/proc/{}/fdinfo/{fd}", self.pid)).map_err(gone)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::{Command, InitialModes, Pid};
    use std::os::fd::AsRawFd;

    /// Guards: terminals, pipes, sockets and nameless files are told apart,
    /// and both ends of a pipe known as one.
    #[test]
    fn descriptors_are_told_apart() {
        let me = ProcessInfo::read(Pid::this()).unwrap();
        let of = |fd: &dyn AsRawFd| me.descriptor(fd.as_raw_fd()).unwrap();
        let (reader, writer) = std::io::pipe().unwrap();
        assert_eq!(of(&reader).kind, DescriptorKind::Pipe);
        assert_eq!(of(&reader).inode, of(&writer).inode);
        let (socket, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_eq!(of(&socket).kind, DescriptorKind::Socket);
        let file = std::fs::File::open("/proc/self/exe").unwrap();
        assert_eq!(of(&file).kind, DescriptorKind::File);
        assert!(me.descriptors().unwrap().contains(&file.as_raw_fd()));
        assert!(
            me.descriptor_info(file.as_raw_fd())
                .unwrap()
                .contains("flags:")
        );
        let child = Command::new("sleep").arg("60").spawn().unwrap();
        let exit = child.process.exit_fd().as_raw_fd();
        // Linux 6.9 gave process descriptors a file system, still nameless.
        let kind = me.descriptor(exit).unwrap().kind;
        assert!(matches!(
            kind,
            DescriptorKind::Anonymous | DescriptorKind::File
        ));
        child.process.signal(crate::Signal::KILL).unwrap();
    }

    /// Guards: what was typed counts as taken only when a program has read it,
    /// however slowly the kernel passes it on.
    #[test]
    fn typed_input_is_taken_when_it_was_read() {
        let raw = InitialModes::raw();
        for _ in 0..50 {
            let child = Command::new("sleep").arg("60").modes(raw).spawn().unwrap();
            let leader = child.leader.as_ref().unwrap();
            assert!(leader.is_input_taken().unwrap());
            leader.write(b"x").unwrap();
            assert!(!leader.is_input_taken().unwrap());
            child.process.signal(crate::Signal::KILL).unwrap();
        }
        let child = Command::new("cat").spawn().unwrap();
        let leader = child.leader.as_ref().unwrap();
        leader.write(b"part of a line").unwrap();
        assert!(leader.is_input_taken().unwrap());
        leader.write(b"\n").unwrap();
        while !leader.is_input_taken().unwrap() {
            std::thread::yield_now();
        }
        child.process.signal(crate::Signal::KILL).unwrap();
    }
}
