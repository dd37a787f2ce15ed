//! A server with the tools, prompts and resources that the official conformance suite
//! (`@modelcontextprotocol/conformance`) wants to find, on the crates that the real server is made
//! of.
//!
//! There is no protocol here, only what is served: [`Fixture`] is a [`mcp_server::serve::Host`]
//! like any other, and a fault that the suite finds is one of `mcp-proto` or of `mcp-server`'s
//! transports. Handlers know one form of asking back, that of revision 2026-07-28, and serve both
//! eras.
//!
//! What the suite calls, and what it expects, is the suite's to say: names and texts here are its
//! own.

#![forbid(unsafe_code)]

pub mod cli;
pub mod serve;

mod host;
mod prompts;
mod resources;
mod seals;
mod tools;

pub use host::Fixture;
