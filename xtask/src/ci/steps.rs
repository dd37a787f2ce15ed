//! The steps that are one call of cargo each.
//!
//! They all select the whole workspace with all features, so that cargo resolves them alike and
//! every step finds what the one before has compiled.

use std::process::Command;

use crate::process;
use crate::setup::Tool;
use crate::workspace::Workspace;

/// What selects everything in every step.
const EVERYTHING: [&str; 3] = ["--locked", "--workspace", "--all-features"];

/// The tests of the release build in nextest's language, and all others.
const E2E: &str = "binary(e2e)";
const INTEROP: &str = "binary(interop)";
const NOT_E2E: &str = "not (binary(e2e) + binary(interop))";

/// The formatting.
pub(crate) fn fmt(workspace: &Workspace) -> anyhow::Result<()> {
    process::run(workspace.cargo().args(["fmt", "--all", "--check"]))
}

/// Clippy on every target.
pub(crate) fn clippy(workspace: &Workspace) -> anyhow::Result<()> {
    let mut command = workspace.cargo();
    process::run(
        command
            .arg("clippy")
            .args(EVERYTHING)
            .args(["--all-targets", "--", "-Dwarnings"]),
    )
}

/// The documentation.
pub(crate) fn docs(workspace: &Workspace) -> anyhow::Result<()> {
    let mut command = workspace.cargo();
    command.env("RUSTDOCFLAGS", "-Dwarnings");
    process::run(command.arg("doc").args(EVERYTHING).arg("--no-deps"))
}

/// Unit and integration tests.
pub(crate) fn test(workspace: &Workspace) -> anyhow::Result<()> {
    process::run(nextest(workspace)?.args(["--filterset", NOT_E2E]))
}

/// The examples in the documentation.
pub(crate) fn doctest(workspace: &Workspace) -> anyhow::Result<()> {
    process::run(workspace.cargo().args(["test", "--doc"]).args(EVERYTHING))
}

/// The program as users build it.
pub(crate) fn release(workspace: &Workspace) -> anyhow::Result<()> {
    process::run(workspace.cargo().args(["build", "--release", "--locked"]))
}

/// The end-to-end tests. They drive the program that `REJOINDER_TEST_SERVER` names: the release
/// build, made first where it is not up to date.
pub(crate) fn e2e(workspace: &Workspace) -> anyhow::Result<()> {
    on_release(workspace, E2E)
}

/// The official clients, with the same program.
pub(crate) fn interop(workspace: &Workspace) -> anyhow::Result<()> {
    on_release(workspace, INTEROP)
}

fn on_release(workspace: &Workspace, tests: &str) -> anyhow::Result<()> {
    release(workspace)?;
    let server = workspace.cargo_target().join("release/mcp-server");
    let mut command = nextest(workspace)?;
    command.env("REJOINDER_TEST_SERVER", server);
    process::run(command.args(["--filterset", tests]))
}

fn nextest(workspace: &Workspace) -> anyhow::Result<Command> {
    let mut command = workspace.command(Tool::Nextest.find_or_install(workspace)?);
    command
        .args(["nextest", "run", "--no-fail-fast"])
        .args(EVERYTHING);
    Ok(command)
}
