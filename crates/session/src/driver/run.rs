//! The driver's part in running commands: gives a [`Run`] what it wants to know,
//! types what it says, and answers for it.

use std::time::{Duration, Instant};

use rejoinder_expect::Offset;
use rejoinder_pty::ProcessInfo;

use super::Driver;
use crate::answer::Answer;
use crate::core::Token;
use crate::error::{Error, ErrorKind};
use crate::request::{Input, InputPart, Interact};
use crate::shell::holder::Foreground;
use crate::shell::run::{Done, Facts};
use crate::shell::setup::random_key;
use crate::shell::{Ran, Run, RunRequest, Step};
use crate::typing::MAX_QUEUED;

/// Stands for a run's own typing, whose answer nobody waits for: no request has
/// this number, as they are counted from 0.
const OWN: Token = Token(u64::MAX);

/// How long a terminal that has no room may hold a command's typing up.
const TYPING_PATIENCE: Duration = Duration::from_secs(30);

/// A command under way, and who asked for it.
pub(super) struct Running {
    token: Token,
    reader: String,
    run: Run,
    next: Option<Instant>,
}

impl Running {
    /// When to look at it again though nothing happens.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }
}

impl Driver {
    /// Takes on a command.
    pub(super) fn begin_run(&mut self, token: Token, request: RunRequest, now: Instant) {
        if let Err(error) = self.may_run(&request) {
            return self.reply(token, Err(error));
        }
        let secrets = match (random_key(), random_key()) {
            (Ok(key), Ok(token)) => [key, token],
            (Err(error), _) | (_, Err(error)) => {
                let error = Error::io("the system has no random numbers", error);
                return self.reply(token, Err(error));
            }
        };
        self.look(now);
        self.core.set_watched(true, now);
        self.running = Some(Running {
            token,
            reader: request.reader,
            run: Run::new(request.command, request.timeout, secrets, now),
            next: None,
        });
    }

    fn may_run(&self, request: &RunRequest) -> Result<(), Error> {
        self.may_type(None)?;
        let refuse =
            |message: String, remedy: &str| Err(Error::new(ErrorKind::WrongState, message, remedy));
        if let Some(running) = &self.running {
            return refuse(
                format!(
                    "another command is being run in this session ({:?}); nothing was typed",
                    running.run.command()
                ),
                "wait for its answer, or use another session",
            );
        }
        if self.leader.is_none() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "session {} runs through pipes: no shell has a prompt there",
                    self.identity.name
                ),
                "use send_and_read, or start the shell with mode `pty`",
            ));
        }
        if self.typing.queue.len() >= MAX_QUEUED {
            return refuse(
                "too much waits to be typed into this session".to_owned(),
                "wait for its answers first",
            );
        }
        if request.command.trim().is_empty() || request.command.contains('\0') {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "a command is text, not empty and without NUL; nothing was typed",
                "give the command to run",
            ));
        }
        Ok(())
    }

    /// Takes the command under way as far as it gets.
    pub(super) fn run_on(&mut self, now: Instant) {
        while let Some(mut running) = self.running.take() {
            let mut tracker = std::mem::take(&mut self.tracker);
            let step = {
                let modes = self.core.modes();
                let status = self.core.status();
                let facts = Facts {
                    now,
                    state: status.state,
                    end: status.end.get(),
                    quiet_since: self.core.last_event().unwrap_or(self.started),
                    is_raw: self.terminal_modes().is_some_and(|modes| !modes.canonical),
                    bracketed_paste: modes.bracketed_paste(),
                    alternate_screen: modes.alternate_screen(),
                    foreground: &|| self.holder(),
                    text: &|from| self.core.text_from(from),
                };
                running.run.advance(&mut tracker, &facts)
            };
            self.tracker = tracker;
            match step {
                Step::Wait(until) => {
                    running.next = Some(until);
                    self.running = Some(running);
                    return;
                }
                Step::Type(keys) => {
                    let agent = self.agent();
                    match self.takes_input_from(&agent, now) {
                        Ok(()) => {
                            self.running = Some(running);
                            self.type_own(keys, now);
                        }
                        Err(error) => self.end_run(running.token, Err(error), now),
                    }
                }
                Step::Done(done) => {
                    let ran = self.ran(&running.reader, done);
                    self.end_run(running.token, Ok(Answer::Ran(Box::new(ran))), now);
                }
                Step::Fail(error) => self.end_run(running.token, Err(error), now),
            }
        }
    }

    /// Nobody waits for the command's answer any more; it runs on.
    pub(super) fn forget_run(&mut self, token: Token) {
        if let Some(running) = self.running.take_if(|running| running.token == token) {
            self.tracker.leave(running.run.command());
            self.core.set_watched(false, Instant::now());
        }
    }

    /// Tells the core whether a shell is at its prompt.
    pub(super) fn note_prompt(&mut self) {
        let shell = self.tracker.at_prompt().map(|shell| shell.family.name());
        self.core.set_prompt_shown(shell);
        self.core
            .set_command_from(Offset::new(self.tracker.output_from()));
        if shell.is_some() {
            self.start_files = None;
        }
    }

    fn end_run(&mut self, token: Token, answer: Result<Answer, Error>, now: Instant) {
        self.core.set_watched(false, now);
        self.last_request = now;
        self.reply(token, answer);
    }

    fn type_own(&mut self, keys: Vec<u8>, now: Instant) {
        let input = Input {
            parts: vec![InputPart::Text(keys)],
            timeout: TYPING_PATIENCE,
            expect_state: None,
            actor: None,
        };
        let interact = Interact {
            input: Some(input),
            ..Interact::default()
        };
        self.interact(OWN, interact, now);
    }

    fn ran(&mut self, reader: &str, done: Done) -> Ran {
        let Done {
            end,
            exit_code,
            cwd,
            duration,
            from,
            to,
            text,
        } = done;
        let output = self
            .core
            .stretch(reader, Offset::new(from), Offset::new(to), text);
        Ran {
            end,
            exit_code,
            cwd,
            duration,
            output,
            status: self.core.status(),
            before: self.tracker.take_untold(),
        }
    }

    /// Who has the terminal.
    fn holder(&self) -> Foreground {
        let Some(info) = self.foreground() else {
            return Foreground::default();
        };
        let text = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
        let ProcessInfo { pid, comm, .. } = &info;
        Foreground {
            pid: pid.as_raw(),
            name: text(comm),
            argv: info
                .command_line()
                .map(|argv| argv.iter().map(|arg| text(arg)).collect())
                .unwrap_or_default(),
            executable: info.exe().ok().map(|path| text(path.as_os_str())),
        }
    }
}
