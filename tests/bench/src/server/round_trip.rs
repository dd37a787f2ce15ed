//! How long `send_and_read` takes for a line that bash answers, beyond the time of bash itself.

use anyhow::Result;

use super::bash::{Bare, Question, Served};
use super::binary::Server;
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
    let (mut served, mut bare) = (Samples::default(), Samples::default());
    for _ in 0..runs {
        let (ours, theirs) = run(server, pairs)?;
        served.push_run(ours);
        bare.push_run(theirs);
    }
    let (whole, floor) = (served.summary(), bare.summary());
    let beyond = served.less(&bare).summary();
    Ok(vec![
        Row::spread("send_and_read of a line to bash", Unit::Seconds, whole).compared_with(&floor),
        Row::spread("  bash itself, on a bare PTY", Unit::Seconds, floor),
        Row::spread("  beyond bash, by pairs", Unit::Seconds, beyond).below(GOAL),
    ])
}

/// One run: the server and the bare shell in turns, each going first every other time.
fn run(server: &Server, pairs: u32) -> Result<(Vec<f64>, Vec<f64>)> {
    let mut served = Served::start(server.start()?)?;
    let mut bare = Bare::start()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for number in 0..WARM_UP + pairs {
        let question = Question::new(number);
        let (our, their);
        if number % 2 == 0 {
            our = served.ask(&question)?;
            their = bare.ask(&question)?;
        } else {
            their = bare.ask(&question)?;
            our = served.ask(&question)?;
        }
        if number >= WARM_UP {
            ours.push(our.as_secs_f64());
            theirs.push(their.as_secs_f64());
        }
    }
    served.into_client().close()?;
    Ok((ours, theirs))
}
