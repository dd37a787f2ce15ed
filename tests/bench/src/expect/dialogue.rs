//! What a dialogue costs: asking and being answered, waiting for nothing, starting a program.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

use super::median;
use super::peer::{Peer, Tools};
use crate::report::{Row, Unit};
use crate::stats::Samples;

/// When something must be wrong.
const LIMIT: Duration = Duration::from_secs(300);

/// What our round trip and our start of a program may take, as a multiple of the bare system
/// calls.
const ROUND_TRIP: f64 = 1.15;
const SPAWN: f64 = 1.1;

/// The share of a processor that a waiting session may use: none, but for what a clock that is read
/// twice gets wrong.
const IDLE: f64 = 0.001;

/// Measures.
pub(super) fn measure(tools: &Tools, quick: bool) -> Result<Vec<Row>> {
    let runs = if quick { 3 } else { 9 };
    let trips = |peer| match peer {
        // These pause, for 50 ms and mostly for 100 ms, in every round.
        Peer::Pexpect | Peer::Rexpect => 10,
        _ if quick => 500,
        _ => 3000,
    };
    let spawns = |peer| match peer {
        Peer::Pexpect | Peer::PexpectTuned | Peer::Rexpect => 4,
        _ if quick => 30,
        _ => 150,
    };
    let mut rows = versus_raw(
        tools,
        "round-trips",
        "round trip to cat",
        runs,
        trips,
        ROUND_TRIP,
    )?;
    rows.extend(versus_raw(
        tools,
        "spawn",
        "spawn of true to its end",
        runs,
        spawns,
        SPAWN,
    )?);
    rows.extend(idle(tools, quick)?);
    Ok(rows)
}

/// Measures all peers in turns, and ours against the bare system calls.
fn versus_raw(
    tools: &Tools,
    case: &str,
    name: &str,
    runs: usize,
    count: impl Fn(Peer) -> usize,
    goal: f64,
) -> Result<Vec<Row>> {
    eprintln!("    {name}");
    let peers = Peer::ALL.into_iter().filter(|peer| *peer != Peer::Naive);
    let peers: Vec<Peer> = peers.collect();
    let mut all: HashMap<Peer, Samples> = HashMap::new();
    let mut medians: HashMap<Peer, Vec<f64>> = HashMap::new();
    for _ in 0..runs {
        for &peer in &peers {
            let count = count(peer);
            let samples = tools
                .run(peer, &[case, &count.to_string()], LIMIT)?
                .with_context(|| format!("{}: no end to {name}", peer.name()))?
                .samples(count)?;
            medians
                .entry(peer)
                .or_default()
                .push(median(samples.clone()));
            all.entry(peer).or_default().push_run(samples);
        }
    }
    let raw = all[&Peer::Raw].summary();
    let mut rows: Vec<Row> = peers
        .iter()
        .map(|peer| {
            let name = format!("{name}: {}", peer.name());
            Row::spread(name, Unit::Seconds, all[peer].summary())
                .compared_with(&raw)
                .told()
        })
        .collect();
    for ours in Peer::OURS {
        let pairs = medians[&ours].iter().zip(&medians[&Peer::Raw]);
        let ratio = median(pairs.map(|(ours, raw)| ours / raw).collect());
        let name = format!("{name}: {} to the raw calls", ours.name());
        rows.push(Row::exact(name, Unit::Ratio, ratio).below(goal).told());
    }
    Ok(rows)
}

/// The share of a processor that is used while nothing happens: what a longer wait takes beyond a
/// shorter one, so that starting does not count. All wait at the same time.
fn idle(tools: &Tools, quick: bool) -> Result<Vec<Row>> {
    eprintln!("    waiting for nothing");
    let seconds = if quick { [1, 3] } else { [1, 11] };
    let peers = Peer::ALL.into_iter();
    let peers = peers.filter(|peer| !matches!(peer, Peer::Raw | Peer::Naive | Peer::PexpectTuned));
    let wait = |peer: Peer, seconds: u32| -> Result<(f64, f64)> {
        let milliseconds = (seconds * 1000).to_string();
        let figures = tools
            .run(peer, &["idle", &milliseconds], LIMIT)?
            .with_context(|| format!("{} waits for ever", peer.name()))?;
        Ok((figures.one("cpu")?, figures.one("seconds")?))
    };
    let share = |peer: Peer| -> Result<f64> {
        let [short, long] = seconds.map(|seconds| wait(peer, seconds));
        let ((short, shorter), (long, longer)) = (short?, long?);
        Ok(((long - short) / (longer - shorter)).max(0.0))
    };
    std::thread::scope(|scope| {
        let waiting: Vec<_> = peers
            .map(|peer| (peer, scope.spawn(move || share(peer))))
            .collect();
        let row = |(peer, share): (Peer, std::thread::ScopedJoinHandle<'_, Result<f64>>)| {
            let share = share.join().map_err(|_| anyhow!("waiting failed"))??;
            let row = Row::exact(
                format!("CPU while waiting: {}", peer.name()),
                Unit::Share,
                share,
            );
            let row = match Peer::OURS.contains(&peer) {
                true => row.below(IDLE),
                false => row,
            };
            Ok(row.told())
        };
        waiting.into_iter().map(row).collect()
    })
}
