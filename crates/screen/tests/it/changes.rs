//! Versions and differences.

use crate::support::{cut_stream, screen, sized};
use proptest::prelude::*;
use rejoinder_screen::Size;

/// Guards that a version grows when something looks different, and only then.
#[test]
fn versions() {
    let mut shown = screen(&[]);
    let first = shown.version();
    assert_eq!(shown.version(), first);
    for (input, differs) in [
        ("x", true),
        ("\x08x", false),
        ("\x1b[1m", false),
        ("\x1b[5C", true),
        ("\x1b]2;t\x07", true),
        ("\x1b]2;t\x07", false),
        ("\x1b[?5h", true),
        ("\x1b]11;#123456\x07", true),
        ("\x1b[?1049h", true),
        ("\x1b[c", false),
    ] {
        let before = shown.version();
        shown.push(input.as_bytes(), &mut Vec::new());
        assert_eq!(
            shown.version() > before,
            differs,
            "{}",
            input.escape_debug()
        );
    }
}

/// Guards that rows come in runs, and what has not changed does not come.
#[test]
fn runs() {
    let mut shown = sized(6, 10, &[b"a\r\nb\r\nc\r\nd\r\ne"]);
    let version = shown.version();
    shown.push(b"\x1b[1;1HA\x1b[3;1HC\r\nD", &mut Vec::new());
    let changes = shown.changes_since(version);
    let runs: Vec<(u16, usize)> = changes
        .rows
        .iter()
        .map(|run| (run.first, run.rows.len()))
        .collect();
    assert_eq!(runs, [(0, 1), (2, 2)]);
    assert!(!changes.whole && changes.title.is_none() && changes.cursor.is_some());
    let version = changes.version;
    assert!(shown.changes_since(version).is_empty());
}

/// Guards that everything comes where the version is unknown or from before a change of size.
#[test]
fn whole() {
    let mut shown = screen(&[b"a"]);
    let version = shown.version();
    shown.resize(Size { rows: 10, cols: 20 });
    let changes = shown.changes_since(version);
    assert!(changes.whole);
    assert_eq!(
        changes.rows.iter().map(|run| run.rows.len()).sum::<usize>(),
        10
    );
    assert!(shown.changes_since(0).whole);
    assert!(shown.changes_since(u64::MAX).whole);
    assert!(!shown.changes_since(changes.version).whole);
}

proptest! {
    /// Guards that an earlier view and the changes since are the present view.
    #[test]
    fn changes_lead_to_the_present(
        (first, _) in cut_stream(), (second, _) in cut_stream(), resized in any::<bool>()
    ) {
        let mut shown = sized(6, 12, &[&first]);
        let mut mine = shown.snapshot(0);
        if resized {
            shown.resize(Size { rows: 5, cols: 14 });
        }
        shown.push(&second, &mut Vec::new());
        let changes = shown.changes_since(mine.version);
        prop_assert_eq!(changes.whole, resized);
        prop_assert_eq!(changes.is_empty(), changes.version == mine.version);
        changes.apply(&mut mine);
        prop_assert_eq!(mine, shown.snapshot(0));
    }
}
