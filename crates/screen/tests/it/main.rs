//! The crate's promises, tested through its public interface.
#![allow(
    clippy::unwrap_used,
    reason = "what a helper of a test unwraps fails the test"
)]

mod scanner;
mod support;
