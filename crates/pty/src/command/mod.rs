//! What to start and how: program, arguments, environment, directory,
//! terminal or pipes, limits. `spawn` turns it into a running [`Child`].

mod descriptors;
mod environment;
mod explain;
mod limits;
mod lookup;
mod plan;
mod spawn;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use descriptors::raise_descriptor_limit;
pub use environment::Environment;
pub(crate) use explain::no_child;
pub(crate) use limits::RawResource;
pub use limits::{Limit, Resource};
pub(crate) use plan::ExecPlan;

use crate::child::Child;
use crate::error::Error;
use crate::terminal::{InitialModes, Winsize};

/// How long a program may take from the fork to the end of `execve(2)` unless
/// [`Command::exec_timeout`] says otherwise.
pub const DEFAULT_EXEC_TIMEOUT: Duration = Duration::from_secs(30);

/// What the standard streams of a program are connected to.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Stderr, Stdio};
///
/// let pipes = Stdio::Pipe { stderr: Stderr::Separate };
/// let child = Command::new("sh").args(["-c", "echo out; echo err >&2"]).stdio(pipes).spawn()?;
/// assert!(child.leader.is_none());
/// assert_eq!(std::io::read_to_string(&child.output)?, "out\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stdio {
    /// All three to a new pseudo-terminal, which becomes the controlling
    /// terminal of the program's new session.
    #[default]
    Pty,
    /// To pipes, in a new session without a terminal.
    Pipe {
        /// Where standard error goes.
        stderr: Stderr,
    },
}

/// Where standard error goes in pipe mode.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Stderr, Stdio};
///
/// let merged = Stdio::Pipe { stderr: Stderr::Merged };
/// let child = Command::new("sh").args(["-c", "echo out; echo err >&2"]).stdio(merged).spawn()?;
/// assert_eq!(std::io::read_to_string(&child.output)?, "out\nerr\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stderr {
    /// Into the same pipe as standard output, in the order written.
    #[default]
    Merged,
    /// Into a pipe of its own.
    Separate,
}

/// A program to start: a builder in the manner of [`std::process::Command`],
/// for a terminal.
///
/// Nothing is inherited but what is said here: every descriptor from 3 upward
/// is closed, every signal disposition is the default, no signal is blocked.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, Winsize};
/// use std::io::Read;
///
/// let child = Command::new("stty").arg("size").winsize(Winsize::new(30, 100)?).spawn()?;
/// let mut text = String::new();
/// (&child.output).read_to_string(&mut text)?;
/// assert_eq!(text, "30 100\r\n");
/// // What was set can be looked at, for a log or a policy.
/// let mut command = Command::new("make");
/// command.arg("-j4").cwd("/src").env("LANG", "C");
/// assert_eq!(command.get_program(), "make");
/// assert!(command.get_args().eq(["-j4"]));
/// assert_eq!(command.get_cwd(), Some("/src".as_ref()));
/// assert_eq!(command.get_environment().get("LANG"), Some("C".as_ref()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Command {
    program: OsString,
    arg0: Option<OsString>,
    args: Vec<OsString>,
    environment: Environment,
    cwd: Option<PathBuf>,
    stdio: Stdio,
    winsize: Winsize,
    modes: InitialModes,
    limits: Vec<(Resource, Limit)>,
    umask: Option<u32>,
    exec_timeout: Duration,
}

impl Command {
    /// A program by name or path. A name without a slash is looked for in the
    /// `PATH` of the environment given to the program, before anything is
    /// started; a path with a slash is used as it is, a relative one from the
    /// program's working directory.
    ///
    /// Without further calls it runs on a PTY of 24 rows and 80 columns, in
    /// the caller's directory, with the caller's environment.
    ///
    /// # Example
    /// ```
    /// let child = rejoinder_pty::Command::new("/bin/echo").spawn()?;
    /// assert_eq!(std::io::read_to_string(&child.output)?, "\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            arg0: None,
            args: Vec::new(),
            environment: Environment::inherit_all(),
            cwd: None,
            stdio: Stdio::default(),
            winsize: Winsize::default(),
            modes: InitialModes::default(),
            limits: Vec::new(),
            umask: None,
            exec_timeout: DEFAULT_EXEC_TIMEOUT,
        }
    }

    /// Adds one argument.
    pub fn arg(&mut self, arg: impl Into<OsString>) -> &mut Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    ///
    /// # Example
    /// ```
    /// let child = rejoinder_pty::Command::new("printf").arg("%s-%s").args(["a b", "$c"]).spawn()?;
    /// assert_eq!(std::io::read_to_string(&child.output)?, "a b-$c"); // no shell in between
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn args<I, S>(&mut self, args: I) -> &mut Self
    where
        I: IntoIterator<Item = S>,
        S: Into<OsString>,
    {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// What the program sees as its own name (`argv[0]`), the program as given
    /// otherwise. A leading `-` makes a shell a login shell.
    ///
    /// # Example
    /// ```
    /// let child = rejoinder_pty::Command::new("sh").arg0("-sh").args(["-c", "echo $0"]).spawn()?;
    /// assert_eq!(std::io::read_to_string(&child.output)?, "-sh\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn arg0(&mut self, arg0: impl Into<OsString>) -> &mut Self {
        self.arg0 = Some(arg0.into());
        self
    }

    /// Replaces the whole environment.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, Environment};
    ///
    /// let mut environment = Environment::allow_list(["PATH"]);
    /// environment.set("LANG", "C");
    /// let child = Command::new("env").environment(environment).spawn()?;
    /// assert!(std::io::read_to_string(&child.output)?.starts_with("LANG=C\r\nPATH="));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn environment(&mut self, environment: Environment) -> &mut Self {
        self.environment = environment;
        self
    }

    /// Sets one variable.
    ///
    /// # Example
    /// ```
    /// let child = rejoinder_pty::Command::new("sh").args(["-c", "echo $WHO"]).env("WHO", "me").spawn()?;
    /// assert_eq!(std::io::read_to_string(&child.output)?, "me\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn env(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> &mut Self {
        self.environment.set(name, value);
        self
    }

    /// Removes one variable.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::Command;
    ///
    /// let mut command = Command::new("sh");
    /// command.args(["-c", "echo ${NAME-none}"]).env("NAME", "me").env_remove("NAME");
    /// assert_eq!(std::io::read_to_string(&command.spawn()?.output)?, "none\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn env_remove(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.environment.remove(name);
        self
    }

    /// The working directory; the caller's otherwise.
    ///
    /// # Example
    /// ```
    /// let child = rejoinder_pty::Command::new("pwd").cwd("/").spawn()?;
    /// assert_eq!(std::io::read_to_string(&child.output)?, "/\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cwd(&mut self, cwd: impl Into<PathBuf>) -> &mut Self {
        self.cwd = Some(cwd.into());
        self
    }

    /// A PTY (the default) or pipes.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, Stderr, Stdio};
    ///
    /// let pipes = Stdio::Pipe { stderr: Stderr::Merged };
    /// let child = Command::new("echo").arg("hi").stdio(pipes).spawn()?;
    /// assert_eq!(std::io::read_to_string(&child.output)?, "hi\n"); // no terminal, no \r
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stdio(&mut self, stdio: Stdio) -> &mut Self {
        self.stdio = stdio;
        self
    }

    /// The size of the PTY; 24 by 80 otherwise. No effect in pipe mode.
    pub fn winsize(&mut self, winsize: Winsize) -> &mut Self {
        self.winsize = winsize;
        self
    }

    /// The modes the PTY starts with. No effect in pipe mode.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, InitialModes};
    ///
    /// let quiet = InitialModes { echo: false, ..InitialModes::default() };
    /// let child = Command::new("cat").modes(quiet).spawn()?;
    /// assert!(!child.leader.as_ref().unwrap().modes()?.echo);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn modes(&mut self, modes: InitialModes) -> &mut Self {
        self.modes = modes;
        self
    }

    /// Limits a resource in the program and everything it starts. The last
    /// call for a resource counts.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, Limit, Resource};
    ///
    /// let child = Command::new("sh").args(["-c", "ulimit -t"]).limit(Resource::Cpu, Limit::at_most(60)).spawn()?;
    /// assert_eq!(std::io::read_to_string(&child.output)?, "60\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn limit(&mut self, resource: Resource, limit: Limit) -> &mut Self {
        self.limits.retain(|(known, _)| *known != resource);
        self.limits.push((resource, limit));
        self
    }

    /// The file mode creation mask (0–0o777); the caller's otherwise.
    ///
    /// # Example
    /// ```
    /// let child = rejoinder_pty::Command::new("sh").args(["-c", "umask"]).umask(0o077).spawn()?;
    /// assert_eq!(std::io::read_to_string(&child.output)?, "0077\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn umask(&mut self, umask: u32) -> &mut Self {
        self.umask = Some(umask);
        self
    }

    /// How long fork to end of `execve(2)` may take
    /// ([`DEFAULT_EXEC_TIMEOUT`] otherwise). It guards against a working
    /// directory or program on a file system that does not answer.
    ///
    /// # Example
    /// ```
    /// use std::time::Duration;
    ///
    /// let child = rejoinder_pty::Command::new("true").exec_timeout(Duration::from_secs(5)).spawn()?;
    /// assert!(child.process.wait()?.success());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn exec_timeout(&mut self, timeout: Duration) -> &mut Self {
        self.exec_timeout = timeout;
        self
    }

    /// The program as given.
    #[must_use]
    pub fn get_program(&self) -> &OsStr {
        &self.program
    }

    /// The arguments, without the program.
    pub fn get_args(&self) -> impl Iterator<Item = &OsStr> {
        self.args.iter().map(OsString::as_os_str)
    }

    /// The environment the program will get.
    #[must_use]
    pub fn get_environment(&self) -> &Environment {
        &self.environment
    }

    /// The working directory, if one was set.
    #[must_use]
    pub fn get_cwd(&self) -> Option<&Path> {
        self.cwd.as_deref()
    }

    /// Starts the program. When this returns `Ok`, the program's image is
    /// running: a failed `execve(2)` is an error here, not an exit code later.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{Command, ErrorKind};
    ///
    /// let error = Command::new("true").cwd("/nowhere").spawn().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::BadCwd);
    /// assert_eq!(error.what(), "the working directory /nowhere does not exist");
    /// assert_eq!(error.remedy(), "create it or give another");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error`] with the step that failed, the cause and what to do. No
    /// process and no descriptor is left behind.
    pub fn spawn(&self) -> Result<Child, Error> {
        spawn::spawn(self)
    }
}
