//! How long a line to bash and its answer take: through the server and the holder, through the
//! server alone, and with the peers.

use std::time::Duration;

use anyhow::Result;

use super::peers::{Peers, PtyMcp, TmuxMcp};
use crate::report::{Row, Unit};
use crate::server::bash::{Bare, Question, Served};
use crate::server::binary::Server;
use crate::stats::Samples;

/// Round trips at the start of a run that do not count.
const WARM_UP: u32 = 10;

/// What the median may be beyond bash's own time, in seconds.
const GOAL: f64 = 0.001;

/// Sessions that end with their server.
const IN_PROCESS: &str = "[sessions]\noutlive_server = false\n";

/// Measures, each run on servers and shells of its own.
pub(super) fn measure(server: &Server, peers: &Peers, quick: bool) -> Result<Vec<Row>> {
    eprintln!("    round trips");
    let (runs, lines) = if quick { (3, 60) } else { (7, 300) };
    let inside = format!("{}{IN_PROCESS}", super::UNCOUNTED);
    let inside = server.configured("inside.toml", &inside)?;
    let mut all: [Samples; 5] = Default::default();
    for _ in 0..runs {
        let run = run(server, &inside, peers, lines)?;
        for (samples, run) in all.iter_mut().zip(run) {
            samples.push_run(run);
        }
    }
    let [bare, held, inside, pty_mcp, tmux_mcp] = all;
    let beyond = held.less(&bare).summary();
    let floor = bare.summary();
    let row = |name, samples: &Samples| {
        Row::spread(name, Unit::Seconds, samples.summary()).compared_with(&floor)
    };
    Ok(vec![
        row("line to bash, through server and holder", &held).told(),
        Row::spread("  beyond bash, by pairs", Unit::Seconds, beyond)
            .below(GOAL)
            .told(),
        row("  bash itself, on a bare PTY", &bare).told(),
        row("  through the server alone", &inside).told(),
        row("  pty-mcp 0.2.0", &pty_mcp).told(),
        row("  tmux-mcp-rs 0.6.0", &tmux_mcp).told(),
    ])
}

/// Asks one of them, and says how long the answer took.
type Ask<'a> = &'a mut dyn FnMut(&Question) -> Result<Duration>;

/// All of them in turns, another one first each time: times in seconds.
fn run(server: &Server, inside: &Server, peers: &Peers, lines: u32) -> Result<[Vec<f64>; 5]> {
    let mut bare = Bare::start()?;
    let mut held = Served::start(server.start()?)?;
    let mut alone = Served::start(inside.start()?)?;
    let mut pty_mcp = PtyMcp::start(peers)?;
    let mut tmux_mcp = TmuxMcp::start(peers)?;
    let contestants: [Ask<'_>; 5] = [
        &mut |question| bare.ask(question),
        &mut |question| held.ask(question),
        &mut |question| alone.ask(question),
        &mut |question| pty_mcp.ask(question),
        &mut |question| tmux_mcp.ask(question),
    ];
    let mut times: [Vec<f64>; 5] = Default::default();
    for number in 0..WARM_UP + lines {
        let question = Question::new(number);
        for turn in 0..contestants.len() {
            let who = (turn + number as usize) % contestants.len();
            let took = contestants[who](&question)?;
            if number >= WARM_UP {
                times[who].push(took.as_secs_f64());
            }
        }
    }
    held.end()?;
    Ok(times)
}
