//! Bytes of output as the inside of a JSON string, at the speed of the disk.
//!
//! Almost all output is plain text with a line end now and then. What needs no
//! escape is found eight bytes at a time and copied as it is.

/// One escape for each byte that needs one: the letter behind the backslash,
/// `u` for `\u00XX`, 0 for none.
const ESCAPES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = b'u';
        byte += 1;
    }
    table[0x08] = b'b';
    table[b'\t' as usize] = b't';
    table[b'\n' as usize] = b'n';
    table[0x0C] = b'f';
    table[b'\r' as usize] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `text` with what JSON does not allow in a string escaped (RFC 8259,
/// section 7): controls below U+0020, the quotation mark and the backslash.
pub(crate) fn escape_into(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut plain = 0;
    while let Some(found) = next_special(&bytes[plain..]) {
        let at = plain + found;
        out.extend_from_slice(&bytes[plain..at]);
        plain = at;
        // Specials come in groups: a line end is two of them.
        while let Some(&byte) = bytes.get(plain) {
            match ESCAPES[usize::from(byte)] {
                0 => break,
                b'u' => {
                    let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
                    out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
                }
                letter => out.extend_from_slice(&[b'\\', letter]),
            }
            plain += 1;
        }
    }
    out.extend_from_slice(&bytes[plain..]);
}

/// Appends bytes as two hexadecimal digits each.
pub(crate) fn hex_into(bytes: &[u8], out: &mut Vec<u8>) {
    for &byte in bytes {
        out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

/// Where the first byte is that needs an escape.
fn next_special(bytes: &[u8]) -> Option<usize> {
    let mut words = bytes.chunks_exact(8);
    for (index, word) in words.by_ref().enumerate() {
        let word: [u8; 8] = word.try_into().expect("the chunks are of eight bytes");
        let specials = specials_of(u64::from_le_bytes(word));
        if specials != 0 {
            return Some(index * 8 + specials.trailing_zeros() as usize / 8);
        }
    }
    let rest = words.remainder();
    let found = rest
        .iter()
        .position(|&byte| ESCAPES[usize::from(byte)] != 0)?;
    Some(bytes.len() - rest.len() + found)
}

/// The highest bit of each byte that needs an escape. A borrow can set bits of
/// bytes behind such a byte wrongly, never of one before it: the lowest is right.
/// (The tests of a word for a byte less than n, and for a byte that is zero, are
/// those of S. E. Anderson's "Bit Twiddling Hacks".)
fn specials_of(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let quote = zero(word ^ (ONES * b'"' as u64));
    let backslash = zero(word ^ (ONES * b'\\' as u64));
    (control | quote | backslash) & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Guards: what is written is JSON, and is the text again when it is read.
        #[test]
        fn is_json_of_the_text(text in "[\\x00-\\x23\\[-\\x7fa-cé\u{10ffff}]{0,40}") {
            let mut out = vec![b'"'];
            escape_into(&text, &mut out);
            out.push(b'"');
            let read: String = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(read, text);
        }
    }

    /// Guards: every byte that needs an escape is seen at every place of a word.
    #[test]
    fn every_special_is_found_wherever_it_stands() {
        for special in (0..0x20).chain([b'"', b'\\']) {
            for place in 0..20 {
                let mut bytes = *b"ab\x7f\xc3\xa9!#[]~ ab\x7f\xc3\xa9!#[]";
                bytes[place] = special;
                assert_eq!(next_special(&bytes), Some(place), "{special} at {place}");
            }
        }
    }
}
