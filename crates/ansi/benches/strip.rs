//! Stripping, side by side with the other crates that do it.
//!
//! `cargo bench -p rejoinder-ansi [-- --quick]` prints the median speed of each stripper on four
//! kinds of output, and the ratio to the fastest form of fast-strip-ansi, the fastest of the
//! others. Every round runs all of them in turn, so what else the machine does falls on all
//! alike. Without `--bench` (as `cargo test --benches` runs it) each runs once on little data.

use nix::time::{ClockId, clock_gettime};
use std::hint::black_box;

/// Bytes per read, as from a terminal.
const CHUNK: usize = 4096;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let has = |name: &str| args.iter().any(|arg| arg == name);
    let (size, rounds) = match (has("--bench"), has("--quick")) {
        (false, _) => (64 << 10, 1),
        (true, true) => (4 << 20, 5),
        (true, false) => (16 << 20, 11),
    };
    let sets = [
        ("plain log", plain_log(size)),
        (
            "ls + cargo",
            [listing(size / 3 * 2), coloured_log(size / 3)].concat(),
        ),
        ("dense colour", coloured_log(size)),
        ("TUI", full_screen(size)),
    ];
    println!("MB/s, median of {rounds} rounds over {} MiB", size >> 20);
    print!("{:34}", "");
    for (name, _) in &sets {
        print!("{name:>14}");
    }
    println!();
    let columns: Vec<Vec<f64>> = sets.iter().map(|(_, data)| measure(data, rounds)).collect();
    for (row, (name, _)) in STRIPPERS.iter().enumerate() {
        print!("{name:34}");
        for column in &columns {
            print!("{:14.0}", column[row]);
        }
        println!();
    }
    for (row, what) in [(0, "strip"), (1, "strip_runs")] {
        print!("{:34}", format!("{what} / fast-strip-ansi"));
        for column in &columns {
            print!("{:13.2}x", column[row] / column[2].max(column[3]));
        }
        println!();
    }
}

type Strip = fn(&str, &mut Vec<u8>);

/// Each appends the text to a buffer that has room for it, as whoever shows or searches it does.
const STRIPPERS: &[(&str, Strip)] = &[
    ("rejoinder-ansi strip, 4 KiB", |data, out| {
        let mut stripper = rejoinder_ansi::Stripper::new();
        data.as_bytes()
            .chunks(CHUNK)
            .for_each(|chunk| stripper.strip(chunk, out));
    }),
    ("rejoinder-ansi strip_runs, 4 KiB", |data, out| {
        let mut stripper = rejoinder_ansi::Stripper::new();
        for chunk in data.as_bytes().chunks(CHUNK) {
            stripper.strip_runs(chunk, |run| out.extend_from_slice(run.text));
        }
    }),
    ("fast-strip-ansi streaming, 4 KiB", |data, out| {
        let mut stripper = fast_strip_ansi::StreamingStripper::new();
        for chunk in data.as_bytes().chunks(CHUNK) {
            stripper.feed(chunk, &mut |text: &[u8]| out.extend_from_slice(text));
        }
    }),
    ("fast-strip-ansi whole", |data, out| {
        fast_strip_ansi::strip_ansi_bytes_callback(data.as_bytes(), |text: &[u8]| {
            out.extend_from_slice(text);
        });
    }),
    ("anstream StripBytes, 4 KiB", |data, out| {
        let mut stripper = anstream::adapter::StripBytes::new();
        for chunk in data.as_bytes().chunks(CHUNK) {
            stripper
                .strip_next(chunk)
                .for_each(|text| out.extend_from_slice(text));
        }
    }),
    ("anstream strip_str", |data, out| {
        anstream::adapter::strip_str(data).for_each(|text| out.extend_from_slice(text.as_bytes()));
    }),
    ("console strip_ansi_codes", |data, out| {
        out.extend_from_slice(console::strip_ansi_codes(data).as_bytes());
    }),
    ("strip-ansi-escapes", |data, out| {
        *out = strip_ansi_escapes::strip(data);
    }),
    ("vte, null Perform (no text)", |data, _| {
        struct Null;
        impl vte::Perform for Null {}
        let mut parser = vte::Parser::new();
        data.as_bytes()
            .chunks(CHUNK)
            .for_each(|chunk| parser.advance(&mut Null, chunk));
        black_box(&parser);
    }),
];

/// MB/s of each stripper.
fn measure(data: &str, rounds: usize) -> Vec<f64> {
    let mut out = Vec::with_capacity(data.len() + CHUNK);
    let mut times = vec![Vec::new(); STRIPPERS.len()];
    // The first round is for the caches and the allocator.
    for round in 0..=rounds {
        for ((_, strip), times) in STRIPPERS.iter().zip(&mut times) {
            out.clear();
            let start = cpu_seconds();
            strip(black_box(data), &mut out);
            let elapsed = cpu_seconds() - start;
            black_box(&out);
            if round > 0 {
                times.push(elapsed);
            }
        }
    }
    let speed = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        data.len() as f64 / times[times.len() / 2] / 1e6
    };
    times.iter_mut().map(speed).collect()
}

/// Time of this thread alone: what else runs does not count.
fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("every Unix has this clock");
    now.tv_sec() as f64 + now.tv_nsec() as f64 * 1e-9
}

/// Same numbers on every machine (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const WORDS: &[&str] = &[
    "allocator",
    "codec",
    "connection",
    "deflate",
    "driver",
    "index",
    "parser",
    "pool",
    "render",
    "scheduler",
    "session",
    "socket",
    "stream",
    "table",
    "token",
    "widget",
];

fn log_line(random: &mut Random) -> String {
    let (module, unit) = (random.pick(WORDS), random.pick(WORDS));
    let (number, other) = (random.below(1000), random.below(100));
    match random.below(10) {
        0..=2 => format!(
            "   Compiling {module}-{unit} v{}.{other}.{} (/src/{module})",
            number % 9,
            other % 7
        ),
        3..=4 => format!(
            "[{other:3}%] Building C object lib/{module}/CMakeFiles/{unit}.dir/{unit}_{number}.c.o"
        ),
        5..=6 => format!(
            "cc -O2 -g -Wall -fPIC -I./include -Ilib/{module} -DVERSION=\\\"{other}\\\" -MD -c -o {module}/{unit}.o {unit}.c"
        ),
        7 => format!(
            "2026-01-01T09:{:02}:{:02}Z  INFO {module}{{id={number:x}}}: {unit} ready in {other} ms",
            other % 60,
            number % 60
        ),
        8 => format!("test {module}::{unit}::case_{number} ... ok"),
        _ => {
            format!("{module}/{unit}.c:{number}:{other}: warning: unused variable ‘{unit}_{other}’")
        }
    }
}

fn lines(size: usize, mut line: impl FnMut(&mut Random) -> String) -> String {
    let mut random = Random(1);
    let mut data = String::with_capacity(size + 512);
    while data.len() < size {
        data.push_str(&line(&mut random));
        data.push_str("\r\n");
    }
    data
}

fn plain_log(size: usize) -> String {
    lines(size, log_line)
}

/// As `ls -l --color` prints: colours on some names.
fn listing(size: usize) -> String {
    lines(size, |random| {
        let name = format!("{}-{}", random.pick(WORDS), random.below(1000));
        let (bytes, day) = (random.below(10_000_000), random.below(28) + 1);
        let name = match random.below(5) {
            0 => format!("\x1b[0m\x1b[01;34m{name}\x1b[0m"),
            1 => format!("\x1b[01;32m{name}.sh\x1b[0m"),
            2 => format!("\x1b[01;36m{name}.so\x1b[0m -> {name}.so.1"),
            _ => format!("{name}.txt"),
        };
        format!("-rw-r--r--  1 root root {bytes:>8} Jan {day:>2} 10:00 {name}")
    })
}

/// As compilers and linters print: several colours on each line.
fn coloured_log(size: usize) -> String {
    lines(size, |random| {
        let line = log_line(random);
        let cut = line.floor_char_boundary(random.below(40));
        let colour = random.below(256);
        format!(
            "\x1b[0m\x1b[1m\x1b[32m{:>12}\x1b[0m {}\x1b[38;5;{colour}m{}\x1b[0m",
            random.pick(WORDS),
            &line[..cut],
            &line[cut..]
        )
    })
}

/// A recording of an editor scrolling through source text.
fn full_screen(size: usize) -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/ansi/vim-scroll.raw"
    );
    let recording = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    recording.repeat(size.div_ceil(recording.len()))
}
