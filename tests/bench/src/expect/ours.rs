//! The project's own side of each measurement, in a process of its own: what the peers' programs
//! do, with the same arguments and the same lines as an answer.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rejoinder_expect::{
    AsyncSession, ErrorKind, Found, Pattern, PatternSet, Session, SessionOptions, regex,
};
use rejoinder_pty::{Command, InitialModes};
use rustix::time::{ClockId, clock_gettime};

/// The word that asks the benchmark's own program for one of these measurements. It is no suite,
/// and only the suite calls it.
pub(crate) const COMMAND: &str = "one-expect-measurement";

/// What is waited for in an answer to [`ping`].
const PONG: &str = r"ping-\d+-pong\r\n";

/// Round trips before the first one that counts.
const WARM_UP: usize = 20;

/// Runs one measurement: the kind of session, the case, a number, and what else the case needs.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let mut next = || arguments.next().context("an argument is missing");
    let (kind, case, count) = (next()?, next()?, next()?.parse()?);
    let rest: Vec<String> = arguments.collect();
    let is_async = match kind.as_str() {
        "blocking" => false,
        "tokio" => true,
        other => bail!("no session is {other}"),
    };
    match (case.as_str(), is_async) {
        ("stream", _) => stream(is_async, &rest, count),
        ("round-trips", false) => round_trips(count),
        ("round-trips", true) => block_on(async_round_trips(count))?,
        ("spawn", false) => spawn(count),
        ("spawn", true) => block_on(async_spawn(count))?,
        ("idle", _) => idle(is_async, Duration::from_millis(count as u64)),
        (other, _) => bail!("no measurement is {other}"),
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> Result<T> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    Ok(runtime.enable_all().build()?.block_on(future))
}

/// CPU time of this process so far, all threads, in seconds.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// The largest resident size so far, in bytes: `VmHWM` of proc_pid_status(5).
fn resident() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kib.context("no VmHWM")?.parse::<u64>()? * 1024)
}

fn patient() -> SessionOptions {
    SessionOptions {
        timeout: None,
        ..SessionOptions::default()
    }
}

fn stream(is_async: bool, rest: &[String], count: usize) -> Result<()> {
    ensure!(rest.len() > count, "no program");
    let (patterns, words) = rest.split_at(count);
    let mut program = Command::new(&words[0]);
    program.args(&words[1..]);
    let started = Instant::now();
    let patterns: Vec<Pattern> = patterns.iter().map(regex).collect();
    let found: Found = if is_async {
        block_on(async {
            let mut session = AsyncSession::spawn_with(&program, patient())?;
            session.expect(patterns).await
        })??
    } else {
        Session::spawn_with(&program, patient())?.expect(patterns)?
    };
    println!("seconds {}", started.elapsed().as_secs_f64());
    println!("pattern {}", found.pattern());
    println!("start {}", found.place().start().get());
    println!("end {}", found.place().end().get());
    println!("cpu {}", cpu());
    println!("resident {}", resident()?);
    Ok(())
}

fn cat_without_echo() -> Command {
    let mut cat = Command::new("cat");
    cat.modes(InitialModes {
        echo: false,
        ..InitialModes::default()
    });
    cat
}

fn ping(number: usize) -> String {
    format!("ping-{number:06}-pong")
}

fn check_pong(found: &Found, line: &str) -> Result<()> {
    let text = found.matched_bytes();
    ensure!(
        text.strip_suffix(b"\r\n") == Some(line.as_bytes()),
        "another answer: {text:?}"
    );
    Ok(())
}

fn print_sample(number: usize, took: Duration) {
    if number >= WARM_UP {
        println!("sample {}", took.as_secs_f64());
    }
}

fn round_trips(count: usize) -> Result<()> {
    let pong = PatternSet::new([regex(PONG)])?;
    let mut cat = Session::spawn_command(&cat_without_echo())?;
    for number in 0..WARM_UP + count {
        let line = ping(number);
        let started = Instant::now();
        cat.send_line(&line)?;
        let found = cat.expect(&pong)?;
        let took = started.elapsed();
        check_pong(&found, &line)?;
        print_sample(number, took);
    }
    Ok(())
}

async fn async_round_trips(count: usize) -> Result<()> {
    let pong = PatternSet::new([regex(PONG)])?;
    let mut cat = AsyncSession::spawn_command(&cat_without_echo())?;
    for number in 0..WARM_UP + count {
        let line = ping(number);
        let started = Instant::now();
        cat.send_line(&line).await?;
        let found = cat.expect(&pong).await?;
        let took = started.elapsed();
        check_pong(&found, &line)?;
        print_sample(number, took);
    }
    Ok(())
}

fn spawn(count: usize) -> Result<()> {
    for _ in 0..count {
        let started = Instant::now();
        let mut session = Session::spawn_command(&Command::new("true"))?;
        session.expect_eof()?;
        ensure!(session.wait()?.success(), "`true` failed");
        println!("sample {}", started.elapsed().as_secs_f64());
    }
    Ok(())
}

async fn async_spawn(count: usize) -> Result<()> {
    for _ in 0..count {
        let started = Instant::now();
        let mut session = AsyncSession::spawn_command(&Command::new("true"))?;
        session.expect_eof().await?;
        ensure!(session.wait().await?.success(), "`true` failed");
        println!("sample {}", started.elapsed().as_secs_f64());
    }
    Ok(())
}

fn idle(is_async: bool, timeout: Duration) -> Result<()> {
    let (before, started) = (cpu(), Instant::now());
    let outcome = if is_async {
        block_on(async {
            let mut cat = AsyncSession::spawn_command(&cat_without_echo())?;
            cat.expect_within(timeout, regex(PONG)).await
        })?
    } else {
        let mut cat = Session::spawn_command(&cat_without_echo())?;
        cat.expect_within(timeout, regex(PONG))
    };
    let waited = outcome.is_err_and(|error| error.kind() == ErrorKind::Timeout);
    ensure!(waited && started.elapsed() >= timeout, "did not wait");
    println!("cpu {}", cpu() - before);
    println!("seconds {}", started.elapsed().as_secs_f64());
    Ok(())
}
