//! Measuring: hands over to the benchmark package, built for release.

use std::ffi::OsString;

use anyhow::{Context, bail};

use crate::process;
use crate::workspace::Workspace;

/// Runs `rejoinder-bench` with these arguments.
///
/// The server that it measures is built first, in the same profile, so that what is measured is
/// what users run.
pub(crate) fn run(workspace: &Workspace, args: &[OsString]) -> anyhow::Result<()> {
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
