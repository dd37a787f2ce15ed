//! Key names, and the bytes that keys send.

use proptest::prelude::*;
use rejoinder_ansi::{Key, KeyCode, KeyModes, ModeTracker, Paste};

fn modes(application_cursor: bool, application_keypad: bool, kitty_flags: u8) -> KeyModes {
    let mut modes = KeyModes::default();
    modes.application_cursor = application_cursor;
    modes.application_keypad = application_keypad;
    modes.kitty_flags = kitty_flags;
    modes
}

#[track_caller]
fn check(modes: KeyModes, cases: &[(&str, &str)]) {
    for (name, want) in cases {
        let key: Key = name.parse().unwrap_or_else(|error| panic!("{error}"));
        let got = key
            .to_bytes(modes)
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            got.escape_ascii().to_string(),
            want.as_bytes().escape_ascii().to_string(),
            "{name}"
        );
    }
}

#[test]
fn classic_bytes_are_those_of_xterm() {
    check(
        KeyModes::default(),
        &[
            ("a", "a"),
            ("A", "A"),
            ("é", "é"),
            ("東", "東"),
            ("-", "-"),
            ("^", "^"),
            ("+", "+"),
            (" ", " "),
            ("Enter", "\r"),
            ("Escape", "\x1b"),
            ("Tab", "\t"),
            ("BTab", "\x1b[Z"),
            ("S-Tab", "\x1b[Z"),
            ("Space", " "),
            ("BSpace", "\x7f"),
            ("Up", "\x1b[A"),
            ("Down", "\x1b[B"),
            ("Right", "\x1b[C"),
            ("Left", "\x1b[D"),
            ("Home", "\x1b[H"),
            ("End", "\x1b[F"),
            ("IC", "\x1b[2~"),
            ("Insert", "\x1b[2~"),
            ("DC", "\x1b[3~"),
            ("Delete", "\x1b[3~"),
            ("PageUp", "\x1b[5~"),
            ("PgUp", "\x1b[5~"),
            ("PPage", "\x1b[5~"),
            ("PageDown", "\x1b[6~"),
            ("PgDn", "\x1b[6~"),
            ("NPage", "\x1b[6~"),
            ("F1", "\x1bOP"),
            ("F2", "\x1bOQ"),
            ("F3", "\x1bOR"),
            ("F4", "\x1bOS"),
            ("F5", "\x1b[15~"),
            ("F6", "\x1b[17~"),
            ("F7", "\x1b[18~"),
            ("F8", "\x1b[19~"),
            ("F9", "\x1b[20~"),
            ("F10", "\x1b[21~"),
            ("F11", "\x1b[23~"),
            ("F12", "\x1b[24~"),
            // terminfo xterm-256color, kf13 to kf20.
            ("F13", "\x1b[1;2P"),
            ("F14", "\x1b[1;2Q"),
            ("F15", "\x1b[1;2R"),
            ("F16", "\x1b[1;2S"),
            ("F17", "\x1b[15;2~"),
            ("F18", "\x1b[17;2~"),
            ("F19", "\x1b[18;2~"),
            ("F20", "\x1b[19;2~"),
            ("KP0", "0"),
            ("KP9", "9"),
            ("KP.", "."),
            ("KP/", "/"),
            ("KP*", "*"),
            ("KP-", "-"),
            ("KP+", "+"),
            ("KPEnter", "\r"),
        ],
    );
}

#[test]
fn control_meta_and_shift_change_them() {
    check(
        KeyModes::default(),
        &[
            ("C-a", "\x01"),
            ("C-c", "\x03"),
            ("C-C", "\x03"),
            ("^c", "\x03"),
            ("^C", "\x03"),
            ("C-z", "\x1a"),
            ("C-Space", "\0"),
            ("C-@", "\0"),
            ("C-[", "\x1b"),
            ("^[", "\x1b"),
            ("C-\\", "\x1c"),
            ("C-]", "\x1d"),
            ("C-^", "\x1e"),
            ("^^", "\x1e"),
            ("C-_", "\x1f"),
            ("C-/", "\x1f"),
            ("C-?", "\x7f"),
            ("C-2", "\0"),
            ("C-3", "\x1b"),
            ("C-8", "\x7f"),
            ("C-BSpace", "\x08"),
            ("M-x", "\x1bx"),
            ("M-X", "\x1bX"),
            ("M-é", "\x1bé"),
            ("C-M-x", "\x1b\x18"),
            ("M-C-x", "\x1b\x18"),
            ("M-^x", "\x1b\x18"),
            ("M-Enter", "\x1b\r"),
            ("M-BSpace", "\x1b\x7f"),
            ("M-Tab", "\x1b\t"),
            ("M-S-Tab", "\x1b\x1b[Z"),
            ("M-Escape", "\x1b\x1b"),
            ("M-KP1", "\x1b1"),
            ("M--", "\x1b-"),
            ("S-a", "A"),
            ("S-é", "É"),
            ("M-S-a", "\x1bA"),
            ("S-Up", "\x1b[1;2A"),
            ("M-Up", "\x1b[1;3A"),
            ("M-S-Up", "\x1b[1;4A"),
            ("C-Up", "\x1b[1;5A"),
            ("C-S-Up", "\x1b[1;6A"),
            ("C-M-Up", "\x1b[1;7A"),
            ("C-M-S-Left", "\x1b[1;8D"),
            ("C-Home", "\x1b[1;5H"),
            ("S-End", "\x1b[1;2F"),
            ("C-DC", "\x1b[3;5~"),
            ("S-PageUp", "\x1b[5;2~"),
            ("S-F1", "\x1b[1;2P"),
            ("C-F5", "\x1b[15;5~"),
            ("C-F13", "\x1b[1;6P"),
        ],
    );
}

#[test]
fn names_are_read_as_people_write_them() {
    check(
        KeyModes::default(),
        &[
            ("enter", "\r"),
            ("RETURN", "\r"),
            ("esc", "\x1b"),
            ("Backspace", "\x7f"),
            ("Del", "\x1b[3~"),
            ("Ins", "\x1b[2~"),
            ("ArrowUp", "\x1b[A"),
            ("f1", "\x1bOP"),
            ("btab", "\x1b[Z"),
            ("Ctrl-C", "\x03"),
            ("ctrl+c", "\x03"),
            ("Control-c", "\x03"),
            ("Alt-x", "\x1bx"),
            ("Meta+x", "\x1bx"),
            ("Ctrl+Alt+Left", "\x1b[1;7D"),
            ("Shift-Tab", "\x1b[Z"),
            ("c-m-s-left", "\x1b[1;8D"),
        ],
    );
}

#[test]
fn application_modes_are_followed() {
    check(
        modes(true, false, 0),
        &[
            ("Up", "\x1bOA"),
            ("Home", "\x1bOH"),
            ("End", "\x1bOF"),
            ("C-Up", "\x1b[1;5A"),
            ("PageUp", "\x1b[5~"),
            ("KP1", "1"),
        ],
    );
    check(
        modes(false, true, 0),
        &[
            ("Up", "\x1b[A"),
            ("KP0", "\x1bOp"),
            ("KP9", "\x1bOy"),
            ("KP.", "\x1bOn"),
            ("KP/", "\x1bOo"),
            ("KP*", "\x1bOj"),
            ("KP-", "\x1bOm"),
            ("KP+", "\x1bOk"),
            ("KPEnter", "\x1bOM"),
            ("1", "1"),
        ],
    );
}

#[test]
fn the_kitty_protocol_tells_apart_what_the_classic_encoding_cannot() {
    for flags in [1, 0b11, 0b1_0001] {
        check(
            modes(true, false, flags),
            &[
                ("a", "a"),
                ("A", "A"),
                ("Enter", "\r"),
                ("Tab", "\t"),
                ("BSpace", "\x7f"),
                ("Space", " "),
                ("Escape", "\x1b[27u"),
                ("S-Enter", "\x1b[13;2u"),
                ("C-Enter", "\x1b[13;5u"),
                ("C-Tab", "\x1b[9;5u"),
                ("BTab", "\x1b[9;2u"),
                ("C-BSpace", "\x1b[127;5u"),
                ("C-c", "\x1b[99;5u"),
                ("C-S-c", "\x1b[99;6u"),
                ("C-;", "\x1b[59;5u"),
                ("M-a", "\x1b[97;3u"),
                ("M-A", "\x1b[97;4u"),
                ("C-Space", "\x1b[32;5u"),
                ("Up", "\x1b[A"),
                ("C-Up", "\x1b[1;5A"),
                ("F1", "\x1b[P"),
                ("F3", "\x1b[13~"),
                ("C-F3", "\x1b[13;5~"),
                ("F5", "\x1b[15~"),
                ("F13", "\x1b[57376u"),
                ("S-F14", "\x1b[57377;2u"),
                ("PageUp", "\x1b[5~"),
                ("KP1", "1"),
                ("KPEnter", "\x1b[57414u"),
                ("C-KP1", "\x1b[57400;5u"),
            ],
        );
    }
    // Other flags ask for what a press without them says as well.
    check(
        modes(false, false, 0b1_0110),
        &[("C-c", "\x03"), ("Escape", "\x1b"), ("F3", "\x1bOR")],
    );
}

#[test]
fn keys_without_bytes_of_their_own_are_refused() {
    for name in [
        "S-Enter", "C-Enter", "C-Tab", "C-Escape", "S-BSpace", "C-;", "C-é", "C-S-a", "C-KP1",
        "S-F13", "C-M-;", "S-Space",
    ] {
        let key: Key = name.parse().unwrap();
        let mut out = b"kept".to_vec();
        let error = key.encode(KeyModes::default(), &mut out).unwrap_err();
        assert_eq!(out, b"kept", "{name}");
        assert_eq!(error.name(), name);
        assert!(
            error.to_string().contains("kitty keyboard protocol"),
            "{error}"
        );
    }
}

#[test]
fn errors_say_what_is_wrong_and_what_was_meant() {
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "",
            "a key name is empty; write one character (`a`) or a name (`Enter`, `C-c`, `F5`)",
            &[],
        ),
        (
            "Entre",
            "`Entre` is not a key; did you mean `Enter`?",
            &["Enter"],
        ),
        (
            "C-pagup",
            "`C-pagup` is not a key; did you mean `PageUp` or `PgUp`?",
            &["PageUp", "PgUp"],
        ),
        (
            "C-",
            "`C-` is a modifier without a key; write for example `C-c`",
            &[],
        ),
        (
            "Ctrl+M-",
            "`Ctrl+M-` is a modifier without a key; write for example `C-c`",
            &[],
        ),
        (
            "S-1",
            "`S-1`: what shift makes of `1` depends on the keyboard; write the character that is meant",
            &[],
        ),
        (
            "ls -l\u{202e}",
            "`ls -l\\u{202e}` is not a key; a key is one character (`a`), a name (`Enter`, `PageUp`, `F5`) \
             or one of these with modifiers (`C-c`, `M-Left`), and text is sent as text",
            &[],
        ),
    ];
    for (name, want, suggestions) in cases {
        let error = name.parse::<Key>().unwrap_err();
        assert_eq!(error.to_string(), *want);
        assert_eq!(error.suggestions(), *suggestions, "{name}");
        assert_eq!(error.name(), *name);
    }
    for name in ["F0", "F21", "F01", "F+1", "F1.", "KP", "ß ", "C-ab", "^ab"] {
        assert!(name.parse::<Key>().is_err(), "{name}");
    }
}

#[test]
fn code_and_modifiers_are_told() {
    let key: Key = "C-M-F5".parse().unwrap();
    assert_eq!(key.code(), KeyCode::Function(5));
    assert!(key.modifiers().ctrl && key.modifiers().alt && !key.modifiers().shift);
}

proptest! {
    /// Guards that no name panics, and that a key is shown by a name that means the same key.
    #[test]
    fn a_shown_key_is_parsed_again(
        modifiers in "(C-|M-|S-|Ctrl\\+|\\^){0,3}",
        name in prop_oneof!["[A-Za-z]{1,9}", "F[0-9]{1,2}", "KP.", "\\PC", prop::sample::select(vec![
            "Enter", "Tab", "BTab", "Space", "BSpace", "Up", "Home", "PPage", "IC", "DC", "KPEnter", "Esc",
        ]).prop_map(str::to_owned)],
        flags in 0u8..32,
    ) {
        if let Ok(key) = format!("{modifiers}{name}").parse::<Key>() {
            prop_assert_eq!(key.to_string().parse::<Key>(), Ok(key));
            let kitty = key.to_bytes(modes(false, false, flags));
            if let Ok(bytes) = key.to_bytes(KeyModes::default()) {
                prop_assert!(!bytes.is_empty() && kitty.is_ok());
            }
        }
    }

    /// Guards that nothing in a paste can end it or act: no control characters but tab and line
    /// ends are left, all other text is.
    #[test]
    fn a_paste_ends_where_it_ends(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "\x1b[201~", "\x1b[20", "1~", "~", "\x1b[", "\u{9b}201~", "\u{9b}", "Û201~",
            "201~", "text\n", "\x1b[200~", "é", "\t", "\r", "\x03", "\x7f", "\0",
        ]), 0..12)
    ) {
        let text = pieces.concat();
        let paste = Paste::new(&text);
        let mut pasted = Vec::new();
        paste.bracketed(&mut pasted);
        let inner = pasted.strip_prefix(b"\x1b[200~").unwrap().strip_suffix(b"\x1b[201~").unwrap();
        prop_assert_eq!(inner, paste.text().as_bytes());
        let acts = |c: char| c.is_control() && !"\t\n\r".contains(c);
        prop_assert!(!paste.text().contains(acts), "{:?}", paste.text());
        let mut expected = text.clone();
        while let Some((at, mark)) = ["\x1b[201~", "\u{9b}201~"].iter()
            .filter_map(|mark| Some((expected.find(mark)?, mark))).min()
        {
            expected.replace_range(at..at + mark.len(), "");
        }
        expected.retain(|c| !acts(c));
        prop_assert_eq!(paste.text(), &expected);
        prop_assert_eq!(paste.left_out(), text.chars().count() - expected.chars().count());
    }
}

#[test]
fn what_could_act_is_taken_out_of_a_paste() {
    let cases = [
        ("", "", 0),
        ("two\n\tlines\r\n", "two\n\tlines\r\n", 0),
        ("\x1b[31mred", "[31mred", 1),
        ("a\x1b[201~rm -rf /\n", "arm -rf /\n", 6),
        ("a\x1b[20\x1b[201~1~b", "ab", 12),
        ("a\u{9b}201~b", "ab", 5),
        ("a\x03b\x1ac\x13d\x04e\x7ff\0g\u{85}h", "abcdefgh", 7),
        // The last byte of a character is no control.
        ("aÛ201~b", "aÛ201~b", 0),
    ];
    for (text, want, left_out) in cases {
        let paste = Paste::new(text);
        assert_eq!(
            (paste.text(), paste.left_out()),
            (want, left_out),
            "{text:?}"
        );
    }
}

/// Every line of the table: a program prints the first column, the key of the second is pressed,
/// and the terminal sends the third; `-` where it has no bytes for the key.
#[test]
fn keys_follow_what_the_program_asked_for() {
    let table = include_str!("../../../../tests/data/ansi/keys.tsv");
    let mut checked = 0;
    for line in table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let columns: Vec<&str> = line.split('\t').collect();
        let [printed, name, want] = columns[..] else {
            panic!("not three columns: {line}");
        };
        let mut modes = ModeTracker::new();
        modes.push(unescape(printed).as_bytes());
        let key: Key = name
            .parse()
            .unwrap_or_else(|error| panic!("{line}: {error}"));
        let got = key.to_bytes(modes.key_modes());
        let got = got.map_or("-".to_owned(), |bytes| bytes.escape_ascii().to_string());
        let want = if want == "-" {
            want.to_owned()
        } else {
            unescape(want).as_bytes().escape_ascii().to_string()
        };
        assert_eq!(got, want, "{line}");
        checked += 1;
    }
    assert!(checked > 100, "{checked} lines");
}

/// `\e` is ESC, `\r` and `\t` are those, `\xHH` is any byte below 0x80.
fn unescape(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (character, rest) = match part.as_bytes()[0] {
            b'e' => ('\x1b', &part[1..]),
            b'r' => ('\r', &part[1..]),
            b't' => ('\t', &part[1..]),
            b'x' => (
                char::from(u8::from_str_radix(&part[1..3], 16).unwrap()),
                &part[3..],
            ),
            _ => panic!("unknown escape: {text}"),
        };
        out.push(character);
        out.push_str(rest);
    }
    out
}
