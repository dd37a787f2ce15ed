//! Promises: how a program ended is told exactly; its exit can be awaited
//! beside other things; what it printed last is never lost; signals reach the
//! right ones.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rejoinder_pty::{
    Command, DrainEnd, DrainLimits, ExitStatus, Interest, Limit, PollEntry, ProcessInfo,
    ReadOutcome, Resource, Signal, drain, poll,
};

use crate::support::{
    Gate, PATIENCE, in_own_process, python, read_all, read_all_text, read_until, shell, start,
    type_in, wait_gone, wait_readable,
};

fn check(script: &str, expected: ExitStatus) {
    let mut command = shell(script);
    command.limit(Resource::Core, Limit::at_most(0));
    let child = start(&command);
    assert_eq!(child.process.wait().unwrap(), expected, "{script}");
    assert_eq!(
        child.process.try_wait().unwrap(),
        Some(expected),
        "it stays known"
    );
}

fn by(signal: Signal) -> ExitStatus {
    ExitStatus::Signal {
        signal,
        core_dumped: false,
    }
}

#[test]
fn codes_and_signals() {
    check("exit 0", ExitStatus::Code(0));
    check("exit 7", ExitStatus::Code(7));
    check("exit 255", ExitStatus::Code(255));
    check("kill -TERM $$", by(Signal::TERM));
    check("kill -KILL $$", by(Signal::KILL));
    check("kill -SEGV $$", by(Signal::SEGV));
    check("kill -40 $$", by(Signal::from_number(40).unwrap()));
}

#[test]
fn waiting_in_every_way() {
    let child = start(&shell("read line; exit 3"));
    let process = &child.process;
    assert_eq!(process.try_wait().unwrap(), None);
    assert_eq!(process.wait_timeout(Duration::ZERO).unwrap(), None);
    let mut entry = [PollEntry::new(process.exit_fd(), Interest::READABLE)];
    assert_eq!(poll(&mut entry, Some(Duration::ZERO)).unwrap(), 0);
    let other = process.clone();
    let waiter = std::thread::spawn(move || other.wait().unwrap());
    type_in(&child, "go\n");
    wait_readable(&process.exit_fd());
    let status = process.wait_timeout(PATIENCE).unwrap();
    assert_eq!(status, Some(ExitStatus::Code(3)));
    assert_eq!(waiter.join().unwrap(), ExitStatus::Code(3));
    wait_readable(&process.exit_fd());
    let late = process.signal(Signal::TERM).unwrap_err();
    assert_eq!(late.kind(), std::io::ErrorKind::NotFound);
}

/// Promise: a status that something else took is an error, not a guess.
#[test]
fn lost_statuses_are_said_to_be_lost() {
    in_own_process("exit::lost_statuses_are_said_to_be_lost", || {
        let child = start(&shell("exit 1"));
        nix::sys::wait::wait().unwrap();
        let error = child.process.wait().unwrap_err();
        assert!(error.to_string().contains("is lost"), "{error}");
    });
}

/// Promise: the same where children are reaped by the kernel, and their output
/// is read all the same.
#[test]
fn ignoring_sigchld_loses_statuses_only() {
    in_own_process("exit::ignoring_sigchld_loses_statuses_only", || {
        use nix::sys::signal::{SigHandler, Signal as NixSignal, signal};
        // SAFETY: ignoring a signal runs no code of this process.
        unsafe { signal(NixSignal::SIGCHLD, SigHandler::SigIgn) }.unwrap();
        for round in 0..200 {
            let child = start(Command::new("echo").arg(round.to_string()));
            assert_eq!(read_all_text(&child.output), format!("{round}\r\n"));
            wait_readable(&child.process.exit_fd());
            let error = child.process.wait().unwrap_err();
            assert!(error.to_string().contains("SIGCHLD is ignored"), "{error}");
            assert!(child.process.signal(Signal::TERM).is_err());
        }
    });
}

/// Promise: dropping the last handle on an exited process leaves no zombie.
#[test]
fn dropped_handles_reap() {
    let child = start(&shell("exit 0"));
    let pid = child.process.pid();
    wait_readable(&child.process.exit_fd());
    assert!(ProcessInfo::read(pid).unwrap().is_zombie());
    drop(child);
    assert!(ProcessInfo::read(pid).is_err());
}

/// Promise: what a program printed before it exited is never lost, however
/// short it lived and whatever else the machine does.
#[test]
fn nothing_printed_is_lost_under_load() {
    const ROUNDS: usize = 300;
    let busy = AtomicBool::new(true);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while busy.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        for round in 0..ROUNDS {
            let mut command = Command::new("echo");
            command.arg(format!("line {round}"));
            let child = start(&command);
            // Read after the exit, from the exit on, or at once.
            if round % 3 != 0 {
                wait_readable(&child.process.exit_fd());
            }
            if round % 3 == 1 {
                child.process.wait().unwrap();
            }
            assert_eq!(read_all_text(&child.output), format!("line {round}\r\n"));
        }
        busy.store(false, Ordering::Relaxed);
    });
}

/// Promise: also with a full queue, and when somebody else keeps the terminal
/// open so that there is no hang-up, a drain after the exit gets all that the
/// exited process printed, without waiting.
#[test]
fn a_drain_after_the_exit_is_complete() {
    for round in 0..50 {
        // The daemon ignores the hang-up signal and keeps the terminal.
        let child = start(&shell(
            "trap '' HUP; sleep 1000 & head -c 3000 /dev/zero | tr '\\0' x; echo $!.",
        ));
        child.process.wait().unwrap();
        let mut seen = Vec::new();
        let end = drain(&child.output, DrainLimits::default(), |bytes| {
            seen.extend_from_slice(bytes);
        });
        assert_eq!(end.unwrap(), DrainEnd::StillOpen);
        let text = String::from_utf8(seen).unwrap();
        let rest = text.trim_start_matches('x');
        assert_eq!(text.len() - rest.len(), 3000, "round {round}");
        let daemon: i32 = rest.trim_end_matches(".\r\n").parse().unwrap();
        let daemon = rejoinder_pty::ProcessRef::of(rejoinder_pty::Pid::from_raw(daemon).unwrap());
        assert!(daemon.unwrap().signal(Signal::KILL).unwrap());
        assert_eq!(read_all(&child.output), b"");
    }
}

/// Promise: a program that closes its terminal and lives on is not taken for
/// ended.
#[test]
fn a_hangup_is_no_exit() {
    let gate = Gate::new();
    let mut command = python(
        "import os, sys\n\
         print('closing')\n\
         for fd in 0, 1, 2: os.close(fd)\n\
         open(sys.argv[1]).read()\n\
         os._exit(9)",
    );
    let child = start(command.arg(gate.path()));
    assert_eq!(read_all_text(&child.output), "closing\r\n");
    let mut buffer = [0; 16];
    assert_eq!(child.output.read(&mut buffer).unwrap(), ReadOutcome::Hangup);
    assert_eq!(child.process.try_wait().unwrap(), None, "it lives on");
    gate.open();
    assert_eq!(child.process.wait().unwrap(), ExitStatus::Code(9));
}

/// Promise: a terminal that hung up gives data again when it is opened again.
#[test]
fn a_hangup_can_pass() {
    let gate = Gate::new();
    let mut command = python(
        "import os, sys\n\
         tty = os.ttyname(0)\n\
         print('one')\n\
         for fd in 0, 1, 2: os.close(fd)\n\
         open(sys.argv[1]).read()\n\
         os.write(os.open(tty, os.O_RDWR), b'two\\n')",
    );
    let child = start(command.arg(gate.path()));
    assert_eq!(read_all_text(&child.output), "one\r\n");
    gate.open();
    child.process.wait().unwrap();
    assert_eq!(read_all_text(&child.output), "two\r\n");
}

#[test]
fn signals_reach_process_and_group() {
    let child = start(&shell("sleep 1000 & echo ready; wait"));
    read_until(&child.output, "ready\r\n");
    child.process.signal(Signal::KILL).unwrap();
    assert_eq!(child.process.wait().unwrap(), by(Signal::KILL));
    drop(child);

    let child = start(&shell("sleep 1000 & echo $!; wait"));
    let sleeper = read_until(&child.output, "\r\n").trim().parse().unwrap();
    let sleeper = rejoinder_pty::Pid::from_raw(sleeper).unwrap();
    let sleeper = rejoinder_pty::ProcessRef::of(sleeper).unwrap();
    child.process.signal_group(Signal::KILL).unwrap();
    assert_eq!(child.process.wait().unwrap(), by(Signal::KILL));
    wait_gone(&sleeper);
}
