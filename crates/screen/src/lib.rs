//! The terminal's screen: what a person would see of a program's output, as data and as pictures.
#![forbid(unsafe_code)]

mod event;
mod lexer;
mod marks;
mod scanner;
mod snapshot;

pub use event::{Event, EventKind, Mark, MarkKind};
pub use lexer::MAX_STRING;
pub use marks::{MAX_PARAMETER, MAX_PARAMETERS};
pub use scanner::Scanner;
pub use snapshot::{
    Cell, Colour, Cursor, CursorShape, Palette, Row, Size, Snapshot, Style, Underline, Width,
};
