//! The protocol's official Python client, in an environment of its own at `target/venv`.
//!
//! The versions are pinned in `tests/python/requirements.txt`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use crate::process;
use crate::workspace::Workspace;

/// The Python to make the environment with: Debian's own, if it is there, since its parts are
/// installed by its packages.
pub(crate) fn interpreter() -> Option<PathBuf> {
    let system = PathBuf::from("/usr/bin/python3");
    if system.exists() {
        Some(system)
    } else {
        process::find_program("python3")
    }
}

/// Makes the environment unless it stands with these very versions.
pub(crate) fn install(workspace: &Workspace) -> anyhow::Result<()> {
    let pins = workspace.root().join("tests/python/requirements.txt");
    let wanted =
        fs::read_to_string(&pins).with_context(|| format!("cannot read {}", pins.display()))?;
    let venv = workspace.installed("venv");
    let python = venv.join("bin/python");
    let stamp = venv.join("rejoinder-stamp");
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        eprintln!("    Python client: up to date");
        return Ok(());
    }

    let interpreter = interpreter().context("there is no python3")?;
    process::run(
        workspace
            .command(interpreter)
            .args(["-m", "venv", "--clear"])
            .arg(&venv),
    )?;
    process::run(
        pip(workspace, &python)
            .args(["install", "--quiet", "--requirement"])
            .arg(&pins),
    )?;
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}

fn pip(workspace: &Workspace, python: &std::path::Path) -> Command {
    let mut command = workspace.command(python);
    command
        .args(["-m", "pip"])
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env("PIP_NO_INPUT", "1")
        .env("PIP_ROOT_USER_ACTION", "ignore");
    command
}
