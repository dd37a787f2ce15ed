//! Where things are: the workspace's root, its metadata, and what the commands put below `target/`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

/// The workspace, as `cargo metadata` describes it.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    metadata: Value,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
        let output = Command::new(cargo())
            .args([
                "metadata",
                "--format-version=1",
                "--no-deps",
                "--manifest-path",
            ])
            .arg(&manifest)
            .output()
            .context("cannot run `cargo metadata`")?;
        if !output.status.success() {
            bail!(
                "`cargo metadata` failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let path = |key: &str| {
            let path = metadata[key].as_str().map(PathBuf::from);
            path.with_context(|| format!("`cargo metadata` has no `{key}`"))
        };
        Ok(Workspace {
            root: path("workspace_root")?,
            target: path("target_directory")?,
            metadata,
        })
    }

    /// The directory that holds the root manifest.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo builds; elsewhere than `target/` when the environment says so.
    pub(crate) fn cargo_target(&self) -> &Path {
        &self.target
    }

    /// What the commands install for themselves, always below the workspace: the tests look for
    /// `venv` and `npm` here.
    pub(crate) fn installed(&self, name: &str) -> PathBuf {
        self.root.join("target").join(name)
    }

    /// The output of `cargo metadata --no-deps`.
    pub(crate) fn metadata(&self) -> &Value {
        &self.metadata
    }

    /// A command that runs in the root.
    pub(crate) fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(&self.root);
        command
    }

    /// The cargo that runs this.
    pub(crate) fn cargo(&self) -> Command {
        self.command(cargo())
    }
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
