//! Measuring: hands over to the benchmark package, built for release, or to the
//! benchmark that a crate has of its own.

use std::ffi::OsString;

use anyhow::{Context, bail};

use crate::process;
use crate::workspace::Workspace;

/// The suites that are a crate's own: what it measures besides needs no server.
const OWN: &[(&str, &str)] = &[
    ("strip", "rejoinder-ansi"),
    ("screen", "rejoinder-screen"),
    ("transcript", "rejoinder-session"),
    ("waiting", "rejoinder-session"),
    ("commands", "rejoinder-session"),
    ("calls", "mcp-proto"),
];

/// Runs what the first argument names; `rejoinder-bench` with all of them when that
/// is no crate's own suite.
///
/// The server that it measures is built first, in the same profile, so that what is measured is
/// what users run.
pub(crate) fn run(workspace: &Workspace, args: &[OsString]) -> anyhow::Result<()> {
    if let Some((suite, rest)) = args.split_first()
        && let Some((name, package)) = OWN.iter().find(|(name, _)| suite == name)
    {
        let mut bench = workspace.cargo();
        bench
            .args([
                "bench",
                "--locked",
                "--package",
                package,
                "--bench",
                name,
                "--",
            ])
            .args(rest);
        return process::run(&mut bench);
    }
    process::run(
        workspace
            .cargo()
            .args(["build", "--release", "--locked", "-p", "mcp-server"]),
    )?;
    let mut bench = workspace.cargo();
    bench
        .args([
            "run",
            "--release",
            "--locked",
            "--quiet",
            "-p",
            "rejoinder-bench",
            "--",
        ])
        .args(args);
    eprintln!("    $ {}", process::shown(&bench));
    let status = bench.status().context("cannot run the benchmarks")?;
    if !status.success() {
        bail!("the benchmarks failed ({status})");
    }
    Ok(())
}
