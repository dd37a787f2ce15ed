//! As many sessions as a machine may ever have, and one list of them.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use mcp_server::client::StdioClient;
use serde_json::json;

use super::holder::cat;
use crate::report::{Row, Unit};
use crate::server::LEGACY;
use crate::server::binary::Server;
use crate::stats::Samples;

/// What the median of a list may be, in seconds.
const GOAL: f64 = 0.020;

/// Starts that are under way at once.
const AT_ONCE: usize = 8;

/// The soft limit of descriptors that the server is started with: what most systems give a login,
/// which is not enough for some of each session.
const DESCRIPTORS: u64 = 1024;

/// Measures the first list of servers that were just started, and the later ones of each.
pub(super) fn measure(server: &Server, quick: bool) -> Result<Vec<Row>> {
    let sessions = if quick { 200 } else { 1000 };
    let (servers, lists) = if quick { (3, 10) } else { (7, 30) };
    eprintln!("    {sessions} sessions");
    let config = format!("{}[limits]\nmax_sessions = 2000\n", super::UNCOUNTED);
    let server = server.configured("many.toml", &config)?;
    let mut client = connect(&server)?;
    let started = Instant::now();
    start(&mut client, sessions)?;
    let took = started.elapsed().as_secs_f64() / sessions as f64;
    list(&mut client, sessions)?;
    let descriptors = count(&format!("/proc/{}/fd", client.pid()))?;
    client.close()?;

    let (mut first, mut later) = (Vec::new(), Samples::default());
    for _ in 0..servers {
        let mut client = connect(&server)?;
        first.push(list(&mut client, sessions)?);
        let mut run = Vec::new();
        for _ in 0..lists {
            run.push(list(&mut client, sessions)?);
        }
        later.push_run(run);
        client.close()?;
    }
    server.clear_up_sessions()?;
    let name = |what: &str| format!("list of {sessions} sessions, {what}");
    let first = Samples::of_rounds(&first).summary();
    Ok(vec![
        Row::spread(name("a new server's first"), Unit::Seconds, first)
            .below(GOAL)
            .told(),
        Row::spread(name("later ones"), Unit::Seconds, later.summary())
            .below(GOAL)
            .told(),
        Row::exact(
            format!("  start of each, {AT_ONCE} at once"),
            Unit::Seconds,
            took,
        )
        .told(),
        Row::exact(
            "  descriptors of the server that started them",
            Unit::Count,
            descriptors as f64,
        )
        .told(),
    ])
}

fn connect(server: &Server) -> Result<StdioClient> {
    let mut client = StdioClient::spawn(&mut server.command_with_descriptors(DESCRIPTORS))?;
    client.initialize(LEGACY.parse()?)?;
    Ok(client)
}

fn start(client: &mut StdioClient, sessions: usize) -> Result<()> {
    let mut under_way = std::collections::VecDeque::new();
    for number in 0..sessions + AT_ONCE {
        if number < sessions {
            under_way.push_back(client.begin_call("start_process", cat(), None)?);
        }
        if number >= AT_ONCE {
            let oldest = under_way.pop_front().context("one for each turn")?;
            let result = client.finish_call(&oldest)?;
            let text = result.text();
            ensure!(
                !result.is_error,
                "session {} of {sessions}: {text}",
                number - AT_ONCE + 1
            );
        }
    }
    Ok(())
}

/// One list, and how long it took, in seconds.
fn list(client: &mut StdioClient, sessions: usize) -> Result<f64> {
    let started = Instant::now();
    let result = client.call("list_sessions", json!({}))?;
    let took = started.elapsed().as_secs_f64();
    let listed = result.structured_content.unwrap_or_default();
    ensure!(
        listed["total"] == json!(sessions),
        "{} sessions of {sessions} are listed",
        listed["total"]
    );
    let states = listed["sessions"]
        .as_array()
        .context("a list has sessions")?;
    let waits = |it: &&serde_json::Value| it["state"] == "waiting:line";
    let waiting = states.iter().filter(waits).count();
    ensure!(
        waiting == sessions,
        "{waiting} of {sessions} wait for a line"
    );
    Ok(took)
}

fn count(folder: &str) -> Result<usize> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {folder}"))?;
    Ok(entries.count())
}
