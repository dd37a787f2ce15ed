//! Screens, side by side with the other emulators.
//!
//! `cargo bench -p rejoinder-screen [-- --quick]` prints how fast each takes five kinds of output,
//! what a look costs, and what a screen keeps in memory. Every round runs all of them in turn, so
//! what else the machine does falls on all alike; CPU time is what counts. pyte is installed into
//! an environment of its own. Without `--bench` (as `cargo test --benches` runs it) each runs once
//! on little data, and pyte not at all.

use alacritty_terminal::Term;
use alacritty_terminal::event::VoidListener;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::term::Config;
use alacritty_terminal::vte::ansi::Processor;
use nix::time::{ClockId, clock_gettime};
use rejoinder_screen::{Scanner, Screen, ScreenConfig};
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Bytes per read, as from a pseudo-terminal that is read as fast as it writes.
const CHUNK: usize = 64 * 1024;

/// The release of pyte that is measured.
const PYTE: &str = "0.8.2";

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let has = |name: &str| args.iter().any(|arg| arg == name);
    let (size, rounds) = match (has("--bench"), has("--quick")) {
        (false, _) => (64 << 10, 1),
        (true, true) => (4 << 20, 5),
        (true, false) => (16 << 20, 11),
    };
    throughput(size, rounds, has("--bench"));
    looks(rounds * 100);
    memory();
}

type Feed = fn(&[u8]);

const EMULATORS: &[(&str, Feed)] = &[
    ("Scanner, no screen", |data| {
        let mut scanner = Scanner::new();
        let mut events = Vec::new();
        for chunk in data.chunks(CHUNK) {
            scanner.push(chunk, &mut events);
        }
        black_box(&events);
    }),
    ("Screen, looked at in the end", |data| {
        let mut screen = Screen::new(ScreenConfig::default());
        for chunk in data.chunks(CHUNK) {
            screen.push(chunk, &mut Vec::new());
        }
        black_box(screen.snapshot(0));
    }),
    ("Screen, shown every 64 KiB", |data| {
        let mut screen = Screen::new(ScreenConfig::default());
        for chunk in data.chunks(CHUNK) {
            screen.push(chunk, &mut Vec::new());
            screen.catch_up();
        }
        black_box(screen.snapshot(0));
    }),
    ("alacritty_terminal, no history", |data| {
        let config = Config {
            scrolling_history: 0,
            ..Config::default()
        };
        let mut term = Term::new(config, &Usual, VoidListener);
        let mut parser: Processor = Processor::new();
        for chunk in data.chunks(CHUNK) {
            parser.advance(&mut term, chunk);
        }
        black_box(term.grid().cursor.point);
    }),
    ("vt100", |data| {
        let rows = NonZero::new(24).expect("24 is not 0");
        let cols = NonZero::new(80).expect("80 is not 0");
        let mut parser = vt100::Parser::new(rows, cols, 1_000);
        for chunk in data.chunks(CHUNK) {
            parser.process(chunk);
        }
        black_box(parser.screen().contents());
    }),
    ("avt", |data| {
        let mut terminal =
            avt::Terminal::with_scrollback(80, 24, Some(1_000)).expect("80 × 24 is a size");
        let mut rest = std::str::from_utf8(data).expect("the data is text");
        while !rest.is_empty() {
            let (chunk, next) = rest.split_at(rest.floor_char_boundary(CHUNK));
            terminal.feed(chunk);
            rest = next;
        }
        black_box(terminal.screen().text());
    }),
];

/// 24 rows of 80 columns.
struct Usual;

impl Dimensions for Usual {
    fn total_lines(&self) -> usize {
        24
    }

    fn screen_lines(&self) -> usize {
        24
    }

    fn columns(&self) -> usize {
        80
    }
}

fn throughput(size: usize, rounds: usize, with_pyte: bool) {
    let sets = [
        ("plain log", plain(size)),
        ("cargo", recording("cargo-build", size)),
        ("ls --color", recording("ls-color", size)),
        ("vim", recording("vim-scroll", size)),
        ("htop", recording("htop", size)),
    ];
    println!("MB/s, median of {rounds} rounds over {} KiB", size >> 10);
    print!("{:34}", "");
    for (name, _) in &sets {
        print!("{name:>12}");
    }
    println!();
    let columns: Vec<Vec<f64>> = sets.iter().map(|(_, data)| measure(data, rounds)).collect();
    for (row, (name, _)) in EMULATORS.iter().enumerate() {
        print!("{name:34}");
        for column in &columns {
            print!("{:12.0}", column[row]);
        }
        println!();
    }
    if with_pyte {
        let python = install_pyte();
        print!("{:34}", format!("pyte {PYTE}"));
        for (_, data) in &sets {
            // It is a hundred times slower.
            let data = &data[..data.len() / 64];
            print!("{:12.2}", speed(data.len(), &mut pyte(&python, data)));
        }
        println!();
    }
}

/// MB/s of each emulator.
fn measure(data: &[u8], rounds: usize) -> Vec<f64> {
    let mut times = vec![Vec::new(); EMULATORS.len()];
    // The first round is for the caches and the allocator.
    for round in 0..=rounds {
        for ((_, feed), times) in EMULATORS.iter().zip(&mut times) {
            let start = cpu_seconds();
            feed(black_box(data));
            let elapsed = cpu_seconds() - start;
            if round > 0 {
                times.push(elapsed);
            }
        }
    }
    times
        .iter_mut()
        .map(|times| speed(data.len(), times))
        .collect()
}

fn speed(bytes: usize, times: &mut [f64]) -> f64 {
    bytes as f64 / median(times) / 1e6
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// What a look costs on an editor's screen in which a line changes between the looks.
fn looks(rounds: usize) {
    println!("\nmicroseconds, median of {rounds}");
    for (rows, cols) in [(24, 80), (40, 120)] {
        let mut config = ScreenConfig::default();
        config.size.rows = rows;
        config.size.cols = cols;
        let mut screen = Screen::new(config);
        let data = recording("vim-scroll", 1);
        screen.push(&data[..data.len() / 2], &mut Vec::new());
        let mut timed = |what: &str, look: &mut dyn FnMut(&mut Screen)| {
            let mut times = Vec::with_capacity(rounds);
            for round in 0..rounds {
                let change = format!("\x1b[5;1H\x1b[31mline {round}\x1b[m");
                screen.push(change.as_bytes(), &mut Vec::new());
                let start = cpu_seconds();
                look(&mut screen);
                times.push(cpu_seconds() - start);
            }
            println!(
                "{what:34}{:>8}{:12.1}",
                format!("{rows}x{cols}"),
                median(&mut times) * 1e6
            );
        };
        timed("snapshot", &mut |screen| {
            black_box(screen.snapshot(0));
        });
        timed("snapshot as text", &mut |screen| {
            black_box(text(&screen.snapshot(0)));
        });
        let mut seen = 0;
        timed("changes since the last look", &mut |screen| {
            let changes = screen.changes_since(seen);
            seen = changes.version;
            black_box(changes);
        });
    }
}

/// The rows without the blanks at their ends.
fn text(view: &rejoinder_screen::Snapshot) -> String {
    let mut text = String::new();
    for row in &view.rows {
        text.extend(row.cells.iter().map(|cell| cell.character));
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}

/// Private memory of screens, from `/proc/self/smaps_rollup`.
fn memory() {
    const SCREENS: usize = 64;
    println!("\nKB of private memory for each of {SCREENS} screens of 24x80");
    let filled = |data: &[u8]| {
        let mut screen = Screen::new(ScreenConfig::default());
        screen.push(data, &mut Vec::new());
        screen.catch_up();
        screen
    };
    let vim = recording("vim-scroll", 1);
    let log = plain(1 << 20);
    for (what, data) in [
        ("idle", &b""[..]),
        ("after vim", &vim),
        ("with full scrollback", &log),
    ] {
        let before = private_kb();
        let screens: Vec<Screen> = (0..SCREENS).map(|_| filled(data)).collect();
        let after = private_kb();
        println!("{what:34}{:20.0}", (after - before) / SCREENS as f64);
        drop(black_box(screens));
    }
}

fn private_kb() -> f64 {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").expect("this is Linux");
    let fields = rollup.lines().filter(|line| line.starts_with("Private_"));
    let numbers = fields.filter_map(|line| line.split_whitespace().nth(1));
    numbers
        .filter_map(|number| number.parse::<f64>().ok())
        .sum()
}

/// Time of this thread alone: what else runs does not count.
fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("every Unix has this clock");
    now.tv_sec() as f64 + now.tv_nsec() as f64 * 1e-9
}

fn plain(size: usize) -> Vec<u8> {
    let mut text = String::with_capacity(size + 256);
    let mut number = 1_u32;
    while text.len() < size {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (unit, line) = (number >> 20, number >> 24);
        let _ = match number >> 30 {
            0 => write!(
                text,
                "cc -O2 -g -Wall -fPIC -I./include -c -o build/unit{unit}.o unit{unit}.c\r\n"
            ),
            1 => write!(
                text,
                "[{line:3}%] Building C object lib/CMakeFiles/unit.dir/unit_{unit}.c.o\r\n"
            ),
            2 => write!(text, "test unit{unit}::case_{line} ... ok\r\n"),
            _ => write!(
                text,
                "unit{unit}.c:{line}: warning: unused variable ‘value_{unit}’\r\n"
            ),
        };
    }
    text.into_bytes()
}

/// A recording, as often as it takes to fill `size` bytes.
fn recording(name: &str, size: usize) -> Vec<u8> {
    let path = tests().join("data/ansi").join(name).with_extension("raw");
    let recording =
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    recording.repeat(size.div_ceil(recording.len()))
}

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests")
}

/// CPU seconds of a few rounds.
fn pyte(python: &Path, data: &[u8]) -> Vec<f64> {
    let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/pyte_peer.py");
    let mut child = Command::new(python)
        .arg(peer)
        .arg("3")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the Python that was just installed runs");
    let mut input = child.stdin.take().expect("its input is a pipe");
    input.write_all(data).expect("it reads all of its input");
    drop(input);
    let output = child.wait_with_output().expect("it can be waited for");
    assert!(output.status.success(), "pyte failed");
    let output = String::from_utf8(output.stdout).expect("it prints numbers");
    output
        .lines()
        .filter_map(|line| line.parse().ok())
        .collect()
}

/// The Python of an environment with pyte in it.
fn install_pyte() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pyte-venv");
    let python = folder.join("bin/python");
    let run = |program: &Path, arguments: &[&str]| {
        let status = Command::new(program).args(arguments).status();
        status.is_ok_and(|status| status.success())
    };
    let check = format!("import importlib.metadata as m; assert m.version('pyte') == {PYTE:?}");
    if python.exists() && run(&python, &["-c", &check]) {
        return python;
    }
    let venv = ["-m", "venv", "--clear", &folder.to_string_lossy()];
    assert!(
        run(Path::new("python3"), &venv),
        "there is no Python to run pyte with; on Debian: apt-get install python3-venv"
    );
    let package = format!("pyte=={PYTE}");
    assert!(
        run(&python, &["-m", "pip", "install", "--quiet", &package]),
        "pyte {PYTE} cannot be installed"
    );
    python
}
