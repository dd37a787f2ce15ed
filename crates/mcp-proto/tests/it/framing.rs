//! Lines come out the same however the bytes were cut, and memory is bounded.

use mcp_proto::{Line, LineFramer};
use proptest::prelude::*;

#[derive(Debug, PartialEq)]
enum Found {
    Frame(Vec<u8>),
    TooLong,
}

fn found(line: Line<'_>) -> Found {
    match line {
        Line::Frame(frame) => Found::Frame(frame.to_vec()),
        Line::TooLong { .. } => Found::TooLong,
    }
}

fn frame_all<'a>(limit: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Found> {
    let mut framer = LineFramer::with_limit(limit);
    let mut all = Vec::new();
    for piece in pieces {
        let mut rest = piece;
        while let Some(line) = framer.next_line(&mut rest) {
            all.push(found(line));
        }
        assert!(
            rest.is_empty(),
            "a piece is used up before more is asked for"
        );
    }
    all.extend(framer.finish().map(found));
    all
}

/// Whole, byte by byte.
fn check(limit: usize, stream: &[u8], expected: &[Found]) {
    assert_eq!(frame_all(limit, [stream]), expected, "whole");
    assert_eq!(frame_all(limit, stream.chunks(1)), expected, "byte by byte");
}

fn frames(lines: &[&str]) -> Vec<Found> {
    let frame = |line: &&str| Found::Frame(line.as_bytes().to_vec());
    lines.iter().map(frame).collect()
}

#[test]
fn lines_end_with_lf_or_crlf_and_blank_ones_are_skipped() {
    check(99, b"a\nb\r\n\n \t\n\r\nc\n", &frames(&["a", "b", "c"]));
}

#[test]
fn the_last_line_needs_no_newline() {
    check(99, b"a\nb", &frames(&["a", "b"]));
    check(99, b"a\n  ", &frames(&["a"]));
}

#[test]
fn a_carriage_return_inside_a_line_stays() {
    check(99, b"a\rb\n", &frames(&["a\rb"]));
}

#[test]
fn a_line_at_the_limit_passes_and_one_above_it_is_skipped_alone() {
    check(3, b"abc\n", &frames(&["abc"]));
    check(3, b"abcd\n", &[Found::TooLong]);
    let mut expected = frames(&["x"]);
    expected.push(Found::TooLong);
    expected.extend(frames(&["y"]));
    check(3, b"x\nabcdefgh\ny\n", &expected);
}

#[test]
fn an_endless_line_is_reported_once_and_costs_no_memory() {
    let mut framer = LineFramer::with_limit(1000);
    let mut reported = 0;
    for _ in 0..10_000 {
        let mut piece: &[u8] = &[b'x'; 1000];
        while let Some(line) = framer.next_line(&mut piece) {
            assert_eq!(found(line), Found::TooLong);
            reported += 1;
        }
        let held = format!("{framer:?}");
        assert!(
            held.contains("held_bytes: 0") || held.contains("held_bytes: 1000"),
            "{held}"
        );
    }
    assert_eq!(reported, 1);
    let mut piece: &[u8] = b"\nok\n";
    assert_eq!(
        framer.next_line(&mut piece).map(found),
        Some(Found::Frame(b"ok".to_vec()))
    );
}

#[test]
fn a_line_that_stands_whole_in_a_piece_is_not_copied() {
    let mut framer = LineFramer::new();
    let piece: &[u8] = b"{\"a\":1}\nrest";
    let mut rest = piece;
    let Some(Line::Frame(frame)) = framer.next_line(&mut rest) else {
        panic!("there is a line");
    };
    assert!(piece.as_ptr_range().contains(&frame.as_ptr()));
}

proptest! {
    /// Any split of any stream gives the same lines.
    #[test]
    fn splits_change_nothing(
        stream in prop::collection::vec(prop::sample::select(b"ab{} \t\r\n\n\xff".to_vec()), 0..200),
        cuts in prop::collection::vec(0usize..200, 0..20),
        limit in 1usize..12,
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &stream[cut[0]..cut[1]]);
        prop_assert_eq!(frame_all(limit, pieces), frame_all(limit, [&stream[..]]));
    }
}
