//! A program's terminal: its output goes in, answers, events and views come out.

use crate::answer::answer;
use crate::changes::Changes;
use crate::emulator::Emulator;
use crate::event::Event;
use crate::lexer::{Lexer, Sink, Token};
use crate::query::{self, Query};
use crate::seen::Seen;
use crate::snapshot::{Size, Snapshot};
use crate::theme::Theme;
use crate::{flood, marks};
use rejoinder_ansi::incomplete_suffix;

/// Output that waits to be shown is at most this many bytes and a piece of 64 KiB.
pub const MAX_PENDING: usize = 256 * 1024;

/// Answers that nobody has taken are at most this many bytes, and one more answer; questions
/// after that are not answered. A program that asks so much without reading reads nothing.
pub const MAX_REPLIES: usize = 64 * 1024;

/// The longest address of a link (OSC 8) that is kept, in bytes: VTE's limit. Text with a longer
/// one is no link.
pub const MAX_LINK: usize = 2083;

/// The largest size: 500 rows, 1,000 columns.
pub const MAX_SIZE: Size = Size {
    rows: 500,
    cols: 1000,
};

/// Output is taken in pieces of at most this many bytes.
const PIECE: usize = 64 * 1024;

/// Bytes of memory kept for what waits to be shown.
const KEPT: usize = 4 * 1024;

/// What a screen is like before any output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScreenConfig {
    /// Its size, 24 rows of 80 columns by default; brought within 1 and [`MAX_SIZE`].
    pub size: Size,
    /// Its own colours, for programs that ask.
    pub theme: Theme,
}

impl Default for ScreenConfig {
    fn default() -> Self {
        Self {
            size: Size { rows: 24, cols: 80 },
            theme: Theme::default(),
        }
    }
}

/// A program's terminal, without glass or keys.
///
/// [`push`](Self::push) takes output, finds events and answers questions; it looks through what
/// comes and leaves the showing for later. The screen catches up when somebody looks, when a
/// question needs its state, when too much waits, or when [`catch_up`](Self::catch_up) is called,
/// for which a pause in the output is the right moment. Views do not depend on when that was, nor
/// on how the output was cut.
///
/// # Example
/// ```
/// use rejoinder_screen::{Screen, ScreenConfig};
///
/// let mut screen = Screen::new(ScreenConfig::default());
/// let mut events = Vec::new();
/// screen.push(b"\x1b[2;3Hhi\x1b[6n", &mut events);
/// assert_eq!(screen.take_replies(), b"\x1b[2;5R");
/// let view = screen.snapshot(0);
/// assert_eq!(view.rows[1].cells[2].character, 'h');
/// assert_eq!((view.cursor.row, view.cursor.col), (1, 4));
/// ```
#[derive(Debug)]
pub struct Screen {
    lexer: Lexer,
    page: Page,
    seen: Seen,
}

/// All that the lexer's finds change.
#[derive(Debug)]
struct Page {
    emulator: Emulator,
    size: Size,
    theme: Theme,
    /// Output that the emulator has not been fed.
    pending: Vec<u8>,
    replies: String,
    /// Something has come since the last look.
    stale: bool,
}

impl Screen {
    /// A screen with nothing on it, before offset 0 of the output.
    pub fn new(config: ScreenConfig) -> Self {
        let size = checked(config.size);
        Self {
            lexer: Lexer::default(),
            page: Page {
                emulator: Emulator::new(emulated(size)),
                size,
                theme: config.theme,
                pending: Vec::new(),
                replies: String::new(),
                stale: false,
            },
            seen: Seen::new(size),
        }
    }

    /// Takes the next bytes of output, and appends the events that they complete.
    pub fn push(&mut self, output: &[u8], events: &mut Vec<Event>) {
        for piece in output.chunks(PIECE) {
            let page = &mut self.page;
            self.lexer.feed(piece, &mut Front { page, events });
            if self.page.pending.len() >= MAX_PENDING {
                self.page.make_room(self.lexer.unfinished());
            }
        }
    }

    /// The answers to the program's questions so far, to be written to its input.
    pub fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.page.replies).into_bytes()
    }

    /// Whether there are answers to take.
    pub fn has_replies(&self) -> bool {
        !self.page.replies.is_empty()
    }

    /// Bytes of output taken so far.
    pub fn offset(&self) -> u64 {
        self.lexer.offset()
    }

    /// The size in force.
    pub fn size(&self) -> Size {
        self.page.size
    }

    /// Shows what waits to be shown, and gives its memory back.
    pub fn catch_up(&mut self) {
        self.page.catch_up(self.lexer.unfinished());
    }

    /// The present version: it has grown since the last look if anything looks different. The
    /// scrollback does not count.
    pub fn version(&mut self) -> u64 {
        self.look();
        self.seen.version()
    }

    /// What the screen shows now, with the last rows of its scrollback, as many as are asked for
    /// and there.
    pub fn snapshot(&mut self, scrollback_lines: usize) -> Snapshot {
        self.look();
        let offset = self.lexer.offset();
        self.seen
            .snapshot(&self.page.emulator, offset, scrollback_lines)
    }

    /// What differs from the view that had this version. A version from before the size changed,
    /// or that no view had, gives everything.
    pub fn changes_since(&mut self, version: u64) -> Changes {
        self.look();
        self.seen.changes_since(version, self.lexer.offset())
    }

    /// Rows of scrollback there are, up to [`MAX_SCROLLBACK_ROWS`](crate::MAX_SCROLLBACK_ROWS).
    pub fn scrollback_rows(&mut self) -> usize {
        self.catch_up();
        self.page.emulator.scrollback().len()
    }

    /// Changes the size, brought within 1 and [`MAX_SIZE`]. Long lines of the main screen flow
    /// into the new width; rows that no longer fit go to the scrollback.
    pub fn resize(&mut self, size: Size) {
        let size = checked(size);
        if size == self.page.size {
            return;
        }
        self.look();
        self.page.size = size;
        self.page.emulator.resize(emulated(size));
        self.page.stale = true;
        self.seen.resize(size);
    }

    fn look(&mut self) {
        self.catch_up();
        if std::mem::take(&mut self.page.stale) {
            self.seen.look(&mut self.page.emulator);
        }
    }
}

fn checked(size: Size) -> Size {
    Size {
        rows: size.rows.clamp(1, MAX_SIZE.rows),
        cols: size.cols.clamp(1, MAX_SIZE.cols),
    }
}

/// The emulator needs two columns for its wide characters; the second of them is not shown where
/// there is but one.
fn emulated(size: Size) -> Size {
    Size {
        cols: size.cols.max(2),
        ..size
    }
}

impl Page {
    /// Feeds the emulator all but the last `unfinished` bytes: a sequence that goes on.
    fn catch_up(&mut self, unfinished: usize) {
        let whole = self.whole(unfinished);
        if whole > 0 {
            flood::feed(&mut self.emulator, &self.pending[..whole], false);
            self.drop_pending(whole);
        }
        self.pending.shrink_to(KEPT);
    }

    /// Bytes that wait, without the unfinished sequence or character at their end. (The parser
    /// loses text around characters that it gets in parts.)
    fn whole(&self, unfinished: usize) -> usize {
        let whole = self.pending.len() - unfinished;
        // The longest character has four bytes.
        let last = &self.pending[whole.saturating_sub(3)..whole];
        whole - incomplete_suffix(last)
    }

    /// Leaves out what would scroll by unseen; catches up where that is not enough.
    fn make_room(&mut self, unfinished: usize) {
        let whole = self.whole(unfinished);
        let dealt_with = flood::feed(&mut self.emulator, &self.pending[..whole], true);
        self.drop_pending(dealt_with);
        if self.pending.len() > MAX_PENDING / 4 * 3 {
            self.catch_up(unfinished);
        }
    }

    fn drop_pending(&mut self, count: usize) {
        self.pending.drain(..count);
    }

    fn answer(&mut self, query: &Query) {
        if query.needs_state() {
            self.catch_up(0);
        }
        if *query == Query::SoftReset {
            self.emulator.soft_reset();
        } else if self.replies.len() < MAX_REPLIES {
            answer(
                query,
                &self.emulator,
                self.size,
                &self.theme,
                &mut self.replies,
            );
        }
    }

    /// Hands the emulator a command that changes the picture.
    fn command(&mut self, body: &[u8]) {
        let code = body.split(|&byte| byte == b';').next();
        match code {
            Some(b"8") if is_long_link(body) => self.pending.extend_from_slice(b"\x1b]8;;\x07"),
            Some(
                b"0" | b"2" | b"4" | b"8" | b"10" | b"11" | b"12" | b"50" | b"104" | b"110"
                | b"111" | b"112",
            ) => {
                self.pending.extend_from_slice(b"\x1b]");
                self.pending.extend_from_slice(body);
                self.pending.push(0x07);
            }
            _ => return,
        }
        self.stale = true;
    }
}

/// `8;parameters;address`.
fn is_long_link(body: &[u8]) -> bool {
    let address = body.splitn(3, |&byte| byte == b';').nth(2);
    body.len() > 2 * MAX_LINK || address.is_some_and(|address| address.len() > MAX_LINK)
}

/// The lexer's finds on their way.
struct Front<'a> {
    page: &'a mut Page,
    events: &'a mut Vec<Event>,
}

impl Sink for Front<'_> {
    fn picture(&mut self, bytes: &[u8]) {
        self.page.stale = true;
        self.page.pending.extend_from_slice(bytes);
    }

    fn token(&mut self, start: u64, end: u64, token: Token<'_>) {
        if let Token::Osc { body, .. } = token {
            match marks::parse(body) {
                Some(kind) => self.events.push(Event { start, end, kind }),
                None => self.page.command(body),
            }
        }
        if let Some(query) = query::parse(token) {
            self.page.answer(&query);
        }
    }
}
