//! The one list of what is checked, in order: the quick first, and each built on what the ones
//! before have compiled.

mod deny;
mod examples;
mod features;
mod steps;

use std::time::{Duration, Instant};

use crate::workspace::Workspace;

/// One check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Setup,
    Fmt,
    Layers,
    Deny,
    Clippy,
    Features,
    Docs,
    Test,
    Doctest,
    Release,
    E2e,
    Interop,
    Conformance,
}

impl Step {
    /// All of them, in the order in which they run.
    pub(crate) const ALL: &[Step] = &[
        Step::Setup,
        Step::Fmt,
        Step::Layers,
        Step::Deny,
        Step::Clippy,
        Step::Features,
        Step::Docs,
        Step::Test,
        Step::Doctest,
        Step::Release,
        Step::E2e,
        Step::Interop,
        Step::Conformance,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Step::Setup => "setup",
            Step::Fmt => "fmt",
            Step::Layers => "layers",
            Step::Deny => "deny",
            Step::Clippy => "clippy",
            Step::Features => "features",
            Step::Docs => "docs",
            Step::Test => "test",
            Step::Doctest => "doctest",
            Step::Release => "release",
            Step::E2e => "e2e",
            Step::Interop => "interop",
            Step::Conformance => "conformance",
        }
    }

    /// What the help says about it.
    pub(crate) fn summary(self) -> &'static str {
        match self {
            Step::Setup => "install what the steps need, as far as it is missing",
            Step::Fmt => "the formatting",
            Step::Layers => "who depends on whom, where tokio is, where unsafe is",
            Step::Deny => "licences, sources, banned crates, advisories",
            Step::Clippy => "lints, all targets and features",
            Step::Features => "every crate without features and with each alone",
            Step::Docs => "the documentation, without a warning and with examples",
            Step::Test => "unit and integration tests",
            Step::Doctest => "the examples in the documentation",
            Step::Release => "the program as users build it",
            Step::E2e => "the release build against real programs",
            Step::Interop => "the release build with the official clients",
            Step::Conformance => "the protocol's conformance suite against both servers",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Step> {
        Step::ALL.iter().copied().find(|step| step.name() == name)
    }

    fn run(self, workspace: &Workspace) -> anyhow::Result<()> {
        match self {
            Step::Setup => crate::setup::run(workspace),
            Step::Fmt => steps::fmt(workspace),
            Step::Layers => crate::layers::run(workspace),
            Step::Deny => deny::run(workspace),
            Step::Clippy => steps::clippy(workspace),
            Step::Features => features::run(workspace),
            Step::Docs => steps::docs(workspace).and_then(|()| examples::run(workspace)),
            Step::Test => steps::test(workspace),
            Step::Doctest => steps::doctest(workspace),
            Step::Release => steps::release(workspace),
            Step::E2e => steps::e2e(workspace),
            Step::Interop => steps::interop(workspace),
            Step::Conformance => crate::conformance::run(workspace),
        }
    }
}

/// Runs steps in order and stops at the first that fails.
pub(crate) fn run(workspace: &Workspace, steps: &[Step]) -> anyhow::Result<()> {
    let mut times: Vec<(Step, Duration)> = Vec::new();
    for step in steps {
        eprintln!("==> {}: {}", step.name(), step.summary());
        let start = Instant::now();
        let outcome = step.run(workspace);
        let took = start.elapsed();
        times.push((*step, took));
        let name = step.name();
        if let Err(error) = outcome {
            eprintln!(
                "==> {name} failed after {}; repeat it with: cargo xtask {name}",
                shown(took)
            );
            return Err(error);
        }
        eprintln!("==> {name} passed in {}", shown(took));
    }
    if times.len() > 1 {
        for (step, took) in &times {
            eprintln!("    {:<11} {:>8}", step.name(), shown(*took));
        }
        eprintln!(
            "    {:<11} {:>8}",
            "all",
            shown(times.iter().map(|(_, took)| *took).sum())
        );
    }
    Ok(())
}

fn shown(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
