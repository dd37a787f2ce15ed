//! Every limit, at the limit and past it.

use crate::support::cuttings;
use rejoinder_ansi::{
    C1, LineConfig, LineResolver, MAX_COLUMNS, MAX_CONTROL_SEQUENCE, MAX_CONTROL_STRING,
    MAX_KITTY_STACK, MAX_RECENT_LINES, MAX_TITLE, ModeTracker, StripConfig, Stripper, resolve,
};

fn strip(config: StripConfig, input: &[u8]) -> Vec<u8> {
    let results = cuttings(input, &[input.len() / 2, input.len() - 1]).map(|chunks| {
        let (mut stripper, mut out) = (Stripper::with_config(config), Vec::new());
        for chunk in chunks {
            stripper.strip(chunk, &mut out);
        }
        out
    });
    assert!(results.iter().all(|result| *result == results[0]));
    results.into_iter().next().unwrap()
}

fn filled(start: &str, len: usize, end: &str) -> Vec<u8> {
    let mut bytes = start.as_bytes().to_vec();
    bytes.resize(len, b'0');
    bytes.extend_from_slice(end.as_bytes());
    bytes
}

#[test]
fn a_control_sequence_ends_at_its_limit() {
    let config = StripConfig::default();
    let longest = filled("\x1b[", MAX_CONTROL_SEQUENCE - 1, "mtext");
    assert_eq!(strip(config, &longest), b"text");
    let endless = filled("\x1b[", MAX_CONTROL_SEQUENCE, "mtext");
    assert_eq!(strip(config, &endless), b"mtext");
    let escape = filled("\x1b", 1, &" ".repeat(MAX_CONTROL_SEQUENCE));
    assert_eq!(strip(config, &escape), b" ");
}

#[test]
fn a_control_string_ends_at_its_limit() {
    for introducer in ["\x1b]", "\x1bP", "\x1b_", "\x1b^", "\x1bX"] {
        let longest = filled(introducer, MAX_CONTROL_STRING - 2, "\x1b\\text");
        assert_eq!(strip(StripConfig::default(), &longest), b"text");
        let endless = filled(introducer, MAX_CONTROL_STRING, "text\x1b[mtext");
        assert_eq!(strip(StripConfig::default(), &endless), b"texttext");
    }
    let mut config = StripConfig::default();
    config.max_string = 5;
    assert_eq!(strip(config, b"\x1b]012\x07text"), b"text");
    assert_eq!(strip(config, b"\x1b]01\x07text"), b"text");
    // A control whose first byte was the last of the string is a control all the same.
    config.c1 = C1::Interpret;
    assert_eq!(strip(config, b"\x9d01\xc2\x9b31mtext"), b"text");
    // A limit that no introducer fits in is taken for the smallest one that does.
    config.max_string = 0;
    assert_eq!(strip(config, b"\x1b]012"), b"012");
}

#[test]
fn a_sequence_that_was_cut_leaves_nothing_behind() {
    let endless = filled("\x1b]2;", MAX_CONTROL_STRING, "\x1b[?1h");
    for chunks in cuttings(&endless, &[10, 20_000]) {
        let mut modes = ModeTracker::new();
        let mut lines = LineResolver::new();
        for chunk in chunks {
            modes.push(chunk);
            lines.push(chunk);
        }
        assert!(modes.key_modes().application_cursor);
        assert_eq!(modes.title(), None);
        assert_eq!(lines.finish(), "");
    }
}

#[test]
fn a_title_is_cut_between_characters() {
    let title = |text: &str| {
        let mut modes = ModeTracker::new();
        modes.push(format!("\x1b]2;{text}\x07").as_bytes());
        modes.title().unwrap_or_default().to_owned()
    };
    let longest = "x".repeat(MAX_TITLE);
    assert_eq!(title(&longest), longest);
    assert_eq!(title(&format!("{longest}y")), longest);
    assert_eq!(title(&format!("{}✓y", &longest[2..])), longest[2..]);
    let mut modes = ModeTracker::new();
    modes.push(&[b"\x1b]2;", &[0xFF; MAX_TITLE][..], b"\x07"].concat());
    let replaced = modes.title().unwrap();
    assert!(
        replaced.len() <= MAX_TITLE && replaced.chars().all(|character| character == '\u{FFFD}')
    );
}

#[test]
fn saved_titles_and_keyboard_states_are_limited() {
    let mut modes = ModeTracker::new();
    for n in 0..100 {
        modes.push(format!("\x1b]2;{n}\x07\x1b[22t").as_bytes());
    }
    modes.push(&b"\x1b[23t".repeat(100));
    assert_eq!(modes.title(), Some("90"));

    let mut modes = ModeTracker::new();
    for flags in (1..=31).cycle().take(100) {
        modes.push(format!("\x1b[>{flags}u").as_bytes());
    }
    let pop = |modes: &mut ModeTracker, count| modes.push(format!("\x1b[<{count}u").as_bytes());
    pop(&mut modes, MAX_KITTY_STACK);
    // The hundredth was 7, and sixteen are saved below it.
    assert_eq!(modes.kitty_flags(), 22);
    pop(&mut modes, 1);
    assert_eq!(modes.kitty_flags(), 0);
}

#[test]
fn lines_out_of_reach_are_settled() {
    let mut resolver = LineResolver::new();
    for n in 1..=MAX_RECENT_LINES + 2 {
        resolver.push(format!("{n}\n").as_bytes());
    }
    // The cursor's line is one of the recent ones.
    let mut settled = String::new();
    resolver.drain_settled(&mut settled);
    assert_eq!(settled, "1\n2\n3\n");
    resolver.push(b"\x1b[9999A*");
    let rest = resolver.finish();
    assert!(rest.starts_with("*\n5\n6\n"), "{}", &rest[..20]);
    assert!(rest.ends_with("\n514"), "{}", &rest[rest.len() - 20..]);
}

#[test]
fn settling_leaves_the_screen_where_it_is() {
    let mut config = LineConfig::default();
    config.rows = std::num::NonZeroU16::new(4);
    let mut resolver = LineResolver::with_config(config);
    (1..=600).for_each(|n| resolver.push(format!("{n}\n").as_bytes()));
    resolver.push(b"\x1b[H*\x1b[4H");
    let text = resolver.finish();
    assert!(
        text.ends_with("\n597\n*98\n599\n600\n"),
        "{}",
        &text[text.len() - 40..]
    );
    assert_eq!(text.lines().count(), 600);
}

#[test]
fn a_long_line_is_one_line_and_its_end_can_change() {
    let long = "0123456789".repeat(MAX_COLUMNS);
    assert_eq!(
        resolve(format!("{long}\nnext").as_bytes()),
        format!("{long}\nnext")
    );
    // Ten rows of 1024 columns: a carriage return goes back to the start of the last.
    let start = long.len() - MAX_COLUMNS;
    assert_eq!(
        resolve(format!("{long}\r*").as_bytes()),
        format!("{}*{}", &long[..start], &long[start + 1..])
    );
    assert_eq!(resolve(b"\x1b[60000G*").len(), MAX_COLUMNS);
    assert_eq!(resolve(b"\x1b[60000C*").len(), MAX_COLUMNS);
    assert_eq!(resolve(b"*\x1b[60000@"), "*");
    assert_eq!(resolve(b"*\r\x1b[60000@"), "");
    assert_eq!(resolve(b"*\x1b[60000b").len(), MAX_COLUMNS + 1);
}

#[test]
fn rows_are_limited_whatever_is_addressed() {
    assert_eq!(resolve(b"\x1b[60000;1H*"), format!("{}*", "\n".repeat(23)));
    assert_eq!(
        resolve(format!("\x1b[{MAX_RECENT_LINES};1H*").as_bytes())
            .lines()
            .count(),
        MAX_RECENT_LINES
    );
    let many = "*\x1b[512;1H\n".repeat(1000);
    let mut resolver = LineResolver::new();
    resolver.push(many.as_bytes());
    let mut settled = String::new();
    resolver.drain_settled(&mut settled);
    assert!(resolver.finish().lines().count() <= MAX_RECENT_LINES);
    // A region far below the last row that can be kept.
    let mut resolver = LineResolver::new();
    resolver.push("*\n".repeat(600).as_bytes());
    resolver.push(b"\x1b[2;500r\x1b[2;1H*\x1b[500T\x1b[500L\x1b[500;1H*");
    resolver.drain_settled(&mut settled);
    assert!(resolver.finish().lines().count() <= MAX_RECENT_LINES);
    // Larger sizes than these are taken for these.
    let mut config = LineConfig::default();
    config.cols = std::num::NonZeroU16::new(60_000);
    config.rows = std::num::NonZeroU16::new(60_000);
    let mut resolver = LineResolver::with_config(config);
    resolver.push(b"\x1b[60000;60000H*");
    let text = resolver.finish();
    assert_eq!(
        (text.lines().count(), text.len()),
        (
            MAX_RECENT_LINES,
            2 * MAX_RECENT_LINES - 1 + MAX_COLUMNS - MAX_RECENT_LINES
        )
    );
}

#[test]
fn the_alternate_screen_does_not_grow() {
    let mut resolver = LineResolver::new();
    resolver.push(b"\x1b[?1049h");
    for n in 0..100_000 {
        resolver.push(format!("{n}\r\n").as_bytes());
    }
    let text = resolver.finish();
    assert_eq!(text.lines().count(), 23);
    assert!(text.starts_with("99977\n"), "{text}");
}

#[test]
fn marks_in_one_place_are_limited() {
    let marks = "\u{301}".repeat(50);
    let want = format!("a{}b", &marks[..8 * 2]);
    assert_eq!(resolve(format!("a{marks}b").as_bytes()), want);
    assert_eq!(resolve(format!("x\ra{marks}b").as_bytes()), want);
}
