//! The tables of `tests/data/policy`: a configuration, then calls with the verdict that each gets.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rejoinder_policy::{Argv, CallFacts, ClientId, Decision, PathFact, Policy, PolicyConfig};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    policy: PolicyConfig,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    argv: Option<Vec<String>>,
    shell: Option<String>,
    cwd: Option<Cwd>,
    expect: Decision,
    rule: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cwd {
    given: PathBuf,
    canonical: Option<PathBuf>,
}

fn check(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/data/policy")
        .join(file);
    let table: Table = toml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut policy = Policy::new(&table.policy).unwrap();
    let client = ClientId::new("test");
    assert!(!table.case.is_empty());

    for case in &table.case {
        let argv = case
            .argv
            .as_ref()
            .map(|words| Argv::new(&words[0], &words[1..]).unwrap());
        let mut call = CallFacts::new(&client, "start_process", Instant::now());
        if let Some(argv) = &argv {
            call = call.argv(argv);
        }
        if let Some(line) = &case.shell {
            call = call.shell_line(line);
        }
        if let Some(cwd) = &case.cwd {
            call = call.cwd(PathFact::new(&cwd.given, cwd.canonical.clone()));
        }
        let verdict = policy.judge(&call);
        assert_eq!(
            verdict.decision(),
            case.expect,
            "{file}: {}: {verdict}",
            case.name
        );
        if let Some(rule) = &case.rule {
            assert_eq!(
                verdict.rule().as_str(),
                rule,
                "{file}: {}: {verdict}",
                case.name
            );
        }
        assert!(
            verdict.is_allowed() || verdict.remedy().is_some_and(|remedy| !remedy.is_empty()),
            "{file}: {}: a refusal says what to do next",
            case.name
        );
    }
}

/// Rules see through whatever runs the program that they speak of.
#[test]
fn argv_rules() {
    check("argv.toml");
}

/// A list of the allowed holds also for what is wrapped, and never beats a deny rule.
#[test]
fn allow_list() {
    check("allow_list.toml");
}

/// A denied word is found wherever it stands, and parts of words are not.
#[test]
fn shell_lines() {
    check("shell.toml");
}

/// A directory is judged by its components and by where it leads.
#[test]
fn paths() {
    check("paths.toml");
}

/// The default configuration objects to nothing.
#[test]
fn default_configuration() {
    check("default.toml");
}
