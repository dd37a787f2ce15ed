//! The protocol: a server with one tool on the project's crates, beside the same on `rmcp`, the
//! official SDK for Rust.
//!
//! Both serve the same questions in turns, in both eras, over standard input and output and over
//! HTTP. Below them is a floor of each transport that sends back what it gets: where the servers
//! come close to it, it is the transport and the measuring that is measured. All servers run on one
//! thread, which is the faster way for each where the client has a processor of its own. One call at
//! a time is measured twice, on all processors and with client and server on one.

mod allocations;
mod http;
mod in_memory;
mod processors;
mod question;
mod rates;
mod servers;
mod stdio;
mod streams;

use anyhow::{Context, ensure};

use crate::cli::Options;
use crate::report::Report;
use crate::server::binary::Server;
use crate::server::cpu;
use servers::Programs;

/// How the peer runs, for whoever judges the numbers.
const PEER: &str = "rmcp runs as it is fastest: on pipes of the runtime (stdio_pipes); over HTTP \
                    without sessions and with one JSON object as an answer, TCP_NODELAY set";

/// Runs the suite.
pub(crate) fn run(options: &Options) -> anyhow::Result<Report> {
    ensure!(
        !cfg!(debug_assertions),
        "this is a debug build, and its own share of the times would be measured too: \
         run `cargo xtask bench`"
    );
    rejoinder_pty::raise_descriptor_limit().context("a thousand streams need descriptors")?;
    let programs = Programs::build()?;
    let server = match &options.server {
        Some(path) => Server::at(path.clone()),
        None => Server::build()?,
    };
    let mut report = Report::new("proto", programs.describe());
    report.note(cpu::busy());
    report.note(Some(PEER.to_owned()));
    report.extend(stdio::measure(&programs, options.quick)?);
    report.extend(http::measure(&programs, options.quick)?);
    report.extend(allocations::measure(&programs)?);
    report.extend(streams::measure(&programs, &server, options.quick)?);
    report.extend(in_memory::measure(options.quick)?);
    server.clear_up()?;
    Ok(report)
}
