//! Sessions with real programs, and their transcripts, from the outside.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod commands;
mod following;
mod input;
mod transcripts;
mod waiting;
