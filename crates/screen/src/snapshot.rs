//! What a screen shows at one moment, as plain data.
//!
//! A [`Snapshot`] is what the emulator hands out and what the renderers (text, ANSI, SVG, PNG)
//! take; neither side knows the other.

/// A screen's size in character cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Rows, 1–500.
    pub rows: u16,
    /// Columns, 1–1000.
    pub cols: u16,
}

/// What a screen shows at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Grows with every change of what can be seen; equal versions mean equal screens.
    pub version: u64,
    /// Bytes of output this screen is the result of, since the session's start.
    pub offset: u64,
    /// The screen's size; `rows` holds `size.rows` rows of `size.cols` cells each.
    pub size: Size,
    /// The visible rows, from the top.
    pub rows: Vec<Row>,
    /// Rows that left the top of the main screen, oldest first: as many as were asked for.
    pub scrollback: Vec<Row>,
    /// Where the cursor stands.
    pub cursor: Cursor,
    /// The window's title, as the program set it.
    pub title: Option<String>,
    /// Whether the alternate screen is shown (editors, pagers, menus).
    pub alternate: bool,
    /// The whole screen is shown with foreground and background exchanged (DECSCNM).
    pub reverse: bool,
    /// Colours that the program set (OSC 4, 10, 11, 12); empty where it set none.
    pub palette: Palette,
}

/// One row of cells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    /// The cells from the left.
    pub cells: Vec<Cell>,
    /// The line goes on in the next row (it was too long for this one).
    pub wrapped: bool,
}

/// One character cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The character, a space where nothing was written.
    pub character: char,
    /// Combining characters on it, mostly none.
    pub combining: Option<Box<str>>,
    /// How many cells the character takes.
    pub width: Width,
    /// How it looks.
    pub style: Style,
    /// Where the cell links to (OSC 8).
    pub link: Option<std::sync::Arc<str>>,
}

/// How many cells a character takes, and which of them this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Width {
    /// One cell.
    #[default]
    Single,
    /// The first of two cells: it holds the character.
    Double,
    /// The second of two cells: it holds nothing.
    Continuation,
}

/// How a cell looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Colour of the character.
    pub foreground: Colour,
    /// Colour behind it.
    pub background: Colour,
    /// Colour of the underline, where the program named one (SGR 58).
    pub underline_colour: Option<Colour>,
    /// SGR 1.
    pub bold: bool,
    /// SGR 2.
    pub dim: bool,
    /// SGR 3.
    pub italic: bool,
    /// SGR 4, in its kinds.
    pub underline: Underline,
    /// SGR 7: foreground and background exchanged.
    pub inverse: bool,
    /// SGR 8: not shown.
    pub hidden: bool,
    /// SGR 9.
    pub strikeout: bool,
}

/// The kinds of underline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Underline {
    /// None.
    #[default]
    None,
    /// SGR 4.
    Single,
    /// SGR 21 or 4:2.
    Double,
    /// SGR 4:3.
    Curly,
    /// SGR 4:4.
    Dotted,
    /// SGR 4:5.
    Dashed,
}

/// A colour as a program names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Colour {
    /// The terminal's own foreground or background.
    #[default]
    Default,
    /// One of the 256 colours of the palette.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// Colours that a program changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Palette {
    /// Changed colours of the palette, by index.
    pub indexed: Vec<(u8, (u8, u8, u8))>,
    /// OSC 10.
    pub foreground: Option<(u8, u8, u8)>,
    /// OSC 11.
    pub background: Option<(u8, u8, u8)>,
    /// OSC 12.
    pub cursor: Option<(u8, u8, u8)>,
}

/// The cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// Row from the top, counted from 0.
    pub row: u16,
    /// Column from the left, counted from 0.
    pub col: u16,
    /// Whether the program shows it (DECTCEM).
    pub visible: bool,
    /// Its form.
    pub shape: CursorShape,
}

/// The form of the cursor (DECSCUSR).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CursorShape {
    /// A filled cell.
    #[default]
    Block,
    /// A line under the cell.
    Underline,
    /// A bar at the cell's left.
    Bar,
}
