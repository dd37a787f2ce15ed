//! How much of a slice's end is not finished yet.

use crate::lexer::{Lexer, Sink};

/// How many bytes at the end of `input` belong to an unfinished escape sequence or UTF-8
/// character, given that `input` begins between sequences.
///
/// A reader that shows output piece by piece holds these back for its next read; what it shows and
/// what follows then mean the same, each on its own, as they do together. (A sequence that an ESC
/// interrupts is over: only what that ESC begins is unfinished.) The number is bounded: at most [`MAX_CONTROL_SEQUENCE`](crate::MAX_CONTROL_SEQUENCE) bytes,
/// [`MAX_CONTROL_STRING`](crate::MAX_CONTROL_STRING) of a control string, three of a character.
///
/// # Example
/// ```
/// use rejoinder_ansi::incomplete_suffix;
///
/// assert_eq!(incomplete_suffix(b"done \x1b[3"), 3);
/// assert_eq!(incomplete_suffix("naïve".split_at(2).0.as_bytes()), 0);
/// assert_eq!(incomplete_suffix(b"na\xc3"), 1);
/// ```
pub fn incomplete_suffix(input: &[u8]) -> usize {
    let mut lexer = Lexer::default();
    lexer.feed(input, &mut Nothing);
    match lexer.unfinished() {
        0 => incomplete_character(input),
        sequence => sequence.min(input.len()),
    }
}

/// Bytes at the end of `input` that begin a UTF-8 character and do not end it.
pub(crate) fn incomplete_character(input: &[u8]) -> usize {
    let tail = input.len().saturating_sub(3);
    let Some(lead) = input[tail..].iter().rposition(|&byte| byte >= 0xC2) else {
        return 0;
    };
    let character = &input[tail + lead..];
    match std::str::from_utf8(character) {
        Err(error) if error.valid_up_to() == 0 && error.error_len().is_none() => character.len(),
        _ => 0,
    }
}

/// The lexer's state is all that is wanted.
struct Nothing;

impl Sink for Nothing {
    const WANTS_TEXT: bool = false;

    fn text(&mut self, _: &[u8], _: usize, _: usize) {}

    fn held(&mut self, _: u8) {}
}
