//! What a blocked system call waits for: which descriptors, and for how long.

use std::time::Duration;

use nix::libc;
use rejoinder_pty::{Blocked, ProcessInfo};

/// Descriptors of one wait that are looked at; a wait for more is that of a
/// server.
const MAX_DESCRIPTORS: usize = 1024;

/// How deep epoll descriptors may watch each other (`EP_MAX_NESTS` of Linux).
const MAX_NESTING: usize = 4;

/// What a thread is blocked in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Wait {
    /// The descriptors that would end it when something can be read.
    pub(crate) descriptors: Vec<i32>,
    /// It is the reading itself.
    pub(crate) in_read: bool,
    /// It ends by itself after this long.
    pub(crate) timeout: Option<Duration>,
}

/// What this call of a process waits for: `None` for one that waits for no
/// descriptor, or whose arguments cannot be read.
pub(crate) fn waits_for(process: &ProcessInfo, call: &Blocked) -> Option<Wait> {
    let [first, second, third, fourth, fifth, _] = call.arguments;
    if cfg!(target_pointer_width = "64") && call.stack_pointer <= u64::from(u32::MAX) {
        // A 32-bit process: its numbers mean other calls.
        return None;
    }
    match Kind::of(call.number)? {
        Kind::Read(argument) => Some(Wait {
            descriptors: vec![descriptor(call.arguments[argument])?],
            in_read: true,
            timeout: None,
        }),
        Kind::Poll { timespec } => {
            let count = usize::try_from(second).ok()?.min(MAX_DESCRIPTORS);
            let list = process
                .memory(first, count * size_of::<libc::pollfd>())
                .ok()?;
            let timeout = if timespec {
                // ppoll(2) writes the time left there on Linux, once it ends.
                interval(process, third, 1)
            } else {
                milliseconds(third)
            };
            Some(Wait {
                descriptors: polled(&list),
                in_read: false,
                timeout,
            })
        }
        Kind::Select { timespec } => {
            let count = usize::try_from(first).ok()?.min(MAX_DESCRIPTORS);
            let set = match second {
                0 => Vec::new(),
                address => process.memory(address, count.div_ceil(64) * 8).ok()?,
            };
            let per_microsecond = if timespec { 1 } else { 1000 };
            Some(Wait {
                descriptors: selected(&set, count),
                in_read: false,
                timeout: interval(process, fifth, per_microsecond),
            })
        }
        Kind::Epoll { timespec } => {
            let timeout = if timespec {
                interval(process, fourth, 1)
            } else {
                milliseconds(fourth)
            };
            let mut descriptors = Vec::new();
            watched(process, descriptor(first)?, MAX_NESTING, &mut descriptors);
            Some(Wait {
                descriptors,
                in_read: false,
                timeout,
            })
        }
    }
}

/// A system call that waits for descriptors, by the form of its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It reads the descriptor in this argument.
    Read(usize),
    Poll {
        timespec: bool,
    },
    Select {
        timespec: bool,
    },
    Epoll {
        timespec: bool,
    },
}

impl Kind {
    /// `syscalls(2)`. Newer architectures have only the later ones.
    fn of(number: i64) -> Option<Self> {
        let number: libc::c_long = number.try_into().ok()?;
        Some(match number {
            libc::SYS_read
            | libc::SYS_readv
            | libc::SYS_preadv2
            | libc::SYS_splice
            | libc::SYS_copy_file_range
            | libc::SYS_recvfrom
            | libc::SYS_recvmsg
            | libc::SYS_accept4 => Self::Read(0),
            libc::SYS_sendfile => Self::Read(1),
            libc::SYS_ppoll => Self::Poll { timespec: true },
            libc::SYS_pselect6 => Self::Select { timespec: true },
            libc::SYS_epoll_pwait => Self::Epoll { timespec: false },
            libc::SYS_epoll_pwait2 => Self::Epoll { timespec: true },
            #[cfg(target_arch = "x86_64")]
            libc::SYS_poll => Self::Poll { timespec: false },
            #[cfg(target_arch = "x86_64")]
            libc::SYS_select => Self::Select { timespec: false },
            #[cfg(target_arch = "x86_64")]
            libc::SYS_epoll_wait => Self::Epoll { timespec: false },
            _ => return None,
        })
    }
}

fn descriptor(argument: u64) -> Option<i32> {
    // Descriptors are ints: what the upper half holds does not count.
    i32::try_from(argument & u64::from(u32::MAX)).ok()
}

/// A timeout in milliseconds, an int of which a negative one is none.
fn milliseconds(argument: u64) -> Option<Duration> {
    let low = u32::try_from(argument & u64::from(u32::MAX)).ok()?;
    let signed = low.cast_signed();
    u64::try_from(signed).ok().map(Duration::from_millis)
}

/// A `timespec` or `timeval` of a process: seconds and a fraction of them in
/// units of `nanoseconds`. No address is no limit.
fn interval(process: &ProcessInfo, address: u64, nanoseconds: u64) -> Option<Duration> {
    if address == 0 {
        return None;
    }
    let bytes = process.memory(address, 16).ok()?;
    let word = |at: usize| Some(u64::from_ne_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    let fraction = word(8)?.checked_mul(nanoseconds)?;
    let seconds = Duration::from_secs(word(0)?);
    seconds.checked_add(Duration::from_nanos(fraction))
}

/// The descriptors of a `pollfd` array that are waited for to be readable.
fn polled(list: &[u8]) -> Vec<i32> {
    let entries = list.chunks_exact(size_of::<libc::pollfd>());
    entries
        .filter_map(|entry| {
            let fd = i32::from_ne_bytes(entry.get(..4)?.try_into().ok()?);
            let events = i16::from_ne_bytes(entry.get(4..6)?.try_into().ok()?);
            let wanted = events & (libc::POLLIN | libc::POLLRDNORM) != 0;
            (fd >= 0 && wanted).then_some(fd)
        })
        .collect()
}

/// The descriptors below `count` that are in an `fd_set`, an array of longs.
fn selected(set: &[u8], count: usize) -> Vec<i32> {
    let words = set.chunks_exact(8).map(|word| {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(word);
        u64::from_ne_bytes(bytes)
    });
    words
        .enumerate()
        .flat_map(|(index, word)| {
            let bits = (0..64).filter(move |bit| word >> bit & 1 == 1);
            bits.map(move |bit| index * 64 + bit)
        })
        .filter(|fd| *fd < count)
        .filter_map(|fd| i32::try_from(fd).ok())
        .collect()
}

/// The descriptors that an epoll descriptor watches for input, those of epoll
/// descriptors among them too.
fn watched(process: &ProcessInfo, epoll: i32, depth: usize, found: &mut Vec<i32>) {
    let Some(left) = depth.checked_sub(1) else {
        return;
    };
    let Ok(info) = process.descriptor_info(epoll) else {
        return;
    };
    for fd in targets(&info) {
        if found.len() == MAX_DESCRIPTORS {
            return;
        }
        found.push(fd);
        watched(process, fd, left, found);
    }
}

/// The targets of an epoll descriptor that are watched for input: lines
/// `tfd: 5 events: 19 …` (`proc_pid_fdinfo(5)`).
fn targets(info: &str) -> impl Iterator<Item = i32> {
    info.lines().filter_map(|line| {
        let mut words = line.strip_prefix("tfd:")?.split_ascii_whitespace();
        let fd = words.next()?.parse().ok()?;
        let events = u32::from_str_radix(words.find(|&word| word != "events:")?, 16).ok()?;
        let input = (libc::EPOLLIN | libc::EPOLLRDNORM).cast_unsigned();
        (events & input != 0).then_some(fd)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_is_to_be_read_of_a_poll_counts() {
        let entry = |fd: i32, events: i16| {
            let mut bytes = fd.to_ne_bytes().to_vec();
            bytes.extend(events.to_ne_bytes());
            bytes.extend([0; 2]);
            bytes
        };
        let list = [
            entry(0, libc::POLLIN),
            entry(1, libc::POLLOUT),
            entry(-1, libc::POLLIN),
            entry(7, libc::POLLIN | libc::POLLPRI),
        ]
        .concat();
        assert_eq!(polled(&list), [0, 7]);
    }

    #[test]
    fn the_bits_of_a_set_are_descriptors() {
        let set = [(1_u64 | 1 << 63).to_ne_bytes(), (1_u64 << 1).to_ne_bytes()].concat();
        assert_eq!(selected(&set, 66), [0, 63, 65]);
        assert_eq!(selected(&set, 65), [0, 63]);
    }

    #[test]
    fn targets_of_an_epoll_descriptor_are_those_for_input() {
        let info = "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t1042\n\
                    tfd:        5 events:       19 data:                5  pos:0 ino:c sdev:11\n\
                    tfd:        6 events:        4 data:                6  pos:0 ino:d sdev:11\n";
        assert_eq!(targets(info).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn a_negative_timeout_is_none() {
        assert_eq!(milliseconds(0xffff_ffff), None);
        assert_eq!(milliseconds(u64::MAX), None);
        assert_eq!(milliseconds(500), Some(Duration::from_millis(500)));
    }

    proptest! {
        /// Guards: whatever stands in a process's memory, it is read without a
        /// panic, and no more descriptors come out than went in.
        #[test]
        fn any_memory_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), count in 0_usize..2000) {
            prop_assert!(polled(&bytes).len() <= bytes.len() / 8);
            prop_assert!(selected(&bytes, count).iter().all(|&fd| (fd as usize) < count));
        }
    }
}
