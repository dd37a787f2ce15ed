//! Promises: the terminal is the program's controlling terminal, starts as a
//! login terminal does, and tells from the leader's side how it is set and who
//! has it.

use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

use rejoinder_pty::{
    Command, InitialModes, Interest, Pid, PollEntry, ProcessInfo, ReadOutcome, Signal, Winsize,
    WriteOutcome, poll,
};

use crate::support::{
    Gate, PATIENCE, python, read_all, read_all_text, read_until, shell, start, type_in,
};

#[test]
fn it_is_the_controlling_terminal() {
    let child = start(&shell(
        "tty; tty </dev/tty; echo through >/dev/tty; cut -d ' ' -f 7,8 /proc/$$/stat; read x",
    ));
    let leader = child.leader.as_ref().unwrap();
    let follower = leader.follower().clone();
    assert_eq!(leader.session().unwrap(), Some(child.process.pid()));
    let metadata = std::fs::metadata(&follower.path).unwrap();
    assert_eq!(metadata.rdev(), follower.rdev);
    let info = ProcessInfo::read(child.process.pid()).unwrap();
    assert_eq!(info.terminal, Some(follower.rdev));
    let (path, pid) = (follower.path.display(), child.process.pid());
    let tty_nr = follower.rdev;
    let expected = format!("{path}\r\n/dev/tty\r\nthrough\r\n{tty_nr} {pid}\r\n");
    assert_eq!(read_until(&child.output, &format!("{pid}\r\n")), expected);
}

#[test]
fn it_starts_as_a_login_terminal() {
    let child = start(Command::new("stty").arg("-a"));
    let modes = child.leader.as_ref().unwrap().modes().unwrap();
    assert!(modes.canonical && modes.echo && modes.isig && modes.iexten);
    assert!(modes.icrnl && modes.ixon && modes.iutf8 && modes.opost && modes.onlcr);
    assert_eq!(
        (modes.veof, modes.vintr, modes.verase),
        (Some(4), Some(3), Some(0x7f))
    );
    assert_eq!(
        (modes.vsusp, modes.vquit, modes.vlnext),
        (Some(26), Some(28), Some(22))
    );
    let text = read_all_text(&child.output);
    for mode in [
        "icanon", "echo", "echoe", "isig", "iexten", "icrnl", "ixon", "iutf8", "onlcr",
    ] {
        assert!(
            text.split_whitespace().any(|word| word == mode),
            "{mode} is off: {text}"
        );
    }
}

fn check_initial(modes: InitialModes, on: &[&str], off: &[&str]) {
    let child = start(Command::new("stty").arg("-a").modes(modes));
    let text = read_all_text(&child.output);
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|w| w.trim_end_matches(';'))
        .collect();
    for mode in on {
        assert!(words.contains(mode), "{mode} is off: {text}");
    }
    for mode in off {
        assert!(
            words.contains(&format!("-{mode}").as_str()),
            "{mode} is on: {text}"
        );
    }
}

#[test]
fn initial_modes_are_set() {
    let default = InitialModes::default();
    check_initial(
        InitialModes {
            echo: false,
            ..default
        },
        &["icanon"],
        &["echo", "echoctl"],
    );
    check_initial(
        InitialModes {
            canonical: false,
            ..default
        },
        &["isig"],
        &["icanon"],
    );
    check_initial(
        InitialModes {
            signals: false,
            ..default
        },
        &["icanon"],
        &["isig"],
    );
    check_initial(
        InitialModes {
            onlcr: false,
            ..default
        },
        &["icrnl"],
        &["onlcr"],
    );
    check_initial(
        InitialModes {
            ixon: false,
            utf8: false,
            ..default
        },
        &[],
        &["ixon", "iutf8"],
    );
    check_initial(
        InitialModes::raw(),
        &[],
        &["icanon", "echo", "isig", "opost", "icrnl"],
    );
}

/// Promise: what a program changes is seen at once: a password prompt, raw
/// mode, another interrupt character.
#[test]
fn modes_follow_the_program() {
    let gate = Gate::new();
    let script = "stty intr ^G -echo; echo set; cat \"$0\"; stty raw; echo raw; cat \"$0\"";
    let child = start(shell(script).arg(gate.path()));
    let modes = || child.leader.as_ref().unwrap().modes().unwrap();
    read_until(&child.output, "set\r\n");
    assert!(modes().reads_password());
    assert_eq!(modes().vintr, Some(7));
    gate.open();
    read_until(&child.output, "raw\n");
    assert!(!modes().canonical && !modes().isig && !modes().opost);
    assert!(!modes().reads_password());
    gate.open();
}

#[test]
fn resizing_tells_the_program() {
    let script = "trap 'stty size; exit' WINCH; stty size; echo ready; while :; do read x; done";
    let mut command = shell(script);
    let child = start(command.winsize(Winsize::new(10, 20).unwrap()));
    let leader = child.leader.as_ref().unwrap();
    assert_eq!(
        leader.winsize().unwrap(),
        Some(Winsize::new(10, 20).unwrap())
    );
    assert_eq!(read_until(&child.output, "ready\r\n"), "10 20\r\nready\r\n");
    let largest = Winsize::new(65_535, 65_535).unwrap();
    leader.resize(largest).unwrap();
    assert_eq!(leader.winsize().unwrap(), Some(largest));
    // dash runs the trap when its read is interrupted or done.
    child.input.write(b"\n").unwrap();
    let text = read_all_text(&child.output);
    assert!(text.contains("65535 65535\r\n"), "{text}");
}

#[test]
fn no_size_is_no_size() {
    let child = start(&shell("stty rows 0; echo done; cat"));
    read_until(&child.output, "done\r\n");
    assert_eq!(child.leader.as_ref().unwrap().winsize().unwrap(), None);
}

/// Promise: with job control, the foreground process group is the job's, and a
/// signal for it reaches the job and not the shell.
#[test]
fn the_foreground_group_is_the_jobs() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut command = Command::new("bash");
        command
            .args(["--norc", "--noprofile", "-i"])
            .env("PS1", "@@ ")
            .env("TERM", "dumb");
        let child = start(&command);
        let leader = child.leader.as_ref().unwrap();
        let foreground = || leader.foreground_process_group().unwrap().unwrap();
        read_until(&child.output, "@@ ");
        assert_eq!(foreground(), child.process.pid(), "the shell reads");
        type_in(&child, "sh -c 'echo job=$$; exec sleep 1000'\n");
        read_until(&child.output, "job=$$; exec sleep 1000'");
        read_until(&child.output, "job=");
        let job: i32 = read_until(&child.output, "\r\n").trim().parse().unwrap();
        assert_eq!(
            foreground(),
            Pid::from_raw(job).unwrap(),
            "the job has the terminal"
        );
        assert_eq!(leader.signal_foreground(signal).unwrap().as_raw(), job);
        read_until(&child.output, "@@ ");
        assert_eq!(foreground(), child.process.pid(), "the shell has it again");
        type_in(&child, "echo status=$?\n");
        read_until(&child.output, "echo status=$?");
        let status = format!("status={}\r\n", 128 + signal.number());
        assert!(read_until(&child.output, "@@ ").contains(&status));
        type_in(&child, "exit\n");
        read_all(&child.output);
        let error = leader.signal_foreground(signal).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
        assert_eq!(leader.foreground_process_group().unwrap(), None);
        assert_eq!(leader.session().unwrap(), None);
    }
}

#[test]
fn typed_control_characters_send_signals() {
    let child = start(&shell("trap 'echo caught; exit 4' INT; echo ready; read x"));
    read_until(&child.output, "ready\r\n");
    type_in(&child, "\x03");
    assert!(read_all_text(&child.output).contains("caught"));
    assert_eq!(child.process.wait().unwrap().code(), Some(4));
}

/// Promise: dropping every handle on the leader hangs the terminal up.
#[test]
fn dropping_the_leader_hangs_up() {
    let child = start(&shell("sleep 1000"));
    let process = child.process.clone();
    drop(child);
    let status = process
        .wait_timeout(PATIENCE)
        .unwrap()
        .expect("it was hung up on");
    assert_eq!(status.signal(), Some(Signal::HUP));
}

/// Promise: output of any size passes through whole and in order.
#[test]
fn huge_output_passes() {
    let lines = 1_000_000;
    let child = start(Command::new("seq").arg(lines.to_string()));
    let (mut carry, mut next) = (Vec::new(), 1u32);
    let mut buffer = [0; 65_536];
    loop {
        match child
            .output
            .read_timeout(&mut buffer, Some(PATIENCE))
            .unwrap()
        {
            ReadOutcome::Data(count) => carry.extend_from_slice(&buffer[..count]),
            ReadOutcome::Hangup => break,
            other => panic!("{other:?}"),
        }
        let end = carry
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let text = std::str::from_utf8(&carry[..end]).unwrap();
        for line in text.lines() {
            assert_eq!(line.parse(), Ok(next));
            next += 1;
        }
        carry.drain(..end);
    }
    assert_eq!(next, lines + 1);
    assert!(carry.is_empty());
}

/// Promise: a full queue is an outcome, and what is written is counted right.
#[test]
fn a_full_queue_is_an_outcome() {
    let gate = Gate::new();
    let mut command = shell("cat \"$0\"; exec wc -c");
    let mut child = start(command.arg(gate.path()).modes(InitialModes {
        echo: false,
        ..Default::default()
    }));
    let line = [&[b'x'; 99][..], b"\n"].concat();
    let mut typed = 0;
    // The kernel passes on what it took after the call, and has room again.
    let moment = Some(std::time::Duration::from_millis(20));
    let full = loop {
        let rest = &line[typed % 100..];
        match child.input.write_timeout(rest, moment).unwrap() {
            WriteOutcome::Written(count) => typed += count,
            other => break other,
        }
        assert!(typed < 10_000_000, "the queue has no end");
    };
    assert_eq!(full, WriteOutcome::WouldBlock);
    assert_eq!(child.input.write(b"").unwrap(), WriteOutcome::Written(0));
    gate.open();
    // The rest of the line, and the end of input.
    let mut rest = line[typed % 100..].to_vec();
    typed += rest.len();
    rest.push(4);
    std::io::Write::write_all(&mut child.input, &rest).unwrap();
    assert_eq!(read_all_text(&child.output), format!("{typed}\r\n"));
}

#[test]
fn nothing_to_read_is_an_outcome() {
    let child = start(&shell("read x; echo $x"));
    let mut buffer = [0; 64];
    assert_eq!(
        child.output.read(&mut buffer).unwrap(),
        ReadOutcome::WouldBlock
    );
    assert_eq!(child.output.read(&mut []).unwrap(), ReadOutcome::Data(0));
    let brief = Some(std::time::Duration::from_millis(1));
    assert_eq!(
        child.output.read_timeout(&mut buffer, brief).unwrap(),
        ReadOutcome::WouldBlock
    );
    let leader = child.leader.as_ref().unwrap();
    leader.set_nonblocking(false).unwrap();
    assert_eq!(
        child.output.read_timeout(&mut buffer, brief).unwrap(),
        ReadOutcome::WouldBlock
    );
    type_in(&child, "late\n");
    assert_eq!(read_all_text(&child.output), "late\r\nlate\r\n");
}

/// Promise: waiting for several things at once says which is ready.
#[test]
fn polling_tells_which() {
    let quiet = start(&shell("read x"));
    let loud = start(&shell("echo now; read x"));
    let mut entries = [
        PollEntry::new(quiet.output.as_fd(), Interest::READABLE),
        PollEntry::new(loud.output.as_fd(), Interest::READABLE),
        PollEntry::new(loud.process.exit_fd(), Interest::READABLE),
    ];
    assert_eq!(poll(&mut entries, Some(PATIENCE)).unwrap(), 1);
    let ready = entries.map(|entry| entry.ready().readable);
    assert_eq!(ready, [false, true, false]);
    assert!(loud.leader.as_ref().unwrap().readable_bytes().unwrap() > 0);
    read_until(&loud.output, "now\r\n");
    let mut room = [PollEntry::new(quiet.input.as_fd(), Interest::BOTH)];
    assert_eq!(poll(&mut room, Some(PATIENCE)).unwrap(), 1);
    assert!(room[0].ready().writable && !room[0].ready().readable);
}

/// Promise: bytes go through a raw terminal unchanged, all 256 of them.
#[test]
fn a_raw_terminal_is_transparent() {
    let bytes: Vec<u8> = (0..=255).cycle().take(20_000).collect();
    let mut command = Command::new("head");
    let child = start(command.args(["-c", "20000"]).modes(InitialModes::raw()));
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| std::io::Write::write_all(&mut &child.input, &bytes));
        assert_eq!(read_all(&child.output), bytes);
        writer.join().unwrap().unwrap();
    });
}

#[test]
fn a_program_that_reads_a_password() {
    let child = start(&python(
        "import getpass; print(len(getpass.getpass('secret: ')))",
    ));
    read_until(&child.output, "secret: ");
    let leader = child.leader.as_ref().unwrap();
    assert!(leader.modes().unwrap().reads_password());
    type_in(&child, "hunter2\n");
    assert_eq!(read_all_text(&child.output), "\r\n7\r\n");
}
