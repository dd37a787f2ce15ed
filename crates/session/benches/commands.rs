//! What `run_command` costs: `true` in bash, beside what bash itself needs for it.
//!
//! `cargo xtask bench commands` measures, for the same bash with the same marks:
//! the time from typing a line to the prompt that follows, with nothing but a
//! thread that reads the terminal (bash's own time), and `Session::run`. Without
//! `--bench` (as `cargo test --benches` runs it) each is done a few times.
#![allow(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

use std::time::{Duration, Instant};

use rejoinder_pty::{Child, Command, Environment, ReadOutcome, Stdio};
use rejoinder_session::{Input, Interact, Launch, RunRequest, SearchFrom, Session, Wait};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn main() {
    let rounds = if std::env::args().any(|arg| arg == "--bench") {
        2000
    } else {
        5
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let own = bash_alone(rounds);
    let (typed, run) = runtime.block_on(through_session(rounds));
    println!("`true` in bash, {rounds} rounds: median, 99th percentile (ms)");
    show("bash alone, a line typed until its prompt", &own);
    show("send_and_read, a line until the state is prompt", &typed);
    show("run_command", &run);
    println!(
        "run_command beyond bash's own time, median: {:.3} ms",
        median(&run) - median(&own)
    );
}

fn show(name: &str, times: &[f64]) {
    println!("  {name:<50} {:8.3} {:8.3}", median(times), at(times, 0.99));
}

fn median(times: &[f64]) -> f64 {
    at(times, 0.5)
}

fn at(times: &[f64], share: f64) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    times[((times.len() - 1) as f64 * share) as usize]
}

/// A line typed into a bash without marks, until the end of its prompt comes.
fn bash_alone(rounds: usize) -> Vec<f64> {
    let mut environment = Environment::empty();
    environment.set("PATH", "/usr/bin:/bin");
    environment.set("TERM", "xterm-256color");
    environment.set("PS1", "ready> ");
    let mut command = Command::new("/bin/bash");
    command
        .args(["--norc"])
        .environment(environment)
        .stdio(Stdio::Pty);
    let mut child = command.spawn().unwrap();
    let mut buffer = [0; 4096];
    let mut seen = Vec::new();
    let mut until_prompt = |child: &mut Child| {
        seen.clear();
        while !seen.ends_with(b"ready> ") {
            let ReadOutcome::Data(count) = child
                .output
                .read_timeout(&mut buffer, Some(PATIENCE))
                .unwrap()
            else {
                panic!("bash has ended: {}", String::from_utf8_lossy(&seen));
            };
            seen.extend_from_slice(&buffer[..count]);
        }
    };
    until_prompt(&mut child);
    let times = (0..rounds)
        .map(|_| {
            let begun = Instant::now();
            child.input.write(b" eval $'true'\r").unwrap();
            until_prompt(&mut child);
            begun.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    child.input.write(b" exit\r").unwrap();
    times
}

/// The same through a session: typed as input, and run as a command.
async fn through_session(rounds: usize) -> (Vec<f64>, Vec<f64>) {
    let mut launch = Launch::new("bench", "/bin/bash", &[]);
    launch.env = [
        "PATH=/usr/bin:/bin",
        "TERM=xterm-256color",
        "HOME=/nonexistent",
    ]
    .iter()
    .filter_map(|pair| pair.split_once('='))
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    launch.integrate = true;
    let session = Session::start(&launch).unwrap();
    let run = || {
        session.run(RunRequest {
            command: "true".to_owned(),
            timeout: PATIENCE,
            reader: "bench".to_owned(),
        })
    };
    run().await.unwrap();
    let (mut typed, mut ran) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let begun = Instant::now();
        let answer = session
            .interact(Interact {
                input: Some(Input::line(" eval $'true'")),
                wait: Some(Wait {
                    patterns: Vec::new(),
                    take_match: false,
                    from: SearchFrom::Input,
                    reader: "bench".to_owned(),
                    output: false,
                    idle: None,
                    waiting: true,
                    timeout: PATIENCE,
                }),
                read: None,
            })
            .await
            .unwrap();
        assert_eq!(answer.status.state.to_string(), "prompt");
        typed.push(begun.elapsed().as_secs_f64() * 1000.0);
        let begun = Instant::now();
        let answer = run().await.unwrap();
        assert_eq!(answer.exit_code, Some(0));
        ran.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    session
        .terminate(rejoinder_session::Termination::default())
        .await
        .unwrap();
    (typed, ran)
}
