//! The loop that runs one session inside this process: it moves bytes and time
//! between the program and the [`Core`], and decides nothing itself.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use rejoinder_expect::Offset;
use rejoinder_pty::aio::{AsyncChild, AsyncInput, AsyncLeader, AsyncOutput, ExitWatch};
use rejoinder_pty::{Child, Process, ReadOutcome, Winsize};
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

/// Bytes taken from the terminal in one system call at most.
const READ_SIZE: usize = 64 * 1024;

/// Bytes taken from the terminal before anything else gets its turn.
const BURST: usize = 256 * 1024;

/// A read of so many bytes is taken for a part of a flood: a terminal hands out 1 to
/// 4 KiB at a time while a program prints without end.
const FLOOD: usize = 1024;

/// Bytes read after the program's end at most, should a process that it left
/// behind go on printing: twice what the kernel can hold for a terminal.
const DRAIN_LIMIT: usize = 16 * 1024 * 1024;

/// How long after output it is worth a look what the program has come to.
const SETTLED: Duration = Duration::from_millis(2);

pub(crate) mod display;
mod input;
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
            ending: Ending::new(&child.process, identity.id),
            limits,
            output: Some(child.output),
            input: Some(child.input),
            leader: child.leader,
            last_size: None,
            exit: child.exit,
            process: child.process,
            replies: HashMap::new(),
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
                if !matches!(request, Request::Info { counts: false, .. }) {
                    self.last_request = now;
                }
                if !matches!(request, Request::Info { .. }) {
                    self.last_activity = SystemTime::now();
                }
                self.replies.insert(token, reply);
                self.request(token, request, now);
            }
            Command::Forget(token) => {
                self.replies.remove(&token);
                self.typing.forget(token);
                self.forget_run(token);
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

    fn read_on(&mut self, open: bool) {
        let taken = if open { self.take_output(BURST) } else { 0 };
        if !open {
            self.reading = Reading::Ended;
        }
        if taken > 0 {
            self.last_activity = SystemTime::now();
        }
        self.pause(Instant::now());
    }

    /// What output there was has been taken.
    fn pause(&mut self, now: Instant) {
        self.watch_held_back(now);
        self.witness.paused(now);
        self.core.output_paused(now);
        self.answer_program(now);
    }

    /// Takes what output there is at this moment, whether or not the reactor
    /// knows of it yet.
    fn take_pending(&mut self, now: Instant) -> usize {
        if self.reading != Reading::Open {
            return 0;
        }
        let taken = self.take_output(BURST);
        if taken > 0 {
            self.last_activity = SystemTime::now();
            self.pause(now);
        }
        taken
    }

    /// Takes output until there is none for now, or `most` bytes. A program that
    /// floods its terminal is mostly about to print on: it is let run for a moment,
    /// as being put to sleep and woken up costs more than a read that was for nothing.
    fn take_output(&mut self, most: usize) -> usize {
        let mut taken = 0;
        let mut flowing = false;
        while taken < most {
            let Some(output) = &self.output else {
                self.reading = Reading::Ended;
                break;
            };
            match output.try_read(&mut self.buffer) {
                Ok(ReadOutcome::Data(count)) => {
                    taken += count;
                    flowing = count >= FLOOD;
                    let now = Instant::now();
                    let shown = self.redactor.push(&self.buffer[..count]);
                    take_in(
                        &mut self.core,
                        &mut self.witness,
                        self.display.as_mut(),
                        &mut self.tracker,
                        shown,
                        now,
                    );
                    self.note_prompt();
                }
                Ok(ReadOutcome::WouldBlock) if flowing => {
                    flowing = false;
                    std::thread::yield_now();
                }
                Ok(ReadOutcome::WouldBlock) => break,
                Ok(ReadOutcome::Hangup) => {
                    self.reading = Reading::Hangup;
                    break;
                }
                Ok(ReadOutcome::End) | Err(_) => {
                    self.reading = Reading::Ended;
                    break;
                }
            }
        }
        taken
    }

    /// Some process has opened the terminal again.
    fn reopened(&mut self, open: bool) {
        self.reading = if open { Reading::Open } else { Reading::Ended };
    }

    /// All output that the program printed is in the kernel's hands by the time
    /// its end is seen, so reading until nothing is there loses nothing.
    fn exited(&mut self, status: std::io::Result<rejoinder_pty::ExitStatus>) {
        if self.reading != Reading::Ended {
            // Also after a hangup: the terminal may have been opened again since.
            self.take_output(DRAIN_LIMIT);
        }
        self.release_output(Instant::now());
        self.close_terminal();
        let now = Instant::now();
        self.last_activity = SystemTime::now();
        let status = status.unwrap_or_else(|error| {
            tracing::error!(session = %self.identity.name, %error, "cannot learn how the program ended");
            rejoinder_pty::ExitStatus::Code(255)
        });
        self.core.exited(status, now);
        self.witness.exited(status, self.core.status().end, now);
        self.phase.send_replace(Phase::Exited);
        self.typed();
        self.end_on(now);
    }

    /// Gives the terminal back to the system, which has only so many: a session whose
    /// program has ended stays readable for long. What the program left behind loses its
    /// terminal, as it does when a person closes the window.
    fn close_terminal(&mut self) {
        self.last_size = self.size();
        self.reading = Reading::Ended;
        self.output = None;
        self.input = None;
        self.leader = None;
        self.sight = Sight::Blind;
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

/// Output, as it may be shown, goes to all who want it.
fn take_in(
    core: &mut Core,
    witness: &mut Witness,
    display: Option<&mut Display>,
    tracker: &mut Tracker,
    bytes: &[u8],
    now: Instant,
) {
    witness.output(bytes, now);
    core.output(bytes, now);
    if let Some(display) = display {
        tracker.told(display.output(bytes, now), now);
    }
}

async fn readable(output: Option<&AsyncOutput>) -> std::io::Result<()> {
    match output {
        Some(output) => output.readable().await,
        None => std::future::pending().await,
    }
}

async fn reopened(output: Option<&AsyncOutput>) -> std::io::Result<()> {
    match output {
        Some(output) => output.reopened().await,
        None => std::future::pending().await,
    }
}

async fn writable(input: Option<&AsyncInput>) -> std::io::Result<()> {
    match input {
        Some(input) => input.writable().await,
        None => std::future::pending().await,
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
