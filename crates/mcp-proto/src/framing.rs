//! Newline-delimited frames: bytes in, lines out.
//!
//! The stdio binding puts one JSON-RPC message on each line. [`LineFramer`] finds the lines in a
//! byte stream that arrives in arbitrary pieces, with bounded memory. What a line means is left
//! to [`crate::Connection`] and [`crate::Client`].

use std::fmt;

/// The longest line accepted unless told otherwise: 16 MiB (16,777,216 bytes), newline excluded.
pub const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// A kept buffer is given back to the allocator once it is empty and larger than this (64 KiB),
/// so that one long line doesn't cost its size for the rest of the connection's life.
const KEEP_BYTES: usize = 64 * 1024;

/// What [`LineFramer::next_line`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// One line, without its newline and without a carriage return before it. Never blank.
    Frame(&'a [u8]),
    /// A line passed the limit. Its bytes are dropped up to its newline; the lines after it are
    /// read as usual. Reported once per line, as soon as the limit is passed.
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
}

/// Splits a byte stream into lines, however the stream was cut into pieces.
///
/// Feed every piece that was read to [`next_line`](Self::next_line) until it returns `None`.
/// A line that stands whole in a piece is returned as a slice of that piece, without a copy.
/// The framer holds at most one unfinished line, so never more than its limit.
///
/// `\r\n` ends a line as `\n` does, and lines of nothing but spaces and tabs are skipped. The
/// limit counts the bytes before the newline, a carriage return included.
///
/// # Example
///
/// ```
/// use mcp_proto::{Line, LineFramer};
///
/// let mut framer = LineFramer::new();
/// let mut piece: &[u8] = b"{\"a\":1}\r\n\n{\"b\"";
/// assert_eq!(framer.next_line(&mut piece), Some(Line::Frame(b"{\"a\":1}")));
/// assert_eq!(framer.next_line(&mut piece), None);
/// let mut piece: &[u8] = b":2}\n";
/// assert_eq!(framer.next_line(&mut piece), Some(Line::Frame(b"{\"b\":2}")));
/// ```
pub struct LineFramer {
    /// The unfinished line, or the finished one that was last returned.
    held: Vec<u8>,
    /// `held` was returned and is to be cleared before the next byte is taken.
    returned: bool,
    /// The rest of an over-long line is being dropped.
    skipping: bool,
    limit: usize,
}

impl LineFramer {
    /// A framer with the limit [`MAX_LINE_BYTES`].
    pub fn new() -> Self {
        Self::with_limit(MAX_LINE_BYTES)
    }

    /// A framer that accepts lines of up to `limit` bytes, at least 1.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            held: Vec::new(),
            returned: false,
            skipping: false,
            limit: limit.max(1),
        }
    }

    /// The longest line accepted, in bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Takes bytes from the front of `input` up to the end of the next line and returns that
    /// line, or takes all of them and returns `None` when no line ends there.
    pub fn next_line<'s, 'i: 's>(&'s mut self, input: &mut &'i [u8]) -> Option<Line<'s>> {
        self.forget_returned();
        loop {
            let Some(newline) = memchr::memchr(b'\n', input) else {
                return self.hold_tail(input);
            };
            let (head, rest) = (&input[..newline], &input[newline + 1..]);
            if self.skipping {
                self.skipping = false;
                *input = rest;
                continue;
            }
            if self.held.len() + head.len() > self.limit {
                self.held.clear();
                *input = rest;
                return Some(Line::TooLong { limit: self.limit });
            }
            *input = rest;
            if self.held.is_empty() {
                match frame(head) {
                    Some(line) => return Some(Line::Frame(line)),
                    None => continue,
                }
            }
            self.held.extend_from_slice(head);
            if frame(&self.held).is_none() {
                self.held.clear();
                continue;
            }
            self.returned = true;
            return frame(&self.held).map(Line::Frame);
        }
    }

    /// Ends the stream: returns the last line when it had no newline.
    pub fn finish(&mut self) -> Option<Line<'_>> {
        self.forget_returned();
        self.skipping = false;
        self.returned = true;
        frame(&self.held).map(Line::Frame)
    }

    fn forget_returned(&mut self) {
        if !self.returned {
            return;
        }
        self.returned = false;
        if self.held.capacity() > KEEP_BYTES {
            self.held = Vec::new();
        } else {
            self.held.clear();
        }
    }

    /// Keeps the start of a line whose end has not arrived.
    fn hold_tail<'s, 'i: 's>(&'s mut self, input: &mut &'i [u8]) -> Option<Line<'s>> {
        let tail = std::mem::take(input);
        if self.skipping {
            return None;
        }
        if self.held.len() + tail.len() > self.limit {
            self.held = Vec::new();
            self.skipping = true;
            return Some(Line::TooLong { limit: self.limit });
        }
        self.held.extend_from_slice(tail);
        None
    }
}

impl Default for LineFramer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LineFramer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineFramer")
            .field("held_bytes", &self.held.len())
            .field("skipping", &self.skipping)
            .field("limit", &self.limit)
            .finish()
    }
}

/// The line without a carriage return at its end, or `None` when it is blank.
fn frame(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
        return None;
    }
    Some(line)
}
