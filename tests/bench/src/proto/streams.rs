//! What an open stream over HTTP takes of the server's memory.

use anyhow::Result;

use super::http::client::Connection;
use super::question::Era;
use super::servers::{Kind, Programs, Served};
use crate::report::{Row, Unit};
use crate::server::binary::Server;
use crate::server::memory;
use crate::stats::Samples;

/// What one of them may take, in bytes.
const GOAL: f64 = 20.0 * 1024.0;

/// Streams that are open when the memory is measured first: what the first ones take is the
/// server's and not theirs.
const BEFORE: usize = 50;

/// Streams that are opened then.
const STREAMS: usize = 1000;

/// Measures in several processes each.
pub(super) fn measure(programs: &Programs, _server: &Server, quick: bool) -> Result<Vec<Row>> {
    let runs = if quick { 1 } else { 5 };
    let mut rows = Vec::new();
    for era in Era::ALL {
        for kind in [Kind::RmcpSessions] {
            let mut runs = (0..runs).map(|_| {
                let served = Served::start(programs.over_http(kind))?;
                of_one(&served, era)
            });
            let each = runs.try_fold(Vec::new(), |mut all, each: Result<f64>| {
                all.push(each?);
                anyhow::Ok(all)
            })?;
            let name = format!(
                "memory of an open stream, {}, {}",
                era.revision(),
                kind.name()
            );
            let row = Row::spread(name, Unit::Bytes, Samples::of_rounds(&each).summary());
            let row = if kind == Kind::Ours {
                row.below(GOAL)
            } else {
                row
            };
            rows.push(row.told());
        }
    }
    Ok(rows)
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
