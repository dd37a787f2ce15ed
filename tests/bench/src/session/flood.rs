//! What a session that prints without end costs the others.

use anyhow::{Result, ensure};
use mcp_server::client::StdioClient;
use serde_json::json;

use super::holder::Held;
use crate::report::{Row, Unit};
use crate::server::bash::{Bare, Question, Served};
use crate::server::binary::Server;
use crate::stats::Samples;

/// How many times as long a round trip may take.
const GOAL: f64 = 2.0;

/// Round trips of a stretch that do not count.
const WARM_UP: u32 = 5;

/// Measures stretches with the flood and stretches with its program stopped, in turns.
pub(super) fn measure(server: &Server, quick: bool) -> Result<Vec<Row>> {
    eprintln!("    a flood");
    let (runs, lines) = if quick { (3, 50) } else { (9, 200) };
    let mut bash = Served::start(server.start()?)?;
    let mut bare = Bare::start()?;
    let mut other = server.start()?;
    let flood = Held::start(
        &mut other,
        json!({"command": "yes", "args": ["a line of a program that does not stop printing"],
               "name": "flood", "wait_for": "stop", "timeout": 30}),
    )?;
    let mut number = 0;
    let [mut quiet, mut flooded, mut quiet_floor, mut flooded_floor]: [Samples; 4] =
        Default::default();
    for _ in 0..runs {
        for (signal, ours, floor) in [
            ("STOP", &mut quiet, &mut quiet_floor),
            ("CONT", &mut flooded, &mut flooded_floor),
        ] {
            send(&mut other, signal)?;
            let [mut times, mut least] = [const { Vec::new() }; 2];
            for line in 0..WARM_UP + lines {
                number += 1;
                let question = Question::new(number);
                let took = bash.ask(&question)?;
                let floor = bare.ask(&question)?;
                if line >= WARM_UP {
                    times.push(took.as_secs_f64());
                    least.push(floor.as_secs_f64());
                }
            }
            ours.push_run(times);
            floor.push_run(least);
        }
    }
    flood.end(&mut other)?;
    other.close()?;
    bash.end()?;
    let (calm, floor) = (quiet.summary(), quiet_floor.summary());
    Ok(vec![
        Row::spread(
            "line to bash while another session floods",
            Unit::Seconds,
            flooded.summary(),
        )
        .compared_with(&calm)
        .told(),
        Row::spread("  without the flood", Unit::Seconds, calm).told(),
        Row::exact(
            "  times as long",
            Unit::Ratio,
            flooded.summary().p50 / calm.p50,
        )
        .below(GOAL)
        .told(),
        Row::spread(
            "  bash on a bare PTY while the session floods",
            Unit::Seconds,
            flooded_floor.summary(),
        )
        .compared_with(&floor)
        .told(),
        Row::spread("  without the flood", Unit::Seconds, floor).told(),
    ])
}

fn send(client: &mut StdioClient, signal: &str) -> Result<()> {
    let sent = client.call(
        "send_signal",
        json!({"session_id": "flood", "signal": signal, "target": "session"}),
    )?;
    ensure!(!sent.is_error, "no {signal}: {}", sent.text());
    Ok(())
}
