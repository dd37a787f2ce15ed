//! Promises of the tokio adapter: the same outcomes as without it, no byte
//! lost by a cancelled future, no spinning on a terminal that hung up, no task
//! kept from running by a flood.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;

use rejoinder_pty::aio::{AsyncChild, AsyncLeader, AsyncOutput, ExitWatch};
use rejoinder_pty::{
    CanonicalWriter, Command, Flush, InitialModes, ReadOutcome, Signal, Stderr, Stdio, WriteOutcome,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::support::{Gate, PATIENCE, python, shell, start};

const SEPARATE: Stdio = Stdio::Pipe {
    stderr: Stderr::Separate,
};

/// Runs a conversation on a runtime with one thread, guarded against hanging.
fn run(conversation: impl Future<Output = io::Result<()>>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime
        .block_on(async { tokio::time::timeout(PATIENCE, conversation).await })
        .expect("the conversation hangs")
        .unwrap();
}

fn register(command: &Command) -> AsyncChild {
    AsyncChild::new(start(command)).unwrap()
}

async fn read_all(output: &AsyncOutput) -> io::Result<Vec<u8>> {
    let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
    while let ReadOutcome::Data(count) = output.read(&mut buffer).await? {
        seen.extend_from_slice(&buffer[..count]);
    }
    Ok(seen)
}

async fn read_until(output: &AsyncOutput, needle: &str) -> io::Result<()> {
    let (mut seen, mut byte) = (Vec::new(), [0]);
    while !seen.ends_with(needle.as_bytes()) {
        match output.read(&mut byte).await? {
            ReadOutcome::Data(_) => seen.push(byte[0]),
            outcome => panic!("{outcome:?} before {needle:?}"),
        }
    }
    Ok(())
}

/// The future's result, and how often it was polled.
async fn count_polls<F: Future>(future: F) -> (F::Output, usize) {
    let mut future = pin!(future);
    let mut polls = 0;
    let output = poll_fn(|cx| {
        polls += 1;
        future.as_mut().poll(cx)
    })
    .await;
    (output, polls)
}

#[test]
fn both_modes_converse() {
    run(async {
        let child = register(shell("read a; echo got $a; exit 4").modes(InitialModes {
            echo: false,
            ..InitialModes::default()
        }));
        assert_eq!(
            child.input.write(b"this\n").await?,
            WriteOutcome::Written(5)
        );
        assert_eq!(read_all(&child.output).await?, b"got this\r\n");
        assert_eq!(child.exit.exited().await?.code(), Some(4));
        assert!(child.leader.is_some());

        let child = register(shell("cat; echo bad >&2").stdio(SEPARATE));
        assert_eq!(child.input.write(b"that").await?, WriteOutcome::Written(4));
        drop(child.input);
        assert_eq!(read_all(&child.output).await?, b"that");
        assert_eq!(read_all(child.stderr.as_ref().unwrap()).await?, b"bad\n");
        assert!(child.exit.exited().await?.success());
        let mut buffer = [0; 8];
        assert_eq!(child.output.read(&mut buffer).await?, ReadOutcome::End);
        assert!(
            child.output.reopened().await.is_err(),
            "a pipe's end is final"
        );
        Ok(())
    });
}

/// Promise: a read that is dropped before it is ready has taken nothing.
#[test]
fn cancelled_reads_lose_nothing() {
    run(async {
        let child = register(Command::new("seq").arg("50000"));
        let (mut seen, mut buffer) = (Vec::new(), [0; 700]);
        let mut cancelled = 0;
        loop {
            let outcome = tokio::select! {
                biased;
                outcome = child.output.read(&mut buffer) => outcome?,
                () = tokio::task::yield_now() => {
                    cancelled += 1;
                    continue;
                }
            };
            match outcome {
                ReadOutcome::Data(count) => seen.extend_from_slice(&buffer[..count]),
                _ => break,
            }
        }
        assert!(cancelled > 0, "nothing was cancelled");
        let expected: String = (1..=50_000).map(|n| format!("{n}\r\n")).collect();
        assert!(
            seen == expected.as_bytes(),
            "{} of {}",
            seen.len(),
            expected.len()
        );
        Ok(())
    });
}

/// Promise: typing and reading at once do not wait for each other, and a
/// cancelled flush goes on where it stopped.
#[test]
fn a_long_line_is_typed_while_output_is_read() {
    run(async {
        let quiet = InitialModes {
            echo: false,
            ..InitialModes::default()
        };
        let child = register(Command::new("cat").modes(quiet));
        let mut line: Vec<u8> = (0..200_000)
            .map(|n: u32| b'a' + (n / 7 % 26) as u8)
            .collect();
        let mut writer = CanonicalWriter::new();
        assert_eq!(writer.push(&line) + writer.push(b"\n\x04"), 200_002);
        let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
        let mut typing = true;
        loop {
            tokio::select! {
                outcome = child.output.read(&mut buffer) => match outcome? {
                    ReadOutcome::Data(count) => seen.extend_from_slice(&buffer[..count]),
                    _ => break,
                },
                flushed = child.input.flush(&mut writer), if typing => {
                    assert_eq!(flushed?, Flush::Done);
                    typing = false;
                }
            }
        }
        assert_eq!(writer.sent(), 200_002);
        line.extend_from_slice(b"\r\n");
        assert!(seen == line, "{} of {} bytes", seen.len(), line.len());
        Ok(())
    });
}

/// Promise: a terminal that hung up is told at once, can be waited for without
/// spinning, and gives data again.
#[test]
fn a_hangup_can_pass() {
    run(async {
        let gates = [Gate::new(), Gate::new(), Gate::new()];
        let script = "import os, sys\n\
            tty = os.ttyname(0)\n\
            print('one')\n\
            for fd in 0, 1, 2: os.close(fd)\n\
            open(sys.argv[1]).read()\n\
            fd = os.open(tty, os.O_RDWR)\n\
            os.write(fd, b'two\\n')\n\
            open(sys.argv[2]).read()\n\
            os.write(fd, b'three\\n')\n\
            os.close(fd)\n\
            open(sys.argv[3]).read()\n";
        let mut command = python(script);
        let child = register(command.args(gates.iter().map(Gate::path)));
        assert_eq!(read_all(&child.output).await?, b"one\r\n");
        let mut buffer = [0; 64];
        for _ in 0..3 {
            assert_eq!(child.output.read(&mut buffer).await?, ReadOutcome::Hangup);
        }
        let opener = std::thread::spawn(move || {
            gates[0].open();
            gates
        });
        let (reopened, polls) = count_polls(child.output.reopened()).await;
        reopened?;
        assert!(polls < 10, "it spun: {polls} polls");
        let gates = opener.join().unwrap();
        read_until(&child.output, "two\r\n").await?;
        assert_eq!(child.output.try_read(&mut buffer)?, ReadOutcome::WouldBlock);

        // The reactor still believes that it is closed.
        let opener = std::thread::spawn(move || {
            gates[1].open();
            gates
        });
        let (ready, polls) = count_polls(child.output.readable()).await;
        ready?;
        assert!(polls < 10, "it spun: {polls} polls");
        let (outcome, polls) = count_polls(read_until(&child.output, "three\r\n")).await;
        outcome?;
        assert!(polls < 40, "it spun: {polls} polls");
        assert_eq!(read_all(&child.output).await?, b"");
        let gates = opener.join().unwrap();
        assert!(child.process.try_wait()?.is_none());
        let opener = std::thread::spawn(move || gates[2].open());
        assert!(child.exit.exited().await?.success());
        opener.join().unwrap();
        Ok(())
    });
}

/// Promise: waiting for output that does not come yet is quiet after a hang-up
/// too.
#[test]
fn reads_after_a_reopening_wait_quietly() {
    run(async {
        let gate = Gate::new();
        let script = "import os, sys\n\
            tty = os.ttyname(0)\n\
            for fd in 0, 1, 2: os.close(fd)\n\
            fd = os.open(tty, os.O_RDWR)\n\
            os.write(fd, b'again\\n')\n\
            open(sys.argv[1]).read()\n\
            os.write(fd, b'late\\n')\n";
        let child = register(python(script).arg(gate.path()));
        let mut seen = Vec::new();
        while !seen.ends_with(b"again\r\n") {
            let mut buffer = [0; 16];
            match child.output.read(&mut buffer).await? {
                ReadOutcome::Data(count) => seen.extend_from_slice(&buffer[..count]),
                ReadOutcome::Hangup => child.output.reopened().await?,
                other => panic!("{other:?}"),
            }
        }
        let opener = std::thread::spawn(move || gate.open());
        let mut buffer = [0; 16];
        let (outcome, polls) = count_polls(child.output.read(&mut buffer)).await;
        assert_eq!(outcome?, ReadOutcome::Data(6));
        assert!(polls < 10, "it spun: {polls} polls");
        opener.join().unwrap();
        Ok(())
    });
}

/// Promise: an exit is told to whoever waits, however many, before and after.
#[test]
fn exits_are_told_to_all() {
    run(async {
        let child = register(&shell("read x; exit 8"));
        let second = ExitWatch::new(&child.process)?;
        let third = second.clone();
        let waits = async {
            tokio::join!(
                child.exit.exited(),
                second.exited(),
                third.exited(),
                second.exited()
            )
        };
        let (waits, ()) = tokio::join!(waits, async {
            child.input.write(b"\n").await.unwrap();
        });
        for status in [waits.0?, waits.1?, waits.2?, waits.3?] {
            assert_eq!(status.code(), Some(8));
        }
        assert_eq!(child.exit.exited().await?.code(), Some(8));
        assert_eq!(
            ExitWatch::new(&child.process)?.exited().await?.code(),
            Some(8)
        );
        Ok(())
    });
}

/// Promise: after the exit, what is left is read without waiting, also when a
/// daemon keeps the terminal open.
#[test]
fn the_rest_is_there_after_the_exit() {
    run(async {
        for _ in 0..20 {
            let script = "trap '' HUP; sleep 1000 & head -c 3000 /dev/zero | tr '\\0' x";
            let child = register(&shell(script));
            child.exit.exited().await?;
            let (mut seen, mut buffer) = (0, [0; 512]);
            while let ReadOutcome::Data(count) = child.output.try_read(&mut buffer)? {
                seen += count;
            }
            assert_eq!(seen, 3000);
            assert_eq!(child.output.try_read(&mut buffer)?, ReadOutcome::WouldBlock);
            let tree = rejoinder_pty::ProcessTree::of(&child.process);
            tree.signal_all(Signal::KILL)?;
            assert_eq!(child.output.read(&mut buffer).await?, ReadOutcome::Hangup);
        }
        Ok(())
    });
}

/// Promise: a program that prints without end leaves the thread to others.
#[test]
fn a_flood_lets_others_run() {
    run(async {
        let child = register(&Command::new("yes"));
        let mut buffer = vec![0; 65_536];
        let flood = async {
            loop {
                child.output.read(&mut buffer).await.unwrap();
            }
        };
        let other = async {
            for _ in 0..1000 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = flood => {}
            () = other => {}
        }
        child.process.signal(Signal::KILL)?;
        child.exit.exited().await?;
        Ok(())
    });
}

/// Promise: the traits of tokio work, with a hang-up as the end.
#[test]
fn the_traits_work() {
    run(async {
        let child = start(&Command::new("cat"));
        let mut leader = AsyncLeader::new(child.leader.clone().unwrap())?;
        assert!(
            AsyncLeader::new(child.leader.clone().unwrap()).is_err(),
            "once is enough"
        );
        let mut pending: &[u8] = b"line\n\x04";
        while !pending.is_empty() {
            let count = poll_fn(|cx| pin!(&mut leader).poll_write(cx, pending)).await?;
            pending = &pending[count..];
        }
        poll_fn(|cx| pin!(&mut leader).poll_flush(cx)).await?;
        let mut seen = Vec::new();
        loop {
            let mut space = [0; 64];
            let mut buffer = ReadBuf::new(&mut space);
            poll_fn(|cx| pin!(&mut leader).poll_read(cx, &mut buffer)).await?;
            if buffer.filled().is_empty() {
                break;
            }
            seen.extend_from_slice(buffer.filled());
        }
        assert_eq!(seen, b"line\r\nline\r\n");

        let mut child = register(shell("exec <&-; echo closed").stdio(SEPARATE));
        assert_eq!(read_all(&child.output).await?, b"closed\n");
        let broken = poll_fn(|cx| pin!(&mut child.input).poll_write(cx, b"x")).await;
        assert_eq!(broken.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        Ok(())
    });
}

/// Promise: what waits for room to type goes on when there is some, by every
/// way of waiting and several at once, and does not spin while there is none.
#[test]
fn room_is_waited_for() {
    /// More than any terminal takes from who types ahead.
    const MUCH: usize = 1 << 20;
    run(async {
        let raw = InitialModes {
            echo: false,
            canonical: false,
            ..InitialModes::default()
        };
        let gate = Gate::new();
        let script = "import os, sys\n\
            open(sys.argv[1]).read()\n\
            left = int(sys.argv[2])\n\
            while left > 0: left -= len(os.read(0, 65536))\n";
        let mut command = python(script);
        let total = 2 * MUCH;
        let child = register(command.arg(gate.path()).arg(total.to_string()).modes(raw));
        let leader = child.leader.clone().unwrap();
        let mut polled = leader.clone();
        let by_trait = tokio::task::spawn(async move {
            let mut left = MUCH;
            while left > 0 {
                let bytes = &[b'y'; 512][..left.min(512)];
                left -= poll_fn(|cx| pin!(&mut polled).poll_write(cx, bytes)).await?;
            }
            io::Result::Ok(())
        });
        let mut left = MUCH;
        while let WriteOutcome::Written(count) = child.input.try_write(&[b'x'; 512])? {
            left -= count;
        }
        assert!(!by_trait.is_finished(), "nothing was read");
        let opener = std::thread::spawn(move || gate.open());
        let by_method = async {
            while left > 0 {
                leader.writable().await?;
                match child.input.write(&[b'z'; 512][..left.min(512)]).await? {
                    WriteOutcome::Written(count) => left -= count,
                    outcome => panic!("{outcome:?}"),
                }
            }
            io::Result::Ok(())
        };
        let (written, polls) = count_polls(by_method).await;
        written?;
        assert!(polls < 3 * MUCH / 64, "it spun: {polls} polls");
        by_trait.await??;
        opener.join().unwrap();
        assert!(child.exit.exited().await?.success(), "all of it arrived");
        Ok(())
    });
}

/// Promise: who types to a full terminal that no program has open waits, with a
/// deadline or without, and does not spin; and goes on once it is read again.
#[test]
fn room_in_a_closed_terminal_is_waited_for() {
    run(async {
        let gate = Gate::new();
        let script = "import os, sys\n\
            name = os.ttyname(0)\n\
            for fd in 0, 1, 2: os.close(fd)\n\
            open(sys.argv[1]).read()\n\
            fd = os.open(name, os.O_RDWR)\n\
            while True: os.read(fd, 65536)\n";
        let raw = InitialModes {
            echo: false,
            canonical: false,
            ..InitialModes::default()
        };
        let child = register(python(script).arg(gate.path()).modes(raw));
        assert_eq!(child.output.read(&mut [0; 8]).await?, ReadOutcome::Hangup);
        let leader = child.leader.as_ref().unwrap();
        let brief = std::time::Duration::from_millis(1);
        // What is taken late by the kernel makes room once more, but not for ever.
        let mut outcome = WriteOutcome::Written(0);
        while let WriteOutcome::Written(_) = outcome {
            outcome = leader.leader().write_timeout(&[b'x'; 512], Some(brief))?;
        }
        assert_eq!(outcome, WriteOutcome::WouldBlock);
        let opener = std::thread::spawn(move || gate.open());
        let (ready, polls) = count_polls(leader.writable()).await;
        ready?;
        assert!(polls < 100, "it spun: {polls} polls");
        opener.join().unwrap();
        child.process.signal(Signal::KILL)?;
        child.exit.exited().await?;
        Ok(())
    });
}
