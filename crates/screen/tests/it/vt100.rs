//! Comparison with the emulator `vt100`, where the two read the same sequences.
//!
//! Left out, since `vt100` does otherwise or nothing: tabs (it has fixed stops and wraps at
//! none), editing or moving with a wrap to come, insert mode, REP, origin mode, margins, saved cursors across screens, halves of wide
//! characters, 8-bit controls, and erasing with a background.

use crate::support::{sized, text};
use proptest::prelude::*;
use rejoinder_screen::Colour;
use std::num::NonZero;

fn stream() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        5 => "[a-z ]{1,25}",
        3 => Just("\r\n".to_owned()),
        1 => prop::sample::select(vec!["\r", "\n", "\x1b[3;5H\x08", "é", "e\u{301}"]).prop_map(str::to_owned),
        2 => "\x1b\\[(1|3|4|7|0|22|23|24|27|3[0-7]|39|9[0-7]|38;5;[0-9]{2})m",
        2 => "\x1b\\[[1-6];[1-9]H\x1b\\[[1-9]?[ABCDG]",
        2 => "\x1b\\[[1-6];[1-9]H",
        1 => "\x1b\\[m\x1b\\[[1-6];[1-9]H\x1b\\[[0-2]?[JK]",
        1 => "\x1b\\[m\x1b\\[[1-6];[1-9]H\x1b\\[[1-3]?[PX@]",
        1 => prop::sample::select(vec!["\x1b[?25l", "\x1b[?25h"]).prop_map(str::to_owned),
    ];
    prop::collection::vec(fragment, 0..30).prop_map(|fragments| fragments.concat())
}

proptest! {
    /// Guards text, colours and the cursor against an emulator of other authors.
    #[test]
    fn agrees_with_vt100(input in stream()) {
        let mut other = vt100::Parser::new(NonZero::new(6).unwrap(), NonZero::new(12).unwrap(), 100);
        other.process(input.as_bytes());
        let other = other.screen();
        let view = sized(6, 12, &[input.as_bytes()]).snapshot(0);
        for (row, place) in view.rows.iter().zip(0..) {
            let theirs: String = other.rows(0, 12).nth(usize::from(place)).unwrap();
            prop_assert_eq!(text(row), theirs.trim_end_matches(' '), "row {}", place);
            for (cell, col) in row.cells.iter().zip(0..) {
                let their = other.cell(place, col).unwrap();
                if !their.has_contents() {
                    continue;
                }
                let colour = match their.fgcolor() {
                    vt100::Color::Default => Colour::Default,
                    vt100::Color::Idx(index) => Colour::Indexed(index),
                    vt100::Color::Rgb(red, green, blue) => Colour::Rgb(red, green, blue),
                };
                prop_assert_eq!(cell.style.foreground, colour);
                prop_assert_eq!(
                    (cell.style.bold, cell.style.italic, cell.style.inverse),
                    (their.bold(), their.italic(), their.inverse())
                );
            }
        }
        let (row, col) = other.cursor_position();
        // A wrap to come is a column of its own there.
        prop_assert_eq!((view.cursor.row, view.cursor.col), (row, col.min(11)));
        prop_assert_eq!(view.cursor.visible, !other.hide_cursor());
    }
}
