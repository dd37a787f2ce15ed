//! The scanner: which events it finds, however the stream is cut.

use crate::support::{cut_stream, cuttings};
use proptest::prelude::*;
use rejoinder_ansi::MAX_CONTROL_STRING;
use rejoinder_screen::{
    Event, EventKind, MAX_PARAMETER, MAX_PARAMETERS, MAX_STRING, MarkKind, Scanner,
};

fn scan(chunks: &[&[u8]]) -> Vec<Event> {
    let mut scanner = Scanner::new();
    let mut events = Vec::new();
    for chunk in chunks {
        scanner.push(chunk, &mut events);
    }
    let bytes: usize = chunks.iter().map(|chunk| chunk.len()).sum();
    assert_eq!(scanner.offset(), bytes as u64);
    events
}

/// `D ["1", "k=a"]`, or `cd host:/path`.
fn shown(event: &Event) -> String {
    match &event.kind {
        EventKind::Mark(mark) => {
            let kind = match mark.kind {
                MarkKind::PromptStart => 'A',
                MarkKind::PromptEnd => 'B',
                MarkKind::OutputStart => 'C',
                MarkKind::CommandEnd => 'D',
                MarkKind::CommandLine => 'E',
            };
            format!("{kind} {:?}", mark.parameters)
        }
        EventKind::Directory { host, path } => format!("cd {host}:{}", path.escape_ascii()),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check(input: &[u8], expected: &[&str]) {
    for chunks in cuttings(input, &[input.len() / 2]) {
        let events: Vec<String> = scan(&chunks).iter().map(shown).collect();
        assert_eq!(events, expected, "{}", input.escape_ascii());
    }
}

/// Guards that each mark is found with its parameters, under both ends of a string.
#[test]
fn marks() {
    check(b"\x1b]133;A\x07$ \x1b]133;B\x1b\\", &["A []", "B []"]);
    check(b"\x1b]133;C\x07", &["C []"]);
    check(b"\x1b]133;D;0;k=abc\x07", &[r#"D ["0", "k=abc"]"#]);
    check(b"\x1b]133;D;;x\x1b\\", &[r#"D ["", "x"]"#]);
    check(b"\x1b]133;A;cl=m;aid=1\x07", &[r#"A ["cl=m", "aid=1"]"#]);
    check(
        b"\x1b]633;E;ls\\x3b \\\\x;n\x07",
        &[r#"E ["ls; \\x", "n"]"#],
    );
    check("\x1b]633;E;é\x07".as_bytes(), &[r#"E ["é"]"#]);
    check(b"\x1b]133;D;\xff\x07", &["D [\"\u{fffd}\"]"]);
}

/// Guards that what only looks like a mark is none.
#[test]
fn no_marks() {
    check(b"\x1b]133;E;ls\x07", &[]);
    check(
        b"\x1b]133;AB\x07\x1b]133;L\x07\x1b]133\x07\x1b]133;\x07",
        &[],
    );
    check(
        b"\x1b]1337;A\x07\x1b]0;133;A\x07\x1bP133;A\x1b\\\x1b_133;A\x1b\\",
        &[],
    );
    // Broken off by CAN, SUB, another sequence; a string in 8-bit form.
    check(b"\x1b]133;A\x18\x07\x1b]133;A\x1a\x07\x1b]133;A\x1b[m", &[]);
    check(b"\xc2\x9d133;A\x07\x9d133;A\x07", &[]);
    check(b"\x1b]133;A\x1b]133;B\x07", &["B []"]);
    check(b"\x1b\x1b]133;A\x07", &["A []"]);
    check(b"\x1b[3\x1b]133;A\x07", &["A []"]);
}

/// Guards the three ways of telling the directory, with their encodings.
#[test]
fn directories() {
    check(b"\x1b]7;file://box/a%20b%2\x07", &["cd box:/a b%2"]);
    check(b"\x1b]7;file:///tmp%ff\x1b\\", &["cd :/tmp\\xff"]);
    check(b"\x1b]7;kitty-shell-cwd://box/a%20\x07", &["cd box:/a%20"]);
    check(b"\x1b]633;P;Cwd=/a\\x3bb\x07", &["cd :/a;b"]);
    check(
        b"\x1b]9;9;\"/mnt/c\"\x07\x1b]9;9;/x\x07",
        &["cd :/mnt/c", "cd :/x"],
    );
    check(
        b"\x1b]7;\x07\x1b]7;/tmp\x07\x1b]7;file:///a%00b\x07\x1b]9;4;1\x07",
        &[],
    );
    check(b"\x1b]633;P;IsWindows=False\x07", &[]);
}

/// Guards that events carry the offsets of the whole sequence.
#[test]
fn offsets() {
    for end in ["\x07", "\x1b\\"] {
        let input = format!("ab\x1b[3\x1b]133;A{end}c\x1b]7;file:///{end}");
        for chunks in cuttings(input.as_bytes(), &[9]) {
            let found: Vec<&str> = scan(&chunks)
                .iter()
                .map(|event| &input[event.start as usize..event.end as usize])
                .collect();
            let expected = [format!("\x1b]133;A{end}"), format!("\x1b]7;file:///{end}")];
            assert_eq!(found, expected);
        }
    }
}

/// Guards the limits: at them there is an event, past them none, and never a stuck scanner.
#[test]
fn limits() {
    let count = |body: String| {
        let input = format!("\x1b]{body}\x07\x1b]133;A\x07");
        let events = scan(&[input.as_bytes()]);
        assert_eq!(
            events,
            scan(&input.as_bytes().chunks(7).collect::<Vec<_>>())
        );
        events.len()
    };
    assert_eq!(count(format!("133;D;{}", "x".repeat(MAX_PARAMETER))), 2);
    assert_eq!(count(format!("133;D;{}", "x".repeat(MAX_PARAMETER + 1))), 1);
    assert_eq!(count(format!("133;D{}", ";".repeat(MAX_PARAMETERS))), 2);
    assert_eq!(count(format!("133;D{}", ";".repeat(MAX_PARAMETERS + 1))), 1);
    let path = |bytes: usize| format!("7;file:///{}", "x".repeat(bytes - 1));
    assert_eq!(count(path(MAX_PARAMETER)), 2);
    assert_eq!(count(path(MAX_PARAMETER + 1)), 1);
    let host = |bytes: usize| format!("7;file://{}/", "x".repeat(bytes));
    assert_eq!(count(host(255)), 2);
    assert_eq!(count(host(256)), 1);
    // An escape takes four bytes.
    let escaped = |bytes: usize| format!("633;E;{}", "\\x41".repeat(bytes));
    assert_eq!(count(escaped((MAX_STRING - 6) / 4)), 2);
    assert_eq!(count(escaped(MAX_STRING / 4 + 1)), 1);
    // A string without an end is text again where the stripper says so.
    assert_eq!(count("x".repeat(MAX_CONTROL_STRING - 3)), 1);
    let endless = format!("\x1b]133;A{}\x07", "x".repeat(MAX_CONTROL_STRING));
    assert!(scan(&[endless.as_bytes()]).is_empty());
}

/// Collects what `vte` takes for an operating system command.
#[derive(Default)]
struct Oracle(Vec<Vec<Vec<u8>>>);

impl vte::Perform for Oracle {
    fn osc_dispatch(&mut self, params: &[&[u8]], _: bool) {
        self.0
            .push(params.iter().map(|part| part.to_vec()).collect());
    }
}

proptest! {
    /// Guards that neither the events nor their offsets depend on the cuts.
    #[test]
    fn split_invariant((bytes, cuts) in cut_stream()) {
        let [whole, single, cut] = cuttings(&bytes, &cuts).map(|chunks| scan(&chunks));
        prop_assert_eq!(&whole, &single);
        prop_assert_eq!(&whole, &cut);
    }

    /// Guards that every mark told is a command that `vte` reads at that place, too.
    #[test]
    fn agrees_with_vte((bytes, _) in cut_stream()) {
        for event in scan(&[&bytes]) {
            let before = &bytes[..event.start as usize];
            let within = &bytes[event.start as usize..event.end as usize];
            prop_assert!(within.starts_with(b"\x1b]"));
            let mut oracle = Oracle::default();
            let mut parser = vte::Parser::new();
            parser.advance(&mut oracle, before);
            oracle.0.clear();
            // The ESC ends what came before, if that was a string.
            parser.advance(&mut oracle, &within[..1]);
            oracle.0.clear();
            parser.advance(&mut oracle, &within[1..]);
            prop_assert_eq!(oracle.0.len(), 1);
            let code: &[u8] = &oracle.0[0][0];
            prop_assert!(matches!(code, b"7" | b"9" | b"133" | b"633"));
        }
    }
}
