//! Changes of size: nothing is lost, nothing panics.

use crate::support::{cut_stream, sized, text, texts};
use proptest::prelude::*;
use rejoinder_screen::Size;

/// Guards that rows which no longer fit go to the scrollback, and the cursor stays with its line.
#[test]
fn fewer_rows() {
    let mut shown = sized(5, 10, &[b"1\r\n2\r\n3\r\n4\r\n5"]);
    shown.resize(Size { rows: 2, cols: 10 });
    let view = shown.snapshot(9);
    assert_eq!(texts(&view.rows), ["4", "5"]);
    assert_eq!(texts(&view.scrollback), ["1", "2", "3"]);
    assert_eq!((view.cursor.row, view.cursor.col), (1, 1));
}

/// Guards that long lines flow, and that what flows off the top is kept.
#[test]
fn fewer_columns() {
    let mut shown = sized(3, 10, &[b"0123456789\r\nab\r\ncd"]);
    shown.resize(Size { rows: 3, cols: 5 });
    let view = shown.snapshot(9);
    assert_eq!(texts(&view.scrollback), ["01234"]);
    assert!(view.scrollback[0].wrapped);
    assert_eq!(texts(&view.rows), ["56789", "ab", "cd"]);
}

/// Guards the main screen behind the alternate one, which does not flow.
#[test]
fn behind_the_alternate_screen() {
    let mut shown = sized(4, 10, &[b"1\r\n2\r\n3\r\n4\x1b[?1049h\x1b[Hmenu and more"]);
    shown.resize(Size { rows: 2, cols: 6 });
    assert_eq!(text(&shown.snapshot(0).rows[0]), "menu a");
    shown.resize(Size { rows: 5, cols: 12 });
    assert_eq!(text(&shown.snapshot(0).rows[0]), "menu a");
    assert!(shown.snapshot(0).alternate);
    shown.push(b"\x1b[?1049l", &mut Vec::new());
    let view = shown.snapshot(9);
    assert_eq!(texts(&view.rows), ["3", "4"]);
    assert_eq!(texts(&view.scrollback), ["1", "2"]);
}

proptest! {
    /// Guards that any output on any sequence of sizes gives a screen of that size.
    #[test]
    fn any_size(steps in prop::collection::vec((cut_stream(), 1_u16..12, 1_u16..24), 1..5)) {
        let mut shown = sized(4, 8, &[]);
        for ((bytes, _), rows, cols) in steps {
            shown.push(&bytes, &mut Vec::new());
            shown.resize(Size { rows, cols });
            let view = shown.snapshot(100);
            prop_assert_eq!(view.size, Size { rows, cols });
            prop_assert_eq!(view.rows.len(), usize::from(rows));
            prop_assert!(view.rows.iter().all(|row| row.cells.len() == usize::from(cols)));
            prop_assert!(view.cursor.row < rows && view.cursor.col < cols);
        }
    }
}
