//! The engine alone, in memory: compiling, stepping, jumping. Times are CPU time of the thread,
//! which other work on the machine does not lengthen.

use anyhow::{Result, ensure};
use rejoinder_expect::{Edge, Offset, Pattern, PatternSet, Ring, Search, regex};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::time::Instant;

use super::log::{Log, Patterns};
use crate::report::{Row, Unit};
use crate::stats::Samples;

/// What a terminal hands out in one read, at most.
const READ: usize = 4095;

/// Measures.
pub(super) fn measure(log: &Log, quick: bool) -> Result<Vec<Row>> {
    eprintln!("    the engine in memory");
    let (runs, mib) = if quick { (5, 16) } else { (9, 64) };
    let mut rows = vec![build("1 pattern", Patterns::One, runs)?.told()];
    rows.push(
        build("8 patterns", Patterns::Eight, runs)?
            .below(100e-6)
            .told(),
    );
    for (what, patterns, goal) in [
        ("search, 1 pattern, prefilter", Patterns::One, None),
        (
            "search, 8 patterns, prefilter",
            Patterns::Eight,
            Some(1.5e9),
        ),
        (
            "search, 1 pattern, stepping",
            Patterns::OneWithoutLiteral,
            Some(400e6),
        ),
        (
            "search, 8 patterns, stepping",
            Patterns::EightWithoutLiteral,
            Some(400e6),
        ),
    ] {
        let row = search(what, patterns, log, mib, runs)?;
        let row = match goal {
            Some(goal) => row.at_least(goal),
            None => row,
        };
        rows.push(row.told());
    }
    Ok(rows)
}

/// CPU time of this thread so far, in seconds.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn compiled(patterns: Patterns) -> Result<PatternSet> {
    let patterns: Vec<Pattern> = patterns.texts().into_iter().map(regex).collect();
    Ok(PatternSet::new(patterns)?)
}

/// Compiling a set, its patterns given as text.
fn build(what: &str, patterns: Patterns, runs: usize) -> Result<Row> {
    let mut samples = Samples::default();
    for _ in 0..runs {
        let mut run = Vec::new();
        for _ in 0..200 {
            let started = cpu();
            black_box(compiled(patterns)?);
            run.push(cpu() - started);
        }
        samples.push_run(run);
    }
    let name = format!("in memory: compile {what}");
    Ok(Row::spread(name, Unit::Seconds, samples.summary()))
}

/// Searching a stream that arrives in pieces, copied into the ring as it comes.
fn search(what: &str, patterns: Patterns, log: &Log, mib: usize, runs: usize) -> Result<Row> {
    let set = compiled(patterns)?;
    let now = Instant::now();
    let mut speeds = Vec::new();
    for _ in 0..runs {
        let (mut ring, mut search) = (Ring::new(), Search::new(&set, Offset::ZERO));
        let started = cpu();
        for piece in (0..mib).flat_map(|_| log.body().chunks(READ)) {
            ring.push(piece);
            let found = search.advance(&ring, Edge::Drained, now);
            ensure!(found.is_none(), "{what}: found {found:?} too early");
        }
        let took = cpu() - started;
        ring.push(log.mark());
        let found = search.advance(&ring, Edge::Drained, now);
        let place = found
            .as_ref()
            .map(|found| (found.pattern(), found.start().get()));
        let right = (mib * log.body().len()) as u64;
        ensure!(
            place == Some((0, right)),
            "{what}: found {found:?}, not at {right}"
        );
        speeds.push((mib * log.body().len()) as f64 / took);
    }
    let summary = Samples::of_rounds(&speeds).summary();
    Ok(Row::spread(
        format!("in memory: {what}"),
        Unit::Rate,
        summary,
    ))
}
