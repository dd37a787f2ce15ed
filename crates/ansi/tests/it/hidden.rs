//! Hidden characters: which are shown, which emoji stay whole, however the text is cut.

use crate::support::{chunks, stream};
use proptest::prelude::*;
use rejoinder_ansi::{Escaper, escape_hidden, escape_hidden_lossy};
use std::borrow::Cow;

fn escape_chunks(chunks: &[&[u8]]) -> String {
    let (mut escaper, mut shown) = (Escaper::new(), String::new());
    for chunk in chunks {
        escaper.push(chunk, &mut shown);
    }
    escaper.finish(&mut shown);
    shown
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (text, want) in cases {
        assert_eq!(escape_hidden(text), *want, "{}", text.escape_unicode());
        let single: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
        assert_eq!(escape_chunks(&single), *want, "{}", text.escape_unicode());
    }
}

#[track_caller]
fn check_unchanged(texts: &[&str]) {
    for text in texts {
        check(&[(text, text)]);
        assert!(
            matches!(escape_hidden(text), Cow::Borrowed(_)),
            "{}",
            text.escape_unicode()
        );
        assert!(matches!(
            escape_hidden_lossy(text.as_bytes()),
            Cow::Borrowed(_)
        ));
    }
}

#[test]
fn what_hides_or_reorders_text_is_shown() {
    check(&[
        (
            "\x1b[31mred\x07\r\x08\x0b\x7f\0",
            r"\x1b[31mred\x07\x0d\x08\x0b\x7f\x00",
        ),
        ("\u{80}\u{85}\u{9b}", r"\u{80}\u{85}\u{9b}"),
        // Trojan Source: the comment hides the code after it.
        (
            "/*\u{202e} } \u{2066}if (admin)\u{2069}",
            r"/*\u{202e} } \u{2066}if (admin)\u{2069}",
        ),
        (
            "\u{200e}\u{200f}\u{61c}\u{202a}\u{202b}\u{202c}\u{202d}",
            r"\u{200e}\u{200f}\u{61c}\u{202a}\u{202b}\u{202c}\u{202d}",
        ),
        (
            "a\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}b",
            r"a\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}b",
        ),
        (
            "\u{2028}\u{2029}\u{fff9}\u{3164}\u{34f}",
            r"\u{2028}\u{2029}\u{fff9}\u{3164}\u{34f}",
        ),
        // A message in tag characters.
        (
            "hi\u{e0068}\u{e0069}\u{e007f}",
            r"hi\u{e0068}\u{e0069}\u{e007f}",
        ),
        // A message in variation selectors, after an emoji as after a letter.
        (
            "😀\u{fe00}\u{e0158}\u{e01ef}",
            r"😀\u{fe00}\u{e0158}\u{e01ef}",
        ),
        ("a\u{fe0f}", r"a\u{fe0f}"),
    ]);
}

#[test]
fn what_is_visible_stays_and_is_borrowed() {
    check_unchanged(&[
        "",
        "plain\ttext\nin two lines",
        "naïve 東京 עברית العربية हिन्दी e\u{301}",
        // Spaces of other widths, private use, unassigned: visible as what they are.
        "a\u{a0}b\u{2003}c\u{3000}d\u{e000}e\u{378}f\u{fffd}",
    ]);
}

#[test]
fn emoji_stay_whole_where_nothing_can_hide_in_them() {
    check_unchanged(&[
        "❤\u{fe0f} ☎\u{fe0e} 😀 👍🏽",
        "👩\u{200d}👩\u{200d}👧\u{200d}👦",
        "🏳\u{fe0f}\u{200d}🌈 ❤\u{fe0f}\u{200d}🔥 👩🏽\u{200d}🚀",
        "1\u{fe0f}\u{20e3} #\u{fe0f}\u{20e3}",
        "🇩🇪",
    ]);
    check(&[
        // One selector at a time, and directly after the emoji.
        ("❤\u{fe0f}\u{fe0f}", "❤\u{fe0f}\\u{fe0f}"),
        ("❤\u{fe0e}\u{fe0f}", "❤\u{fe0e}\\u{fe0f}"),
        ("❤ \u{fe0f}", "❤ \\u{fe0f}"),
        // A joiner joins two emoji, or is shown.
        ("👩\u{200d}", r"👩\u{200d}"),
        ("👩\u{200d}a", r"👩\u{200d}a"),
        ("👩\u{200d}\u{200d}🚀", r"👩\u{200d}\u{200d}🚀"),
        ("a\u{200d}🚀", r"a\u{200d}🚀"),
        (
            "👩\u{200d}1\u{fe0f}\u{20e3}",
            "👩\\u{200d}1\u{fe0f}\u{20e3}",
        ),
        // No keycap, no selector.
        ("1\u{fe0f}", r"1\u{fe0f}"),
        ("12\u{fe0f}34", r"12\u{fe0f}34"),
        ("1\u{fe0e}\u{20e3}", "1\\u{fe0e}\u{20e3}"),
        ("🇩\u{200d}🇪", r"🇩\u{200d}🇪"),
        // Scotland's flag is made of tag characters.
        (
            "🏴\u{e0067}\u{e0062}\u{e007f}",
            r"🏴\u{e0067}\u{e0062}\u{e007f}",
        ),
    ]);
}

#[test]
fn malformed_utf8_is_replaced_one_for_each_maximal_subpart() {
    // The example of the Unicode Standard, table 3-8.
    let bytes = b"\x61\xf1\x80\x80\xe1\x80\xc2\x62\x80\x63\x80\xbf\x64";
    let want = "a\u{fffd}\u{fffd}\u{fffd}b\u{fffd}c\u{fffd}\u{fffd}d";
    assert_eq!(escape_hidden_lossy(bytes), want);
    assert_eq!(escape_chunks(&bytes.chunks(1).collect::<Vec<_>>()), want);
    assert_eq!(escape_hidden_lossy(b"\xff\x1b"), "\u{fffd}\\x1b");
}

#[test]
fn an_escaper_can_be_used_again() {
    let (mut escaper, mut shown) = (Escaper::new(), String::new());
    escaper.push("👩\u{200d}".as_bytes(), &mut shown);
    escaper.push(b"\xe2", &mut shown);
    escaper.finish(&mut shown);
    escaper.push("🚀\u{fe0f}".as_bytes(), &mut shown);
    escaper.finish(&mut shown);
    assert_eq!(shown, "👩\\u{200d}\u{fffd}🚀\u{fe0f}");
}

proptest! {
    /// Guards split-invariance, and that the three forms agree.
    #[test]
    fn the_chunks_do_not_matter(bytes in stream(), cut in 0usize..200) {
        let want = escape_hidden_lossy(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        prop_assert_eq!(&escape_hidden(&text), &want);
        for chunks in [vec![&bytes[..]], bytes.chunks(1).collect(), chunks(&bytes, &[cut.min(bytes.len())])] {
            prop_assert_eq!(&escape_chunks(&chunks), &want);
        }
    }

    /// Guards that only what belongs to emoji is left of what is hidden, and never two in a row.
    #[test]
    fn little_that_is_hidden_is_left(bytes in stream()) {
        let shown = escape_hidden_lossy(&bytes).into_owned();
        let is_left = |c: char| matches!(c, '\u{200d}' | '\u{fe0e}' | '\u{fe0f}');
        let mut before = ' ';
        for character in shown.chars() {
            let control = character.is_control() && !matches!(character, '\n' | '\t');
            let hidden = control || matches!(character, '\u{200b}' | '\u{202e}');
            prop_assert!(!hidden, "{}", shown.escape_unicode());
            let pair = before == '\u{fe0f}' && character == '\u{200d}';
            prop_assert!(pair || !(is_left(before) && is_left(character)), "{}", shown.escape_unicode());
            before = character;
        }
    }
}
