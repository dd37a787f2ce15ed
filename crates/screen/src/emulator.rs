//! The screen itself: `alacritty_terminal` with what it lacks.
//!
//! The emulator's grid and its reading of sequences are `alacritty_terminal`'s and `vte`'s. Added
//! here, because they have no limit there, cost too much memory, or are missing: scrollback, the
//! window's title, combining characters up to a limit, the keyboard protocol's flags, reverse
//! video, the older modes of the alternate screen, the soft reset, and margins for the cursor's
//! movements. It answers nothing: questions are the business of [`answer`](crate::answer).

mod cells;
mod handler;
mod resize;
mod titles;

use crate::packed::{PackedRow, Packer};
use crate::scrollback::Scrollback;
use crate::snapshot::{Cursor, CursorShape, Palette, Size};
use alacritty_terminal::Term;
use alacritty_terminal::event::VoidListener;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::color::Colors;
use alacritty_terminal::term::{Config, TermMode};
use alacritty_terminal::vte::ansi::{self, CharsetIndex, NamedColor, Processor};
use std::time::Duration;
use titles::Titles;

/// The most combining characters on one cell; others are dropped.
pub const MAX_COMBINING: usize = 8;

/// The most states of the kitty keyboard protocol that are saved for each screen.
const MAX_KITTY_STACK: usize = rejoinder_ansi::MAX_KITTY_STACK;

/// A terminal's screen without its surroundings.
pub(crate) struct Emulator {
    parser: Processor<NoTimeout>,
    page: Page,
}

/// What the parser acts on.
struct Page {
    term: Term<VoidListener>,
    scrollback: Scrollback,
    packer: Packer,
    titles: Titles,
    /// The scrolling region: its first row and the one behind its last. The emulator's own cannot
    /// be asked for.
    region: (usize, usize),
    /// The character set in use; the emulator's own cannot be asked for.
    charset: CharsetIndex,
    /// DECSCNM.
    reverse: bool,
    /// Of the main and the alternate screen.
    kitty: [Kitty; 2],
}

/// The keyboard protocol's state on one screen.
#[derive(Default)]
struct Kitty {
    flags: u8,
    saved: Vec<u8>,
}

/// Frames that a program marks as one (`CSI ? 2026 h`) are not held back: that needs a clock.
#[derive(Default)]
struct NoTimeout;

impl ansi::Timeout for NoTimeout {
    fn set_timeout(&mut self, _: Duration) {}

    fn clear_timeout(&mut self) {}

    fn pending_timeout(&self) -> bool {
        false
    }
}

impl Dimensions for Size {
    fn total_lines(&self) -> usize {
        self.screen_lines()
    }

    fn screen_lines(&self) -> usize {
        usize::from(self.rows)
    }

    fn columns(&self) -> usize {
        usize::from(self.cols)
    }
}

/// Without history: the emulator sets a thousand rows of memory aside for any.
fn config(history: usize) -> Config {
    Config {
        scrolling_history: history,
        ..Config::default()
    }
}

impl Emulator {
    pub(crate) fn new(size: Size) -> Self {
        Self {
            parser: Processor::new(),
            page: Page {
                term: Term::new(config(0), &size, VoidListener),
                scrollback: Scrollback::default(),
                packer: Packer::default(),
                titles: Titles::default(),
                region: (0, usize::from(size.rows)),
                charset: CharsetIndex::default(),
                reverse: false,
                kitty: Default::default(),
            },
        }
    }

    /// Shows the next bytes of output.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.parser.advance(&mut self.page, bytes);
    }

    /// Whether plain text scrolls all that is on the screen off it, sooner or later: nothing
    /// below the region stays.
    pub(crate) fn scrolls_everything(&self) -> bool {
        let (top, bottom) = self.page.region;
        top == 0 && bottom == self.page.term.screen_lines()
    }

    pub(crate) fn size(&self) -> Size {
        // Both were `u16` when they were set.
        Size {
            rows: self.page.term.screen_lines() as u16,
            cols: self.page.term.columns() as u16,
        }
    }

    pub(crate) fn cursor(&self) -> Cursor {
        let point = self.page.term.grid().cursor.point;
        let mode = self.page.term.mode();
        Cursor {
            row: point.line.0 as u16,
            col: point.column.0 as u16,
            visible: mode.contains(TermMode::SHOW_CURSOR),
            shape: match self.page.term.cursor_style().shape {
                ansi::CursorShape::Underline => CursorShape::Underline,
                ansi::CursorShape::Beam => CursorShape::Bar,
                _ => CursorShape::Block,
            },
        }
    }

    /// The cursor's parameter of DECSCUSR.
    pub(crate) fn cursor_style(&self) -> u8 {
        let style = self.page.term.cursor_style();
        let shape = match style.shape {
            ansi::CursorShape::Underline => 4,
            ansi::CursorShape::Beam => 6,
            _ => 2,
        };
        shape - u8::from(style.blinking)
    }

    pub(crate) fn mode(&self) -> TermMode {
        *self.page.term.mode()
    }

    pub(crate) fn is_alternate(&self) -> bool {
        self.page.is_alternate()
    }

    pub(crate) fn is_reverse(&self) -> bool {
        self.page.reverse
    }

    pub(crate) fn kitty_flags(&self) -> u8 {
        self.page.kitty[usize::from(self.is_alternate())].flags
    }

    /// First row of the scrolling region and the one behind its last, from 0.
    pub(crate) fn region(&self) -> (usize, usize) {
        self.page.region
    }

    pub(crate) fn title(&self) -> Option<&str> {
        self.page.titles.current()
    }

    /// How the next character would look.
    pub(crate) fn pen(&self) -> crate::snapshot::Style {
        cells::style(&self.page.term.grid().cursor.template)
    }

    /// The colour of an index that a program set: 0 to 255, or one of [`NamedColor`].
    pub(crate) fn colour(&self, index: usize) -> Option<(u8, u8, u8)> {
        let colour = self.page.term.colors()[index]?;
        Some((colour.r, colour.g, colour.b))
    }

    pub(crate) fn palette(&self) -> Palette {
        palette(self.page.term.colors())
    }

    /// A visible row.
    pub(crate) fn row(&mut self, row: usize) -> PackedRow {
        self.page.pack(row as i32)
    }

    pub(crate) fn scrollback(&self) -> &Scrollback {
        &self.page.scrollback
    }

    pub(crate) fn resize(&mut self, size: Size) {
        self.page.resize(size);
    }

    /// DECSTR.
    pub(crate) fn soft_reset(&mut self) {
        self.page.soft_reset();
    }
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator")
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}

fn palette(colours: &Colors) -> Palette {
    let of = |index: usize| colours[index].map(|colour| (colour.r, colour.g, colour.b));
    Palette {
        indexed: (0..=u8::MAX)
            .filter_map(|index| Some((index, of(usize::from(index))?)))
            .collect(),
        foreground: of(NamedColor::Foreground as usize),
        background: of(NamedColor::Background as usize),
        cursor: of(NamedColor::Cursor as usize),
    }
}

impl Page {
    fn is_alternate(&self) -> bool {
        self.term.mode().contains(TermMode::ALT_SCREEN)
    }

    fn cursor_line(&self) -> usize {
        self.term.grid().cursor.point.line.0 as usize
    }

    fn pack(&mut self, row: i32) -> PackedRow {
        cells::pack(&self.term.grid()[Line(row)], &mut self.packer)
    }

    /// The first `count` rows are about to scroll off the top of the region.
    fn scroll_off(&mut self, count: usize) {
        let (top, bottom) = self.region;
        if top != 0 || self.is_alternate() {
            return;
        }
        for row in 0..count.min(bottom) {
            let row = self.pack(row as i32);
            self.scrollback.push(row);
        }
    }

    /// The cursor is about to move down a row, scrolling at the end of the region.
    fn before_line_feed(&mut self) {
        if self.cursor_line() + 1 == self.region.1 {
            self.scroll_off(1);
        }
    }

    fn place(&mut self, line: usize, column: Option<usize>) {
        let last = self.term.columns() - 1;
        let cursor = &mut self.term.grid_mut().cursor;
        cursor.point.line = Line(line as i32);
        if let Some(column) = column {
            cursor.point.column = Column(column.min(last));
        }
        cursor.input_needs_wrap = false;
    }
}
