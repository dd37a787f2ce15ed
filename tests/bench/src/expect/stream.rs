//! A long build log through a terminal, and what is waited for at its very end.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::log::{Log, Mode, Patterns};
use super::median;
use super::peer::{Figures, Peer, Tools};
use crate::report::{Row, Unit};
use crate::stats::Samples;

/// One stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    pub(super) mib: usize,
    pub(super) mode: Mode,
    pub(super) patterns: Patterns,
}

/// How much time is spent.
struct Effort {
    rounds: usize,
    /// A peer takes part in no further round of a stream once it has used this much.
    budget: Duration,
}

impl Stream {
    fn name(self) -> String {
        let (mode, patterns) = (self.mode.name(), self.patterns.name());
        format!("{} MiB {mode}, {patterns}", self.mib)
    }

    /// Runs it once, and checks the answer. `None` when it takes longer than `limit`.
    pub(super) fn run(
        self,
        tools: &Tools,
        log: &Log,
        peer: Peer,
        limit: Duration,
    ) -> Result<Option<Figures>> {
        let patterns = self.patterns.texts();
        let mut arguments = vec!["stream".to_owned(), patterns.len().to_string()];
        arguments.extend(patterns.into_iter().map(str::to_owned));
        arguments.extend(log.program(self.mib, self.mode));
        let Some(figures) = tools.run(peer, &arguments, limit)? else {
            return Ok(None);
        };
        let (start, end) = log.place(self.mib, self.mode);
        let expected = |name: &str, right: usize| {
            let said = figures.get(name);
            ensure!(
                said == Some(right as f64),
                "{} is wrong about {}: {name} {said:?}, not {right}",
                peer.name(),
                self.name(),
            );
            Ok(())
        };
        expected("pattern", 0)?;
        match peer {
            Peer::Raw => expected("end", end)?,
            Peer::Tcl => expected("length", end - start)?,
            _ => {
                expected("start", start)?;
                expected("end", end)?;
            }
        }
        Ok(Some(figures))
    }

    /// Who takes part. The slow ones only where they come to an end within minutes.
    fn peers(self, quick: bool) -> Vec<Peer> {
        let takes_part = |peer: &Peer| {
            if matches!(peer, Peer::Raw | Peer::Blocking | Peer::Tokio) {
                return true;
            }
            let limit = match (self.mode, self.patterns) {
                (Mode::Raw, Patterns::One | Patterns::Eight) => match peer {
                    Peer::PexpectTuned => usize::MAX,
                    _ => 0,
                },
                (Mode::Cooked, Patterns::One) => match peer {
                    Peer::Naive => 16,
                    Peer::Pexpect if quick => 4,
                    _ => usize::MAX,
                },
                (Mode::Cooked, Patterns::Eight) => match peer {
                    Peer::Pexpect if quick => 1,
                    Peer::Naive | Peer::Expectrl | Peer::Pexpect => 4,
                    _ => usize::MAX,
                },
                _ => 0,
            };
            self.mib <= limit
        };
        Peer::ALL.into_iter().filter(takes_part).collect()
    }
}

/// Measures all streams.
pub(super) fn measure(tools: &Tools, log: &Log, quick: bool) -> Result<Vec<Row>> {
    let sizes: (&[usize], &[usize], usize) = if quick {
        (&[1, 4], &[1, 4], 4)
    } else {
        (&[1, 4, 16, 64], &[4, 64], 64)
    };
    let stream = |mode, patterns| {
        move |&mib: &usize| Stream {
            mib,
            mode,
            patterns,
        }
    };
    let mut streams: Vec<Stream> = Vec::new();
    streams.extend(sizes.0.iter().map(stream(Mode::Cooked, Patterns::One)));
    streams.extend(sizes.1.iter().map(stream(Mode::Cooked, Patterns::Eight)));
    for patterns in [
        Patterns::One,
        Patterns::Eight,
        Patterns::OneWithoutLiteral,
        Patterns::EightWithoutLiteral,
    ] {
        streams.push(stream(Mode::Raw, patterns)(&sizes.2));
    }
    let effort = if quick {
        Effort {
            rounds: 5,
            budget: Duration::from_millis(1500),
        }
    } else {
        Effort {
            rounds: 9,
            budget: Duration::from_secs(20),
        }
    };
    let mut rows = Vec::new();
    for stream in streams {
        eprintln!("    {}", stream.name());
        let is_judged = stream.mib == sizes.2;
        let compared = compare(tools, log, stream, &effort, quick, is_judged)?;
        rows.extend(compared.into_iter().map(Row::told));
    }
    Ok(rows)
}

/// What one peer took, round by round.
#[derive(Default)]
struct Times {
    seconds: Vec<f64>,
    spent: Duration,
    cut_off: Option<f64>,
}

fn compare(
    tools: &Tools,
    log: &Log,
    stream: Stream,
    effort: &Effort,
    quick: bool,
    is_judged: bool,
) -> Result<Vec<Row>> {
    let mut all: HashMap<Peer, Times> = HashMap::new();
    let peers = stream.peers(quick);
    for _ in 0..effort.rounds {
        for &peer in &peers {
            let limit = limit(&all, peer);
            let times = all.entry(peer).or_default();
            if times.spent > effort.budget {
                continue;
            }
            let started = Instant::now();
            match stream.run(tools, log, peer, limit)? {
                Some(figures) => times.seconds.push(figures.one("seconds")?),
                None => times.cut_off = Some(limit.as_secs_f64()),
            }
            times.spent += started.elapsed();
        }
    }
    let raw = Samples::of_rounds(&all[&Peer::Raw].seconds).summary();
    let name = stream.name();
    let mut rows = Vec::new();
    for &peer in &peers {
        let times = &all[&peer];
        let peer = peer.name();
        rows.push(
            match times.cut_off {
                Some(limit) => Row::exact(format!("{name}: {peer}, cut off"), Unit::Seconds, limit),
                None => {
                    let summary = Samples::of_rounds(&times.seconds).summary();
                    Row::spread(format!("{name}: {peer}"), Unit::Seconds, summary)
                }
            }
            .compared_with(&raw),
        );
    }
    if is_judged {
        rows.extend(judge(stream, &all));
    }
    Ok(rows)
}

/// After how long a run is given up: pexpect as soon as it has missed what it would have to reach
/// for the goal to be missed, which saves minutes; all others when something must be wrong.
fn limit(all: &HashMap<Peer, Times>, peer: Peer) -> Duration {
    match all.get(&Peer::Blocking) {
        Some(ours) if peer == Peer::Pexpect && !ours.seconds.is_empty() => {
            let enough = 1.1 * PEXPECT_RATIO * median(ours.seconds.clone());
            Duration::from_secs_f64(enough.max(20.0))
        }
        _ => Duration::from_secs(900),
    }
}

/// How many times as fast as pexpect a stream of 64 MiB is to be.
const PEXPECT_RATIO: f64 = 500.0;

/// The goals for this stream, each with both kinds of session. Ratios are those of runs that came
/// right after each other, so that both met the same machine; their median counts.
fn judge(stream: Stream, all: &HashMap<Peer, Times>) -> Vec<Row> {
    let share = match (stream.mode, stream.patterns) {
        (Mode::Cooked, _) | (Mode::Raw, Patterns::One) => 0.95,
        (Mode::Raw, Patterns::Eight) => 0.8,
        (Mode::Raw, Patterns::OneWithoutLiteral) => 0.6,
        (Mode::Raw, Patterns::EightWithoutLiteral) => 0.5,
    };
    let mut goals = vec![(Peer::Raw, share)];
    match (stream.mode, stream.patterns) {
        (Mode::Cooked, Patterns::One) => {
            goals.push((Peer::PexpectTuned, 1.0));
            // These goals are for 64 MiB: rescanning costs more the longer the stream is.
            if stream.mib == 64 {
                goals.push((Peer::Pexpect, PEXPECT_RATIO));
                goals.push((Peer::Expectrl, 15.0));
                goals.push((Peer::Rexpect, 4.0));
                goals.push((Peer::Tcl, 2.5));
            }
        }
        (Mode::Cooked, Patterns::Eight) => goals.push((Peer::PexpectTuned, 1.0)),
        (Mode::Raw, Patterns::One) => goals.push((Peer::PexpectTuned, 2.0)),
        _ => {}
    }
    let mut rows = Vec::new();
    for ours in Peer::OURS {
        for &(peer, goal) in &goals {
            let (theirs, our) = (&all[&peer], &all[&ours].seconds);
            let ratio = match theirs.cut_off {
                Some(limit) => limit / median(our.clone()),
                None => {
                    let rounds = theirs.seconds.iter().zip(our);
                    median(rounds.map(|(theirs, our)| theirs / our).collect())
                }
            };
            let name = format!(
                "{}: speed of {} to {}",
                stream.name(),
                ours.name(),
                peer.name()
            );
            rows.push(Row::exact(name, Unit::Ratio, ratio).at_least(goal));
        }
    }
    rows
}
