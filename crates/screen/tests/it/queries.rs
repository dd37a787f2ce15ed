//! Questions and answers: which there are, in what order, and what never comes back.

use crate::support::{cut_stream, cuttings, screen};
use proptest::prelude::*;

/// Feeds `input` in every cutting; the answers are always the same.
#[track_caller]
fn check(input: &str, expected: &str) {
    for chunks in cuttings(input.as_bytes(), &[input.len() / 2]) {
        let replies = screen(&chunks).take_replies();
        assert_eq!(
            replies.escape_ascii().to_string(),
            expected.as_bytes().escape_ascii().to_string(),
            "{}",
            input.escape_debug()
        );
    }
}

/// Guards the answers that depend on nothing.
#[test]
fn constant_answers() {
    for da1 in ["\x1b[c", "\x1b[0c", "\x1bZ"] {
        check(da1, "\x1b[?62;22c");
    }
    check("\x1b[>c\x1b[>0c", "\x1b[>1;276;0c\x1b[>1;276;0c");
    check("\x1b[=c", "\x1bP!|00000000\x1b\\");
    let version = format!("\x1bP>|Rejoinder({})\x1b\\", env!("CARGO_PKG_VERSION"));
    check("\x1b[>q", &version);
    check("\x1b[>0q", &version);
    check("\x1b[5n", "\x1b[0n");
    check(
        "\x1b[?15n\x1b[?25n\x1b[?26n",
        "\x1b[?13n\x1b[?21n\x1b[?27;1;0;0n",
    );
}

/// Guards that what has the final byte of a question but asks nothing is not answered.
#[test]
fn no_questions() {
    check(
        "\x1b[1c\x1b[?c\x1b[?62;22c\x1b[0n\x1b[3;4R\x1b[q\x1b[2 q\x1b[u\x1b[8;24;80t",
        "",
    );
    check(
        "\x1b]52;c;?\x07\x1b]0;?\x07\x1b]7;file:///\x07\x05\x1b[1$r",
        "",
    );
}

/// Guards the cursor's position: pending text is counted, and the origin is that of DECOM.
#[test]
fn positions() {
    check("\x1b[6n", "\x1b[1;1R");
    check("ab\r\ncd\x1b[6ne\x1b[?6n", "\x1b[2;3R\x1b[?2;4R");
    check("\x1b[5;10r\x1b[?6h\x1b[3;4H\x1b[6n", "\x1b[3;4R");
    // In the last column, with a wrap to come.
    check(&format!("{}\x1b[6n", "x".repeat(80)), "\x1b[1;80R");
}

/// Guards the states that DECRQM tells, ANSI and private, and what it says of unknown ones.
#[test]
fn modes() {
    check(
        "\x1b[4$p\x1b[4h\x1b[4$p\x1b[20$p\x1b[99$p",
        "\x1b[4;2$y\x1b[4;1$y\x1b[20;2$y\x1b[99;0$y",
    );
    check(
        "\x1b[?2004$p\x1b[?2004h\x1b[?2004$p",
        "\x1b[?2004;2$y\x1b[?2004;1$y",
    );
    check("\x1b[?25$p\x1b[?25l\x1b[?25$p", "\x1b[?25;1$y\x1b[?25;2$y");
    check("\x1b[?5$p\x1b[?5h\x1b[?5$p", "\x1b[?5;2$y\x1b[?5;1$y");
    check(
        "\x1b[?1049h\x1b[?1049$p\x1b[?47$p",
        "\x1b[?1049;1$y\x1b[?47;1$y",
    );
    check("\x1b[?2026$p\x1b[?4242$p", "\x1b[?2026;4$y\x1b[?4242;0$y");
    // The soft reset.
    check(
        "\x1b[?1h\x1b[4h\x1b[?25l\x1b[!p\x1b[?1$p\x1b[4$p\x1b[?25$p",
        "\x1b[?1;2$y\x1b[4;2$y\x1b[?25;1$y",
    );
}

/// Guards DECRQSS, valid and not.
#[test]
fn settings() {
    check("\x1bP$qm\x1b\\", "\x1bP1$r0m\x1b\\");
    check(
        "\x1b[1;3;4:3;38;5;200;48;2;1;2;3;58;5;7m\x1bP$qm\x1b\\",
        "\x1bP1$r0;1;3;4:3;38:5:200;48:2::1:2:3;58:5:7m\x1b\\",
    );
    check("\x1b[31;102m\x1bP$qm\x1b\\", "\x1bP1$r0;31;102m\x1b\\");
    check(
        "\x1bP$qr\x1b\\\x1b[3;7r\x1bP$qr\x1b\\",
        "\x1bP1$r1;24r\x1b\\\x1bP1$r3;7r\x1b\\",
    );
    check(
        "\x1bP$q q\x1b\\\x1b[5 q\x1bP$q q\x1b\\",
        "\x1bP1$r2 q\x1b\\\x1bP1$r5 q\x1b\\",
    );
    check(
        "\x1bP$q\"p\x1b\\\x1bP$q\"q\x1b\\",
        "\x1bP1$r62;1\"p\x1b\\\x1bP1$r0\"q\x1b\\",
    );
    check(
        "\x1bP$qt\x1b\\\x1bP$q$|\x1b\\",
        "\x1bP1$r24t\x1b\\\x1bP1$r80$|\x1b\\",
    );
    check("\x1bP$qrm -rf\x1b\\", "\x1bP0$r\x1b\\");
}

/// Guards XTGETTCAP: every name is answered, and an unknown one is not repeated.
#[test]
fn capabilities() {
    check(
        "\x1bP+q544e\x1b\\",
        "\x1bP1+r544E=787465726D2D323536636F6C6F72\x1b\\",
    );
    check(
        "\x1bP+q436f;6162\x1b\\",
        "\x1bP1+r436F=323536\x1b\\\x1bP0+r\x1b\\",
    );
}

/// Guards colours: the terminal's own, those a program set, and the end that the question had.
#[test]
fn colours() {
    check("\x1b]11;?\x07", "\x1b]11;rgb:0000/0000/0000\x07");
    check("\x1b]10;?\x1b\\", "\x1b]10;rgb:e5e5/e5e5/e5e5\x1b\\");
    check(
        "\x1b]11;#102030\x07\x1b]11;?\x07\x1b]111\x07\x1b]11;?\x07",
        "\x1b]11;rgb:1010/2020/3030\x07\x1b]11;rgb:0000/0000/0000\x07",
    );
    check(
        "\x1b]4;1;?;196;?\x07",
        "\x1b]4;1;rgb:cdcd/0000/0000\x07\x1b]4;196;rgb:ffff/0000/0000\x07",
    );
    check(
        "\x1b]4;1;rgb:12/34/56;1;?\x07",
        "\x1b]4;1;rgb:1212/3434/5656\x07",
    );
    check(
        "\x1b]10;?;?\x07",
        "\x1b]10;rgb:e5e5/e5e5/e5e5\x07\x1b]11;rgb:0000/0000/0000\x07",
    );
    check("\x1b]4;256;?\x07\x1b]4;x;?\x07\x1b]13;?\x07", "");
    check(
        "\x1b[?996n\x1b]11;#ffffff\x07\x1b[?996n",
        "\x1b[?997;1n\x1b[?997;2n",
    );
}

/// Guards the keyboard protocol's flags, on a stack for each screen.
#[test]
fn keyboard() {
    check(
        "\x1b[?u\x1b[>5u\x1b[?u\x1b[=2;2u\x1b[?u\x1b[<u\x1b[?u",
        "\x1b[?0u\x1b[?5u\x1b[?7u\x1b[?0u",
    );
    check(
        "\x1b[>1u\x1b[?1049h\x1b[?u\x1b[?1049l\x1b[?u",
        "\x1b[?0u\x1b[?1u",
    );
}

/// Guards the window's reports, and that the title is not among them.
#[test]
fn windows() {
    check(
        "\x1b[14t\x1b[16t\x1b[18t\x1b[19t",
        "\x1b[4;384;640t\x1b[6;16;8t\x1b[8;24;80t\x1b[9;24;80t",
    );
    check(
        "\x1b]2;reboot\x07\x1b]1;reboot\x07\x1b[20t\x1b[21t",
        "\x1b]L\x1b\\\x1b]l\x1b\\",
    );
}

/// Guards that answers come in the order of the questions, whoever needs the screen: DA1 is the
/// fence behind which fish and others expect nothing more.
#[test]
fn order() {
    check(
        "\x1b]11;?\x07\x1b[?u\x1b[>c\x1bP+q544e\x1b\\ab\x1b[6n\x1b[c",
        "\x1b]11;rgb:0000/0000/0000\x07\x1b[?0u\x1b[>1;276;0c\
         \x1bP1+r544E=787465726D2D323536636F6C6F72\x1b\\\x1b[1;3R\x1b[?62;22c",
    );
}

proptest! {
    /// Guards that answers do not depend on the cuts.
    #[test]
    fn split_invariant((bytes, cuts) in cut_stream()) {
        let [whole, single, cut] = cuttings(&bytes, &cuts).map(|chunks| screen(&chunks).take_replies());
        prop_assert_eq!(&whole, &single);
        prop_assert_eq!(&whole, &cut);
    }

    /// Guards that no answer carries text of the output: a word put everywhere in it never comes
    /// back, and no answer has a line end in it.
    #[test]
    fn never_content((bytes, _) in cut_stream()) {
        let mut input = Vec::new();
        for part in bytes.split_inclusive(|byte| matches!(byte, b'q' | b';' | b']')) {
            input.extend_from_slice(part);
            input.extend_from_slice(b"zzz");
        }
        let replies = screen(&[&input]).take_replies();
        prop_assert!(!replies.windows(3).any(|three| three == b"zzz" || three == b"7a7"));
        prop_assert!(!replies.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 3 | 4)));
    }
}
