//! Promise: a program gets what it is given and nothing by accident: no
//! descriptor, no signal disposition, no signal mask, no variable.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal as NixSignal};
use rejoinder_pty::{Command, Environment, Stderr, Stdio};

use crate::support::{in_own_process, python, read_all_text, shell, start};

/// Prints the open descriptors, without the one that lists them.
const LIST_DESCRIPTORS: &str = "import os\n\
    found = []\n\
    for fd in os.listdir('/proc/self/fd'):\n\
    \x20   try: found.append((int(fd), os.readlink('/proc/self/fd/' + fd)))\n\
    \x20   except FileNotFoundError: pass\n\
    print(sorted(found))";

#[test]
fn no_descriptor() {
    in_own_process("inheritance::no_descriptor", || {
        // Descriptors that exec would not close, low, high, and everywhere.
        let file = File::open("/etc/passwd").unwrap();
        let mut leaks = Vec::new();
        for lowest in [3, 10, 200, 1000] {
            for _ in 0..5 {
                leaks.push(fcntl(file.as_fd(), FcntlArg::F_DUPFD(lowest)).unwrap());
            }
        }
        let flags = fcntl(file.as_fd(), FcntlArg::F_GETFD).unwrap();
        assert_eq!(flags & FdFlag::FD_CLOEXEC.bits(), FdFlag::FD_CLOEXEC.bits());
        assert!(leaks.iter().any(|fd| *fd >= 1000));

        let child = start(&python(LIST_DESCRIPTORS));
        let tty = child
            .leader
            .as_ref()
            .unwrap()
            .follower()
            .path
            .display()
            .to_string();
        let expected = format!("[(0, '{tty}'), (1, '{tty}'), (2, '{tty}')]\r\n");
        assert_eq!(read_all_text(&child.output), expected);

        let pipes = Stdio::Pipe {
            stderr: Stderr::Separate,
        };
        let child = start(python(LIST_DESCRIPTORS).stdio(pipes));
        let text = read_all_text(&child.output);
        assert_eq!(text.matches("'pipe:[").count(), 3, "{text}");
        assert_eq!(text.matches('(').count(), 3, "{text}");
    });
}

/// Promise: the same when this process has no standard streams, whose numbers
/// the new terminal's descriptors would otherwise get.
#[test]
fn no_descriptor_without_standard_streams() {
    in_own_process(
        "inheritance::no_descriptor_without_standard_streams",
        || {
            let saved = [0, 1, 2].map(|fd| {
                // SAFETY: this process has one test running and puts the
                // descriptors back before it prints anything.
                let borrowed = unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) };
                borrowed.try_clone_to_owned().unwrap()
            });
            for fd in 0..3 {
                nix::unistd::close(fd).unwrap();
            }
            let outcomes = [
                Stdio::Pty,
                Stdio::Pipe {
                    stderr: Stderr::Separate,
                },
            ]
            .map(|stdio| {
                let child = shell("cat; echo out; echo err >&2").stdio(stdio).spawn()?;
                let leader = child.leader.clone();
                child.input.write(b"in\n\x04").unwrap();
                child.input.close();
                let text = read_all_text(&child.output);
                let errors = child.stderr.as_ref().map(read_all_text);
                drop(leader);
                Ok::<_, rejoinder_pty::Error>((text, errors))
            });
            for (fd, saved) in saved.iter().enumerate() {
                // SAFETY: dup2(2) onto numbers that are closed or this process's
                // own standard streams.
                let code =
                    unsafe { nix::libc::dup2(saved.as_raw_fd(), i32::try_from(fd).unwrap()) };
                assert!(code >= 0);
            }
            let [pty, pipe] = outcomes;
            assert_eq!(pty.unwrap().0, "in\r\nin\r\nout\r\nerr\r\n");
            let (out, errors) = pipe.unwrap();
            assert_eq!(out, "in\n\x04out\n");
            assert_eq!(errors.unwrap(), "err\n");
        },
    );
}

#[test]
fn no_signal_state() {
    in_own_process("inheritance::no_signal_state", || {
        let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
        for signal in NixSignal::iterator() {
            if ![NixSignal::SIGKILL, NixSignal::SIGSTOP].contains(&signal) {
                // SAFETY: ignoring a signal runs no code of this process.
                let ignored = unsafe { nix::sys::signal::sigaction(signal, &ignore) };
                ignored.unwrap_or_else(|errno| panic!("{signal}: {errno}"));
            }
        }
        let all = SigSet::all();
        nix::sys::signal::pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&all), None).unwrap();
        ignore_real_time_signals();
        let mine = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        assert!(
            mine.contains("SigIgn:\tffffffff"),
            "the test's own set-up: {mine}"
        );

        for stdio in [
            Stdio::Pty,
            Stdio::Pipe {
                stderr: Stderr::Merged,
            },
        ] {
            let child = start(Command::new("cat").arg("/proc/self/status").stdio(stdio));
            let text = read_all_text(&child.output).replace('\r', "");
            for name in ["SigPnd", "SigBlk", "SigIgn", "SigCgt"] {
                assert!(
                    text.contains(&format!("{name}:\t0000000000000000\n")),
                    "{text}"
                );
            }
        }
        // The caller's own mask is as it was.
        let mut mask = SigSet::empty();
        nix::sys::signal::pthread_sigmask(SigmaskHow::SIG_BLOCK, None, Some(&mut mask)).unwrap();
        assert!(mask.contains(NixSignal::SIGTERM));
    });
}

/// Ignores the signals from 32 upward, also those the C library keeps for
/// itself.
fn ignore_real_time_signals() {
    for signal in 32..=64 {
        // The kernel's own sigaction: handler, flags, restorer, mask.
        let ignore: [u64; 4] = [nix::libc::SIG_IGN as u64, 0, 0, 0];
        // SAFETY: the structure is what rt_sigaction(2) reads on 64-bit
        // machines, and ignoring a signal runs no code of this process.
        let code = unsafe {
            nix::libc::syscall(nix::libc::SYS_rt_sigaction, signal, ignore.as_ptr(), 0, 8)
        };
        assert_eq!(code, 0, "signal {signal}");
    }
}

#[test]
fn the_environment_is_exact() {
    let mut environment = Environment::empty();
    environment
        .set("ONE", "1")
        .set("EMPTY", "")
        .set("TWO", "with = and space");
    let child = start(Command::new("/usr/bin/env").environment(environment));
    assert_eq!(
        read_all_text(&child.output),
        "EMPTY=\r\nONE=1\r\nTWO=with = and space\r\n"
    );
}

#[test]
fn arguments_are_exact() {
    let mut command = python("import sys; print(sys.argv[1:])");
    command.args(["", "two words", "*", "$HOME", "\"'"]);
    let text = read_all_text(&start(&command).output);
    assert_eq!(text, "['', 'two words', '*', '$HOME', '\"\\'']\r\n");
    let child = start(shell("echo $0; exec cat /proc/$$/cmdline").arg0("-login"));
    assert!(read_all_text(&child.output).contains("cat\0/proc/"));
    let child = start(
        Command::new("sh")
            .arg0("-login")
            .arg("-c")
            .arg("ps -o args= $$"),
    );
    assert!(read_all_text(&child.output).starts_with("-login -c"));
}

/// Promise: a session and a process group of its own, in both modes.
#[test]
fn a_session_of_its_own() {
    for stdio in [
        Stdio::Pty,
        Stdio::Pipe {
            stderr: Stderr::Merged,
        },
    ] {
        let child = start(shell("cut -d ' ' -f 5,6 /proc/$$/stat").stdio(stdio));
        let pid = child.process.pid();
        assert_eq!(
            read_all_text(&child.output).trim_end(),
            format!("{pid} {pid}")
        );
        assert!(
            child
                .process
                .wait_timeout(Duration::from_secs(60))
                .unwrap()
                .is_some()
        );
    }
}
