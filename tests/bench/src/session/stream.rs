//! A long log through a cooked terminal: read by a holder that records it, and by a bare loop.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use rejoinder_pty::{Command, ReadOutcome};
use serde_json::json;

use crate::expect::log::{Log, MIB, Mode, Patterns};
use crate::report::{Row, Unit};
use crate::server::binary::Server;
use crate::stats::Samples;

/// What part of the bare loop's rate the holder's should be.
const GOAL: f64 = 0.9;

/// How long a read may take before the program is taken for hung.
const PATIENCE: Duration = Duration::from_secs(30);

/// Measures, in turns.
pub(super) fn measure(server: &Server, target: &Path, quick: bool) -> Result<Vec<Row>> {
    let (rounds, mib) = if quick { (3, 16) } else { (7, 64) };
    eprintln!("    {mib} MiB of output");
    let log = Log::write(&target.join("bench-data"))?;
    let [mut raw, mut recorded, mut plain] = [const { Vec::new() }; 3];
    for round in 0..rounds + 1 {
        let bare = read_bare(&log, mib)?;
        let with = read_held(server, &log, mib, true)?;
        let without = read_held(server, &log, mib, false)?;
        // The first round brings the log and the programs into memory.
        if round > 0 {
            raw.push(bare);
            recorded.push(with);
            plain.push(without);
        }
    }
    let bytes = (mib * MIB) as f64;
    let rates = |times: &[f64]| {
        let rates: Vec<f64> = times.iter().map(|time| bytes / time).collect();
        Samples::of_rounds(&rates).summary()
    };
    let ratio = |times: &[f64]| {
        let pairs = raw.iter().zip(times);
        let ratios: Vec<f64> = pairs.map(|(bare, ours)| bare / ours).collect();
        Samples::of_rounds(&ratios).summary()
    };
    let row = |name: &str, times: &[f64]| {
        Row::spread(name, Unit::Rate, rates(times)).compared_with(&rates(&raw))
    };
    Ok(vec![
        row("output through a holder, recorded", &recorded).told(),
        Row::spread(
            "  of the bare rate, by pairs",
            Unit::Share,
            ratio(&recorded),
        )
        .at_least(GOAL)
        .told(),
        row("  not recorded", &plain).told(),
        Row::spread("  of the bare rate, by pairs", Unit::Share, ratio(&plain)).told(),
        row("  a bare loop of reads", &raw).told(),
    ])
}

/// The floor, in seconds.
fn read_bare(log: &Log, mib: usize) -> Result<f64> {
    let words = log.program(mib, Mode::Cooked);
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    let (_, end) = log.place(mib, Mode::Cooked);
    let mut buffer = vec![0; 64 * 1024];
    let mut seen = 0;
    let started = Instant::now();
    let child = command.spawn()?;
    while seen < end {
        match child.output.read_timeout(&mut buffer, Some(PATIENCE))? {
            ReadOutcome::Data(count) => seen += count,
            other => bail!("the log ended or hung after {seen} bytes: {other:?}"),
        }
    }
    let took = started.elapsed();
    child.process.wait()?;
    ensure!(seen == end, "{seen} bytes instead of {end}");
    Ok(took.as_secs_f64())
}

/// From the start of the program to the answer that its last line was seen, in seconds.
fn read_held(server: &Server, log: &Log, mib: usize, record: bool) -> Result<f64> {
    let words = log.program(mib, Mode::Cooked);
    let (_, end) = log.place(mib, Mode::Cooked);
    let mut client = server.start()?;
    let arguments = json!({
        "command": words[0], "args": words[1..], "record": record, "name": "log",
        "wait_for": Patterns::One.texts(), "timeout": PATIENCE.as_secs(),
    });
    let started = Instant::now();
    let result = client.call("start_process", arguments)?;
    let took = started.elapsed();
    let text = result.text();
    ensure!(
        !result.is_error && text.contains("by=match"),
        "no end: {text}"
    );
    let status = client.call("read_output", json!({"session_id": "log", "timeout": 0}))?;
    let pos = &status.meta["rejoinder/status"]["pos"];
    ensure!(*pos == json!(end), "{pos} bytes instead of {end}");
    client.call(
        "terminate_process",
        json!({"session_id": "log", "force": true}),
    )?;
    client.close()?;
    server.clear_up_sessions()?;
    Ok(took.as_secs_f64())
}
