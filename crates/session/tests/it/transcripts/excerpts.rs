//! The two ends of a transcript.

use super::{Bench, SMALL, log};

/// Promise: what fits is whole.
#[test]
fn a_short_transcript_is_whole() {
    let bench = Bench::new();
    bench.record(b"one\r\ntwo\r\n");
    let file = bench.file();
    for max_bytes in [file.len(), 1 << 20] {
        let excerpt = bench.transcript().excerpt(max_bytes).unwrap();
        assert_eq!((&excerpt.head, excerpt.left_out), (&file, 0));
        assert_eq!(excerpt.tail, "");
    }
}

/// Promise: of what does not fit there are whole lines of both ends, and the rest is counted,
/// also where it is in several files.
#[test]
fn a_long_transcript_has_two_ends() {
    let bench = Bench::new();
    let mut recorder = bench.recorder_within(SMALL);
    for (i, piece) in log(200 << 10).chunks(1000).enumerate() {
        recorder.output(piece, bench.at(i as u64));
    }
    recorder.flush();
    drop(recorder);
    let on_disk: u64 = std::fs::read_dir(bench.dir())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    const MAX: usize = 16 << 10;
    let excerpt = bench.transcript().excerpt(MAX).unwrap();
    assert!(excerpt.head.len() <= MAX / 4 && excerpt.head.len() > MAX / 8);
    assert!(excerpt.tail.len() <= MAX - MAX / 4 && excerpt.tail.len() > MAX / 2);
    let shown = (excerpt.head.len() + excerpt.tail.len()) as u64;
    assert_eq!(excerpt.left_out, on_disk - shown);
    assert!(excerpt.head.starts_with("{\"version\":3"));
    for line in excerpt.head.lines().skip(1).chain(excerpt.tail.lines()) {
        assert!(line.starts_with(['#', '[']), "{line}");
    }
    assert!(excerpt.head.ends_with('\n') && excerpt.tail.ends_with('\n'));
}
