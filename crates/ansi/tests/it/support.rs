//! Streams to test with, and ways to cut them.

use proptest::prelude::*;

/// Bytes that between them exercise every rule: text in one to four bytes, malformed UTF-8, every
/// kind of sequence whole, cut off and malformed, and control characters in between.
pub(crate) fn stream() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(fragment(), 0..24).prop_map(|fragments| fragments.concat())
}

fn fragment() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => "[a-z ]{1,12}".prop_map(String::into_bytes),
        // Longer than the windows that the fast path looks through.
        1 => "[a-z ]{60,140}".prop_map(String::into_bytes),
        3 => prop::sample::select(vec![
            "é", "ß", "ü", "\u{9b}", "\u{80}", "\u{9f}", "\u{a0}", "✓", "東京", "🚀", "e\u{301}",
            "\u{200b}", "\u{fe0f}", "❤\u{fe0f}", "👩\u{200d}🚀", "1\u{fe0f}\u{20e3}", "\u{202e}",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        6 => control_sequence(),
        2 => escape_sequence(),
        2 => control_string(),
        3 => prop::sample::select(b"\n\r\t\x08\x00\x07\x0b\x0c\x0e\x18\x1a\x1b\x7f".to_vec())
            .prop_map(|byte| vec![byte]),
        1 => prop::sample::select(b"\x80\x84\x90\x98\x9b\x9c\x9d\x9e\x9f\xa0\xbf\xc2\xc3\xe2\xf0\xff".to_vec())
            .prop_map(|byte| vec![byte]),
        1 => prop::collection::vec(any::<u8>(), 1..8),
    ]
}

fn control_sequence() -> impl Strategy<Value = Vec<u8>> {
    // Parameters mostly well-formed, then bytes that have no place in a sequence.
    let parameters = prop_oneof![
        6 => "(\\?|>|<|=)?([0-9]{1,3}(;[0-9]{0,3}){0,3})?[ !$]?",
        1 => "[0-?]{0,6}[ -/]{0,2}[0-9]?",
        1 => "[0-9;]{50,90}",
    ];
    let odd = prop_oneof![
        12 => Just(""), 1 => Just("\n"), 1 => Just("\x07"), 1 => Just("\x18"), 1 => Just("\x1b"),
        1 => Just("\x7f"), 1 => Just("é"), 1 => Just("\u{9b}"),
    ];
    let last = prop_oneof![
        5 => Just("m".to_owned()), 5 => "[ABCDEFGHJKLMPXabcdfhlrstu@`]", 1 => "[@-~]", 1 => Just(String::new()),
    ];
    (parameters, odd, last)
        .prop_map(|(parameters, odd, last)| format!("\x1b[{parameters}{odd}{last}").into_bytes())
}

fn escape_sequence() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof!["\x1b[ -/]{0,3}[0-~]?", "\x1b[78DEMc=>]"].prop_map(String::into_bytes)
}

fn control_string() -> impl Strategy<Value = Vec<u8>> {
    let introducer = prop::sample::select(vec!["]", "]0;", "]2;", "P", "X", "^", "_"]);
    let body = prop_oneof![
        "[a-z0-9;=]{0,12}",
        "[a-z]{70,90}",
        "[a-zé\u{9c}✓\u{7f}\n\u{7}]{0,6}"
    ];
    let end = prop::sample::select(vec!["\x07", "\x1b\\", "\x18", "\x1a", "\x1b[m", ""]);
    (introducer, body, end)
        .prop_map(|(introducer, body, end)| format!("\x1b{introducer}{body}{end}").into_bytes())
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
