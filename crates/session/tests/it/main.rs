//! Sessions with real programs.

mod leases;
mod support;
mod typing;
