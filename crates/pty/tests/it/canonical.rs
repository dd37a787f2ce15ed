//! Promise: a line longer than the kernel keeps arrives whole at programs that
//! read lines, and nothing is taken for the end of input.

use std::os::fd::AsFd;

use rejoinder_pty::{
    CanonicalWriter, Child, Command, Flush, InitialModes, Interest, MAX_CANONICAL_LINE, PollEntry,
    ReadOutcome, Stderr, Stdio, poll,
};

use crate::support::{PATIENCE, python, read_all_text, read_until, start};

/// Types everything queued, reading meanwhile, and returns what is printed
/// until nobody has the terminal open.
fn converse(child: &Child, writer: &mut CanonicalWriter) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let flushed = writer.write_to(&child.input).unwrap();
        let interest = match flushed {
            Flush::WouldBlock => Interest::BOTH,
            Flush::Done | Flush::Hangup => Interest::READABLE,
        };
        let mut entries = [PollEntry::new(child.output.as_fd(), interest)];
        assert_eq!(
            poll(&mut entries, Some(PATIENCE)).unwrap(),
            1,
            "stuck: {flushed:?}"
        );
        match child.output.read(&mut buffer).unwrap() {
            ReadOutcome::Data(count) => seen.extend_from_slice(&buffer[..count]),
            ReadOutcome::WouldBlock => {}
            ReadOutcome::Hangup | ReadOutcome::End => return seen,
        }
    }
}

fn queued(parts: &[&[u8]]) -> CanonicalWriter {
    let mut writer = CanonicalWriter::new();
    for part in parts {
        assert_eq!(writer.push(part), part.len());
    }
    writer
}

fn quiet() -> InitialModes {
    InitialModes {
        echo: false,
        onlcr: false,
        ..InitialModes::default()
    }
}

fn line(length: usize) -> Vec<u8> {
    // Not periodic in anything near the limit, so that a loss shows.
    (0..length)
        .map(|at| b'a' + (at * at / 7 % 26) as u8)
        .collect()
}

#[test]
fn cat_gets_a_line_of_100_kilobytes() {
    let line = line(100_000);
    let child = start(Command::new("cat").modes(quiet()));
    let mut writer = queued(&[&line, b"\n\x04"]);
    let seen = converse(&child, &mut writer);
    assert_eq!(writer.sent(), 100_002);
    assert!(
        seen.strip_suffix(b"\n") == Some(&line),
        "{} bytes came",
        seen.len()
    );
    assert!(child.process.wait().unwrap().success());
}

/// Promise: programs that read in different ways see the same line.
#[test]
fn readers_of_lines_see_one_line() {
    let readers: [(&str, &[&str]); 5] = [
        (
            "python3",
            &[
                "-c",
                "import hashlib as h; print(h.md5(input().encode()).hexdigest())",
            ],
        ),
        (
            "python3",
            &[
                "-c",
                "import sys, hashlib as h; print(h.md5(sys.stdin.buffer.readline()[:-1]).hexdigest())",
            ],
        ),
        ("bash", &["-c", "IFS= read -r x; printf %s \"$x\" | md5sum"]),
        ("sh", &["-c", "IFS= read -r x; printf %s \"$x\" | md5sum"]),
        ("sh", &["-c", "head -n 1 | tr -d '\\n' | md5sum"]),
    ];
    let max = MAX_CANONICAL_LINE;
    for length in [max - 1, max, max + 1, 2 * max, 4 * 4096, 20_000] {
        let line = line(length);
        let mut expected = None;
        for (program, args) in readers {
            let child = start(
                Command::new(program)
                    .args(args.iter().copied())
                    .modes(quiet()),
            );
            let seen = converse(&child, &mut queued(&[&line, b"\n"]));
            let digest = String::from_utf8(seen).unwrap();
            let digest = digest
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned();
            let context = format!("{program} {args:?} at {length} bytes");
            assert_eq!(digest.len(), 32, "{context}");
            assert_eq!(
                *expected.get_or_insert_with(|| digest.clone()),
                digest,
                "{context}"
            );
        }
        // And it is the line itself, not the same mistake in all.
        let mut own = Command::new("md5sum");
        let child = start(own.stdio(Stdio::Pipe {
            stderr: Stderr::Merged,
        }));
        assert_eq!(
            queued(&[&line]).write_to(&child.input).unwrap(),
            Flush::Done
        );
        child.input.close();
        let own = read_all_text(&child.output);
        assert!(own.starts_with(&expected.unwrap()), "{length} bytes");
    }
}

/// Promise: many lines, short and long, whatever the program's pace.
#[test]
fn a_mixture_of_lines_arrives() {
    let lines: Vec<Vec<u8>> = (0..60).map(|n| line(n * 331 % 13_000)).collect();
    let text: Vec<u8> = lines
        .iter()
        .flat_map(|line| [&line[..], b"\n"].concat())
        .collect();
    let child = start(Command::new("cat").modes(quiet()));
    let seen = converse(&child, &mut queued(&[&text, b"\x04"]));
    assert!(seen == text, "{} of {} bytes", seen.len(), text.len());
}

/// Promise: without canonical mode nothing is added.
#[test]
fn a_raw_terminal_gets_what_is_typed() {
    let line = line(50_000);
    let mut command = Command::new("head");
    let child = start(command.args(["-c", "50000"]).modes(InitialModes::raw()));
    assert!(converse(&child, &mut queued(&[&line])) == line);
}

/// Promise: the queue has its limit, and says what it took.
#[test]
fn the_queue_is_bounded() {
    let mut writer = CanonicalWriter::with_limit(10);
    assert_eq!(writer.push(b"1234567"), 7);
    assert_eq!(writer.push(b"1234567"), 3);
    assert_eq!((writer.pending(), writer.push(b"x")), (10, 0));
    let child = start(&python("print(len(input()))"));
    let gone = writer.clear();
    assert_eq!((gone, writer.pending()), (10, 0));
    assert_eq!(writer.push(b"12345678\n"), 9);
    assert_eq!(writer.write_to(&child.input).unwrap(), Flush::Done);
    assert_eq!((writer.pending(), writer.sent()), (0, 9));
    read_until(&child.output, "\r\n");
    assert_eq!(read_all_text(&child.output), "8\r\n");

    let mut reader_gone = python("import os; os.close(0); print('closed')");
    let child = start(reader_gone.stdio(Stdio::Pipe {
        stderr: Stderr::Merged,
    }));
    assert_eq!(read_all_text(&child.output), "closed\n");
    assert_eq!(writer.push(b"x"), 1);
    assert_eq!(writer.write_to(&child.input).unwrap(), Flush::Hangup);
    assert_eq!(writer.pending(), 1);
}

/// Reads standard input until its end with reads of `size` bytes, and says
/// what came.
fn reader(size: usize) -> Command {
    python(&format!(
        "import os, hashlib\n\
         total, parts = hashlib.md5(), 0\n\
         while chunk := os.read(0, {size}):\n    total.update(chunk); parts += len(chunk)\n\
         print(parts, total.hexdigest())"
    ))
}

/// What [`reader`] says of these bytes.
fn told_of(bytes: &[u8]) -> String {
    let mut command = Command::new("md5sum");
    let child = start(command.stdio(Stdio::Pipe {
        stderr: Stderr::Merged,
    }));
    let mut writer = queued(&[bytes]);
    while writer.write_to(&child.input).unwrap() == Flush::WouldBlock {
        let mut entries = [PollEntry::new(child.input.as_fd(), Interest::WRITABLE)];
        assert_eq!(poll(&mut entries, Some(PATIENCE)).unwrap(), 1);
    }
    child.input.close();
    let seen = read_all_text(&child.output);
    let digest = seen.split_whitespace().next().unwrap();
    format!("{} {digest}", bytes.len())
}

/// Promise: a split is not taken for the end of input either by a program
/// whose buffer ends exactly where the part does.
#[test]
fn buffers_of_any_size_get_the_whole_line() {
    let text = [&line(3 * 4096 + 5)[..], b"\n"].concat();
    let expected = told_of(&text);
    for size in [
        7,
        MAX_CANONICAL_LINE - 1,
        MAX_CANONICAL_LINE,
        MAX_CANONICAL_LINE + 1,
        1 << 16,
    ] {
        let mut program = reader(size);
        let child = start(program.modes(quiet()));
        let seen = converse(&child, &mut queued(&[&text, b"\x04"]));
        assert_eq!(
            String::from_utf8_lossy(&seen).trim_end(),
            expected,
            "reads of {size} bytes"
        );
    }
}

/// Promise: every byte of a text arrives, also those the terminal would act on,
/// in lines long and short and whichever character ends the input.
#[test]
fn every_byte_of_a_text_arrives() {
    let bytes: Vec<u8> = (0..=255).filter(|byte| !b"\r\n".contains(byte)).collect();
    let long: Vec<u8> = bytes.iter().copied().cycle().take(20_001).collect();
    // Quoted bytes around the limit of a line: each counts as one of it.
    let quoted = vec![0x03; 2 * MAX_CANONICAL_LINE + 3];
    let text = [&bytes[..], b"\n", &long, b"\n", &quoted, b"\n"].concat();
    let expected = told_of(&text);
    for (setting, end) in [
        ("sane", 0x04),
        ("eof ^P", 0x10),
        ("intr x eol a eol2 b", 0x04),
    ] {
        let script = format!("stty {setting} -echo -onlcr; echo ready; exec python3 -c \"$0\"");
        let mut command = Command::new("sh");
        let program = reader(1 << 16);
        let source = program.get_args().last().unwrap();
        let child = start(command.args(["-c", &script]).arg(source));
        read_until(&child.output, "ready\n");
        let mut writer = CanonicalWriter::new();
        writer.push_text(&text);
        writer.push(&[end]);
        let seen = converse(&child, &mut writer);
        assert_eq!(
            String::from_utf8_lossy(&seen).trim_end(),
            expected,
            "stty {setting}"
        );
        assert!(writer.quoted() > 0);
        assert_eq!(writer.sent(), text.len() as u64 + 1);
    }
}
