//! A [`Snapshot`](crate::Snapshot) as text, escape sequences and pictures.
//!
//! | function | for whom |
//! | --- | --- |
//! | [`text`], [`text_changes`] | a reader of text, first of all a language model |
//! | [`ansi`] | a terminal: the bytes that paint the screen |
//! | [`svg`] | a browser: a picture whose text can be selected |
//! | [`png`] | whoever can see |
//!
//! All of them are pure functions. They take any snapshot: rows that are too short, halves of
//! wide characters and control characters in cells are shown as well as they can be, and nothing
//! that a program put on its screen becomes an escape sequence or markup in the result.

mod text;

mod highlight;

mod ansi;
mod sgr;

mod canvas;
mod fonts;
mod picture;
mod png;
mod shapes;
mod svg;
mod theme;

pub use ansi::ansi;
pub use highlight::{Highlight, highlights};
pub use picture::{PictureError, PictureOptions};
pub use png::png;
pub use svg::svg;
pub use text::{TextOptions, changed_rows, text, text_changes};
