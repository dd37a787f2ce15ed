//! Line effects: what a person would see once the output has scrolled by.

mod page;
mod row;
mod sequences;

use crate::lexer::{Lexer, Part, Sink};
use crate::sequence::{self, Assembler};
use crate::utf8::Utf8Decoder;
use sequences::Screens;
use std::num::NonZeroU16;

/// The most recent rows that a later sequence can still repaint. Older ones are settled.
pub const MAX_RECENT_LINES: usize = 512;

/// The most columns of a row. A longer line goes on in the next row and is one line in the text.
pub const MAX_COLUMNS: usize = 1024;

/// What a [`LineResolver`] knows of the terminal.
///
/// # Example
/// ```
/// use rejoinder_ansi::{LineConfig, LineResolver};
///
/// let mut config = LineConfig::default();
/// config.alternate_screen = true; // an editor runs already
/// let mut lines = LineResolver::with_config(config);
/// lines.push(b"~\r\n~\x1b[?1049l$ ");
/// assert_eq!(lines.finish(), "$ ");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LineConfig {
    /// Columns of the terminal, at most [`MAX_COLUMNS`]. Longer lines then take several rows, so
    /// that cursor-up counts as the program does; in the text they are one line all the same.
    pub cols: Option<NonZeroU16>,
    /// Rows of the terminal, at most [`MAX_RECENT_LINES`]: how far up the cursor can go, and where
    /// an absolute position is. Without it cursor-up reaches every row that is not settled, and
    /// absolute positions count from the top of the last 24 rows (more, once a program addresses
    /// more).
    pub rows: Option<NonZeroU16>,
    /// The alternate screen was on already before the first byte; see
    /// [`ModeTracker::alternate_screen`](crate::ModeTracker::alternate_screen).
    pub alternate_screen: bool,
}

/// Resolves the line effects of a stream, however it is cut into chunks, to plain text.
///
/// - `\r` and `\b` move left, and what comes then replaces what stood there; a lone `\r` at the
///   end leaves the line as it is, `\r\n` is a line end, and so is `\n` alone (a program writes
///   it so to a pipe).
/// - Erasing (EL, ED, ECH), deleting and inserting (DCH, ICH, DL, IL), cursor movement in and
///   between lines (CUU, CUD, CUF, CUB, CNL, CPL, CHA, CUP, …), saved positions and scrolling
///   regions act as on a terminal, on the last [`MAX_RECENT_LINES`] rows. A progress bar is one
///   line, and a spinner leaves no trail.
/// - A tab stays a tab unless something is written over part of it. Wide characters take two
///   columns, combining marks none (at most eight in one place are kept).
/// - Text that is only appended comes out to the letter. Where a line was written over, blanks
///   at its end are left out.
/// - What erases the screen (ED 2) erases the text on the screen; what had scrolled off it stays.
/// - The alternate screen is a page of its own: it is gone when the program leaves it, and stands
///   after the rest of the text when the output ends within it. So a pager or an editor adds
///   its last view or nothing at all.
/// - Other control characters do nothing (`\x0b` and `\x0c` are line ends), malformed UTF-8 is
///   U+FFFD, and colours are dropped.
///
/// Hidden characters are left in the text; [`escape_hidden`](crate::escape_hidden) shows them.
///
/// # Example
/// ```
/// use rejoinder_ansi::LineResolver;
///
/// let mut lines = LineResolver::new();
/// lines.push(b"fetching |\x08/\x08-\x08 \x08done\r\n  1%\r 50");
/// lines.push(b"%\r\x1b[Kbuilt in 3 s\n");
/// assert_eq!(lines.finish(), "fetching done\nbuilt in 3 s\n");
/// ```
#[derive(Debug, Clone)]
pub struct LineResolver {
    config: LineConfig,
    lexer: Lexer,
    assembler: Assembler,
    decoder: Utf8Decoder,
    screens: Screens,
}

impl Default for LineResolver {
    fn default() -> Self {
        Self::new()
    }
}

impl LineResolver {
    /// A resolver at the start of a line, for a terminal of unknown size.
    pub fn new() -> Self {
        Self::with_config(LineConfig::default())
    }

    /// A resolver at the start of a line, with what is known of the terminal.
    ///
    /// # Example
    /// ```
    /// use rejoinder_ansi::{LineConfig, LineResolver};
    ///
    /// let mut config = LineConfig::default();
    /// config.cols = std::num::NonZeroU16::new(8);
    /// let mut lines = LineResolver::with_config(config);
    /// // Twelve columns are two rows here, so one row up is the first of them.
    /// lines.push(b"loading 1/2!\x1b[1A\rloading 2/2!");
    /// assert_eq!(lines.finish(), "loading 2/2!");
    /// ```
    pub fn with_config(config: LineConfig) -> Self {
        let size = |size: Option<NonZeroU16>| size.map(|size| usize::from(size.get()));
        Self {
            config,
            lexer: Lexer::default(),
            assembler: Assembler::default(),
            decoder: Utf8Decoder::default(),
            screens: Screens::new(
                size(config.cols),
                size(config.rows),
                config.alternate_screen,
            ),
        }
    }

    /// Takes the next bytes of output.
    pub fn push(&mut self, input: &[u8]) {
        let Self {
            lexer,
            assembler,
            decoder,
            screens,
            ..
        } = self;
        lexer.feed(
            input,
            &mut Resolve {
                assembler,
                decoder,
                screens,
            },
        );
    }

    /// Moves the text that nothing can change any more to the end of `out`: whole lines that have
    /// scrolled out of reach. Whoever resolves a long stream calls this to keep memory bounded.
    ///
    /// # Example
    /// ```
    /// use rejoinder_ansi::{LineResolver, MAX_RECENT_LINES};
    ///
    /// let mut lines = LineResolver::new();
    /// lines.push(b"one\n");
    /// lines.push("\n".repeat(MAX_RECENT_LINES).as_bytes());
    /// let mut settled = String::new();
    /// lines.drain_settled(&mut settled);
    /// assert_eq!(settled, "one\n\n");
    /// ```
    pub fn drain_settled(&mut self, out: &mut String) {
        self.screens.main.drain_settled(out);
    }

    /// Ends the output: returns the text that was not drained, and is then as new, with the same
    /// configuration. An unfinished sequence at the end is dropped.
    pub fn finish(&mut self) -> String {
        let Self {
            lexer,
            assembler,
            decoder,
            screens,
            ..
        } = self;
        lexer.finish(&mut Resolve {
            assembler,
            decoder,
            screens,
        });
        decoder.finish(|text| screens.page().print(text));
        let mut text = String::new();
        screens.main.drain_settled(&mut text);
        screens.main.write_to(&mut text);
        if let Some(page) = &screens.alternate {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            page.write_to(&mut text);
        }
        *self = Self::with_config(self.config);
        text
    }
}

/// The text of a whole output as a person would see it: [`LineResolver`] in one call.
///
/// # Example
/// ```
/// use rejoinder_ansi::resolve;
///
/// assert_eq!(resolve(b"\x1b[1mtotal\x1b[0m 12\r\n"), "total 12\n");
/// ```
pub fn resolve(input: &[u8]) -> String {
    let mut resolver = LineResolver::new();
    resolver.push(input);
    resolver.finish()
}

struct Resolve<'a> {
    assembler: &'a mut Assembler,
    decoder: &'a mut Utf8Decoder,
    screens: &'a mut Screens,
}

impl Resolve<'_> {
    /// A character that something interrupts is malformed.
    fn end_character(&mut self) {
        let page = self.screens.page();
        self.decoder.finish(|text| page.print(text));
    }
}

impl Sink for Resolve<'_> {
    fn text(&mut self, input: &[u8], from: usize, to: usize) {
        let page = self.screens.page();
        self.decoder.push(&input[from..to], |text| page.print(text));
    }

    fn held(&mut self, byte: u8) {
        let page = self.screens.page();
        self.decoder.push(&[byte], |text| page.print(text));
    }

    fn control(&mut self, byte: u8) {
        self.end_character();
        // VT and FF.
        if matches!(byte, 0x0B | 0x0C) {
            self.screens.page().new_line();
        }
    }

    fn sequence(&mut self, bytes: &[u8], part: Part) {
        self.end_character();
        let screens = &mut *self.screens;
        self.assembler.take(bytes, part, |sequence| {
            // Colours are most of all sequences.
            if sequence::final_of_csi(sequence) != Some(b'm') {
                sequence::interpret(sequence, screens);
            }
        });
    }
}
