//! Whether the program in the foreground is waiting in a read of its terminal:
//! a fact that the kernel tells, not a guess from silence.

use std::fs;
use std::path::Path;

use nix::libc;
use rejoinder_pty::{Pid, ProcessInfo};

/// Whether some thread of the foreground process group is inside `read(2)` on
/// the terminal with this follower. `false` also where the system does not say
/// (the program of another user, a system without `/proc`).
pub(crate) fn is_reading(group: Pid, follower: &Path) -> bool {
    process_reads(group, follower)
        || members(group)
            .filter(|&pid| pid != group)
            .any(|pid| process_reads(pid, follower))
}

/// The processes of a group, by a look at all there are.
fn members(group: Pid) -> impl Iterator<Item = Pid> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Pid::from_raw)
        .filter(move |&pid| ProcessInfo::read(pid).is_ok_and(|info| info.group == Some(group)))
}

fn process_reads(pid: Pid, follower: &Path) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return false;
    };
    threads.flatten().any(|thread| {
        fs::read_to_string(thread.path().join("syscall"))
            .ok()
            .and_then(|line| descriptor_read(&line))
            .and_then(|fd| fs::read_link(format!("/proc/{pid}/fd/{fd}")).ok())
            .is_some_and(|target| target == follower)
    })
}

/// The descriptor that a line of `/proc/<pid>/task/<tid>/syscall` shows being
/// read: `0 0x3 0x7ffe… …` on x86-64, and `running` where nothing is waited for
/// (proc_pid_syscall(5)).
fn descriptor_read(line: &str) -> Option<u64> {
    let mut words = line.split_ascii_whitespace();
    let call: libc::c_long = words.next()?.parse().ok()?;
    if ![libc::SYS_read, libc::SYS_readv].contains(&call) {
        return None;
    }
    u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_read_names_a_descriptor() {
        let read = libc::SYS_read;
        assert_eq!(descriptor_read(&format!("{read} 0x1f 0x0 0x0")), Some(31));
        for other in [
            "running",
            "-1 0x7ffe 0x0",
            "",
            &format!("{} 0x0", libc::SYS_poll),
        ] {
            assert_eq!(descriptor_read(other), None, "{other}");
        }
    }
}
