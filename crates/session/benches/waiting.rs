//! How well waiting is told: the truth table again and again.
//!
//! `cargo xtask bench waiting [--quick]` prints what was told where what was
//! the case, and how long after a program's last output or input it was told that
//! it waits, on an idle machine and with all cores busy. Without `--bench` (as
//! `cargo test --benches` runs it) each row of one section runs once.
#![allow(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

#[path = "../tests/it/waiting/run.rs"]
mod run;
#[path = "../tests/it/waiting/servers.rs"]
mod servers;
#[path = "../tests/it/waiting/table.rs"]
mod table;

use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use run::{STATES, Told, run};
use servers::Servers;
use table::{Row, rows};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let has = |name: &str| args.iter().any(|arg| arg == name);
    tracing::subscriber::set_global_default(Stopwatch).unwrap();
    let mut rows = rows();
    let (rounds, repeat) = match (has("--bench"), has("--quick")) {
        (false, _) => {
            rows.retain(|row| row.section == "pipes");
            (1, 1)
        }
        (true, true) => (1, 5),
        (true, false) => (3, 15),
    };
    let servers = Servers::start(rows.iter().filter_map(|row| row.needs.as_deref()));
    let mut is_right = measure("idle machine", &rows, &servers, rounds, repeat);
    let burners = Burners::start();
    let busy = format!("{} busy loops beside it", burners.0.len());
    is_right &= measure(&busy, &rows, &servers, rounds, repeat);
    drop(burners);
    if !is_right {
        std::process::exit(1);
    }
}

/// Runs every row, one after the other, and prints what came of it.
fn measure(title: &str, rows: &[Row], servers: &Servers, rounds: usize, repeat: usize) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (mut told, mut took) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        for row in rows {
            TIMES.lock().unwrap().clear();
            told.extend(runtime.block_on(run(row, servers, repeat)));
            took.push((&row.name[..], TIMES.lock().unwrap().clone()));
        }
    }
    println!(
        "\n{title}: {} rows, {} observations",
        rows.len(),
        told.len()
    );
    matrix(&told);
    times(&took);
    let wrong: Vec<&Told> = told.iter().filter(|told| !told.is_right()).collect();
    for told in &wrong {
        let more = told.wrong.as_deref().unwrap_or_default();
        println!(
            "  {}: {}, not {}; {more}",
            told.of, told.told, told.expected
        );
    }
    wrong.is_empty()
}

/// What was the case, downwards, and what was told, across.
fn matrix(told: &[Told]) {
    print!("  {:18}", "is \\ told");
    for state in STATES {
        print!("{:>18}", state.name());
    }
    println!("{:>18}", "other");
    for expected in STATES {
        let of: Vec<&Told> = told
            .iter()
            .filter(|told| told.expected == expected)
            .collect();
        print!("  {:18}", expected.name());
        let mut other = of.len();
        for state in STATES {
            let count = of.iter().filter(|of| of.told == state).count();
            other -= count;
            print!("{count:>18}");
        }
        println!("{other:>18}");
    }
}

/// How long after the last output or input it was told, in milliseconds.
fn times(rows: &[(&str, Vec<Duration>)]) {
    let mut all: Vec<(Duration, &str)> = Vec::new();
    for (name, times) in rows {
        all.extend(times.iter().map(|&time| (time, *name)));
    }
    all.sort();
    if all.is_empty() {
        return;
    }
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let at = |share: f64| {
        let index = (share * all.len() as f64).ceil() as usize;
        ms(all[index.clamp(1, all.len()) - 1].0)
    };
    println!(
        "  told after the last output or input, ms: p50 {:.1}, p90 {:.1}, p99 {:.1} ({} times); the slowest:",
        at(0.5),
        at(0.9),
        at(0.99),
        all.len()
    );
    for (time, name) in all.iter().rev().take(5) {
        println!("    {:7.1}  {name}", ms(*time));
    }
}

/// Takes down for how long it had been quiet whenever a session says that its
/// program waits.
struct Stopwatch;

static TIMES: Mutex<Vec<Duration>> = Mutex::new(Vec::new());

impl tracing::Subscriber for Stopwatch {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_event() && metadata.fields().field("quiet_us").is_some()
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        struct Quiet;
        impl tracing::field::Visit for Quiet {
            fn record_u64(&mut self, field: &tracing::field::Field, value: u64) {
                // A program that neither printed nor was typed to was never not quiet.
                if field.name() == "quiet_us" && value < u64::MAX {
                    TIMES.lock().unwrap().push(Duration::from_micros(value));
                }
            }
            fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
        }
        event.record(&mut Quiet);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

/// As many busy loops as there are cores, ended when this ends, however it
/// does.
struct Burners(Vec<Child>);

impl Burners {
    fn start() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let burn = || {
            Command::new("setpriv")
                .args(["--pdeathsig=KILL", "sh", "-c", "while :; do :; done"])
                .stdin(Stdio::null())
                .spawn()
                .unwrap()
        };
        Self((0..cores).map(|_| burn()).collect())
    }
}

impl Drop for Burners {
    fn drop(&mut self) {
        for burner in &mut self.0 {
            let _ = burner.kill();
            let _ = burner.wait();
        }
    }
}
