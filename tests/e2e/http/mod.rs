//! The server over Streamable HTTP, by what goes over its sockets.

#![allow(
    clippy::needless_pass_by_value,
    reason = "arguments are written where they are given"
)]

mod client;
mod server;

mod drain;
mod expiry;
mod legacy;
mod listening;
mod logging;
mod modern;
mod pages;
mod pressure;
mod principals;
mod refusals;
mod resuming;
mod subscriptions;
