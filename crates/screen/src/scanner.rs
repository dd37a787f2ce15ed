//! Finds what a program tells its terminal, without a screen.

use crate::event::Event;
use crate::lexer::{Lexer, Sink, Token};
use crate::marks;

/// Finds [`Event`]s in a program's output, however it is cut into chunks.
///
/// Text costs a search for ESC, no more. Nothing that comes can make it panic or hold more than
/// [`MAX_STRING`](crate::MAX_STRING) bytes; what is over a limit is no event. Strings may end with
/// BEL or with ST (`ESC \`); one that CAN, SUB or another sequence breaks off is no event. The
/// 8-bit forms of OSC and ST are not read: their bytes are part of UTF-8 characters.
///
/// For a stream whose screen nobody keeps.
///
/// # Example
/// ```
/// use rejoinder_screen::{EventKind, MarkKind, Scanner};
///
/// let mut scanner = Scanner::new();
/// let mut events = Vec::new();
/// scanner.push(b"hello\r\n\x1b]133;D;", &mut events);
/// assert!(events.is_empty());
/// scanner.push(b"1;k=abc\x07", &mut events);
/// let EventKind::Mark(mark) = &events[0].kind else { panic!() };
/// assert_eq!((mark.kind, &mark.parameters[..]), (MarkKind::CommandEnd, &["1".into(), "k=abc".into()][..]));
/// assert_eq!((events[0].start, events[0].end), (7, 23));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Scanner {
    lexer: Lexer,
}

impl Scanner {
    /// A scanner at the start of a stream, offset 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of output, and appends the events that they complete.
    pub fn push(&mut self, input: &[u8], events: &mut Vec<Event>) {
        self.lexer.feed(input, &mut Collect { events });
    }

    /// Bytes taken so far: the offset of the next one.
    pub fn offset(&self) -> u64 {
        self.lexer.offset()
    }
}

struct Collect<'a> {
    events: &'a mut Vec<Event>,
}

impl Sink for Collect<'_> {
    fn picture(&mut self, _: &[u8]) {}

    fn token(&mut self, start: u64, end: u64, token: Token<'_>) {
        let Token::Osc { body, .. } = token else {
            return;
        };
        if let Some(kind) = marks::parse(body) {
            self.events.push(Event { start, end, kind });
        }
    }
}
