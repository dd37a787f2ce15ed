//! The renderers, on screens made from escape sequences and by hand.

mod ansi;
mod highlights;
mod pictures;
mod screens;
mod svg;
mod text;
