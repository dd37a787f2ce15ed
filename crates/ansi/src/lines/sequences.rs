//! What sequences mean for a page.

use super::page::{Erase, Page};

/// The main screen and, while a program uses it, the alternate one.
#[derive(Debug, Clone)]
pub(super) struct Screens {
    pub(super) main: Page,
    pub(super) alternate: Option<Page>,
    cols: Option<usize>,
    rows: Option<usize>,
}

impl Screens {
    pub(super) fn new(cols: Option<usize>, rows: Option<usize>, alternate: bool) -> Self {
        let mut screens = Self {
            main: Page::new(cols, rows, true),
            alternate: None,
            cols,
            rows,
        };
        screens.switch(alternate);
        screens
    }

    /// The page that output goes to.
    pub(super) fn page(&mut self) -> &mut Page {
        self.alternate.as_mut().unwrap_or(&mut self.main)
    }

    fn switch(&mut self, alternate: bool) {
        if !alternate {
            self.alternate = None;
        } else if self.alternate.is_none() {
            self.alternate = Some(Page::new(self.cols, self.rows, false));
        }
    }

    fn private_mode(&mut self, mode: u16, on: bool) {
        match mode {
            7 => self.page().set_autowrap(on),
            47 | 1047 | 1049 => self.switch(on),
            _ => {}
        }
    }
}

/// Which part an erasure's parameter means.
fn erase(parameter: u16) -> Option<Erase> {
    match parameter {
        0 => Some(Erase::ToEnd),
        1 => Some(Erase::ToStart),
        2 => Some(Erase::All),
        _ => None,
    }
}

impl vte::Perform for Screens {
    fn csi_dispatch(
        &mut self,
        params: &vte::Params,
        intermediates: &[u8],
        ignore: bool,
        action: char,
    ) {
        if ignore {
            return;
        }
        let mut numbers = params.iter().map(|parameter| parameter[0]);
        if (intermediates, action) == (b"?", 'h') || (intermediates, action) == (b"?", 'l') {
            return numbers.for_each(|mode| self.private_mode(mode, action == 'h'));
        }
        if !intermediates.is_empty() {
            return;
        }
        let first = numbers.next().unwrap_or(0);
        let second = numbers.next().unwrap_or(0);
        // 0 stands for the default, which is 1 nearly everywhere.
        let count = usize::from(first.max(1));
        let second_count = usize::from(second.max(1));
        let page = self.page();
        match action {
            'A' | 'k' => page.up(count),
            'B' | 'e' => page.down(count),
            'C' | 'a' => page.right(count),
            'D' | 'j' => page.left(count),
            'E' => {
                page.down(count);
                page.move_to_column(0);
            }
            'F' => {
                page.up(count);
                page.move_to_column(0);
            }
            'G' | '`' => page.move_to_column(count - 1),
            'H' | 'f' => {
                page.move_to_row(count - 1);
                page.move_to_column(second_count - 1);
            }
            'I' => page.forward_tabs(count),
            'J' => {
                if let Some(erase) = erase(first) {
                    page.erase_on_screen(erase);
                }
            }
            'K' => {
                if let Some(erase) = erase(first) {
                    page.erase_in_line(erase);
                }
            }
            'L' => page.insert_rows(count),
            'M' => page.delete_rows(count),
            'P' => page.delete_columns(count),
            'S' => page.scroll_region_up(count),
            'T' => page.scroll_region_down(count),
            'X' => page.erase_columns(count),
            'Z' => page.backward_tabs(count),
            '@' => page.insert_columns(count),
            'b' => page.repeat(count),
            'd' => page.move_to_row(count - 1),
            'h' | 'l' if first == 4 => page.set_insert(action == 'h'),
            'r' => page.set_region(count - 1, (second > 0).then(|| second_count - 1)),
            's' => page.save_cursor(),
            'u' => page.restore_cursor(),
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], ignore: bool, byte: u8) {
        if ignore || !intermediates.is_empty() {
            return;
        }
        let page = self.page();
        match byte {
            b'7' => page.save_cursor(),
            b'8' => page.restore_cursor(),
            b'D' => {
                page.line_feed();
            }
            b'E' => page.new_line(),
            b'M' => page.reverse_line_feed(),
            b'c' => {
                self.switch(false);
                self.main.reset();
            }
            _ => {}
        }
    }
}
