//! What a reader holds back.

use crate::support::stream;
use proptest::prelude::*;
use rejoinder_ansi::{MAX_CONTROL_SEQUENCE, Stripper, incomplete_suffix};

#[test]
fn unfinished_ends_are_counted() {
    let cases: &[(&[u8], usize)] = &[
        (b"", 0),
        (b"done", 0),
        (b"done\x1b[0m", 0),
        (b"done\x1b", 1),
        (b"done\x1b[", 2),
        (b"done\x1b[38;5", 6),
        (b"done\x1b(", 2),
        (b"done\x1b]0;title", 9),
        (b"done\x1b]0;title\x1b", 1),
        (b"done\x1bPq\x07", 4),
        (b"\x1b[1\x1b[2", 3),
        (b"a\xe2\x9c", 2),
        (b"a\xe2\x9c\x93", 0),
        (b"a\xf0\x9f\x9a", 3),
        (b"a\xc2", 1),
        // These are not going to be characters.
        (b"a\xe2\x28", 0),
        (b"a\xe0\x80", 0),
        (b"a\x93", 0),
        (b"a\xff", 0),
    ];
    for (input, want) in cases {
        assert_eq!(incomplete_suffix(input), *want, "{}", input.escape_ascii());
    }
}

#[test]
fn what_is_held_back_is_bounded() {
    let mut input = b"x\x1b[".to_vec();
    input.resize(1 + MAX_CONTROL_SEQUENCE - 1, b'1');
    assert_eq!(incomplete_suffix(&input), MAX_CONTROL_SEQUENCE - 1);
    input.extend_from_slice(b"111");
    assert_eq!(incomplete_suffix(&input), 0);
}

proptest! {
    /// Guards the use it is made for: what is shown now, and what is held back together with what
    /// comes next, stripped each on its own, are the whole.
    #[test]
    fn both_sides_stand_on_their_own(bytes in stream(), next in stream()) {
        let kept = bytes.len() - incomplete_suffix(&bytes);
        let text = |bytes: &[u8]| {
            let (mut stripper, mut runs) = (Stripper::new(), Vec::new());
            stripper.strip_runs(bytes, |run| runs.push(run.text.to_vec()));
            stripper.finish_runs(|run| runs.push(run.text.to_vec()));
            runs.concat()
        };
        let whole = [&bytes[..], &next].concat();
        let parts = [text(&whole[..kept]), text(&whole[kept..])].concat();
        prop_assert_eq!(parts.escape_ascii().to_string(), text(&whole).escape_ascii().to_string());
    }
}
