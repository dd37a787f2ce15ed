//! Whether a stream that goes on and on takes more memory, or more time for the same amount.

use std::time::Duration;

use anyhow::{Context, Result};

use super::log::{Log, MIB, Mode, Patterns};
use super::median;
use super::peer::{Peer, Tools};
use super::stream::Stream;
use crate::report::{Row, Unit};

/// When something must be wrong.
const LIMIT: Duration = Duration::from_secs(900);

/// How much more CPU time a mebibyte may take late in a stream than early: nothing, as far as a
/// machine with other work can tell.
const LINEAR: f64 = 1.1;

/// Measures.
pub(super) fn measure(tools: &Tools, log: &Log, quick: bool) -> Result<Vec<Row>> {
    let (sizes, rounds) = if quick {
        ([1, 16, 64], 3)
    } else {
        ([1, 64, 1024], 3)
    };
    let mut rows = Vec::new();
    for peer in Peer::OURS {
        let [mut resident, mut cpu] = [const { [const { Vec::new() }; 3] }; 2];
        for _ in 0..rounds {
            for (index, mib) in sizes.into_iter().enumerate() {
                eprintln!("    {mib} MiB, memory and CPU time");
                let stream = Stream {
                    mib,
                    mode: Mode::Cooked,
                    patterns: Patterns::Eight,
                };
                let figures = stream
                    .run(tools, log, peer, LIMIT)?
                    .context("the stream does not end")?;
                resident[index].push(figures.one("resident")?);
                cpu[index].push(figures.one("cpu")?);
            }
        }
        let (resident, cpu) = (resident.map(median), cpu.map(median));
        let name = peer.name();
        for (mib, bytes) in sizes.iter().zip(resident) {
            let name = format!("{mib} MiB cooked, 8 patterns: memory of {name}");
            rows.push(Row::exact(name, Unit::Bytes, bytes).told());
        }
        let [small, middle, large] = sizes;
        rows.push(
            Row::exact(
                format!("memory of {name}: growth from {small} MiB to {large} MiB"),
                Unit::Bytes,
                resident[2] - resident[0],
            )
            .below(MIB as f64)
            .told(),
        );
        let late = (cpu[2] - cpu[1]) / (large - middle) as f64;
        let early = (cpu[1] - cpu[0]) / (middle - small) as f64;
        let name_of_early = format!("CPU time of {name} per MiB, up to {middle} MiB");
        rows.push(Row::exact(name_of_early, Unit::Seconds, early).told());
        rows.push(
            Row::exact(
                format!("CPU time of {name} per MiB, behind {middle} MiB to before"),
                Unit::Ratio,
                late / early,
            )
            .below(LINEAR)
            .told(),
        );
    }
    Ok(rows)
}
