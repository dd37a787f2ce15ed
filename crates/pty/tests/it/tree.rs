//! Promise: everything a program started is found and ended, daemons that left
//! its session included, and nobody else is.

use rejoinder_pty::{
    Child, Command, ExitStatus, Pid, ProcessInfo, ProcessRef, ProcessTree, Signal, Stderr, Stdio,
    reap_orphans, set_child_subreaper,
};

use crate::support::{
    Gate, in_own_process, python, read_all, read_until, shell, start, type_in, wait_gone,
    wait_readable,
};

/// Starts a daemon the classical way, tells its id, and runs on.
const DAEMON: &str = "\
import os, signal, sys
def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.setsid()
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            print('daemon', os.getpid(), '.')
            while True: signal.pause()
        os._exit(0)
    os.wait()
";

fn daemon(child: &Child) -> ProcessRef {
    read_until(&child.output, "daemon ");
    let pid = read_until(&child.output, " ").trim().parse().unwrap();
    let daemon = ProcessRef::of(Pid::from_raw(pid).unwrap()).unwrap();
    assert_ne!(daemon.info().unwrap().session, Some(child.process.pid()));
    daemon
}

/// A mark no other test uses.
fn mark(name: &str) -> String {
    format!("{name}-{}", std::process::id())
}

fn assert_ends(processes: &[ProcessRef]) {
    processes.iter().for_each(wait_gone);
}

#[test]
fn a_marked_daemon_is_found() {
    let mark = mark("marked-daemon");
    let script = format!("{DAEMON}daemon()\nsignal.pause()");
    let child = start(python(&script).env("PTY_TEST_MARK", &mark));
    let daemon = daemon(&child);

    let tree = ProcessTree::of(&child.process);
    let root = ProcessRef::of(child.process.pid()).unwrap();
    assert_eq!(
        tree.snapshot().unwrap(),
        [root],
        "without a mark it is out of reach"
    );
    let tree = tree.marker("PTY_TEST_MARK", &mark);
    assert_eq!(tree.snapshot().unwrap(), [root, daemon]);
    assert_eq!(
        ProcessTree::marked("PTY_TEST_MARK", &mark)
            .snapshot()
            .unwrap(),
        [root, daemon]
    );
    assert!(
        ProcessTree::marked("PTY_TEST_MARK", "other")
            .snapshot()
            .unwrap()
            .is_empty()
    );

    let report = tree.signal_all(Signal::KILL).unwrap();
    assert_eq!(report.signalled, [root, daemon]);
    assert!(report.failed.is_empty());
    assert_eq!(child.process.wait().unwrap().signal(), Some(Signal::KILL));
    assert_ends(&[daemon]);
    assert!(tree.snapshot().unwrap().is_empty());
}

/// Promise: a process that is just executing another program is marked as
/// before, though it has no environment for a moment.
#[test]
fn a_process_is_marked_while_it_executes() {
    let mark = mark("executing");
    let script = "exec sh -c \"$0\" \"$0\"";
    let arguments = ["-c", script, script];
    let child = start(
        Command::new("sh")
            .args(arguments)
            .env("PTY_TEST_MARK", &mark),
    );
    let tree = ProcessTree::marked("PTY_TEST_MARK", &mark);
    for _ in 0..200 {
        let found = tree.snapshot().unwrap();
        assert_eq!(found.len(), 1);
    }
    child.process.signal(Signal::KILL).unwrap();
    child.process.wait().unwrap();
}

/// Promise: a program without any environment is no member by its mark, and
/// does not delay the look.
#[test]
fn a_program_without_an_environment_has_no_mark() {
    let mark = mark("no-environment");
    let arguments = ["-i", "cat"];
    let child = start(
        Command::new("env")
            .args(arguments)
            .env("PTY_TEST_MARK", &mark),
    );
    type_in(&child, "ready\n");
    read_until(&child.output, "ready");
    let tree = ProcessTree::marked("PTY_TEST_MARK", &mark);
    assert!(tree.snapshot().unwrap().is_empty());
    child.process.signal(Signal::KILL).unwrap();
    child.process.wait().unwrap();
}

/// Promise: session members and descendants are found without a mark, in both
/// modes, and the session's also when the program itself is gone.
#[test]
fn sessions_and_descendants_are_found() {
    let mark = mark("sessions");
    let pipe = Stdio::Pipe {
        stderr: Stderr::Merged,
    };
    for stdio in [Stdio::Pty, pipe] {
        let gate = Gate::new();
        // One in the session, one descendant in a session of its own.
        let script = "trap '' HUP; sleep 1000 & setsid sh -c 'echo $$ up; sleep 1000; :' & \
                      cat \"$0\"";
        let mut command = shell(script);
        command.arg(gate.path()).env("PTY_TEST_MARK", &mark);
        let child = start(command.stdio(stdio));
        let pid = read_until(&child.output, " up");
        let apart = Pid::from_raw(pid.trim_end_matches(" up").parse().unwrap()).unwrap();
        let apart = ProcessRef::of(apart).unwrap();
        let root = ProcessRef::of(child.process.pid()).unwrap();
        let session = |member: &ProcessRef| member.info().ok().and_then(|info| info.session);

        let tree = ProcessTree::of(&child.process);
        let members = tree.snapshot().unwrap();
        assert_eq!(members[0], root, "the program is the first: {members:?}");
        assert!(members.contains(&apart), "{members:?}");
        assert_ne!(session(&apart), Some(root.pid));
        let with_it = |member: &&ProcessRef| session(member) == Some(root.pid);
        assert!(members.iter().filter(with_it).count() >= 2, "{members:?}");

        gate.open();
        assert!(child.process.wait().unwrap().success());
        let left = tree.snapshot().unwrap();
        assert!(!left.contains(&root) && !left.contains(&apart), "{left:?}");
        assert_eq!(left.len(), 1, "the sleeper of the session: {left:?}");
        assert_eq!(tree.signal_all(Signal::KILL).unwrap().signalled, left);

        let all = ProcessTree::marked("PTY_TEST_MARK", &mark);
        let rest = all.signal_all(Signal::KILL).unwrap().signalled;
        assert!(rest.contains(&apart), "{rest:?}");
        assert_ends(&[left, rest].concat());
    }
}

/// Promise: a process whose number is another's now is not hit.
#[test]
fn numbers_used_again_are_safe() {
    let child = start(&shell("sleep 1000"));
    let real = ProcessRef::of(child.process.pid()).unwrap();
    assert_eq!(child.process.start_time(), Some(real.start_time));
    let earlier = ProcessRef {
        start_time: real.start_time - 1,
        ..real
    };
    assert!(!earlier.is_alive());
    assert!(!earlier.signal(Signal::KILL).unwrap());
    assert!(!matches!(earlier.open(), Ok(Some(_))));
    assert!(
        ProcessTree::of_reference(earlier)
            .snapshot()
            .unwrap()
            .is_empty()
    );
    assert!(real.is_alive(), "the one with the number now lives on");
    assert_eq!(ProcessTree::of_reference(real).snapshot().unwrap()[0], real);
    child.process.signal(Signal::KILL).unwrap();
    child.process.wait().unwrap();
}

/// Promise: a program that forks and exits without end, faster than it can be
/// looked at, is ended all the same.
#[test]
fn a_running_fork_is_caught() {
    // It ends by itself where the test is killed before it could end it.
    let script = "import os, signal, time\n\
        signal.signal(signal.SIGHUP, signal.SIG_IGN)\n\
        end = time.monotonic() + 60\n\
        print('up')\n\
        while time.monotonic() < end:\n\
        \x20   if os.fork(): os._exit(0)\n";
    let child = start(&python(script));
    read_until(&child.output, "up\r\n");
    wait_readable(&child.process.exit_fd());
    ProcessTree::of(&child.process)
        .signal_all(Signal::KILL)
        .unwrap();
    assert_eq!(read_all(&child.output), b"");
    assert!(child.process.wait().unwrap().success());
}

/// Promise: a child subreaper gets the daemons its program left, can end them,
/// and reaps them without taking a status somebody waits for.
#[test]
fn orphans_are_adopted_and_reaped() {
    in_own_process("tree::orphans_are_adopted_and_reaped", || {
        set_child_subreaper(true).unwrap();
        let child = start(&python(&format!("{DAEMON}daemon()\nos._exit(6)")));
        let daemon = daemon(&child);
        wait_readable(&child.process.exit_fd());
        let other = std::process::Command::new("true").spawn().unwrap();
        let other_pid = Pid::from_raw(other.id().cast_signed()).unwrap();
        let other_ref = ProcessRef::of(other_pid).unwrap();
        wait_gone(&other_ref);

        assert_eq!(daemon.info().unwrap().parent, Some(Pid::this()));
        let tree = ProcessTree::of(&child.process).adopted(true);
        assert_eq!(tree.snapshot().unwrap(), [daemon]);
        tree.signal_all(Signal::KILL).unwrap();
        wait_gone(&daemon);

        let spare = |pid: Pid| pid == other_pid;
        let killed = ExitStatus::Signal {
            signal: Signal::KILL,
            core_dumped: false,
        };
        assert_eq!(reap_orphans(&spare).unwrap(), [(daemon.pid, killed)]);
        assert_eq!(reap_orphans(&spare).unwrap(), []);
        assert!(ProcessInfo::read(daemon.pid).is_err(), "no zombie is left");
        assert_eq!(
            child.process.wait().unwrap(),
            ExitStatus::Code(6),
            "kept for its handle"
        );
        let mut other = other;
        assert!(other.wait().unwrap().success(), "kept for who asked for it");
    });
}

/// Promise: a child whose handle was dropped while it ran is an orphan to reap.
#[test]
fn children_without_a_handle_are_reaped() {
    in_own_process("tree::children_without_a_handle_are_reaped", || {
        let child = start(&shell("read x; exit 3"));
        let pid = child.process.pid();
        let process = ProcessRef::of(pid).unwrap();
        let leader = child.leader.clone().unwrap();
        drop(child);
        assert_eq!(reap_orphans(&|_| false).unwrap(), []);
        std::io::Write::write_all(&mut &leader, b"\n").unwrap();
        wait_gone(&process);
        assert_eq!(
            reap_orphans(&|_| false).unwrap(),
            [(pid, ExitStatus::Code(3))]
        );
    });
}

/// Promise: what is told about a process is true, whatever it calls itself.
#[test]
fn information_is_true() {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("a) R 1 (b");
    std::fs::copy("/bin/sleep", &program).unwrap();
    let cwd = std::fs::canonicalize(directory.path()).unwrap();
    let child = start(
        Command::new(&program)
            .arg("1000")
            .cwd(&cwd)
            .env("WHO", "me"),
    );
    let info = ProcessInfo::read(child.process.pid()).unwrap();
    assert_eq!(info.comm, "a) R 1 (b");
    assert_eq!(info.parent, Some(Pid::this()));
    assert_eq!((info.group, info.session), (Some(info.pid), Some(info.pid)));
    assert_eq!(info.foreground_group, Some(info.pid));
    assert_eq!(info.threads, 1);
    assert_eq!(info.exe().unwrap(), cwd.join("a) R 1 (b"));
    assert_eq!(info.cwd().unwrap(), cwd);
    assert_eq!(
        info.command_line().unwrap(),
        [program.as_os_str(), "1000".as_ref()]
    );
    assert!(info.was_started_with("WHO", "me").unwrap());
    assert!(!info.was_started_with("WHO", "m").unwrap());
    assert!(!info.is_zombie());
    child.process.signal(Signal::STOP).unwrap();
    child.process.signal(Signal::KILL).unwrap();
    wait_readable(&child.process.exit_fd());
    let info = ProcessInfo::read(child.process.pid()).unwrap();
    assert!(info.is_zombie());
    assert_eq!(info.command_line().unwrap(), [""; 0]);
    child.process.wait().unwrap();
    let error = ProcessInfo::read(child.process.pid()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

/// Promise: a process whose first thread is gone and whose others run is alive.
#[test]
fn a_process_without_its_first_thread_is_alive() {
    let script = "import ctypes, threading, os\n\
        gate = os.open('/dev/null', os.O_RDONLY)\n\
        up = threading.Event()\n\
        def other():\n\
        \x20   up.wait()\n\
        \x20   while open('/proc/self/stat').read().split(') ')[1][0] != 'Z': pass\n\
        \x20   os.write(1, b'alone\\n')\n\
        \x20   threading.Event().wait()\n\
        threading.Thread(target=other).start()\n\
        up.set()\n\
        ctypes.CDLL(None).syscall(60, 0)\n";
    let child = start(&python(script));
    read_until(&child.output, "alone\r\n");
    let process = ProcessRef::of(child.process.pid()).unwrap();
    assert_eq!(process.info().unwrap().state, 'Z');
    assert!(process.is_alive());
    assert_eq!(
        ProcessTree::of(&child.process).snapshot().unwrap(),
        [process]
    );
    assert_eq!(child.process.try_wait().unwrap(), None);
    assert!(process.signal(Signal::KILL).unwrap());
    assert_eq!(child.process.wait().unwrap().signal(), Some(Signal::KILL));
}
