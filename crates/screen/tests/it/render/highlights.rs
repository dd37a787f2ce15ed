//! What stands out on the screens of real programs.

use super::screens::{any_snapshot, recorded, screen};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use rejoinder_screen::Snapshot;
use rejoinder_screen::render::highlights;

#[track_caller]
fn check(snapshot: &Snapshot, want: &Expect) {
    let told: Vec<String> = highlights(snapshot)
        .iter()
        .map(|told| format!("{},{} {:?}\n", told.row, told.col, told.text))
        .collect();
    want.assert_eq(&told.concat());
}

/// Guards menus and dialogues: the chosen entry and the button that Enter presses.
#[test]
fn menus() {
    check(
        &recorded("whiptail", 24, 80),
        &expect![[r#"
        8,27 "repair  Repair it"
    "#]],
    );
    check(
        &recorded("whiptail-yesno", 24, 80),
        &expect![[r#"
        14,29 "<Yes>"
    "#]],
    );
    check(
        &recorded("whiptail-inputbox", 24, 80),
        &expect![[r#"
        10,22 "defaultabc__________________________"
    "#]],
    );
    check(
        &recorded("dialog", 24, 80),
        &expect![[r#"
        8,25 "repair  Repair it"
        17,26 "<  OK  >"
    "#]],
    );
    check(
        &recorded("dialog-checklist", 24, 80),
        &expect![[r#"
            8,30 "[ ] two  Second"
            17,26 "<  OK  >"
        "#]],
    );
}

/// Guards that bars of keys are told from what is chosen.
#[test]
fn full_screen_programs() {
    check(
        &recorded("mc", 24, 80),
        &expect![[r#"
        1,3 "~"
        5,1 "/.config  │  4096│Nov 20 17:35"
    "#]],
    );
    check(
        &recorded("htop", 40, 120),
        &expect![[r#"
            6,2 "[Main]"
            6,9 "[I/O]"
            7,0 "PID USER  PRI  NI  VIRT  RES  SHR S  CPU%▽MEM%  TIME+  Command"
            9,0 "6 root  20  0  2920  1792  1684 S  0.0  0.0  0:00.00 sleep 600"
        "#]],
    );
    check(
        &recorded("less", 24, 80),
        &expect![[r#"
        23,0 "lines.txt"
    "#]],
    );
    check(
        &recorded("man", 24, 80),
        &expect![[r#"
        23,0 "Manual page whiptail(1) line 1 (press h for help or q to quit)"
    "#]],
    );
    check(
        &recorded("nano", 24, 80),
        &expect![[r#"
        0,0 "GNU nano 7.2  numbers.txt"
    "#]],
    );
    check(&recorded("vim", 24, 80), &expect![[""]]);
    check(
        &recorded("tmux", 24, 80),
        &expect![[r#"
        23,0 "[0] 0:bash*  \"demo\" 17:31 20-Nov-26"
    "#]],
    );
    check(
        &recorded("top", 24, 80),
        &expect![[r#"
        6,0 "PID USER  PR  NI  VIRT  RES  SHR S  %CPU  %MEM  TIME+ COMMAND"
    "#]],
    );
}

/// Guards each sentence of the definition.
#[test]
fn definition() {
    // Reverse video, on one row or two.
    check(
        &screen(4, 20, "one\r\n\x1b[7mtwo\x1b[m\r\nthree"),
        &expect![[r#"
        1,0 "two"
    "#]],
    );
    check(
        &screen(4, 9, "a\r\n\x1b[7mb   \r\nc   \x1b[m"),
        &expect![[r#"
        1,0 "b"
        2,0 "c"
    "#]],
    );
    // A box of three rows is no highlight, a blank patch neither.
    check(&screen(4, 9, "\x1b[44ma  \r\nb  \r\nc  "), &expect![[""]]);
    check(&screen(4, 9, "a\r\n\x1b[7m   \x1b[m"), &expect![[""]]);
    // The default background inside of a coloured box.
    check(
        &screen(5, 9, "\x1b[44m\x1b[2J\x1b[3;3H\x1b[49mfield\x1b[m"),
        &expect![[r#"
            2,2 "field"
        "#]],
    );
    // Colour alone says nothing.
    check(&screen(2, 9, "\x1b[31mred\x1b[m x"), &expect![[""]]);
    // One entry of two colours, and one in two parts.
    check(
        &screen(
            4,
            30,
            "\r\nx \x1b[41mI\x1b[44mnstall \x1b[m\r\ny \x1b[44mtag\x1b[m  \x1b[44mtext\x1b[m",
        ),
        &expect![[r#"
            1,2 "Install"
            2,2 "tag  text"
        "#]],
    );
    // A bar, and stripes.
    let bar = "1\x1b[46mHelp\x1b[m2\x1b[46mMenu\x1b[m3\x1b[46mView\x1b[m";
    check(&screen(2, 30, bar), &expect![[""]]);
    let stripes = "a\r\n\x1b[46mb\x1b[m\r\n".repeat(6);
    check(&screen(14, 30, stripes), &expect![[""]]);
}

/// Guards that a title bar is told only where it is all there is.
#[test]
fn title_bars() {
    let bar = "\x1b[7mtitle     \x1b[m";
    check(
        &screen(4, 10, bar),
        &expect![[r#"
        0,0 "title"
    "#]],
    );
    check(
        &screen(4, 10, format!("{bar}\r\nx\x1b[7mentry\x1b[m")),
        &expect![[r#"
        1,1 "entry"
    "#]],
    );
}

proptest! {
    /// Guards the limits, and that no snapshot breaks it.
    #[test]
    fn any_snapshot_has_few_highlights(snapshot in any_snapshot()) {
        let told = highlights(&snapshot);
        prop_assert!(told.len() <= 8);
        for highlight in told {
            let row = &snapshot.rows[usize::from(highlight.row)];
            prop_assert!(usize::from(highlight.col) < row.cells.len());
            prop_assert!(!highlight.text.is_empty());
        }
    }
}
