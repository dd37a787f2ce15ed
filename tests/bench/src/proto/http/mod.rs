//! Calls over Streamable HTTP, on connections that are kept.

pub(super) mod client;
mod load;
mod response;

use anyhow::Result;

use super::processors::Processors;
use super::question::Era;
use super::rates;
use super::servers::{Kind, Programs, Served};
use crate::report::Row;
use load::Load;

/// Calls of each kind of run before the first one that counts.
const WARM_UP: usize = 500;

/// Connections, each with one call under way, and how many calls make a run.
const CONNECTIONS: [(usize, usize, Processors); 4] = [
    (1, 6_000, Processors::One),
    (1, 6_000, Processors::All),
    (8, 20_000, Processors::All),
    (64, 20_000, Processors::All),
];

/// The servers. In the older era the project's has sessions, as the revision has it; `rmcp` is
/// measured with them and, as it is faster so, without.
fn kinds(era: Era) -> &'static [Kind] {
    match era {
        Era::Initialize => &[Kind::Ours, Kind::Rmcp, Kind::RmcpSessions, Kind::Floor],
        Era::Stateless => &[Kind::Ours, Kind::Rmcp, Kind::Floor],
    }
}

/// Measures.
pub(super) fn measure(programs: &Programs, quick: bool) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for era in Era::ALL {
        for (connections, calls, processors) in CONNECTIONS {
            let (runs, calls) = if quick { (3, calls / 4) } else { (9, calls) };
            let title = format!(
                "HTTP, {}, {connections} at once{processors}",
                era.revision()
            );
            rows.extend(rates::measure(&title, kinds(era), runs, |kind| {
                let _kept = processors.enter()?;
                let served = Served::start(programs.over_http(kind))?;
                let opens = kind != Kind::Floor;
                let mut load = Load::connect(&served, era, connections, opens)?;
                load.calls(WARM_UP)?;
                load.calls(calls)
            })?);
        }
    }
    Ok(rows)
}
