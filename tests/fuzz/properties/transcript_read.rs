//! Transcripts: what is recorded is what is read, searched and exported, however it came; and no
//! file, whoever wrote it, does more than be refused.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rejoinder_session::{
    ExportFormat, LineSearch, LinesFound, Offset, PatternSpec, Recorder, SessionId, Transcript,
    export,
};

use super::input::{Input, cuttings};

/// The header that a file of events needs.
const HEADER: &[u8] = b"{\"version\":3,\"term\":{\"cols\":9,\"rows\":4}}\n";

/// The first byte says how the rest is cut when it is output, and, by its fourth bit, whether it is
/// the events of a file or a file with its header.
pub fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let seed = input.byte();
    let raw = input.rest(1 << 13);
    for pieces in cuttings(raw, seed) {
        recorded(&pieces, raw);
    }
    if seed & 8 == 0 {
        foreign(&[HEADER, raw].concat());
    } else {
        foreign(raw);
    }
}

/// A directory of its own, and an id.
struct Place {
    parent: tempfile::TempDir,
    id: SessionId,
}

impl Place {
    fn new() -> Self {
        Self {
            parent: tempfile::tempdir().expect("a directory can be made"),
            id: SessionId::random().expect("there are random numbers"),
        }
    }

    fn dir(&self) -> PathBuf {
        self.parent.path().join("t")
    }
}

fn search() -> LineSearch {
    LineSearch::new(PatternSpec {
        text: "[a-m]$".to_owned(),
        literal: false,
        case_sensitive: true,
    })
}

/// Records the pieces with marks between them, and reads back what they make together.
fn recorded(pieces: &[&[u8]], whole: &[u8]) {
    let place = Place::new();
    let start = Instant::now();
    let mut recorder = Recorder::create(
        &place.dir(),
        place.id,
        Default::default(),
        Default::default(),
        start,
    )
    .expect("a new directory takes a transcript");
    for (index, piece) in pieces.iter().enumerate() {
        let now = start + Duration::from_millis(7 * index as u64);
        recorder.output(piece, now);
        match index % 16 {
            3 => recorder.input(1, "fuzzer", now),
            9 => recorder.flush(),
            _ => {}
        }
    }
    drop(recorder);
    let mut transcript = Transcript::open(&place.dir(), place.id).expect("it was just recorded");
    let read = transcript
        .read(Offset::ZERO, usize::MAX)
        .expect("it can be read");
    assert_eq!(read.bytes, whole, "what was recorded");
    let middle = whole.len() / 2;
    let read = transcript
        .read(Offset::new(middle as u64), 100)
        .expect("it can be read");
    assert_eq!(
        read.bytes,
        whole[middle..whole.len().min(middle + 100)],
        "from the middle"
    );
    let found = search()
        .in_transcript(&mut transcript)
        .expect("it can be searched");
    let expected = search()
        .in_bytes(whole, Offset::ZERO)
        .expect("the pattern is valid");
    assert_eq!(found, expected, "what is found");
    within_bounds(&found);
    exported(&mut transcript).expect("it can be exported");
}

fn within_bounds(found: &LinesFound) {
    assert!(found.matches.len() as u64 <= found.total.min(20));
    for line in &found.matches {
        assert!(found.start <= line.offset && line.offset <= found.end);
        // An escape has at most ten characters for one byte of a hidden character, and there are
        // two dots.
        assert!(
            line.text.len() <= 10 * 2000 + 6,
            "{} shown",
            line.text.len()
        );
    }
}

/// Opens any file as a transcript. Errors are as good as answers.
fn foreign(file: &[u8]) {
    let place = Place::new();
    write(&place.dir(), place.id, file);
    let Ok(mut transcript) = Transcript::open(&place.dir(), place.id) else {
        return;
    };
    if let Ok(read) = transcript.read(Offset::ZERO, 1 << 16) {
        assert!(read.bytes.len() <= file.len(), "more than the file has");
        assert_eq!(read.end - read.start, read.bytes.len() as u64);
    }
    let _ = transcript.tail(100);
    let _ = transcript.exit();
    let _ = transcript.stopped();
    let _ = transcript.notes();
    let _ = search().in_transcript(&mut transcript);
    let _ = exported(&mut transcript);
}

fn write(dir: &Path, id: SessionId, file: &[u8]) {
    fs::DirBuilder::new()
        .mode(0o700)
        .create(dir)
        .expect("a directory can be made");
    fs::write(dir.join(format!("{id}.cast")), file).expect("a file can be written");
}

fn exported(transcript: &mut Transcript) -> Result<(), rejoinder_session::TranscriptError> {
    for format in [ExportFormat::Cast, ExportFormat::Text, ExportFormat::Html] {
        let mut out = Vec::new();
        export(transcript, format, &mut out)?;
        std::str::from_utf8(&out).expect("what is exported is UTF-8");
    }
    Ok(())
}
