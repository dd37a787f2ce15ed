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
    let mut at = 0;
    while let Some(first) = cells.get(at) {
        let link = first.hyperlink().map(|link| Arc::from(link.uri()));
        packer.begin_run(style(first), link);
        while let Some(cell) = cells.get(at).filter(|cell| looks_like(first, cell)) {
            let rest = &cells[at..];
            let simple = rest
                .iter()
                .position(|cell| !is_simple(cell) || !looks_like(first, cell))
                .unwrap_or(rest.len());
            packer.characters(rest[..simple].iter().map(|cell| cell.c));
            at += simple;
            if simple == 0 {
                at += pack_special(cell, cells.get(at + 1), packer);
            }
        }
    }
    packer.finish(wrapped)
}

/// Whether the cell is a character of its own without combining ones.
#[inline]
fn is_simple(cell: &Cell) -> bool {
    cell.c != '\t'
        && !cell
            .flags
            .intersects(Flags::WIDE_CHAR.union(Flags::WIDE_CHAR_SPACER))
        && cell.zerowidth().is_none_or(<[char]>::is_empty)
}

/// Packs any other cell; returns how many that took.
fn pack_special(cell: &Cell, next: Option<&Cell>, packer: &mut Packer) -> usize {
    let is_spacer = |cell: &Cell| cell.flags.contains(Flags::WIDE_CHAR_SPACER);
    let wide = cell.flags.contains(Flags::WIDE_CHAR);
    if wide && next.is_some_and(is_spacer) {
        packer.character(cell.c, cell.zerowidth().unwrap_or_default(), 2);
        return 2;
    }
    if wide || is_spacer(cell) || cell.c == '\t' {
        packer.character(' ', &[], 1);
    } else {
        packer.character(cell.c, cell.zerowidth().unwrap_or_default(), 1);
    }
    1
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

#[inline(always)]
fn looks_like(a: &Cell, b: &Cell) -> bool {
    let simple = a.extra.is_none() && b.extra.is_none();
    a.flags & LOOK == b.flags & LOOK && a.fg == b.fg && a.bg == b.bg && (simple || alike(a, b))
}

/// Whether links and the underlines' colours are the same.
#[cold]
fn alike(a: &Cell, b: &Cell) -> bool {
    a.underline_color() == b.underline_color() && a.hyperlink() == b.hyperlink()
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
