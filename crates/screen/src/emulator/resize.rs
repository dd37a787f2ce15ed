//! A new size, with the rows that no longer fit going to the scrollback.
//!
//! The emulator lets long lines flow into the new width. It drops what leaves the top where it
//! has no history, and keeps up to a thousand rows of memory for later; so it is given a history
//! for the moment of the change, which is emptied into ours and then taken back.

use super::{Page, config};
use crate::scrollback::MAX_SCROLLBACK_ROWS;
use crate::snapshot::Size;
use alacritty_terminal::grid::Dimensions;

impl Page {
    pub(super) fn resize(&mut self, size: Size) {
        self.term.set_options(config(MAX_SCROLLBACK_ROWS));
        self.term.resize(size);
        // Only the grid that is shown can be worked on.
        self.term.grid_mut().truncate();
        if self.is_alternate() {
            let shown = self.term.grid().clone();
            self.term.swap_alt();
            self.drain_history();
            // This clears the alternate grid.
            self.term.swap_alt();
            *self.term.grid_mut() = shown;
        } else {
            self.drain_history();
            // The alternate grid is cleared whenever it comes to be shown.
            let saved = self.term.grid().saved_cursor.clone();
            self.term.swap_alt();
            self.term.grid_mut().truncate();
            self.term.swap_alt();
            self.term.grid_mut().saved_cursor = saved;
        }
        self.region = (0, self.term.screen_lines());
    }

    /// Moves the main grid's history, which is shown, to the scrollback.
    fn drain_history(&mut self) {
        let rows = self.term.grid().history_size() as i32;
        for row in -rows..0 {
            let row = self.pack(row);
            self.scrollback.push(row);
        }
        self.term.set_options(config(0));
        self.term.grid_mut().truncate();
    }
}
