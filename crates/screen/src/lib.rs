//! The terminal's screen: what a person would see of a program's output, as data and as pictures.
#![forbid(unsafe_code)]

mod event;
pub mod render;
mod snapshot;

pub use event::{Event, EventKind, Mark, MarkKind};
pub use snapshot::{
    Cell, Colour, Cursor, CursorShape, Palette, Row, Size, Snapshot, Style, Underline, Width,
};
