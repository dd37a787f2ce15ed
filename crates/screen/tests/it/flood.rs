//! Much output between two looks: what is left out makes no difference.

use crate::support::{cut_stream, sized};
use proptest::prelude::*;
use rejoinder_screen::{MAX_PENDING, MAX_SCROLLBACK_ROWS, Screen, Snapshot, Style};
use std::fmt::Write;

/// Everything that can be seen, the answers, and what the state hides: REP, the pen, the saved
/// cursor, the other screen.
fn all(mut screen: Screen) -> Vec<String> {
    let mut views = vec![told(&screen.snapshot(usize::MAX))];
    for probe in [
        "\x1b[2b",
        "\x1bP$qm\x1b\\\x1b[6n",
        "\x1b8s",
        "\x1b[?1049l",
        "\x1b[?1049hx",
    ] {
        screen.push(probe.as_bytes(), &mut Vec::new());
        views.push(told(&screen.snapshot(usize::MAX)));
    }
    views.push(screen.take_replies().escape_ascii().to_string());
    views
}

/// All of a snapshot but its version: whoever looks more often counts more of them.
fn told(view: &Snapshot) -> String {
    let mut told = format!(
        "{} {:?} {:?} {}\n",
        view.offset, view.cursor, view.title, view.alternate
    );
    for row in view.scrollback.iter().chain(&view.rows) {
        let mut style = Style::default();
        for cell in &row.cells {
            if cell.style != style || cell.link.is_some() {
                style = cell.style;
                let _ = write!(told, "<{style:?} {:?}>", cell.link);
            }
            told.push(cell.character);
            told.push_str(cell.combining.as_deref().unwrap_or_default());
        }
        let end = told.trim_end_matches(' ').len();
        told.truncate(end);
        told.push_str(if row.wrapped { "\\\n" } else { "\n" });
    }
    told
}

/// The first line that differs, with its number.
#[track_caller]
fn same(got: &[String], expected: &[String]) {
    for (view, (got, expected)) in got.iter().zip(expected).enumerate() {
        let mut lines = got.lines().zip(expected.lines()).enumerate();
        if let Some((line, (got, expected))) = lines.find(|(_, (got, expected))| got != expected) {
            panic!("view {view}, line {line}:\n{got}\n{expected}");
        }
        assert_eq!(got.len(), expected.len(), "view {view}");
    }
}

/// A screen that is shown everything: it never waits for more than a little.
fn shown_everything(rows: u16, cols: u16, bytes: &[u8]) -> Screen {
    let mut screen = sized(rows, cols, &[]);
    for piece in bytes.chunks(1_000) {
        screen.push(piece, &mut Vec::new());
        screen.catch_up();
    }
    screen
}

#[track_caller]
fn check(bytes: &[u8]) {
    let expected = all(shown_everything(6, 20, bytes));
    same(&all(sized(6, 20, &[bytes])), &expected);
    let pieces: Vec<&[u8]> = bytes.chunks(7_001).collect();
    same(&all(sized(6, 20, &pieces)), &expected);
}

/// Guards floods that are wholly left out but for their end, in each state that could matter.
#[test]
fn plain_floods() {
    let lines = |count: usize| -> String { (0..count).map(|n| format!("line {n}\r\n")).collect() };
    let many = lines(30_000);
    assert!(many.len() > MAX_PENDING);
    check(many.as_bytes());
    check(format!("\x1b[?1049h\x1b[31;44m{many}").as_bytes());
    let lines = lines(2_500);
    for before in [
        &b""[..],
        b"abc",
        b"\x1b[31;44m",
        b"\x1b[4h",
        b"\x1b(0",
        b"\x0e",
        b"\x1b[?7l",
        b"\x1b[?1049h",
        b"\x1b[2;4r",
        b"\x1b[1;4r",
        b"\x1b[?6h",
        b"\x1b7\x1b[3;3H",
        b"\x1b[20h",
        b"\x1b]8;;http://x\x07",
        b"\x1b[3g\x1b[1;5H\x1bH",
        b"\xe6\x9d",
        b"\x1b[3",
    ] {
        check(&[before, lines.as_bytes(), b"tail"].concat());
    }
    // Without a carriage return, with bare line ends alone, and in long lines.
    check(lines.replace('\r', "").as_bytes());
    check(lines.replace("0\r\n", "0\n").as_bytes());
    check(lines.replace("\r\n", "\n\r").as_bytes());
    check("\n".repeat(3_000).as_bytes());
    check(format!("z{}", " \r\n".repeat(3_000)).as_bytes());
    check("wörter 東京 e\u{301} ".repeat(1_500).as_bytes());
}

/// Guards coloured floods: the rendition is that of the last sequences left out.
#[test]
fn coloured_floods() {
    let line = |n: usize| {
        let colour = n % 300;
        match n % 5 {
            0 => format!("\x1b[0m\x1b[38;5;{colour}mword\x1b[K\r\n"),
            1 => format!("\x1b[1mbold {n}\x1b[22m\r\n"),
            2 => format!("\x1b[4{}m{n}\x1b[K\r\n", n % 8),
            3 => format!("plain {n}\t\x08\r\n"),
            _ => "\u{301}\x1b[58:2::1:2:3;4:3mx\r\n".to_owned(),
        }
    };
    let lines = |count: usize| -> String { (0..count).map(line).collect() };
    let many = lines(20_000);
    assert!(many.len() > MAX_PENDING);
    check(many.as_bytes());
    check(lines(3_000).replace("\x1b[0m", "").as_bytes());
}

/// Guards that the shortcut is in force: a flood's text is not kept waiting beyond the bound.
#[test]
fn a_flood_ends_in_its_last_rows() {
    let bytes = "y\r\n".repeat(1_000_000);
    let view = sized(24, 80, &[bytes.as_bytes()]).snapshot(usize::MAX);
    assert_eq!(view.scrollback.len(), MAX_SCROLLBACK_ROWS);
    assert_eq!(view.offset, 3_000_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Guards that anything before, between and behind floods gives what an emulator gives that
    /// was shown everything.
    #[test]
    fn as_if_shown_everything(
        (before, _) in cut_stream(),
        (line, _) in cut_stream(),
        (behind, _) in cut_stream(),
        repeated in 1_100_usize..2_500,
        size in prop::sample::select(vec![1, 500, 7_001, 100_000, usize::MAX]),
        plain in any::<bool>(),
    ) {
        let mut line = line;
        if plain {
            line.retain(|byte| !matches!(byte, 0x1B | 0x0E | 0x0F));
        }
        line.truncate(60);
        line.extend_from_slice(b"\r\n");
        let bytes = [before, line.repeat(repeated), behind].concat();
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        same(&all(sized(5, 9, &pieces)), &all(shown_everything(5, 9, &bytes)));
    }
}
