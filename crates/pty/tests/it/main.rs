//! The crate against real programs on real terminals and pipes.
//!
//! Every wait has a guard of [`support::PATIENCE`], which no test comes near
//! unless something hangs.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod seccomp;
mod support;

mod canonical;
mod descriptors;
mod detach;
mod drain;
mod exec_errors;
mod exit;
mod inheritance;
mod limits;
mod old_kernels;
mod packet;
mod pipes;
mod scarcity;
mod terminal;
mod tree;

#[cfg(feature = "tokio")]
mod aio;
