//! What a session costs that nobody uses: memory of its holder, and how often that wakes up.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

use super::holder::{Held, cat};
use crate::report::{Row, Unit};
use crate::server::binary::Server;
use crate::server::memory::field;
use crate::stats::Samples;

/// What the private memory may be, in bytes.
const MEMORY_GOAL: f64 = 1024.0 * 1024.0;

/// How long a session is left alone before it counts as idle.
const SETTLED: Duration = Duration::from_secs(2);

/// Sessions that are looked at.
const SESSIONS: usize = 5;

/// Measures several sessions at once: with the server there, and after it has gone.
pub(super) fn measure(server: &Server, quick: bool) -> Result<Vec<Row>> {
    eprintln!("    rest");
    let window = Duration::from_secs(if quick { 3 } else { 10 });
    let mut client = server.start()?;
    let mut holders = Vec::new();
    for _ in 0..SESSIONS {
        holders.push(Held::start(&mut client, cat())?.pid()?);
    }
    let with = look(&holders, window)?;
    client.close()?;
    let without = look(&holders, window)?;
    server.clear_up_sessions()?;
    let spread = |values: &[f64]| Samples::of_rounds(values).summary();
    let seconds = window.as_secs();
    let wake_ups = |name: &str, look: &Look| {
        let name = format!("  wake-ups of all {SESSIONS} in {seconds} s, {name}");
        let most = look.wake_ups.iter().sum::<f64>();
        Row::exact(name, Unit::Count, most).below(1.0).told()
    };
    Ok(vec![
        Row::spread(
            "private memory of an idle holder",
            Unit::Bytes,
            spread(&with.private),
        )
        .below(MEMORY_GOAL)
        .told(),
        Row::spread("  dirty", Unit::Bytes, spread(&with.dirty)).told(),
        Row::spread("  resident", Unit::Bytes, spread(&with.resident)).told(),
        Row::spread(
            "  private, without a server",
            Unit::Bytes,
            spread(&without.private),
        )
        .told(),
        wake_ups("server connected", &with),
        wake_ups("no server", &without),
    ])
}

/// Figures of several holders, one each.
struct Look {
    /// `Private_Clean` and `Private_Dirty` of proc_pid_smaps(5), in bytes.
    private: Vec<f64>,
    dirty: Vec<f64>,
    resident: Vec<f64>,
    /// How often its threads gave up the processor, which an idle one does once each time that
    /// something wakes it up.
    wake_ups: Vec<f64>,
}

fn look(holders: &[u32], window: Duration) -> Result<Look> {
    leave_alone(SETTLED);
    let before: Vec<f64> = all(holders, wake_ups)?;
    leave_alone(window);
    let after: Vec<f64> = all(holders, wake_ups)?;
    let rollup = |pid: u32, name: &str| field(&format!("/proc/{pid}/smaps_rollup"), name);
    Ok(Look {
        private: all(holders, |pid| {
            Ok(rollup(pid, "Private_Clean:")? + rollup(pid, "Private_Dirty:")?)
        })?,
        dirty: all(holders, |pid| rollup(pid, "Private_Dirty:"))?,
        resident: all(holders, |pid| rollup(pid, "Rss:"))?,
        wake_ups: before.iter().zip(after).map(|(was, is)| is - was).collect(),
    })
}

fn all(holders: &[u32], figure: impl Fn(u32) -> Result<f64>) -> Result<Vec<f64>> {
    holders.iter().map(|pid| figure(*pid)).collect()
}

/// Lets time pass in which nothing is to happen.
#[allow(
    clippy::disallowed_methods,
    reason = "that nothing happens has no event: the time itself is what is measured"
)]
fn leave_alone(time: Duration) {
    std::thread::sleep(time);
}

/// The voluntary context switches of a process's threads so far (proc_pid_status(5)).
fn wake_ups(pid: u32) -> Result<f64> {
    let tasks = format!("/proc/{pid}/task");
    let mut sum = 0.0;
    for task in fs::read_dir(&tasks).with_context(|| format!("cannot read {tasks}"))? {
        let path = task?.path().join("status");
        let shown = path.display();
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {shown}"))?;
        sum += switches(&text).with_context(|| format!("{shown} has no switches"))?;
    }
    Ok(sum)
}

fn switches(status: &str) -> Option<f64> {
    let mut lines = status.lines();
    let figure = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
    figure.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The involuntary ones, whose name ends alike, are not taken for them.
    #[test]
    fn voluntary_switches_are_found() {
        let status = "nonvoluntary_ctxt_switches:\t3\nvoluntary_ctxt_switches:\t150\n";
        assert_eq!(switches(status), Some(150.0));
        assert_eq!(switches("nonvoluntary_ctxt_switches:\t3\n"), None);
    }
}
