//! The line resolver: however a stream is cut and drained, the same text, and within bounds.

use std::num::NonZeroU16;

use rejoinder_ansi::{LineConfig, LineResolver, MAX_COLUMNS, MAX_RECENT_LINES};

use super::input::{Input, cuttings};

/// The longest character of UTF-8.
const CHARACTER: usize = 4;

/// The first two bytes are the terminal's columns and rows (0 is unknown, the highest bit of the
/// columns the alternate screen), the third says how the rest is cut.
pub fn check(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let (cols, rows, seed) = (input.byte(), input.byte(), input.byte());
    let raw = input.rest(1 << 12);
    let mut config = LineConfig::default();
    config.cols = NonZeroU16::new(u16::from(cols & 0x7F));
    config.rows = NonZeroU16::new(u16::from(rows));
    config.alternate_screen = cols & 0x80 != 0;

    let results = cuttings(raw, seed).map(|pieces| resolved(config, &pieces, raw.len()));
    assert!(
        results.iter().all(|result| *result == results[0]),
        "the text depends on the cuts: {results:?}"
    );
    plain_text_is_left_alone(config, raw);
}

/// The text, drained after every piece.
fn resolved(config: LineConfig, pieces: &[&[u8]], len: usize) -> String {
    let mut resolver = LineResolver::with_config(config);
    let mut text = String::new();
    for piece in pieces {
        resolver.push(piece);
        resolver.drain_settled(&mut text);
    }
    // A sequence can move the cursor over a whole row, or repeat a character so often.
    let row = CHARACTER * MAX_COLUMNS + 1;
    assert!(
        text.len() <= (len + 1) * row,
        "{} settled of {len} bytes",
        text.len()
    );
    let rest = resolver.finish();
    // Two pages, and the marks, which take no column but came in.
    let most = 2 * (MAX_RECENT_LINES + 1) * row + 3 * len;
    assert!(rest.len() <= most, "{} left of {len} bytes", rest.len());
    text + &rest
}

/// Text that is only appended comes out to the letter, whatever the size.
fn plain_text_is_left_alone(mut config: LineConfig, raw: &[u8]) {
    config.alternate_screen = false;
    let plain: String = raw
        .iter()
        .map(|byte| char::from(byte & 0x7F))
        .filter(|c| matches!(c, ' '..='~' | '\n'))
        .collect();
    let found = resolved(config, &[plain.as_bytes()], plain.len());
    assert_eq!(found, plain, "plain text");
}
