//! Sessions of `rejoinder-expect`, beside the other tools that people drive programs with and
//! beside what the system itself allows.
//!
//! All of them meet the same programs on the same machine in turns, each measurement in a process
//! of its own. What they answer is compared with what is known to be right, down to the offset of
//! the match where they tell it.

mod dialogue;
mod engine;
mod growth;
pub(crate) mod log;
pub(crate) mod ours;
mod peer;
mod stream;

use anyhow::ensure;

use crate::cli::Options;
use crate::report::Report;
use log::Log;
use peer::Tools;

/// Runs the suite.
pub(crate) fn run(options: &Options) -> anyhow::Result<Report> {
    ensure!(
        !cfg!(debug_assertions),
        "this is a debug build, which says nothing about speed: run `cargo xtask bench`"
    );
    let tools = Tools::prepare()?;
    let log = Log::write(&tools.target.join("bench-data"))?;
    let mut report = Report::new("expect", describe());
    report.extend(stream::measure(&tools, &log, options.quick)?);
    report.extend(growth::measure(&tools, &log, options.quick)?);
    report.extend(dialogue::measure(&tools, options.quick)?);
    report.extend(engine::measure(&log, options.quick)?);
    Ok(report)
}

/// The machine, and how busy it was with other things: the ratios bear that, single times do not.
fn describe() -> String {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!("{processors} processors, load {load} before the first run; times are wall times")
}

/// The median.
///
/// # Panics
///
/// When there is no value.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[(values.len() - 1) / 2]
}
