//! Fuzzing: builds the targets of `tests/fuzz` with AddressSanitizer and runs them for a while.
//!
//! The sanitizer is a feature of the compiler that is not stable yet; `RUSTC_BOOTSTRAP=1` lets the
//! stable one have it. The fuzzer starts from the files in `tests/data/regressions` and keeps what
//! it learns in `tests/fuzz/corpus`.

mod options;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::process::{self, find_program};
use crate::setup::Tool;
use crate::workspace::Workspace;
use options::Options;

/// How long one input may take before that counts as a fault, in seconds.
const INPUT_TIMEOUT: u32 = 30;

/// How much memory the fuzzer's process may take before that counts as a fault, in MiB.
const MEMORY: u32 = 2048;

/// Runs the targets one after the other, and fails after the last when any found a fault.
pub(crate) fn run(workspace: &Workspace, args: &[OsString]) -> anyhow::Result<()> {
    let package = workspace.root().join("tests/fuzz");
    let known = targets(&package)?;
    let Some(options) = Options::parse(args, &known)? else {
        print!("{}", options::help(&known));
        return Ok(());
    };
    if find_program("c++").is_none() {
        bail!("the fuzzer is built with a C++ compiler: install Debian's g++");
    }
    let tool = Tool::Fuzz.find_or_install(workspace)?;

    let mut faults = Vec::new();
    for target in &options.targets {
        let fuzzing = Fuzzing {
            workspace,
            package: &package,
            tool: &tool,
            target,
        };
        process::run(&mut fuzzing.build())?;
        eprintln!("==> {target} for {} s", options.seconds);
        faults.extend(fuzzing.run(options.seconds)?);
    }
    for fault in &faults {
        eprintln!("==> {} broke on {}", fault.target, fault.input);
    }
    if !faults.is_empty() {
        bail!(
            "{} target(s) found a fault; keep the input under tests/data/regressions/<target>, \
             where `cargo test` replays it",
            faults.len()
        );
    }
    eprintln!("==> no fault in {} target(s)", options.targets.len());
    Ok(())
}

/// The names of all targets: a file each.
fn targets(package: &Path) -> anyhow::Result<BTreeSet<String>> {
    let directory = package.join("fuzz_targets");
    let names = names(&directory)?;
    Ok(names
        .iter()
        .filter_map(|name| name.strip_suffix(".rs"))
        .map(str::to_owned)
        .collect())
}

fn names(directory: &Path) -> anyhow::Result<BTreeSet<String>> {
    let context = || format!("cannot list {}", directory.display());
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(directory).with_context(context)? {
        let name = entry.with_context(context)?.file_name();
        names.insert(name.to_string_lossy().into_owned());
    }
    Ok(names)
}

/// A target, and the input that broke it.
#[derive(Debug)]
struct Fault {
    target: String,
    input: String,
}

struct Fuzzing<'a> {
    workspace: &'a Workspace,
    package: &'a Path,
    tool: &'a Path,
    target: &'a str,
}

impl Fuzzing<'_> {
    fn build(&self) -> Command {
        self.cargo_fuzz("build")
    }

    /// Runs the target; what it found is an input that was not there before, or else its failure.
    fn run(&self, seconds: u32) -> anyhow::Result<Option<Fault>> {
        let corpus = self.package.join("corpus").join(self.target);
        let artifacts = self.package.join("artifacts").join(self.target);
        for directory in [&corpus, &artifacts] {
            fs::create_dir_all(directory)
                .with_context(|| format!("cannot make {}", directory.display()))?;
        }
        let before = names(&artifacts)?;
        let mut command = self.cargo_fuzz("run");
        command.arg(&corpus).arg(self.seeds());
        command.arg("--").args([
            format!("-max_total_time={seconds}"),
            format!("-timeout={INPUT_TIMEOUT}"),
            format!("-rss_limit_mb={MEMORY}"),
            "-print_final_stats=1".to_owned(),
        ]);
        let Err(error) = process::run(&mut command) else {
            return Ok(None);
        };
        let found = names(&artifacts)?;
        let input = match found.difference(&before).next() {
            Some(name) => artifacts.join(name).display().to_string(),
            None => format!(
                "an input that is no new one in {}: {error:#}",
                artifacts.display()
            ),
        };
        Ok(Some(Fault {
            target: self.target.to_owned(),
            input,
        }))
    }

    fn seeds(&self) -> PathBuf {
        let regressions = self.workspace.root().join("tests/data/regressions");
        regressions.join(self.target)
    }

    fn cargo_fuzz(&self, action: &str) -> Command {
        let mut command = self.workspace.command(self.tool);
        command
            .env("RUSTC_BOOTSTRAP", "1")
            .args(["fuzz", action, "--fuzz-dir"])
            .arg(self.package)
            .arg("--target-dir")
            .arg(self.workspace.cargo_target().join("fuzz"))
            .arg(self.target);
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is fuzzed is what has regressions that the tests replay.
    #[test]
    fn targets_are_found() {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
        let targets = targets(&tests.join("fuzz")).unwrap();
        assert!(targets.contains("expect_chunks"), "{targets:?}");
        for target in &targets {
            let seeds = tests.join("data/regressions").join(target);
            assert!(!names(&seeds).unwrap().is_empty(), "{}", seeds.display());
        }
    }
}
