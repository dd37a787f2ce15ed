//! Recordings of real programs, with what a person reads of them.
//!
//! Beside each `tests/data/ansi/<name>.raw` stand its text as the resolver gives it for the 80x24
//! terminal it was recorded on (`.text`), the last view of a full-screen program (`.screen`), and
//! what the stripper gives (`.stripped`). The README there says how they were made.

use crate::support::chunks;
use expect_test::expect_file;
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use rejoinder_ansi::{LineConfig, LineResolver, ModeTracker, Stripper, escape_hidden, resolve};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/ansi")
}

fn recordings() -> Vec<PathBuf> {
    let directory = directory();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "raw"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 16, "{paths:?}");
    paths
}

/// The ways a recording is cut: whole, byte by byte, and at a few dozen places.
fn cuttings(bytes: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut all = vec![vec![bytes], bytes.chunks(1).collect()];
    for _ in 0..20 {
        let cuts: Vec<usize> = (0..30)
            .map(|_| rng.next_u64() as usize % (bytes.len() + 1))
            .collect();
        all.push(chunks(bytes, &cuts));
    }
    all
}

/// Runs `convert` on every recording, however it is cut, and compares with the file of the same
/// name and the given extension; a file that is not there stands for an empty result.
fn check(extension: &str, convert: impl Fn(&[&[u8]]) -> String) {
    for path in recordings() {
        let bytes = std::fs::read(&path).unwrap();
        let mut results = cuttings(&bytes).into_iter().map(|chunks| convert(&chunks));
        let whole = results.next().unwrap();
        assert!(results.all(|result| result == whole), "{}", path.display());
        expect_file![path.with_extension(extension)].assert_eq(&whole);
    }
}

/// Resolves for the terminal of the recordings.
fn resolve_80x24(chunks: &[&[u8]]) -> String {
    let mut config = LineConfig::default();
    (config.cols, config.rows) = (NonZeroU16::new(80), NonZeroU16::new(24));
    let mut resolver = LineResolver::with_config(config);
    chunks.iter().for_each(|chunk| resolver.push(chunk));
    escape_hidden(&resolver.finish()).into_owned()
}

#[test]
fn recordings_read_as_on_the_screen() {
    check("text", resolve_80x24);
}

/// Guards the view of a full-screen program while it runs.
#[test]
fn full_screen_programs_read_as_their_last_view() {
    for name in ["htop", "less", "vim"] {
        let path = directory().join(name).with_extension("raw");
        let bytes = std::fs::read(&path).unwrap();
        let leave = b"\x1b[?1049l";
        let end = bytes
            .windows(leave.len())
            .position(|window| window == leave)
            .unwrap();
        let text = resolve_80x24(&[&bytes[..end]]);
        assert!(text.lines().count() <= 24);
        expect_file![path.with_extension("screen")].assert_eq(&text);
    }
}

#[test]
fn recordings_are_stripped() {
    check("stripped", |chunks| {
        let (mut stripper, mut out) = (Stripper::new(), Vec::new());
        chunks
            .iter()
            .for_each(|chunk| stripper.strip(chunk, &mut out));
        stripper.finish(&mut out);
        // Spelt out, since tools take liberties with line ends.
        String::from_utf8(out)
            .unwrap()
            .replace('\r', "\\r")
            .replace('\x08', "\\b")
    });
}

/// Guards that progress of programs that do not depend on the size reads the same without it.
#[test]
fn progress_reads_the_same_without_the_size() {
    let names = [
        "cargo-build",
        "git-clone",
        "ls-color",
        "npm-install",
        "pip-download",
        "rich-progress",
    ];
    for path in recordings() {
        if names.contains(&&*path.file_stem().unwrap().to_string_lossy()) {
            let text = resolve(&std::fs::read(&path).unwrap());
            expect_file![path.with_extension("text")].assert_eq(&escape_hidden(&text));
        }
    }
}

/// Guards that programs which clean up after themselves leave a terminal as they found it.
#[test]
fn programs_leave_no_mode_behind() {
    for path in recordings() {
        let mut modes = ModeTracker::new();
        modes.push(&std::fs::read(&path).unwrap());
        assert!(
            !modes.alternate_screen() && !modes.bracketed_paste(),
            "{}",
            path.display()
        );
        assert_eq!(
            modes.key_modes(),
            ModeTracker::new().key_modes(),
            "{}",
            path.display()
        );
    }
}
