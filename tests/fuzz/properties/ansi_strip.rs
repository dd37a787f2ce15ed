//! The stripper: however a stream is cut, the same text, with the right offsets, and never more
//! of it than came in.

use rejoinder_ansi::{C1, OffsetMap, StripConfig, Stripper, strip};

use super::input::{Input, cuttings};

/// The first byte chooses the settings, the second how the rest is cut.
pub fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let (choice, seed) = (input.byte(), input.byte());
    let raw = input.rest(1 << 16);
    let config = config(choice);

    let results = cuttings(raw, seed).map(|pieces| {
        let by_copy = copied(config, &pieces);
        let by_runs = runs(config, &pieces, raw);
        assert_eq!(
            by_copy,
            by_runs,
            "strip and strip_runs, {} pieces",
            pieces.len()
        );
        by_copy
    });
    assert!(
        results.iter().all(|result| *result == results[0]),
        "the text depends on the cuts: {results:?}"
    );
    assert!(results[0].len() <= raw.len(), "more came out than went in");
    if config.c1 == C1::Ignore {
        no_control_is_left(&results[0]);
    }
    if config == StripConfig::default() {
        assert_eq!(*strip(raw), results[0], "strip in one call");
    }
}

/// The 8-bit controls are read or not, and a control string ends early, late or at the default.
fn config(choice: u8) -> StripConfig {
    let mut config = StripConfig::default();
    if choice & 1 != 0 {
        config.c1 = C1::Interpret;
    }
    config.max_string = match choice >> 1 & 3 {
        0 => config.max_string,
        1 => usize::from(choice >> 3),
        2 => 100,
        _ => 5000,
    };
    config
}

fn copied(config: StripConfig, pieces: &[&[u8]]) -> Vec<u8> {
    let mut stripper = Stripper::with_config(config);
    let mut text = Vec::new();
    for piece in pieces {
        let (before, held) = (text.len(), usize::from(!stripper.is_ground()));
        stripper.strip(piece, &mut text);
        assert!(text.len() - before <= piece.len() + held);
    }
    stripper.finish(&mut text);
    assert!(stripper.is_ground());
    // A stripper that has finished starts afresh.
    let len = text.len();
    stripper.strip(b"next", &mut text);
    assert_eq!(&text[len..], b"next");
    text.truncate(len);
    text
}

/// The text by runs, each of which stands in the stream where it says.
fn runs(config: StripConfig, pieces: &[&[u8]], raw: &[u8]) -> Vec<u8> {
    let mut stripper = Stripper::with_config(config);
    let mut text = Vec::new();
    let mut map = OffsetMap::new();
    let mut places: Vec<u64> = Vec::new();
    let mut take = |run: rejoinder_ansi::Run<'_>| {
        let at = run.offset as usize;
        assert!(!run.text.is_empty());
        assert_eq!(run.text, &raw[at..at + run.text.len()], "a run at {at}");
        assert!(
            places.last().is_none_or(|&last| last < run.offset),
            "runs out of order"
        );
        places.extend((run.offset..).take(run.text.len()));
        text.extend_from_slice(run.text);
        map.push(run);
    };
    for piece in pieces {
        stripper.strip_runs(piece, &mut take);
    }
    assert_eq!(stripper.offset(), raw.len() as u64);
    stripper.finish_runs(&mut take);

    assert_eq!(map.text_len(), text.len() as u64);
    for (position, &place) in (0..).zip(&places) {
        assert_eq!(map.raw_start(position), Some(place));
        assert_eq!(map.raw_end(position + 1), Some(place + 1));
    }
    assert_eq!(map.raw_start(text.len() as u64), None);
    text
}

fn no_control_is_left(text: &[u8]) {
    let is_kept = |byte: u8| matches!(byte, 8 | b'\t' | b'\n' | b'\r' | 0x20..=0x7E | 0x80..);
    assert!(
        text.iter().all(|&byte| is_kept(byte)),
        "a control character is left: {text:?}"
    );
}
