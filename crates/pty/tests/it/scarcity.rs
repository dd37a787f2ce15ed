//! Promise: hundreds of terminals work at once, and when descriptors,
//! processes or terminals run out, the error says which limit and how to raise
//! it, and what was opened on the way is closed again.

use nix::sys::resource::{Resource as Rlimit, getrlimit, setrlimit};
use rejoinder_pty::{Child, Command, Error, ErrorKind, Stage, Stderr, Stdio};

use crate::support::{
    in_own_process, in_own_process_under, read_all, read_until, shell, start, type_in,
};

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Starts programs until one cannot be.
fn start_until_it_fails(command: &Command) -> (Vec<Child>, Error) {
    let mut children = Vec::new();
    loop {
        match command.spawn() {
            Ok(child) => children.push(child),
            Err(error) => return (children, error),
        }
        assert!(children.len() < 1000, "nothing ran out");
    }
}

fn check(error: &Error, stages: &[Stage], says: &[&str]) {
    let text = error.to_string();
    assert_eq!(error.kind(), ErrorKind::ResourceExhausted, "{text}");
    assert!(stages.contains(&error.stage()), "{text}");
    for part in says {
        assert!(text.contains(part), "{part:?} is missing: {text}");
    }
}

#[test]
fn hundreds_of_terminals() {
    in_own_process("scarcity::hundreds_of_terminals", || {
        const COUNT: usize = 400;
        let (_, hard) = getrlimit(Rlimit::RLIMIT_NOFILE).unwrap();
        setrlimit(Rlimit::RLIMIT_NOFILE, hard, hard).unwrap();
        let before = descriptors();
        let children: Vec<Child> = (0..COUNT).map(|_| start(&Command::new("cat"))).collect();
        assert_eq!(
            descriptors() - before,
            2 * COUNT,
            "a leader and a pidfd each"
        );
        for (number, child) in children.iter().enumerate() {
            type_in(child, &format!("word {number}\n"));
        }
        for (number, child) in children.iter().enumerate() {
            let line = format!("word {number}\r\n");
            assert_eq!(read_until(&child.output, &line), line, "echoed");
            assert_eq!(read_until(&child.output, &line), line, "answered");
            type_in(child, "\x04");
        }
        for child in children {
            assert_eq!(read_all(&child.output), b"");
            assert!(child.process.wait().unwrap().success());
        }
        assert_eq!(descriptors(), before, "all closed");
    });
}

#[test]
fn no_more_descriptors() {
    in_own_process("scarcity::no_more_descriptors", || {
        let modes = [
            Stdio::Pty,
            Stdio::Pipe {
                stderr: Stderr::Separate,
            },
        ];
        for stdio in modes {
            let mut command = shell("read x");
            command.stdio(stdio);
            // Every number of free descriptors, so that each step is the one
            // that fails.
            for free in 0..12 {
                let before = descriptors();
                let (_, hard) = getrlimit(Rlimit::RLIMIT_NOFILE).unwrap();
                // read_dir itself has one open while it counts.
                setrlimit(Rlimit::RLIMIT_NOFILE, before as u64 - 1 + free, hard).unwrap();
                let (children, error) = start_until_it_fails(&command);
                check(
                    &error,
                    &[Stage::OpenPty, Stage::Pipe, Stage::Watch],
                    &["no free file descriptor", "RLIMIT_NOFILE (ulimit -n)"],
                );
                drop(children);
                setrlimit(Rlimit::RLIMIT_NOFILE, hard, hard).unwrap();
                assert_eq!(descriptors(), before, "{free} free, {stdio:?}: left open");
                assert!(start(&shell("true")).process.wait().unwrap().success());
            }
        }
        rejoinder_pty::reap_orphans(&|_| false).unwrap();
    });
}

#[test]
fn no_more_processes() {
    in_own_process("scarcity::no_more_processes", || {
        if nix::unistd::geteuid().is_root() {
            // Root is not limited.
            nix::unistd::setuid(nix::unistd::Uid::from_raw(65_534)).unwrap();
        }
        let before = descriptors();
        let (soft, hard) = getrlimit(Rlimit::RLIMIT_NPROC).unwrap();
        setrlimit(Rlimit::RLIMIT_NPROC, 0, hard).unwrap();
        let error = Command::new("/bin/true").spawn().unwrap_err();
        setrlimit(Rlimit::RLIMIT_NPROC, soft, hard).unwrap();
        check(
            &error,
            &[Stage::Fork],
            &["no further process", "RLIMIT_NPROC (ulimit -u)"],
        );
        assert_eq!(descriptors(), before);
    });
}

/// Promise: the same for terminals, on a system that has but a few.
#[test]
fn no_more_terminals() {
    let mut starter = vec!["unshare", "--mount"];
    if !nix::unistd::geteuid().is_root() {
        starter.push("--map-root-user");
    }
    in_own_process_under(&starter, "scarcity::no_more_terminals", || {
        let set_up = "mount -t devpts -o newinstance,ptmxmode=0666,max=5 devpts /dev/pts && \
                      mount --bind /dev/pts/ptmx /dev/ptmx";
        let status = std::process::Command::new("sh")
            .args(["-c", set_up])
            .status()
            .unwrap();
        assert!(status.success(), "cannot mount a small devpts");
        let before = descriptors();
        let (children, error) = start_until_it_fails(&shell("read x"));
        assert_eq!(children.len(), 5);
        check(
            &error,
            &[Stage::OpenPty],
            &[
                "no more pseudo-terminals",
                "/proc/sys/kernel/pty/max is ",
                "max= option",
            ],
        );
        drop(children);
        assert_eq!(descriptors(), before);
        assert!(start(&shell("true")).process.wait().unwrap().success());
    });
}

/// Promise: without devpts the error says what to mount.
#[test]
fn no_terminals_at_all() {
    let mut starter = vec!["unshare", "--mount"];
    if !nix::unistd::geteuid().is_root() {
        starter.push("--map-root-user");
    }
    in_own_process_under(&starter, "scarcity::no_terminals_at_all", || {
        let set_up = "mount -t tmpfs tmpfs /dev";
        let status = std::process::Command::new("sh")
            .args(["-c", set_up])
            .status()
            .unwrap();
        assert!(status.success(), "cannot hide /dev");
        let error = Command::new("true").spawn().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(
            error.to_string().contains("mount devpts on /dev/pts"),
            "{error}"
        );
    });
}
