//! The one pipeline that every call passes: the tool is on, its arguments make
//! sense, the policy allows it, the audit record is written; then it has its effect.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use mcp_proto::{Answer, Catalogue, InvalidArguments, ToolResult};
use rejoinder_policy::{AuditRecord, CallFacts, ClientId, Decision, Policy, Verdict};
use rejoinder_session::Registry as Sessions;
use serde_json::{Map, Value, json};
use tokio::sync::{broadcast, watch};

use crate::approval::{Approvals, Asking, Held, Matter};
use crate::audit::Audit;
use crate::call_log::Told;
use crate::config::Config;
use crate::face;
use crate::failure::{ErrorType, Failure};
use crate::recipes::Recipes;
use crate::registry::{Callable, Choice, Registry};
use crate::resources::changes::Noticed;
use crate::resources::follow::Followers;
use crate::secrets::Secrets;
use crate::serve::Change;
use crate::tools::{Call, Caller};

/// The terminal type that sessions are told: xterm's, which the screen understands.
const TERM: &str = "xterm-256color";

/// The arguments that make this program a session's holder.
pub(crate) const HOLD: &[&str] = &["hold"];

/// The shell when `$SHELL` names none: the one that POSIX systems always have.
const DEFAULT_SHELL: &str = "/bin/sh";

/// Changes of lists that are kept for a connection that is slow to hear of them; one that missed
/// some announces every list.
const CHANGES_HELD: usize = 64;

/// Everything that calls share.
pub(crate) struct Server {
    config: Config,
    registry: Registry,
    sessions: Sessions,
    policy: parking_lot::Mutex<Policy>,
    audit: Audit,
    inherited: BTreeMap<String, String>,
    secrets: Secrets,
    recipes: Recipes,
    approvals: Approvals,
    followers: Arc<Followers>,
    noticed: Noticed,
    told: Told,
    started: Instant,
    shell: String,
    cwd: PathBuf,
    face: Arc<mcp_proto::Server>,
    changes: broadcast::Sender<Change>,
}

impl Server {
    /// A server with this configuration, in this process's environment.
    ///
    /// # Errors
    ///
    /// When the configuration names something that is not there.
    pub(crate) fn new(mut config: Config) -> Result<Arc<Self>> {
        config.policy.paths.resolve_with(resolve);
        let policy = Policy::new(&config.policy).context("in the policy")?;
        let registry = Registry::new(Choice::new(config.toolsets.as_deref(), config.names)?)?;
        let audit = Audit::open(&config.audit)?;
        let sessions = config.sessions(HOLD)?;
        let secrets = Secrets::new(&config.secrets)?;
        let recipes = Recipes::new(&config.recipes, &secrets)?;
        let mut inherited = inherited(&config.environment.inherit);
        for variable in secrets.variables() {
            inherited.remove(variable);
        }
        Ok(Arc::new(Self {
            registry,
            sessions,
            policy: parking_lot::Mutex::new(policy),
            audit,
            shell: std::env::var("SHELL")
                .ok()
                .filter(|shell| shell.starts_with('/'))
                .unwrap_or_else(|| DEFAULT_SHELL.to_owned()),
            cwd: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
            inherited,
            secrets,
            recipes,
            approvals: Approvals::new()?,
            followers: Arc::default(),
            noticed: Noticed::default(),
            told: Told::default(),
            started: Instant::now(),
            face: Arc::new(face::face(config.names)),
            changes: broadcast::Sender::new(CHANGES_HELD),
            config,
        }))
    }

    /// What clients are told of the tools.
    #[must_use]
    pub(crate) fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.catalogues().borrow())
    }

    /// The same, now and after each switch.
    pub(crate) fn catalogues(&self) -> watch::Receiver<Arc<Catalogue>> {
        self.registry.catalogues()
    }

    /// Who the server is.
    pub(crate) fn face(&self) -> Arc<mcp_proto::Server> {
        Arc::clone(&self.face)
    }

    /// Changes of other lists.
    pub(crate) fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Tells whoever listens that a list is another now.
    pub(crate) fn has_changed(&self, change: Change) {
        // Without listeners there is nobody to tell.
        let _ = self.changes.send(change);
    }

    /// The server's part in people's agreements.
    pub(crate) fn approvals(&self) -> &Approvals {
        &self.approvals
    }

    /// The sessions that are followed for whoever watches resources.
    pub(crate) fn followers(&self) -> &Arc<Followers> {
        &self.followers
    }

    /// The sessions whose end is waited for.
    pub(crate) fn noticed(&self) -> &Noticed {
        &self.noticed
    }

    /// The configuration.
    #[must_use]
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// The secrets that are configured.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The recipes there are.
    pub(crate) fn recipes(&self) -> &Recipes {
        &self.recipes
    }

    /// The toolsets that are on, and whose names are listed.
    pub(crate) fn choice(&self) -> Choice {
        self.registry.choice()
    }

    /// Has these toolsets on, by these names, from now on; calls under way go on. Who
    /// watches [`Server::catalogues`] is told. Returns whether anything is different.
    ///
    /// # Errors
    ///
    /// When the choice cannot be served; then everything stays as it was.
    pub(crate) fn switch(&self, choice: Choice) -> Result<bool> {
        self.registry.switch(choice)
    }

    /// How long it has been running.
    pub(crate) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// The shell that shell lines go to.
    pub(crate) fn shell(&self) -> &str {
        &self.shell
    }

    /// Where programs start unless the call says otherwise.
    pub(crate) fn default_cwd(&self) -> &Path {
        &self.cwd
    }

    /// A session's whole environment: what is inherited, then what the call sets.
    pub(crate) fn environment(&self, set: BTreeMap<String, String>) -> Vec<(String, String)> {
        let mut all = self.inherited.clone();
        all.insert("TERM".to_owned(), TERM.to_owned());
        all.extend(set);
        all.into_iter().collect()
    }

    /// Carries a call out.
    pub(crate) async fn call(
        self: Arc<Self>,
        caller: Caller,
        tool: Arc<str>,
        mut arguments: Map<String, Value>,
        asking: &Asking,
    ) -> Answer {
        let started = Instant::now();
        let Some(callable) = self.registry.callable(&tool) else {
            return not_on(&tool).into_result().into();
        };
        let translated = callable.translate(&mut arguments);
        let log = Arc::clone(&caller.log);
        let call = Call {
            server: Arc::clone(&self),
            caller,
            started,
        };
        let result = match self.admit(&call, &tool, &callable, arguments, asking) {
            Ok(parsed) => match parsed.run(call).await {
                Ok(result) => result,
                Err(failure) => failure.into_result(),
            },
            Err(Held::Failed(failure)) => failure.into_result(),
            Err(Held::Asks(question)) => return question.into(),
        };
        log.done(
            callable.named(&tool),
            started.elapsed(),
            &result,
            &self.told,
        );
        translated.tell(result).into()
    }

    /// The result of a call whose arguments do not fit the tool's schema. It
    /// counts against the rate limit like any other.
    pub(crate) fn refuse(&self, caller: &Caller, tool: &str, why: &InvalidArguments) -> ToolResult {
        let Some(callable) = self.registry.callable(tool) else {
            return not_on(tool).into_result();
        };
        let translated = callable.translate(&mut Map::new());
        let client = ClientId::new(&caller.owner);
        let started = Instant::now();
        let bare = facts_of(&client, tool, &callable, started);
        let failure = match self.judge(&bare) {
            Ok(()) => not_right(tool, why),
            Err(failure) => failure,
        };
        let result = failure.into_result();
        let log = &caller.log;
        log.done(callable.named(tool), started.elapsed(), &result, &self.told);
        translated.tell(result)
    }

    fn admit(
        &self,
        call: &Call,
        tool: &str,
        callable: &Callable,
        arguments: Map<String, Value>,
        asking: &Asking,
    ) -> Result<Box<dyn crate::tools::Parsed>, Held> {
        let client = ClientId::new(&call.caller.owner);
        let bare = facts_of(&client, tool, callable, call.started);
        // Only a question to a person needs them once they are parsed.
        let kept = self.may_ask().then(|| arguments.clone());
        let parsed = match (callable.parse)(arguments, self) {
            Ok(parsed) => parsed,
            Err(failure) => {
                self.judge(&bare)?;
                return Err(failure.into());
            }
        };
        let facts = parsed.facts(bare);
        let verdict = self.policy.lock().judge(&facts);
        match kept.filter(|_| verdict.decision() == Decision::Ask) {
            None => self.enforce(&facts, &verdict)?,
            Some(arguments) => {
                let matter = Matter {
                    principal: &call.caller.owner,
                    tool: &callable.tool,
                    arguments: &arguments,
                    facts: &facts,
                    verdict: &verdict,
                };
                let sought = self.seek_consent(&matter, asking);
                if let Err(Held::Asks(_)) = &sought {
                    let rule = verdict.rule().as_str();
                    call.caller.log.asks(callable.named(tool), rule);
                }
                sought?;
            }
        }
        drop(facts);
        Ok(parsed)
    }

    /// Whether any rule asks for a person.
    fn may_ask(&self) -> bool {
        let policy = &self.config.policy;
        !policy.argv.ask.is_empty() || policy.shell.lines == Decision::Ask
    }

    /// Judges a call and writes its audit record, before it has any effect.
    pub(crate) fn judge(&self, facts: &CallFacts<'_>) -> Result<(), Failure> {
        let verdict = self.policy.lock().judge(facts);
        self.enforce(facts, &verdict)
    }

    /// Judges what costs nothing, so that it does not count against the rate limit.
    pub(crate) fn judge_uncounted(&self, facts: &CallFacts<'_>) -> Result<(), Failure> {
        let verdict = self.policy.lock().rules().judge(facts);
        self.enforce(facts, &verdict)
    }

    /// Writes the audit record of a call that was judged, and says whether it goes ahead.
    pub(crate) fn enforce(&self, facts: &CallFacts<'_>, verdict: &Verdict) -> Result<(), Failure> {
        self.record(&AuditRecord::new(facts, verdict, SystemTime::now()))?;
        match verdict.is_allowed() {
            true => Ok(()),
            false => Err(refused(verdict)),
        }
    }

    /// Writes an audit record; without it nothing is done.
    pub(crate) fn record(&self, record: &AuditRecord) -> Result<(), Failure> {
        self.audit.write(record).map_err(|error| {
            Failure::new(
                ErrorType::ExecutionError,
                format!("the audit record cannot be written: {error}"),
                "nothing is done without one; the person who runs this server has to mend it",
            )
        })
    }

    /// The bytes that a call's answer may have beyond the usual.
    pub(crate) fn extra_bytes(&self, arguments: &Map<String, Value>) -> usize {
        let asked = arguments.get("max_bytes").and_then(Value::as_u64);
        let asked = asked.and_then(|asked| usize::try_from(asked).ok());
        asked.map_or(0, |asked| {
            asked.saturating_sub(self.config.limits.max_bytes)
        })
    }

    /// Takes leave of processes that were adopted and have ended.
    pub(crate) fn reap_orphans(&self) {
        if let Err(error) = rejoinder_pty::reap_orphans(&|_| false) {
            tracing::warn!(%error, "cannot look for ended orphans");
        }
    }

    /// Clears away what sessions left behind whose holders died.
    pub(crate) async fn collect(&self) {
        match self.sessions.collect().await {
            Ok(collected) => tracing::debug!(?collected, "cleared away"),
            Err(error) => tracing::warn!(%error, "what dead sessions left cannot be cleared away"),
        }
    }

    /// Takes leave of the sessions: those in holders go on, those of this process
    /// are ended, and no process of theirs is left.
    pub(crate) async fn shut_down(&self) {
        self.sessions.shut_down().await;
    }
}

/// The facts that every call has: by whom, of which tool, and by which name.
fn facts_of<'a>(
    client: &'a ClientId,
    name: &'a str,
    callable: &'a Callable,
    now: Instant,
) -> CallFacts<'a> {
    let facts = CallFacts::new(client, &callable.tool, now);
    if *callable.tool == *name {
        facts
    } else {
        facts.called_as(name)
    }
}

/// A tool that was switched off after the client had heard of it.
fn not_on(tool: &str) -> Failure {
    Failure::new(
        ErrorType::NotFound,
        format!("the tool {tool} is not on"),
        "tools/list shows the tools that are; others are switched on with --toolsets",
    )
}

/// Arguments that do not fit the tool's schema.
fn not_right(tool: &str, why: &InvalidArguments) -> Failure {
    let problems: Vec<Value> = why
        .problems()
        .iter()
        .map(|problem| {
            json!({
                "path": problem.path,
                "rule": problem.rule,
                "message": problem.message,
                "allowed": problem.allowed,
                "suggestions": problem.suggestions,
            })
        })
        .collect();
    Failure::new(
        ErrorType::ValidationError,
        format!("the arguments of {tool} are not right\n{why}"),
        "correct them and call again; nothing was done",
    )
    .with_details(json!({"problems": problems}))
}

fn refused(verdict: &Verdict) -> Failure {
    let retry_after = verdict.retry_after();
    let error_type = match (retry_after, verdict.decision()) {
        (Some(_), _) => ErrorType::RateLimited,
        (None, Decision::Ask) => ErrorType::ApprovalRequired,
        (None, _) => ErrorType::PolicyDenied,
    };
    Failure::new(
        error_type,
        verdict.reason(),
        verdict.remedy().unwrap_or_default(),
    )
    .with_details(json!({
        "rule": verdict.rule().as_str(),
        "retry_after_s": retry_after.map(|after| after.as_secs_f64()),
    }))
}

/// The server's own variables that these names and prefixes (`LC_*`) stand for.
fn inherited(names: &[String]) -> BTreeMap<String, String> {
    let wanted = |name: &str| {
        names.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == pattern,
        })
    };
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| wanted(name))
        .collect()
}

/// A configured root as the file system knows it; `~` is the user's home.
fn resolve(path: &Path) -> Option<PathBuf> {
    let expanded = match path.strip_prefix("~") {
        Ok(rest) => PathBuf::from(std::env::var_os("HOME")?).join(rest),
        Err(_) => path.to_owned(),
    };
    std::fs::canonicalize(expanded).ok()
}
