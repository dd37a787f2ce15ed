//! Reading what is torn, foreign, broken, or still being written.

use std::fs;

use rejoinder_session::{ExitStatus, Offset, Transcript, TranscriptErrorKind};

use super::{Bench, SMALL, log};

/// Guards: a file cut off at any byte is read up to its last whole line.
#[test]
fn a_torn_end_is_not_there_yet() {
    let bench = Bench::new();
    let mut recorder = bench.recorder();
    for (index, piece) in ["first ", "se\u{1b}cond ", "third"].iter().enumerate() {
        recorder.output(piece.as_bytes(), bench.at(index as u64));
        recorder.flush();
    }
    recorder.output(b"\xff!", bench.at(9));
    recorder.exit(ExitStatus::Code(0), bench.at(10));
    let whole = b"first se\x1bcond third\xff!";
    let file = fs::read(bench.path()).unwrap();
    let header = file.iter().position(|&byte| byte == b'\n').unwrap();
    let mut seen = 0;
    for length in header + 1..=file.len() {
        fs::write(bench.path(), &file[..length]).unwrap();
        let mut transcript = bench.transcript();
        let bytes = transcript.read(Offset::ZERO, 1000).unwrap().bytes;
        assert_eq!(bytes, whole[..bytes.len()], "cut to {length}");
        assert!(bytes.len() >= seen);
        seen = bytes.len();
        assert_eq!(transcript.exit().unwrap().is_some(), length == file.len());
    }
    assert_eq!(seen, whole.len());
}

/// Guards: an open reader sees what is written later, in new segments too.
#[test]
fn a_growing_transcript_is_followed() {
    let bench = Bench::new();
    let mut recorder = bench.recorder_within(SMALL);
    recorder.flush();
    let mut transcript = bench.transcript();
    let bytes = log(600_000);
    let mut read = Vec::new();
    let mut dropped = 0;
    for piece in bytes.chunks(10_000) {
        recorder.output(piece, bench.at(0));
        recorder.flush();
        let chunk = transcript
            .read(Offset::new(read.len() as u64), usize::MAX)
            .unwrap();
        dropped += chunk.dropped;
        read.extend_from_slice(&chunk.bytes);
    }
    assert_eq!(dropped, 0);
    assert!(read == bytes, "read {} of {}", read.len(), bytes.len());
    assert!(
        recorder.first() > Offset::ZERO,
        "segments were removed meanwhile"
    );
}

/// Guards: a reader that was away while segments were removed is told how much.
#[test]
fn what_is_gone_is_counted() {
    let bench = Bench::new();
    let mut recorder = bench.recorder_within(SMALL);
    recorder.output(b"hello", bench.at(0));
    recorder.flush();
    let mut transcript = bench.transcript();
    assert_eq!(transcript.tail(5).unwrap().bytes, "hello");
    recorder.output(&log(600_000), bench.at(0));
    recorder.flush();
    let chunk = transcript.read(Offset::new(5), 100).unwrap();
    assert_eq!(chunk.start, recorder.first());
    assert_eq!(chunk.dropped, recorder.first().get() - 5);
}

/// Guards: where a segment in the middle is missing, what is before it comes
/// first, and the rest says how much is missing.
#[test]
fn a_hole_is_counted() {
    let bench = Bench::new();
    let bytes = log(170_000);
    let mut recorder = bench.recorder_within(SMALL);
    recorder.output(&bytes, bench.at(0));
    recorder.flush();
    fs::remove_file(bench.dir().join(format!("{}.1.cast", bench.id))).unwrap();
    let mut transcript = bench.transcript();
    let before = transcript.read(Offset::ZERO, usize::MAX).unwrap();
    assert_eq!((before.start, before.dropped), (Offset::ZERO, 0));
    assert_eq!(before.bytes, bytes[..before.bytes.len()]);
    let after = transcript.read(before.end, usize::MAX).unwrap();
    assert!(after.dropped > 30_000, "{}", after.dropped);
    assert_eq!(after.start, before.end + after.dropped);
    let start = usize::try_from(after.start.get()).unwrap();
    assert_eq!(after.bytes, bytes[start..]);
}

/// Guards: an asciicast that another program wrote is read, unknown codes, inputs
/// and comments passed over.
#[test]
fn other_recordings_are_read() {
    let bench = Bench::new();
    fs::create_dir(bench.dir()).unwrap();
    let cast = concat!(
        "{\"version\": 3, \"term\": {\"cols\": 100, \"rows\": 30, \"theme\": {}}, \"timestamp\": 1504467315, \"tags\": [\"x\"]}\n",
        "# a remark\n",
        "[0.25, \"o\", \"\\u001b[1mHi\\u001b[0m \\ud83d\\ude00\\r\\n\"]\n",
        "\n",
        "[1, \"i\", \"secret\"]\n",
        "[0.5, \"z\", \"?\"]\n",
        "[0.25, \"m\", \"here\"]\n",
        "[1.0, \"x\", \"2\"]\n",
    );
    fs::write(bench.path(), cast).unwrap();
    let mut transcript = bench.transcript();
    let text = "\u{1b}[1mHi\u{1b}[0m 😀\r\n";
    assert_eq!(transcript.read(Offset::ZERO, 1000).unwrap().bytes, text);
    assert_eq!(transcript.exit().unwrap(), Some(ExitStatus::Code(2)));
    let notes = transcript.notes().unwrap();
    assert_eq!(notes.marks.len(), 1);
    assert_eq!(
        (notes.marks[0].offset.get(), notes.marks[0].at.as_millis()),
        (17, 2000)
    );
}

/// Guards: what is no transcript is an error that says so, of its kind.
#[test]
fn what_is_no_transcript_is_refused() {
    use TranscriptErrorKind::{Broken, NotATranscript, NotFound};
    let head = "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24}}\n";
    let long = "x".repeat(2 << 20);
    for (content, kind, says) in [
        ("".to_owned(), NotATranscript, "empty"),
        ("half a line".to_owned(), NotATranscript, "no whole line"),
        (
            "#!/bin/sh\necho\n".to_owned(),
            NotATranscript,
            "header of an asciicast",
        ),
        (long.clone(), NotATranscript, "header of an asciicast"),
        (
            "{\"version\":2,\"width\":80,\"height\":24}\n".to_owned(),
            NotATranscript,
            "version 2",
        ),
        ("{\"version\":3}\n".to_owned(), NotATranscript, "header"),
        (
            format!("{head}# rejoinder transcript 9\n"),
            NotATranscript,
            "later version",
        ),
        (format!("{head}nonsense\n"), Broken, "byte 43 of the file"),
        (format!("{head}[1.0, \"o\", \"a\"\n"), Broken, "no event"),
        (
            format!("{head}[1.0, \"r\", \"80\"]\n"),
            Broken,
            "size of a terminal",
        ),
        (
            format!("{head}# raw 5:ff\n[1.0, \"o\", \"a\"]\n"),
            Broken,
            "does not fit",
        ),
        (format!("{head}{long}\n"), Broken, "more than 1048576 bytes"),
    ] {
        let bench = Bench::new();
        fs::create_dir(bench.dir()).unwrap();
        fs::write(bench.path(), &content).unwrap();
        let error = Transcript::open(&bench.dir(), bench.id)
            .and_then(|mut transcript| transcript.read(Offset::ZERO, 10))
            .unwrap_err();
        let start = &content[..content.len().min(60)];
        assert_eq!(error.kind(), kind, "{start}: {error}");
        assert!(error.to_string().contains(says), "{start}: {error}");
    }
    let bench = Bench::new();
    let error = Transcript::open(&bench.dir(), bench.id).unwrap_err();
    assert_eq!(error.kind(), NotFound);
}
