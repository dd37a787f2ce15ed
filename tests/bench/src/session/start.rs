//! How long it takes until a session is there: a program in a holder of its own.

use std::time::Instant;

use anyhow::{Context, Result};
use rejoinder_pty::{Command, Signal};

use super::holder::{Held, cat};
use super::peers::Tmux;
use crate::report::{Row, Unit};
use crate::server::binary::Server;
use crate::stats::Samples;

/// What the median may be beyond that of the program's own start, in seconds.
const GOAL: f64 = 0.015;

/// Measures, in turns with the program's own start and with tmux.
pub(super) fn measure(server: &Server, quick: bool) -> Result<Vec<Row>> {
    eprintln!("    starts");
    let (runs, starts) = if quick { (3, 10) } else { (5, 40) };
    let [mut held, mut bare, mut tmux]: [Samples; 3] = Default::default();
    let multiplexer = Tmux::start("start")?;
    let mut client = server.start()?;
    for _ in 0..runs {
        let [mut ours, mut floor, mut theirs] = [const { Vec::new() }; 3];
        for _ in 0..starts {
            let started = Instant::now();
            let session = Held::start(&mut client, cat())?;
            ours.push(started.elapsed().as_secs_f64());
            session.end(&mut client)?;
            floor.push(start_of_cat()?);
            let took = multiplexer.run(&["new-session", "-d", "-s", "one", "cat"])?;
            theirs.push(took.as_secs_f64());
            multiplexer.run(&["kill-session", "-t", "one"])?;
        }
        held.push_run(ours);
        bare.push_run(floor);
        tmux.push_run(theirs);
    }
    client.close()?;
    let floor = bare.summary();
    let row = |name, samples: &Samples| {
        Row::spread(name, Unit::Seconds, samples.summary()).compared_with(&floor)
    };
    Ok(vec![
        row("start_process of `cat`, until it reads", &held).told(),
        Row::spread(
            "  beyond cat's, by pairs",
            Unit::Seconds,
            held.less(&bare).summary(),
        )
        .below(GOAL)
        .told(),
        row("  fork and exec of `cat` on a bare PTY", &bare).told(),
        row("  tmux new-session -d, which does not wait", &tmux).told(),
    ])
}

/// The floor, in seconds.
fn start_of_cat() -> Result<f64> {
    let command = Command::new("cat");
    let started = Instant::now();
    let child = command.spawn().context("cannot start cat")?;
    let took = started.elapsed();
    child.process.signal(Signal::KILL)?;
    child.process.wait()?;
    Ok(took.as_secs_f64())
}
