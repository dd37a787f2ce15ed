//! The cargo subcommands that the checks and the fuzzer use, pinned, in `target/tools`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{self, find_program};
use crate::workspace::Workspace;

/// A tool that cargo installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Runs the tests, each in a process of its own.
    Nextest,
    /// Checks licences, sources, banned crates and advisories.
    Deny,
    /// Builds and runs fuzz targets.
    Fuzz,
}

impl Tool {
    /// What the steps of `ci` use; the fuzzer is installed by the command that runs it.
    pub(crate) const OF_STEPS: [Tool; 2] = [Tool::Nextest, Tool::Deny];

    fn package(self) -> &'static str {
        match self {
            Tool::Nextest => "cargo-nextest",
            Tool::Deny => "cargo-deny",
            Tool::Fuzz => "cargo-fuzz",
        }
    }

    /// The version that is installed.
    fn pinned(self) -> &'static str {
        match self {
            Tool::Nextest => "0.9.143",
            Tool::Deny => "0.20.2",
            Tool::Fuzz => "0.13.2",
        }
    }

    /// Whether a version that is there already will do: the pinned one or a newer, but of the
    /// fuzzer the pinned one alone, as how it calls the compiler is its own affair and changes.
    fn accepts(self, found: Option<[u64; 3]>) -> bool {
        match self {
            Tool::Nextest | Tool::Deny => found >= version(self.pinned()),
            Tool::Fuzz => found == version(self.pinned()),
        }
    }

    /// The tool's program, as installed for this workspace or on the `PATH`.
    fn find(self, workspace: &Workspace) -> Option<PathBuf> {
        let ours = workspace
            .installed("tools")
            .join("bin")
            .join(self.package());
        let places = [Some(ours), find_program(self.package())];
        places
            .into_iter()
            .flatten()
            .find(|program| self.is_usable(program))
    }

    fn is_usable(self, program: &Path) -> bool {
        let mut command = Command::new(program);
        if self == Tool::Nextest {
            command.arg("nextest");
        }
        let answer = process::output(command.arg("--version"));
        answer.is_ok_and(|text| self.accepts(found_version(&text)))
    }

    /// The tool's program, installed first where it is missing.
    pub(crate) fn find_or_install(self, workspace: &Workspace) -> anyhow::Result<PathBuf> {
        if let Some(program) = self.find(workspace) {
            eprintln!("    {}: {}", self.package(), program.display());
            return Ok(program);
        }
        eprintln!(
            "    installing {} {}, which takes some minutes",
            self.package(),
            self.pinned()
        );
        let root = workspace.installed("tools");
        process::run(
            workspace
                .cargo()
                .args(["install", "--locked", "--quiet", "--force", "--root"])
                .arg(&root)
                .arg(format!("{}@{}", self.package(), self.pinned()))
                .env_remove("CARGO_TARGET_DIR")
                .env_remove("RUSTFLAGS"),
        )?;
        Ok(root.join("bin").join(self.package()))
    }
}

/// The version in `name 1.2.3 (…)`.
fn found_version(text: &str) -> Option<[u64; 3]> {
    text.split_whitespace().nth(1).and_then(version)
}

fn version(text: &str) -> Option<[u64; 3]> {
    let release = text.split(['-', '+']).next()?;
    let mut numbers = release.split('.').map(|number| number.parse().ok());
    let version = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An older tool is not taken for the pinned one, nor is an answer that is no version.
    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(
            found_version("cargo-nextest 0.9.143 (60fa45f63 2026-08-04)"),
            Some([0, 9, 143])
        );
        assert!(found_version("cargo-deny 0.20.2") > version("0.9.143"));
        assert!(found_version("cargo-deny 0.20.10-rc.1") > version("0.20.2"));
        assert!(found_version("no version") < version("0.0.1"));
    }

    /// A newer tool will do, a newer fuzzer will not; another program, or none, is not taken for
    /// either.
    #[test]
    fn only_what_is_known_to_work_will_do() {
        for tool in [Tool::Nextest, Tool::Deny, Tool::Fuzz] {
            let pinned = version(tool.pinned()).unwrap();
            let newer = pinned.map(|number| number + 1);
            assert!(tool.accepts(Some(pinned)));
            assert_eq!(tool.accepts(Some(newer)), tool != Tool::Fuzz);
            assert!(!tool.accepts(Some([0, 0, 1])) && !tool.accepts(None));
            assert!(!tool.is_usable(Path::new("/no/such/program")));
        }
        assert!(!Tool::Fuzz.is_usable(Path::new("cargo")));
    }
}
