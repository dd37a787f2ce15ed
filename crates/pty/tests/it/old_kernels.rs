//! Promise: on kernels without pidfds, `close_range(2)` and `TIOCGPTPEER`
//! everything works by the portable ways.

use std::fs::File;
use std::os::fd::AsFd;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use rejoinder_pty::{Command, ExitStatus, Pid, ProcessRef, ProcessTree, Signal, reap_orphans};

use crate::seccomp;
use crate::support::{
    PATIENCE, in_own_process, read_all, read_all_text, read_until, shell, start, type_in,
    wait_readable,
};

/// What came with Linux 4.13, 5.1, 5.3 and 5.9.
fn go_back_in_time() {
    seccomp::fail(&[
        (
            libc::SYS_ioctl,
            Some(u32::try_from(libc::TIOCGPTPEER).unwrap()),
            libc::EINVAL,
        ),
        (libc::SYS_pidfd_send_signal, None, libc::ENOSYS),
        (libc::SYS_pidfd_open, None, libc::ENOSYS),
        (libc::SYS_close_range, None, libc::ENOSYS),
    ]);
    let pidfd = ProcessRef::of(Pid::this()).unwrap().open();
    assert_eq!(pidfd.unwrap_err().kind(), std::io::ErrorKind::Unsupported);
}

#[test]
fn programs_run() {
    in_own_process("old_kernels::programs_run", || {
        go_back_in_time();
        let file = File::open("/etc/passwd").unwrap();
        for lowest in [3, 100, 900] {
            fcntl(file.as_fd(), FcntlArg::F_DUPFD(lowest)).unwrap();
        }
        let child = start(&shell("ls /proc/$$/fd; tty; read x; exit 3"));
        let path = child
            .leader
            .as_ref()
            .unwrap()
            .follower()
            .path
            .display()
            .to_string();
        let listed = read_until(&child.output, &format!("{path}\r\n"));
        // A shell may keep one above 2 of its own making.
        let count = listed.lines().next().unwrap().split_whitespace().count();
        assert!((3..=4).contains(&count), "{listed}");
        assert!(
            !listed.contains("100") && !listed.contains("900"),
            "{listed}"
        );
        assert_eq!(child.process.try_wait().unwrap(), None);
        type_in(&child, "\n");
        wait_readable(&child.process.exit_fd());
        assert_eq!(child.process.wait().unwrap(), ExitStatus::Code(3));
        read_all(&child.output);
    });
}

#[test]
fn exits_and_signals_work() {
    in_own_process("old_kernels::exits_and_signals_work", || {
        go_back_in_time();
        for _ in 0..50 {
            let child = start(&Command::new("true"));
            assert_eq!(
                child.process.wait_timeout(PATIENCE).unwrap(),
                Some(ExitStatus::Code(0))
            );
        }
        let child = start(&shell("sleep 1000"));
        child.process.signal(Signal::KILL).unwrap();
        let waiter = child.process.clone();
        let waiter = std::thread::spawn(move || waiter.wait().unwrap());
        assert_eq!(waiter.join().unwrap().signal(), Some(Signal::KILL));

        let child = start(&shell("sleep 1000 & echo up; wait"));
        read_until(&child.output, "up\r\n");
        let tree = ProcessTree::of(&child.process);
        let report = tree.signal_all(Signal::KILL).unwrap();
        assert!(report.failed.is_empty());
        assert_eq!(report.signalled.len(), 2);
        assert_eq!(child.process.wait().unwrap().signal(), Some(Signal::KILL));
        let gone = ProcessRef::of(child.process.pid());
        assert!(gone.is_err());
        assert_eq!(read_all(&child.output), b"");
        assert_eq!(reap_orphans(&|_| false).unwrap(), []);
    });
}

#[test]
fn errors_are_the_same() {
    in_own_process("old_kernels::errors_are_the_same", || {
        go_back_in_time();
        let error = Command::new("/etc").spawn().unwrap_err();
        assert!(error.to_string().contains("is a directory"), "{error}");
        assert_eq!(read_all_text(&start(&shell("echo on")).output), "on\r\n");
    });
}
