//! The emulator's cells as ours.

use crate::packed::{PackedRow, Packer};
use crate::snapshot::{Colour, Style, Underline};
use alacritty_terminal::grid::Row;
use alacritty_terminal::term::cell::{Cell, Flags};
use alacritty_terminal::vte::ansi::{Color, NamedColor};
use std::sync::Arc;

/// Packs a row. What is left of a wide character whose other half was overwritten is a blank.
pub(super) fn pack(row: &Row<Cell>, packer: &mut Packer) -> PackedRow {
    let cells = &row[..];
    let used = cells.iter().rposition(|cell| !is_blank(cell));
    let end = &cells[cells.len() - 1];
    let wrapped = end.flags.contains(Flags::WRAPLINE);
    let cells = &cells[..used.map_or(0, |last| last + 1)];
    let mut last: Option<&Cell> = None;
    let mut at = 0;
    while let Some(cell) = cells.get(at) {
        if !last.is_some_and(|last| looks_like(last, cell)) {
            let link = cell.hyperlink().map(|link| Arc::from(link.uri()));
            packer.style(style(cell), link);
            last = Some(cell);
        }
        let spacer = |cell: &Cell| cell.flags.contains(Flags::WIDE_CHAR_SPACER);
        let wide = cell.flags.contains(Flags::WIDE_CHAR);
        if wide && cells.get(at + 1).is_some_and(spacer) {
            packer.cell(cell.c, cell.zerowidth().unwrap_or_default(), 2);
            at += 2;
            continue;
        }
        if wide || spacer(cell) || cell.c == '\t' {
            packer.cell(' ', &[], 1);
        } else {
            packer.cell(cell.c, cell.zerowidth().unwrap_or_default(), 1);
        }
        at += 1;
    }
    packer.finish(wrapped)
}

/// Whether nothing was written to the cell, nor the background set.
#[inline]
fn is_blank(cell: &Cell) -> bool {
    cell.c == ' '
        && cell.flags.is_empty()
        && cell.extra.is_none()
        && cell.fg == Color::Named(NamedColor::Foreground)
        && cell.bg == Color::Named(NamedColor::Background)
}

/// What of a cell's flags says how it looks.
const LOOK: Flags = Flags::INVERSE
    .union(Flags::BOLD_ITALIC)
    .union(Flags::DIM)
    .union(Flags::HIDDEN)
    .union(Flags::STRIKEOUT)
    .union(Flags::ALL_UNDERLINES);

fn looks_like(a: &Cell, b: &Cell) -> bool {
    let extra = match (&a.extra, &b.extra) {
        (None, None) => true,
        (Some(a), Some(b)) if Arc::ptr_eq(a, b) => true,
        _ => a.underline_color() == b.underline_color() && a.hyperlink() == b.hyperlink(),
    };
    a.fg == b.fg && a.bg == b.bg && a.flags & LOOK == b.flags & LOOK && extra
}

pub(super) fn style(cell: &Cell) -> Style {
    let has = |flags: Flags| cell.flags.intersects(flags);
    Style {
        foreground: colour(cell.fg),
        background: colour(cell.bg),
        underline_colour: cell.underline_color().map(colour),
        bold: has(Flags::BOLD),
        dim: has(Flags::DIM),
        italic: has(Flags::ITALIC),
        underline: match () {
            () if has(Flags::UNDERLINE) => Underline::Single,
            () if has(Flags::DOUBLE_UNDERLINE) => Underline::Double,
            () if has(Flags::UNDERCURL) => Underline::Curly,
            () if has(Flags::DOTTED_UNDERLINE) => Underline::Dotted,
            () if has(Flags::DASHED_UNDERLINE) => Underline::Dashed,
            () => Underline::None,
        },
        inverse: has(Flags::INVERSE),
        hidden: has(Flags::HIDDEN),
        strikeout: has(Flags::STRIKEOUT),
    }
}

fn colour(colour: Color) -> Colour {
    match colour {
        Color::Spec(rgb) => Colour::Rgb(rgb.r, rgb.g, rgb.b),
        Color::Indexed(index) => Colour::Indexed(index),
        // Black to bright white are the first sixteen of the palette; a program cannot name the
        // others, which are for the emulator's own use.
        Color::Named(named) if (named as usize) <= NamedColor::BrightWhite as usize => {
            Colour::Indexed(named as u8)
        }
        Color::Named(_) => Colour::Default,
    }
}
