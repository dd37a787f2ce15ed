//! The tests of the one crate with `unsafe` code, under AddressSanitizer and under valgrind.
//!
//! The two see different things: the sanitizer is compiled in and knows every variable's bounds,
//! valgrind watches the machine code, so also system calls and memory that was never written.
//! `RUSTC_BOOTSTRAP=1` lets the stable compiler have the sanitizer; the standard library is the
//! one that comes with it, which is not instrumented.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::process::{self, find_program};
use crate::workspace::Workspace;

/// The crate: the only one that may say `unsafe`.
const PACKAGE: &str = "rejoinder-pty";

/// The sanitizer needs to be told a target, or it would be compiled into build scripts too.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Leaks are left to valgrind: finding them needs a process that stops this one, and some tests
/// run where there can be none (no signals, no further process).
const ASAN_OPTIONS: &str = "detect_leaks=0:strict_string_checks=1:detect_stack_use_after_return=1";

/// What valgrind's exit status is when it has found something; no test ends with it.
const FOUND: &str = "--error-exitcode=99";

/// Valgrind carries out `execve(2)` itself and ends the child when the call fails, so the tests of
/// failing ones cannot pass in it.
const NOT_UNDER_VALGRIND: [&str; 2] = ["--skip", "exec_errors::"];

/// Runs both, and stops at the first that finds something.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let Some(valgrind) = find_program("valgrind") else {
        bail!("there is no valgrind here: install Debian's valgrind");
    };
    address(workspace)?;
    memcheck(workspace, &valgrind)
}

/// AddressSanitizer. It builds into a directory of its own, as flags of the compiler would have
/// everything else built anew.
fn address(workspace: &Workspace) -> anyhow::Result<()> {
    eprintln!("==> AddressSanitizer");
    process::run(
        workspace
            .cargo()
            .args(["test", "--locked", "--package", PACKAGE, "--all-features"])
            .args(["--lib", "--tests", "--target", TARGET])
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", "-Zsanitizer=address")
            .env("ASAN_OPTIONS", ASAN_OPTIONS)
            .env(
                "CARGO_TARGET_DIR",
                workspace.cargo_target().join("sanitize"),
            ),
    )
}

/// Valgrind's memcheck, on the test binaries as they are. What they start is not looked into, but
/// for what runs between fork and exec.
fn memcheck(workspace: &Workspace, valgrind: &Path) -> anyhow::Result<()> {
    eprintln!("==> valgrind");
    for binary in test_binaries(workspace)? {
        let mut command = workspace.command(valgrind);
        command
            .args(["--quiet", FOUND, "--fair-sched=yes"])
            .args(["--leak-check=full", "--errors-for-leak-kinds=definite"])
            .args(["--show-leak-kinds=definite", "--"])
            .arg(binary)
            .arg("--test-threads=1")
            .args(NOT_UNDER_VALGRIND)
            // The tests expect to be in their crate's directory.
            .current_dir(workspace.root().join("crates/pty"));
        process::run(&mut command)?;
    }
    Ok(())
}

/// The crate's test binaries, built.
fn test_binaries(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let messages = process::output(
        workspace
            .cargo()
            .args(["test", "--locked", "--package", PACKAGE, "--all-features"])
            .args(["--lib", "--tests", "--no-run", "--message-format=json"]),
    )?;
    let binaries = executables(&messages)?;
    if binaries.is_empty() {
        bail!("{PACKAGE} has no test binary");
    }
    Ok(binaries)
}

/// The test executables that cargo's messages, one per line, speak of.
fn executables(messages: &str) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for line in messages.lines() {
        let message: Value = serde_json::from_str(line).context("cargo's messages are no JSON")?;
        if message["profile"]["test"] == true
            && let Some(path) = message["executable"].as_str()
        {
            found.push(path.to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::executables;

    /// Tests are picked out, and not the programs that are built for them.
    #[test]
    fn test_binaries_are_found_in_messages() {
        let messages = r#"{"reason":"compiler-artifact","profile":{"test":true},"executable":"/t/it-1"}
{"reason":"compiler-artifact","profile":{"test":false},"executable":"/t/tool"}
{"reason":"compiler-artifact","profile":{"test":true},"executable":null}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executables(messages).unwrap(), ["/t/it-1"]);
        assert!(executables("no json").is_err());
    }
}
