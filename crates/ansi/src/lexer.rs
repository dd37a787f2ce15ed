//! Where escape sequences begin and end.
//!
//! One state machine, shared by the stripper, the resolver and the mode tracker. It knows the
//! boundaries of every sequence of ECMA-48 as the DEC parser draws them that vt100.net describes
//! and the `vte` crate implements (the tests compare the two on random input), and leaves the
//! meaning of a sequence to `vte`, which sees whole sequences only and no text. What it adds to
//! that grammar are the limits: a sequence that never ends must not swallow a session's output.
//!
//! The common cases, text and short sequences that lie in one chunk, are found by [`window`]; the
//! byte-by-byte machine here does what is left, and [`eight_bit`] what [`C1::Interpret`] asks for.

mod eight_bit;
mod window;

use crate::scan;
use eight_bit::Utf8;
use memchr::{memchr, memchr3};

/// The most bytes an escape or control sequence (`ESC …`, `CSI …`) may have, introducer included.
///
/// What follows an unfinished sequence of this length is text again. Real ones stay far below:
/// 32 parameters of five digits each are 200 bytes.
pub const MAX_CONTROL_SEQUENCE: usize = 1024;

/// The most bytes a control string (OSC, DCS, APC, PM, SOS) may have, introducer included.
///
/// What follows an unterminated string of this length is text again. Anything longer in the wild
/// is an inline image, and kitty's parser refuses it at the same 256 KiB.
pub const MAX_CONTROL_STRING: usize = 256 * 1024;

/// What the 8-bit control characters U+0080 to U+009F mean.
///
/// # Example
/// ```
/// use rejoinder_ansi::{C1, StripConfig, Stripper};
///
/// let strip = |c1: C1| {
///     let mut config = StripConfig::default();
///     config.c1 = c1;
///     let mut text = Vec::new();
///     Stripper::with_config(config).strip("\u{9b}31mÛ".as_bytes(), &mut text);
///     String::from_utf8(text)
/// };
/// assert_eq!(strip(C1::Ignore)?, "31mÛ");
/// assert_eq!(strip(C1::Interpret)?, "Û");
/// # Ok::<(), std::string::FromUtf8Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum C1 {
    /// The character is removed and starts nothing; a byte of 0x80 to 0x9F outside a UTF-8
    /// character is malformed text and stays. Terminals disagree here, and this way no text is
    /// swallowed: `â\u{80}\u{9d}`, a quotation mark encoded twice, does not begin an operating
    /// system command that hides what follows.
    #[default]
    Ignore,
    /// Both forms, the character in UTF-8 and the single byte outside a UTF-8 character, act as
    /// their two-byte twins do: 0x9B is `ESC [`, 0x9D is `ESC ]`, 0x9C is `ESC \` (ECMA-48
    /// section 5.3). For programs that send 8-bit controls after `S8C1T`.
    Interpret,
}

pub(crate) const ESC: u8 = 0x1B;
const BEL: u8 = 0x07;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1A;
/// First byte of U+0080 to U+00BF in UTF-8.
pub(crate) const C1_LEAD: u8 = 0xC2;

/// Who is told what the lexer finds. Indices are those of the chunk being read.
pub(crate) trait Sink {
    /// Whether text and control characters between sequences are wanted at all.
    const WANTS_TEXT: bool = true;

    /// `input[from..to]` is text, `\b \t \n \r` included. May be empty.
    fn text(&mut self, input: &[u8], from: usize, to: usize);

    /// The last byte of the chunk before is text, too: it might have begun a C1 character.
    fn held(&mut self, byte: u8);

    /// A control character that is not text: C0 (`ESC` excepted), DEL, or C1.
    fn control(&mut self, _byte: u8) {}

    /// A sequence, or a part of one that is split between chunks. With [`C1::Interpret`] the
    /// bytes may have 8-bit forms that `vte` does not read.
    fn sequence(&mut self, _bytes: &[u8], _part: Part) {}
}

/// How much of a sequence a [`Sink::sequence`] call carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// Some of it; more comes with the next chunk.
    Piece,
    /// The last of it.
    Last,
    /// The limit is reached: it was none, and ends here.
    Cut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ground,
    /// After `ESC`.
    Escape,
    /// After `ESC` and intermediate bytes.
    EscapeIntermediate,
    /// After `ESC [`; what parameters are well-formed does not change where the sequence ends.
    Csi,
    /// After `ESC ]`: ends at BEL, too.
    Osc,
    /// After `ESC` and one of `P X ^ _`: DCS, SOS, PM, APC.
    String,
}

/// The machine's state between chunks.
#[derive(Debug, Clone)]
pub(crate) struct Lexer {
    state: State,
    c1: C1,
    max_string: usize,
    /// Bytes of the sequence so far; its introducer counts as two in either form.
    length: usize,
    /// The last byte was [`C1_LEAD`] in text and has not been handed on.
    held: bool,
    /// Only followed with [`C1::Interpret`].
    utf8: Utf8,
}

impl Default for Lexer {
    fn default() -> Self {
        Self::new(C1::Ignore, MAX_CONTROL_STRING)
    }
}

impl Lexer {
    pub(crate) fn new(c1: C1, max_string: usize) -> Self {
        Self {
            state: State::Ground,
            c1,
            max_string: max_string.max(2),
            length: 0,
            held: false,
            utf8: Utf8::default(),
        }
    }

    /// Whether nothing is unfinished: no sequence, no byte held back.
    pub(crate) fn is_ground(&self) -> bool {
        self.state == State::Ground && !self.held
    }

    /// Bytes of the unfinished sequence, 0 between sequences.
    pub(crate) fn unfinished(&self) -> usize {
        if self.state == State::Ground {
            0
        } else {
            self.length
        }
    }

    /// Reads a chunk.
    pub(crate) fn feed<S: Sink>(&mut self, input: &[u8], sink: &mut S) {
        let mut at = self.release(input, sink);
        while at < input.len() {
            at = match (self.state, self.c1) {
                (State::Ground, C1::Ignore) => self.ground(input, at, sink),
                (State::Ground, C1::Interpret) => self.ground_8bit(input, at, sink),
                _ => self.sequence(input, at, at, sink),
            };
        }
    }

    /// Ends the stream.
    pub(crate) fn finish<S: Sink>(&mut self, sink: &mut S) {
        if self.held {
            sink.held(C1_LEAD);
        }
        *self = Self::new(self.c1, self.max_string);
    }

    /// Decides on the byte held back, and returns how many bytes of `input` that took.
    fn release<S: Sink>(&mut self, input: &[u8], sink: &mut S) -> usize {
        let (true, Some(&next)) = (self.held, input.first()) else {
            return 0;
        };
        self.held = false;
        if !is_c1(next) {
            sink.held(C1_LEAD);
            return 0;
        }
        match self.c1 {
            C1::Ignore => sink.control(next),
            C1::Interpret => self.interpret(next, sink),
        }
        1
    }

    /// Reads text from `at` on; returns where it stopped, which may be inside a sequence.
    fn ground<S: Sink>(&mut self, input: &[u8], at: usize, sink: &mut S) -> usize {
        if !S::WANTS_TEXT {
            return match memchr(ESC, &input[at..]) {
                Some(n) => self.begin_escape(input, at + n, sink),
                None => input.len(),
            };
        }
        let at = window::ground(input, at, sink);
        let rest = &input[at..];
        let n = rest
            .iter()
            .position(|&byte| scan::ends_text(byte))
            .unwrap_or(rest.len());
        sink.text(input, at, at + n);
        let at = at + n;
        match (input.get(at), input.get(at + 1)) {
            (None, _) => at,
            (Some(&ESC), _) => self.begin_escape(input, at, sink),
            (Some(&C1_LEAD), None) => {
                self.held = true;
                at + 1
            }
            (Some(&C1_LEAD), Some(&next)) if is_c1(next) => {
                sink.control(next);
                at + 2
            }
            (Some(&C1_LEAD), Some(_)) => {
                sink.text(input, at, at + 1);
                at + 1
            }
            (Some(&byte), _) => {
                sink.control(byte);
                at + 1
            }
        }
    }

    /// Reads the sequence that the ESC at `start` begins.
    fn begin_escape<S: Sink>(&mut self, input: &[u8], start: usize, sink: &mut S) -> usize {
        self.state = State::Escape;
        self.length = 1;
        self.sequence(input, start, start + 1, sink)
    }

    /// Reads on in a sequence whose first byte in this chunk is at `start`; returns where it
    /// ended, or the end of the chunk.
    fn sequence<S: Sink>(
        &mut self,
        input: &[u8],
        start: usize,
        mut at: usize,
        sink: &mut S,
    ) -> usize {
        let begun = at > start;
        while at < input.len() && self.state != State::Ground {
            if self.length >= self.limit() {
                self.state = State::Ground;
                sink.sequence(&input[start..at], Part::Cut);
                return at;
            }
            at = match self.state {
                State::Osc | State::String => self.string(input, at, sink),
                _ => self.escape(input, at, sink),
            };
        }
        let part = match (self.state, begun) {
            (State::Ground, true) => Part::Whole,
            (State::Ground, false) => Part::Last,
            _ => Part::Piece,
        };
        sink.sequence(&input[start..at], part);
        at
    }

    fn limit(&self) -> usize {
        match self.state {
            State::Osc | State::String => self.max_string,
            _ => MAX_CONTROL_SEQUENCE,
        }
    }

    /// One byte of an escape or control sequence.
    fn escape<S: Sink>(&mut self, input: &[u8], at: usize, sink: &mut S) -> usize {
        let byte = input[at];
        self.length += 1;
        if self.is_c1_in_sequence(byte) {
            self.interpret(byte, sink);
            return at + 1;
        }
        self.state = match (self.state, byte) {
            (_, ESC) => {
                self.length = 1;
                State::Escape
            }
            (_, CAN | SUB) => {
                sink.control(byte);
                State::Ground
            }
            // A terminal acts on other control characters at once and reads on.
            (state, 0..0x20) => {
                if scan::is_text_control(byte) {
                    sink.text(input, at, at + 1);
                } else {
                    sink.control(byte);
                }
                state
            }
            (State::Escape, b'[') => State::Csi,
            (State::Escape, b']') => State::Osc,
            (State::Escape, b'P' | b'X' | b'^' | b'_') => State::String,
            (State::Escape | State::EscapeIntermediate, 0x20..=0x2F) => State::EscapeIntermediate,
            (State::Escape | State::EscapeIntermediate, 0x30..=0x7E) => State::Ground,
            (State::Csi, 0x40..=0x7E) => State::Ground,
            // DEL, bytes that are no ASCII, and parameters.
            (state, _) => state,
        };
        at + 1
    }

    /// Bytes of a control string, to its end, its limit or the end of the chunk.
    fn string<S: Sink>(&mut self, input: &[u8], at: usize, sink: &mut S) -> usize {
        let room = self.max_string - self.length;
        let rest = &input[at..input.len().min(at.saturating_add(room))];
        let end = match self.c1 {
            C1::Ignore => string_end(rest, self.state == State::Osc),
            C1::Interpret => self.string_end_8bit(rest),
        };
        let Some(n) = end else {
            self.length += rest.len();
            return at + rest.len();
        };
        self.length += n + 1;
        self.state = match rest[n] {
            ESC => {
                self.length = 1;
                State::Escape
            }
            byte @ (CAN | SUB) => {
                sink.control(byte);
                State::Ground
            }
            _ => State::Ground,
        };
        at + n + 1
    }
}

/// Where a control string ends: [`ends_string`] as a vector search.
fn string_end(bytes: &[u8], osc: bool) -> Option<usize> {
    if !osc {
        return memchr3(ESC, CAN, SUB, bytes);
    }
    let end = memchr3(ESC, BEL, CAN, bytes);
    memchr(SUB, &bytes[..end.unwrap_or(bytes.len())]).or(end)
}

/// Whether the byte ends a control string, or aborts it.
const fn ends_string(byte: u8, osc: bool) -> bool {
    matches!(byte, ESC | CAN | SUB) || (byte == BEL && osc)
}

/// Whether the byte is a C1 control, given that it stands alone or follows [`C1_LEAD`].
pub(crate) const fn is_c1(byte: u8) -> bool {
    matches!(byte, 0x80..=0x9F)
}
