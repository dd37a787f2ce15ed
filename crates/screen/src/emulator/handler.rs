//! What each sequence does: most of it is the emulator's own, the rest is changed here.

use super::{MAX_COMBINING, MAX_KITTY_STACK, Page};
use crate::packed::width_of;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::Column;
use alacritty_terminal::term::TermMode;
use alacritty_terminal::term::cell::{Cell, Flags};
use alacritty_terminal::vte::ansi::{
    Attr, CharsetIndex, ClearMode, CursorShape, CursorStyle, Handler, Hyperlink, KeyboardModes,
    KeyboardModesApplyBehavior, LineClearMode, Mode, NamedMode, NamedPrivateMode, PrivateMode, Rgb,
    StandardCharset, TabulationClearMode,
};
use std::cmp::{max, min};

/// Handler methods that are left to the emulator.
macro_rules! delegate {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {
        $(
            #[inline]
            fn $name(&mut self, $($argument: $type),*) {
                Handler::$name(&mut self.term, $($argument),*);
            }
        )*
    };
}

impl Handler for Page {
    delegate! {
        set_cursor_style(style: Option<CursorStyle>);
        set_cursor_shape(shape: CursorShape);
        goto(line: i32, column: usize);
        goto_line(line: i32);
        insert_blank(count: usize);
        move_forward(columns: usize);
        move_backward(columns: usize);
        backspace();
        carriage_return();
        set_horizontal_tabstop();
        scroll_down(rows: usize);
        erase_chars(count: usize);
        delete_chars(count: usize);
        move_backward_tabs(count: u16);
        move_forward_tabs(count: u16);
        save_cursor_position();
        restore_cursor_position();
        clear_line(mode: LineClearMode);
        clear_tabs(mode: TabulationClearMode);
        reverse_index();
        set_mode(mode: Mode);
        unset_mode(mode: Mode);
        set_keypad_application_mode();
        unset_keypad_application_mode();
        configure_charset(index: CharsetIndex, charset: StandardCharset);
        set_color(index: usize, colour: Rgb);
        reset_color(index: usize);
        set_hyperlink(link: Option<Hyperlink>);
        decaln();
    }

    fn set_active_charset(&mut self, index: CharsetIndex) {
        self.charset = index;
        Handler::set_active_charset(&mut self.term, index);
    }

    #[inline]
    fn input(&mut self, character: char) {
        if !(matches!(character, ' '..='~') && self.write_plainly(character)) {
            self.write(character);
        }
    }

    #[inline]
    fn linefeed(&mut self) {
        self.before_line_feed();
        Handler::linefeed(&mut self.term);
        if self.term.mode().contains(TermMode::LINE_FEED_NEW_LINE) {
            Handler::carriage_return(&mut self.term);
        }
    }

    /// A tab behind the last column stays there, as in xterm.
    fn put_tab(&mut self, count: u16) {
        if !self.term.grid().cursor.input_needs_wrap {
            Handler::put_tab(&mut self.term, count);
        }
    }

    /// SGR 21 underlines twice (ECMA-48); the parser takes it for the end of bold.
    #[inline]
    fn terminal_attribute(&mut self, attribute: Attr) {
        let attribute = match attribute {
            Attr::CancelBold => Attr::DoubleUnderline,
            attribute => attribute,
        };
        Handler::terminal_attribute(&mut self.term, attribute);
    }

    fn goto_col(&mut self, column: usize) {
        self.place(self.cursor_line(), Some(column));
    }

    /// Stops at the top margin, when it is not above it already.
    fn move_up(&mut self, rows: usize) {
        let line = self.cursor_line();
        let (top, _) = self.region;
        let stop = if line >= top { top } else { 0 };
        self.place(max(line.saturating_sub(rows), stop), None);
    }

    /// Stops at the bottom margin, when it is not below it already.
    fn move_down(&mut self, rows: usize) {
        let line = self.cursor_line();
        let (_, bottom) = self.region;
        let stop = if line < bottom {
            bottom
        } else {
            self.term.screen_lines()
        };
        self.place(min(line.saturating_add(rows), stop - 1), None);
    }

    fn move_down_and_cr(&mut self, rows: usize) {
        self.move_down(rows);
        self.place(self.cursor_line(), Some(0));
    }

    fn move_up_and_cr(&mut self, rows: usize) {
        self.move_up(rows);
        self.place(self.cursor_line(), Some(0));
    }

    fn scroll_up(&mut self, rows: usize) {
        self.scroll_off(rows);
        Handler::scroll_up(&mut self.term, rows);
    }

    /// Moves the cursor to the first column, as in xterm.
    fn insert_blank_lines(&mut self, count: usize) {
        if self.is_in_region() {
            Handler::insert_blank_lines(&mut self.term, count);
            self.place(self.cursor_line(), Some(0));
        }
    }

    fn delete_lines(&mut self, count: usize) {
        if self.is_in_region() {
            Handler::delete_lines(&mut self.term, count);
            self.place(self.cursor_line(), Some(0));
        }
    }

    fn clear_screen(&mut self, mode: ClearMode) {
        match mode {
            // What is cleared is gone, as in xterm; the emulator would scroll it off.
            ClearMode::All => self.term.grid_mut().reset_region(..),
            ClearMode::Saved => self.scrollback.clear(),
            ClearMode::Above => {
                let line = self.term.grid().cursor.point.line;
                // The emulator forgets the first row when the cursor is on the second.
                if line == 1 {
                    self.term.grid_mut().reset_region(..line);
                }
                Handler::clear_screen(&mut self.term, mode);
            }
            ClearMode::Below => Handler::clear_screen(&mut self.term, mode),
        }
    }

    fn set_tabs(&mut self, interval: u16) {
        Handler::clear_tabs(&mut self.term, TabulationClearMode::All);
        let column = self.term.grid().cursor.point.column;
        for stop in (0..self.term.columns()).step_by(usize::from(interval.max(1))) {
            self.term.grid_mut().cursor.point.column = Column(stop);
            Handler::set_horizontal_tabstop(&mut self.term);
        }
        self.term.grid_mut().cursor.point.column = column;
    }

    fn reset_state(&mut self) {
        Handler::reset_state(&mut self.term);
        self.scrollback.clear();
        self.region = (0, self.term.screen_lines());
        self.reverse = false;
        self.kitty = Default::default();
        self.charset = CharsetIndex::default();
    }

    fn set_scrolling_region(&mut self, top: usize, bottom: Option<usize>) {
        let rows = self.term.screen_lines();
        let bottom = min(bottom.unwrap_or(rows), rows);
        if top < bottom {
            self.region = (top - 1, bottom);
            Handler::set_scrolling_region(&mut self.term, top, Some(bottom));
        }
    }

    fn set_private_mode(&mut self, mode: PrivateMode) {
        match mode {
            PrivateMode::Unknown(5) => self.reverse = true,
            PrivateMode::Unknown(47 | 1047) => self.set_alternate(true),
            PrivateMode::Unknown(1048) => self.save_cursor_position(),
            PrivateMode::Named(NamedPrivateMode::ColumnMode) => self.clear_for_columns(),
            _ => Handler::set_private_mode(&mut self.term, mode),
        }
    }

    fn unset_private_mode(&mut self, mode: PrivateMode) {
        match mode {
            PrivateMode::Unknown(5) => self.reverse = false,
            PrivateMode::Unknown(47 | 1047) => self.set_alternate(false),
            PrivateMode::Unknown(1048) => self.restore_cursor_position(),
            PrivateMode::Named(NamedPrivateMode::ColumnMode) => self.clear_for_columns(),
            // Without the alternate screen it is the cursor alone that comes back, as in xterm:
            // dialog ends so.
            PrivateMode::Named(NamedPrivateMode::SwapScreenAndSetRestoreCursor)
                if !self.is_alternate() =>
            {
                self.restore_cursor_position();
            }
            PrivateMode::Named(NamedPrivateMode::Origin) => {
                Handler::unset_private_mode(&mut self.term, mode);
                Handler::goto(&mut self.term, 0, 0);
            }
            _ => Handler::unset_private_mode(&mut self.term, mode),
        }
    }

    fn set_title(&mut self, title: Option<String>) {
        self.titles.set(title.unwrap_or_default());
    }

    fn push_title(&mut self) {
        self.titles.push();
    }

    fn pop_title(&mut self) {
        self.titles.pop();
    }

    fn push_keyboard_mode(&mut self, mode: KeyboardModes) {
        let kitty = &mut self.kitty[usize::from(self.is_alternate())];
        if kitty.saved.len() == MAX_KITTY_STACK {
            kitty.saved.remove(0);
        }
        kitty.saved.push(kitty.flags);
        kitty.flags = mode.bits();
    }

    fn pop_keyboard_modes(&mut self, count: u16) {
        let kitty = &mut self.kitty[usize::from(self.is_alternate())];
        for _ in 0..usize::from(count).min(MAX_KITTY_STACK + 1) {
            kitty.flags = kitty.saved.pop().unwrap_or(0);
        }
    }

    fn set_keyboard_mode(&mut self, mode: KeyboardModes, behaviour: KeyboardModesApplyBehavior) {
        let kitty = &mut self.kitty[usize::from(self.is_alternate())];
        match behaviour {
            KeyboardModesApplyBehavior::Replace => kitty.flags = mode.bits(),
            KeyboardModesApplyBehavior::Union => kitty.flags |= mode.bits(),
            KeyboardModesApplyBehavior::Difference => kitty.flags &= !mode.bits(),
        }
    }
}

impl Page {
    /// Writes a character of one cell where nothing but that cell changes; the emulator, which
    /// does the rest, has to look up its width and more. Returns whether it is done.
    #[inline(always)]
    fn write_plainly(&mut self, character: char) -> bool {
        let insert = self.term.mode().contains(TermMode::INSERT);
        let grid = self.term.grid_mut();
        let cursor = &grid.cursor;
        let column = cursor.point.column;
        let at_end = column.0 + 1 >= grid.columns();
        if insert || at_end || cursor.input_needs_wrap {
            return false;
        }
        let line = cursor.point.line;
        let Cell {
            fg,
            bg,
            flags,
            ref extra,
            ..
        } = cursor.template;
        if extra.is_some() || cursor.charsets[self.charset] != StandardCharset::Ascii {
            return false;
        }
        let cell = &mut grid[line][column];
        if cell
            .flags
            .intersects(Flags::WIDE_CHAR.union(Flags::WIDE_CHAR_SPACER))
        {
            return false;
        }
        cell.c = character;
        cell.fg = fg;
        cell.bg = bg;
        cell.flags = flags;
        if cell.extra.is_some() {
            cell.extra = None;
        }
        grid.cursor.point.column += 1;
        true
    }

    /// Writes any character.
    #[inline(never)]
    fn write(&mut self, character: char) {
        let columns = self.term.columns();
        let cursor = &self.term.grid().cursor;
        let width = width_of(character);
        if width == 0 {
            if !self.has_room_for_combining() {
                return;
            }
        } else if width > columns {
            return;
        } else if self.term.mode().contains(TermMode::LINE_WRAP) {
            let at_end = cursor.point.column.0 + width > columns;
            if cursor.input_needs_wrap || at_end {
                self.before_line_feed();
            }
        }
        Handler::input(&mut self.term, character);
    }

    fn is_in_region(&self) -> bool {
        let line = self.cursor_line();
        (self.region.0..self.region.1).contains(&line)
    }

    /// Whether the cell that a combining character would go to can take one more.
    fn has_room_for_combining(&self) -> bool {
        let grid = self.term.grid();
        let cursor = &grid.cursor;
        let row = &grid[cursor.point.line];
        let mut column = cursor.point.column.0;
        if !cursor.input_needs_wrap {
            column = column.saturating_sub(1);
        }
        if row[Column(column)].flags.contains(Flags::WIDE_CHAR_SPACER) {
            column = column.saturating_sub(1);
        }
        let there = row[Column(column)].zerowidth().map_or(0, <[char]>::len);
        there < MAX_COMBINING
    }

    /// Modes 47 and 1047.
    fn set_alternate(&mut self, on: bool) {
        if self.is_alternate() != on {
            self.term.swap_alt();
        }
    }

    /// DECCOLM: the columns stay, the screen is cleared and the region is all of it.
    fn clear_for_columns(&mut self) {
        self.term.grid_mut().reset_region(..);
        self.set_scrolling_region(1, None);
    }

    /// DECSTR, as DEC STD 070 and xterm have it.
    pub(super) fn soft_reset(&mut self) {
        let term = &mut self.term;
        let mode = PrivateMode::Named;
        Handler::set_private_mode(term, mode(NamedPrivateMode::ShowCursor));
        Handler::set_private_mode(term, mode(NamedPrivateMode::LineWrap));
        Handler::unset_private_mode(term, mode(NamedPrivateMode::Origin));
        Handler::unset_private_mode(term, mode(NamedPrivateMode::CursorKeys));
        Handler::unset_mode(term, Mode::Named(NamedMode::Insert));
        Handler::unset_keypad_application_mode(term);
        Handler::terminal_attribute(term, Attr::Reset);
        for index in [
            CharsetIndex::G0,
            CharsetIndex::G1,
            CharsetIndex::G2,
            CharsetIndex::G3,
        ] {
            Handler::configure_charset(term, index, StandardCharset::Ascii);
        }
        Handler::set_active_charset(term, CharsetIndex::G0);
        self.charset = CharsetIndex::G0;
        let term = &mut self.term;
        // The region is set without moving the cursor.
        let cursor = term.grid().cursor.clone();
        Handler::set_scrolling_region(term, 1, None);
        term.grid_mut().cursor = cursor;
        term.grid_mut().saved_cursor = Default::default();
        self.region = (0, self.term.screen_lines());
    }
}
