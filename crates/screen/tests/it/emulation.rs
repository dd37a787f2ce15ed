//! What is shown: beyond what the emulator's own tests cover, what this crate adds or changes.

use crate::support::{cut_stream, cuttings, screen, sized, text, texts};
use proptest::prelude::*;
use rejoinder_screen::{Colour, CursorShape, Style, Underline, Width};

#[track_caller]
fn check(input: &str, expected: &[&str]) {
    for chunks in cuttings(input.as_bytes(), &[input.len() / 2]) {
        let view = sized(5, 10, &chunks).snapshot(100);
        assert_eq!(texts(&view.rows), expected, "{}", input.escape_debug());
    }
}

/// Rows of scrollback after `input` on a screen of 5 × 10.
#[track_caller]
fn check_scrollback(input: &str, expected: &[&str]) {
    for chunks in cuttings(input.as_bytes(), &[input.len() / 2]) {
        let view = sized(5, 10, &chunks).snapshot(100);
        let rows: Vec<String> = view.scrollback.iter().map(text).collect();
        assert_eq!(rows, expected, "{}", input.escape_debug());
    }
}

/// Guards the basics: lines, wrapping, tabs, erasing, and the flag of a line that goes on.
#[test]
fn text_is_shown() {
    check("one\r\ntwo", &["one", "two"]);
    check("0123456789abc", &["0123456789", "abc"]);
    check("a\tb", &["a       b"]);
    check("abc\x1b[2D\x1b[K", &["a"]);
    check("\x1b(0lqk\x1b(B", &["┌─┐"]);
    check("x\x1b[3b", &["xxxx"]);
    check("a\x7fb", &["ab"]);
    let view = sized(5, 10, &[b"0123456789abc"]).snapshot(0);
    assert!(view.rows[0].wrapped && !view.rows[1].wrapped);
}

/// Guards wide and combining characters, and what is left of a wide one when half is overwritten.
#[test]
fn wide_and_combining() {
    check("東京e\u{301}", &["東京e\u{301}"]);
    let view = sized(5, 10, &["a東".as_bytes()]).snapshot(0);
    let widths: Vec<Width> = view.rows[0].cells.iter().map(|cell| cell.width).collect();
    assert_eq!(
        widths[..4],
        [
            Width::Single,
            Width::Double,
            Width::Continuation,
            Width::Single
        ]
    );
    check("東京\x1b[1;2Hx", &[" x京"]);
    check("東京\x1b[1;1Hx", &["x 京"]);
    // One that does not fit into the last column goes to the next row.
    check("123456789東", &["123456789", "東"]);
}

/// Guards the rendition of a cell in all its parts.
#[test]
fn styles() {
    let style = |input: &str| screen(&[input.as_bytes()]).snapshot(0).rows[0].cells[0].style;
    assert_eq!(style("x"), Style::default());
    let all = Style {
        foreground: Colour::Indexed(1),
        background: Colour::Rgb(1, 2, 3),
        underline_colour: Some(Colour::Indexed(200)),
        bold: true,
        dim: true,
        italic: true,
        underline: Underline::Curly,
        inverse: true,
        hidden: true,
        strikeout: true,
    };
    assert_eq!(style("\x1b[1;2;3;4:3;7;8;9;31;48;2;1;2;3;58;5;200mx"), all);
    assert_eq!(style("\x1b[94mx").foreground, Colour::Indexed(12));
    for (code, underline) in [
        ("4", Underline::Single),
        ("21", Underline::Double),
        ("4:2", Underline::Double),
        ("4:4", Underline::Dotted),
        ("4:5", Underline::Dashed),
        ("4;24", Underline::None),
    ] {
        assert_eq!(
            style(&format!("\x1b[{code}mx")).underline,
            underline,
            "{code}"
        );
    }
    // A blank with a background is no blank.
    assert_eq!(style("\x1b[41m\x1b[K").background, Colour::Indexed(1));
}

/// Guards links, and where they end.
#[test]
fn links() {
    let view = screen(&[b"\x1b]8;;http://a/;b\x1b\\ab\x1b]8;;\x07c"]).snapshot(0);
    let links: Vec<Option<&str>> = view.rows[0].cells[..3]
        .iter()
        .map(|cell| cell.link.as_deref())
        .collect();
    assert_eq!(links, [Some("http://a/;b"), Some("http://a/;b"), None]);
}

/// Guards the title, set, saved, restored, and taken away.
#[test]
fn titles() {
    let title = |input: &str| screen(&[input.as_bytes()]).snapshot(0).title;
    assert_eq!(title(""), None);
    assert_eq!(title("\x1b]0;a;b\x07").as_deref(), Some("a;b"));
    assert_eq!(
        title("\x1b]2;a\x07\x1b[22t\x1b]2;b\x1b\\\x1b[23t").as_deref(),
        Some("a")
    );
    assert_eq!(title("\x1b]2;a\x07\x1b]2;\x07"), None);
    assert_eq!(title("\x1b]1;icon\x07"), None);
}

/// Guards the cursor's place, form and visibility.
#[test]
fn cursor() {
    let cursor = |input: &str| screen(&[input.as_bytes()]).snapshot(0).cursor;
    let at = |input: &str| (cursor(input).row, cursor(input).col);
    assert_eq!(at("\x1b[3;4H"), (2, 3));
    assert!(cursor("").visible && !cursor("\x1b[?25l").visible);
    assert_eq!(cursor("\x1b[4 q").shape, CursorShape::Underline);
    assert_eq!(cursor("\x1b[6 q").shape, CursorShape::Bar);
    // Margins stop movements from within, and only those.
    assert_eq!(at("\x1b[5;10r\x1b[7;1H\x1b[99A"), (4, 0));
    assert_eq!(at("\x1b[5;10r\x1b[7;1H\x1b[99B"), (9, 0));
    assert_eq!(at("\x1b[5;10r\x1b[3;1H\x1b[99A"), (0, 0));
    assert_eq!(at("\x1b[5;10r\x1b[12;1H\x1b[99B"), (23, 0));
    // With the origin in the region.
    assert_eq!(at("\x1b[5;10r\x1b[?6h\x1b[2;3H\x1b[A\x1b[7G"), (4, 6));
    assert_eq!(at("\x1b[5;10r\x1b[?6h\x1b[2;3H\x1b[E"), (6, 0));
}

/// Guards both screens and every mode that switches between them.
#[test]
fn alternate_screen() {
    for mode in ["47", "1047", "1049"] {
        let there = format!("main\x1b[?{mode}h\x1b[Hother");
        let mut shown = screen(&[there.as_bytes()]);
        assert!(shown.snapshot(0).alternate, "{mode}");
        assert_eq!(texts(&shown.snapshot(0).rows), ["other"], "{mode}");
        shown.push(format!("\x1b[?{mode}l").as_bytes(), &mut Vec::new());
        assert!(!shown.snapshot(0).alternate, "{mode}");
        assert_eq!(texts(&shown.snapshot(0).rows), ["main"], "{mode}");
    }
}

/// Guards reverse video and the colours that a program sets.
#[test]
fn reverse_and_palette() {
    let mut shown = screen(&[b"\x1b[?5h\x1b]4;1;#ff0000\x07\x1b]11;rgb:00/80/ff\x07"]);
    let view = shown.snapshot(0);
    assert!(view.reverse);
    assert_eq!(view.palette.indexed, [(1, (255, 0, 0))]);
    assert_eq!(view.palette.background, Some((0, 128, 255)));
    shown.push(b"\x1b[?5l\x1b]104\x07\x1b]111\x07", &mut Vec::new());
    let view = shown.snapshot(0);
    assert!(!view.reverse && view.palette == Default::default());
}

/// Guards which rows go to the scrollback: those that leave the top of the main screen.
#[test]
fn scrollback() {
    check_scrollback("1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7", &["1", "2"]);
    // By wrapping, with a wide character, too.
    check_scrollback("1\r\n2\r\n3\r\n4\r\n0123456789x", &["1"]);
    check_scrollback("1\r\n2\r\n3\r\n4\r\n012345678東", &["1"]);
    // By SU, and where a region begins at the top.
    check_scrollback("1\r\n2\r\n3\x1b[2S", &["1", "2"]);
    check_scrollback("\x1b[1;3r1\r\n2\r\n3\r\n4", &["1"]);
    // Not from a region below, nor the alternate screen, nor by erasing or deleting lines.
    check_scrollback("\x1b[2;5r1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7", &[]);
    check_scrollback("\x1b[?1049h1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7", &[]);
    check_scrollback("1\r\n2\x1b[2J\x1b[H\x1b[M", &[]);
    // DEL writes nothing, so it wraps nothing.
    check_scrollback("1\r\n2\r\n3\r\n4\r\n0123456789\x7f", &[]);
    // ED 3 and RIS empty it.
    check_scrollback("1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\x1b[3J", &[]);
    check_scrollback("1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\x1bc", &[]);
}

/// Guards the differences from the emulator in use that this crate makes up for.
#[test]
fn corrections() {
    // ED 1 from the second row clears the first.
    check("ab\r\ncd\x1b[1J", &[]);
    // ED 2 leaves everything where it is.
    check("ab\r\ncd\x1b[2Jx", &["", "  x"]);
    // A tab with a wrap to come.
    check("0123456789\tx", &["0123456789", "x"]);
    // IL and DL go to the first column.
    check("ab\x1b[Lc", &["c", "ab"]);
    check("ab\r\ncd\x1b[1;2H\x1b[Me", &["ed"]);
    // LNM.
    check("\x1b[20ha\nb", &["a", "b"]);
}

proptest! {
    /// Guards that a view does not depend on the cuts, nor on who looked in between.
    #[test]
    fn split_invariant((bytes, cuts) in cut_stream()) {
        let [whole, single, cut] = cuttings(&bytes, &cuts).map(|chunks| {
            let mut shown = sized(5, 10, &[]);
            for chunk in chunks {
                shown.push(chunk, &mut Vec::new());
                if chunk.len() % 3 == 1 {
                    shown.catch_up();
                }
            }
            shown.snapshot(100)
        });
        prop_assert_eq!(&whole, &single);
        prop_assert_eq!(&whole, &cut);
    }
}
