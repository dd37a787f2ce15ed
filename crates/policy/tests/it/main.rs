//! Integration tests of the policy crate: the public face, driven by tables and by properties.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit;
mod config;
mod props;
mod rate;
mod secrets;
mod table;
