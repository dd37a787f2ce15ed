//! Line effects: what a person would see once the output has scrolled by.

use std::num::NonZeroU16;

/// The most recent lines that a later sequence can still repaint.
pub const MAX_RECENT_LINES: usize = 256;

/// The most columns of a row; a longer line goes on in the next row and is joined in the text.
pub const MAX_COLUMNS: usize = 4096;

/// What a [`LineResolver`] knows of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LineConfig {
    /// Columns of the terminal, where known: long lines then wrap for cursor-up (never in the text).
    pub cols: Option<NonZeroU16>,
    /// Rows of the terminal, where known: the reach of cursor-up and of absolute positions.
    pub rows: Option<NonZeroU16>,
    /// The alternate screen was already on before the first byte.
    pub alternate_screen: bool,
}

/// Resolves line effects of a stream, whatever its chunks.
#[derive(Debug, Clone, Default)]
pub struct LineResolver {
    text: String,
}

impl LineResolver {
    /// A resolver at the start of a line.
    pub fn new() -> Self {
        Self::default()
    }

    /// A resolver that knows its terminal's size.
    pub fn with_config(config: LineConfig) -> Self {
        let _ = config;
        Self::default()
    }

    /// Takes the next bytes of output.
    pub fn push(&mut self, input: &[u8]) {
        self.text.push_str(&String::from_utf8_lossy(input));
    }

    /// Moves the text that nothing can change any more to the end of `out`.
    pub fn drain_settled(&mut self, out: &mut String) {
        out.push_str("");
    }

    /// Ends the output: returns the text not drained yet and starts anew.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

/// The text of a whole output as a person would see it.
pub fn resolve(input: &[u8]) -> String {
    let mut resolver = LineResolver::new();
    resolver.push(input);
    resolver.finish()
}
