//! What the engine and the sessions promise, from the outside.

mod differential;
mod engine;
mod oracle;
mod table;

#[cfg(all(feature = "spawn", feature = "tokio"))]
mod examples;
#[cfg(all(feature = "spawn", feature = "tokio"))]
mod session;
#[cfg(feature = "spawn")]
mod streams;
#[cfg(all(feature = "spawn", feature = "tokio"))]
mod together;
