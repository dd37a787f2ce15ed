//! Telling a terminal's echo of what was typed from what the program answers.
//!
//! A terminal shows what is typed into it, so a wait that begins where the typing began finds the
//! command itself first: after sending `make test`, the pattern `test` matches its own echo.
//! [`EchoSkip`] reads along with the output and says where the echo ends, or, at the first byte
//! that cannot belong to one, that there is none.

use crate::{Edge, Offset, Ring};

/// Recognises the echo of a text at the beginning of what follows.
///
/// Tolerated are the liberties terminals and line editors take: a newline shown as `\r\n`,
/// control characters shown as `^C`, tabs shown as spaces, escape sequences anywhere between, and
/// the space and carriage return with which readline goes to the next row. A line editor that
/// repaints the whole line is not recognised; then nothing is skipped.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Edge, EchoSkip, EchoState, Offset, Ring};
///
/// let mut ring = Ring::new();
/// let mut echo = EchoSkip::new("make test\n", ring.end());
/// ring.push(b"make te");
/// assert_eq!(echo.advance(&ring, Edge::Drained), EchoState::Pending);
/// ring.push(b"st\r\n3 tests ok\r\n");
/// assert_eq!(echo.advance(&ring, Edge::Drained), EchoState::Echoed(Offset::new(11)));
///
/// // A program that does not echo is found out by the first byte.
/// let mut echo = EchoSkip::new("hunter2\n", Offset::new(11));
/// assert_eq!(echo.advance(&ring, Edge::Drained), EchoState::NotEchoed(Offset::new(11)));
/// ```
#[derive(Clone, Debug)]
pub struct EchoSkip {
    from: Offset,
    at: Offset,
    sent: Vec<u8>,
    /// Every way in which what came so far can be read as the echo's beginning.
    readings: Vec<Reading>,
    escape: Escape,
    echoed: Option<Offset>,
    over: bool,
}

/// What is known about an echo.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{EchoState, Offset};
///
/// assert_eq!(EchoState::Pending.offset(), None);
/// assert_eq!(EchoState::Echoed(Offset::new(4)).offset(), Some(Offset::new(4)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EchoState {
    /// All that came so far can be the beginning of the echo, and it is not complete.
    Pending,
    /// The echo was seen; what follows it begins here.
    Echoed(Offset),
    /// What came is something else. This is where the reading began: nothing is to be skipped.
    NotEchoed(Offset),
}

impl EchoState {
    /// Where to go on reading, once that is known.
    pub fn offset(self) -> Option<Offset> {
        match self {
            EchoState::Pending => None,
            EchoState::Echoed(offset) | EchoState::NotEchoed(offset) => Some(offset),
        }
    }
}

/// One way to read the output: how many of the bytes sent have been shown, and what was seen of
/// the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading {
    shown: usize,
    part: Part,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Nothing,
    /// The `^` of `^X`.
    Caret,
    /// The carriage return of a newline.
    Return,
    /// The space that a line editor prints to get to the next row.
    Wrap,
    /// So many of the spaces that stand for a tab.
    Spaces(u8),
    /// So many of the backspaces that put the cursor back on an end-of-file character.
    Backspaces(u8),
}

/// Where in an escape sequence the output is (ECMA-48, sections 5.3 and 5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    None,
    Started,
    /// Up to a final byte.
    Control,
    /// Up to the string terminator, the flag saying that its ESC has come.
    Text(bool),
}

/// The width of a tab stop, the most spaces a tab is shown as (`TAB3` of termios(3)).
const TAB_STOP: u8 = 8;

/// An echo longer than so many bytes for each byte sent, and so many more, is none: a line editor
/// adds colours and cursor movements, but a program that begins an escape sequence and never ends
/// it must not keep a wait from starting.
const MOST_PER_BYTE: u64 = 64;
const MOST_EXTRA: u64 = 4096;

const END_OF_FILE: u8 = 4;
const ESCAPE: u8 = 0x1b;

impl EchoSkip {
    /// Expects the echo of `sent` from `from` on, which is where the output had come to when
    /// the text was sent.
    pub fn new(sent: impl AsRef<[u8]>, from: Offset) -> EchoSkip {
        let mut skip = EchoSkip {
            from,
            at: from,
            sent: sent.as_ref().to_vec(),
            readings: vec![Reading {
                shown: 0,
                part: Part::Nothing,
            }],
            escape: Escape::None,
            echoed: None,
            over: false,
        };
        if skip.sent.is_empty() {
            skip.echoed = Some(from);
            skip.over = true;
        }
        skip
    }

    /// Reads what has come since the last call.
    pub fn advance(&mut self, ring: &Ring, edge: Edge) -> EchoState {
        let most = MOST_PER_BYTE * self.sent.len() as u64 + MOST_EXTRA;
        if self.at < ring.start() || self.at - self.from > most {
            self.over = true;
        }
        if !self.over {
            let base = self.at;
            for (index, &byte) in ring.slice(base..ring.end()).iter().enumerate() {
                self.at = base + index as u64;
                self.read(byte);
                if self.over {
                    break;
                }
                self.at = base + index as u64 + 1;
            }
        }
        match (self.echoed, self.over || edge == Edge::Eof) {
            (Some(end), _) => {
                self.over = true;
                EchoState::Echoed(end)
            }
            (None, true) => EchoState::NotEchoed(self.from),
            (None, false) => EchoState::Pending,
        }
    }

    fn read(&mut self, byte: u8) {
        if self.skip_escape(byte) {
            return;
        }
        let mut next = Vec::with_capacity(self.readings.len() + 1);
        for reading in &self.readings {
            step(&self.sent, *reading, byte, &mut next);
            // A lone carriage return was the whole newline, and the last of what was sent.
            if reading.part == Part::Return && reading.shown + 1 == self.sent.len() && byte != b'\n'
            {
                self.echoed = self.echoed.max(Some(self.at));
            }
        }
        if next.iter().any(|reading| reading.shown == self.sent.len()) {
            self.echoed = Some(self.at + 1);
            next.retain(|reading| reading.shown < self.sent.len());
        }
        self.over = next.is_empty();
        self.readings = next;
    }

    /// Whether a byte belongs to an escape sequence.
    fn skip_escape(&mut self, byte: u8) -> bool {
        self.escape = match (self.escape, byte) {
            (Escape::None, ESCAPE) => Escape::Started,
            (Escape::None, _) => return false,
            (Escape::Started, b'[') => Escape::Control,
            (Escape::Started, b']' | b'P' | b'X' | b'^' | b'_') => Escape::Text(false),
            (Escape::Started, 0x20..=0x2f) => Escape::Started,
            (Escape::Started, _) => Escape::None,
            (Escape::Control, 0x40..=0x7e) => Escape::None,
            (Escape::Control, _) => Escape::Control,
            (Escape::Text(_), ESCAPE) => Escape::Text(true),
            (Escape::Text(_), 0x07) | (Escape::Text(true), b'\\') => Escape::None,
            (Escape::Text(_), _) => Escape::Text(false),
        };
        true
    }
}

/// Adds to `next` every reading that `byte` turns `reading` into.
fn step(sent: &[u8], reading: Reading, byte: u8, next: &mut Vec<Reading>) {
    let Some(&expected) = sent.get(reading.shown) else {
        return;
    };
    let mut add = |shown, part| {
        let reading = Reading { shown, part };
        if !next.contains(&reading) {
            next.push(reading);
        }
    };
    let (shown, done) = (reading.shown, reading.shown + 1);
    match (reading.part, byte) {
        (Part::Wrap, b'\r') => add(shown, Part::Nothing),
        (Part::Return, b'\n') => add(done, Part::Nothing),
        (Part::Return, _) => {
            let rest = Reading {
                shown: done,
                part: Part::Nothing,
            };
            step(sent, rest, byte, next);
        }
        (Part::Caret, _) if byte == expected ^ 0x40 => {
            add(done, Part::Nothing);
            if expected == END_OF_FILE {
                add(shown, Part::Backspaces(0));
            }
        }
        (Part::Backspaces(0), 0x08) => add(shown, Part::Backspaces(1)),
        (Part::Backspaces(_), 0x08) => add(done, Part::Nothing),
        (Part::Spaces(count), b' ') if count < TAB_STOP => {
            add(done, Part::Nothing);
            add(shown, Part::Spaces(count + 1));
        }
        (Part::Nothing, _) => {
            if byte == b' ' {
                add(shown, Part::Wrap);
            }
            match expected {
                b'\r' | b'\n' if byte == b'\r' => add(shown, Part::Return),
                b'\r' | b'\n' if byte == b'\n' => add(done, Part::Nothing),
                b'\r' | b'\n' => {}
                b'\t' if byte == b' ' => {
                    add(done, Part::Nothing);
                    add(shown, Part::Spaces(1));
                }
                _ if byte == expected => add(done, Part::Nothing),
                0x00..=0x1f | 0x7f if byte == b'^' => add(shown, Part::Caret),
                _ => {}
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sent: &str, output: &str, want: EchoState) {
        for chunk in [usize::MAX, 1, 2, 3] {
            let mut ring = Ring::new();
            let mut skip = EchoSkip::new(sent, Offset::ZERO);
            let mut state = EchoState::Pending;
            for piece in output.as_bytes().chunks(chunk.min(output.len().max(1))) {
                ring.push(piece);
                state = skip.advance(&ring, Edge::Live);
                if state != EchoState::Pending {
                    break;
                }
            }
            if state == EchoState::Pending {
                state = skip.advance(&ring, Edge::Drained);
            }
            assert_eq!(
                state, want,
                "sent {sent:?}, output {output:?} in pieces of {chunk}"
            );
        }
    }

    fn echoed(len: u64) -> EchoState {
        EchoState::Echoed(Offset::new(len))
    }

    const NOT: EchoState = EchoState::NotEchoed(Offset::ZERO);

    #[test]
    fn echoes_are_recognised_in_every_dress() {
        check("ls\n", "ls\r\nfile\r\n", echoed(4));
        check("ls\n", "ls\nfile\n", echoed(3));
        check("ls\r", "ls\r\nfile", echoed(4));
        check("a b\n", "a b\r\n", echoed(5));
        check("\x03", "^C\r\n", echoed(2));
        check("x\x7fy\n", "x^?y\r\n", echoed(6));
        check("a\tb\n", "a       b\r\n", echoed(11));
        check("a\tb\n", "a\tb\r\n", echoed(5));
        check(
            "ls\n",
            "\x1b[1ml\x1b]0;title\x07s\x1b[0m\r\n\x1b[?2004l\r",
            echoed(22),
        );
        check("", "anything", echoed(0));
        check("é\n", "é\r\n", echoed(4));
    }

    #[test]
    fn rows_wrapped_by_a_line_editor_are_recognised() {
        check("abcdef\n", "abc \rdef\r\n", echoed(10));
        // A space that is itself sent, right at the wrap.
        check("abc def\n", "abc  \rdef\r\n", echoed(11));
        check("ab \n", "ab \r\nrest", echoed(5));
    }

    #[test]
    fn what_is_no_echo_is_not_skipped() {
        check("ls\n", "file\r\n", NOT);
        check("ls\n", "lx", NOT);
        check("secret\n", "\r\nWelcome", NOT);
        check("ls\n", "l", EchoState::Pending);
        check("ls\n", "ls\r", EchoState::Pending);
        check("ls\r", "ls\rprompt", echoed(3));
    }

    #[test]
    fn an_escape_sequence_without_end_is_given_up() {
        let mut ring = Ring::new();
        let mut skip = EchoSkip::new("ls\n", Offset::ZERO);
        ring.push(b"l\x1b]");
        for _ in 0..50 {
            ring.push(&[b'x'; 100]);
            skip.advance(&ring, Edge::Drained);
        }
        assert_eq!(skip.advance(&ring, Edge::Drained), NOT);
    }

    #[test]
    fn an_end_before_the_echo_is_complete_skips_nothing() {
        let mut ring = Ring::new();
        ring.push(b"l");
        let mut skip = EchoSkip::new("ls\n", Offset::ZERO);
        assert_eq!(skip.advance(&ring, Edge::Eof), NOT);
    }
}
