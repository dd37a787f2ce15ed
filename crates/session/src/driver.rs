//! The loop that runs one session inside this process: it moves bytes and time
//! between the program and the [`Core`], and decides nothing itself.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use rejoinder_expect::Offset;
use rejoinder_pty::aio::{AsyncChild, AsyncInput, AsyncLeader, AsyncOutput, ExitWatch};
use rejoinder_pty::{Child, Process, Winsize};
use tokio::sync::{mpsc, oneshot, watch};

use crate::answer::{Answer, ReturnedBy};
use crate::core::{Core, Token};
use crate::ending::Ending;
use crate::error::{Error, ErrorKind};
use crate::lease::{Journal, Lease, PERSON_IDLE};
use crate::redact::Redactor;
use crate::request::{Request, Termination};
use crate::shell::setup::Files;
use crate::shell::{Plan, Tracker};
use crate::state::{Identity, Limits, Status};
use crate::typing::Typing;
use crate::waiting::{PipeProbe, Probe};
use crate::witness::Witness;

use display::Display;
use output::{readable, reopened, writable};

/// Bytes taken from the terminal in one system call at most.
const READ_SIZE: usize = 64 * 1024;

/// How long after output it is worth a look what the program has come to.
const SETTLED: Duration = Duration::from_millis(2);

pub(crate) mod display;
mod follow;
mod input;
mod output;
mod run;
mod secrets;
pub(crate) mod terminal;

pub(crate) use secrets::SecretGate;

/// What a session's handle sends to its driver.
pub(crate) enum Command {
    /// A request, and where its answer goes.
    Ask {
        token: Token,
        request: Request,
        reply: Reply,
    },
    /// The asker has gone.
    Forget(Token),
}

/// Whether output can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// It can.
    Open,
    /// No process has the terminal open; one may open it again.
    Hangup,
    /// It never will be again.
    Ended,
}

pub(crate) type Reply = oneshot::Sender<Result<Answer, Error>>;

/// How far a session is, for whoever keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The program runs.
    Running,
    /// It has ended or was lost; what it printed can be read.
    Exited,
    /// Nobody wants that any more.
    Closed,
}

/// How it is seen what the program waits for.
#[derive(Debug)]
enum Sight {
    Terminal(Probe),
    Pipe(PipeProbe),
    /// The system does not say.
    Blind,
}

/// A program that was just started, and what goes with it.
pub(crate) struct Program {
    pub(crate) child: Child,
    pub(crate) identity: Identity,
    pub(crate) limits: Limits,
    /// How a shell was taught to tell of itself, and the files for that.
    pub(crate) shell: Option<(Plan, Files)>,
    /// What masks the secrets that the program was given.
    pub(crate) redactor: Redactor,
}

/// One session's driver.
pub(crate) struct Driver {
    core: Core,
    identity: Identity,
    limits: Limits,
    output: Option<AsyncOutput>,
    input: Option<AsyncInput>,
    leader: Option<AsyncLeader>,
    /// The terminal's size when it was closed.
    last_size: Option<Winsize>,
    sight: Sight,
    process: Process,
    exit: ExitWatch,
    replies: HashMap<Token, Reply>,
    followers: follow::Followers,
    display: Option<Display>,
    typing: Typing,
    lease: Lease,
    journal: Journal,
    ending: Ending,
    tracker: Tracker,
    running: Option<run::Running>,
    /// What a shell was started with, until its first prompt.
    start_files: Option<Files>,
    witness: Witness,
    redactor: Redactor,
    /// When output that the redactor holds back is shown.
    held_until: Option<Instant>,
    /// Where the output ended when a secret was typed last, and when that was.
    last_secret: Option<(Offset, Instant)>,
    phase: watch::Sender<Phase>,
    buffer: Vec<u8>,
    reading: Reading,
    started: Instant,
    last_request: Instant,
    last_activity: SystemTime,
}

impl Driver {
    /// A driver for a program that was just started.
    pub(crate) fn new(
        program: Program,
        witness: Witness,
        phase: watch::Sender<Phase>,
        now: Instant,
    ) -> std::io::Result<Self> {
        let Program {
            child,
            identity,
            limits,
            shell,
            redactor,
        } = program;
        let mut tracker = Tracker::default();
        let start_files = shell.map(|(plan, files)| {
            tracker.learn(plan.key, plan.family, now);
            files
        });
        let root = child.process.pid();
        let sight = match &child.leader {
            Some(leader) => Sight::Terminal(Probe::new(leader.clone(), root)),
            None => PipeProbe::new(&child.input, root).map_or(Sight::Blind, Sight::Pipe),
        };
        let child = AsyncChild::new(child)?;
        let size = child
            .leader
            .as_ref()
            .map(|leader| leader.leader().winsize());
        let size = size.transpose()?.flatten();
        Ok(Self {
            sight,
            core: Core::new(limits.ring_bytes),
            ending: Ending::new(&child.process, identity.id, witness.is_holders()),
            limits,
            output: Some(child.output),
            input: Some(child.input),
            leader: child.leader,
            last_size: None,
            exit: child.exit,
            process: child.process,
            replies: HashMap::new(),
            followers: follow::Followers::default(),
            display: size.map(Display::new),
            typing: Typing::default(),
            lease: Lease::new(PERSON_IDLE),
            journal: Journal::default(),
            tracker,
            running: None,
            start_files,
            witness,
            redactor,
            held_until: None,
            last_secret: None,
            phase,
            buffer: vec![0; READ_SIZE],
            reading: Reading::Open,
            started: now,
            last_request: now,
            last_activity: identity.created_at,
            identity,
        })
    }

    /// Runs until nobody holds the session any more, and then ends what it
    /// started, unless its program has ended by itself before: what that left
    /// behind was meant to stay.
    pub(crate) async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        loop {
            self.run_on(Instant::now());
            self.deliver();
            self.tell_followers();
            self.witness.note(
                &self.core,
                self.lease.is_held_by_person(),
                self.last_activity,
                Instant::now(),
            );
            let timer = self.poll_timeout();
            let typing = self.typing.wants_room();
            tokio::select! {
                biased;
                command = commands.recv() => match command {
                    Some(command) => self.command(command),
                    None => break,
                },
                status = self.exit.exited(), if !self.core.is_exited() => self.exited(status),
                ready = writable(self.input.as_ref()), if typing => self.type_on(ready.is_ok()),
                ready = readable(self.output.as_ref()), if self.reading == Reading::Open => self.read_on(ready.is_ok()),
                ready = reopened(self.output.as_ref()), if self.reading == Reading::Hangup => self.reopened(ready.is_ok()),
                () = until(timer), if timer.is_some() => self.handle_timeout(),
            }
        }
        if !self.core.is_exited() {
            self.ending.kill_now();
        }
    }

    fn command(&mut self, command: Command) {
        let now = Instant::now();
        match command {
            Command::Ask {
                token,
                request,
                reply,
            } => {
                let counts = !matches!(
                    request,
                    Request::Info { counts: false, .. } | Request::Follow(_)
                );
                if counts {
                    self.last_request = now;
                }
                if counts && !matches!(request, Request::Info { .. }) {
                    self.last_activity = SystemTime::now();
                }
                self.replies.insert(token, reply);
                self.request(token, request, now);
            }
            Command::Forget(token) => {
                self.replies.remove(&token);
                self.typing.forget(token);
                self.forget_run(token);
                self.forget_follower(token);
                self.core.forget(token);
            }
        }
    }

    fn request(&mut self, token: Token, request: Request, now: Instant) {
        match request {
            Request::Interact(interact) => self.interact(token, *interact, now),
            Request::Info { reader, .. } => {
                self.look(now);
                let info = self.info(&reader);
                self.reply(token, Ok(Answer::Info(Box::new(info))));
            }
            Request::Run(run) => self.begin_run(token, run, now),
            Request::Follow(follow) => self.follow(token, follow, now),
            Request::Journal => self.reply(token, Ok(Answer::Journal(self.journal.records()))),
            Request::Release(actor) => {
                self.lease.release(&actor);
                self.reply(token, Ok(Answer::Done(self.core.status())));
            }
            Request::Resize(size) => {
                let done = self.resize(size);
                self.reply(token, done);
            }
            Request::Signal { signal, target } => {
                let done = self.signal(signal, target);
                self.reply(token, done);
            }
            Request::Close => {
                let done = if self.core.is_exited() {
                    self.phase.send_replace(Phase::Closed);
                    Ok(Answer::Done(self.core.status()))
                } else {
                    Err(still_running(&self.identity))
                };
                self.reply(token, done);
            }
            Request::Screen(look) => {
                let seen = self.see(look);
                self.reply(token, seen);
            }
            Request::Terminate(how) => {
                self.ending.begin(Some(token), how, now);
                self.end_on(now);
            }
        }
    }

    fn reply(&mut self, token: Token, answer: Result<Answer, Error>) {
        if let Some(reply) = self.replies.remove(&token) {
            self.witness.flush();
            // The asker may have gone since; then nobody misses the answer.
            let _ = reply.send(answer);
        }
    }

    fn deliver(&mut self) {
        while let Some((token, answer)) = self.core.poll_answer() {
            let now = Instant::now();
            self.last_request = now;
            let answer = answer.map(|mut interacted| {
                use ReturnedBy::{Idle, Match, Output, Timeout};
                // Nobody had to know the state to end this wait. Right after output a
                // program is hardly ever where it comes to rest: not worth a look.
                let is_quiet = self.core.watch().quiet(now) >= SETTLED;
                if let Some(Match | Output | Idle | Timeout) = interacted.returned_by
                    && is_quiet
                {
                    self.look(now);
                    let Status { state, hint, .. } = self.core.status();
                    interacted.status = Status {
                        state,
                        hint,
                        ..interacted.status
                    };
                }
                if interacted.returned_by.is_some() {
                    interacted.ended = self.tracker.take_untold();
                }
                Answer::Interacted(Box::new(interacted))
            });
            self.reply(token, answer);
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let alive = !self.core.is_exited() && !self.ending.is_under_way();
        let idle = self
            .limits
            .idle_timeout
            .filter(|_| alive && !self.core.is_waited_for());
        let lifetime = self.limits.lifetime.filter(|_| alive);
        [
            self.core.poll_timeout(),
            self.ending.poll_timeout(),
            self.typing.poll_timeout(),
            self.lease.poll_timeout(),
            self.witness.poll_timeout(),
            self.display.as_ref().and_then(Display::poll_timeout),
            self.held_until,
            self.followers.poll_timeout(),
            self.running.as_ref().and_then(run::Running::poll_timeout),
            idle.map(|idle| self.last_request + idle),
            lifetime.map(|lifetime| self.started + lifetime),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn handle_timeout(&mut self) {
        let now = Instant::now();
        if self.held_until.is_some_and(|at| at <= now) {
            self.release_output(now);
        }
        if self.core.wants_look(now) {
            self.look_once(now);
        }
        self.core.handle_timeout(now);
        if let Some(display) = &mut self.display {
            display.handle_timeout(now);
            self.answer_program(now);
        }
        self.lease.handle_timeout(now);
        self.typing_timeout(now);
        self.end_on(now);
        self.enforce_limits(now);
    }

    fn enforce_limits(&mut self, now: Instant) {
        if self.core.is_exited() || self.ending.is_under_way() {
            return;
        }
        let past =
            |from: Instant, limit: Option<Duration>| limit.is_some_and(|limit| now >= from + limit);
        let idle = !self.core.is_waited_for() && past(self.last_request, self.limits.idle_timeout);
        let reason = if idle {
            "idle for too long"
        } else if past(self.started, self.limits.lifetime) {
            "its lifetime is over"
        } else {
            return;
        };
        tracing::info!(session = %self.identity.name, reason, "closing the session");
        self.ending.begin(None, Termination::default(), now);
    }

    /// Takes the ending a step further, and answers who asked for it.
    fn end_on(&mut self, now: Instant) {
        for token in self.ending.advance(self.core.is_exited(), now) {
            let status = self.core.status();
            self.reply(token, Ok(Answer::Done(status)));
        }
    }
}

async fn until(timer: Option<Instant>) {
    match timer {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

fn still_running(identity: &Identity) -> Error {
    Error::new(
        ErrorKind::WrongState,
        format!("the program of session {} still runs", identity.name),
        "end it with terminate_process first",
    )
}
