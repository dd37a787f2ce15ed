//! Streamable HTTP: what is served, to whom, and over which listeners.
//!
//! The rules of the protocol are [`mcp_proto::http`]'s; here they meet axum and sockets. A request
//! goes through the `endpoint`: may this host and page talk to us, who is it, what does it send.
//! A request of 2026-07-28 is served on its own (`stateless`); older clients have a session
//! each (`sessions`), with streams that can be resumed.
//!
//! A client that goes away ends its request in the new era, and nothing in the old one, where it
//! may come back for the answer.

pub mod auth;
pub mod settings;

mod body;
mod caller;
mod endpoint;
mod exchange;
mod listen;
mod patient;
mod phase;
mod routes;
mod session;
mod sessions;
mod shared;
mod socket;
mod stateless;
mod subscription;
mod unread;

pub use listen::{Bound, bind};
