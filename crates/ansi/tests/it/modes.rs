//! The mode tracker: which modes it follows, however the stream is cut.

use crate::support::{cut_stream, cuttings};
use proptest::prelude::*;
use rejoinder_ansi::{KeyModes, ModeTracker};

/// Everything that a tracker tells.
#[derive(Debug, PartialEq)]
struct Told {
    keys: KeyModes,
    paste: bool,
    alternate: bool,
    title: Option<String>,
}

fn told(modes: &ModeTracker) -> Told {
    assert_eq!(modes.kitty_flags(), modes.key_modes().kitty_flags);
    Told {
        keys: modes.key_modes(),
        paste: modes.bracketed_paste(),
        alternate: modes.alternate_screen(),
        title: modes.title().map(str::to_owned),
    }
}

fn track(chunks: &[&[u8]]) -> ModeTracker {
    let mut modes = ModeTracker::new();
    for chunk in chunks {
        modes.push(chunk);
    }
    modes
}

#[track_caller]
fn check(input: &str, test: impl Fn(&ModeTracker) -> bool) {
    for chunks in cuttings(input.as_bytes(), &[input.len() / 2]) {
        let modes = track(&chunks);
        assert!(test(&modes), "{}: {:?}", input.escape_debug(), told(&modes));
    }
}

#[test]
fn private_modes_are_set_and_reset() {
    let cursor = |modes: &ModeTracker| modes.key_modes().application_cursor;
    let keypad = |modes: &ModeTracker| modes.key_modes().application_keypad;
    check("", |modes| {
        told(modes) == told(&ModeTracker::new()) && !cursor(modes) && !keypad(modes)
    });
    check("text \x1b[?1h text", cursor);
    check("\x1b[?1h\x1b[?1l", |modes| !cursor(modes));
    check("\x1b[?25;1;2004h", |modes| {
        cursor(modes) && modes.bracketed_paste()
    });
    check("\x1b[?2004h\x1b[?2004l", |modes| !modes.bracketed_paste());
    check("\x1b=", keypad);
    check("\x1b=\x1b>", |modes| !keypad(modes));
    check("\x1b[?66h", keypad);
    check("\x1b[?66h\x1b[?66l", |modes| !keypad(modes));
    for mode in [47, 1047, 1049] {
        check(&format!("\x1b[?{mode}h"), ModeTracker::alternate_screen);
        check(&format!("\x1b[?{mode}h\x1b[?{mode}l"), |modes| {
            !modes.alternate_screen()
        });
    }
    // Not these: a public mode, another sequence, text, a sequence that is cut off or aborted.
    for other in [
        "\x1b[1h",
        "\x1b[?1r",
        "[?1h",
        "\x1b[?1",
        "\x1b[?1\x18h",
        "\x1b]0;[?1h\x07",
        "\x1b[?1$h",
    ] {
        check(other, |modes| !cursor(modes));
    }
}

#[test]
fn resets_reset() {
    let all = "\x1b[?1;66;2004;1049h\x1b[>1u\x1b]2;t\x07";
    check(&format!("{all}\x1bc"), |modes| {
        told(modes)
            == Told {
                title: Some("t".to_owned()),
                ..told(&ModeTracker::new())
            }
    });
    check(&format!("{all}\x1b[!p"), |modes| {
        let keys = modes.key_modes();
        !keys.application_cursor && !keys.application_keypad && modes.bracketed_paste()
    });
}

#[test]
fn kitty_flags_are_pushed_popped_and_set() {
    let flags = |want: u8| move |modes: &ModeTracker| modes.kitty_flags() == want;
    check("\x1b[>1u", flags(1));
    check("\x1b[>u", flags(0));
    check("\x1b[>1u\x1b[>5u", flags(5));
    check("\x1b[>1u\x1b[>5u\x1b[<u", flags(1));
    check("\x1b[>1u\x1b[>5u\x1b[<2u", flags(0));
    check("\x1b[>1u\x1b[<9u", flags(0));
    check("\x1b[>1u\x1b[=6u", flags(6));
    check("\x1b[>1u\x1b[=6;2u", flags(7));
    check("\x1b[>7u\x1b[=2;3u", flags(5));
    check("\x1b[=3;1u\x1b[>8u\x1b[<u", flags(3));
    check("\x1b[>1u\x1b[=6;9u", flags(1));
    check("\x1b[>255u", flags(31));
    // A query and the restored cursor are something else.
    check("\x1b[>1u\x1b[?u\x1b[u", flags(1));
    // Each screen has its own.
    check("\x1b[>1u\x1b[?1049h", flags(0));
    check("\x1b[>1u\x1b[?1049h\x1b[>3u", flags(3));
    check("\x1b[>1u\x1b[?1049h\x1b[>3u\x1b[?1049l", flags(1));
}

#[test]
fn the_title_is_followed() {
    let title = |want: Option<&'static str>| move |modes: &ModeTracker| modes.title() == want;
    check("\x1b]0;one\x07", title(Some("one")));
    check("\x1b]2;two\x1b\\", title(Some("two")));
    check("\x1b]2;a;b;;c\x07", title(Some("a;b;;c")));
    check("\x1b]2;naïve ✓\x07", title(Some("naïve ✓")));
    check("\x1b]2;one\x07\x1b]2;\x07", title(None));
    check(
        "\x1b]2;one\x07\x1b]1;icon\x07\x1b]7;file:///\x07\x1b]22;x\x07",
        title(Some("one")),
    );
    check(
        "\x1b]2;one\x07\x1b[22;2t\x1b]2;two\x07\x1b[23;2t",
        title(Some("one")),
    );
    check(
        "\x1b]2;one\x07\x1b[22;0;0t\x1b]2;two\x07\x1b[23;0;0t",
        title(Some("one")),
    );
    check(
        "\x1b]2;one\x07\x1b[22t\x1b]2;two\x07\x1b[23;1t",
        title(Some("two")),
    );
    check("\x1b]2;one\x07\x1b[23t", title(Some("one")));
}

proptest! {
    /// Guards split-invariance.
    #[test]
    fn the_chunks_do_not_matter((bytes, cuts) in cut_stream()) {
        let want = told(&track(&[&bytes]));
        for chunks in cuttings(&bytes, &cuts) {
            prop_assert_eq!(&told(&track(&chunks)), &want);
        }
    }
}
