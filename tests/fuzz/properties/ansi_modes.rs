//! The mode tracker and the escaper: however a stream is cut, the same state and the same text.

use rejoinder_ansi::{
    Escaper, MAX_TITLE, ModeTracker, escape_hidden, escape_hidden_lossy, incomplete_suffix,
};

use super::input::{Input, cuttings};

/// The first byte says how the rest is cut.
pub fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let seed = input.byte();
    let raw = input.rest(1 << 14);

    let states = cuttings(raw, seed).map(|pieces| tracked(&pieces));
    assert!(
        states.iter().all(|state| *state == states[0]),
        "the state depends on the cuts: {states:#?}"
    );
    let texts = cuttings(raw, seed).map(|pieces| escaped(&pieces));
    assert!(
        texts.iter().all(|text| *text == texts[0]),
        "the text depends on the cuts: {texts:#?}"
    );
    assert_eq!(escape_hidden_lossy(raw), texts[0], "in one call");
    assert_eq!(
        escape_hidden(&texts[0]),
        texts[0],
        "what is shown hides nothing"
    );
    assert!(incomplete_suffix(raw) <= raw.len());
}

/// What can be asked of a tracker, before and after an unfinished sequence is aborted.
fn tracked(pieces: &[&[u8]]) -> String {
    let mut modes = ModeTracker::new();
    for piece in pieces {
        modes.push(piece);
    }
    let before = state(&modes);
    modes.push(b"\x18");
    format!("{before} then {}", state(&modes))
}

fn state(modes: &ModeTracker) -> String {
    assert!(modes.title().is_none_or(|title| title.len() <= MAX_TITLE));
    format!(
        "{:?} paste={} alternate={} kitty={} title={:?}",
        modes.key_modes(),
        modes.bracketed_paste(),
        modes.alternate_screen(),
        modes.kitty_flags(),
        modes.title(),
    )
}

fn escaped(pieces: &[&[u8]]) -> String {
    let mut escaper = Escaper::new();
    let mut text = String::new();
    for piece in pieces {
        escaper.push(piece, &mut text);
    }
    escaper.finish(&mut text);
    text
}
