//! The window's title, and the titles that `CSI 22 t` saves.

/// The most bytes of a title that are kept; a longer one is cut between characters.
const MAX_TITLE: usize = rejoinder_ansi::MAX_TITLE;

/// The most titles that are saved, as in xterm; the oldest goes first.
const MAX_SAVED: usize = 10;

/// The title in force and those saved; an empty one is none.
#[derive(Debug, Default)]
pub(super) struct Titles {
    current: String,
    saved: Vec<String>,
}

impl Titles {
    pub(super) fn current(&self) -> Option<&str> {
        Some(self.current.as_str()).filter(|title| !title.is_empty())
    }

    pub(super) fn set(&mut self, mut title: String) {
        title.truncate(title.floor_char_boundary(MAX_TITLE));
        title.shrink_to_fit();
        self.current = title;
    }

    pub(super) fn push(&mut self) {
        if self.saved.len() == MAX_SAVED {
            self.saved.remove(0);
        }
        self.saved.push(self.current.clone());
    }

    pub(super) fn pop(&mut self) {
        if let Some(title) = self.saved.pop() {
            self.current = title;
        }
    }
}
