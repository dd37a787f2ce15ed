//! Running commands, as whoever drives a session asks for it.

use super::Session;
use crate::answer::Answer;
use crate::error::Error;
use crate::request::Request;
use crate::shell::{Ran, RunRequest};

impl Session {
    /// Runs a command in the shell that has the terminal, or a statement in the
    /// REPL that has it, and returns its output, prompt and echo left out.
    ///
    /// A command that reads input is answered for when it does, one that takes
    /// longer than the timeout when that has passed; both run on, and the next
    /// answer after their end tells of it. Dropping the future leaves the command
    /// running, too.
    ///
    /// # Example
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use rejoinder_session::{Launch, RunRequest, Session};
    /// use std::time::Duration;
    ///
    /// let mut launch = Launch::new("me", "/bin/bash", &[]);
    /// launch.env = vec![("PATH".into(), "/usr/bin:/bin".into())];
    /// launch.integrate = true;
    /// let session = Session::start(&launch)?;
    /// let ran = session
    ///     .run(RunRequest {
    ///         command: "printf '%s' abc\n(exit 3)".into(),
    ///         timeout: Duration::from_secs(30),
    ///         reader: "me".into(),
    ///     })
    ///     .await?;
    /// assert_eq!(ran.exit_code, Some(3));
    /// assert_eq!(&ran.output.bytes[..], b"abc");
    /// session.terminate(Default::default()).await?;
    /// # Ok::<(), rejoinder_session::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// When nothing that takes commands has the terminal ([`ErrorKind::WrongState`];
    /// the message says what has it), another command is run, a person types, or
    /// the program has ended. Nothing was run then.
    ///
    /// [`ErrorKind::WrongState`]: crate::ErrorKind::WrongState
    pub async fn run(&self, run: RunRequest) -> Result<Ran, Error> {
        match self.ask(Request::Run(run)).await? {
            Answer::Ran(ran) => Ok(*ran),
            _ => Err(Error::lost()),
        }
    }
}
