//! Promise: pipe mode has the same surface without a terminal: input that can
//! be closed, outputs merged or apart, a session of its own.

use std::io::Write;

use rejoinder_pty::{Command, ReadOutcome, Stderr, Stdio, WriteOutcome};

use crate::support::{
    Gate, PATIENCE, in_own_process, read_all, read_all_text, read_until, shell, start,
    wait_readable,
};

const MERGED: Stdio = Stdio::Pipe {
    stderr: Stderr::Merged,
};
const SEPARATE: Stdio = Stdio::Pipe {
    stderr: Stderr::Separate,
};

#[test]
fn streams_are_apart_or_merged() {
    let script = "echo one; echo two >&2; echo three";
    let child = start(shell(script).stdio(MERGED));
    assert!(child.stderr.is_none() && child.leader.is_none() && !child.output.is_pty());
    assert_eq!(read_all_text(&child.output), "one\ntwo\nthree\n");
    let child = start(shell(script).stdio(SEPARATE));
    assert_eq!(read_all_text(&child.output), "one\nthree\n");
    assert_eq!(read_all_text(child.stderr.as_ref().unwrap()), "two\n");
}

#[test]
fn closing_the_input_ends_it() {
    let child = start(Command::new("wc").arg("-c").stdio(MERGED));
    (&child.input).write_all(&[b'x'; 70_000]).unwrap();
    child.input.close();
    assert_eq!(read_all_text(&child.output).trim(), "70000");
}

#[test]
fn there_is_no_terminal() {
    let child = start(shell("tty; (: </dev/tty) 2>&1 || echo none").stdio(MERGED));
    let text = read_all_text(&child.output);
    assert!(
        text.starts_with("not a tty\n") && text.ends_with("none\n"),
        "{text}"
    );
}

#[test]
fn the_end_is_final_and_no_exit() {
    let gate = Gate::new();
    let mut command = shell("echo last; exec >&- 2>&-; read x <\"$0\"; exit 5");
    let child = start(command.arg(gate.path()).stdio(MERGED));
    assert_eq!(read_all(&child.output), b"last\n");
    assert_eq!(child.output.read(&mut [0; 8]).unwrap(), ReadOutcome::End);
    assert_eq!(child.process.try_wait().unwrap(), None);
    gate.open();
    assert_eq!(child.process.wait().unwrap().code(), Some(5));
}

#[test]
fn writing_to_nobody_is_an_outcome() {
    let child = start(shell("exec <&-; echo closed; cat").stdio(MERGED));
    read_until(&child.output, "closed\n");
    assert_eq!(child.input.write(b"x").unwrap(), WriteOutcome::Hangup);
    let error = (&child.input).write_all(b"x").unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
}

/// Promise: two programs started at once do not hold each other's pipes open.
#[test]
fn pipes_are_not_shared_between_programs() {
    in_own_process("pipes::pipes_are_not_shared_between_programs", || {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..25 {
                        let child = start(Command::new("cat").stdio(SEPARATE));
                        child.input.close();
                        assert_eq!(read_all(&child.output), b"");
                        assert!(child.process.wait_timeout(PATIENCE).unwrap().is_some());
                    }
                });
            }
        });
    });
}

/// Promise: a program in pipe mode is ended with all it started.
#[test]
fn the_group_can_be_ended() {
    let child = start(shell("sleep 1000 & sleep 1000 & echo up; wait").stdio(MERGED));
    read_until(&child.output, "up\n");
    child
        .process
        .signal_group(rejoinder_pty::Signal::KILL)
        .unwrap();
    wait_readable(&child.process.exit_fd());
    assert_eq!(read_all(&child.output), b"");
}
