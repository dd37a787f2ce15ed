//! End-to-end tests: the built binary, driven over standard input and output as
//! an MCP client drives it, against real programs.
//!
//! A program that is missing fails its test: `cargo xtask setup` installs all of
//! them, and a test that is skipped would guard nothing.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod processes;
mod support;
mod typing;
mod vault;

mod approval;
mod automation;
mod bad_arguments;
mod bad_input;
mod cli;
mod commands;
mod contract;
mod endings;
mod frames;
mod guides;
mod http;
mod logging;
mod policy;
mod profiles;
mod programs;
mod progress;
mod prompts;
mod reading;
mod resources;
mod scarcity;
mod screen;
mod searching;
mod secrets;
mod shells;
mod showing;
mod shutdown;
mod survival;
mod switching;
mod waiting;
