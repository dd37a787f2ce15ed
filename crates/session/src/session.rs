//! The handle of one session: requests in, answers out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rejoinder_pty::{Signal, Winsize};
use tokio::sync::{mpsc, oneshot, watch};

use crate::answer::{Answer, Followed, Interacted, ReturnedBy};
use crate::core::Token;
use crate::driver::{Command, Driver, Phase, Program};
use crate::error::{Error, ErrorKind};
use crate::home::{Meta, Place};
use crate::id::SessionId;
use crate::launch::Launch;
use crate::lease::{Actor, InputRecord};
use crate::look::ScreenView;
use crate::remote::{Link, Remote, closed, unresponsive};
use crate::request::{Follow, Interact, Request, ScreenLook, SignalTarget, Termination};
use crate::state::{Identity, Info, Status};
use crate::witness::Witness;

mod disk;
mod run;

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
    phase: watch::Receiver<Phase>,
    /// Present when the session runs in a holder.
    holder: Option<Meta>,
}

/// Where to search a session's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchIn {
    /// What is kept in memory.
    Ring,
    /// What is on disk.
    Transcript,
}

/// How much longer than it may take a request to a holder is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

impl Session {
    /// Starts a program in a session run by the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When the program cannot be started; [`Error::spawn_kind`] says why.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with IO and time enabled.
    pub fn start(launch: &Launch) -> Result<Self, Error> {
        let name = launch
            .name
            .clone()
            .unwrap_or_else(|| launch.program.clone());
        Self::run_here(launch, random_id()?, name, Witness::default())
    }

    /// Starts a program in a session run by the current tokio runtime.
    pub(crate) fn run_here(
        launch: &Launch,
        id: SessionId,
        name: String,
        witness: Witness,
    ) -> Result<Self, Error> {
        let redactor = launch.redactor()?;
        let dir = witness.dir().map_or_else(
            || std::env::temp_dir().join(format!("rejoinder-{id}")),
            |dir| dir.join("shell"),
        );
        let start = launch.plan(&dir).and_then(|plan| match plan.write() {
            Ok(files) => Some((plan, files)),
            Err(error) => {
                tracing::warn!(%error, "the shell is started without integration");
                None
            }
        });
        let child = launch.spawn(id, start.as_ref().map(|(plan, _)| plan))?;
        let pid = child.process.pid().as_raw();
        let identity = launch.identity(id, name, pid);
        let (phase, watched) = watch::channel(Phase::Running);
        let program = Program {
            child,
            identity: identity.clone(),
            limits: launch.limits,
            shell: start,
            redactor,
        };
        let driver = Driver::new(program, witness, phase, Instant::now())
            .map_err(|error| Error::io("cannot watch the program", error))?;
        let (commands, inbox) = mpsc::unbounded_channel();
        tokio::spawn(driver.run(inbox));
        Ok(Self::new(identity, commands, watched, None))
    }

    /// A session in a holder, behind a connection to it.
    pub(crate) fn linked(place: Place, meta: Meta, identity: Identity, link: Link) -> Self {
        let (phase, watched) = watch::channel(Phase::Running);
        let (commands, inbox) = mpsc::unbounded_channel();
        let remote = Remote::new(place, meta.clone(), identity.clone(), phase);
        tokio::spawn(remote.run(link, inbox));
        Self::new(identity, commands, watched, Some(meta))
    }

    /// What is left of a session whose holder is dead.
    pub(crate) fn lost(place: Place, meta: Meta, identity: Identity) -> Self {
        let (phase, watched) = watch::channel(Phase::Exited);
        let (commands, inbox) = mpsc::unbounded_channel();
        let remote = Remote::new(place, meta.clone(), identity.clone(), phase);
        tokio::spawn(remote.after_holder(inbox));
        Self::new(identity, commands, watched, Some(meta))
    }

    fn new(
        identity: Identity,
        commands: mpsc::UnboundedSender<Command>,
        phase: watch::Receiver<Phase>,
        holder: Option<Meta>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                identity,
                commands,
                next_token: AtomicU64::new(0),
                phase,
                holder,
            }),
        }
    }

    /// What is fixed about the session.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.shared.identity
    }

    /// Whether the program is known to have ended.
    #[must_use]
    pub fn is_exited(&self) -> bool {
        *self.shared.phase.borrow() != Phase::Running
    }

    /// Whether nothing can be asked of it any more.
    pub(crate) fn is_closed(&self) -> bool {
        *self.shared.phase.borrow() == Phase::Closed || self.shared.commands.is_closed()
    }

    /// Follows how far the session is.
    pub(crate) fn watch_phase(&self) -> watch::Receiver<Phase> {
        self.shared.phase.clone()
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
        let read = interact.read.clone();
        match self.ask(Request::Interact(Box::new(interact))).await? {
            Answer::Interacted(mut interacted) => {
                // A wait that found something shows that, and not what was long before.
                let found = !matches!(
                    interacted.returned_by,
                    None | Some(ReturnedBy::Output | ReturnedBy::Exit)
                );
                if let (Some(read), Some(chunk)) = (read, &mut interacted.output)
                    && let Some(since) = read.since
                    && chunk.dropped > 0
                {
                    if !found {
                        self.read_from_disk(since, read.max_lines, chunk);
                    }
                    self.note_read(read, chunk.end).await?;
                }
                Ok(*interacted)
            }
            _ => Err(Error::lost()),
        }
    }

    /// All that is known; unread bytes are counted for this reader.
    ///
    /// # Errors
    ///
    /// When the session's driver is gone.
    pub async fn info(&self, reader: &str) -> Result<Info, Error> {
        self.ask_info(reader, true).await
    }

    /// What is on the screen.
    ///
    /// # Errors
    ///
    /// When the session runs through pipes, or its driver is gone.
    pub async fn screen(&self, look: ScreenLook) -> Result<ScreenView, Error> {
        match self.ask(Request::Screen(look)).await? {
            Answer::Screen(seen) => Ok(ScreenView::from(*seen)),
            _ => Err(Error::lost()),
        }
    }

    /// Waits until the session changes, which does not count as use of it. Of an ended session
    /// it returns at once.
    ///
    /// # Errors
    ///
    /// When the session's driver is gone or its holder older than this
    /// ([`ErrorKind::Unsupported`]).
    ///
    /// # Example
    ///
    /// ```no_run
    /// # async fn wait(session: &rejoinder_session::Session) -> Result<(), rejoinder_session::Error> {
    /// use rejoinder_session::Follow;
    /// use std::time::Duration;
    ///
    /// let timeout = Duration::from_secs(60);
    /// let now = session.follow(Follow { seen: None, state: true, timeout }).await?;
    /// let next = session.follow(Follow { seen: Some(now.seen), state: true, timeout }).await?;
    /// println!("{} is now {}", session.identity().name, next.status.state);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn follow(&self, follow: Follow) -> Result<Followed, Error> {
        match self.ask(Request::Follow(follow)).await? {
            Answer::Followed(followed) => Ok(*followed),
            _ => Err(Error::lost()),
        }
    }

    /// Waits until nothing can be asked of the session any more: it was closed, or ended long
    /// ago. Does not hold the session.
    pub fn forgotten(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut phase = self.watch_phase();
        async move {
            // Without a driver it is forgotten, too.
            let _ = phase.wait_for(|phase| *phase == Phase::Closed).await;
        }
    }

    /// The same, without counting as use of the session.
    pub(crate) async fn glance(&self, reader: &str) -> Result<Info, Error> {
        self.ask_info(reader, false).await
    }

    async fn ask_info(&self, reader: &str, counts: bool) -> Result<Info, Error> {
        let reader = reader.to_owned();
        match self.ask(Request::Info { reader, counts }).await? {
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
        let ended = self.change(Request::Terminate(how)).await;
        match (&ended, &self.shared.holder) {
            (Err(error), Some(meta)) if error.kind() == ErrorKind::Unresponsive => {
                // A holder that hangs is ended like one that died.
                if let Some(holder) = meta.holder.and_then(|mark| mark.process()) {
                    holder
                        .signal(Signal::KILL)
                        .map_err(|error| Error::io("cannot end the session's holder", error))?;
                }
                self.change(Request::Terminate(how)).await
            }
            _ => ended,
        }
    }

    /// Forgets the session, whose program has ended; nothing can be read then.
    ///
    /// # Errors
    ///
    /// While the program runs, and when the session's driver is gone.
    pub async fn close(&self) -> Result<Status, Error> {
        self.change(Request::Close).await
    }

    async fn change(&self, request: Request) -> Result<Status, Error> {
        match self.ask(request).await? {
            Answer::Done(status) => Ok(status),
            _ => Err(Error::lost()),
        }
    }

    /// Asks the driver; a holder that does not answer in time is an error.
    pub(crate) async fn ask(&self, request: Request) -> Result<Answer, Error> {
        if self.shared.holder.is_none() {
            return self.ask_driver(request).await;
        }
        // What only looks can be asked again of what a dead holder has left.
        let again = (!request.has_effects()).then(|| request.clone());
        let patience = request.longest() + PATIENCE;
        match tokio::time::timeout(patience, self.ask_driver(request)).await {
            Ok(Err(error)) if error.kind() == ErrorKind::Lost => match again {
                Some(request) => self.ask_driver(request).await,
                None => Err(error),
            },
            Ok(answer) => answer,
            Err(_) => Err(unresponsive(&self.shared.identity)),
        }
    }

    async fn ask_driver(&self, request: Request) -> Result<Answer, Error> {
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
            .map_err(|_| self.gone())?;
        let answer = answer.await;
        asking.token = None;
        answer.map_err(|_| self.gone())?
    }

    /// Why nobody answers: mostly the session was closed by someone else meanwhile.
    fn gone(&self) -> Error {
        if self.is_closed() {
            closed(&self.shared.identity)
        } else {
            Error::lost()
        }
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

/// A new session's id.
pub(crate) fn random_id() -> Result<SessionId, Error> {
    SessionId::random().map_err(|error| {
        let error = std::io::Error::other(error);
        Error::io("the system has no random numbers", error)
    })
}
