//! What the fuzz targets check: for each a function that takes any bytes and panics when a
//! promise is broken.
//!
//! The fuzzer's package builds this as its library; `tests/replay` includes it in the workspace
//! and runs it on the inputs of `tests/data/regressions`. In every input the first bytes say how
//! the rest is to be used, so that an input is a file that can be read and written by hand.
#![forbid(unsafe_code)]

mod input;

pub mod ansi_lines;
pub mod ansi_modes;
pub mod ansi_strip;
pub mod expect_chunks;
pub mod http_heads;
pub mod mcp_frames;
pub mod pty_input;
pub mod screen;
pub mod transcript_read;
