//! Searching lines, in memory and in transcripts.

use proptest::prelude::*;
use rejoinder_session::{ErrorKind, LineSearch, LinesFound, Offset, PatternSpec};

use super::{Bench, SMALL, log};

fn search(pattern: &str) -> LineSearch {
    LineSearch::new(PatternSpec {
        text: pattern.to_owned(),
        literal: false,
        case_sensitive: true,
    })
}

/// Searches in memory and in a transcript, which have to agree.
#[track_caller]
fn both(search: &LineSearch, output: &[u8]) -> LinesFound {
    let found = search.in_bytes(output, Offset::ZERO).unwrap();
    let bench = Bench::new();
    bench.record(output);
    assert_eq!(
        search.in_transcript(&mut bench.transcript()).unwrap(),
        found
    );
    found
}

fn told(found: &LinesFound) -> Vec<(u64, u64, &str)> {
    let told = found.matches.iter();
    told.map(|found| (found.line, found.offset.get(), found.text.as_str()))
        .collect()
}

/// Guards: lines are found as a person sees them, at offsets where they start.
#[test]
fn lines_are_found_as_they_are_seen() {
    for (pattern, output, expected) in [
        ("b", "a\r\nb\r\nb", vec![(2, 3, "b"), (3, 6, "b")]),
        (
            "^error: .*x$",
            "\x1b[31merror\x1b[0m: x\r\n",
            vec![(1, 0, "error: x")],
        ),
        ("two", "\x1b[1mone\r\n\x1b[1mtwo\r\n", vec![(2, 9, "two")]),
        ("a.b", "a\r\nb\r\n", vec![]),
        // What is left of a progress bar, or what was overwritten, as one asks.
        ("100%", "\r 10%\r100%\r\nok\r\n", vec![(1, 0, "100%")]),
        (
            "10%",
            "\r 10%\r 90%\r\n",
            vec![(1, 0, "\\x0d 10%\\x0d 90%")],
        ),
        // What would hide is shown.
        ("rm", "rm \u{202e}x\r\n", vec![(1, 0, "rm \\u{202e}x")]),
        ("^$", "a\r\n\r\nb\r\n", vec![(2, 3, "")]),
        ("x\\xff", "é\r\nx\r\n", vec![]),
    ] {
        let found = both(&search(pattern), output.as_bytes());
        assert_eq!(told(&found), expected, "{pattern}");
        assert_eq!(found.total, expected.len() as u64);
    }
}

/// Guards: literals, letter case, and an error for what cannot be compiled.
#[test]
fn patterns_mean_what_was_asked() {
    let spec = |text: &str, literal, case_sensitive| {
        LineSearch::new(PatternSpec {
            text: text.to_owned(),
            literal,
            case_sensitive,
        })
    };
    let output = b"a.b\r\nA.B\r\naxb\r\n";
    let lines = |search: &LineSearch| -> Vec<u64> {
        let found = both(search, output);
        found.matches.iter().map(|found| found.line).collect()
    };
    assert_eq!(lines(&spec("a.b", true, true)), [1]);
    assert_eq!(lines(&spec("a.b", true, false)), [1, 2]);
    assert_eq!(lines(&spec("a.b", false, true)), [1, 3]);
    assert_eq!(lines(&spec("a.b", false, false)), [1, 2, 3]);
    let error = spec("(", false, true)
        .in_bytes(output, Offset::ZERO)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadPattern);
}

/// Guards: lines around a match, and how many matches there are in all.
#[test]
fn context_and_counts_are_right() {
    let output: String = (1..=100).map(|i| format!("line {i}\r\n")).collect();
    let mut nines = search("9$");
    nines.max_matches = 2;
    let found = both(&nines, output.as_bytes());
    assert_eq!(
        (found.total, found.lines, found.matches.len()),
        (10, 100, 2)
    );
    assert_eq!(found.matches[1].line, 19);
    assert_eq!(found.matches[1].before, ["line 17", "line 18"]);
    assert_eq!(found.matches[1].after, ["line 20", "line 21"]);
    let edges = both(&search("line (1|100)$"), output.as_bytes());
    assert_eq!(edges.matches[0].before, [""; 0]);
    assert_eq!(edges.matches[1].after, [""; 0]);
    // Matches are context of each other.
    let near = both(&search("line 5[01]$"), output.as_bytes());
    assert_eq!(near.matches[0].after, ["line 51", "line 52"]);
    assert_eq!(near.matches[1].before, ["line 49", "line 50"]);
}

/// Guards: a line without end is searched in parts, and shown around the match.
#[test]
fn long_lines_are_bounded() {
    let mut output = "é".repeat(100_000);
    output.insert_str(150_000, "needle");
    output.push_str("\r\nnext needle\r\n");
    let found = both(&search("needle"), output.as_bytes());
    assert_eq!((found.total, found.lines), (2, 2));
    assert_eq!((found.matches[0].line, found.matches[1].line), (1, 2));
    let text = &found.matches[0].text;
    assert!(text.starts_with("…é") && text.ends_with("é…"), "{text}");
    assert!(
        text.contains("éneedleé") && text.len() < 2100,
        "{}",
        text.len()
    );
    assert!(!text.contains('\u{fffd}'));
}

/// Guards: of a transcript that has lost its beginning, lines count from what is
/// there, and offsets are those of the output.
#[test]
fn a_rotated_transcript_is_searched() {
    let bench = Bench::new();
    let mut recorder = bench.recorder_within(SMALL);
    let bytes = log(600_000);
    recorder.output(&bytes, bench.at(0));
    recorder.flush();
    let mut transcript = bench.transcript();
    let found = search("number 15000\\b")
        .in_transcript(&mut transcript)
        .unwrap();
    assert_eq!(found.total, 1);
    assert_eq!(found.start, recorder.first());
    assert_eq!(found.end, recorder.end());
    let found = &found.matches[0];
    let chunk = transcript.read(found.offset, 40).unwrap();
    assert!(chunk.bytes.starts_with(b"00015000 compiling"), "{chunk:?}");
}

proptest! {
    /// Guards: what is found does not depend on how the output came, and agrees
    /// with a search of all lines at once.
    #[test]
    fn matches_do_not_depend_on_cuts(
        output in "([ab\r]|\r\n|\n|\u{1b}\\[1m|é|\u{9b}){0,60}",
        cuts in prop::collection::vec(0_usize..120, 0..6),
    ) {
        let search = search("a+b");
        let whole = search.in_bytes(output.as_bytes(), Offset::ZERO).unwrap();
        let bench = Bench::new();
        let mut recorder = bench.recorder();
        let mut cuts = cuts;
        cuts.sort_unstable();
        let mut done = 0;
        for cut in cuts {
            let cut = cut.min(output.len());
            recorder.output(&output.as_bytes()[done..cut], bench.at(0));
            recorder.mark("cut", bench.at(0));
            done = cut;
        }
        recorder.output(&output.as_bytes()[done..], bench.at(0));
        drop(recorder);
        prop_assert_eq!(&search.in_transcript(&mut bench.transcript()).unwrap(), &whole);
        let text = output.replace("\u{1b}[1m", "").replace('\u{9b}', "");
        let expected = text.split('\n').filter(|line| line.contains("ab")).count();
        prop_assert_eq!(whole.total, expected as u64);
    }
}
