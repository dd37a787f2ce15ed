//! What mcp-proto promises, seen from outside.

#![allow(
    clippy::unwrap_used,
    reason = "the lint's exemption for tests does not reach their helpers"
)]
#![allow(
    clippy::needless_pass_by_value,
    reason = "messages are written in place at the call"
)]

mod offer;
mod spec_objects;
mod support;

mod answering;
mod arguments;
mod asking;
mod batches;
mod calls;
mod client;
mod completion;
mod examples;
mod forms;
mod frames;
mod framing;
mod golden;
mod http_access;
mod http_answers;
mod http_heads;
mod http_log;
mod http_page;
mod http_sse;
mod ids;
mod known_bugs;
mod listing;
mod mirrored;
mod not_asked;
mod prompts;
mod request_state;
mod resources;
mod robustness;
mod service;
mod spec_examples;
mod spec_notifications;
mod spec_results;
mod subscriptions;
mod versions;
mod watching;
