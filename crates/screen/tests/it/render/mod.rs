//! The renderers, on screens made from escape sequences and by hand.

mod ansi;
mod highlights;
mod screens;
mod text;
