//! How long `send_and_read` takes for a line that bash answers, beyond the time of bash itself.

use anyhow::Result;

use super::bash::{Bare, Question, Served};
use super::binary::Server;
use super::cpu;
use crate::report::{Row, Unit};
use crate::stats::Samples;

/// Round trips at the start of a run that do not count.
const WARM_UP: u32 = 20;

/// Round trips of one run; with the others of a run fewer than the calls that the default rate
/// limit lets through in one burst (1000).
const PAIRS: u32 = 600;

/// What the median may be beyond bash's own time, in seconds.
const GOAL: f64 = 0.001;

/// Measures, each run on a server and on shells of its own.
pub(crate) fn measure(server: &Server, quick: bool) -> Result<Vec<Row>> {
    let (runs, pairs) = if quick { (3, 150) } else { (7, PAIRS) };
    let (mut served, mut bare, mut cpu) =
        (Samples::default(), Samples::default(), Samples::default());
    for _ in 0..runs {
        let run = Run::measure(server, pairs)?;
        served.push_run(run.served);
        bare.push_run(run.bare);
        cpu.push_run(vec![run.cpu]);
    }
    let (whole, floor) = (served.summary(), bare.summary());
    let beyond = served.less(&bare).summary();
    Ok(vec![
        Row::spread("send_and_read of a line to bash", Unit::Seconds, whole).compared_with(&floor),
        Row::spread("  bash itself, on a bare PTY", Unit::Seconds, floor),
        Row::spread("  beyond bash, by pairs", Unit::Seconds, beyond).below(GOAL),
        Row::spread(
            "  processor time of the server",
            Unit::Seconds,
            cpu.summary(),
        ),
    ])
}

/// One run, all times in seconds.
struct Run {
    /// Round trips through the server.
    served: Vec<f64>,
    /// The same lines on a bare PTY, each beside the one above.
    bare: Vec<f64>,
    /// The server's processor time for one of them, as the mean of the run.
    cpu: f64,
}

impl Run {
    /// The server and the bare shell in turns, each going first every other time.
    fn measure(server: &Server, pairs: u32) -> Result<Self> {
        let mut served = Served::start(server.start()?)?;
        let mut bare = Bare::start()?;
        for number in 0..WARM_UP {
            let question = Question::new(number);
            served.ask(&question)?;
            bare.ask(&question)?;
        }
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let before = cpu::time(served.pid())?;
        for number in 0..pairs {
            let question = Question::new(WARM_UP + number);
            let (our, their);
            if number % 2 == 0 {
                our = served.ask(&question)?;
                their = bare.ask(&question)?;
            } else {
                their = bare.ask(&question)?;
                our = served.ask(&question)?;
            }
            ours.push(our.as_secs_f64());
            theirs.push(their.as_secs_f64());
        }
        let cpu = (cpu::time(served.pid())? - before) / f64::from(pairs);
        served.into_client().close()?;
        Ok(Self {
            served: ours,
            bare: theirs,
            cpu,
        })
    }
}
