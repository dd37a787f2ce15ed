//! How much memory the server's process holds.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::bash::{Question, Served};
use super::binary::Server;
use crate::report::{Row, Unit};
use crate::stats::Samples;

/// What the resident memory may be after `initialize`, in bytes.
const GOAL: f64 = 10.0 * 1024.0 * 1024.0;

/// Lines that the session answers before it is measured.
const LINES: u32 = 20;

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy)]
struct Memory {
    /// All pages in memory, shared ones too: `VmRSS` of proc_pid_status(5).
    resident: f64,
    /// Each shared page by the share of its users: `Pss` of `smaps_rollup`, proc_pid_smaps(5).
    proportional: f64,
    /// What is no page of a file, and could not be dropped and read again: `RssAnon`.
    anonymous: f64,
}

/// Measures in several processes.
pub(crate) fn measure(server: &Server, quick: bool) -> Result<Vec<Row>> {
    let runs = if quick { 3 } else { 7 };
    let [mut idle, mut busy] = [const { Vec::new() }; 2];
    for _ in 0..runs {
        let mut client = server.start()?;
        idle.push(Memory::of(client.pid())?);
        ensure!(!client.list_tools()?.is_empty(), "there are no tools");
        let mut bash = Served::start(client)?;
        for number in 0..LINES {
            bash.ask(&Question::new(number))?;
        }
        let mut client = bash.into_client();
        busy.push(Memory::of(client.pid())?);
        client.close()?;
    }
    let [resident, shares @ ..] = rows("resident memory after initialize", &idle);
    let mut all = vec![resident.below(GOAL)];
    all.extend(shares);
    all.extend(rows("resident memory with tools listed and a bash", &busy));
    Ok(all)
}

fn rows(name: &str, all: &[Memory]) -> [Row; 3] {
    let row = |name: &str, figure: fn(&Memory) -> f64| {
        let mut samples = Samples::default();
        samples.push_run(all.iter().map(figure).collect());
        Row::spread(name, Unit::Bytes, samples.summary())
    };
    [
        row(name, |memory| memory.resident),
        row("  its proportional share", |memory| memory.proportional),
        row("  of no file", |memory| memory.anonymous),
    ]
}

impl Memory {
    fn of(pid: u32) -> Result<Self> {
        Ok(Self {
            resident: field(&format!("/proc/{pid}/status"), "VmRSS:")?,
            proportional: field(&format!("/proc/{pid}/smaps_rollup"), "Pss:")?,
            anonymous: field(&format!("/proc/{pid}/status"), "RssAnon:")?,
        })
    }
}

/// The figure after this name in a file of `/proc`, where it stands in KiB.
pub(crate) fn field(path: &str, name: &str) -> Result<f64> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    in_bytes(&text, name).with_context(|| format!("{path} has no {name}"))
}

fn in_bytes(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name has to be the whole name: `Pss:` is not `Pss_Dirty:`.
    #[test]
    fn figures_are_found_by_their_whole_name() {
        let text =
            "Rss:                 8 kB\nPss_Dirty:           4 kB\nPss:                 2 kB\n";
        assert_eq!(in_bytes(text, "Pss:"), Some(2048.0));
        assert_eq!(in_bytes(text, "Rss:"), Some(8192.0));
        assert_eq!(in_bytes(text, "VmRSS:"), None);
    }
}
