//! Every limit, from both sides.

use crate::support::{screen, sized, text};
use rejoinder_screen::{
    MAX_COMBINING, MAX_LINK, MAX_QUESTIONS, MAX_REPLIES, MAX_SCROLLBACK_BYTES, MAX_SCROLLBACK_ROWS,
    Screen, ScreenConfig, Size,
};

/// Guards the number of combining characters on a cell.
#[test]
fn combining() {
    for (sent, kept) in [
        (MAX_COMBINING, MAX_COMBINING),
        (MAX_COMBINING + 5, MAX_COMBINING),
    ] {
        let view = screen(&[format!("e{}", "\u{301}".repeat(sent)).as_bytes()]).snapshot(0);
        let combining = view.rows[0].cells[0].combining.as_deref().unwrap();
        assert_eq!(combining.chars().count(), kept);
    }
    // On a wide character, and in the last column.
    let input = format!("\x1b[1;79H東{}", "\u{301}".repeat(MAX_COMBINING + 5));
    let view = screen(&[input.as_bytes()]).snapshot(0);
    let combining = view.rows[0].cells[78].combining.as_deref().unwrap();
    assert_eq!(combining.chars().count(), MAX_COMBINING);
}

/// Guards that a link's address may be this long, and a longer one is none.
#[test]
fn links() {
    for (length, kept) in [(MAX_LINK, true), (MAX_LINK + 1, false)] {
        let input = format!("\x1b]8;;{}\x07x", "l".repeat(length));
        let view = screen(&[input.as_bytes()]).snapshot(0);
        assert_eq!(view.rows[0].cells[0].link.is_some(), kept, "{length}");
    }
}

/// Guards that a title is cut between characters, and that saved ones are few.
#[test]
fn titles() {
    let input = format!("\x1b]2;{}\x07", "é".repeat(2_000));
    let title = screen(&[input.as_bytes()]).snapshot(0).title.unwrap();
    assert_eq!(title.len(), rejoinder_ansi::MAX_TITLE);
    let push: String = (0..12).map(|n| format!("\x1b]2;{n}\x07\x1b[22t")).collect();
    let input = format!("{push}{}", "\x1b[23t".repeat(12));
    let title = screen(&[input.as_bytes()]).snapshot(0).title;
    assert_eq!(title.as_deref(), Some("2"));
}

/// Guards the scrollback's rows and bytes.
#[test]
fn scrollback() {
    let lines = |count: usize, line: &str| format!("{line}\r\n").repeat(count);
    let mut shown = screen(&[lines(MAX_SCROLLBACK_ROWS + 23, "x").as_bytes()]);
    assert_eq!(shown.scrollback_rows(), MAX_SCROLLBACK_ROWS);
    shown.push(b"first kept is the second\r\n", &mut Vec::new());
    assert_eq!(shown.scrollback_rows(), MAX_SCROLLBACK_ROWS);
    let wide = lines(3_000, &"w".repeat(1_000));
    let mut shown = sized(24, 1_000, &[wide.as_bytes()]);
    let rows = shown.scrollback_rows();
    assert!(
        (100..MAX_SCROLLBACK_BYTES / 1_000).contains(&rows),
        "{rows}"
    );
    let view = shown.snapshot(3);
    assert_eq!(view.scrollback.len(), 3);
    assert_eq!(text(&view.scrollback[0]).len(), 1_000);
}

/// Guards that answers nobody takes stay within their limit, and that there is room again once
/// they are taken.
#[test]
fn replies() {
    let mut shown = screen(&["\x1b[c".repeat(100_000).as_bytes()]);
    let replies = shown.take_replies();
    assert!(
        (MAX_REPLIES..MAX_REPLIES + 20).contains(&replies.len()),
        "{}",
        replies.len()
    );
    shown.push(b"\x1b[c", &mut Vec::new());
    assert_eq!(shown.take_replies(), b"\x1b[?62;22c");
}

/// Guards how much one question can ask.
#[test]
fn questions() {
    let names = format!("\x1bP+q{}\x1b\\", "544e;".repeat(MAX_QUESTIONS + 9));
    let answers = screen(&[names.as_bytes()]).take_replies();
    let count = answers.windows(2).filter(|two| two == b"\x1bP").count();
    assert_eq!(count, MAX_QUESTIONS);
    let colours = format!("\x1b]4{}\x07", ";1;?".repeat(MAX_QUESTIONS + 9));
    let answers = screen(&[colours.as_bytes()]).take_replies();
    let count = answers.windows(2).filter(|two| two == b"\x1b]").count();
    assert_eq!(count, MAX_QUESTIONS);
}

/// Guards that sizes out of range are brought within it, and that the smallest and largest work.
#[test]
fn sizes() {
    for (asked, got) in [
        ((0, 0), (1, 1)),
        ((1, 1), (1, 1)),
        ((501, 1_001), (500, 1_000)),
    ] {
        let mut config = ScreenConfig::default();
        config.size = Size {
            rows: asked.0,
            cols: asked.1,
        };
        let mut shown = Screen::new(config);
        shown.push(
            "ab東\r\nc\x1b[9;9H東\x1b[6n\x1b[2J\x1b[3S".as_bytes(),
            &mut Vec::new(),
        );
        let view = shown.snapshot(10);
        assert_eq!((view.size.rows, view.size.cols), got);
        assert_eq!(view.rows.len(), usize::from(got.0));
        assert!(
            view.rows
                .iter()
                .all(|row| row.cells.len() == usize::from(got.1))
        );
        assert!(view.cursor.col < got.1 && view.cursor.row < got.0);
    }
}
