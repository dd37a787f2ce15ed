//! The terminal's screen: what a person would see of a program's output, as data and as pictures.
#![forbid(unsafe_code)]

mod answer;
mod changes;
mod emulator;
mod event;
mod flood;
mod lexer;
mod marks;
mod packed;
mod query;
pub mod render;
mod scanner;
mod screen;
mod scrollback;
mod seen;
mod snapshot;
mod theme;

pub use answer::CELL_PIXELS;
pub use changes::{Changes, RowRun};
pub use emulator::MAX_COMBINING;
pub use event::{Event, EventKind, Mark, MarkKind};
pub use lexer::MAX_STRING;
pub use marks::{MAX_PARAMETER, MAX_PARAMETERS};
pub use query::MAX_QUESTIONS;
pub use scanner::Scanner;
pub use screen::{MAX_LINK, MAX_PENDING, MAX_REPLIES, MAX_SIZE, Screen, ScreenConfig};
pub use scrollback::{MAX_SCROLLBACK_BYTES, MAX_SCROLLBACK_ROWS};
pub use snapshot::{
    Cell, Colour, Cursor, CursorShape, Palette, Row, Size, Snapshot, Style, Underline, Width,
};
pub use theme::Theme;
