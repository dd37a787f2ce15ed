//! The resolver against a terminal emulator: what is on the screen is in the text, too.

use proptest::prelude::*;
use rejoinder_ansi::{LineConfig, LineResolver};
use std::num::NonZeroU16;

const ROWS: NonZeroU16 = NonZeroU16::new(5).unwrap();
/// So narrow that lines wrap.
const NARROW: NonZeroU16 = NonZeroU16::new(12).unwrap();
/// So wide that none does.
const WIDE: NonZeroU16 = NonZeroU16::new(1000).unwrap();

/// Text, line ends, erasures, and the movements with the given final bytes. (Tabs are left out
/// because the emulator's text has none.)
fn piece(movements: &'static str) -> BoxedStrategy<String> {
    let text = prop_oneof![
        4 => "[a-z]{1,9}",
        1 => "[a-z ]{10,30}",
        1 => fixed(&["é", "e\u{301}", "  "]),
    ];
    let absolute = ("[0-6]?", "[0-9]{0,2}").prop_map(|(row, col)| format!("\x1b[{row};{col}H"));
    prop_oneof![
        8 => text,
        5 => fixed(&["\r\n", "\r\n", "\r", "\x1b[m"]),
        4 => counted(movements),
        2 => "[0-2]?[JK]".prop_map(|erase| format!("\x1b[{erase}")),
        1 => absolute,
        1 => fixed(&["\x1b7", "\x1b8", "\x1b[3b", "\x1b[7G\x08", "\x1b[7G\x1b[2D"]),
    ]
    .boxed()
}

/// For the narrow screen: nothing that moves up, down or left from behind the last column, where
/// the emulator stays there, and nothing that moves rows or columns, after which it takes a
/// wrapped row for a whole line.
fn narrow_piece() -> BoxedStrategy<String> {
    prop_oneof![
        6 => piece("[CEFGX`]"),
        1 => fixed(&["\r\x1b[A", "\r\x1b[2A", "\r\x1b[B", "\r\x1b[3d", "\r\x1b[4C\x08"]),
    ]
    .boxed()
}

/// What moves whole rows, and wide characters. (Inserting within one splits it there.)
fn wide_piece() -> BoxedStrategy<String> {
    prop_oneof![
        6 => piece("[ABCDEFGXd`]"),
        1 => fixed(&["東", "東京", "東\u{301}", "\x08", "\x1bM"]),
        1 => counted("[LM]\r|[ST]"),
    ]
    .boxed()
}

/// The same on a part of the screen. The emulator differs from DEC's terminals in where setting
/// the region puts the cursor, and in what moves it out of the region.
fn region_piece() -> BoxedStrategy<String> {
    prop_oneof![
        6 => piece("[CDGPX@d`]"),
        1 => counted("[LM]\r|[ST]"),
        1 => fixed(&["\x1b[2;4r\x1b[H", "\x1b[3;5r\x1b[H", "\x1b[r\x1b[H"]),
    ]
    .boxed()
}

fn fixed(pieces: &[&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(pieces.to_vec())
        .prop_map(str::to_owned)
        .boxed()
}

fn counted(last: &'static str) -> BoxedStrategy<String> {
    let count = prop_oneof![2 => Just(String::new()), 3 => "[1-4]", 1 => "0|13|40"];
    (count, last)
        .prop_map(|(count, last)| format!("\x1b[{count}{last}"))
        .boxed()
}

fn output(piece: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    prop::collection::vec(piece, 0..20).prop_map(|pieces| pieces.concat())
}

fn resolved(output: &str, cols: NonZeroU16) -> String {
    let mut config = LineConfig::default();
    config.cols = Some(cols);
    config.rows = Some(ROWS);
    let mut resolver = LineResolver::with_config(config);
    resolver.push(output.as_bytes());
    resolver.finish()
}

/// What the screen shows, and whether anything has scrolled off it.
fn screen(output: &str, cols: NonZeroU16) -> (String, bool) {
    let mut emulator = vt100::Parser::new(ROWS, cols, 1);
    emulator.process(output.as_bytes());
    let contents = emulator.screen().contents();
    emulator.screen_mut().set_scrollback(1);
    (contents, emulator.screen().scrollback() > 0)
}

/// Lines without blanks at their ends, and without blank lines at the end.
fn comparable(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim_end_matches(' '))
        .collect();
    lines.join("\n").trim_end_matches('\n').to_owned()
}

/// The text ends in the screen, and is nothing else until something scrolls off it.
fn check(output: &str, cols: NonZeroU16) -> Result<(), TestCaseError> {
    let text = comparable(&resolved(output, cols));
    let (screen, scrolled) = screen(output, cols);
    let screen = comparable(&screen);
    prop_assert!(
        text == screen || (scrolled && text.ends_with(&screen)),
        "text:\n{}\nscreen:\n{}\n{}",
        text,
        screen,
        output.escape_debug()
    );
    Ok(())
}

proptest! {
    /// Guards the effects within lines and on wrapped lines.
    #[test]
    fn the_text_is_what_a_narrow_screen_shows(output in output(narrow_piece())) {
        check(&output, NARROW)?;
    }

    /// Guards the effects on rows: scrolling, insertion and deletion.
    #[test]
    fn the_text_is_what_a_wide_screen_shows(output in output(wide_piece())) {
        check(&output, WIDE)?;
    }

    /// Guards scrolling regions.
    #[test]
    fn the_text_is_what_a_screen_with_a_region_shows(output in output(region_piece())) {
        check(&output, WIDE)?;
    }
}

/// What generated output found.
#[test]
fn found_cases_hold() {
    check("\r\x1b[4C\x08aaa\x1b[0Caaaaa\x1b[1Ja\x1b[Fé", NARROW).unwrap();
}
