//! Calls over standard input and output: one at a time, and many at once.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use mcp_proto::{Line, LineFramer};

use super::processors::Processors;
use super::question::{Era, answered, opening};
use super::rates::{self, Run};
use super::servers::{Kind, Programs};
use crate::report::Row;
use crate::server::cpu;

/// Calls of each kind of run before the first one that counts.
const WARM_UP: usize = 500;

/// Calls under way at once, and how many calls make a run.
const DEPTHS: [(usize, usize, Processors); 3] = [
    (1, 10_000, Processors::One),
    (1, 10_000, Processors::All),
    (64, 40_000, Processors::All),
];

const KINDS: [Kind; 5] = [
    Kind::Ours,
    Kind::Rmcp,
    Kind::OursBlocking,
    Kind::RmcpStdio,
    Kind::Floor,
];

/// Measures.
pub(super) fn measure(programs: &Programs, quick: bool) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for era in Era::ALL {
        for (depth, calls, processors) in DEPTHS {
            let (runs, calls) = if quick { (3, calls / 4) } else { (9, calls) };
            let title = format!("stdio, {}, {depth} at once{processors}", era.revision());
            rows.extend(rates::measure(&title, &KINDS, runs, |kind| {
                let _kept = processors.enter()?;
                let mut pipe = Pipe::start(programs.over_stdio(kind))?;
                if kind != Kind::Floor {
                    pipe.open(era)?;
                }
                pipe.calls(era, depth, WARM_UP)?;
                pipe.calls(era, depth, calls)
            })?);
        }
    }
    Ok(rows)
}

/// A server behind pipes.
pub(super) struct Pipe {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    framer: LineFramer,
    buffer: Vec<u8>,
    /// The number of the next call.
    next: usize,
}

impl Pipe {
    pub(super) fn start(mut command: Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {:?}", command.get_program()))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("the child has no output")?;
        Ok(Self {
            child,
            stdin,
            stdout,
            framer: LineFramer::new(),
            buffer: vec![0; 256 * 1024],
            next: 1,
        })
    }

    /// Opens the connection where the era has an opening.
    pub(super) fn open(&mut self, era: Era) -> Result<()> {
        if era == Era::Stateless {
            return Ok(());
        }
        let [initialize, initialized] = opening();
        self.write(format!("{initialize}\n").as_bytes())?;
        let mut answers = 0;
        while answers == 0 {
            self.read(|_| {
                answers += 1;
                Ok(())
            })?;
        }
        self.write(format!("{initialized}\n").as_bytes())
    }

    /// Makes calls, `depth` of them under way at once until the last ones.
    pub(super) fn calls(&mut self, era: Era, depth: usize, calls: usize) -> Result<Run> {
        let first = self.next;
        self.next += calls;
        let mut sent: Vec<Instant> = Vec::with_capacity(calls);
        let mut latencies = vec![f64::NAN; calls];
        let mut answers = 0;
        let mut questions = Vec::new();
        let before = cpu::time(self.child.id())?;
        let started = Instant::now();
        while answers < calls {
            questions.clear();
            let under_way = sent.len() - answers;
            let due = (depth - under_way).min(calls - sent.len());
            for number in sent.len()..sent.len() + due {
                era.write_call(first + number, &mut questions);
                questions.push(b'\n');
            }
            sent.resize(sent.len() + due, Instant::now());
            self.write(&questions)?;
            self.read(|line| {
                let index = answered(line)?.checked_sub(first);
                let now = Instant::now();
                let asked = index.and_then(|index| Some((index, sent.get(index)?)));
                let (index, asked) = asked.context("an answer that nobody asked for")?;
                ensure!(latencies[index].is_nan(), "a second answer");
                latencies[index] = (now - *asked).as_secs_f64();
                answers += 1;
                Ok(())
            })?;
        }
        Ok(Run {
            seconds: started.elapsed().as_secs_f64(),
            latencies,
            cpu: cpu::time(self.child.id())? - before,
        })
    }

    /// Closes the connection and returns what the server said on standard error, if that is a pipe.
    pub(super) fn close(mut self) -> Result<String> {
        self.stdin = None;
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            stderr.read_to_string(&mut said)?;
        }
        let status = self.child.wait()?;
        ensure!(status.success(), "the server failed: {status}: {said}");
        Ok(said)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let stdin = self.stdin.as_mut().context("the connection is closed")?;
        stdin.write_all(bytes).context("the server does not read")
    }

    /// Waits for output and hands its lines on.
    fn read(&mut self, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let count = self.stdout.read(&mut self.buffer)?;
        ensure!(count > 0, "the server ended");
        let mut read = &self.buffer[..count];
        while let Some(line) = self.framer.next_line(&mut read) {
            match line {
                Line::Frame(line) => each(line)?,
                Line::TooLong { limit } => anyhow::bail!("a line over {limit} bytes"),
            }
        }
        Ok(())
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.stdin = None;
        // It ends by itself; where it cannot be waited for it has ended.
        let _ = self.child.wait();
    }
}
