//! One record per call for the audit log, written before the call has any effect.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::facts::{CallFacts, Fact};
use crate::mask;
use crate::verdict::{Decision, RuleId, Verdict};

/// The longest summary of what would be executed, in bytes; what is beyond is cut off and counted.
pub const MAX_SUMMARY_BYTES: usize = 1024;

/// The most names of environment variables, and of secrets, in one record.
const MAX_NAMES: usize = 64;

/// What the audit log keeps of a call: one JSON object.
///
/// Values of environment variables and of secrets are never part of it, since [`CallFacts`] has only
/// their names.
/// Argument values that look like secrets are masked: the value after `--password`, of
/// `API_TOKEN=…`, in `https://user:…@host`.
///
/// # Example
///
/// ```
/// use std::time::{Duration, Instant, UNIX_EPOCH};
/// use rejoinder_policy::{Argv, AuditRecord, CallFacts, ClientId, Policy, PolicyConfig};
///
/// let client = ClientId::new("stdio");
/// let argv = Argv::parse_line("mysql --password=hunter2 shop")?;
/// let call = CallFacts::new(&client, "start_process", Instant::now()).argv(&argv);
/// let verdict = Policy::new(&PolicyConfig::default())?.judge(&call);
/// let record = AuditRecord::new(&call, &verdict, UNIX_EPOCH + Duration::from_secs(1));
/// assert_eq!(
///     serde_json::to_string(&record)?,
///     r#"{"time_unix_ms":1000,"client":"stdio","tool":"start_process","command":"mysql --password=*** shop","decision":"allow","rule":"default"}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditRecord {
    time_unix_ms: u64,
    client: String,
    tool: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    called_as: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cwd: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    env_names: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secrets: Vec<String>,
    decision: Decision,
    rule: RuleId,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<String>,
}

impl AuditRecord {
    /// The record of a call that was judged at `at`, a time of the system's clock.
    pub fn new(call: &CallFacts<'_>, verdict: &Verdict, at: SystemTime) -> Self {
        let since_epoch = at.duration_since(UNIX_EPOCH).unwrap_or_default();
        AuditRecord {
            time_unix_ms: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
            client: call.client().as_str().to_owned(),
            tool: capped(call.tool()),
            called_as: call.alias().map(capped),
            session: call.session_name().map(capped),
            command: call.facts().iter().find_map(command),
            cwd: call.facts().iter().find_map(cwd),
            env_names: names(call.env()),
            secrets: names(call.secrets()),
            decision: verdict.decision(),
            rule: verdict.rule().clone(),
            reason: (!verdict.is_allowed()).then(|| capped(verdict.reason())),
            approval: None,
        }
    }

    /// Names the question to a person that this call was part of: the record of the question,
    /// that of the refusal and that of the call that was agreed to have the same name.
    #[must_use]
    pub fn with_approval(mut self, name: impl Into<String>) -> Self {
        self.approval = Some(name.into());
        self
    }
}

impl CallFacts<'_> {
    /// What would be executed, whole, for a person to agree to; what looks like a secret is
    /// masked. Where a shell gets a line that is stated beside its argv, the line alone.
    pub fn commands(&self) -> Vec<String> {
        let lines: Vec<String> = self
            .facts()
            .iter()
            .filter_map(|fact| match fact {
                Fact::ShellLine(line) => Some(mask::text(line)),
                _ => None,
            })
            .collect();
        if !lines.is_empty() {
            return lines;
        }
        let argvs = self.facts().iter().filter_map(|fact| match fact {
            Fact::Argv(argv) => Some(mask::quoted_argv(argv.words())),
            _ => None,
        });
        argvs.collect()
    }

    /// The directory in which something would be started, as it was resolved.
    pub fn directory(&self) -> Option<&Path> {
        self.facts().iter().find_map(|fact| match fact {
            Fact::Cwd(path) => Some(path.canonical().unwrap_or_else(|| path.given())),
            _ => None,
        })
    }
}

/// The first of these names, as many as a record keeps.
fn names(all: &[String]) -> Vec<String> {
    all.iter()
        .take(MAX_NAMES)
        .map(|name| capped(name))
        .collect()
}

fn command(fact: &Fact<'_>) -> Option<String> {
    match fact {
        Fact::Argv(argv) => Some(capped(&mask::argv(argv.words()))),
        Fact::ShellLine(line) => Some(capped(&mask::text(line))),
        Fact::Cwd(_) => None,
    }
}

fn cwd(fact: &Fact<'_>) -> Option<String> {
    match fact {
        Fact::Cwd(path) => {
            let path = path.canonical().unwrap_or_else(|| path.given());
            Some(capped(&path.to_string_lossy()))
        }
        Fact::Argv(_) | Fact::ShellLine(_) => None,
    }
}

/// The text up to the limit, with the number of bytes left out.
fn capped(text: &str) -> String {
    let kept = &text[..text.floor_char_boundary(MAX_SUMMARY_BYTES)];
    match text.len() - kept.len() {
        0 => kept.to_owned(),
        left_out => format!("{kept}… ({left_out} bytes more)"),
    }
}
