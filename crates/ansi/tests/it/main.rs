//! The crate's promises, tested through its public interface.

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
