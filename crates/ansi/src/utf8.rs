//! Bytes of a stream as text, however the stream is cut.

use std::str::from_utf8;

/// Decodes UTF-8 from a stream. Malformed bytes become U+FFFD, one for each maximal subpart of a
/// character (Unicode 16, section 3.9, "U+FFFD Substitution of Maximal Subparts"; the practice of
/// the WHATWG Encoding Standard and of [`String::from_utf8_lossy`]).
#[derive(Debug, Clone, Default)]
pub(crate) struct Utf8Decoder {
    /// The beginning of a character: always one that more bytes could complete.
    held: [u8; 4],
    len: usize,
}

const REPLACEMENT: &str = "\u{FFFD}";

impl Utf8Decoder {
    /// Hands the text of the next bytes to `sink`; up to three bytes are held back.
    pub(crate) fn push(&mut self, mut input: &[u8], mut sink: impl FnMut(&str)) {
        while self.len > 0
            && let Some(&byte) = input.first()
        {
            self.held[self.len] = byte;
            match from_utf8(&self.held[..=self.len]) {
                Ok(character) => {
                    sink(character);
                    self.len = 0;
                    input = &input[1..];
                }
                Err(error) if error.error_len().is_none() => {
                    self.len += 1;
                    input = &input[1..];
                }
                // The byte begins something else.
                Err(_) => self.finish(&mut sink),
            }
        }
        let mut chunks = input.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            if !chunk.valid().is_empty() {
                sink(chunk.valid());
            }
            let invalid = chunk.invalid();
            if invalid.is_empty() {
                continue;
            }
            if chunks.peek().is_none()
                && from_utf8(invalid).is_err_and(|error| error.error_len().is_none())
            {
                self.held[..invalid.len()].copy_from_slice(invalid);
                self.len = invalid.len();
            } else {
                sink(REPLACEMENT);
            }
        }
    }

    /// Ends the stream: a character that was begun is malformed.
    pub(crate) fn finish(&mut self, mut sink: impl FnMut(&str)) {
        if std::mem::take(&mut self.len) > 0 {
            sink(REPLACEMENT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(chunks: &[&[u8]]) -> String {
        let (mut decoder, mut text) = (Utf8Decoder::default(), String::new());
        for chunk in chunks {
            decoder.push(chunk, |piece| text.push_str(piece));
        }
        decoder.finish(|piece| text.push_str(piece));
        text
    }

    /// Bytes around the edges of every rule of UTF-8.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let edges = prop::sample::select(
            b"a\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc2\xdf\xe0\xe1\xed\xef\xf0\xf1\xf4\xf5\xff"
                .to_vec(),
        );
        prop::collection::vec(edges, 0..24)
    }

    proptest! {
        /// Guards the substitution practice and that it does not depend on the chunks.
        #[test]
        fn agrees_with_from_utf8_lossy(bytes in bytes(), cut in 0usize..24) {
            let want = String::from_utf8_lossy(&bytes);
            let (left, right) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(&decode(&[left, right]), &*want);
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            prop_assert_eq!(&decode(&single), &*want);
        }
    }
}
