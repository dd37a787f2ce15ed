//! What an open stream over HTTP takes of the server's memory.

use anyhow::Result;

use super::http::client::Connection;
use super::question::Era;
use super::servers::{Kind, Programs, Served};
use crate::report::{Row, Unit};
use crate::server::binary::Server;
use crate::server::memory;
use crate::stats::{Samples, Summary};

/// What one of them may take, in bytes.
const GOAL: f64 = 20.0 * 1024.0;

/// Streams that are open when the memory is measured first: what the first ones take is the
/// server's and not theirs.
const BEFORE: usize = 20;

/// Streams that are opened then; with the others fewer than the connections that a server takes
/// by default.
const STREAMS: usize = 1000;

/// Measures in several processes each.
pub(super) fn measure(programs: &Programs, server: &Server, quick: bool) -> Result<Vec<Row>> {
    let runs = if quick { 1 } else { 5 };
    let mut rows = Vec::new();
    for era in Era::ALL {
        let title = format!("memory of an open stream, {}", era.revision());
        let theirs = of_each(runs, era, || {
            Served::start(programs.over_http(Kind::RmcpSessions))
        })?;
        let ours = of_each(runs, era, || Served::start(programs.over_http(Kind::Ours)))?;
        let served = of_each(runs, era, || Served::start_server(server))?;
        let row = |name: String, summary| Row::spread(name, Unit::Bytes, summary);
        rows.extend([
            row(format!("{title}, mcp-server"), served)
                .compared_with(&theirs)
                .below(GOAL)
                .told(),
            row(format!("  {}", Kind::Ours.name()), ours)
                .compared_with(&theirs)
                .below(GOAL)
                .told(),
            row(format!("  {}", Kind::Rmcp.name()), theirs).told(),
        ]);
    }
    Ok(rows)
}

fn of_each(runs: usize, era: Era, start: impl Fn() -> Result<Served>) -> Result<Summary> {
    let each: Result<Vec<f64>> = (0..runs).map(|_| of_one(&start()?, era)).collect();
    Ok(Samples::of_rounds(&each?).summary())
}

/// Resident bytes for each of a thousand streams more; in the older era each has a session of its
/// own.
fn of_one(served: &Served, era: Era) -> Result<f64> {
    let mut streams = Vec::with_capacity(BEFORE + STREAMS);
    let mut open = |count: usize| -> Result<f64> {
        for _ in 0..count {
            let mut connection = Connection::open(served.address(), era, true)?;
            connection.listen()?;
            streams.push(connection);
        }
        memory::field(&format!("/proc/{}/status", served.pid()), "VmRSS:")
    };
    let before = open(BEFORE)?;
    let after = open(STREAMS)?;
    Ok((after - before) / STREAMS as f64)
}
