//! The screen as SVG.

use super::screens::{any_snapshot, recorded, screen};
use proptest::prelude::*;
use rejoinder_screen::Snapshot;
use rejoinder_screen::render::{PictureOptions, svg};

fn drawn(snapshot: &Snapshot) -> String {
    svg(snapshot, &PictureOptions::default()).expect("a picture")
}

/// The text of each row that has some.
fn texts(document: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(document).expect("well-formed XML");
    document
        .descendants()
        .filter(|node| node.has_tag_name("text"))
        .map(|row| {
            let pieces = row.descendants().filter(roxmltree::Node::is_text);
            pieces.filter_map(|piece| piece.text()).collect()
        })
        .collect()
}

/// Guards that text stays text, in order, with what has a meaning in XML escaped.
#[test]
fn text_is_text() {
    let document = drawn(&screen(3, 20, "a <b> & \"c\"\r\n\r\n日本 x\x1b]2;<t>\x07"));
    assert_eq!(texts(&document), ["a <b> & \"c\"", "日本 x"]);
    assert!(document.contains("<title>&lt;t&gt;</title>"), "{document}");
}

/// Guards that backgrounds of one colour are one rectangle, however many rows they have, and
/// that lines are drawn and no text.
#[test]
fn backgrounds_and_lines() {
    let document = drawn(&screen(3, 4, "\x1b[?25l\x1b[48;2;1;2;3m\x1b[2J\x1b[m"));
    assert!(
        document.contains("<path fill=\"#010203\" d=\"M0 0h36v54h-36z\"/>"),
        "{document}"
    );
    let document = drawn(&screen(1, 4, "\x1b[?25l──"));
    assert!(texts(&document).is_empty());
    assert!(document.contains("M0 8L5 8L5 9L0 9z"), "{document}");
}

/// Guards the attributes of styles, and that hidden text is not in the document.
#[test]
fn styles() {
    let mut snapshot = screen(1, 12, "\x1b[1;3;38;2;9;8;7mx\x1b[m secret");
    for cell in &mut snapshot.rows[0].cells[2..] {
        cell.style.hidden = true;
    }
    let document = drawn(&snapshot);
    assert!(
        document.contains("font-weight=\"bold\" font-style=\"italic\" fill=\"#090807\">x<"),
        "{document}"
    );
    assert!(!document.contains("secret"));
}

/// Guards the size of typical pictures.
#[test]
fn size_of_a_picture() {
    let document = drawn(&recorded("htop", 40, 120));
    assert!(document.len() < 60_000, "{} bytes", document.len());
    assert!(document.contains("Load average"));
}

proptest! {
    /// Guards that any snapshot gives well-formed XML of the promised size, with neither links
    /// nor control characters, or an error where it has no rows or columns.
    #[test]
    fn any_snapshot_is_drawn(snapshot in any_snapshot(), cell_height in 0u16..80) {
        let empty = snapshot.size.rows == 0 || snapshot.size.cols == 0;
        let Ok(document) = svg(&snapshot, &PictureOptions { cell_height, cursor: true }) else {
            prop_assert!(empty);
            return Ok(());
        };
        prop_assert!(!empty);
        prop_assert!(!document.contains(|c: char| c.is_control() && c != '\n'));
        let parsed = roxmltree::Document::parse(&document).unwrap();
        let height = u32::from(cell_height.clamp(8, 64));
        let want = (u32::from(snapshot.size.rows) * height).to_string();
        prop_assert_eq!(parsed.root_element().attribute("height"), Some(&*want));
        for node in parsed.descendants() {
            prop_assert!(!node.is_element() || ["svg", "title", "path", "g", "text", "tspan"].contains(&node.tag_name().name()));
        }
    }
}
