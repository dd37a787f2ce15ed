//! What mcp-proto promises, seen from outside.

mod support;

mod arguments;
mod batches;
mod calls;
mod client;
mod examples;
mod frames;
mod framing;
mod golden;
mod ids;
mod listing;
mod robustness;
mod subscriptions;
mod versions;
