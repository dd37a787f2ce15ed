//! Rates and latencies of several servers, and how they compare.

use anyhow::Result;

use super::servers::Kind;
use crate::report::{Row, Unit};
use crate::stats::Samples;

/// How many times as many calls as `rmcp` the project should serve.
const GOAL: f64 = 1.5;

/// What one server did in one run.
#[derive(Debug)]
pub(super) struct Run {
    /// From the first question to the last answer, in seconds.
    pub(super) seconds: f64,
    /// From each question to its answer, in seconds.
    pub(super) latencies: Vec<f64>,
    /// The server's processor time for all of it, in seconds.
    pub(super) cpu: f64,
}

/// What one server did in all runs.
#[derive(Debug)]
struct Figures {
    kind: Kind,
    /// Calls per second, a figure for each run.
    rates: Vec<f64>,
    latencies: Samples,
    /// The 99th percentiles of the runs.
    tails: Vec<f64>,
    /// Processor time of a call, a figure for each run.
    cpu: Vec<f64>,
}

/// Has the servers take turns, another one going first each time, and compares the first of them
/// with the second.
pub(super) fn measure(
    title: &str,
    kinds: &[Kind],
    runs: usize,
    mut run: impl FnMut(Kind) -> Result<Run>,
) -> Result<Vec<Row>> {
    let figures = |kind: &Kind| Figures {
        kind: *kind,
        rates: Vec::new(),
        latencies: Samples::default(),
        tails: Vec::new(),
        cpu: Vec::new(),
    };
    let mut all: Vec<Figures> = kinds.iter().map(figures).collect();
    for turn in 0..runs {
        for place in 0..all.len() {
            let index = (turn + place) % all.len();
            let figures = &mut all[index];
            figures.add(run(figures.kind)?);
        }
    }
    let rows = rows(title, &all);
    Ok(rows.into_iter().map(Row::told).collect())
}

impl Figures {
    fn add(&mut self, run: Run) {
        let calls = run.latencies.len() as f64;
        self.rates.push(calls / run.seconds);
        self.cpu.push(run.cpu / calls);
        let mut latencies = Samples::default();
        latencies.push_run(run.latencies.clone());
        self.tails.push(latencies.summary().p99);
        self.latencies.push_run(run.latencies);
    }
}

fn rows(title: &str, all: &[Figures]) -> Vec<Row> {
    let mut rows = Vec::new();
    let [ours, theirs, ..] = all else {
        return rows;
    };
    let rate = by_runs(&ours.rates, &theirs.rates);
    let tail = by_runs(&ours.tails, &theirs.tails);
    rows.push(
        Row::spread(
            format!("{title}: calls served, beside rmcp"),
            Unit::Ratio,
            rate,
        )
        .at_least(GOAL),
    );
    rows.push(Row::spread("  p99 of the latency, beside rmcp", Unit::Ratio, tail).below(1.0));
    let units: [(&str, Unit, Measure); 3] = [
        ("calls per second", Unit::PerSecond, |it| {
            Samples::of_rounds(&it.rates)
        }),
        ("latency", Unit::Seconds, |it| it.latencies.clone()),
        ("processor time of a call", Unit::Seconds, |it| {
            Samples::of_rounds(&it.cpu)
        }),
    ];
    for (what, unit, samples) in units {
        let peer = samples(theirs).summary();
        for figures in all {
            let name = format!("  {what}, {}", figures.kind.name());
            rows.push(Row::spread(name, unit, samples(figures).summary()).compared_with(&peer));
        }
    }
    rows
}

/// One kind of figure out of those of a server.
type Measure = fn(&Figures) -> Samples;

/// The ratios of the runs, each of which met the same machine.
fn by_runs(ours: &[f64], theirs: &[f64]) -> crate::stats::Summary {
    let pairs = ours.iter().zip(theirs);
    let ratios: Vec<f64> = pairs.map(|(our, their)| our / their).collect();
    Samples::of_rounds(&ratios).summary()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each server runs as often as the others, and goes first in turn; the ratio is of the runs.
    #[test]
    fn servers_take_turns() {
        let mut order = Vec::new();
        let kinds = [Kind::Ours, Kind::Rmcp];
        let rows = measure("test", &kinds, 2, |kind| {
            order.push(kind);
            let seconds = if kind == Kind::Ours { 1.0 } else { 3.0 };
            Ok(Run {
                seconds,
                latencies: vec![seconds / 10.0; 10],
                cpu: 0.5,
            })
        })
        .unwrap();
        assert_eq!(order, [Kind::Ours, Kind::Rmcp, Kind::Rmcp, Kind::Ours]);
        let mut report = crate::report::Report::new("proto", "test");
        report.extend(rows);
        let json = report.to_json();
        assert_eq!(json["measurements"][0]["value"], 3.0);
        assert_eq!(json["measurements"][0]["goal"]["met"], true);
        assert_eq!(json["measurements"][2]["value"], 10.0);
    }
}
