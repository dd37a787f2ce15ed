//! Promise: resource limits and the file mode mask are set in the program and
//! not here.

use nix::sys::resource::{Resource as Rlimit, getrlimit, setrlimit};
use rejoinder_pty::{ErrorKind, ExitStatus, Limit, Resource, Signal, Stage};

use crate::support::{in_own_process, read_all_text, shell, start};

/// The soft limit alone: valgrind, which this runs under as well, keeps the
/// hard one to itself.
fn open_files(soft: u64) -> Limit {
    let (_, hard) = getrlimit(Rlimit::RLIMIT_NOFILE).unwrap();
    Limit {
        soft: Some(soft),
        hard: Some(hard),
    }
}

#[test]
fn limits_are_the_programs() {
    let mut command = shell("ulimit -Sc; ulimit -Hc; ulimit -Hf; ulimit -Sl; ulimit -St");
    let core = Limit {
        soft: Some(512),
        hard: Some(1024),
    };
    command
        .limit(Resource::Core, Limit::at_most(0))
        .limit(Resource::Core, core)
        .limit(Resource::FileSize, Limit::at_most(51_200))
        .limit(Resource::LockedMemory, Limit::at_most(1024))
        .limit(Resource::Cpu, Limit::at_most(1077));
    let text = read_all_text(&start(&command).output);
    assert_eq!(text, "1\r\n2\r\n100\r\n1\r\n1077\r\n");
    let mine = std::fs::read_to_string("/proc/self/limits").unwrap();
    assert!(!mine.contains(" 1077 "), "the limit was set here: {mine}");
}

#[test]
fn a_limit_has_effect() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = shell("exec head -c 100000 /dev/zero > file");
    command
        .cwd(directory.path())
        .limit(Resource::FileSize, Limit::at_most(4096));
    command.limit(Resource::Core, Limit::at_most(0));
    let status = start(&command).process.wait().unwrap();
    assert_eq!(
        status,
        ExitStatus::Signal {
            signal: Signal::XFSZ,
            core_dumped: false
        }
    );
    assert_eq!(
        std::fs::metadata(directory.path().join("file"))
            .unwrap()
            .len(),
        4096
    );
}

#[test]
fn few_descriptors_do_not_hinder_the_start() {
    let mut command = shell("echo started");
    command.limit(Resource::OpenFiles, open_files(4));
    assert_eq!(read_all_text(&start(&command).output), "started\r\n");
}

#[test]
fn raising_a_hard_limit_needs_privileges() {
    in_own_process("limits::raising_a_hard_limit_needs_privileges", || {
        let (soft, _) = getrlimit(Rlimit::RLIMIT_CORE).unwrap();
        let low = soft.min(4096);
        setrlimit(Rlimit::RLIMIT_CORE, low, low).unwrap();
        drop_privileges();
        let mut command = shell("true");
        command.limit(Resource::Core, Limit::at_most(low + 1));
        let error = command.spawn().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert_eq!(error.stage(), Stage::Limits);
        assert!(error.to_string().contains("hard limit"), "{error}");
    });
}

/// Becomes an unprivileged user, if this is root.
fn drop_privileges() {
    if nix::unistd::geteuid().is_root() {
        let nobody = nix::unistd::Uid::from_raw(65_534);
        nix::unistd::setuid(nobody).unwrap();
    }
}

#[test]
fn the_mask_is_the_programs() {
    let text = read_all_text(&start(shell("umask").umask(0o137)).output);
    assert_eq!(text, "0137\r\n");
    let inherited = read_all_text(&start(&shell("umask")).output);
    assert_ne!(inherited, "0137\r\n");
}
