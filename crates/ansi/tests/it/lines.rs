//! The resolver: line effects one by one, and however the input is cut.

use crate::support::{cut_stream, cuttings};
use proptest::prelude::*;
use rejoinder_ansi::{LineConfig, LineResolver, resolve};
use std::num::NonZeroU16;

fn size(cols: u16, rows: u16) -> LineConfig {
    let mut config = LineConfig::default();
    config.cols = NonZeroU16::new(cols);
    config.rows = NonZeroU16::new(rows);
    config
}

fn resolve_chunks(config: LineConfig, chunks: &[&[u8]]) -> String {
    let mut resolver = LineResolver::with_config(config);
    for chunk in chunks {
        resolver.push(chunk);
    }
    resolver.finish()
}

#[track_caller]
fn check_with(config: LineConfig, cases: &[(&str, &str)]) {
    for (input, want) in cases {
        for chunks in cuttings(input.as_bytes(), &[input.len() / 2]) {
            let got = resolve_chunks(config, &chunks);
            assert_eq!(got, *want, "{}", input.escape_debug());
        }
    }
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    check_with(LineConfig::default(), cases);
}

#[test]
fn text_that_is_only_appended_comes_out_to_the_letter() {
    check(&[
        ("", ""),
        ("one\ntwo\n", "one\ntwo\n"),
        ("one\r\ntwo\r\n\r\n", "one\ntwo\n\n"),
        ("no newline", "no newline"),
        (
            "trailing blanks   \r\nPassword: ",
            "trailing blanks   \nPassword: ",
        ),
        ("a\tb\t\tc\n", "a\tb\t\tc\n"),
        (
            "\x1b[1;31mred\x1b[0m and \x1b]8;;http://example.org\x07link\x1b]8;;\x07",
            "red and link",
        ),
        (
            "naïve 東京 e\u{301} 👩\u{200d}🚀 \u{feff}",
            "naïve 東京 e\u{301} 👩\u{200d}🚀 \u{feff}",
        ),
        ("bell\x07 null\0 \x0eshift\x0f", "bell null shift"),
        ("page\x0cfeed\x0bvertical", "page\nfeed\nvertical"),
    ]);
    let long = "0123456789".repeat(1000);
    check(&[(&long, &long)]);
}

#[test]
fn carriage_return_overwrites() {
    check(&[
        ("10%\r20%\r100%\n", "100%\n"),
        ("longer text\rshort\n", "shortr text\n"),
        ("left as it is\r", "left as it is"),
        ("\rone\r\r\ntwo", "one\ntwo"),
        ("a long line\r           \rdone", "done"),
        ("a long line\r\x1b[Kdone\n", "done\n"),
        // Blanks that cover something up are no text, those of a prompt are.
        ("working\rok     \n$ ", "ok\n$ "),
        ("old\r\x1b[K$ ", "$ "),
        ("old\r$ ", "$ d"),
        ("old prompt\r$         ", "$         "),
    ]);
}

#[test]
fn backspace_and_spinners_leave_no_trail() {
    check(&[
        ("wait |\x08/\x08-\x08\\\x08 \x08\n", "wait\n"),
        ("wait |\x08/\x08-\x08\\\x08done\n", "wait done\n"),
        ("passwrd\x08\x08ord\n", "password\n"),
        ("abc\x08 \x08", "ab"),
        ("\x08\x08abc", "abc"),
        (
            "⠋\x1b[1G\x1b[0K⠙\x1b[1G\x1b[0K⠹\x1b[1G\x1b[0K\r\nadded\r\n",
            "\nadded\n",
        ),
        ("東京\x08\x08x\x08", "東x"),
    ]);
}

#[test]
fn parts_of_a_line_are_erased_deleted_and_inserted() {
    check(&[
        ("abcdef\x1b[3D\x1b[K", "abc"),
        ("abcdef\x1b[3D\x1b[1Kx", "   xef"),
        ("abcdef\x1b[2Kx", "      x"),
        ("abcdef\r\x1b[2Kx", "x"),
        ("abcdef\r\x1b[2Xx", "x cdef"),
        ("abcdef\r\x1b[2P", "cdef"),
        ("abcdef\r\x1b[2@xy", "xyabcdef"),
        ("abcdef\r\x1b[4hxy\x1b[4l-", "xy-bcdef"),
        ("abc\x1b[99P\x1b[99X", "abc"),
        ("ab\x1b[3b!", "abbbb!"),
        // Odd parameters are no erasure.
        ("abc\r\x1b[9K", "abc"),
    ]);
}

#[test]
fn the_cursor_moves_within_a_line() {
    check(&[
        ("abcdef\x1b[3G*", "ab*def"),
        ("abcdef\x1b[3`*", "ab*def"),
        ("abcdef\r\x1b[2C*", "ab*def"),
        ("abcdef\x1b[2D*", "abcd*f"),
        ("ab\x1b[5G*", "ab  *"),
        ("a\x1b7bcd\x1b8*", "a*cd"),
        ("a\x1b[sbcd\x1b[u*", "a*cd"),
        ("a\x1b[>1ubcd\x1b[<u*", "abcd*"),
        ("ab\x1b[0G*\x1b[0C*", "*b*"),
        (
            "\x1b[3I*\x1b[2Z+",
            &format!("{}+{}*", " ".repeat(16), " ".repeat(7)),
        ),
    ]);
}

#[test]
fn tabs_stay_unless_something_is_written_over_them() {
    check(&[
        ("a\tb\rx", "x\tb"),
        ("a\tb\r\x1b[2Cx", "a x     b"),
        ("a\tb\r\tx", "a\tx"),
        ("ab\r\tx", "ab      x"),
        ("a\t\x08\x08x", "a     x"),
        ("a\t\r\x1b[K", ""),
        ("x\ry\tz", "y\tz"),
        ("a\tb\x1b[4G\x1b[1P", "a      b"),
    ]);
}

#[test]
fn wide_and_combining_characters_take_their_columns() {
    check(&[
        ("東京\r\x1b[2Cx", "東x"),
        ("東京\r\x1b[1Cx", " x京"),
        ("東京\rx", "x 京"),
        ("x京\x1b[2G東", "x東"),
        ("ab\r東", "東"),
        ("ae\u{301}o\x1b[2G\u{308}e", "a\u{308}eo"),
        ("東\u{301}x\r\x1b[2C\u{302}", "東\u{301}\u{302}x"),
        ("a\x1b[5C\u{301}b", "a     b"),
    ]);
}

#[test]
fn several_lines_are_repainted() {
    check(&[
        // As cargo, npm and docker do.
        (
            "a 0%\r\nb 0%\r\n\x1b[2Aa 50%\x1b[K\r\nb 9%\x1b[K\r\n",
            "a 50%\nb 9%\n",
        ),
        (
            "a 0%\r\nb 0%\x1b[1A\ra 100%\x1b[1B\rb 100%\r\n",
            "a 100%\nb 100%\n",
        ),
        ("one\ntwo\nthree\x1b[2F\x1b[Jdone\n", "done\n"),
        ("one\ntwo\n\x1b[A\x1b[2K\x1b[A\x1b[2Kdone\n", "done\n"),
        ("one\ntwo\nthree\n\x1b[3A\x1b[1M\x1b[2B", "two\nthree\n"),
        ("one\ntwo\x1b[1A\r\x1b[Lzero\x1b[2B\r", "zero\none\ntwo"),
        ("one\x1b[Etwo\x1b[Fzwei\x1b[B", "zwei\ntwo"),
        ("kept\none\ntwo\x1b[1F\x1b[0Jrest", "kept\nrest"),
        ("one\ntwo\x1b[1Jx", "\n   x"),
        ("one\x1bDtwo\x1bM!\x1bE?", "one   !\n?  two"),
        ("one\n\x1bMx", "xne"),
        ("one\x1bMzero", "   zero\none"),
        ("one\n\x1b[99Ax", "xne"),
    ]);
}

#[test]
fn what_scrolled_by_is_in_reach_unless_the_terminal_is_smaller() {
    let lines: String = (1..=40).map(|n| format!("{n}\n")).collect();
    let input = format!("{lines}\x1b[35Ax");
    let changed = |row: usize| {
        let mut rows: Vec<String> = (1..=40).map(|n| n.to_string()).collect();
        rows[row] = format!("x{}", rows[row].get(1..).unwrap_or_default());
        rows.join("\n")
    };
    check(&[(&input, &changed(5))]);
    // A program that moves further up than it should be able to has a taller terminal.
    let saved = format!("{lines}\x1b[35A\x1b7y\x1b[9B\x1b8x");
    let home = format!("{lines}\x1b[35A\x1b[9B\x1b[Hx");
    check(&[(&saved, &changed(5)), (&home, &changed(5))]);
    // Of ten rows the cursor is on the last, so the first visible one is 32.
    check_with(size(80, 10), &[(&input, &changed(31))]);
}

#[test]
fn long_lines_wrap_for_the_cursor_and_not_in_the_text() {
    check_with(
        size(10, 5),
        &[
            ("0123456789abc", "0123456789abc"),
            ("0123456789abc\r\nx", "0123456789abc\nx"),
            ("0123456789\r\nx", "0123456789\nx"),
            ("0123456789abc\rX", "0123456789Xbc"),
            ("0123456789abc\x1b[A\rX", "X123456789abc"),
            ("0123456789\x08X", "01234567X9"),
            // A wide character that does not fit leaves a column free.
            ("012345678東", "012345678東"),
            ("0123456789abc\x1b[A\r\x1b[K\x1b[B\r\x1b[Knew", "\nnew"),
            ("\x1b[?7l0123456789abc\x1b[?7hd", "012345678cd"),
            ("a\tb\tc", "a\tb\tc"),
        ],
    );
}

#[test]
fn absolute_positions_are_those_of_the_screen() {
    check_with(
        size(80, 4),
        &[
            ("1\n2\n3\n4\n5\n6\x1b[2;3Hx\x1b[4;1H", "1\n2\n3\n4 x\n5\n6"),
            ("1\x1b[3;2Hx\x1b[9;9Hy", "1\n\n x\n        y"),
            ("1\n2\x1b[1dx", "1x\n2"),
            ("1\n2\n3\x1b[H\x1b[2Jnew", "new"),
            ("1\n2\n3\n4\n5\n6\x1b[H\x1b[2Jnew\r\n", "1\n2\nnew\n"),
            ("1\n2\x1b[2J\x1b[Hnew", "new"),
            ("1\n2\x1bcnew", "new"),
        ],
    );
    // A screen of unknown size has 24 rows, until a program addresses more.
    let lines: String = (1..=30).map(|n| format!("{n}\n")).collect();
    let after = lines.replacen("8\n", "x\n", 1);
    check(&[(&format!("{lines}\x1b[Hx\x1b[24H"), &after)]);
    let far = format!("{}x", "\n".repeat(39));
    check(&[("\x1b[40;1Hx", &far), ("\x1b[999;1Hx", &far[16..])]);
}

#[test]
fn a_status_line_under_a_scrolling_region_stays_below() {
    // As apt does: the last row is the progress bar's, the others scroll.
    let bar = |text: &str| format!("\x1b7\x1b[4;0f{text}\x1b8");
    let input = [
        "\n\x1b7\x1b[0;3r\x1b8\x1b[1A",
        &bar("[ 0%]"),
        "one\r\ntwo\r\nthree\r\n",
        &bar("[50%]"),
        "four\r\n",
        "\x1b7\x1b[0;4r\x1b8",
        &bar("\x1b[K"),
    ]
    .concat();
    check_with(size(20, 4), &[(&input, "one\ntwo\nthree\nfour\n")]);
    let running = &input[..input.find("\x1b7\x1b[0;4r").unwrap()];
    check_with(size(20, 4), &[(running, "one\ntwo\nthree\nfour\n\n[50%]")]);
    // Without history there is none to scroll into: rows of the region are lost.
    check_with(
        size(20, 4),
        &[("1\n2\n3\n4\x1b[2;3r\x1b[3H\n5\x1b[r\x1b[4H", "1\n3\n5\n4")],
    );
}

#[test]
fn a_region_below_the_text_scrolls_nothing() {
    check(&[
        ("text\x1b7\x1b[6;9r\x1b[T\x1b8 and more", "text and more"),
        ("text\x1b7\x1b[6;9r\x1b[3T\x1b[2S\x1b8!", "text!"),
    ]);
}

#[test]
fn the_cursor_stays_in_the_region_it_is_in() {
    check_with(
        size(8, 5),
        &[
            ("\x1b[2;4r\x1b[3H\x1b[9Ax", "\nx"),
            ("\x1b[2;4r\x1b[3H\x1b[9Bx", "\n\n\nx"),
            ("\x1b[2;4r\x1b[1H\x1b[9Ax", "x"),
            ("\x1b[2;4r\x1b[5H\x1b[9Bx", "\n\n\n\nx"),
        ],
    );
    // Below the region there is nowhere to wrap to.
    check_with(
        size(4, 3),
        &[("\x1b[1;2r\x1b[2Hup\x1b[3Habcdef", "\nup\nefcd")],
    );
}

/// Guards that rows which are moved apart are lines of their own.
#[test]
fn a_wrapped_line_that_is_torn_apart_is_two() {
    check_with(
        size(4, 5),
        &[
            ("abcdef\r\nnext\x1b[2H\x1b[M", "abcd\nnext"),
            ("abcdef\x1b[Lx", "abcd\nx\nef"),
            ("abcdefghij\x1b[1;2r\x1b[1H\x1b[L", "\nabcd\nij"),
            ("zz\r\nabcdef\x1b[1;2r\x1b[S\x1b[2Hx", "abcd\nx\nef"),
        ],
    );
}

#[test]
fn the_alternate_screen_comes_and_goes() {
    check(&[
        (
            "before\r\n\x1b[?1049h\x1b[H\x1b[2Jediting\x1b[5;5Hx\x1b[?1049lafter\r\n",
            "before\nafter\n",
        ),
        ("before\r\n\x1b[?1049h\x1b[2;3Hpage", "before\n\n  page"),
        ("prompt$ \x1b[?47hpage", "prompt$ \npage"),
        ("\x1b[?1047ha\x1b[?1047h\r\nb", "a\nb"),
        ("\x1b[?1049lnever entered", "never entered"),
    ]);
    let mut config = size(10, 3);
    config.alternate_screen = true;
    check_with(
        config,
        &[
            ("\x1b[1;1Htop\x1b[3;1Hend", "top\n\nend"),
            ("gone\x1b[?1049lback", "back"),
            // What scrolls off it is gone.
            ("1\r\n2\r\n3\r\n4", "2\n3\n4"),
        ],
    );
}

#[test]
fn malformed_text_is_replaced_where_it_stands() {
    let cases: &[(&[u8], &str)] = &[
        (b"caf\xe9!", "caf\u{fffd}!"),
        (b"\xe2\x9c\x93\xe2\x9c", "\u{2713}\u{fffd}"),
        (b"\xe2\x9c\x1b[0m\x93", "\u{fffd}\u{fffd}"),
        (b"\xc2\x00\xa9", "\u{fffd}\u{fffd}"),
        (b"\xc2", "\u{fffd}"),
        (b"\xc2\r\n", "\u{fffd}\n"),
    ];
    for (input, want) in cases {
        for chunks in cuttings(input, &[1]) {
            assert_eq!(resolve_chunks(LineConfig::default(), &chunks), *want);
        }
    }
}

#[test]
fn a_resolver_can_be_used_again() {
    let mut resolver = LineResolver::with_config(size(10, 5));
    resolver.push(b"one\x1b[");
    assert_eq!(resolver.finish(), "one");
    resolver.push(b"31mtwo");
    assert_eq!(resolver.finish(), "31mtwo");
}

proptest! {
    /// Guards split-invariance, draining in between or not.
    #[test]
    fn the_chunks_do_not_matter((bytes, cuts) in cut_stream()) {
        let mut alternate = size(12, 4);
        alternate.alternate_screen = true;
        for config in [LineConfig::default(), size(12, 4), alternate] {
            let want = resolve_chunks(config, &[&bytes]);
            for chunks in cuttings(&bytes, &cuts) {
                prop_assert_eq!(&resolve_chunks(config, &chunks), &want);
                let mut resolver = LineResolver::with_config(config);
                let mut drained = String::new();
                for chunk in chunks {
                    resolver.push(chunk);
                    resolver.drain_settled(&mut drained);
                }
                prop_assert_eq!(drained + &resolver.finish(), &want[..]);
            }
        }
    }

    /// Guards that the result needs no resolving.
    #[test]
    fn resolving_twice_is_resolving_once((bytes, _) in cut_stream()) {
        let once = resolve(&bytes);
        prop_assert_eq!(&resolve(once.as_bytes()), &once);
    }
}
