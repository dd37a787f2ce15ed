//! The crate's promises, tested through its public interface.
#![allow(
    clippy::unwrap_used,
    reason = "what a helper of a test unwraps fails the test"
)]

mod fixtures;
mod hidden;
mod keys;
mod limits;
mod lines;
mod modes;
mod runs;
mod strip;
mod suffix;
mod support;
mod terminal;
