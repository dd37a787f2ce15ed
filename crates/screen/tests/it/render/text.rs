//! The screen as text.

use super::screens::{any_snapshot, screen};
use proptest::prelude::*;
use rejoinder_screen::render::{TextOptions, changed_rows, text, text_changes};

#[track_caller]
fn check(bytes: &str, want: &str) {
    let shown = text(&screen(4, 20, bytes), &TextOptions::default());
    assert_eq!(shown, want, "{bytes:?}");
}

/// Guards that blanks are cut, and that the facts say where the cursor is, counted from 1.
#[test]
fn rows_and_facts() {
    check("", "[screen=4x20 cursor=1,1 version=1]\n");
    check(
        "ls\r\n\r\n  a  b   \x1b[1;3H",
        "ls\n\n  a  b\n[screen=4x20 cursor=1,3 version=1]\n",
    );
    check(
        "\x1b[?1049h\x1b[?25l\x1b]2;a \"b\"\x07",
        "[screen=4x20 cursor=1,1hidden version=1 alternate title=\"a \\\"b\\\"\"]\n",
    );
}

/// Guards that wide characters stand once, combining ones stay with their base, glyphs of
/// private use stay, and what hides or reorders text is shown.
#[test]
fn characters() {
    check(
        "日本 e\u{301} \u{e0b0}",
        "日本 e\u{301} \u{e0b0}\n[screen=4x20 cursor=1,9 version=1]\n",
    );
    let mut snapshot = screen(1, 8, "rm x.txt");
    snapshot.rows[0].cells[2].character = '\u{202e}';
    snapshot.rows[0].cells[4].character = '\n';
    snapshot.rows[0].cells[0].character = '\t';
    snapshot.rows[0].cells[7].style.hidden = true;
    assert_eq!(
        text(&snapshot, &TextOptions::default()),
        " m\\u{202e}x\\x0atx\n[screen=1x8 cursor=1,8 version=1]\n"
    );
}

/// Guards that a program cannot print what passes for facts.
#[test]
fn facts_cannot_be_forged() {
    check(
        "[screen=1x1]\r\n[highlighted=1]",
        "\\[screen=1x1]\n\\[highlighted=1]\n[screen=4x20 cursor=2,16 version=1]\n",
    );
}

/// Guards that the scrollback comes when asked for, the newest rows of it.
#[test]
fn scrollback() {
    let mut snapshot = screen(1, 3, "now");
    snapshot.scrollback = ["one", "two"]
        .iter()
        .map(|text| screen(1, 3, text).rows.remove(0))
        .collect();
    let with = |scrollback_lines| text(&snapshot, &TextOptions { scrollback_lines });
    assert_eq!(with(0), "now\n[screen=1x3 cursor=1,3 version=1]\n");
    assert_eq!(
        with(1),
        "two\n[scrollback=1]\nnow\n[screen=1x3 cursor=1,3 version=1]\n"
    );
    assert!(with(9).starts_with("one\ntwo\n[scrollback=2]\nnow\n"));
}

/// Guards that only rows that look different are told, and all where the screen is another.
#[test]
fn changes() {
    let before = screen(3, 8, "one\r\ntwo\r\nthree");
    let now = screen(3, 8, "one\r\nTWO\r\nthree");
    assert_eq!(
        text_changes(&changed_rows(&before, &now), &now),
        "2: TWO\n[screen=3x8 cursor=3,6 version=1]\n"
    );
    assert!(changed_rows(&now, &now).is_empty());
    let other = screen(3, 8, "\x1b[?1049h");
    assert_eq!(changed_rows(&now, &other).len(), 3);
}

proptest! {
    /// Guards that any snapshot gives text without control characters, of no more lines than it
    /// has rows and facts.
    #[test]
    fn any_snapshot_is_text(snapshot in any_snapshot()) {
        let options = TextOptions { scrollback_lines: 100 };
        let shown = text(&snapshot, &options);
        prop_assert!(!shown.contains(|c: char| c.is_control() && c != '\n'));
        let rows = snapshot.rows.len() + snapshot.scrollback.len();
        prop_assert!(shown.lines().count() <= rows + 3, "{shown}");
        text_changes(&changed_rows(&snapshot, &snapshot), &snapshot);
    }
}
