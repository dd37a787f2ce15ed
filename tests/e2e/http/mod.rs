//! The server over Streamable HTTP, by what goes over its sockets.

mod client;
mod server;

mod drain;
mod legacy;
mod listening;
mod modern;
mod pressure;
mod principals;
mod refusals;
mod resuming;
mod subscriptions;
