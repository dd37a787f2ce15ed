//! Soaking: hands over to the soak package, built for release.

use std::ffi::OsString;

use anyhow::{Context, bail};

use crate::process;
use crate::workspace::Workspace;

/// Runs `rejoinder-soak` with these arguments.
///
/// The server that it soaks is built first, in the same profile: what users run.
pub(crate) fn run(workspace: &Workspace, args: &[OsString]) -> anyhow::Result<()> {
    process::run(
        workspace
            .cargo()
            .args(["build", "--release", "--locked", "-p", "mcp-server"]),
    )?;
    let mut soak = workspace.cargo();
    soak.args(["run", "--release", "--locked", "--quiet"])
        .args(["-p", "rejoinder-soak", "--"])
        .args(args);
    eprintln!("    $ {}", process::shown(&soak));
    let status = soak.status().context("cannot run the soak")?;
    if !status.success() {
        bail!("the soak failed ({status})");
    }
    Ok(())
}
