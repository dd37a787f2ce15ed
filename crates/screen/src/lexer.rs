//! Where the sequences of a stream begin and end, and what each carries.
//!
//! The front of both the scanner and the screen. It looks for ESC, reads control sequences and
//! control strings to their end, and hands out those that say something beside the picture; what
//! makes the picture goes on unread. The grammar is that of `rejoinder_ansi`, limits included, so
//! a byte that is text there is text here. What it adds: a string is handed out only when it is
//! properly terminated, with its bytes in one piece, and strings are kept away from the emulator,
//! which would hold them in memory without a bound.

use memchr::{memchr, memchr2, memchr3};
use rejoinder_ansi::{MAX_CONTROL_SEQUENCE, MAX_CONTROL_STRING};

/// The most bytes a control string (OSC, DCS) may have to be looked at, introducer and terminator
/// left out; a longer one is skipped. A path of 4,096 bytes, every one of them percent-encoded,
/// has room in it.
pub const MAX_STRING: usize = 16 * 1024;

const ESC: u8 = 0x1B;
const BEL: u8 = 0x07;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1A;

/// Bytes of memory kept from one split sequence to the next.
const KEPT: usize = 256;

/// A sequence that says something beside the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// What follows `CSI`, final byte included. Only those with a final byte of [`is_asked`].
    Control(&'a [u8]),
    /// What follows `ESC`: intermediate bytes and the final one.
    Escape(&'a [u8]),
    /// What stands between `OSC` and its end.
    Osc {
        body: &'a [u8],
        /// It ended with BEL, not with ST; an answer ends as its question does.
        bell: bool,
    },
    /// What stands between `DCS` and its end.
    Dcs(&'a [u8]),
}

/// Who is told what the lexer finds, in the order of the stream.
pub(crate) trait Sink {
    /// Bytes of the picture: text, control characters, control and escape sequences, whole or in
    /// parts. What is told as a [`Token::Control`] or [`Token::Escape`] has been told here before.
    fn picture(&mut self, bytes: &[u8]);

    /// A sequence of the stream's bytes `start..end`.
    fn token(&mut self, start: u64, end: u64, token: Token<'_>);
}

/// Whether a control sequence with this final byte can be a question or a change of what is
/// answered: DA, DSR, DECRQM, DECSTR, XTVERSION, window reports, kitty's keyboard flags.
const fn is_asked(last: u8) -> bool {
    matches!(last, b'c' | b'n' | b'p' | b'q' | b't' | b'u')
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Ground,
    /// After `ESC`.
    Escape,
    /// After `ESC` and intermediate bytes.
    Intermediate,
    /// After `ESC [`.
    Control,
    /// After `ESC ]`, or `ESC` and one of `P X ^ _`.
    String(Kind),
    /// After ESC in a string: ST, or the string is broken off.
    Terminator(Kind),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Osc,
    Dcs,
    /// SOS, PM, APC: nothing here reads them.
    Other,
}

/// The machine's state between chunks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lexer {
    state: State,
    /// Bytes of the stream before the next chunk.
    offset: u64,
    /// Where the unfinished sequence began.
    start: u64,
    /// Bytes of the unfinished sequence, introducer included, as `rejoinder_ansi` counts them.
    length: usize,
    /// What of its body came with earlier chunks; of a string at most [`MAX_STRING`] bytes.
    held: Vec<u8>,
    /// The string has outgrown [`MAX_STRING`].
    skipped: bool,
}

impl Lexer {
    /// Bytes read so far.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes of the unfinished sequence that have been told as a part of the picture.
    pub(crate) fn unfinished(&self) -> usize {
        match self.state {
            State::Escape | State::Intermediate | State::Control => {
                (self.offset - self.start) as usize
            }
            State::Ground | State::String(_) | State::Terminator(_) => 0,
        }
    }

    /// Reads a chunk.
    pub(crate) fn feed<S: Sink>(&mut self, input: &[u8], sink: &mut S) {
        let mut chunk = Chunk {
            input,
            base: self.offset,
            told: 0,
            body: 0,
            sink,
        };
        let mut at = 0;
        while at < input.len() {
            at = match self.state {
                State::Ground => match memchr(ESC, &input[at..]) {
                    Some(n) => self.begin(&mut chunk, at + n),
                    None => input.len(),
                },
                State::Escape | State::Intermediate | State::Control => {
                    self.sequence(&mut chunk, at)
                }
                State::String(kind) => self.string(&mut chunk, at, kind),
                State::Terminator(kind) => self.terminator(&mut chunk, at, kind),
            };
        }
        match self.state {
            State::Ground => chunk.tell(input.len()),
            State::Escape | State::Intermediate | State::Control => {
                self.held.extend_from_slice(&input[chunk.body..]);
                chunk.tell(input.len());
            }
            State::String(_) => self.hold(&input[chunk.body..]),
            State::Terminator(_) => {}
        }
        self.offset += input.len() as u64;
    }

    /// The ESC at `at` begins a sequence.
    fn begin<S: Sink>(&mut self, chunk: &mut Chunk<'_, S>, at: usize) -> usize {
        self.state = State::Escape;
        self.start = chunk.base + at as u64;
        self.length = 1;
        self.release();
        chunk.body = at + 1;
        at + 1
    }

    /// Forgets what is held of the body.
    fn release(&mut self) {
        self.held.clear();
        self.held.shrink_to(KEPT);
        self.skipped = false;
    }

    /// Reads on in an escape or control sequence.
    fn sequence<S: Sink>(&mut self, chunk: &mut Chunk<'_, S>, mut at: usize) -> usize {
        let input = chunk.input;
        while let Some(&byte) = input.get(at) {
            if self.length >= MAX_CONTROL_SEQUENCE {
                // Too long to be one: the emulator has to leave it, too.
                chunk.tell(at);
                chunk.sink.picture(&[CAN]);
                return self.end(at);
            }
            self.length += 1;
            at += 1;
            match (self.state, byte) {
                (_, ESC) => return self.begin(chunk, at - 1),
                (_, CAN | SUB) => return self.end(at),
                (_, 0..0x20) => {}
                (State::Escape, b'[') => {
                    self.state = State::Control;
                    self.held.clear();
                    chunk.body = at;
                }
                (State::Escape, b']' | b'P' | b'X' | b'^' | b'_') => {
                    return self.begin_string(chunk, at, byte);
                }
                (State::Control, 0x40..=0x7E) => {
                    if is_asked(byte) {
                        self.whole(chunk, at, |body| Token::Control(body));
                    }
                    return self.end(at);
                }
                (State::Escape | State::Intermediate, 0x20..=0x2F) => {
                    self.state = State::Intermediate;
                }
                (State::Escape | State::Intermediate, 0x30..=0x7E) => {
                    self.whole(chunk, at, |body| Token::Escape(body));
                    return self.end(at);
                }
                // DEL, bytes that are no ASCII, and parameters.
                _ => {}
            }
        }
        at
    }

    fn end(&mut self, at: usize) -> usize {
        self.state = State::Ground;
        at
    }

    /// Tells of the sequence that ends before `at`.
    fn whole<S: Sink>(
        &mut self,
        chunk: &mut Chunk<'_, S>,
        at: usize,
        token: for<'b> fn(&'b [u8]) -> Token<'b>,
    ) {
        chunk.tell(at);
        let part = &chunk.input[chunk.body..at];
        let body = if self.held.is_empty() {
            part
        } else {
            self.held.extend_from_slice(part);
            &self.held
        };
        let end = chunk.base + at as u64;
        chunk.sink.token(self.start, end, token(body));
    }

    /// The introducer of a string ends before `at`.
    fn begin_string<S: Sink>(
        &mut self,
        chunk: &mut Chunk<'_, S>,
        at: usize,
        introducer: u8,
    ) -> usize {
        self.state = State::String(match introducer {
            b']' => Kind::Osc,
            b'P' => Kind::Dcs,
            _ => Kind::Other,
        });
        // Control characters behind the ESC act at once. What else the emulator has been told of
        // this sequence, of an interrupted one, or of a character that is not finished, ends here.
        chunk.tell(at - 1);
        chunk.sink.picture(&[CAN]);
        chunk.told = at;
        self.held.clear();
        chunk.body = at;
        at
    }

    /// Reads on in a string.
    fn string<S: Sink>(&mut self, chunk: &mut Chunk<'_, S>, at: usize, kind: Kind) -> usize {
        let room = MAX_CONTROL_STRING - self.length;
        let input = chunk.input;
        let rest = &input[at..input.len().min(at.saturating_add(room))];
        let Some(n) = string_end(rest, kind) else {
            let at = at + rest.len();
            self.length += rest.len();
            chunk.told = at;
            if self.length < MAX_CONTROL_STRING {
                return at;
            }
            // Too long to be one: text again.
            self.release();
            return self.end(at);
        };
        self.length += n + 1;
        let at = at + n + 1;
        chunk.told = at;
        match rest[n] {
            ESC => {
                self.hold(&input[chunk.body..at - 1]);
                self.state = State::Terminator(kind);
            }
            BEL => {
                self.finish_string(chunk, at, at - 1, kind, true);
                self.end(at);
            }
            _ => {
                self.release();
                self.end(at);
            }
        }
        at
    }

    /// The byte behind an ESC in a string.
    fn terminator<S: Sink>(&mut self, chunk: &mut Chunk<'_, S>, at: usize, kind: Kind) -> usize {
        if chunk.input[at] == b'\\' {
            chunk.told = at + 1;
            chunk.body = at;
            self.finish_string(chunk, at + 1, at, kind, false);
            return self.end(at + 1);
        }
        // The ESC began another sequence; it may stand in the chunk before.
        self.state = State::Escape;
        self.start = chunk.base + at as u64 - 1;
        self.length = 1;
        self.release();
        chunk.body = at;
        if at == 0 {
            chunk.sink.picture(&[ESC]);
        } else {
            chunk.told = at - 1;
        }
        at
    }

    /// Keeps a part of the body, as far as there is room.
    fn hold(&mut self, part: &[u8]) {
        if self.held.len() + part.len() > MAX_STRING {
            self.release();
            self.skipped = true;
        } else if !self.skipped {
            self.held.extend_from_slice(part);
        }
    }

    /// Tells of the string that ends before `at`, its terminator at `last`.
    fn finish_string<S: Sink>(
        &mut self,
        chunk: &mut Chunk<'_, S>,
        at: usize,
        last: usize,
        kind: Kind,
        bell: bool,
    ) {
        let part = &chunk.input[chunk.body..last];
        self.hold(part);
        if !self.skipped {
            let end = chunk.base + at as u64;
            let body = &self.held;
            match kind {
                Kind::Osc => chunk.sink.token(self.start, end, Token::Osc { body, bell }),
                Kind::Dcs => chunk.sink.token(self.start, end, Token::Dcs(body)),
                Kind::Other => {}
            }
        }
        self.release();
    }
}

/// A chunk being read.
struct Chunk<'a, S> {
    input: &'a [u8],
    /// The stream's offset of its first byte.
    base: u64,
    /// As far as this the sink has been told of the picture.
    told: usize,
    /// Where the unfinished sequence's body, or its part in this chunk, begins.
    body: usize,
    sink: &'a mut S,
}

impl<S: Sink> Chunk<'_, S> {
    /// Tells of the picture before `at`.
    fn tell(&mut self, at: usize) {
        if at > self.told {
            self.sink.picture(&self.input[self.told..at]);
            self.told = at;
        }
    }
}

/// Where a control string ends or is broken off.
fn string_end(bytes: &[u8], kind: Kind) -> Option<usize> {
    if kind != Kind::Osc {
        return memchr3(ESC, CAN, SUB, bytes);
    }
    let end = memchr2(ESC, BEL, bytes);
    memchr2(CAN, SUB, &bytes[..end.unwrap_or(bytes.len())]).or(end)
}
