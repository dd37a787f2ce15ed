//! A screen as it crosses the socket: rows as runs of cells that look alike, since most
//! of a screen does.

use std::sync::Arc;

use minicbor::{Decode, Encode};
use rejoinder_screen::{
    Cell, Colour, Cursor, CursorShape, Palette, Row, Size, Snapshot, Style, Underline, Width,
};

/// A [`Snapshot`] on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct WireScreen {
    #[n(0)]
    version: u64,
    #[n(1)]
    offset: u64,
    #[n(2)]
    rows: u16,
    #[n(3)]
    cols: u16,
    #[n(4)]
    lines: Vec<WireRow>,
    #[n(5)]
    scrollback: Vec<WireRow>,
    #[n(6)]
    cursor: WireCursor,
    #[n(7)]
    title: Option<String>,
    #[n(8)]
    alternate: bool,
    #[n(9)]
    reverse: bool,
    #[n(10)]
    palette: WirePalette,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct WireRow {
    #[n(0)]
    runs: Vec<WireRun>,
    #[n(1)]
    wrapped: bool,
}

/// Cells side by side that look alike.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct WireRun {
    /// A character for each cell (for each two, where `cells` is [`DOUBLE`]); with
    /// [`COMBINED`] a character and what combines with it.
    #[n(0)]
    text: String,
    #[n(1)]
    cells: u8,
    #[n(2)]
    style: WireStyle,
    #[n(3)]
    link: Option<String>,
}

/// Cells of single width.
const SINGLE: u8 = 0;
/// Characters that take two cells.
const DOUBLE: u8 = 1;
/// The second of two cells without the first.
const CONTINUATION: u8 = 2;
/// Added for one character with others on it.
const COMBINED: u8 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct WireStyle {
    #[n(0)]
    foreground: u32,
    #[n(1)]
    background: u32,
    #[n(2)]
    underline_colour: Option<u32>,
    #[n(3)]
    attributes: u16,
    #[n(4)]
    underline: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct WireCursor {
    #[n(0)]
    row: u16,
    #[n(1)]
    col: u16,
    #[n(2)]
    visible: bool,
    #[n(3)]
    shape: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct WirePalette {
    #[n(0)]
    indexed: Vec<(u8, u32)>,
    #[n(1)]
    foreground: Option<u32>,
    #[n(2)]
    background: Option<u32>,
    #[n(3)]
    cursor: Option<u32>,
}

impl From<&Snapshot> for WireScreen {
    fn from(snapshot: &Snapshot) -> Self {
        let Cursor {
            row,
            col,
            visible,
            shape,
        } = snapshot.cursor;
        Self {
            version: snapshot.version,
            offset: snapshot.offset,
            rows: snapshot.size.rows,
            cols: snapshot.size.cols,
            lines: snapshot.rows.iter().map(WireRow::from).collect(),
            scrollback: snapshot.scrollback.iter().map(WireRow::from).collect(),
            cursor: WireCursor {
                row,
                col,
                visible,
                shape: match shape {
                    CursorShape::Block => 0,
                    CursorShape::Underline => 1,
                    CursorShape::Bar => 2,
                },
            },
            title: snapshot.title.clone(),
            alternate: snapshot.alternate,
            reverse: snapshot.reverse,
            palette: WirePalette {
                indexed: snapshot
                    .palette
                    .indexed
                    .iter()
                    .map(|&(index, colour)| (index, from_rgb(colour)))
                    .collect(),
                foreground: snapshot.palette.foreground.map(from_rgb),
                background: snapshot.palette.background.map(from_rgb),
                cursor: snapshot.palette.cursor.map(from_rgb),
            },
        }
    }
}

impl From<WireScreen> for Snapshot {
    fn from(wire: WireScreen) -> Self {
        let rows = |rows: Vec<WireRow>| rows.into_iter().map(Row::from).collect();
        Self {
            version: wire.version,
            offset: wire.offset,
            size: Size {
                rows: wire.rows,
                cols: wire.cols,
            },
            rows: rows(wire.lines),
            scrollback: rows(wire.scrollback),
            cursor: Cursor {
                row: wire.cursor.row,
                col: wire.cursor.col,
                visible: wire.cursor.visible,
                shape: match wire.cursor.shape {
                    1 => CursorShape::Underline,
                    2 => CursorShape::Bar,
                    _ => CursorShape::Block,
                },
            },
            title: wire.title,
            alternate: wire.alternate,
            reverse: wire.reverse,
            palette: Palette {
                indexed: wire
                    .palette
                    .indexed
                    .into_iter()
                    .map(|(index, colour)| (index, to_rgb(colour)))
                    .collect(),
                foreground: wire.palette.foreground.map(to_rgb),
                background: wire.palette.background.map(to_rgb),
                cursor: wire.palette.cursor.map(to_rgb),
            },
        }
    }
}

impl From<&Row> for WireRow {
    fn from(row: &Row) -> Self {
        let mut runs: Vec<WireRun> = Vec::new();
        let mut last: Option<&Cell> = None;
        for cell in &row.cells {
            // The second half of a character is told by the first.
            let told = cell.width == Width::Continuation
                && last.is_some_and(|last| {
                    last.width == Width::Double && *cell == continuation_of(last)
                });
            if !told {
                push(&mut runs, cell);
            }
            last = Some(cell);
        }
        Self {
            runs,
            wrapped: row.wrapped,
        }
    }
}

/// Adds a cell to the last run, or begins another.
fn push(runs: &mut Vec<WireRun>, cell: &Cell) {
    let style = WireStyle::from(&cell.style);
    let link = cell.link.as_deref();
    let cells = match cell.width {
        Width::Single => SINGLE,
        Width::Double => DOUBLE,
        Width::Continuation => CONTINUATION,
    };
    if let Some(combining) = &cell.combining {
        runs.push(WireRun {
            text: format!("{}{combining}", cell.character),
            cells: cells | COMBINED,
            style,
            link: link.map(str::to_owned),
        });
        return;
    }
    match runs.last_mut() {
        Some(run) if run.cells == cells && run.style == style && run.link.as_deref() == link => {
            run.text.push(cell.character);
        }
        _ => runs.push(WireRun {
            text: cell.character.to_string(),
            cells,
            style,
            link: link.map(str::to_owned),
        }),
    }
}

/// The cell behind one that holds a character of two cells.
fn continuation_of(cell: &Cell) -> Cell {
    Cell {
        character: ' ',
        combining: None,
        width: Width::Continuation,
        style: cell.style,
        link: cell.link.clone(),
    }
}

impl From<WireRow> for Row {
    fn from(wire: WireRow) -> Self {
        let mut cells = Vec::new();
        for run in wire.runs {
            let style = Style::from(run.style);
            let link: Option<Arc<str>> = run.link.map(Arc::from);
            let width = match run.cells & !COMBINED {
                DOUBLE => Width::Double,
                CONTINUATION => Width::Continuation,
                _ => Width::Single,
            };
            let mut characters = run.text.chars();
            while let Some(character) = characters.next() {
                let combining = (run.cells & COMBINED != 0).then(|| {
                    std::mem::replace(&mut characters, "".chars())
                        .as_str()
                        .into()
                });
                let cell = Cell {
                    character,
                    combining,
                    width,
                    style,
                    link: link.clone(),
                };
                let second = (width == Width::Double).then(|| continuation_of(&cell));
                cells.push(cell);
                cells.extend(second);
            }
        }
        Self {
            cells,
            wrapped: wire.wrapped,
        }
    }
}

/// The attributes that are there or not, by their bits.
const BOLD: u16 = 1;
const DIM: u16 = 2;
const ITALIC: u16 = 4;
const INVERSE: u16 = 8;
const HIDDEN: u16 = 16;
const STRIKEOUT: u16 = 32;

impl From<&Style> for WireStyle {
    fn from(style: &Style) -> Self {
        let attributes = [
            (style.bold, BOLD),
            (style.dim, DIM),
            (style.italic, ITALIC),
            (style.inverse, INVERSE),
            (style.hidden, HIDDEN),
            (style.strikeout, STRIKEOUT),
        ];
        Self {
            foreground: from_colour(style.foreground),
            background: from_colour(style.background),
            underline_colour: style.underline_colour.map(from_colour),
            attributes: attributes
                .iter()
                .filter(|(is_set, _)| *is_set)
                .fold(0, |all, (_, bit)| all | bit),
            underline: match style.underline {
                Underline::None => 0,
                Underline::Single => 1,
                Underline::Double => 2,
                Underline::Curly => 3,
                Underline::Dotted => 4,
                Underline::Dashed => 5,
            },
        }
    }
}

impl From<WireStyle> for Style {
    fn from(wire: WireStyle) -> Self {
        let is_set = |bit: u16| wire.attributes & bit != 0;
        Self {
            foreground: to_colour(wire.foreground),
            background: to_colour(wire.background),
            underline_colour: wire.underline_colour.map(to_colour),
            bold: is_set(BOLD),
            dim: is_set(DIM),
            italic: is_set(ITALIC),
            underline: match wire.underline {
                0 => Underline::None,
                2 => Underline::Double,
                3 => Underline::Curly,
                4 => Underline::Dotted,
                5 => Underline::Dashed,
                _ => Underline::Single,
            },
            inverse: is_set(INVERSE),
            hidden: is_set(HIDDEN),
            strikeout: is_set(STRIKEOUT),
        }
    }
}

/// What a colour is, in the highest byte of its number.
const INDEXED: u32 = 1 << 24;
const RGB: u32 = 2 << 24;

fn from_colour(colour: Colour) -> u32 {
    match colour {
        Colour::Default => 0,
        Colour::Indexed(index) => INDEXED | u32::from(index),
        Colour::Rgb(red, green, blue) => RGB | from_rgb((red, green, blue)),
    }
}

fn to_colour(number: u32) -> Colour {
    match number & 0xff00_0000 {
        INDEXED => Colour::Indexed(number as u8),
        RGB => {
            let (red, green, blue) = to_rgb(number);
            Colour::Rgb(red, green, blue)
        }
        _ => Colour::Default,
    }
}

fn from_rgb((red, green, blue): (u8, u8, u8)) -> u32 {
    u32::from_be_bytes([0, red, green, blue])
}

fn to_rgb(number: u32) -> (u8, u8, u8) {
    let [_, red, green, blue] = number.to_be_bytes();
    (red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn colours() -> impl Strategy<Value = Colour> {
        prop_oneof![
            Just(Colour::Default),
            any::<u8>().prop_map(Colour::Indexed),
            any::<(u8, u8, u8)>().prop_map(|(r, g, b)| Colour::Rgb(r, g, b)),
        ]
    }

    fn styles() -> impl Strategy<Value = Style> {
        let underlines = prop_oneof![
            Just(Underline::None),
            Just(Underline::Single),
            Just(Underline::Double),
            Just(Underline::Curly),
            Just(Underline::Dotted),
            Just(Underline::Dashed),
        ];
        let switches = any::<(bool, bool, bool, bool, bool, bool)>();
        let colours = (colours(), colours(), prop::option::of(colours()));
        (colours, switches, underlines).prop_map(|(colours, switches, underline)| Style {
            foreground: colours.0,
            background: colours.1,
            underline_colour: colours.2,
            bold: switches.0,
            dim: switches.1,
            italic: switches.2,
            underline,
            inverse: switches.3,
            hidden: switches.4,
            strikeout: switches.5,
        })
    }

    fn cells() -> impl Strategy<Value = Cell> {
        let widths = prop_oneof![
            4 => Just(Width::Single),
            1 => Just(Width::Double),
            1 => Just(Width::Continuation),
        ];
        let combining = prop::option::weighted(0.1, "[\u{300}-\u{310}]{1,3}");
        let link = prop::option::weighted(0.1, "https://[a-z]{1,8}");
        let styles = prop_oneof![4 => Just(Style::default()), 1 => styles()];
        (any::<char>(), combining, widths, styles, link).prop_map(
            |(character, combining, width, style, link)| Cell {
                character,
                combining: combining.map(Into::into),
                width,
                style,
                link: link.map(Arc::from),
            },
        )
    }

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let row = (prop::collection::vec(cells(), 0..30), any::<bool>());
        let row = row.prop_map(|(cells, wrapped)| {
            let mut whole = Vec::new();
            for cell in cells {
                // A character of two cells is followed by its second cell.
                let second = (cell.width == Width::Double).then(|| continuation_of(&cell));
                whole.push(cell);
                whole.extend(second);
            }
            Row {
                cells: whole,
                wrapped,
            }
        });
        prop::collection::vec(row, 0..6)
    }

    proptest! {
        /// Promise: a screen crosses the socket as it is.
        #[test]
        fn screens_survive_the_wire(
            rows in rows(),
            scrollback in rows(),
            numbers in any::<(u64, u64, u16, u16, u16, u16)>(),
            switches in any::<(bool, bool, bool)>(),
            title in prop::option::of(".*"),
            palette in any::<(Vec<(u8, (u8, u8, u8))>, Option<(u8, u8, u8)>)>(),
        ) {
            let snapshot = Snapshot {
                version: numbers.0,
                offset: numbers.1,
                size: Size { rows: numbers.2, cols: numbers.3 },
                rows,
                scrollback,
                cursor: Cursor {
                    row: numbers.4,
                    col: numbers.5,
                    visible: switches.0,
                    shape: CursorShape::Bar,
                },
                title,
                alternate: switches.1,
                reverse: switches.2,
                palette: Palette {
                    indexed: palette.0,
                    foreground: palette.1,
                    background: None,
                    cursor: palette.1,
                },
            };
            let bytes = minicbor::to_vec(WireScreen::from(&snapshot)).unwrap();
            let wire: WireScreen = minicbor::decode(&bytes).unwrap();
            prop_assert_eq!(Snapshot::from(wire), snapshot);
        }
    }
}
