//! From the colours that programs name to the colours of a picture.

use crate::{Cell, Colour, Palette, Snapshot};

/// Red, green, blue.
pub(super) type Rgb = (u8, u8, u8);

/// The text's colour where the program set none.
const FOREGROUND: Rgb = (0xd4, 0xd4, 0xd4);
/// The background's colour where the program set none.
const BACKGROUND: Rgb = (0x1e, 0x1e, 0x1e);

/// The first 16 colours: those of Visual Studio Code's terminal (dark theme,
/// `terminalColorRegistry.ts`), all of which can be read on black and on each other's usual
/// partners; xterm's own blue on black cannot.
const SIXTEEN: [Rgb; 16] = [
    (0x00, 0x00, 0x00),
    (0xcd, 0x31, 0x31),
    (0x0d, 0xbc, 0x79),
    (0xe5, 0xe5, 0x10),
    (0x24, 0x72, 0xc8),
    (0xbc, 0x3f, 0xbc),
    (0x11, 0xa8, 0xcd),
    (0xe5, 0xe5, 0xe5),
    (0x66, 0x66, 0x66),
    (0xf1, 0x4c, 0x4c),
    (0x23, 0xd1, 0x8b),
    (0xf5, 0xf5, 0x43),
    (0x3b, 0x8e, 0xea),
    (0xd6, 0x70, 0xd6),
    (0x29, 0xb8, 0xdb),
    (0xff, 0xff, 0xff),
];

/// Brightness of the levels of the colour cube 16–231 (xterm's `256colres.pl`).
const CUBE: [u8; 6] = [0x00, 0x5f, 0x87, 0xaf, 0xd7, 0xff];

/// All colours of a picture.
pub(super) struct Theme {
    indexed: [Rgb; 256],
    foreground: Rgb,
    background: Rgb,
    /// What is behind cells that show nothing.
    pub(super) page: Rgb,
    /// Behind a block cursor, and the colour of the other forms.
    pub(super) cursor: Rgb,
    reverse: bool,
}

/// A cell's colours as they are seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) foreground: Rgb,
    pub(super) background: Rgb,
    pub(super) underline: Rgb,
}

impl Look {
    /// The same under a block cursor: what was behind the text is the text's colour now.
    pub(super) fn under_cursor(self, theme: &Theme) -> Self {
        let ink = if self.background == theme.cursor {
            theme.page
        } else {
            self.background
        };
        Self {
            foreground: ink,
            background: theme.cursor,
            underline: ink,
        }
    }
}

impl Theme {
    /// The default colours with the changes of the snapshot's program.
    pub(super) fn new(snapshot: &Snapshot) -> Self {
        let palette = &snapshot.palette;
        let foreground = palette.foreground.unwrap_or(FOREGROUND);
        let background = palette.background.unwrap_or(BACKGROUND);
        let (ink, page) = if snapshot.reverse {
            (background, foreground)
        } else {
            (foreground, background)
        };
        Self {
            indexed: indexed(palette),
            foreground,
            background,
            page,
            cursor: palette.cursor.unwrap_or(ink),
            reverse: snapshot.reverse,
        }
    }

    /// What a cell looks like: bold brightens the first eight colours, dim moves the text a third
    /// of the way to its background, reverse video exchanges the two.
    pub(super) fn look(&self, cell: &Cell) -> Look {
        let style = &cell.style;
        let text = match style.foreground {
            Colour::Indexed(index @ 0..=7) if style.bold => Colour::Indexed(index + 8),
            colour => colour,
        };
        let mut foreground = self.resolve(text, self.foreground);
        let mut background = self.resolve(style.background, self.background);
        if style.inverse != self.reverse {
            (foreground, background) = (background, foreground);
        }
        if style.dim {
            foreground = mixed(background, foreground, 10);
        }
        let underline = style
            .underline_colour
            .map_or(foreground, |colour| self.resolve(colour, foreground));
        Look {
            foreground,
            background,
            underline,
        }
    }

    fn resolve(&self, colour: Colour, default: Rgb) -> Rgb {
        match colour {
            Colour::Default => default,
            Colour::Indexed(index) => self.indexed[usize::from(index)],
            Colour::Rgb(red, green, blue) => (red, green, blue),
        }
    }
}

/// The 256 colours: 16, a cube of 6×6×6, 24 greys.
fn indexed(palette: &Palette) -> [Rgb; 256] {
    let mut colours = [(0, 0, 0); 256];
    for (colour, index) in colours.iter_mut().zip(0u8..=255) {
        *colour = match index {
            0..=15 => SIXTEEN[usize::from(index)],
            16..=231 => {
                let level = |place: u8| CUBE[usize::from((index - 16) / place % 6)];
                (level(36), level(6), level(1))
            }
            232..=255 => {
                let grey = 8 + 10 * (index - 232);
                (grey, grey, grey)
            }
        };
    }
    for (index, colour) in &palette.indexed {
        colours[usize::from(*index)] = *colour;
    }
    colours
}

/// `over` upon `under`, where `share` of 15 parts is `over`.
pub(super) fn mixed(under: Rgb, over: Rgb, share: u8) -> Rgb {
    let mix = |under: u8, over: u8| {
        let share = u16::from(share.min(15));
        let sum = u16::from(under) * (15 - share) + u16::from(over) * share;
        // At most 255, for the shares add up to 15.
        ((sum + 7) / 15).to_le_bytes()[0]
    };
    (
        mix(under.0, over.0),
        mix(under.1, over.1),
        mix(under.2, over.2),
    )
}
