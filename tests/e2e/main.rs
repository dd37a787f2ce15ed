//! End-to-end tests: the built binary, driven over standard input and output as
//! an MCP client drives it, against real programs.
//!
//! A program that is missing fails its test: `cargo xtask setup` installs all of
//! them, and a test that is skipped would guard nothing.

mod support;

mod contract;
mod shells;
