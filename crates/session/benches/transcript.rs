//! What a transcript costs: recording, reading back, finding a place, searching.
//!
//! `cargo bench -p rejoinder-session --bench transcript [-- --quick]` prints MB of output for
//! each second of this thread's CPU time, system calls included: the median of several rounds on
//! three kinds of output, 2 KiB a piece as a terminal hands it out. Without `--bench` (as `cargo
//! test --benches` runs it) each runs once on little data.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};
use rejoinder_session::{
    ExportFormat, LineSearch, Offset, PatternSpec, Recorder, SessionId, Transcript, export,
};

/// What a terminal hands out in one read at the most while a program floods it, in bytes.
const PIECE: usize = 2048;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let has = |name: &str| args.iter().any(|arg| arg == name);
    let (size, rounds) = match (has("--bench"), has("--quick")) {
        (false, _) => (256 << 10, 1),
        (true, true) => (8 << 20, 5),
        (true, false) => (48 << 20, 9),
    };
    println!(
        "MB/s of CPU time, median of {rounds} rounds over {} KiB",
        size >> 10
    );
    println!(
        "{:14}{:>10}{:>10}{:>10}{:>10}{:>10}",
        "", "record", "read", "search", "txt", "html"
    );
    for (name, data) in [
        ("plain log", plain_log(size)),
        ("coloured", coloured_log(size)),
        ("binary", binary(size)),
    ] {
        let mut columns = [const { Vec::new() }; 5];
        for _ in 0..rounds {
            for (column, speed) in columns.iter_mut().zip(round(&data)?) {
                column.push(speed);
            }
        }
        print!("{name:14}");
        for mut column in columns {
            column.sort_by(f64::total_cmp);
            print!("{:10.0}", column[column.len() / 2]);
        }
        println!();
    }
    places(&plain_log(size), rounds)
}

/// Records and uses one transcript.
fn round(data: &[u8]) -> Result<[f64; 5], Box<dyn Error>> {
    let parent = tempfile::tempdir()?;
    let dir = parent.path().join("transcripts");
    let mut id = None;
    let recording = speed(data.len(), || {
        id = Some(record(&dir, data)?);
        Ok(())
    })?;
    let mut transcript = Transcript::open(&dir, id.ok_or("recorded")?)?;
    let reading = speed(data.len(), || {
        let mut from = Offset::ZERO;
        loop {
            let chunk = transcript.read(from, 4 << 20)?;
            from = chunk.end;
            if black_box(chunk).bytes.is_empty() {
                return Ok(());
            }
        }
    })?;
    let search = LineSearch::new(PatternSpec {
        text: r"error: \w+ in line 7\b".to_owned(),
        literal: false,
        case_sensitive: true,
    });
    let searching = speed(data.len(), || {
        black_box(search.in_transcript(&mut transcript)?);
        Ok(())
    })?;
    let mut exporting = |format| {
        speed(data.len(), || {
            Ok(export(&mut transcript, format, &mut std::io::sink())?)
        })
    };
    Ok([
        recording,
        reading,
        searching,
        exporting(ExportFormat::Text)?,
        exporting(ExportFormat::Html)?,
    ])
}

fn record(dir: &Path, data: &[u8]) -> Result<SessionId, Box<dyn Error>> {
    let id = SessionId::random()?;
    let start = Instant::now();
    let mut recorder = Recorder::create(dir, id, Default::default(), Default::default(), start)?;
    for (index, piece) in data.chunks(PIECE).enumerate() {
        // 100 MB/s.
        let now = start + Duration::from_micros(20 * index as u64);
        recorder.output(piece, now);
    }
    recorder.flush();
    Ok(id)
}

/// How long it takes to find a place.
fn places(data: &[u8], rounds: usize) -> Result<(), Box<dyn Error>> {
    let parent = tempfile::tempdir()?;
    let dir = parent.path().join("transcripts");
    let id = record(&dir, data)?;
    let mut transcript = Transcript::open(&dir, id)?;
    let count = 20 * rounds;
    let start = cpu_time()?;
    for index in 0..count {
        let from = Offset::new((data.len() / count * index) as u64);
        black_box(transcript.read(from, 20_000)?);
    }
    let each = (cpu_time()? - start) / u32::try_from(count)?;
    println!("20 KB from anywhere: {} us", each.as_micros());
    Ok(())
}

fn speed(
    bytes: usize,
    run: impl FnOnce() -> Result<(), Box<dyn Error>>,
) -> Result<f64, Box<dyn Error>> {
    let start = cpu_time()?;
    run()?;
    Ok(bytes as f64 / 1e6 / (cpu_time()? - start).as_secs_f64())
}

/// The CPU time that this thread has used.
fn cpu_time() -> Result<Duration, Box<dyn Error>> {
    Ok(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?.into())
}

fn plain_log(size: usize) -> Vec<u8> {
    let line = |i: u64| {
        format!(
            "2026-01-01T00:00:{:02}Z INFO  worker {i}: request took {} ms, 200 OK\r\n",
            i % 60,
            i % 997
        )
    };
    (0..)
        .flat_map(|i| line(i).into_bytes())
        .take(size)
        .collect()
}

fn coloured_log(size: usize) -> Vec<u8> {
    let line = |i: u64| {
        format!(
            "\x1b[1m\x1b[32m   Compiling\x1b[0m crate-{i} v0.{}.0 \x1b[2m(naïve)\x1b[22m\r\n",
            i % 9
        )
    };
    (0..)
        .flat_map(|i| line(i).into_bytes())
        .take(size)
        .collect()
}

/// Bytes that mean nothing, by the generator of MMIX.
fn binary(size: usize) -> Vec<u8> {
    let mut state = 1_u64;
    std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    })
    .take(size)
    .collect()
}
