//! All `unsafe` of the crate: thin, safe functions around the system calls
//! that `nix` has no safe form of, and the registration with tokio. No
//! decisions are made here.

#![allow(unsafe_code)]

pub(crate) mod detach;
pub(crate) mod exec;
pub(crate) mod process;
#[cfg(feature = "tokio")]
pub(crate) mod reactor;
pub(crate) mod terminal;
