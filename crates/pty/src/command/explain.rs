//! From a failed system call to an error a person can act on: looks at what
//! is on disk and at the limits of this process, after the fact.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use nix::errno::Errno;

use super::lookup::may_execute;
use super::plan::{is_a_directory, not_executable};
use super::{Command, ExecPlan};
use crate::error::{Cause, Error, ErrorKind, Stage};

/// The error for `errno` at `stage`.
pub(crate) fn explain(command: &Command, plan: &ExecPlan, stage: Stage, errno: Errno) -> Error {
    let cause = match stage {
        Stage::Exec => exec(&plan.seen_from_here, command, errno),
        Stage::Chdir => chdir(command.get_cwd().unwrap_or(Path::new(".")), errno),
        Stage::OpenPty => open_pty(errno),
        Stage::Fork => fork(errno),
        Stage::Limits => limits(errno),
        _ => general(errno),
    };
    Error::new(stage, command.get_program(), cause, Some(errno as i32))
}

/// The error for a program that did not get as far as `execve(2)` in time.
pub(crate) fn too_late(command: &Command) -> Error {
    let seconds = command.exec_timeout.as_secs_f64();
    let cause = Cause::new(
        ErrorKind::TimedOut,
        format!("it was not running after {seconds} s and was killed"),
        "check that the file systems of the program and its working directory answer",
    );
    Error::new(Stage::Exec, command.get_program(), cause, None)
}

/// The error for a process that cannot go on in a child.
pub(crate) fn no_child(errno: Errno) -> Error {
    let this = std::env::current_exe().unwrap_or_default();
    let name = this.file_name().unwrap_or(this.as_os_str());
    Error::new(Stage::Fork, name, fork(errno), Some(errno as i32))
}

fn exec(program: &Path, command: &Command, errno: Errno) -> Cause {
    let shown = program.display();
    match errno {
        Errno::ENOENT if program.exists() => missing_interpreter(program),
        Errno::ENOENT => Cause::new(
            ErrorKind::NotFound,
            format!("there is no file {shown}"),
            "check the path; a relative one counts from the program's working directory",
        ),
        Errno::ENOTDIR => Cause::new(
            ErrorKind::NotFound,
            format!("a part of {shown} is a file, not a directory"),
            "check the path",
        ),
        Errno::EACCES if program.is_dir() => is_a_directory(program),
        Errno::EACCES if program.is_file() && !may_execute(program) => not_executable(program),
        Errno::EACCES if program.exists() => Cause::new(
            ErrorKind::PermissionDenied,
            format!("the system refuses to execute {shown}"),
            "look for a mount with noexec, an interpreter without execute permission, or a \
             security module's rule",
        ),
        Errno::EACCES => Cause::new(
            ErrorKind::PermissionDenied,
            format!("a directory on the way to {shown} may not be searched by this user"),
            "give the user search permission (x) on every directory of the path",
        ),
        Errno::EPERM => Cause::new(
            ErrorKind::PermissionDenied,
            format!("the system does not permit {shown} here"),
            "look for a nosuid mount, missing privileges or a security module's rule",
        ),
        Errno::ENOEXEC => Cause::new(
            ErrorKind::NotExecutable,
            format!("{shown} is neither a program for this machine nor a script with a #! line"),
            "add a #! line as its first, or run it through its interpreter (sh, python3)",
        ),
        Errno::E2BIG => too_long(command),
        Errno::ETXTBSY => Cause::new(
            ErrorKind::Io,
            format!("{shown} is open for writing by some process"),
            "wait until it is completely written",
        ),
        Errno::ELOOP => Cause::new(
            ErrorKind::NotFound,
            format!("{shown} leads through too many symbolic links or nested interpreters"),
            "check its symbolic links and its #! line",
        ),
        Errno::ENAMETOOLONG => Cause::new(
            ErrorKind::InvalidInput,
            "the program's path is longer than the system accepts",
            "give a shorter path",
        ),
        _ => general(errno),
    }
}

/// `execve(2)` says ENOENT for a file that exists when what it names as its
/// interpreter does not.
fn missing_interpreter(program: &Path) -> Cause {
    let shown = program.display();
    match interpreter(program) {
        Some(interpreter) => Cause::new(
            ErrorKind::NotExecutable,
            format!(
                "{shown} is a script for {}, which does not exist",
                interpreter.display()
            ),
            "install the interpreter or correct the script's first line (mind a carriage return \
             at its end)",
        ),
        None => Cause::new(
            ErrorKind::NotExecutable,
            format!("the dynamic loader or interpreter that {shown} needs does not exist"),
            "install the loader it was built for (another C library or architecture), or use a \
             build for this system",
        ),
    }
}

/// The interpreter of a `#!` line. The kernel reads 256 bytes (`BINPRM_BUF_SIZE`).
fn interpreter(program: &Path) -> Option<PathBuf> {
    let mut head = Vec::with_capacity(256);
    File::open(program)
        .ok()?
        .take(256)
        .read_to_end(&mut head)
        .ok()?;
    let line = head
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let line = String::from_utf8_lossy(line);
    // A carriage return is part of the name the kernel looks for.
    let name = line.trim_matches([' ', '\t']).split([' ', '\t']).next()?;
    Some(PathBuf::from(name.escape_debug().to_string()))
}

fn too_long(command: &Command) -> Cause {
    let args: usize = command.get_args().map(|arg| arg.len() + 1).sum();
    let env: usize = command
        .get_environment()
        .iter()
        .map(|(name, value)| name.len() + value.len() + 2)
        .sum();
    Cause::new(
        ErrorKind::ArgumentsTooLong,
        format!("arguments ({args} bytes) and environment ({env} bytes) are too long"),
        "pass the data through a file or standard input; a single argument may have 128 KiB, \
         all together a quarter of the stack limit (ulimit -s)",
    )
}

fn chdir(cwd: &Path, errno: Errno) -> Cause {
    let shown = cwd.display();
    let (what, remedy) = match errno {
        Errno::ENOENT => (
            format!("the working directory {shown} does not exist"),
            "create it or give another",
        ),
        Errno::ENOTDIR => (
            format!("the working directory {shown} is not a directory"),
            "give a directory",
        ),
        Errno::EACCES | Errno::EPERM => (
            format!("the working directory {shown} may not be entered by this user"),
            "give the user search permission (x) on it and the directories above it",
        ),
        _ => (
            format!(
                "the working directory {shown} cannot be entered: {}",
                errno.desc()
            ),
            "give another directory",
        ),
    };
    Cause::new(ErrorKind::BadCwd, what, remedy)
}

fn open_pty(errno: Errno) -> Cause {
    match errno {
        // devpts_new_index() answers ENOSPC at the limit of the mount or of
        // the whole system; the BSDs answer EAGAIN or ENXIO.
        Errno::ENOSPC | Errno::EAGAIN | Errno::ENXIO => Cause::new(
            ErrorKind::ResourceExhausted,
            format!("the system has no more pseudo-terminals{}", pty_usage()),
            "end sessions, or raise the limit (sysctl kernel.pty.max; in a container also the \
             max= option of the devpts mount)",
        ),
        Errno::ENOENT | Errno::ENODEV => Cause::new(
            ErrorKind::Unsupported,
            "/dev/ptmx or /dev/pts is missing",
            "mount devpts on /dev/pts (mount -t devpts devpts /dev/pts)",
        ),
        Errno::EACCES | Errno::EPERM => Cause::new(
            ErrorKind::PermissionDenied,
            "this user may not open a pseudo-terminal",
            "check the permissions of /dev/ptmx and the ptmxmode= option of the devpts mount",
        ),
        _ => general(errno),
    }
}

fn pty_usage() -> String {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/sys/kernel/pty/{name}"));
    match (read("nr"), read("max")) {
        (Ok(used), Ok(max)) => format!(
            " ({} in use, /proc/sys/kernel/pty/max is {})",
            used.trim(),
            max.trim()
        ),
        _ => String::new(),
    }
}

fn fork(errno: Errno) -> Cause {
    match errno {
        Errno::EAGAIN => Cause::new(
            ErrorKind::ResourceExhausted,
            "the system permits no further process",
            "end processes, or raise RLIMIT_NPROC (ulimit -u), the cgroup's pids.max or \
             kernel.pid_max",
        ),
        Errno::ENOMEM => no_memory(),
        _ => general(errno),
    }
}

fn limits(errno: Errno) -> Cause {
    match errno {
        Errno::EPERM => Cause::new(
            ErrorKind::PermissionDenied,
            "a resource limit is above this process's hard limit",
            "ask for no more than the hard limit (ulimit -H), or raise that with privileges",
        ),
        Errno::EINVAL => Cause::new(
            ErrorKind::InvalidInput,
            "a resource limit's soft value is above its hard value, or out of range",
            "give a soft value no greater than the hard one",
        ),
        _ => general(errno),
    }
}

fn no_memory() -> Cause {
    Cause::new(
        ErrorKind::ResourceExhausted,
        "the system has no memory for another process",
        "free memory, or raise the memory limit of this process or its cgroup",
    )
}

fn general(errno: Errno) -> Cause {
    match errno {
        Errno::EMFILE => Cause::new(
            ErrorKind::ResourceExhausted,
            "this process has no free file descriptor",
            "end sessions, or raise RLIMIT_NOFILE (ulimit -n)",
        ),
        Errno::ENFILE => Cause::new(
            ErrorKind::ResourceExhausted,
            "the system has no free file descriptor",
            "close files, or raise /proc/sys/fs/file-max",
        ),
        Errno::ENOMEM => no_memory(),
        Errno::EAGAIN => fork(errno),
        Errno::ENOSYS | Errno::EOPNOTSUPP => Cause::new(
            ErrorKind::Unsupported,
            format!("the kernel cannot do this: {}", errno.desc()),
            "use a newer kernel, or look for a security module that forbids the system call",
        ),
        _ => Cause::new(
            ErrorKind::Io,
            errno.desc(),
            "see the error number's description in the system's manual",
        ),
    }
}
