//! How much of a slice's end is not finished yet.

/// How many bytes at the end of `input` belong to an unfinished sequence or UTF-8 character.
pub fn incomplete_suffix(input: &[u8]) -> usize {
    input.len() - input.len()
}
