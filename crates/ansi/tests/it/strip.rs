//! The stripper: what it keeps, however its input is cut, and as the reference parser reads it.

use crate::support::{cut_stream, cuttings, stream};
use proptest::prelude::*;
use rejoinder_ansi::{C1, StripConfig, Stripper, strip};

fn config(c1: C1) -> StripConfig {
    let mut config = StripConfig::default();
    config.c1 = c1;
    config
}

fn strip_chunks(c1: C1, chunks: &[&[u8]]) -> Vec<u8> {
    let mut stripper = Stripper::with_config(config(c1));
    let mut out = Vec::new();
    for chunk in chunks {
        stripper.strip(chunk, &mut out);
    }
    stripper.finish(&mut out);
    out
}

/// The runs, each byte with its raw offset.
fn offsets(c1: C1, chunks: &[&[u8]]) -> Vec<(u64, u8)> {
    let mut stripper = Stripper::with_config(config(c1));
    let mut bytes = Vec::new();
    let mut take = |run: rejoinder_ansi::Run<'_>| {
        bytes.extend((run.offset..).zip(run.text.iter().copied()));
    };
    for chunk in chunks {
        stripper.strip_runs(chunk, &mut take);
    }
    stripper.finish_runs(&mut take);
    bytes
}

#[track_caller]
fn check(c1: C1, input: &[u8], want: &[u8]) {
    for chunks in cuttings(input, &[input.len() / 2, input.len() / 3]) {
        let got = strip_chunks(c1, &chunks);
        assert_eq!(
            got,
            want,
            "{} of {}",
            got.escape_ascii(),
            input.escape_ascii()
        );
    }
}

#[test]
fn sequences_are_removed_and_text_is_kept() {
    let cases: &[(&[u8], &[u8])] = &[
        (b"", b""),
        (
            b"plain\ttext\r\nwith a \x08backspace",
            b"plain\ttext\r\nwith a \x08backspace",
        ),
        (b"\x1b[0m\x1b[38;2;1;2;3mred\x1b[m", b"red"),
        (
            b"\x1b[4:3mcurly\x1b[?2004h\x1b[>4;2m\x1b[ q\x1b[!p.",
            b"curly.",
        ),
        (b"\x1b(B\x1b)0\x1b#8\x1b7\x1b8\x1b=\x1b>\x1bM\x1bcx", b"x"),
        // Other control characters go, also within a sequence, which still ends where it does.
        (b"a\x00b\x07c\x0bd\x0ce\x0ef\x7fg", b"abcdefg"),
        (b"\x1b[3\x071mred", b"red"),
        // Those that are text are acted on at once.
        (b"\x1b[3\n1mred", b"\nred"),
        (b"\x1b\r[31mred", b"\rred"),
        // Bytes that have no place in a sequence.
        (b"\x1b[1\x7f;\xc3\xa92mx", b"x"),
        (b"\x1b[1 2mx", b"x"),
        (b"\x1b[1\x1b[2mx", b"x"),
        (b"\x1b\x1b[2mx", b"x"),
        (b"\x1b[12\x18x\x1b[12\x1ay", b"xy"),
    ];
    for (input, want) in cases {
        check(C1::Ignore, input, want);
    }
}

#[test]
fn control_strings_end_at_both_terminators_and_when_aborted() {
    let cases: &[(&[u8], &[u8])] = &[
        (b"\x1b]0;title\x07x", b"x"),
        (b"\x1b]0;title\x1b\\x", b"x"),
        (
            b"\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\",
            b"link",
        ),
        // BEL ends an OSC only.
        (b"\x1bPq\x07data\x1b\\x", b"x"),
        (b"\x1b_G\x07f=100;AAAA\x1b\\x", b"x"),
        (b"\x1b^private\x1b\\x\x1bXstart\x1b\\y", b"xy"),
        // CAN and SUB abort, and so does any other sequence.
        (b"\x1b]0;ti\x18x\x1bPq\x1ay", b"xy"),
        (b"\x1b]0;ti\x1ax\x1bPq\x18y", b"xy"),
        (b"\x1b]0;ti\x1ax\x07y\x1b]0;ti\x07x\x1ay", b"xyxy"),
        (b"\x1b]0;ti\x1b[31mred", b"red"),
        // A string's contents are not text, whatever they are.
        (
            b"\x1b]0;a\nb\tc\x00d\x7f\xc2\x9c\xe2\x9c\x93\xff\x07x",
            b"x",
        ),
    ];
    for (input, want) in cases {
        check(C1::Ignore, input, want);
    }
}

#[test]
fn text_of_every_width_survives_and_malformed_bytes_stay() {
    let cases: &[(&[u8], &[u8])] = &[
        (
            "naïve – 東京 🚀 ÂÛœ\u{a0}°".as_bytes(),
            "naïve – 東京 🚀 ÂÛœ\u{a0}°".as_bytes(),
        ),
        // A character that a sequence interrupts is put together: the stripper knows bytes only.
        (b"\xe2\x9c\x1b[0m\x93", b"\xe2\x9c\x93"),
        (
            b"caf\xe9 \xff\x80\x9b31m \xc2",
            b"caf\xe9 \xff\x80\x9b31m \xc2",
        ),
    ];
    for (input, want) in cases {
        check(C1::Ignore, input, want);
    }
}

#[test]
fn c1_controls_are_dropped_or_interpreted_as_configured() {
    // As characters of UTF-8 they are dropped, and start nothing unless that is asked for.
    check(
        C1::Ignore,
        "a\u{9b}31mb\u{9d}0;t\u{9c}c\u{85}d".as_bytes(),
        b"a31mb0;tcd",
    );
    check(
        C1::Interpret,
        "a\u{9b}31mb\u{9d}0;t\u{9c}c\u{85}d".as_bytes(),
        b"abcd",
    );
    // As single bytes they are malformed text, or controls.
    check(C1::Ignore, b"a\x9b31mb", b"a\x9b31mb");
    check(
        C1::Interpret,
        b"a\x9b31mb\x90q\x9cc\x84d\x98s\x9ce\x9ep\x9cf\x9fa\x9cg",
        b"abcdefg",
    );
    // Never within a character: these have the bytes 0x9B, 0x9C, 0x9D in them.
    let text = "Û ✓ 😝 \u{71c}".as_bytes();
    check(C1::Interpret, text, text);
    check(C1::Interpret, "\u{9d}0;Û ✓ \u{71c}\u{9c}x".as_bytes(), b"x");
    check(
        C1::Interpret,
        "\x1b]0;Û✓\x07x\x1bPÛ✓\u{9c}y".as_bytes(),
        b"xy",
    );
    // But after a character that is cut off.
    check(C1::Interpret, b"\xe2\x9b31mx", b"\xe2\x9b31mx");
    check(C1::Interpret, b"\xe2a\x9b31mx", b"\xe2ax");
    check(C1::Interpret, b"\xe0\x9b31mx", b"\xe0x");
    check(C1::Interpret, b"\x1b[1\x9b2mx\x1b[\xc2\x9b2my", b"xy");
    check(C1::Interpret, b"\xc2", b"\xc2");
    check(C1::Interpret, b"a\xc2b\x00c", b"a\xc2bc");
    check(C1::Interpret, b"a\xc2\x84\x9b31mb\xc2\x84\xa9c", b"ab\xa9c");
}

/// Guards the places where a window of the fast path ends, whatever lies across them.
#[test]
fn nothing_depends_on_where_a_window_ends() {
    let pieces: &[(&[u8], &[u8])] = &[
        ("°".as_bytes(), "°".as_bytes()),
        ("\u{85}".as_bytes(), b""),
        ("✓".as_bytes(), "✓".as_bytes()),
        (b"\xc2", b"\xc2"),
        (b"\x1b[1;31m", b""),
        (b"\x1b[m\x1b(B\x1b7", b""),
        (b"\x1b]0;t\x07", b""),
        (b"\x07", b""),
        (b"\x1b[1\n2m", b"\n"),
    ];
    for (piece, want) in pieces {
        for before in 0..=130 {
            let (before, after) = ("x".repeat(before), "y".repeat(70));
            let text = |middle: &[u8]| [before.as_bytes(), middle, after.as_bytes()].concat();
            let got = strip_chunks(C1::Ignore, &[&text(piece)]);
            assert_eq!(
                got,
                text(want),
                "{} after {}",
                piece.escape_ascii(),
                before.len()
            );
        }
    }
}

#[test]
fn a_held_back_byte_has_its_offset_and_is_given_back_at_the_end() {
    for c1 in [C1::Ignore, C1::Interpret] {
        assert_eq!(
            offsets(c1, &[b"a\xc2", b"\xa9b"]),
            [(0, b'a'), (1, 0xC2), (2, 0xA9), (3, b'b')]
        );
        assert_eq!(offsets(c1, &[b"a\xc2", b"\x85b"]), [(0, b'a'), (3, b'b')]);
        assert_eq!(offsets(c1, &[b"a\xc2", b""]), [(0, b'a'), (1, 0xC2)]);
    }
}

#[test]
fn state_and_offset_are_told() {
    let mut stripper = Stripper::new();
    let mut out = Vec::new();
    stripper.set_offset(1000);
    assert!(stripper.is_ground());
    stripper.strip(b"ab\x1b[", &mut out);
    assert!(!stripper.is_ground());
    stripper.strip(b"1m\xc2", &mut out);
    assert!(!stripper.is_ground());
    assert_eq!(stripper.offset(), 1007);
    stripper.finish(&mut out);
    assert!(stripper.is_ground());
    assert_eq!((out.as_slice(), stripper.offset()), (&b"ab\xc2"[..], 1007));
    // An unfinished sequence does not live on after the end.
    stripper.strip(b"\x1b[", &mut out);
    stripper.finish(&mut out);
    stripper.strip(b"31m", &mut out);
    assert_eq!(out, b"ab\xc231m");
}

#[test]
fn a_reused_buffer_is_not_reallocated() {
    let input = b"\x1b[32mok\x1b[0m and more\n".repeat(2000);
    let mut stripper = Stripper::new();
    let mut out = Vec::new();
    stripper.strip(&input, &mut out);
    let (capacity, want) = (out.capacity(), out.clone());
    for _ in 0..3 {
        out.clear();
        stripper.strip(&input, &mut out);
        assert_eq!((out.capacity(), &out), (capacity, &want));
    }
}

#[test]
fn what_needs_no_stripping_is_borrowed() {
    for text in [&b""[..], b"plain\n", "déjà 20 °C".as_bytes()] {
        assert!(matches!(strip(text), std::borrow::Cow::Borrowed(same) if same == text));
    }
    assert_eq!(&*strip(b"\x1b[1mx\xc2"), b"x\xc2");
}

/// What the `vte` crate makes of a stream, as text with its own rules for the rest.
#[derive(Default)]
struct Reference(String);

impl vte::Perform for Reference {
    fn print(&mut self, character: char) {
        self.0.push(character);
    }

    fn execute(&mut self, byte: u8) {
        if matches!(byte, 0x08..=0x0A | 0x0D) {
            self.0.push(char::from(byte));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Guards split-invariance, and that the copying and the run-wise form agree.
    #[test]
    fn the_chunks_do_not_matter((bytes, cuts) in cut_stream()) {
        for c1 in [C1::Ignore, C1::Interpret] {
            let want = strip_chunks(c1, &[&bytes]);
            let want_offsets = offsets(c1, &[&bytes]);
            prop_assert_eq!(want_offsets.iter().map(|(_, byte)| *byte).collect::<Vec<_>>(), &want[..]);
            // Every byte is where the offset says.
            for (offset, byte) in &want_offsets {
                prop_assert_eq!(bytes[*offset as usize], *byte);
            }
            for chunks in cuttings(&bytes, &cuts) {
                prop_assert_eq!(strip_chunks(c1, &chunks).escape_ascii().to_string(),
                    want.escape_ascii().to_string());
                prop_assert_eq!(offsets(c1, &chunks), &want_offsets[..]);
            }
        }
    }

    /// Guards the grammar: the text is what `vte` prints. Left out of the comparison is where the
    /// two mean to differ: malformed bytes (kept here, replaced or dropped there), DEL (dropped
    /// here), and 0x9C, which ends a DCS there even within a character.
    #[test]
    fn the_text_is_what_vte_prints(mut bytes in stream()) {
        bytes.iter_mut().filter(|byte| **byte == 0x9C).for_each(|byte| *byte = 0x9D);
        let mut reference = Reference::default();
        vte::Parser::new().advance(&mut reference, &bytes);
        let mut text = String::new();
        Stripper::new().strip_runs(&bytes, |run| text += &String::from_utf8_lossy(run.text));
        let comparable = |text: &str| text.replace(['\u{FFFD}', '\x7f'], "");
        prop_assert_eq!(comparable(&text), comparable(&reference.0));
    }

    /// Guards that nothing that a terminal would act on is left.
    #[test]
    fn stripping_twice_is_stripping_once(bytes in stream()) {
        let once = strip_chunks(C1::Ignore, &[&bytes]);
        prop_assert!(!once.iter().any(|&byte| byte < 0x20 && !matches!(byte, 0x08..=0x0A | 0x0D)));
        prop_assert!(!once.contains(&0x7F));
    }
}
