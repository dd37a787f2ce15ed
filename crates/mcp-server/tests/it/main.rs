//! Tests of the server's parts as a library, from outside.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod auth;
mod protocol_page;
