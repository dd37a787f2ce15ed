//! What a process would be woken by: this session's terminal, something from
//! outside, or something of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};

use nix::libc;
use rejoinder_pty::{Descriptor, DescriptorKind, Pid, ProcessInfo};

/// Lines of a table of sockets that are looked at.
const MAX_SOCKETS: usize = 65_536;

/// The state of a socket that waits for connections, in the tables of
/// `proc_pid_net(5)` (`TCP_LISTEN` of Linux).
const LISTENING: &str = "0A";

/// What input comes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The terminal with this number, on this file system where it is known.
    Terminal { rdev: u64, device: Option<u64> },
    /// The pipe with this inode.
    Pipe { inode: u64 },
}

/// What a descriptor is to the question who is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Where the session's input comes from.
    Input,
    /// What others send: a connection, another terminal, another program.
    Outside,
    /// What the process tells itself, a file, or a server's open door.
    Own,
}

impl Origin {
    /// What this descriptor of a process is.
    pub(crate) fn source(self, process: &ProcessInfo, fd: i32) -> Source {
        let Ok(descriptor) = process.descriptor(fd) else {
            return Source::Own;
        };
        if self.is(process, &descriptor) {
            return Source::Input;
        }
        let outside = match descriptor.kind {
            DescriptorKind::Character { rdev } => rdev != NULL,
            DescriptorKind::Pipe => !writes_itself(process, &descriptor),
            DescriptorKind::Socket => is_connection(process.pid, descriptor.inode),
            _ => false,
        };
        if outside {
            Source::Outside
        } else {
            Source::Own
        }
    }

    fn is(self, process: &ProcessInfo, descriptor: &Descriptor) -> bool {
        match (self, descriptor.kind) {
            (Self::Terminal { rdev, device }, DescriptorKind::Character { rdev: its }) => {
                let same = its == rdev && device.is_none_or(|device| device == descriptor.device);
                // `/dev/tty` is whatever terminal the process has.
                same || (its == CONTROLLING && process.terminal == Some(rdev))
            }
            (Self::Pipe { inode }, DescriptorKind::Pipe) => descriptor.inode == inode,
            _ => false,
        }
    }
}

/// `/dev/tty` and `/dev/null`: `devices.txt` of Linux's documentation.
const CONTROLLING: u64 = libc::makedev(5, 0);
const NULL: u64 = libc::makedev(1, 3);

/// Whether the process holds the writing end of this pipe itself: that is how
/// signal handlers and threads wake a loop.
fn writes_itself(process: &ProcessInfo, pipe: &Descriptor) -> bool {
    let descriptors = process.descriptors().unwrap_or_default();
    descriptors.into_iter().any(|fd| {
        process.descriptor(fd).is_ok_and(|other| other == *pipe)
            && process
                .descriptor_info(fd)
                .is_ok_and(|info| is_open_for_writing(&info))
    })
}

/// The line `flags:` has them in octal (`proc_pid_fdinfo(5)`).
fn is_open_for_writing(info: &str) -> bool {
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| i32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| matches!(flags & libc::O_ACCMODE, libc::O_WRONLY | libc::O_RDWR))
}

/// Whether a socket is one end of a network connection. Local sockets are not:
/// a process has them to itself and its children, mostly.
fn is_connection(pid: Pid, inode: u64) -> bool {
    ["tcp", "tcp6", "udp", "udp6"].into_iter().any(|table| {
        let Ok(file) = File::open(format!("/proc/{pid}/net/{table}")) else {
            return false;
        };
        let lines = BufReader::new(file).lines().map_while(Result::ok);
        lines
            .take(MAX_SOCKETS)
            .any(|line| connection(&line) == Some(inode))
    })
}

/// The inode in a line of such a table: field 10, the state being field 4.
fn connection(line: &str) -> Option<u64> {
    let mut fields = line.split_ascii_whitespace();
    let state = fields.nth(3)?;
    let inode = fields.nth(5)?.parse().ok()?;
    (state != LISTENING).then_some(inode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    /// Guards: a loop's own wake-ups are not mistaken for data from outside,
    /// nor the other way about.
    #[test]
    fn ones_own_and_others() {
        let me = ProcessInfo::read(Pid::this()).unwrap();
        let origin = Origin::Terminal {
            rdev: libc::makedev(136, 4000),
            device: None,
        };
        let source = |fd: &dyn AsRawFd| origin.source(&me, fd.as_raw_fd());
        let (reader, writer) = std::io::pipe().unwrap();
        assert_eq!(source(&reader), Source::Own);
        let (local, _peer) = UnixStream::pair().unwrap();
        assert_eq!(source(&local), Source::Own);
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(source(&door), Source::Own);
        let caller = TcpStream::connect(door.local_addr().unwrap()).unwrap();
        assert_eq!(source(&caller), Source::Outside);
        let pipe = Origin::Pipe {
            inode: me.descriptor(reader.as_raw_fd()).unwrap().inode,
        };
        assert_eq!(pipe.source(&me, reader.as_raw_fd()), Source::Input);
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .stdout(writer)
            .spawn()
            .unwrap();
        assert_eq!(source(&reader), Source::Outside);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_table_of_sockets_is_read_by_its_fields() {
        let line = "   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4711 1";
        assert_eq!(connection(line), Some(4711));
        assert_eq!(connection(&line.replace(" 01 ", " 0A ")), None);
        assert_eq!(connection("  sl  local_address rem_address   st"), None);
    }
}
