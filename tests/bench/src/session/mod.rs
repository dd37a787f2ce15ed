//! Sessions in their holders: what the process between the server and the program costs.
//!
//! Whatever has a floor, or a peer that does the same, is measured beside it in turns, so that all
//! of them meet the same machine. The peer for sessions that outlive whoever started them is tmux;
//! those for round trips are two other servers, one with terminals of its own and one on tmux.

mod flood;
mod holder;
mod many;
mod peers;
mod rest;
mod round_trip;
mod start;
mod stream;

use anyhow::ensure;

use crate::cli::Options;
use crate::report::Report;
use crate::server::binary::Server;
use crate::server::cpu;
use peers::Peers;

/// Calls are not counted: a measurement makes more of them than an agent would.
const UNCOUNTED: &str = "[policy.rate_limit]\nenabled = false\n";

/// Runs the suite.
pub(crate) fn run(options: &Options) -> anyhow::Result<Report> {
    ensure!(
        !cfg!(debug_assertions),
        "this is a debug build, and its own share of the times would be measured too: \
         run `cargo xtask bench`"
    );
    let peers = Peers::prepare()?;
    let server = match &options.server {
        Some(path) => Server::at(path.clone()),
        None => Server::build()?,
    };
    let mut report = Report::new("session", server.describe());
    report.note(cpu::busy());
    let measured = measure(&server, &peers, options.quick, &mut report);
    // Sessions outlive their servers: also those of a measurement that failed.
    server.clear_up()?;
    measured?;
    Ok(report)
}

fn measure(server: &Server, peers: &Peers, quick: bool, report: &mut Report) -> anyhow::Result<()> {
    let server = server.configured("plain.toml", UNCOUNTED)?;
    report.extend(round_trip::measure(&server, peers, quick)?);
    report.extend(start::measure(&server, quick)?);
    report.extend(rest::measure(&server, quick)?);
    report.extend(flood::measure(&server, quick)?);
    report.extend(stream::measure(&server, &peers.target, quick)?);
    report.extend(many::measure(&server, quick)?);
    Ok(())
}
