//! The engine in memory: compiling pattern sets, stepping, jumping with a prefilter.
//!
//! `cargo bench -p rejoinder-expect --bench engine [-- quick]` prints one line for each case with
//! the median of several runs; `quick` takes an eighth of the data. Times are this thread's CPU
//! time, so that what else the machine does matters little.

use rejoinder_expect::{
    Edge, Offset, Pattern, PatternSet, Priority, Ring, Search, SearchOptions, regex,
};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// One pattern, of a kind every expect script has.
const ONE: &[&str] = &[r"DONE-\d+\$ "];

/// Eight, as a careful script lists them. Of these only the first matches in the log, at its end.
const EIGHT: &[&str] = &[
    r"DONE-\d+\$ ",
    r"(?i)password: ",
    r"\[sudo\] password for \w+: ",
    r"continue connecting \(yes/no",
    r"FATAL: [^\n]*\n",
    r"panicked at '[^']*'",
    r"(?:segmentation fault|core dumped)",
    r"\nlogin: ",
];

/// No literal to jump to.
const UNFILTERED: &[&str] = &[r"\d+-[A-Z]{4}\$ "];

/// What a PTY hands out in one read.
const READ: usize = 4095;

fn main() {
    let quick = std::env::args().any(|arg| arg == "quick" || arg == "--quick" || arg == "--test");
    let megabytes = if quick { 8 } else { 64 };
    build();
    let log = build_log(megabytes << 20);
    stream("one pattern, prefilter", ONE, false, &log);
    stream("eight patterns, prefilter", EIGHT, false, &log);
    stream("eight patterns, list order", EIGHT, true, &log);
    stream("no prefilter possible", UNFILTERED, false, &log);
    waits();
}

fn patterns(texts: &[&str], unicode: bool) -> Vec<Pattern> {
    texts
        .iter()
        .map(|text| regex(*text).unicode(unicode))
        .collect()
}

fn report(name: &str, value: f64, unit: &str) {
    println!("{name:<44} {value:>10.1} {unit}");
}

/// The CPU time that this thread has used.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).expect("time is not negative"),
        u32::try_from(time.tv_nsec).expect("less than a second"),
    )
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn microseconds(times: usize, mut run: impl FnMut()) -> f64 {
    let once = |_| {
        let start = cpu_time();
        run();
        (cpu_time() - start).as_secs_f64() * 1e6
    };
    median((0..times).map(once).collect())
}

fn build() {
    for (name, texts, unicode) in [
        ("build: one literal", &["$ "][..], true),
        ("build: one pattern", ONE, true),
        ("build: eight patterns", EIGHT, true),
        ("build: eight patterns, bytes", EIGHT, false),
    ] {
        let wanted = patterns(texts, unicode);
        let time = microseconds(200, || drop(black_box(PatternSet::new(&wanted))));
        report(name, time, "us");
    }
    let wanted = patterns(EIGHT, false);
    let now = Instant::now();
    let first = microseconds(200, || {
        let set = PatternSet::new(&wanted).expect("valid patterns");
        let mut ring = Ring::with_window(4096);
        ring.push(b"$ make\r\nall is well\r\nDONE-42$ ");
        let found = Search::new(&set, Offset::ZERO).advance(&ring, Edge::Drained, now);
        assert!(black_box(found).is_some());
    });
    report("build eight, search 30 bytes, match", first, "us");
}

/// Lines as a build prints them.
fn build_log(len: usize) -> Vec<u8> {
    let mut seed = 42_u64;
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % below
    };
    let mut log = Vec::with_capacity(len + 200);
    while log.len() < len {
        let line = match random(4) {
            0 => format!(
                "   Compiling crate-{} v{}.{}\r\n",
                random(900),
                random(9),
                random(40)
            ),
            1 => format!(
                "[{:>3}%] Building C object src/CMakeFiles/x{}.o\r\n",
                random(100),
                random(9999)
            ),
            2 => format!(
                "warning: unused variable `v{}` at src/lib.rs:{}\r\n",
                random(99),
                random(3000)
            ),
            _ => format!(
                "gcc -O2 -Wall -c file{}.c -o out/file{}.o\r\n",
                random(999),
                random(999)
            ),
        };
        log.extend_from_slice(line.as_bytes());
    }
    log.extend_from_slice(b"DONE-4242$ ");
    log
}

fn stream(name: &str, texts: &[&str], order: bool, log: &[u8]) {
    let set = PatternSet::new(patterns(texts, false)).expect("valid patterns");
    let priority = if order {
        Priority::Order
    } else {
        Priority::Earliest
    };
    let options = SearchOptions {
        priority,
        ..SearchOptions::default()
    };
    let now = Instant::now();
    let run = || {
        let mut ring = Ring::new();
        let mut search = Search::with_options(&set, Offset::ZERO, options);
        let start = cpu_time();
        let mut found = None;
        for piece in log.chunks(READ) {
            ring.push(piece);
            found = search.advance(&ring, Edge::Drained, now);
        }
        assert!(found.is_some() == (texts != UNFILTERED), "{name}");
        log.len() as f64 / (cpu_time() - start).as_secs_f64() / 1e6
    };
    let speed = median((0..5).map(|_| run()).collect());
    report(name, speed, "MB/s");
}

/// A wait for a prompt in a short answer, as often as a dialogue has them.
fn waits() {
    let set = PatternSet::new([regex(r"\w+@\w+:\S*\$ ")]).expect("valid pattern");
    let now = Instant::now();
    let mut ring = Ring::new();
    let mut search = Search::new(&set, Offset::ZERO);
    let time = microseconds(2000, || {
        ring.push(b"some output\r\nuser@host:~/src$ ");
        let found = search
            .advance(&ring, Edge::Drained, now)
            .expect("a prompt has come");
        search.restart(found.end());
    });
    report("one answer of 30 bytes with its prompt", time, "us");
    let time = microseconds(2000, || {
        ring.push(b"some output\r\nuser@host:~/src$ ");
        let mut search = Search::new(&set, ring.end().saturating_sub(30));
        assert!(search.advance(&ring, Edge::Drained, now).is_some());
    });
    report("the same with a new search", time, "us");
}
