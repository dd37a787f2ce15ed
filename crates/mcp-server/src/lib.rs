//! The MCP server of Rejoinder: configuration, the tools, the one pipeline every
//! call passes, and the standard input and output that it is served over.
//!
//! The crate is the binary `mcp-server`, and little more than wiring: terminals
//! are `rejoinder-session`'s business, the protocol is `mcp-proto`'s, decisions
//! are `rejoinder-policy`'s. As a library it offers what the project's own tests
//! and benchmarks need: the [`client`] that the demo drives the server with.
//!
//! # How a call flows
//!
//! Standard input → `mcp-proto` (frame, era, schema) → the registry (is the tool
//! on, and what is it called by?) → the tool's own checks → the policy's verdict and
//! the audit record → the session → text with one status line. There is no second way
//! in: the names of other systems are translated into a canonical tool's arguments, and
//! its result into theirs, at the two ends of this one.

#![forbid(unsafe_code)]

pub mod cli;
pub mod client;
pub mod config;
pub mod http;
pub mod recipes;
pub mod secrets;
pub mod serve;

mod demo;
mod face;
mod host;
mod people;
mod running;
mod server;
mod signals;

mod approval;
mod audit;
mod call_log;
mod complete;
mod failure;
mod guides;
mod profiles;
mod queries;
mod registry;
mod reply;
mod resources;
mod tools;
