//! How long a snapshot takes to become text, escape sequences and pictures, and how long those
//! are: `cargo bench -p rejoinder-screen --bench render`, with `-- DIR` to keep them in a directory.

use rejoinder_screen::render::{
    PictureOptions, TextOptions, ansi, changed_rows, highlights, png, svg, text, text_changes,
};
use rejoinder_screen::{Screen, ScreenConfig, Size, Snapshot};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The recordings that are drawn: names in `tests/data/screen/looks`, rows, columns.
const SCREENS: [(&str, u16, u16); 5] = [
    ("mc", 24, 80),
    ("whiptail", 24, 80),
    ("man", 24, 80),
    ("htop", 40, 120),
    ("full", 40, 120),
];

fn main() {
    // Cargo adds `--bench` to what it is given.
    let keep = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let keep = keep.map(PathBuf::from);
    println!(
        "{:20} {:>12} {:>12} {:>10}",
        "", "median µs", "p95 µs", "bytes"
    );
    for (name, rows, cols) in SCREENS {
        let bytes = if name == "full" {
            full(rows, cols)
        } else {
            recording(name)
        };
        measure(name, &snapshot(rows, cols, &bytes), keep.as_deref());
    }
}

fn measure(name: &str, screen: &Snapshot, keep: Option<&Path>) {
    let mut before = screen.clone();
    for row in &mut before.rows {
        row.cells.clear();
    }
    let options = PictureOptions::default();
    let line = |what: &str, f: &dyn Fn() -> Vec<u8>| {
        let (median, p95, made) = timed(f);
        let micros = |time: Duration| time.as_secs_f64() * 1e6;
        let (median, p95) = (micros(median), micros(p95));
        println!(
            "{name:10}{what:10} {median:12.1} {p95:12.1} {:10}",
            made.len()
        );
        if let Some(directory) = keep {
            let path = directory.join(format!("{name}.{what}"));
            std::fs::write(&path, made)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    };
    line("text", &|| {
        text(screen, &TextOptions::default()).into_bytes()
    });
    line("changes", &|| {
        text_changes(&changed_rows(&before, screen), screen).into_bytes()
    });
    line("lights", &|| {
        let told = highlights(screen);
        told.into_iter()
            .flat_map(|told| told.text.into_bytes())
            .collect()
    });
    line("ansi", &|| ansi(screen));
    line("svg", &|| {
        svg(screen, &options).expect("a picture").into_bytes()
    });
    line("png", &|| png(screen, &options).expect("a picture"));
}

fn timed(f: &dyn Fn() -> Vec<u8>) -> (Duration, Duration, Vec<u8>) {
    let made = f();
    let mut times: Vec<Duration> = (0..100)
        .map(|_| {
            let start = Instant::now();
            black_box(f());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    (times[50], times[95], made)
}

fn recording(name: &str) -> Vec<u8> {
    let path = format!(
        "{}/../../tests/data/screen/looks/{name}.raw",
        env!("CARGO_MANIFEST_DIR")
    );
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A screen without a blank cell, in many colours: the worst of the usual.
fn full(rows: u16, cols: u16) -> Vec<u8> {
    let cells = usize::from(rows) * usize::from(cols);
    let printable = (b'!'..=b'~').cycle().take(cells).enumerate();
    printable
        .flat_map(|(at, byte)| {
            let mut piece = Vec::new();
            if at % 7 == 0 {
                piece.extend(format!("\x1b[3{};4{}m", at / 7 % 7 + 1, at / 70 % 5).bytes());
            }
            piece.push(byte);
            piece
        })
        .collect()
}

/// What a screen shows after these bytes.
fn snapshot(rows: u16, cols: u16, bytes: &[u8]) -> Snapshot {
    let mut config = ScreenConfig::default();
    config.size = Size { rows, cols };
    let mut screen = Screen::new(config);
    screen.push(bytes, &mut Vec::new());
    screen.snapshot(0)
}
