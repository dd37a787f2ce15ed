//! The crate's promises, tested through its public interface.
#![allow(
    clippy::unwrap_used,
    reason = "what a helper of a test unwraps fails the test"
)]

mod changes;
mod emulation;
mod flood;
mod limits;
mod queries;
mod recordings;
mod render;
mod resizing;
mod scanner;
mod support;
mod vt100;
