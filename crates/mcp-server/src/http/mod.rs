//! The server over Streamable HTTP: its configuration, and who a request is from.

pub mod auth;
pub mod settings;
