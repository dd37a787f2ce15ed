//! `server_info`: what this server is, may and knows.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use mcp_proto::{Revision, ToolDefinition, ToolResult};
use rejoinder_policy::{CallFacts, PolicyConfig};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::schema::{a, facts, maybe, object, strings};
use super::{Act, Call};
use crate::failure::Failure;
use crate::server::Server;

/// Tells all about the server.
#[derive(Debug, Deserialize)]
pub(crate) struct ServerInfo {}

impl Act for ServerInfo {
    fn describe() -> ToolDefinition {
        ToolDefinition::new(
            "server_info",
            "What this server has: toolsets, limits, policy, programs, names of secrets and recipes.",
        )
        .with_title("About this server")
        .with_input_schema(object(&[]))
        .with_output_schema(schema())
        .with_annotations(|hints| hints.read_only(true).open_world(false))
    }

    fn parse(arguments: Map<String, Value>, _: &Server) -> Result<Self, Failure> {
        super::args::read(arguments)
    }

    fn facts<'a>(&'a self, facts: CallFacts<'a>) -> CallFacts<'a> {
        facts
    }

    async fn run(self, call: Call) -> Result<ToolResult, Failure> {
        let facts = all_facts(&call).await;
        let mut text = String::new();
        for (key, value) in facts.as_object().into_iter().flatten() {
            let value = match value {
                Value::String(value) => value.clone(),
                value => value.to_string(),
            };
            text.push_str(&format!("{key}: {value}\n"));
        }
        let text = rejoinder_ansi::escape_hidden(text.trim_end()).into_owned();
        Ok(ToolResult::text(text).with_structured(facts))
    }
}

/// What [`all_facts`] tells, as a schema.
fn schema() -> Value {
    let limits = [
        "max_sessions",
        "max_wait_s",
        "max_bytes",
        "ring_bytes",
        "idle_timeout_s",
        "reap_after_s",
    ];
    facts(&[
        ("version", a("string")),
        ("protocol_revisions", strings("")),
        ("uptime_s", a("integer")),
        (
            "toolsets",
            facts(&[("on", strings("")), ("off", strings(""))]),
        ),
        ("names", a("string")),
        ("limits", facts(&limits.map(|name| (name, a("number"))))),
        (
            "sessions",
            facts(&[
                ("in_use", a("integer")),
                ("ended", a("integer")),
                ("outlive_server", a("boolean")),
            ]),
        ),
        (
            "policy",
            facts(&[
                ("profile", a("string")),
                ("argv_rules", a("object")),
                ("shell_lines", a("string")),
                ("allowed_roots", strings("")),
                ("denied_roots", strings("")),
                ("calls_per_second", maybe(a("number"))),
            ]),
        ),
        (
            "sandbox",
            facts(&[("levels", strings("")), ("kernel", a("object"))]),
        ),
        (
            "programs",
            facts(&[("installed", a("object")), ("missing", strings(""))]),
        ),
        ("secrets", strings("")),
        ("recipes", a("object")),
    ])
}

async fn all_facts(call: &Call) -> Value {
    let server = &call.server;
    let config = server.config();
    let choice = server.choice();
    let (on, off): (Vec<_>, Vec<_>) = choice.toolsets().partition(|(_, on)| *on);
    let names = |sets: Vec<(&'static str, bool)>| -> Vec<&str> {
        sets.into_iter().map(|(name, _)| name).collect()
    };
    let revisions: Vec<String> = Revision::ALL.iter().map(ToString::to_string).collect();
    let reader = call.reader(None);
    let sessions = server.sessions().list(&call.caller.owner, &reader).await;
    let living = sessions
        .iter()
        .filter(|info| !info.status.state.is_exited());
    let limits = &config.limits;
    let recipes: BTreeMap<&str, &str> = server
        .recipes()
        .all()
        .map(|(name, recipe)| (name, recipe.description.as_str()))
        .collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "protocol_revisions": revisions,
        "uptime_s": server.uptime().as_secs(),
        "toolsets": {"on": names(on), "off": names(off)},
        "names": choice.names().name(),
        "limits": {
            "max_sessions": limits.max_sessions,
            "max_wait_s": limits.max_wait_s,
            "max_bytes": limits.max_bytes,
            "ring_bytes": limits.ring_bytes,
            "idle_timeout_s": limits.idle_timeout_s,
            "reap_after_s": limits.reap_after_s,
        },
        "sessions": {
            "in_use": living.count(),
            "ended": sessions.iter().filter(|info| info.status.state.is_exited()).count(),
            "outlive_server": config.sessions.outlive_server,
        },
        "policy": policy(&config.policy),
        "sandbox": sandbox(),
        "programs": programs(server),
        "secrets": server.secrets().names().collect::<Vec<_>>(),
        "recipes": recipes,
    })
}

/// Whether somebody has set rules, and how many.
fn policy(policy: &PolicyConfig) -> Value {
    let profile = if *policy == PolicyConfig::default() {
        "default"
    } else {
        "configured"
    };
    let rate = &policy.rate_limit;
    json!({
        "profile": profile,
        "argv_rules": {
            "deny": policy.argv.deny.len(),
            "ask": policy.argv.ask.len(),
            "allow": policy.argv.allow.len(),
        },
        "shell_lines": policy.shell.lines.to_string(),
        "allowed_roots": policy.paths.allowed_roots,
        "denied_roots": policy.paths.denied_roots,
        "calls_per_second": rate.enabled.then_some(rate.refill_per_second),
    })
}

/// The levels that sessions can be started at: there is none yet but the one
/// without any confinement. What the kernel would allow stands apart.
fn sandbox() -> Value {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let modules = std::fs::read_to_string("/sys/kernel/security/lsm").ok();
    json!({
        "levels": ["none"],
        "kernel": {
            "no_new_privs": status.lines().any(|line| line.starts_with("NoNewPrivs:")),
            // Null where the system does not tell.
            "landlock": modules.map(|list| list.trim().split(',').any(|name| name == "landlock")),
        },
    })
}

/// The programs that sessions and recipes need, where they are, and those that are
/// not there.
fn programs(server: &Server) -> Value {
    let mut needed: BTreeMap<&str, Option<PathBuf>> = BTreeMap::new();
    needed.insert(server.shell(), find(server.shell()));
    for (_, recipe) in server.recipes().all() {
        if let Some(program) = recipe.program.as_deref() {
            needed.entry(program).or_insert_with(|| find(program));
        }
    }
    let missing: Vec<&str> = needed
        .iter()
        .filter(|(_, path)| path.is_none())
        .map(|(name, _)| *name)
        .collect();
    let installed: BTreeMap<&str, &PathBuf> = needed
        .iter()
        .filter_map(|(name, path)| Some((*name, path.as_ref()?)))
        .collect();
    json!({"installed": installed, "missing": missing})
}

/// Where a program is that is looked for as execvp(3) does.
fn find(name: &str) -> Option<PathBuf> {
    let is_program = |path: &Path| {
        path.metadata()
            .is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
    };
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| is_program(path));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|path| is_program(path))
}
