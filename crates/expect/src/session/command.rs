//! Sessions with programs: starting them, and what only a process has.

use super::blocking::Session;
use super::error::{Error, ErrorKind};
use super::options::SessionOptions;
use super::pty::{PtyStream, may_echo};
use super::shared::Heard;
use rejoinder_pty::{Command, ExitStatus, Leader, Process, Signal, Winsize};
use std::time::{Duration, Instant};

/// What a session with a program can do besides talking, the same in blocking and async form.
macro_rules! program_methods {
    () => {
        /// The program.
        ///
        /// # Example
        ///
        /// ```
        /// use rejoinder_expect::Session;
        ///
        /// let session = Session::spawn("cat")?;
        /// assert!(session.process().pid().as_raw() > 1);
        /// # Ok::<(), rejoinder_expect::Error>(())
        /// ```
        pub fn process(&self) -> &Process {
            self.stream.process()
        }

        /// The terminal's leader end: window size, modes, the foreground process group. `None` when
        /// the program runs on pipes.
        ///
        /// # Example
        ///
        /// ```
        /// use rejoinder_expect::Session;
        ///
        /// let session = Session::spawn("cat")?;
        /// let leader = session.leader().expect("it is on a terminal");
        /// assert!(leader.modes()?.echo);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub fn leader(&self) -> Option<&Leader> {
            self.stream.leader()
        }

        /// Sends a signal to the program's process group, which is the program and what it has
        /// started, unless that has put itself in a group of its own.
        ///
        /// # Errors
        ///
        /// When the program has exited, or is not ours to signal.
        ///
        /// # Example
        ///
        /// ```
        /// use rejoinder_expect::{Session, pty::Signal};
        ///
        /// let mut session = Session::spawn("sleep 60")?;
        /// session.signal(Signal::TERM)?;
        /// assert_eq!(session.wait()?.signal(), Some(Signal::TERM));
        /// # Ok::<(), rejoinder_expect::Error>(())
        /// ```
        pub fn signal(&self, signal: Signal) -> Result<(), Error> {
            let what = "send a signal to the program";
            self.process()
                .signal_group(signal)
                .map_err(|error| Error::io(what, error))
        }

        /// Sends a signal to the foreground process group of the terminal: what would get the Control
        /// keys.
        ///
        /// # Errors
        ///
        /// When the program runs on pipes, and as [`signal`](Self::signal).
        ///
        /// # Example
        ///
        /// ```
        /// use rejoinder_expect::{Session, pty::Signal};
        ///
        /// let mut session = Session::spawn("sleep 60")?;
        /// session.signal_foreground(Signal::INT)?;
        /// assert_eq!(session.wait()?.signal(), Some(Signal::INT));
        /// # Ok::<(), rejoinder_expect::Error>(())
        /// ```
        pub fn signal_foreground(&self, signal: Signal) -> Result<(), Error> {
            let what = "send a signal to the foreground process group";
            self.terminal(what)?
                .signal_foreground(signal)
                .map_err(|error| Error::io(what, error))?;
            Ok(())
        }

        /// Sets the terminal's size, in rows and columns, and tells the program.
        ///
        /// # Errors
        ///
        /// When the program runs on pipes, and when a number is not in the range of [`Winsize`].
        ///
        /// # Example
        ///
        /// ```
        /// use rejoinder_expect::Session;
        ///
        /// let mut shell = Session::spawn("sh")?;
        /// shell.resize(50, 132)?;
        /// shell.send_line("stty size")?;
        /// shell.expect("50 132")?;
        /// # Ok::<(), rejoinder_expect::Error>(())
        /// ```
        pub fn resize(&self, rows: u16, columns: u16) -> Result<(), Error> {
            let what = "set the terminal's size";
            let size = Winsize::new(rows.into(), columns.into()).map_err(|error| {
                Error::new(ErrorKind::Io, format!("cannot {what}: {error}"), error)
            })?;
            self.terminal(what)?
                .resize(size)
                .map_err(|error| Error::io(what, error))
        }

        /// How the program ended, or `None` while it runs. Does not wait.
        ///
        /// # Errors
        ///
        /// When the status is lost because something else has waited for it.
        ///
        /// # Example
        ///
        /// ```
        /// use rejoinder_expect::Session;
        ///
        /// let mut session = Session::spawn("cat")?;
        /// assert_eq!(session.try_wait()?, None);
        /// session.send_control('d')?;
        /// session.expect_eof()?;
        /// assert!(session.try_wait()?.is_some_and(|status| status.success()));
        /// # Ok::<(), rejoinder_expect::Error>(())
        /// ```
        pub fn try_wait(&self) -> Result<Option<ExitStatus>, Error> {
            self.process()
                .try_wait()
                .map_err(|error| Error::io("learn how the program ended", error))
        }

        fn signal_unless_gone(&self, signal: Signal) -> Result<(), Error> {
            match self.process().signal_group(signal) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(Error::io("send a signal to the program", error))
                }
                _ => Ok(()),
            }
        }

        fn terminal(&self, what: &str) -> Result<&Leader, Error> {
            self.leader().ok_or_else(|| {
                Error::plain(
                    ErrorKind::Io,
                    format_args!("cannot {what}: the program runs on pipes"),
                )
            })
        }
    };
}
#[cfg_attr(
    not(feature = "tokio"),
    allow(unused_imports, reason = "the async twin uses it")
)]
pub(crate) use program_methods;

impl Session<PtyStream> {
    /// Starts a program on a terminal of its own and talks to it.
    ///
    /// The command line is split into words by the shell's quoting rules, but no shell runs:
    /// there are no variables, wildcards or pipes. For more than that, see
    /// [`Session::spawn_command`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Spawn`] when the line is empty or a quote in it is not closed, and when the
    /// program does not exist or cannot be started.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::Session;
    ///
    /// let mut session = Session::spawn("echo 'hello world'")?;
    /// session.expect("hello world")?;
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn spawn(command_line: &str) -> Result<Session, Error> {
        Session::spawn_command(&command(command_line)?)
    }

    /// Starts a program with arguments, environment, directory, window size and limits of one's
    /// own.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Spawn`] when the program cannot be started.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Session, pty::Command};
    ///
    /// let mut command = Command::new("sh");
    /// command.args(["-c", "echo $GREETING from $PWD"]).env("GREETING", "hello").cwd("/");
    /// Session::spawn_command(&command)?.expect("hello from /")?;
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn spawn_command(command: &Command) -> Result<Session, Error> {
        Session::spawn_with(command, SessionOptions::default())
    }

    /// The same with session options of one's own.
    ///
    /// # Errors
    ///
    /// As [`Session::spawn_command`].
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Session, SessionOptions, pty::Command};
    /// use std::time::Duration;
    ///
    /// let options = SessionOptions {
    ///     timeout: Some(Duration::from_secs(5)),
    ///     ..SessionOptions::default()
    /// };
    /// let mut session = Session::spawn_with(Command::new("echo").arg("hi"), options)?;
    /// session.expect("hi")?;
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn spawn_with(command: &Command, options: SessionOptions) -> Result<Session, Error> {
        let child = command.spawn().map_err(spawn_failed)?;
        let leader = child.leader.clone();
        let mut session = Session::with_options(PtyStream::new(child), options);
        if let Some(leader) = leader {
            session.shared.probe_echo(move || may_echo(&leader));
        }
        Ok(session)
    }

    /// Waits for the program to end, reading what it still prints, and returns how it ended.
    ///
    /// What it printed can be matched afterwards, as far as the window reaches.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`] when it runs for longer than the session's timeout, and when
    /// reading fails.
    pub fn wait(&mut self) -> Result<ExitStatus, Error> {
        self.wait_within(self.shared.options.timeout)
    }

    /// Ends the program: SIGHUP and SIGTERM to its process group, and SIGKILL when it still runs
    /// after `grace`. Returns how it ended.
    ///
    /// # Errors
    ///
    /// When it cannot be signalled or read from.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{Session, pty::Signal};
    /// use std::time::{Duration, Instant};
    ///
    /// let mut stubborn = Session::spawn(r#"sh -c "trap '' HUP TERM; echo on; cat""#)?;
    /// stubborn.expect("on")?;
    /// let status = stubborn.terminate(Duration::from_millis(20))?;
    /// assert_eq!(status.signal(), Some(Signal::KILL));
    /// # Ok::<(), rejoinder_expect::Error>(())
    /// ```
    pub fn terminate(&mut self, grace: Duration) -> Result<ExitStatus, Error> {
        if let Some(status) = self.try_wait()? {
            return Ok(status);
        }
        self.signal_unless_gone(Signal::HUP)?;
        self.signal_unless_gone(Signal::TERM)?;
        match self.wait_within(Some(grace)) {
            Err(error) if error.kind() == ErrorKind::Timeout => {
                self.signal_unless_gone(Signal::KILL)?;
                self.wait()
            }
            other => other,
        }
    }

    fn wait_within(&mut self, timeout: Option<Duration>) -> Result<ExitStatus, Error> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            match self.receive(deadline)? {
                Heard::More => {}
                Heard::Nothing => return Err(Error::still_running(timeout)),
                Heard::End => break,
            }
        }
        self.process()
            .wait()
            .map_err(|error| Error::io("learn how the program ended", error))
    }

    program_methods!();
}

/// A command line as a command.
pub(crate) fn command(line: &str) -> Result<Command, Error> {
    let refuse = |why: &str| {
        Error::plain(
            ErrorKind::Spawn,
            format_args!("cannot start \"{}\": {why}", line.escape_debug()),
        )
    };
    let words = shlex::split(line).ok_or_else(|| refuse("a quote is not closed"))?;
    let [program, arguments @ ..] = words.as_slice() else {
        return Err(refuse("it names no program"));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    Ok(command)
}

pub(crate) fn spawn_failed(error: rejoinder_pty::Error) -> Error {
    Error::new(ErrorKind::Spawn, error.to_string(), error)
}
