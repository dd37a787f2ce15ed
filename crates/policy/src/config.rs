//! The policy section of a configuration file, as plain data.
//!
//! These types are what a person writes, unchecked; [`crate::Policy::new`] turns them into rules
//! or says which key is wrong. Reading the file, expanding `~` and resolving symbolic links in the
//! roots belong to the caller, since this crate never looks at a file system.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::verdict::Decision;

/// The most rules or words one list of the configuration may hold.
pub const MAX_RULES: usize = 1000;

/// The whole policy section. The default allows everything and limits only the rate.
///
/// # Example
///
/// ```
/// let text = r#"
///     [[argv.deny]]
///     name = "no-disk-tools"
///     program = "mkfs*"
///     reason = "formatting disks is not for agents"
///
///     [shell]
///     lines = "ask"
///
///     [paths]
///     allowed_roots = ["/srv/build"]
/// "#;
/// let config: rejoinder_policy::PolicyConfig = toml::from_str(text)?;
/// assert_eq!(config.argv.deny[0].name.as_deref(), Some("no-disk-tools"));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// Rules over the program and its arguments.
    pub argv: ArgvConfig,
    /// What is done with lines handed to a shell.
    pub shell: ShellConfig,
    /// Where programs may be started.
    pub paths: PathsConfig,
    /// How many calls a client may make.
    pub rate_limit: RateLimitConfig,
}

/// Three lists of rules over argv. `deny` beats `ask`, `ask` beats `allow`; a non-empty `allow`
/// refuses every program that it does not list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ArgvConfig {
    /// Refused, whatever the other lists say.
    pub deny: Vec<ArgvRule>,
    /// Let through only when a person agrees.
    pub ask: Vec<ArgvRule>,
    /// When not empty, the only programs that may run.
    pub allow: Vec<ArgvRule>,
}

/// One rule: it speaks when every pattern that it gives matches, and needs at least one.
///
/// A pattern is a glob (`*`, `?`, `[a-z]`, `{a,b}`; `*` also crosses `/`) that has to match the
/// whole text, or a regular expression after the prefix `re:`, which may match anywhere in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ArgvRule {
    /// A name for messages and the audit log; the rule's index stands in for it.
    pub name: Option<String>,
    /// The program: its file name, or its whole path when the pattern has a `/` in it.
    pub program: Option<String>,
    /// All arguments, joined by single spaces.
    pub args: Option<String>,
    /// Any one argument.
    pub any_arg: Option<String>,
    /// Why the rule exists, shown to who is refused.
    pub reason: Option<String>,
    /// What to do instead.
    pub remedy: Option<String>,
}

/// What is done with a line that a shell is to interpret (`shell: true`, `sh -c`).
///
/// The commands found in a line are judged by the argv rules as well.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShellConfig {
    /// The decision for shell lines as such.
    pub lines: Decision,
    /// Words that no line may hold, wherever they stand in it: `rm` refuses `/bin/rm`, `r\m` and
    /// `echo "rm"`, but not `rmdir`.
    pub denied_words: Vec<String>,
}

/// Directories in which programs may or may not be started. Roots are absolute paths without `.`
/// or `..`; a denied root beats an allowed one, whichever is the deeper.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PathsConfig {
    /// When not empty, the only trees allowed.
    pub allowed_roots: Vec<PathBuf>,
    /// Trees never allowed.
    pub denied_roots: Vec<PathBuf>,
}

impl PathsConfig {
    /// Replaces every root by what `resolve` makes of it, and keeps those for which it has no
    /// answer.
    ///
    /// Call this with a function that expands `~` and canonicalises before [`crate::Policy::new`]:
    /// paths are judged in canonical form, so a root that goes through a symbolic link would
    /// otherwise match nothing.
    pub fn resolve_with(&mut self, mut resolve: impl FnMut(&Path) -> Option<PathBuf>) {
        for root in self.allowed_roots.iter_mut().chain(&mut self.denied_roots) {
            if let Some(resolved) = resolve(root) {
                *root = resolved;
            }
        }
    }
}

/// A token bucket per client.
///
/// The default is wide enough for an agent at full speed and stops a loop that has run away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitConfig {
    /// Whether calls are counted at all.
    pub enabled: bool,
    /// Calls that a client may make in one burst, 1 to 1,000,000.
    pub capacity: u32,
    /// Calls per second that the bucket regains, 0.001 to 1,000,000.
    pub refill_per_second: f64,
    /// Clients tracked at once, 1 to 100,000. When there are more, the one that has used the least
    /// of its bucket is forgotten, which gives it a full one.
    pub max_clients: usize,
}

impl Default for RateLimitConfig {
    fn default() -> Self {
        RateLimitConfig {
            enabled: true,
            capacity: 1000,
            refill_per_second: 200.0,
            max_clients: 1024,
        }
    }
}
