//! The configuration file: TOML, every key optional, unknown keys refused.
//!
//! It is read from `--config`, else from `$REJOINDER_CONFIG`, else from
//! `rejoinder/config.toml` in the user's configuration directory when that file
//! exists.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rejoinder_policy::PolicyConfig;
use rejoinder_session::{HolderCommand, Home, Registry, RegistryLimits};
use serde::Deserialize;

use crate::http::settings::HttpConfig;
pub use crate::profiles::Names;
use crate::recipes::Recipe;
use crate::secrets::SecretConfig;

/// Everything that can be configured.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The toolsets to serve; `session` is the one there is. Absent: the default ones. These
    /// and the names are taken over again when the server gets SIGHUP.
    pub toolsets: Option<Vec<String>>,
    /// Whose names the tools are listed by.
    pub names: Names,
    /// Where sessions live.
    pub sessions: SessionsConfig,
    /// What sessions and calls may use.
    pub limits: LimitsConfig,
    /// The environment that sessions start with.
    pub environment: EnvironmentConfig,
    /// The server over Streamable HTTP.
    pub http: HttpConfig,
    /// Where audit records go.
    pub audit: AuditConfig,
    /// What calls may do.
    pub policy: PolicyConfig,
    /// Secrets that agents may use by name.
    pub secrets: BTreeMap<String, SecretConfig>,
    /// Dialogues for `answer_prompts`, besides the built-in ones.
    pub recipes: BTreeMap<String, Recipe>,
}

/// Where a configuration comes from: a file, and what the command line says instead.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The file; absent: see [`Config::load`].
    pub file: Option<PathBuf>,
    /// Stands instead of [`Config::toolsets`].
    pub toolsets: Option<Vec<String>>,
    /// Stands instead of [`Config::names`].
    pub names: Option<Names>,
}

impl Source {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// As [`Config::load`].
    pub fn load(&self) -> Result<Config> {
        let mut config = Config::load(self.file.as_deref())?;
        if self.toolsets.is_some() {
            config.toolsets.clone_from(&self.toolsets);
        }
        config.names = self.names.unwrap_or(config.names);
        Ok(config)
    }
}

/// Where sessions live.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SessionsConfig {
    /// Whether a session outlives the server, in a process of its own, and is
    /// there for the next server. Otherwise sessions end with the server.
    pub outlive_server: bool,
    /// Where living sessions have their directories; absent: `rejoinder` in
    /// `$XDG_RUNTIME_DIR`, or `rejoinder/run` in the user's state directory.
    pub run_dir: Option<PathBuf>,
    /// Where transcripts are written; absent: `rejoinder/transcripts` in the
    /// user's state directory.
    pub transcript_dir: Option<PathBuf>,
    /// Bytes that the transcripts of ended sessions may have together; the oldest
    /// are removed beyond that.
    pub transcript_bytes: u64,
    /// Days that the transcript of an ended session is kept.
    pub transcript_days: u64,
}

impl Default for SessionsConfig {
    fn default() -> Self {
        Self {
            outlive_server: true,
            run_dir: None,
            transcript_dir: None,
            transcript_bytes: 1 << 30,
            transcript_days: 30,
        }
    }
}

/// Limits of sessions and calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Sessions that may be open at once, exited ones that are still listed
    /// not counted.
    pub max_sessions: usize,
    /// The longest that one call waits, in seconds; a longer wait is continued
    /// by calling again.
    pub max_wait_s: f64,
    /// Bytes of text that one answer holds at most unless the call says otherwise.
    pub max_bytes: usize,
    /// Bytes of output that a session keeps for readers.
    pub ring_bytes: usize,
    /// Seconds without any call after which a session is closed, unless the
    /// call that starts it says otherwise; 0 is never.
    pub idle_timeout_s: u64,
    /// Seconds that an exited session stays listed and readable.
    pub reap_after_s: u64,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            max_sessions: 50,
            max_wait_s: 45.0,
            max_bytes: 20_000,
            ring_bytes: 1 << 20,
            idle_timeout_s: 1800,
            reap_after_s: 600,
        }
    }
}

impl LimitsConfig {
    /// The longest that one call waits.
    #[must_use]
    pub fn max_wait(&self) -> Duration {
        Duration::from_secs_f64(self.max_wait_s)
    }
}

/// The environment that sessions start with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnvironmentConfig {
    /// Names of the server's own variables that a session inherits; a name that
    /// ends in `*` stands for every variable that starts so.
    pub inherit: Vec<String>,
}

impl Default for EnvironmentConfig {
    fn default() -> Self {
        let names = [
            "HOME",
            "LANG",
            "LANGUAGE",
            "LC_*",
            "LOGNAME",
            "PATH",
            "SHELL",
            "SSH_AUTH_SOCK",
            "TMPDIR",
            "TZ",
            "USER",
            "XDG_*",
        ];
        Self {
            inherit: names.map(str::to_owned).to_vec(),
        }
    }
}

/// Where audit records go.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditConfig {
    /// A file that one JSON object a line is appended to; absent: the log, at
    /// level `info`, target `audit`.
    pub file: Option<PathBuf>,
}

impl Config {
    /// The sessions that this configuration gives access to; holders are started
    /// with these arguments.
    ///
    /// # Errors
    ///
    /// When the directories for sessions cannot be made or are not the user's own.
    pub fn sessions(&self, hold: &[&str]) -> Result<Registry> {
        let limits = RegistryLimits {
            max_sessions: self.limits.max_sessions,
            reap_after: Duration::from_secs(self.limits.reap_after_s),
            transcript_bytes: self.sessions.transcript_bytes,
            transcript_age: Duration::from_secs(self.sessions.transcript_days * 86_400),
        };
        if !self.sessions.outlive_server {
            return Ok(Registry::new(limits));
        }
        Ok(Registry::held(
            limits,
            self.home()?,
            HolderCommand::this_program(hold),
        ))
    }

    /// The directories of sessions.
    ///
    /// # Errors
    ///
    /// When they cannot be made or are not the user's own.
    pub fn home(&self) -> Result<Home> {
        let own = |error: rejoinder_session::Error| anyhow::anyhow!("{error}; {}", error.remedy());
        let SessionsConfig {
            run_dir,
            transcript_dir,
            ..
        } = &self.sessions;
        match (run_dir, transcript_dir) {
            (Some(run), Some(transcripts)) => Home::at(run.clone(), transcripts.clone()),
            (run, transcripts) => Home::of_user().and_then(|home| {
                Home::at(
                    run.as_deref().unwrap_or(home.run_dir()).to_owned(),
                    transcripts
                        .as_deref()
                        .unwrap_or(home.transcript_dir())
                        .to_owned(),
                )
            }),
        }
        .map_err(own)
    }

    /// Reads the configuration: the given file, or the user's own where it exists.
    ///
    /// # Errors
    ///
    /// When a file that was asked for cannot be read, or a key or value in it
    /// is not known.
    pub fn load(given: Option<&Path>) -> Result<Self> {
        if let Some(path) = given {
            return Self::read(path);
        }
        if let Some(path) = std::env::var_os("REJOINDER_CONFIG") {
            return Self::read(Path::new(&path));
        }
        match default_path() {
            Some(path) if path.exists() => Self::read(&path),
            _ => Ok(Self::default()),
        }
    }

    fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration file {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("in the configuration file {}", path.display()))
    }

    /// Parses the text of a configuration file.
    ///
    /// # Errors
    ///
    /// When it is not TOML, or a key or value in it is not known or out of range.
    pub fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text)?;
        let limits = &config.limits;
        if !(limits.max_wait_s.is_finite() && (0.0..=86_400.0).contains(&limits.max_wait_s)) {
            bail!(
                "limits.max_wait_s is {}; it takes 0 to 86400",
                limits.max_wait_s
            );
        }
        if !(1..=100_000).contains(&limits.max_sessions) {
            bail!(
                "limits.max_sessions is {}; it takes 1 to 100000",
                limits.max_sessions
            );
        }
        if !(4096..=1 << 30).contains(&limits.ring_bytes) {
            bail!(
                "limits.ring_bytes is {}; it takes 4096 to 1073741824",
                limits.ring_bytes
            );
        }
        if limits.max_bytes < 256 {
            bail!(
                "limits.max_bytes is {}; it takes 256 or more",
                limits.max_bytes
            );
        }
        config.http.check()?;
        Ok(config)
    }
}

/// `rejoinder/config.toml` in `$XDG_CONFIG_HOME`, or in `~/.config`.
fn default_path() -> Option<PathBuf> {
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let base = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(base.join("rejoinder/config.toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_default() {
        let config = Config::parse("").unwrap();
        assert_eq!(config.limits.max_sessions, 50);
        assert!(config.environment.inherit.contains(&"PATH".to_owned()));
    }

    #[test]
    fn values_are_taken_over() {
        let config = Config::parse(
            "toolsets = [\"session\"]\n[limits]\nmax_sessions = 3\n[[policy.argv.deny]]\nprogram = \"mkfs*\"\n",
        )
        .unwrap();
        assert_eq!(config.limits.max_sessions, 3);
        assert_eq!(config.policy.argv.deny.len(), 1);
    }

    /// What the page on configuration shows can be copied from it.
    #[test]
    fn the_examples_of_the_documentation_are_understood() {
        let page = include_str!("../../../docs/configuration.md");
        let examples: Vec<&str> = page
            .split("```toml\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect();
        assert!(examples.len() >= 6);
        for example in examples {
            if let Err(error) = Config::parse(example) {
                panic!("{error:#} in\n{example}");
            }
        }
    }

    #[test]
    fn unknown_keys_and_bad_ranges_are_refused() {
        let message = |text: &str| format!("{:#}", Config::parse(text).unwrap_err());
        assert!(message("[limits]\nmax_session = 3").contains("max_session"));
        assert!(message("[limits]\nmax_sessions = 0").contains("1 to 100000"));
        assert!(message("[limits]\nmax_wait_s = -1.0").contains("0 to 86400"));
        assert!(message("[http]\nlisten = [\"0.0.0.0:1\"]").contains("without authentication"));
    }
}
