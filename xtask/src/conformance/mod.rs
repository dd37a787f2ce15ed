//! The protocol's official conformance suite (npm `@modelcontextprotocol/conformance`) against
//! servers over HTTP.
//!
//! Two servers are run through it, in both eras: the fixture server, which is built on the same
//! crates and has the tools, resources and prompts that the scenarios ask for, and has to pass
//! everything; and the real server, which has none of them, and has to pass everything but what
//! its baseline lists. What the suite finds is read from its result files, never from its prose.

mod baseline;
mod server;
mod suite;
mod verdict;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::process;
use crate::workspace::Workspace;
use baseline::Baseline;
use server::Server;
use suite::{Revision, Suite};

/// What the real server does not pass, with the reasons.
const BASELINE: &str = "tests/conformance/mcp-server.toml";

/// The real server's package and program.
const REAL: &str = "mcp-server";

/// The fixture server's package, and its program.
const FIXTURE_PACKAGE: &str = "rejoinder-conformance-server";
const FIXTURE: &str = "conformance-server";

/// Builds both servers and runs all scenarios against both, in both eras.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    build(workspace)?;
    let suite = Suite::find(workspace)?;
    let places = workspace.installed("conformance");
    let none = Baseline::default();
    let known = Baseline::read(&workspace.root().join(BASELINE))?;

    let mut wrong = Vec::new();
    {
        let place = empty(&places.join("fixture"))?;
        let arguments = ["--listen", "127.0.0.1:0"];
        let server = Server::start(&program(workspace, FIXTURE), &arguments, &place)?;
        wrong.extend(judge(&suite, FIXTURE, server.url(), &none, &place)?);
    }
    {
        let place = empty(&places.join("server"))?;
        let arguments = ["--config", "/dev/null", "serve", "--http", "127.0.0.1:0"];
        let server = Server::start(&program(workspace, REAL), &arguments, &place)?;
        wrong.extend(judge(&suite, REAL, server.url(), &known, &place)?);
    }
    conclude(&wrong)
}

/// Runs the scenarios against a server that is running already, which has to pass everything.
pub(crate) fn run_against(workspace: &Workspace, url: &str) -> anyhow::Result<()> {
    let suite = Suite::find(workspace)?;
    let place = empty(&workspace.installed("conformance").join("other"))?;
    let wrong = judge(&suite, url, url, &Baseline::default(), &place)?;
    conclude(&wrong)
}

fn build(workspace: &Workspace) -> anyhow::Result<()> {
    let mut command = workspace.cargo();
    command.args(["build", "--release", "--locked"]);
    process::run(command.args(["-p", REAL, "-p", FIXTURE_PACKAGE]))
}

fn program(workspace: &Workspace, name: &str) -> PathBuf {
    workspace.cargo_target().join("release").join(name)
}

/// A directory with nothing in it.
fn empty(place: &Path) -> anyhow::Result<PathBuf> {
    if place.exists() {
        fs::remove_dir_all(place).with_context(|| format!("cannot clear {}", place.display()))?;
    }
    fs::create_dir_all(place).with_context(|| format!("cannot make {}", place.display()))?;
    Ok(place.to_path_buf())
}

/// Runs every revision's scenarios against this server; returns what is wrong.
fn judge(
    suite: &Suite,
    name: &str,
    url: &str,
    baseline: &Baseline,
    place: &Path,
) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    for revision in Revision::ALL {
        let expected = suite.expected(revision)?;
        let results = suite.run(url, revision, &place.join(revision.name()))?;
        let verdict = verdict::of(&expected, &results, baseline.of(revision));
        eprintln!("    {name}, {}: {}", revision.name(), verdict.summary);
        wrong.extend(
            verdict
                .wrong
                .iter()
                .map(|line| format!("{name}, {}: {line}", revision.name())),
        );
    }
    Ok(wrong)
}

fn conclude(wrong: &[String]) -> anyhow::Result<()> {
    if wrong.is_empty() {
        return Ok(());
    }
    for line in wrong {
        eprintln!("    {line}");
    }
    bail!(
        "{} findings; the suite's own results are in target/conformance",
        wrong.len()
    );
}
