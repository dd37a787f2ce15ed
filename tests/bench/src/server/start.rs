//! How long it takes from starting the process to its first answer.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use mcp_server::client::StdioClient;

use super::binary::Server;
use super::cpu;
use crate::report::{Row, Unit};
use crate::stats::Samples;

/// What the median may be, in seconds.
const GOAL: f64 = 0.010;

/// Measures both ways to open a connection, in turns with the floor.
pub(crate) fn measure(server: &Server, quick: bool) -> Result<Vec<Row>> {
    let (runs, starts) = if quick { (3, 10) } else { (5, 40) };
    let [mut initialize, mut discover, mut cpu, mut cat] =
        std::array::from_fn(|_| Samples::default());
    for _ in 0..runs {
        let [mut first, mut second, mut work, mut least] = [const { Vec::new() }; 4];
        for _ in 0..starts {
            let initialized = to_first_answer(server, |client| {
                client.initialize(super::LEGACY.parse()?).map(drop)
            })?;
            let discovered = to_first_answer(server, |client| client.discover().map(drop))?;
            first.push(initialized.clock);
            second.push(discovered.clock);
            work.extend([initialized.cpu, discovered.cpu]);
            least.push(to_first_line_of_cat()?);
        }
        initialize.push_run(first);
        discover.push_run(second);
        cpu.push_run(work);
        cat.push_run(least);
    }
    let floor = cat.summary();
    let row = |name, samples: &Samples| {
        Row::spread(name, Unit::Seconds, samples.summary()).compared_with(&floor)
    };
    Ok(vec![
        row("start to the answer of initialize", &initialize).below(GOAL),
        row("start to the answer of server/discover", &discover).below(GOAL),
        Row::spread("  processor time of either", Unit::Seconds, cpu.summary()),
        Row::spread("  start of `cat` to its first line", Unit::Seconds, floor),
    ])
}

/// What a start takes, in seconds.
struct Start {
    clock: f64,
    /// The server's processor time.
    cpu: f64,
}

fn to_first_answer(
    server: &Server,
    open: impl FnOnce(&mut StdioClient) -> Result<()>,
) -> Result<Start> {
    let mut command = server.command();
    let started = Instant::now();
    let mut client = StdioClient::spawn(&mut command)?;
    open(&mut client)?;
    let clock = started.elapsed().as_secs_f64();
    let cpu = cpu::time(client.pid())?;
    let status = client.close()?;
    ensure!(status.success(), "the server ended badly: {status}");
    Ok(Start { clock, cpu })
}

/// The floor: a process that sends back what it is sent.
fn to_first_line_of_cat() -> Result<f64> {
    const LINE: &str = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n";
    let started = Instant::now();
    let mut child = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start cat")?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (mut stdin, stdout) = stdin.zip(stdout).context("cat has no pipes")?;
    stdin.write_all(LINE.as_bytes())?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let took = started.elapsed();
    drop(stdin);
    child.wait()?;
    ensure!(line == LINE, "cat sent {line:?}");
    Ok(took.as_secs_f64())
}
