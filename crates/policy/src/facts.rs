//! The facts of a call: who asks, through which tool, and what would be done.
//!
//! The caller states every effect that a call would have as a [`Fact`]. New kinds of fact (typed
//! input, network targets) are added as variants; the entry stays [`crate::Policy::judge`].

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::argv::Argv;

/// Who makes a call: the unit of the rate limit and of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(String);

impl ClientId {
    /// The longest id kept, in bytes; what is beyond is cut off at a character's end.
    pub const MAX_BYTES: usize = 256;

    /// An id from any text, such as a transport's name or a principal's.
    pub fn new(id: impl Into<String>) -> Self {
        let mut id = id.into();
        id.truncate(id.floor_char_boundary(Self::MAX_BYTES));
        ClientId(id)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A path as the caller was given it and as the file system resolved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathFact {
    given: PathBuf,
    canonical: Option<PathBuf>,
}

impl PathFact {
    /// `canonical` is the absolute path with every symbolic link resolved, as
    /// `std::fs::canonicalize` gives it, or `None` where the path could not be resolved.
    pub fn new(given: impl AsRef<Path>, canonical: Option<PathBuf>) -> Self {
        PathFact {
            given: given.as_ref().to_owned(),
            canonical,
        }
    }

    /// The path as it was asked for.
    pub fn given(&self) -> &Path {
        &self.given
    }

    /// The path as it was resolved.
    pub fn canonical(&self) -> Option<&Path> {
        self.canonical.as_deref()
    }
}

/// One thing that a call would do.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Fact<'a> {
    /// A program is executed with these arguments.
    Argv(&'a Argv),
    /// A line is handed to a shell.
    ShellLine(&'a str),
    /// A program is started in this directory.
    Cwd(PathFact),
}

/// Everything that the policy needs to know about one call.
#[derive(Debug, Clone)]
pub struct CallFacts<'a> {
    client: &'a ClientId,
    tool: &'a str,
    called_as: Option<&'a str>,
    now: Instant,
    session: Option<&'a str>,
    facts: Vec<Fact<'a>>,
    env_names: Vec<String>,
    secret_names: Vec<String>,
}

impl<'a> CallFacts<'a> {
    /// A call of `tool` by `client`, made at `now` on a monotonic clock.
    pub fn new(client: &'a ClientId, tool: &'a str, now: Instant) -> Self {
        CallFacts {
            client,
            tool,
            called_as: None,
            now,
            session: None,
            facts: Vec::new(),
            env_names: Vec::new(),
            secret_names: Vec::new(),
        }
    }

    /// The name that the client called the tool by, where the tool answers to several.
    #[must_use]
    pub fn called_as(mut self, name: &'a str) -> Self {
        self.called_as = Some(name);
        self
    }

    /// The session that the call is about.
    #[must_use]
    pub fn session(mut self, session: &'a str) -> Self {
        self.session = Some(session);
        self
    }

    /// The call executes a program. For a line run by a shell this is the shell's own argv.
    #[must_use]
    pub fn argv(mut self, argv: &'a Argv) -> Self {
        self.facts.push(Fact::Argv(argv));
        self
    }

    /// The call hands `line` to a shell. State it beside the shell's argv, so that the line is
    /// judged also where the shell is one that this crate does not know by name.
    #[must_use]
    pub fn shell_line(mut self, line: &'a str) -> Self {
        self.facts.push(Fact::ShellLine(line));
        self
    }

    /// The call starts a program in this directory. State it also where the directory is a
    /// default, and not chosen by the client.
    #[must_use]
    pub fn cwd(mut self, cwd: PathFact) -> Self {
        self.facts.push(Fact::Cwd(cwd));
        self
    }

    /// Names of the environment variables that the call sets, for the audit record.
    #[must_use]
    pub fn env_names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.env_names.extend(names.into_iter().map(Into::into));
        self
    }

    /// Names of the secrets that the call uses, for the audit record.
    #[must_use]
    pub fn secret_names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.secret_names.extend(names.into_iter().map(Into::into));
        self
    }

    /// Who calls.
    pub fn client(&self) -> &ClientId {
        self.client
    }

    /// The tool called.
    pub fn tool(&self) -> &str {
        self.tool
    }

    /// The other name that the tool was called by.
    pub fn alias(&self) -> Option<&str> {
        self.called_as
    }

    /// When the call was made.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The session named in the call.
    pub fn session_name(&self) -> Option<&str> {
        self.session
    }

    /// The effects stated so far, in the order of their statement.
    pub fn facts(&self) -> &[Fact<'a>] {
        &self.facts
    }

    /// Names of environment variables that the call sets.
    pub fn env(&self) -> &[String] {
        &self.env_names
    }

    /// Names of the secrets that the call uses.
    pub fn secrets(&self) -> &[String] {
        &self.secret_names
    }
}
