//! The handle of one session: requests in, answers out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use rejoinder_pty::{Signal, Winsize};
use tokio::sync::{mpsc, oneshot};

use crate::core::Token;
use crate::driver::{Command, Driver};
use crate::error::Error;
use crate::id::SessionId;
use crate::launch::Launch;
use crate::lease::{Actor, InputRecord};
use crate::request::{Answer, Interact, Interacted, Request, SignalTarget, Termination};
use crate::state::{Identity, Info, Status};

/// A session, as whoever drives it holds it.
///
/// Handles are cheap to clone. When the last one is dropped, everything the
/// session started is killed.
///
/// # Example
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use rejoinder_session::{Input, InputPart, Interact, Launch, Read, SearchFrom, Session, Wait};
/// use std::time::Duration;
///
/// let mut launch = Launch::new("me", "/bin/cat", &[]);
/// launch.env = vec![("PATH".into(), "/usr/bin:/bin".into())];
/// let session = Session::start(&launch)?;
/// let answer = session
///     .interact(Interact {
///         input: Some(Input::line("hello")),
///         wait: Some(Wait::for_pattern("me", "hello\r\n", Duration::from_secs(10))),
///         read: Some(Read::unread("me")),
///     })
///     .await?;
/// assert_eq!(&answer.output.unwrap().bytes[..], b"hello\r\nhello\r\n");
/// session.terminate(Default::default()).await?;
/// # Ok::<(), rejoinder_session::Error>(()) }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct Session {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    identity: Identity,
    /// Unbounded, so that giving up never blocks; whoever hands out handles
    /// bounds the requests in flight.
    commands: mpsc::UnboundedSender<Command>,
    next_token: AtomicU64,
    exited: Arc<AtomicBool>,
}

impl Session {
    /// Starts a program in a session run by the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When the program cannot be started; [`Error::spawn_error`] says why.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with IO and time enabled.
    pub fn start(launch: &Launch) -> Result<Self, Error> {
        let name = launch
            .name
            .clone()
            .unwrap_or_else(|| launch.program.clone());
        Self::start_named(launch, name)
    }

    pub(crate) fn start_named(launch: &Launch, name: String) -> Result<Self, Error> {
        let id = SessionId::random().map_err(|error| {
            let error = std::io::Error::other(error);
            Error::io("the system has no random numbers", error)
        })?;
        let child = launch.spawn(id)?;
        let identity = Identity {
            id,
            name,
            owner: launch.owner.clone(),
            command: launch.program.clone(),
            args: launch.args.clone(),
            mode: launch.mode,
            pid: child.process.pid().as_raw(),
            created_at: std::time::SystemTime::now(),
            env_names: launch.env_names.clone(),
        };
        let exited = Arc::new(AtomicBool::new(false));
        let driver = Driver::new(
            child,
            identity.clone(),
            launch.limits,
            Arc::clone(&exited),
            Instant::now(),
        )
        .map_err(|error| Error::io("cannot watch the program", error))?;
        let (commands, inbox) = mpsc::unbounded_channel();
        tokio::spawn(driver.run(inbox));
        Ok(Self {
            shared: Arc::new(Shared {
                identity,
                commands,
                next_token: AtomicU64::new(0),
                exited,
            }),
        })
    }

    /// What is fixed about the session.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.shared.identity
    }

    /// Whether the program is known to have ended.
    #[must_use]
    pub fn is_exited(&self) -> bool {
        self.shared.exited.load(Ordering::Acquire)
    }

    /// Types, waits and reads, in this order, as one step.
    ///
    /// Dropping the future gives the wait up; what was typed stays typed.
    ///
    /// # Errors
    ///
    /// When a pattern cannot be compiled (nothing is typed then), or there is
    /// input for a program that has ended or is not in the state asked for, or
    /// while a person types ([`ErrorKind::HumanInControl`]).
    ///
    /// [`ErrorKind::HumanInControl`]: crate::ErrorKind::HumanInControl
    pub async fn interact(&self, interact: Interact) -> Result<Interacted, Error> {
        match self.ask(Request::Interact(Box::new(interact))).await? {
            Answer::Interacted(interacted) => Ok(*interacted),
            _ => Err(Error::lost()),
        }
    }

    /// All that is known; unread bytes are counted for this reader.
    ///
    /// # Errors
    ///
    /// When the session's driver is gone.
    pub async fn info(&self, reader: &str) -> Result<Info, Error> {
        let reader = reader.to_owned();
        match self.ask(Request::Info { reader }).await? {
            Answer::Info(info) => Ok(*info),
            _ => Err(Error::lost()),
        }
    }

    /// Who typed into the session and how much, the oldest first: the last
    /// [`JOURNAL_LENGTH`](crate::JOURNAL_LENGTH) inputs, never their content.
    ///
    /// # Errors
    ///
    /// When the session's driver is gone.
    pub async fn journal(&self) -> Result<Vec<InputRecord>, Error> {
        match self.ask(Request::Journal).await? {
            Answer::Journal(records) => Ok(records),
            _ => Err(Error::lost()),
        }
    }

    /// Frees the input if this actor holds it, as when a person detaches;
    /// otherwise nothing changes.
    ///
    /// # Errors
    ///
    /// When the session's driver is gone.
    pub async fn release_input(&self, actor: &Actor) -> Result<Status, Error> {
        self.change(Request::Release(actor.clone())).await
    }

    /// Changes the terminal's size.
    ///
    /// # Errors
    ///
    /// In pipe mode, and when the system refuses.
    pub async fn resize(&self, size: Winsize) -> Result<Status, Error> {
        self.change(Request::Resize(size)).await
    }

    /// Sends a signal. To the foreground, `INT` is typed as the terminal's
    /// interrupt character, as a person would.
    ///
    /// # Errors
    ///
    /// When the program has ended, or the system refuses, or `INT` would be
    /// typed into what a person is typing.
    pub async fn signal(&self, signal: Signal, target: SignalTarget) -> Result<Status, Error> {
        self.change(Request::Signal { signal, target }).await
    }

    /// Ends everything the session started, daemonised processes included, and
    /// returns when that is done. Ending an ended session is no error.
    ///
    /// # Errors
    ///
    /// When the session's driver is gone.
    pub async fn terminate(&self, how: Termination) -> Result<Status, Error> {
        self.change(Request::Terminate(how)).await
    }

    async fn change(&self, request: Request) -> Result<Status, Error> {
        match self.ask(request).await? {
            Answer::Done(status) => Ok(status),
            _ => Err(Error::lost()),
        }
    }

    async fn ask(&self, request: Request) -> Result<Answer, Error> {
        let token = Token(self.shared.next_token.fetch_add(1, Ordering::Relaxed));
        let (reply, answer) = oneshot::channel();
        let mut asking = Asking {
            commands: &self.shared.commands,
            token: Some(token),
        };
        self.shared
            .commands
            .send(Command::Ask {
                token,
                request,
                reply,
            })
            .map_err(|_| Error::lost())?;
        let answer = answer.await;
        asking.token = None;
        answer.map_err(|_| Error::lost())?
    }
}

/// Tells the driver when whoever asked stops waiting for the answer.
struct Asking<'a> {
    commands: &'a mpsc::UnboundedSender<Command>,
    token: Option<Token>,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if let Some(token) = self.token {
            // Without a driver there is nothing left to forget.
            let _ = self.commands.send(Command::Forget(token));
        }
    }
}
