//! All `unsafe` of the crate: thin, safe functions around the system calls
//! that `nix` has no safe form of. No decisions are made here.

#![allow(unsafe_code)]

pub(crate) mod exec;
pub(crate) mod process;
pub(crate) mod terminal;
