//! Streams to test with, and ways to cut them.

use proptest::prelude::*;

/// Bytes that between them exercise every rule: text in one to four bytes, malformed UTF-8, every
/// kind of sequence whole, cut off and malformed, and control characters in between.
pub(crate) fn stream() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(fragment(), 0..24).prop_map(|fragments| fragments.concat())
}

fn fragment() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => "[a-z ]{1,30}".prop_map(String::into_bytes),
        2 => "\r?\n".prop_map(String::into_bytes),
        2 => prop::sample::select(vec!["é", "\u{9b}", "\u{9c}", "東京", "e\u{301}", "🚀", "❤\u{fe0f}"])
            .prop_map(|text| text.as_bytes().to_vec()),
        5 => control_sequence(),
        2 => "\x1b([78DEHMc=>]|[ -/]{0,2}[0-~]?)".prop_map(String::into_bytes),
        5 => control_string(),
        2 => prop::sample::select(b"\n\r\t\x08\x00\x07\x0e\x0f\x18\x1a\x1b\x7f".to_vec())
            .prop_map(|byte| vec![byte]),
        1 => prop::collection::vec(any::<u8>(), 1..6),
    ]
}

fn control_sequence() -> impl Strategy<Value = Vec<u8>> {
    let parameters = prop_oneof![
        6 => "[?>=]?([0-9]{1,2}(;[0-9]{0,3}){0,3})?[ !$]?",
        2 => "\\?(1|3|5|6|7|25|47|69|1047|1048|1049|2004)",
    ];
    let odd = prop_oneof![
        12 => Just(""), 1 => Just("\n"), 1 => Just("\x07"), 1 => Just("\x18"), 1 => Just("\x1b"),
        1 => Just("\x7f"), 1 => Just("é"),
    ];
    let last = prop_oneof![
        5 => Just("m".to_owned()), 8 => "[ABCDEFGHIJKLMPSTXZ@`abcdefghlmnpqrstu]",
        1 => "[@-~]", 1 => Just(String::new()),
    ];
    (parameters, odd, last)
        .prop_map(|(parameters, odd, last)| format!("\x1b[{parameters}{odd}{last}").into_bytes())
}

fn control_string() -> impl Strategy<Value = Vec<u8>> {
    let introduced = prop_oneof![
        6 => "\\](133|633);[A-F](;[a-z0-9=\\\\]{0,8}){0,3}",
        2 => "\\](7;file://[a-z]{0,4}/[a-z%0-9]{0,9}|9;9;[a-z/]{0,5}|633;P;Cwd=[a-z/\\\\x]{0,6})",
        3 => "\\](0|2|4;[0-9]|8;;|10|11|12|104|112);[a-z?#:/]{0,9}",
        2 => "P(\\$q|\\+q)[a-z\"0-9]{0,6}",
        2 => "[\\]PX_^][a-zé✓\u{9c}\n\u{7f}]{0,6}",
    ];
    let end = prop::sample::select(vec![
        "\x07", "\x07", "\x1b\\", "\x1b\\", "\x18", "\x1a", "\x1b[m", "\x1b", "",
    ]);
    (introduced, end).prop_map(|(body, end)| format!("\x1b{body}{end}").into_bytes())
}

/// A stream with the places to cut it at.
pub(crate) fn cut_stream() -> impl Strategy<Value = (Vec<u8>, Vec<usize>)> {
    stream().prop_flat_map(|bytes| {
        let len = bytes.len();
        (Just(bytes), prop::collection::vec(0..=len, 0..5))
    })
}

/// The chunks between cuts; empty ones among them.
pub(crate) fn chunks<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts = cuts.to_vec();
    cuts.sort_unstable();
    let mut from = 0;
    let mut chunks = Vec::new();
    for cut in cuts {
        chunks.push(&bytes[from..cut]);
        from = cut;
    }
    chunks.push(&bytes[from..]);
    chunks
}

/// The ways of cutting that every stream parser is tried with: whole, byte by byte, at `cuts`.
pub(crate) fn cuttings<'a>(bytes: &'a [u8], cuts: &[usize]) -> [Vec<&'a [u8]>; 3] {
    [vec![bytes], bytes.chunks(1).collect(), chunks(bytes, cuts)]
}
