//! The cargo subcommand that builds and runs fuzz targets, pinned, in `target/tools`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, find_program};
use crate::workspace::Workspace;

const PACKAGE: &str = "cargo-fuzz";

/// The version that is installed, and the only one that is used: how it calls the compiler is its
/// own affair and changes.
const PINNED: &str = "0.13.2";

/// The tool's program, installed first where it is missing.
pub(super) fn find_or_install(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let root = workspace.installed("tools");
    let ours = root.join("bin").join(PACKAGE);
    let places = [Some(ours.clone()), find_program(PACKAGE)];
    if let Some(program) = places.into_iter().flatten().find(|path| is_pinned(path)) {
        return Ok(program);
    }
    eprintln!("    installing {PACKAGE} {PINNED}, which takes some minutes");
    process::run(
        workspace
            .cargo()
            .args(["install", "--locked", "--quiet", "--force", "--root"])
            .arg(&root)
            .arg(format!("{PACKAGE}@{PINNED}"))
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS"),
    )?;
    Ok(ours)
}

fn is_pinned(program: &Path) -> bool {
    let answer = process::output(Command::new(program).arg("--version"));
    answer.is_ok_and(|text| text.split_whitespace().nth(1) == Some(PINNED))
}

#[cfg(test)]
mod tests {
    use super::is_pinned;
    use std::path::Path;

    /// Another program, or none, is not taken for the tool.
    #[test]
    fn only_the_pinned_version_will_do() {
        assert!(!is_pinned(Path::new("/no/such/program")));
        assert!(!is_pinned(Path::new("cargo")));
    }
}
