//! The colours of a terminal that no program has changed.

/// The terminal's own colours, as programs are told them when they ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Red, green and blue of text.
    pub foreground: (u8, u8, u8),
    /// Of what is behind it. Programs choose their light or dark colours by this.
    pub background: (u8, u8, u8),
    /// Of the cursor.
    pub cursor: (u8, u8, u8),
}

impl Default for Theme {
    /// Light grey on black, as in xterm on a dark background.
    fn default() -> Self {
        Self {
            foreground: (229, 229, 229),
            background: (0, 0, 0),
            cursor: (229, 229, 229),
        }
    }
}

impl Theme {
    /// A colour of the 256-colour palette as xterm sets it: sixteen named ones, a cube of
    /// 6 × 6 × 6 and 24 greys (`XTerm-col.ad`, `256colres.pl`).
    ///
    /// # Example
    /// ```
    /// use rejoinder_screen::Theme;
    /// assert_eq!(Theme::indexed(1), (205, 0, 0));
    /// assert_eq!(Theme::indexed(196), (255, 0, 0));
    /// assert_eq!(Theme::indexed(232), (8, 8, 8));
    /// ```
    pub fn indexed(index: u8) -> (u8, u8, u8) {
        let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
        match index {
            0..=15 => NAMED[usize::from(index)],
            16..=231 => {
                let cube = index - 16;
                (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
            }
            232..=255 => {
                let grey = 8 + 10 * (index - 232);
                (grey, grey, grey)
            }
        }
    }
}

const NAMED: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];
