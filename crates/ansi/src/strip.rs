//! The stripper: terminal output without its escape sequences.

use crate::lexer::{C1, Lexer, MAX_CONTROL_STRING, Sink};
use crate::scan;
use std::borrow::Cow;

/// How a [`Stripper`] treats what terminals disagree on.
///
/// # Example
/// ```
/// use rejoinder_ansi::{StripConfig, Stripper};
///
/// let mut config = StripConfig::default();
/// config.max_string = 8;
/// let mut text = Vec::new();
/// Stripper::with_config(config).strip(b"\x1b]never ended", &mut text);
/// assert_eq!(text, b"ended"); // the eight bytes before it were taken for a title
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StripConfig {
    /// What 8-bit control characters mean.
    pub c1: C1,
    /// Bytes after which an unterminated control string ends by itself; at least 2, and
    /// [`MAX_CONTROL_STRING`] by default.
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
///
/// # Example
/// ```
/// use rejoinder_ansi::{Run, Stripper};
///
/// let mut first = None;
/// Stripper::new().strip_runs(b"\x1b[1mok", |run: Run<'_>| first = Some((run.offset, run.text.len())));
/// assert_eq!(first, Some((4, 2)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run<'a> {
    /// The text: never empty. Byte `k` of it stood at `offset + k` in the raw stream.
    pub text: &'a [u8],
    /// Raw offset of the first byte; see [`Stripper::offset`].
    pub offset: u64,
}

/// Removes escape sequences from a stream, however it is cut into chunks.
///
/// What is kept: printable text and `\b \t \n \r`. What is removed: escape and control sequences,
/// control strings with their contents, and every other control character (C0, DEL, C1). Bytes
/// that are no UTF-8 are text and stay as they are.
///
/// A sequence that never ends does not swallow the stream: after
/// [`MAX_CONTROL_SEQUENCE`](crate::MAX_CONTROL_SEQUENCE) bytes, or [`StripConfig::max_string`] for
/// a control string, text flows again.
///
/// # Example
/// ```
/// use rejoinder_ansi::Stripper;
///
/// let mut stripper = Stripper::new();
/// let mut text = Vec::new();
/// for chunk in [&b"\x1b[1;3"[..], b"2mok\x1b]0;ti", b"tle\x07 done\n"] {
///     stripper.strip(chunk, &mut text);
/// }
/// stripper.finish(&mut text);
/// assert_eq!(text, b"ok done\n");
/// ```
#[derive(Debug, Clone)]
pub struct Stripper {
    lexer: Lexer,
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
    ///
    /// # Example
    /// ```
    /// use rejoinder_ansi::{C1, StripConfig, Stripper};
    ///
    /// let mut config = StripConfig::default();
    /// config.c1 = C1::Interpret;
    /// let mut text = Vec::new();
    /// Stripper::with_config(config).strip(b"\x9b31mred\x9b0m", &mut text);
    /// assert_eq!(text, b"red");
    /// ```
    pub fn with_config(config: StripConfig) -> Self {
        Self {
            lexer: Lexer::new(config.c1, config.max_string),
            offset: 0,
        }
    }

    /// Appends the text of the next chunk to `out`.
    ///
    /// Allocates only to make room in `out`, for at most 16 bytes more than `input` has: a buffer
    /// that is reused costs nothing. One byte may be held back until the next call (0xC2 at the
    /// end of a chunk, which may begin a C1 control).
    pub fn strip(&mut self, input: &[u8], out: &mut Vec<u8>) {
        out.reserve(input.len() + SHORT);
        self.lexer.feed(input, &mut Copy(out));
        self.offset += input.len() as u64;
    }

    /// Hands the text of the next chunk to `sink`, run by run, with its raw offsets.
    ///
    /// Runs come in order, and two runs of one call always have something removed between them.
    /// Nothing is copied or allocated.
    ///
    /// # Example
    /// ```
    /// use rejoinder_ansi::Stripper;
    ///
    /// let mut runs = Vec::new();
    /// Stripper::new().strip_runs(b"\x1b[1mok\x1b[0m.", |run| {
    ///     runs.push((run.offset, String::from_utf8_lossy(run.text).into_owned()));
    /// });
    /// assert_eq!(runs, [(4, "ok".to_owned()), (10, ".".to_owned())]);
    /// ```
    pub fn strip_runs(&mut self, input: &[u8], sink: impl FnMut(Run<'_>)) {
        let mut runs = Runs::new(input, self.offset, sink);
        self.lexer.feed(input, &mut runs);
        runs.flush();
        self.offset += input.len() as u64;
    }

    /// Ends the stream: appends the byte that was held back, if any, drops an unfinished sequence,
    /// and is then at the start of a stream again. The offset counts on.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.finish_runs(|run| out.extend_from_slice(run.text));
    }

    /// As [`Stripper::finish`], for a user of [`Stripper::strip_runs`].
    ///
    /// # Example
    /// ```
    /// let mut stripper = rejoinder_ansi::Stripper::new();
    /// let mut offsets = Vec::new();
    /// stripper.strip_runs(b"a\xc2", |run| offsets.push(run.offset));
    /// assert_eq!(offsets, [0]); // the second byte may begin a control
    /// stripper.finish_runs(|run| offsets.push(run.offset));
    /// assert_eq!(offsets, [0, 1]);
    /// ```
    pub fn finish_runs(&mut self, sink: impl FnMut(Run<'_>)) {
        self.lexer.finish(&mut Runs::new(&[], self.offset, sink));
    }

    /// Raw offset of the next byte: how many bytes have been given so far, counted from 0 or from
    /// [`Stripper::set_offset`].
    ///
    /// # Example
    /// ```
    /// let mut stripper = rejoinder_ansi::Stripper::new();
    /// stripper.strip(b"\x1b[1mok", &mut Vec::new());
    /// assert_eq!(stripper.offset(), 6);
    /// ```
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Sets the raw offset of the next byte, for a stripper that starts in the middle of a stream.
    ///
    /// # Example
    /// ```
    /// let mut stripper = rejoinder_ansi::Stripper::new();
    /// stripper.set_offset(1000);
    /// stripper.strip_runs(b"late", |run| assert_eq!(run.offset, 1000));
    /// assert_eq!(stripper.offset(), 1004);
    /// ```
    pub fn set_offset(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// Whether the stream stands between sequences and nothing is held back.
    ///
    /// # Example
    /// ```
    /// let mut stripper = rejoinder_ansi::Stripper::new();
    /// stripper.strip(b"ok\x1b[3", &mut Vec::new());
    /// assert!(!stripper.is_ground());
    /// stripper.strip(b"1m", &mut Vec::new());
    /// assert!(stripper.is_ground());
    /// ```
    pub fn is_ground(&self) -> bool {
        self.lexer.is_ground()
    }
}

/// The text of a whole output; borrowed where there is nothing to remove.
///
/// # Example
/// ```
/// use std::borrow::Cow;
///
/// assert_eq!(&*rejoinder_ansi::strip(b"\x1b[32mok\x1b[0m"), b"ok");
/// assert!(matches!(rejoinder_ansi::strip(b"ok"), Cow::Borrowed(_)));
/// ```
pub fn strip(input: &[u8]) -> Cow<'_, [u8]> {
    if !input.iter().any(|&byte| scan::ends_text(byte)) {
        return Cow::Borrowed(input);
    }
    let mut stripper = Stripper::new();
    let mut out = Vec::new();
    stripper.strip(input, &mut out);
    stripper.finish(&mut out);
    if out.len() == input.len() {
        Cow::Borrowed(input)
    } else {
        Cow::Owned(out)
    }
}

/// Copies text to the end of a buffer that has room for the input and [`SHORT`] bytes more.
struct Copy<'a>(&'a mut Vec<u8>);

/// A run that fits in one vector.
const SHORT: usize = 16;

impl Sink for Copy<'_> {
    #[inline(always)]
    fn text(&mut self, input: &[u8], from: usize, to: usize) {
        let len = to - from;
        let end = self.0.len() + len;
        // Most runs of coloured output are shorter than a vector: copying a whole vector and
        // counting less of it needs no call, and no branch on the length.
        if len <= SHORT
            && let Some(block) = input[from..].first_chunk::<SHORT>()
        {
            self.0.extend_from_slice(block);
            self.0.truncate(end);
        } else {
            self.0.extend_from_slice(&input[from..to]);
        }
    }

    fn held(&mut self, byte: u8) {
        self.0.push(byte);
    }
}

/// Hands runs on to a closure, neighbours joined.
struct Runs<'a, F> {
    sink: F,
    input: &'a [u8],
    /// Raw offset of the chunk's first byte.
    base: u64,
    /// The run that may still grow.
    from: usize,
    to: usize,
}

impl<'a, F: FnMut(Run<'_>)> Runs<'a, F> {
    fn new(input: &'a [u8], base: u64, sink: F) -> Self {
        Self {
            sink,
            input,
            base,
            from: 0,
            to: 0,
        }
    }

    #[inline(always)]
    fn flush(&mut self) {
        if self.from < self.to {
            let text = &self.input[self.from..self.to];
            (self.sink)(Run {
                text,
                offset: self.base + self.from as u64,
            });
        }
    }
}

impl<F: FnMut(Run<'_>)> Sink for Runs<'_, F> {
    #[inline(always)]
    fn text(&mut self, _: &[u8], from: usize, to: usize) {
        if from != self.to {
            self.flush();
            self.from = from;
        }
        self.to = to;
    }

    fn held(&mut self, byte: u8) {
        (self.sink)(Run {
            text: &[byte],
            offset: self.base - 1,
        });
    }
}
