//! Offsets and bytes come back exactly, whatever is printed and however it is cut.

use std::time::Duration;

use proptest::prelude::*;
use rejoinder_session::{ExitStatus, Offset, Signal, Winsize};

use super::{Bench, log};

/// Bytes around the edges of UTF-8 and of JSON, and sequences of text.
fn output() -> impl Strategy<Value = Vec<u8>> {
    let edges = prop::sample::select(
        b"a\"\\/\x00\x08\x0c\x1b\x1f\x7f\x80\xbf\xc2\xc3\xa9\xe2\x82\xac\xed\xa0\xf0\x9f\x98\x80\xf4\xff\r\n"
            .to_vec(),
    );
    let text = "[a-z\"\\\\\u{fffd}é€😀\u{1b}\r\n]{0,12}".prop_map(String::into_bytes);
    let part = prop_oneof![prop::collection::vec(edges, 0..12), text];
    prop::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

/// Every line but comments is JSON: an object, then arrays of three.
fn check_format(file: &str) {
    let mut lines = file.lines();
    let header: serde_json::Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(header["version"], 3);
    for line in lines.filter(|line| !line.starts_with('#')) {
        let (interval, code, _): (f64, String, String) = serde_json::from_str(line).unwrap();
        assert!(interval >= 0.0 && "ormx".contains(&code), "{line}");
    }
}

proptest! {
    /// Guards: output cut, flushed and interrupted anywhere is read back byte for
    /// byte from every offset, and the file is an asciicast all the while.
    #[test]
    fn what_is_read_is_what_was_printed(
        bytes in output(),
        cuts in prop::collection::vec((0_usize..150, 0..4_u8, 0_u64..200), 0..8),
        from in 0_usize..150,
        most in 1_usize..150,
    ) {
        let bench = Bench::new();
        let mut recorder = bench.recorder();
        let (mut done, mut clock) = (0, 0);
        let mut cuts = cuts;
        cuts.sort_unstable();
        for (cut, act, pause) in cuts {
            let cut = cut.min(bytes.len());
            clock += pause;
            recorder.output(&bytes[done..cut], bench.at(clock));
            done = cut;
            match act {
                0 => recorder.flush(),
                1 => recorder.input(5, "agent", bench.at(clock)),
                2 => recorder.resize(Winsize::new(50, 132).unwrap(), bench.at(clock)),
                _ => recorder.handle_timeout(bench.at(clock)),
            }
        }
        recorder.output(&bytes[done..], bench.at(clock));
        recorder.exit(ExitStatus::Code(3), bench.at(clock));
        prop_assert_eq!(recorder.end(), Offset::new(bytes.len() as u64));
        check_format(&bench.file());

        let mut transcript = bench.transcript();
        let whole = transcript.read(Offset::ZERO, usize::MAX).unwrap();
        prop_assert_eq!(&whole.bytes[..], &bytes[..]);
        prop_assert_eq!((whole.dropped, whole.more), (0, 0));
        prop_assert_eq!(transcript.exit().unwrap(), Some(ExitStatus::Code(3)));

        let from = from.min(bytes.len());
        let part = transcript.read(Offset::new(from as u64), most).unwrap();
        let end = bytes.len().min(from + most);
        prop_assert_eq!(&part.bytes[..], &bytes[from..end]);
        prop_assert_eq!(part.start, Offset::new(from as u64));
        prop_assert_eq!(part.more, (bytes.len() - end) as u64);
        let tail = transcript.tail(most).unwrap();
        prop_assert_eq!(&tail.bytes[..], &bytes[bytes.len().saturating_sub(most)..]);
    }

    /// Guards: the file does not depend on how the output came.
    #[test]
    fn the_same_output_makes_the_same_file(bytes in output(), cut in 0_usize..150) {
        let (left, right) = bytes.split_at(cut.min(bytes.len()));
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        let files = [vec![&bytes[..]], vec![left, right], single].map(|pieces| {
            let bench = Bench::new();
            let mut recorder = bench.recorder();
            for piece in pieces {
                recorder.output(piece, bench.start);
            }
            drop(recorder);
            bench.file()
        });
        prop_assert_eq!(&files[0], &files[1]);
        prop_assert_eq!(&files[0], &files[2]);
    }
}

/// Guards: half a character waits for the rest of it, also across a flush.
#[test]
fn characters_stay_whole() {
    let bench = Bench::new();
    let mut recorder = bench.recorder();
    recorder.output(b"caf\xc3", bench.at(0));
    recorder.flush();
    assert_eq!(recorder.poll_timeout(), None, "nothing can be written");
    assert_eq!(bench.transcript().end().unwrap(), Offset::new(3));
    recorder.output(b"\xa9", bench.at(100));
    recorder.flush();
    let file = bench.file();
    assert!(
        file.ends_with("[0.000000, \"o\", \"caf\"]\n[0.100000, \"o\", \"é\"]\n"),
        "{file}"
    );
}

/// Guards: what is no UTF-8 is U+FFFD to players, and itself to readers.
#[test]
fn bytes_that_are_no_text_are_kept() {
    let bench = Bench::new();
    bench.record(b"a\xff\xfe\xe2\x82!");
    let file = bench.file();
    let expected = "# raw 1:ff 0:fe 0:e282\n[0.000000, \"o\", \"a\u{fffd}\u{fffd}\u{fffd}!\"]\n";
    assert!(file.ends_with(expected), "{file}");
    let bytes = bench.transcript().read(Offset::ZERO, 100).unwrap().bytes;
    assert_eq!(&bytes[..], b"a\xff\xfe\xe2\x82!");
}

/// Guards: the next event after such bytes, and every 64 KiB, say the offset, so
/// that a reader which knows only that is right.
#[test]
fn the_file_says_its_offsets() {
    let bench = Bench::new();
    let mut recorder = bench.recorder();
    recorder.output(b"\xff", bench.at(0));
    recorder.flush();
    recorder.output(b"b", bench.at(1));
    recorder.flush();
    assert!(
        bench
            .file()
            .contains("# offset 1\n[0.001000, \"o\", \"b\"]")
    );
    for piece in log(1 << 20).chunks(777) {
        recorder.output(piece, bench.at(2));
        recorder.flush();
    }
    let mut since = 0;
    for line in bench.file().lines() {
        since = if line.starts_with("# offset ") {
            0
        } else {
            since + line.len()
        };
        assert!(since < 68_000, "{since} bytes without an offset");
    }
}

/// Guards: a place in a large file is found exactly by halving, among bytes that
/// make offsets in the file and in the output differ.
#[test]
fn every_place_of_a_large_file_is_found() {
    let bench = Bench::new();
    let mut bytes = log(3 << 20);
    for index in (0..bytes.len()).step_by(1009) {
        bytes[index] = 0xFF;
    }
    let mut recorder = bench.recorder();
    for piece in bytes.chunks(4095) {
        recorder.output(piece, bench.at(0));
    }
    recorder.flush();
    let mut transcript = bench.transcript();
    for from in (0..bytes.len())
        .step_by(99_991)
        .chain([bytes.len() - 1, bytes.len()])
    {
        let chunk = transcript.read(Offset::new(from as u64), 1000).unwrap();
        let end = bytes.len().min(from + 1000);
        assert_eq!(chunk.bytes, bytes[from..end], "from {from}");
        assert_eq!(chunk.end, Offset::new(end as u64));
        assert_eq!(chunk.more, (bytes.len() - end) as u64);
    }
    let past = transcript.read(Offset::new(1 << 40), 10).unwrap();
    assert_eq!((past.bytes.len(), past.more), (0, 0));
}

/// Guards: an exit comes back as it was, signals and core dumps included.
#[test]
fn exits_are_told() {
    let signal = |signal, core_dumped| ExitStatus::Signal {
        signal,
        core_dumped,
    };
    for (status, line) in [
        (ExitStatus::Code(0), "\"x\", \"0\"]"),
        (ExitStatus::Code(137), "\"x\", \"137\"]"),
        (signal(Signal::KILL, false), "\"x\", \"137\"]"),
        (signal(Signal::SEGV, true), "\"x\", \"139\"]"),
    ] {
        let bench = Bench::new();
        let mut recorder = bench.recorder();
        recorder.output(b"bye\xe2", bench.at(0));
        recorder.exit(status, bench.at(5));
        let file = bench.file();
        assert!(file.trim_end().ends_with(line), "{file}");
        let mut transcript = bench.transcript();
        assert_eq!(transcript.exit().unwrap(), Some(status));
        assert_eq!(
            transcript.end().unwrap(),
            Offset::new(4),
            "half a character too"
        );
    }
}

/// Guards: marks and resizes stand where and when they happened; input is told
/// by its length and its actor alone.
#[test]
fn notes_stand_in_their_places() {
    let bench = Bench::new();
    let mut recorder = bench.recorder();
    recorder.output(b"Password: ", bench.at(1500));
    recorder.input(12, "agent", bench.at(1750));
    recorder.resize(Winsize::new(50, 132).unwrap(), bench.at(2000));
    recorder.output(b"\r\nok\r\n", bench.at(2100));
    recorder.mark("logged in", bench.at(2500));
    recorder.flush();
    let notes = bench.transcript().notes().unwrap();
    let marks: Vec<_> = notes
        .marks
        .iter()
        .map(|mark| (mark.offset.get(), mark.at.as_millis(), mark.label.as_str()))
        .collect();
    assert_eq!(
        marks,
        [
            (10, 1750, "input 12 bytes by agent"),
            (16, 2500, "logged in")
        ]
    );
    assert_eq!(notes.resizes[0].size, Winsize::new(50, 132).unwrap());
    assert_eq!(notes.resizes[0].offset, Offset::new(10));
    assert_eq!(notes.duration, Duration::from_millis(2500));
    assert_eq!(notes.omitted, 0);
}

/// Guards: what is gathered is due to be written soon, and only then.
#[test]
fn pending_output_is_due_after_a_while() {
    let bench = Bench::new();
    let mut recorder = bench.recorder();
    assert_eq!(recorder.poll_timeout(), None);
    recorder.output(b"one", bench.at(10));
    recorder.output(b" two", bench.at(30));
    assert_eq!(recorder.poll_timeout(), Some(bench.at(60)));
    recorder.handle_timeout(bench.at(59));
    assert_eq!(bench.transcript().end().unwrap(), Offset::ZERO);
    recorder.handle_timeout(bench.at(60));
    assert_eq!(bench.transcript().end().unwrap(), Offset::new(7));
    assert_eq!(recorder.poll_timeout(), None);
    // A pause within what was gathered is not lost.
    recorder.output(b"three", bench.at(100));
    recorder.output(b"four", bench.at(5100));
    drop(recorder);
    let file = bench.file();
    assert!(
        file.ends_with("[0.090000, \"o\", \"three\"]\n[5.000000, \"o\", \"four\"]\n"),
        "{file}"
    );
}
