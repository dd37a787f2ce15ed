//! The server's process, measured from outside as a client meets it: how fast it answers and
//! starts, how much memory it holds, how much of a model's context its tools take.
//!
//! It is the release build with its default configuration. Whatever has a floor that no server
//! can get below is measured beside that floor, in turns, so that both meet the same machine.

pub(crate) mod bash;
pub(crate) mod binary;
pub(crate) mod cpu;
mod listing;
pub(crate) mod memory;
mod round_trip;
mod start;

use anyhow::ensure;

use crate::cli::Options;
use crate::report::Report;
use binary::Server;

/// The revision proposed by the clients that open with `initialize`: the newest of that era.
pub(crate) const LEGACY: &str = "2025-11-25";

/// Runs the suite.
pub(crate) fn run(options: &Options) -> anyhow::Result<Report> {
    ensure!(
        !cfg!(debug_assertions),
        "this is a debug build, and its own share of the times would be measured too: \
         run `cargo xtask bench`"
    );
    let server = match &options.server {
        Some(path) => Server::at(path.clone()),
        None => Server::build()?,
    };
    let mut report = Report::new("server", server.describe());
    report.note(cpu::busy());
    report.extend(round_trip::measure(&server, options.quick)?);
    report.extend(start::measure(&server, options.quick)?);
    report.extend(memory::measure(&server, options.quick)?);
    report.extend(listing::measure(&server)?);
    server.clear_up()?;
    Ok(report)
}
