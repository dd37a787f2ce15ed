//! Processes as the system sees them: who lives, who holds a file open, who uses
//! how much memory.

use std::fs::{File, OpenOptions};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rejoinder_pty::{Interest, PollEntry, poll};

/// How long an end may take before it is taken for one that never comes.
const PATIENCE: Duration = Duration::from_secs(120);

/// `O_NONBLOCK` on Linux: the end of a FIFO that reads opens without a writer.
const O_NONBLOCK: i32 = 0o4000;

/// Whether a process lives (a zombie does not).
pub(crate) fn is_alive(pid: i64) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return false;
    };
    let state = stat
        .rsplit_once(") ")
        .map(|(_, rest)| rest.starts_with('Z'));
    state == Some(false)
}

/// Sends a signal from outside, as `kill` does.
#[track_caller]
pub(crate) fn send(pid: i64, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), signal).unwrap();
}

/// The most memory that a process has had resident so far, in MiB.
pub(crate) fn peak_mib(pid: i64) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    kib / 1024
}

/// A FIFO that programs hold open for writing; it ends when the last of them does.
///
/// A program opens it by `exec 9>$path`, and says afterwards that it has.
pub(crate) struct Lifeline {
    path: PathBuf,
    end: File,
}

impl Lifeline {
    /// A new one in this directory.
    pub(crate) fn in_directory(directory: &Path) -> Self {
        let path = directory.join("lifeline");
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let end = OpenOptions::new()
            .read(true)
            .custom_flags(O_NONBLOCK)
            .open(&path)
            .unwrap();
        Self { path, end }
    }

    /// Where programs open it.
    pub(crate) fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// Returns when nobody holds it open any more.
    #[track_caller]
    pub(crate) fn await_end(&self) {
        assert!(
            self.is_touched_within(PATIENCE),
            "a program holds on to its lifeline"
        );
    }

    /// Whether somebody let go of it before this much time was over.
    pub(crate) fn is_touched_within(&self, time: Duration) -> bool {
        let mut entries = [PollEntry::new(self.end.as_fd(), Interest::READABLE)];
        poll(&mut entries, Some(time)).unwrap() > 0
    }
}
