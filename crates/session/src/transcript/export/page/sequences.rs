//! What control characters and sequences do to the page (ECMA-48, and what xterm
//! adds to it).

use vte::Params;

use super::{Page, Style};

impl vte::Perform for Page {
    fn print(&mut self, character: char) {
        if !character.is_control() {
            self.put(character);
            self.last = character;
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' | 0x0B | 0x0C => {
                self.new_line();
                // A program that writes to a pipe ends its lines so.
                if self.alternate.is_none() {
                    self.main.column = 0;
                }
            }
            b'\r' => self.screen().column = 0,
            0x08 => {
                let last = self.columns - 1;
                let screen = self.screen();
                screen.column = screen.column.min(last).saturating_sub(1);
            }
            b'\t' => {
                let last = self.columns - 1;
                let screen = self.screen();
                screen.column = ((screen.column / 8 + 1) * 8).min(last);
            }
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _: bool, action: char) {
        let number = |index: usize| {
            params
                .iter()
                .nth(index)
                .and_then(|param| param.first().copied())
        };
        let count = number(0).map_or(1, |count| usize::from(count.max(1)));
        let mode = number(0).unwrap_or(0);
        let (row, column) = (self.screen().row, self.screen().column);
        match (intermediates, action) {
            ([], 'm') => self.style.select(params),
            ([], 'A') => self.go(row.saturating_sub(count), column),
            ([], 'B' | 'e') => self.go(row + count, column),
            ([], 'C' | 'a') => self.go(row, column + count),
            ([], 'D') => self.go(row, column.saturating_sub(count)),
            ([], 'E') => self.go(row + count, 0),
            ([], 'F') => self.go(row.saturating_sub(count), 0),
            ([], 'G' | '`') => self.go(row, count - 1),
            ([], 'd') => self.go(count - 1, column),
            ([], 'H' | 'f') => {
                let column = number(1).map_or(1, |column| usize::from(column.max(1)));
                self.go(count - 1, column - 1);
            }
            ([], 'b') => {
                for _ in 0..count.min(self.columns) {
                    self.put(self.last);
                }
            }
            ([], 'J') => self.erase_in_display(mode),
            ([], 'K') => self.erase_in_line(mode),
            ([], 'X') => self.erase(column, column + count),
            ([], '@') => self.shift(count, true),
            ([], 'P') => self.shift(count, false),
            ([], 'L') => drop(self.screen().scroll(row, -signed(count))),
            ([], 'M') => drop(self.screen().scroll(row, signed(count))),
            ([], 'S') => {
                let top = self.screen().region.0;
                let gone = self.screen().scroll(top, signed(count));
                if self.alternate.is_none() && top == 0 {
                    self.scrolled.extend(gone);
                }
            }
            ([], 'T') => {
                let top = self.screen().region.0;
                drop(self.screen().scroll(top, -signed(count)));
            }
            ([], 'r') => {
                let last = self.height - 1;
                let bottom = number(1).filter(|bottom| *bottom > 0);
                let bottom = bottom
                    .map_or(last, |bottom| usize::from(bottom) - 1)
                    .min(last);
                if count - 1 < bottom {
                    self.screen().region = (count - 1, bottom);
                    self.go(0, 0);
                }
            }
            ([], 's') => self.save(),
            ([], 'u') => self.restore(),
            ([b'?'], 'h' | 'l') => {
                let alternate = params
                    .iter()
                    .flatten()
                    .any(|mode| matches!(mode, 47 | 1047 | 1049));
                if alternate {
                    self.alternate(action == 'h');
                }
            }
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        match (intermediates, byte) {
            ([], b'7') => self.save(),
            ([], b'8') => self.restore(),
            ([], b'D') => self.new_line(),
            ([], b'E') => {
                self.new_line();
                self.screen().column = 0;
            }
            ([], b'M') => self.index_up(),
            ([], b'c') => {
                self.style = Style::default();
                self.alternate = None;
                self.erase_in_display(2);
                self.main.region = (0, self.height - 1);
                self.go(0, 0);
            }
            _ => {}
        }
    }
}

fn signed(count: usize) -> isize {
    isize::try_from(count).unwrap_or(isize::MAX)
}
