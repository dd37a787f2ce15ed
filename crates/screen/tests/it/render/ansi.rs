//! The screen as escape sequences: another terminal shows the same.

use super::screens::{any_snapshot, recorded, screen, snapshot, terminal};
use proptest::prelude::*;
use rejoinder_screen::render::ansi;
use rejoinder_screen::{Colour, CursorShape, Snapshot, Style, Underline};

#[track_caller]
fn check(original: &Snapshot) {
    let size = original.size;
    let bytes = ansi(original);
    let repainted = snapshot(&terminal(size.rows, size.cols, &bytes));
    for (number, (row, want)) in repainted.rows.iter().zip(&original.rows).enumerate() {
        for (col, (cell, want)) in row.cells.iter().zip(&want.cells).enumerate() {
            assert_eq!(
                cell,
                want,
                "{number},{col} of {:?}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }
    let settings = |snapshot: &Snapshot| {
        let rest = (snapshot.title.clone(), snapshot.alternate, snapshot.reverse);
        (snapshot.cursor, rest)
    };
    assert_eq!(settings(&repainted), settings(original));
}

/// Guards that the screens of real programs are painted as they were.
#[test]
fn recorded_screens() {
    for name in [
        "whiptail", "dialog", "mc", "less", "nano", "vim", "man", "top",
    ] {
        check(&recorded(name, 24, 80));
    }
    check(&recorded("htop", 40, 120));
}

/// Guards lines that wrap, wide characters at the edge, marks, colours and combinations of style.
#[test]
fn made_screens() {
    for bytes in [
        "",
        "a line that is too long for its row",
        "0123456789\r\n0123456789",
        "日本語の文字です",
        "012345678日",
        "e\u{301}\u{302}x👩\u{200d}🚀y",
        "\x1b[1;2mboth\x1b[22;1mbold\x1b[22;2mdim\x1b[22mnone",
        "\x1b[3;4;7;38;5;200;48;2;1;2;3mall\x1b[27mless\x1b[m \x1b[91;102mbright",
        "\x1b[44m\x1b[2J\x1b[5;3Hx\x1b[?25l",
        "\x1b[?1049h\x1b]2;title\x07text",
    ] {
        check(&screen(5, 10, bytes));
    }
}

/// Guards that a line that goes on in the next row stays one line, for copying and resizing.
#[test]
fn wrapped_lines() {
    let original = screen(3, 10, "a line that is too long");
    let repainted = screen(3, 10, ansi(&original));
    assert_eq!(repainted, original);
    assert!(repainted.rows[0].wrapped && repainted.rows[1].wrapped);
}

/// Guards that rows and cells beyond the size are not painted, where they would scroll the screen.
#[test]
fn cells_beyond_the_screen() {
    let mut original = screen(3, 6, "abcdef\r\nabc\r\nabc");
    original.size.rows = 2;
    original.size.cols = 4;
    let repainted = screen(2, 4, ansi(&original));
    let row = |text: &str| screen(1, 4, text).rows.remove(0);
    assert_eq!(repainted.rows, [row("abcd"), row("abc")]);
}

/// Guards what the reference terminal of these tests does not know.
#[test]
fn other_sequences() {
    let mut original = screen(1, 3, "abc");
    let style = &mut original.rows[0].cells[1].style;
    *style = Style {
        underline: Underline::Curly,
        underline_colour: Some(Colour::Indexed(3)),
        hidden: true,
        strikeout: true,
        ..Style::default()
    };
    original.rows[0].cells[2].link = Some("https://example.org/".into());
    original.reverse = true;
    original.cursor.shape = CursorShape::Bar;
    original.palette.indexed = vec![(4, (1, 2, 255))];
    original.palette.background = Some((16, 0, 0));
    expect_test::expect![[r#"\e[?5h\e]11;rgb:10/00/00\e\\e]4;4;rgb:01/02/ff\e\\e[m\e[H\e[2Ja\e[4:3;8;9;58:5:3mb\e[m\e]8;;https://example.org/\e\c\e]8;;\e\\e[6 q\e[1;3H"#]]
    .assert_eq(&String::from_utf8(ansi(&original)).unwrap().replace('\x1b', r"\e"));
}

proptest! {
    /// Guards that well-formed screens are painted exactly, whatever is on them.
    #[test]
    fn any_output(words in prop::collection::vec("[a-z日é]{1,9}|\x1b\\[[0-9]{1,2}(;[0-9]{1,2})?[mH]|[ \r\n]", 0..60)) {
        check(&screen(6, 20, words.concat()));
    }

    /// Guards that nothing in a cell, link or title becomes an escape sequence: the only control
    /// characters are those of the sequences that are meant.
    #[test]
    fn any_snapshot_is_painted(snapshot in any_snapshot()) {
        let painted = String::from_utf8(ansi(&snapshot)).unwrap();
        for (at, character) in painted.char_indices().filter(|(_, c)| c.is_control()) {
            let next = painted[at + character.len_utf8()..].chars().next();
            let meant = match character {
                '\r' => next == Some('\n'),
                '\n' => at > 0 && painted.as_bytes()[at - 1] == b'\r',
                '\x1b' => matches!(next, Some('[' | ']' | '\\')),
                _ => false,
            };
            prop_assert!(meant, "{character:?} at {at} of {painted:?}");
        }
    }
}
