//! What to start, and the starting of it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use minicbor::{Decode, Encode};
use rejoinder_pty::{Child, Command, Environment, Stderr, Stdio, Winsize};

use crate::error::{Error, ErrorKind};
use crate::id::SessionId;
use crate::redact::{MAX_NEEDLES, Redactor};
use crate::secret::SecretVariable;
use crate::shell::Plan;
use crate::shell::setup::random_key;
use crate::state::{Identity, Limits, Mode};
use crate::transcript::TranscriptHeader;
use crate::wire::codec;

/// The environment variable that marks every process of a session; it holds
/// the session's id, and is how daemonised grandchildren are found at the end.
pub const MARKER: &str = "REJOINDER_SESSION";

/// A program to be started in a session of its own.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Launch {
    /// Who starts it, and alone may see it.
    #[n(0)]
    pub owner: String,
    /// The session's name; made from the program's name when absent.
    #[n(1)]
    pub name: Option<String>,
    /// The program to execute: a name to be looked up in `PATH`, or a path.
    #[n(2)]
    pub program: String,
    /// Its arguments, without the program.
    #[n(3)]
    pub args: Vec<String>,
    /// Terminal or pipes.
    #[n(4)]
    pub mode: Mode,
    /// Its working directory; the caller's own when absent.
    #[cbor(n(5), with = "codec::optional_path", has_nil)]
    pub cwd: Option<PathBuf>,
    /// Its whole environment.
    #[n(6)]
    pub env: Vec<(String, String)>,
    /// Those names of `env` that the caller set, for listings.
    #[n(7)]
    pub env_names: Vec<String>,
    /// The terminal's size.
    #[cbor(n(8), with = "codec::winsize")]
    pub size: Winsize,
    /// What it may use.
    #[n(9)]
    pub limits: Limits,
    /// Whether a transcript is written, where there is a place for one: for
    /// sessions in holders.
    #[n(10)]
    pub record: bool,
    /// Variables that are secrets, set besides `env`; masked in what the program prints.
    #[cbor(n(20), default)]
    pub secret_env: Vec<SecretVariable>,
    /// Whether an interactive bash, zsh or fish is started with our marks of
    /// shell integration, so that it tells when it is at its prompt.
    #[cbor(n(11), default)]
    pub integrate: bool,
}

impl Launch {
    /// A program with these arguments, an empty environment and the defaults of
    /// everything else.
    #[must_use]
    pub fn new(owner: &str, program: &str, args: &[&str]) -> Self {
        Self {
            owner: owner.to_owned(),
            name: None,
            program: program.to_owned(),
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            mode: Mode::Pty,
            cwd: None,
            env: Vec::new(),
            env_names: Vec::new(),
            size: Winsize::default(),
            limits: Limits::default(),
            record: true,
            secret_env: Vec::new(),
            integrate: false,
        }
    }

    /// The identity of the session that it becomes.
    pub(crate) fn identity(&self, id: SessionId, name: String, pid: i32) -> Identity {
        Identity {
            id,
            name,
            owner: self.owner.clone(),
            command: self.program.clone(),
            args: self.args.clone(),
            mode: self.mode,
            pid,
            created_at: SystemTime::now(),
            env_names: self
                .env_names
                .iter()
                .chain(self.secret_env.iter().map(|secret| &secret.variable))
                .cloned()
                .collect(),
        }
    }

    /// What its transcript begins with.
    pub(crate) fn header(&self, name: &str) -> TranscriptHeader {
        let term = self.env.iter().find(|(variable, _)| variable == "TERM");
        let words = std::iter::once(&self.program).chain(&self.args);
        TranscriptHeader {
            size: (self.mode == Mode::Pty).then_some(self.size),
            term: term.map(|(_, term)| term.clone()),
            command: Some(words.cloned().collect::<Vec<_>>().join(" ")),
            title: Some(name.to_owned()),
            env: self.env.clone(),
            started: SystemTime::now(),
        }
    }

    /// What masks the secrets that the program is started with.
    pub(crate) fn redactor(&self) -> Result<Redactor, Error> {
        let mut redactor = Redactor::default();
        for secret in &self.secret_env {
            redactor.add(secret.value.as_bytes()).map_err(|_| {
                Error::new(
                    ErrorKind::Unsupported,
                    format!("the secrets have more than {MAX_NEEDLES} lines together"),
                    "give the program a file instead",
                )
            })?;
        }
        Ok(redactor)
    }

    /// How it is started with marks of shell integration, where it can be; their
    /// files go into this directory.
    pub(crate) fn plan(&self, dir: &Path) -> Option<Plan> {
        if !self.integrate || self.mode != Mode::Pty {
            return None;
        }
        let key = random_key().ok()?;
        Plan::new(&self.program, &self.args, &self.env, dir, key)
    }

    /// Starts the program.
    pub(crate) fn spawn(&self, id: SessionId, plan: Option<&Plan>) -> Result<Child, Error> {
        let mut environment = Environment::empty();
        for (name, value) in &self.env {
            environment.set(name, value);
        }
        for secret in &self.secret_env {
            environment.set(&secret.variable, OsStr::from_bytes(secret.value.as_bytes()));
        }
        for (name, value) in plan.map_or(&[][..], |plan| &plan.env) {
            environment.set(name, value);
        }
        environment.set(MARKER, id.to_string());
        let mut command = Command::new(&self.program);
        command
            .args(plan.map_or(&self.args, |plan| &plan.args))
            .environment(environment)
            .winsize(self.size)
            .stdio(match self.mode {
                Mode::Pty => Stdio::Pty,
                Mode::Pipe => Stdio::Pipe {
                    stderr: Stderr::Merged,
                },
            });
        if let Some(cwd) = &self.cwd {
            command.cwd(cwd);
        }
        command.spawn().map_err(Error::spawn)
    }
}
