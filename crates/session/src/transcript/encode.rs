//! Events as lines of an asciicast, and the comments that keep offsets exact.

use std::io::Write as _;
use std::time::Duration;

use crate::transcript::escape::{escape_into, hex_into};

/// The comment behind each segment's header: whose conventions the other
/// comments follow, and in which version.
pub(crate) const SIGNATURE: &str = "# rejoinder transcript 1";

/// Before an event: the offset of the next byte of output.
pub(crate) const OFFSET: &str = "# offset ";

/// Before an output event: which bytes were no UTF-8. Each word is one U+FFFD
/// of the event: how many bytes of output lie between it and the one before, and
/// what stood there, in hexadecimal.
pub(crate) const RAW: &str = "# raw";

/// Before an exit event: the signal that ended the program, which the event's
/// number cannot tell from an exit code above 128.
pub(crate) const SIGNAL: &str = "# signal ";

/// What follows the signal's name when the kernel wrote a core dump.
pub(crate) const CORE_DUMPED: &str = " core dumped";

/// The last line of a recording that could not go on: the offset up to which it
/// is complete, and why.
pub(crate) const STOPPED: &str = "# stopped ";

/// Writes events behind each other into a buffer.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    /// When the last event was, since the start.
    last: Duration,
}

impl Encoder {
    /// When the last event was, since the start.
    pub(crate) fn last(&self) -> Duration {
        self.last
    }

    /// Appends an output event, with a comment before it when the bytes are not
    /// UTF-8. Whether they were.
    pub(crate) fn output(&mut self, bytes: &[u8], at: Duration, out: &mut Vec<u8>) -> bool {
        out.reserve(bytes.len() + bytes.len() / 8 + 64);
        if let Ok(text) = std::str::from_utf8(bytes) {
            self.event('o', text, at, out);
            return true;
        }
        let mut text = String::with_capacity(bytes.len() * 2);
        let mut gap = 0;
        out.extend_from_slice(RAW.as_bytes());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            gap += chunk.valid().len();
            if !chunk.invalid().is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
                word_into(gap, chunk.invalid(), out);
                gap = 0;
            }
        }
        out.push(b'\n');
        self.event('o', &text, at, out);
        false
    }

    /// Appends any event.
    pub(crate) fn event(&mut self, code: char, text: &str, at: Duration, out: &mut Vec<u8>) {
        // The intervals add up to whole microseconds since the start, so that
        // rounding does not.
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let interval = micros(at).saturating_sub(micros(self.last));
        self.last = self.last.max(at);
        // Writing to a vector does not fail.
        let _ = write!(
            out,
            "[{}.{:06}, \"{code}\", \"",
            interval / 1_000_000,
            interval % 1_000_000
        );
        escape_into(text, out);
        out.extend_from_slice(b"\"]\n");
    }
}

/// Appends a word of a comment on replaced bytes. A flood of binary data has
/// one for every third byte, and a gap below ten almost always.
fn word_into(gap: usize, invalid: &[u8], out: &mut Vec<u8>) {
    match u8::try_from(gap) {
        Ok(digit @ 0..=9) => out.extend_from_slice(&[b' ', b'0' + digit, b':']),
        _ => {
            // Writing to a vector does not fail.
            let _ = write!(out, " {gap}:");
        }
    }
    hex_into(invalid, out);
}
