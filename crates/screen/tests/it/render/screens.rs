//! Snapshots for the tests: from what programs print, and any at all.

use proptest::prelude::*;
use rejoinder_screen::{
    Cell, Colour, Cursor, CursorShape, Palette, Row, Size, Snapshot, Style, Underline, Width,
};
use std::path::PathBuf;

/// A file below `tests/data/screen`.
pub(super) fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data/screen")
        .join(name)
}

/// What a terminal of this size shows after a recording in `tests/data/screen/looks`.
pub(super) fn recorded(name: &str, rows: u16, cols: u16) -> Snapshot {
    let path = data(&format!("looks/{name}.raw"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    screen(rows, cols, bytes)
}

/// What a terminal of this size shows after these bytes, as the `vt100` crate understands them.
pub(super) fn screen(rows: u16, cols: u16, bytes: impl AsRef<[u8]>) -> Snapshot {
    snapshot(&terminal(rows, cols, bytes))
}

/// A terminal of the `vt100` crate that has read these bytes.
pub(super) fn terminal(rows: u16, cols: u16, bytes: impl AsRef<[u8]>) -> vt100::Parser<Title> {
    let size = |length: u16| std::num::NonZeroU16::new(length).expect("a size above 0");
    let mut parser = vt100::Parser::new_with_callbacks(size(rows), size(cols), 0, Title::default());
    parser.process(bytes.as_ref());
    parser
}

/// The window's title.
#[derive(Debug, Default)]
pub(super) struct Title(Option<String>);

impl vt100::Callbacks for Title {
    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        self.0 = Some(String::from_utf8_lossy(title).into_owned());
    }
}

/// What that terminal shows.
pub(super) fn snapshot(parser: &vt100::Parser<Title>) -> Snapshot {
    let screen = parser.screen();
    let (rows, cols) = screen.size();
    let (rows, cols) = (rows.get(), cols.get());
    let (row, col) = screen.cursor_position();
    Snapshot {
        version: 1,
        offset: 0,
        size: Size { rows, cols },
        rows: (0..rows)
            .map(|row| Row {
                cells: (0..cols)
                    .map(|col| cell(screen.cell(row, col).expect("a cell of the screen")))
                    .collect(),
                wrapped: screen.row_wrapped(row),
            })
            .collect(),
        scrollback: Vec::new(),
        cursor: Cursor {
            row,
            // Behind the last column it waits to wrap, which is no place on the screen.
            col: col.min(cols - 1),
            visible: !screen.hide_cursor(),
            shape: CursorShape::Block,
        },
        title: parser.callbacks().0.clone(),
        alternate: screen.alternate_screen(),
        reverse: false,
        palette: Palette::default(),
    }
}

fn cell(cell: &vt100::Cell) -> Cell {
    let mut characters = cell.contents().chars();
    let character = characters.next().unwrap_or(' ');
    let combining = characters.as_str();
    let colour = |colour| match colour {
        vt100::Color::Default => Colour::Default,
        vt100::Color::Idx(index) => Colour::Indexed(index),
        vt100::Color::Rgb(red, green, blue) => Colour::Rgb(red, green, blue),
    };
    Cell {
        character,
        combining: (!combining.is_empty()).then(|| combining.into()),
        width: match (cell.is_wide(), cell.is_wide_continuation()) {
            (true, _) => Width::Double,
            (_, true) => Width::Continuation,
            _ => Width::Single,
        },
        style: Style {
            foreground: colour(cell.fgcolor()),
            background: colour(cell.bgcolor()),
            bold: cell.bold(),
            dim: cell.dim(),
            italic: cell.italic(),
            underline: if cell.underline() {
                Underline::Single
            } else {
                Underline::None
            },
            inverse: cell.inverse(),
            ..Style::default()
        },
        link: None,
    }
}

/// Any snapshot, well-formed or not: rows of wrong lengths and numbers, lone halves of wide
/// characters, control characters in cells, a cursor outside of the screen.
pub(super) fn any_snapshot() -> impl Strategy<Value = Snapshot> {
    let place = (0u16..6, 0u16..14, any::<bool>(), 0usize..3);
    let cursor = place.prop_map(|(row, col, visible, shape)| Cursor {
        row,
        col,
        visible,
        shape: [CursorShape::Block, CursorShape::Underline, CursorShape::Bar][shape],
    });
    let rows = || prop::collection::vec(any_row(), 0..5);
    let palette = (
        prop::collection::vec(any::<(u8, (u8, u8, u8))>(), 0..4),
        any::<[Option<(u8, u8, u8)>; 3]>(),
    );
    (
        (0u16..6, 0u16..14),
        rows(),
        rows(),
        cursor,
        prop::option::of(any::<String>()),
        any::<(bool, bool)>(),
        palette,
    )
        .prop_map(
            |((height, width), rows, scrollback, cursor, title, (alternate, reverse), palette)| {
                let (indexed, [foreground, background, cursor_colour]) = palette;
                Snapshot {
                    version: 1,
                    offset: 0,
                    size: Size {
                        rows: height,
                        cols: width,
                    },
                    rows,
                    scrollback,
                    cursor,
                    title,
                    alternate,
                    reverse,
                    palette: Palette {
                        indexed,
                        foreground,
                        background,
                        cursor: cursor_colour,
                    },
                }
            },
        )
}

fn any_row() -> impl Strategy<Value = Row> {
    let cells = prop::collection::vec(any_cell(), 0..12);
    (cells, any::<bool>()).prop_map(|(cells, wrapped)| Row { cells, wrapped })
}

fn any_cell() -> impl Strategy<Value = Cell> {
    let character = prop_oneof![
        4 => prop::char::range(' ', '~'),
        1 => prop::char::range('\0', '\u{A0}'),
        2 => prop::char::range('\u{2500}', '\u{28FF}'),
        1 => prop::char::range('\u{E0A0}', '\u{E0D8}'),
        1 => prop::char::range('\u{1FB00}', '\u{1FBFF}'),
        2 => any::<char>(),
    ];
    let combining = prop::option::weighted(0.1, "\\PC{1,2}|[\u{300}-\u{36f}]{1,3}|\\x1b");
    let link = prop::option::weighted(0.1, "(https://|javascript:)[\\PC\"<>&\\x1b]{0,10}");
    (character, combining, 0u8..4, any_style(), link).prop_map(
        |(character, combining, width, style, link)| Cell {
            character,
            combining: combining.map(Into::into),
            width: match width {
                0 => Width::Double,
                1 => Width::Continuation,
                _ => Width::Single,
            },
            style,
            link: link.map(Into::into),
        },
    )
}

fn any_style() -> impl Strategy<Value = Style> {
    let colour = || {
        prop_oneof![
            2 => Just(Colour::Default),
            1 => any::<u8>().prop_map(Colour::Indexed),
            1 => any::<(u8, u8, u8)>().prop_map(|(red, green, blue)| Colour::Rgb(red, green, blue)),
        ]
    };
    let underline = prop::sample::select(vec![
        Underline::None,
        Underline::Single,
        Underline::Double,
        Underline::Curly,
        Underline::Dotted,
        Underline::Dashed,
    ]);
    let colours = (colour(), colour(), prop::option::of(colour()));
    (colours, underline, any::<[bool; 6]>()).prop_map(
        |((foreground, background, underline_colour), underline, flags)| {
            let [bold, dim, italic, inverse, hidden, strikeout] = flags;
            Style {
                foreground,
                background,
                underline_colour,
                bold,
                dim,
                italic,
                underline,
                inverse,
                hidden,
                strikeout,
            }
        },
    )
}
