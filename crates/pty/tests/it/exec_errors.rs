//! Promise: a program that cannot be started is an error that names the
//! program, the step, the cause and what to do, of a kind callers can tell.

use std::fs;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::libc;
use rejoinder_pty::{Command, Environment, ErrorKind, Limit, Resource, Stage, Stderr, Stdio};
use tempfile::TempDir;

use crate::seccomp;
use crate::support::{read_all_text, start};

struct Expected<'a> {
    kind: ErrorKind,
    stage: Stage,
    /// What its text says besides.
    says: &'a [&'a str],
}

/// Fails to start in both modes, in the same way.
fn check(command: &Command, expected: &Expected<'_>) {
    let pipe = Stdio::Pipe {
        stderr: Stderr::Separate,
    };
    for stdio in [Stdio::Pty, pipe] {
        let error = command
            .clone()
            .stdio(stdio)
            .spawn()
            .expect_err("it started");
        let text = error.to_string();
        assert_eq!(error.kind(), expected.kind, "{text}");
        assert_eq!(error.stage(), expected.stage, "{text}");
        let program = command.get_program().to_str().unwrap();
        assert!(text.contains(&format!("`{program}`")), "{text}");
        for part in expected.says {
            assert!(text.contains(part), "{part:?} is missing: {text}");
        }
        assert!(!error.remedy().is_empty());
    }
}

fn file(directory: &TempDir, name: &str, content: &[u8], mode: u32) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn with_path(program: &str, path: &Path) -> Command {
    let mut environment = Environment::empty();
    environment.set("PATH", path);
    let mut command = Command::new(program);
    command.environment(environment);
    command
}

#[test]
fn not_in_path() {
    let directory = tempfile::tempdir().unwrap();
    let shown = directory.path().to_str().unwrap();
    check(
        &with_path("nonesuch", directory.path()),
        &Expected {
            kind: ErrorKind::NotFound,
            stage: Stage::Lookup,
            says: &["not found in PATH", shown, "full path"],
        },
    );
    let mut without_path = Command::new("nonesuch");
    without_path.environment(Environment::empty());
    check(
        &without_path,
        &Expected {
            kind: ErrorKind::NotFound,
            stage: Stage::Lookup,
            says: &["the environment has no PATH", "/usr/bin"],
        },
    );
}

#[test]
fn the_childs_path_counts() {
    let directory = tempfile::tempdir().unwrap();
    file(&directory, "only-here", b"#!/bin/sh\necho found\n", 0o755);
    let child = start(&with_path("only-here", directory.path()));
    assert_eq!(read_all_text(&child.output), "found\r\n");
}

#[test]
fn no_such_path() {
    check(
        &Command::new("/nonesuch/program"),
        &Expected {
            kind: ErrorKind::NotFound,
            stage: Stage::Exec,
            says: &["there is no file /nonesuch/program", "working directory"],
        },
    );
    check(
        &Command::new("/etc/passwd/program"),
        &Expected {
            kind: ErrorKind::NotFound,
            stage: Stage::Exec,
            says: &["is a file, not a directory"],
        },
    );
}

#[test]
fn not_executable() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "script", b"#!/bin/sh\n", 0o644);
    let says = ["may not be executed", "chmod +x"];
    check(
        &Command::new(&path),
        &Expected {
            kind: ErrorKind::PermissionDenied,
            stage: Stage::Exec,
            says: &says,
        },
    );
    check(
        &with_path("script", directory.path()),
        &Expected {
            kind: ErrorKind::PermissionDenied,
            stage: Stage::Lookup,
            says: &says,
        },
    );
}

#[test]
fn a_directory() {
    check(
        &Command::new("/etc"),
        &Expected {
            kind: ErrorKind::NotExecutable,
            stage: Stage::Exec,
            says: &["/etc is a directory"],
        },
    );
}

#[test]
fn no_such_interpreter() {
    let directory = tempfile::tempdir().unwrap();
    for (line, named) in [
        ("#!/nonesuch/python9 -u\n", "/nonesuch/python9"),
        ("#! /nonesuch/spaced\n", "/nonesuch/spaced"),
        ("#!/bin/sh\r\n", "/bin/sh\\r"),
    ] {
        let path = file(&directory, "script", line.as_bytes(), 0o755);
        check(
            &Command::new(&path),
            &Expected {
                kind: ErrorKind::NotExecutable,
                stage: Stage::Exec,
                says: &["is a script for", named, "which does not exist"],
            },
        );
    }
}

#[test]
fn no_such_loader() {
    let directory = tempfile::tempdir().unwrap();
    let mut image = fs::read("/bin/true").unwrap();
    let loader = b"/lib64/ld-linux";
    let at = image.windows(loader.len()).position(|part| part == loader);
    let at = at.expect("true(1) is dynamically linked on the machines this is tested on");
    image[at + 1] = b'X';
    let path = file(&directory, "program", &image, 0o755);
    check(
        &Command::new(&path),
        &Expected {
            kind: ErrorKind::NotExecutable,
            stage: Stage::Exec,
            says: &["loader or interpreter"],
        },
    );
}

#[test]
fn unknown_format() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "data", b"just text\n", 0o755);
    check(
        &Command::new(&path),
        &Expected {
            kind: ErrorKind::NotExecutable,
            stage: Stage::Exec,
            says: &["neither a program for this machine nor a script", "#! line"],
        },
    );
}

#[test]
fn bad_working_directory() {
    for (cwd, says) in [
        ("/nonesuch", "does not exist"),
        ("/etc/passwd", "is not a directory"),
    ] {
        let mut command = Command::new("true");
        command.cwd(cwd);
        check(
            &command,
            &Expected {
                kind: ErrorKind::BadCwd,
                stage: Stage::Chdir,
                says: &[cwd, says],
            },
        );
    }
}

#[test]
fn relative_program_counts_from_the_working_directory() {
    let directory = tempfile::tempdir().unwrap();
    file(&directory, "here", b"#!/bin/sh\npwd\n", 0o755);
    let child = start(Command::new("./here").cwd(directory.path()));
    let cwd = fs::canonicalize(directory.path()).unwrap();
    assert_eq!(
        read_all_text(&child.output).trim_end(),
        cwd.to_str().unwrap()
    );
}

#[test]
fn arguments_too_long() {
    let mut command = Command::new("true");
    command.arg("x".repeat(200 * 1024));
    check(
        &command,
        &Expected {
            kind: ErrorKind::ArgumentsTooLong,
            stage: Stage::Exec,
            says: &["204801 bytes", "standard input"],
        },
    );
}

#[test]
fn what_no_program_can_get() {
    let expected = |says| Expected {
        kind: ErrorKind::InvalidInput,
        stage: Stage::Prepare,
        says,
    };
    check(
        Command::new("true").arg("a\0b"),
        &expected(&["argument 1", "NUL"]),
    );
    check(
        Command::new("true").env("A=B", "x"),
        &expected(&["`A=B`", "`=`"]),
    );
    check(Command::new("true").env("", "x"), &expected(&["is empty"]));
    check(
        Command::new("true").env("A", "x\0"),
        &expected(&["`A`", "NUL"]),
    );
    check(
        Command::new("true").cwd("/\0"),
        &expected(&["working directory", "NUL"]),
    );
    check(
        &Command::new(""),
        &Expected {
            kind: ErrorKind::InvalidInput,
            stage: Stage::Lookup,
            says: &["is empty"],
        },
    );
}

#[test]
fn impossible_limit() {
    let mut command = Command::new("true");
    command.limit(
        Resource::Core,
        Limit {
            soft: Some(2),
            hard: Some(1),
        },
    );
    check(
        &command,
        &Expected {
            kind: ErrorKind::InvalidInput,
            stage: Stage::Limits,
            says: &["soft value is above its hard value"],
        },
    );
}

/// Promise: a failed start leaves no process and no descriptor.
#[test]
fn failures_leave_nothing() {
    crate::support::in_own_process("exec_errors::failures_leave_nothing", || {
        let count = || fs::read_dir("/proc/self/fd").unwrap().count();
        let before = count();
        for _ in 0..50 {
            Command::new("/etc").spawn().unwrap_err();
            Command::new("true").cwd("/nonesuch").spawn().unwrap_err();
        }
        assert_eq!(count(), before, "descriptors are left");
        let children = fs::read_to_string("/proc/thread-self/children").unwrap();
        assert_eq!(children, "", "processes are left");
    });
}

/// Promise: a start that hangs, as on a file system whose server does not
/// answer, is an error after the time allowed, and the child is gone.
#[test]
fn exec_that_hangs() {
    crate::support::in_own_process("exec_errors::exec_that_hangs", || {
        let _listener = seccomp::suspend(libc::SYS_execve);
        let mut command = Command::new("true");
        command.exec_timeout(Duration::from_millis(50));
        check(
            &command,
            &Expected {
                kind: ErrorKind::TimedOut,
                stage: Stage::Exec,
                says: &["not running after 0.05 s", "file systems"],
            },
        );
        let children = fs::read_to_string("/proc/thread-self/children").unwrap();
        assert_eq!(children, "", "processes are left");
    });
}

/// Promise: whatever step fails in the child is told, and nothing is written
/// anywhere else.
#[test]
fn each_step_in_the_child_is_told() {
    crate::support::in_own_process("exec_errors::each_step_in_the_child_is_told", || {
        let (stray, _keep) = occupy_descriptor_three();
        let tiocsctty = u32::try_from(libc::TIOCSCTTY).unwrap();
        let steps = [
            (libc::SYS_ioctl, Some(tiocsctty), Stage::Terminal),
            (libc::SYS_dup2, None, Stage::Stdio),
            (libc::SYS_setsid, None, Stage::Session),
        ];
        for (call, argument, stage) in steps {
            // Filters add up: each step fails before those that failed before.
            seccomp::fail(&[(call, argument, libc::EPERM)]);
            let error = Command::new("true").spawn().unwrap_err();
            assert_eq!(error.stage(), stage, "{error}");
            assert_eq!(error.errno(), Some(libc::EPERM), "{error}");
        }
        let nothing = nix::unistd::read(&stray, &mut [0; 8]);
        assert_eq!(
            nothing,
            Err(nix::errno::Errno::EAGAIN),
            "written to a stranger"
        );
    });
}

/// A pipe whose write end has the number that the child uses for its report:
/// the read end, the write end.
fn occupy_descriptor_three() -> (OwnedFd, OwnedFd) {
    let (low, write) = nix::unistd::pipe2(nix::fcntl::OFlag::O_NONBLOCK).unwrap();
    let read = nix::fcntl::fcntl(&low, nix::fcntl::FcntlArg::F_DUPFD_CLOEXEC(50)).unwrap();
    drop(low);
    // SAFETY: the first is a new descriptor. The second is whatever had the
    // number 3, which nothing in this process uses from here on.
    unsafe {
        let read = OwnedFd::from_raw_fd(read);
        let occupied = libc::dup2(write.as_raw_fd(), 3);
        assert_eq!(occupied, 3);
        (read, OwnedFd::from_raw_fd(occupied))
    }
}
