//! How long a call takes that goes nowhere, and how much of that is checking its arguments.
//!
//! `cargo bench -p mcp-proto --bench calls [-- --quick]` prints the median of several rounds of this
//! thread's processor time; with `--figures` a line for each case, the nanoseconds behind a tab.
//! Without `--bench` (as `cargo test --benches` runs it) each case runs once.

mod common;

use std::time::Duration;

use common::{Case, cases};
use rustix::time::{ClockId, clock_gettime};

/// About how long a round takes.
const ROUND: Duration = Duration::from_millis(40);

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let has = |name: &str| args.iter().any(|arg| arg == name);
    let rounds = match (has("--bench"), has("--quick")) {
        (false, _) => 0,
        (true, true) => 7,
        (true, false) => 25,
    };
    for mut case in cases() {
        let nanoseconds = measure(&mut case, rounds);
        match has("--figures") {
            true => println!("{}\t{nanoseconds:.1}", case.name),
            false => println!("{:44}{nanoseconds:10.0} ns", case.name),
        }
    }
}

/// The median time of one run, in nanoseconds.
fn measure(case: &mut Case, rounds: usize) -> f64 {
    // The first run compiles schemas, and the next ones warm the caches.
    (case.run)();
    if rounds == 0 {
        return 0.0;
    }
    let mut runs = 1;
    while time_of(case, runs) < ROUND.as_secs_f64() {
        runs *= 2;
    }
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| time_of(case, runs) / runs as f64 * 1e9)
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The processor time of some runs, in seconds.
fn time_of(case: &mut Case, runs: u32) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
    };
    let before = now();
    for _ in 0..runs {
        (case.run)();
    }
    now() - before
}
