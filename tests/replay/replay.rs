//! What fuzzing has found once stays found: every input below `tests/data/regressions/<target>`
//! is run through the property of that fuzz target.
//!
//! The same files are the seeds that the fuzzer starts from, so they hold the interesting shapes
//! of input as well. So each is also run cut off in some places, and changed in some hundred
//! ways: always the same ones, unless `REJOINDER_REPLAY_VARIANTS` asks for more.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[allow(unreachable_pub, reason = "it is the library of the fuzzer's package")]
#[path = "../fuzz/properties/lib.rs"]
mod properties;

/// A property and the fuzz target that explores it.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 9] = [
    ("ansi_lines", properties::ansi_lines::check),
    ("ansi_modes", properties::ansi_modes::check),
    ("ansi_strip", properties::ansi_strip::check),
    ("expect_chunks", properties::expect_chunks::check),
    ("http_heads", properties::http_heads::check),
    ("mcp_frames", properties::mcp_frames::check),
    ("pty_input", properties::pty_input::check),
    ("screen", properties::screen::check),
    ("transcript_read", properties::transcript_read::check),
];

/// How many places each input is cut off at.
const CUTS: usize = 8;

/// How often each input is changed.
const VARIANTS: usize = 100;

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn names(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("cannot list {}: {error}", directory.display()));
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn replay(target: &str) {
    let (_, check) = TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    let directory = tests().join("data/regressions").join(target);
    let files = names(&directory);
    assert!(!files.is_empty(), "{} is empty", directory.display());
    for file in files {
        let path = directory.join(&file);
        let bytes = fs::read(&path).unwrap();
        // Shown when the property panics.
        println!("{}", path.display());
        check(&bytes);
        for cut in 0..CUTS {
            let len = bytes.len() * cut / CUTS;
            println!("the first {len} bytes");
            check(&bytes[..len]);
        }
        let mut variants = Variants(0);
        for _ in 0..variants_wanted() {
            let variant = variants.next_of(&bytes);
            println!("changed to {variant:?}");
            check(&variant);
        }
    }
}

fn variants_wanted() -> usize {
    let wanted = std::env::var("REJOINDER_REPLAY_VARIANTS");
    wanted.map_or(VARIANTS, |count| count.parse().unwrap())
}

/// Small changes of an input, the same ones every time.
struct Variants(u64);

impl Variants {
    fn next_of(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut variant = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let (at, other) = (self.below(variant.len()), self.below(bytes.len()));
            let byte = bytes.get(other).copied().unwrap_or_default();
            match self.below(5) {
                0 => variant.insert(at, byte),
                1 if at < variant.len() => drop(variant.remove(at)),
                2 if at < variant.len() => variant[at] ^= 1 << self.below(8),
                3 if at < variant.len() => variant[at] = byte,
                _ => {
                    let part = &bytes[other..bytes.len().min(other + self.below(16))];
                    variant.splice(at..at, part.iter().copied());
                }
            }
        }
        variant
    }

    /// A number below `limit`, or 0; by the generator of MMIX, whose high bits are the good ones.
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

/// Guards: every fuzz target is replayed, and has inputs to be replayed with.
#[test]
fn every_target_is_replayed() {
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let sources = names(&tests().join("fuzz/fuzz_targets"));
    let targets: BTreeSet<String> = sources
        .iter()
        .filter_map(|name| name.strip_suffix(".rs"))
        .map(str::to_owned)
        .collect();
    assert_eq!(targets, known, "tests/fuzz/fuzz_targets");
    let regressions = names(&tests().join("data/regressions"));
    let directories: BTreeSet<String> = regressions
        .into_iter()
        .filter(|name| name != "README.md")
        .collect();
    assert_eq!(directories, known, "tests/data/regressions");
}

/// Guards: the line resolver's inputs do not depend on cuts and stay within bounds.
#[test]
fn ansi_lines() {
    replay("ansi_lines");
}

/// Guards: the mode tracker's and the escaper's inputs do not depend on cuts.
#[test]
fn ansi_modes() {
    replay("ansi_modes");
}

/// Guards: the stripper's inputs do not depend on cuts and keep their offsets.
#[test]
fn ansi_strip() {
    replay("ansi_strip");
}

/// Guards: the expect engine finds what a whole-buffer search finds.
#[test]
fn expect_chunks() {
    replay("expect_chunks");
}

/// Guards: what the HTTP binding lets through agrees with its body, and refusals are well-formed.
#[test]
fn http_heads() {
    replay("http_heads");
}

/// Guards: the protocol's answers do not depend on cuts, and nothing breaks the connection.
#[test]
fn mcp_frames() {
    replay("mcp_frames");
}

/// Guards: no split of a long line loses input or ends it.
#[test]
fn pty_input() {
    replay("pty_input");
}

/// Guards: a screen's views, answers and events do not depend on cuts or looks.
#[test]
fn screen() {
    replay("screen");
}

/// Guards: no file makes a transcript's reader do more than refuse it, and what is recorded is
/// read back.
#[test]
fn transcript_read() {
    replay("transcript_read");
}
