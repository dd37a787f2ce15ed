//! One command, from what has the terminal now to the command's end: a state
//! machine without a clock or a terminal.
//!
//! [`Run::advance`] is called whenever something has happened (output, a look at
//! the terminal, a timer) with the [`Facts`] of that moment, and says what to do
//! next. A shell that prints no marks is told apart ([`script::probe`]) where the
//! system does not tell, then taught them, and then given the command.

use std::time::{Duration, Instant};

use super::answer::RunEnd;
use super::holder::{Foreground, Holder};
use super::refusal::{
    asks_password, at_work, full_screen, half_typed, has_the_terminal, no_prompt, no_shell,
    reads_line,
};
use super::statement::Statement;
use super::tracker::{Stage, Tracker};
use super::{Family, script};
use crate::error::{Error, ErrorKind};
use crate::state::{State, WaitingFor};

/// How long a shell that was just started may take to its first prompt.
const START: Duration = Duration::from_secs(10);

/// How long something that may come to rest is waited for before it counts as
/// busy.
const BUSY: Duration = Duration::from_secs(1);

/// How long a typed line without an Enter stands at the prompt before it counts
/// as half typed: its Enter may be on its way.
const HALF_TYPED: Duration = Duration::from_millis(300);

/// How long a shell may take to answer a probe, or to learn the marks.
const LEARN: Duration = Duration::from_secs(10);

/// How long the prompt may take after a command's end.
const PROMPT: Duration = Duration::from_secs(2);

/// Bytes of a line from which on it is typed as a paste where the shell takes
/// one: line editors redraw after each key.
const PASTE_FROM: usize = 160;

/// What is known at one moment.
pub(crate) struct Facts<'a> {
    pub(crate) now: Instant,
    /// What the program does, as the terminal shows it.
    pub(crate) state: State,
    /// Where the output ends.
    pub(crate) end: u64,
    /// Since when nothing was printed or typed.
    pub(crate) quiet_since: Instant,
    /// Whether the terminal hands input over by keys.
    pub(crate) is_raw: bool,
    /// Whether bracketed paste is on.
    pub(crate) bracketed_paste: bool,
    /// Whether the alternate screen is on.
    pub(crate) alternate_screen: bool,
    /// Who has the terminal; costs a look at the system.
    pub(crate) foreground: &'a dyn Fn() -> Foreground,
    /// The output from an offset on, as text.
    pub(crate) text: &'a dyn Fn(u64) -> String,
}

/// What to do next.
#[derive(Debug)]
pub(crate) enum Step {
    /// Nothing until something happens, or until then.
    Wait(Instant),
    /// Type this.
    Type(Vec<u8>),
    /// The command has come to its answer.
    Done(Done),
    /// Nothing was run.
    Fail(Error),
}

/// What a command came to, its output told by offsets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) end: RunEnd,
    pub(crate) exit_code: Option<i32>,
    pub(crate) cwd: Option<String>,
    pub(crate) duration: Duration,
    /// Where its output starts and ends; empty where `text` has it.
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// The output, where it is not one stretch of what was printed.
    pub(crate) text: Option<String>,
}

#[derive(Debug)]
enum Phase {
    /// Looking for a shell at its prompt, since then.
    Check(Instant),
    /// A probe was typed.
    Probing {
        token: String,
        from: u64,
        until: Instant,
    },
    /// The marks were typed.
    Teaching {
        key: String,
        family: Family,
        until: Instant,
    },
    /// The command was typed: when, and where.
    Typed { since: Instant, at: u64, ends: u64 },
    /// It has ended; the prompt is still to come.
    Ended { done: Done, until: Instant },
    /// A statement of a REPL.
    Statement(Statement),
}

/// One command.
#[derive(Debug)]
pub(crate) struct Run {
    command: String,
    deadline: Instant,
    phase: Phase,
    /// The next shell's key, and a token for a probe.
    secrets: [String; 2],
}

impl Run {
    /// A command that begins now; `secrets` are two random words.
    pub(crate) fn new(
        command: String,
        timeout: Duration,
        secrets: [String; 2],
        now: Instant,
    ) -> Self {
        Self {
            command,
            deadline: now + timeout,
            phase: Phase::Check(now),
            secrets,
        }
    }

    /// The command as it was given.
    pub(crate) fn command(&self) -> &str {
        &self.command
    }

    /// Takes the run as far as it gets with what is known now.
    pub(crate) fn advance(&mut self, tracker: &mut Tracker, facts: &Facts<'_>) -> Step {
        if facts.state.is_exited() {
            return self.exited(tracker, facts);
        }
        match &mut self.phase {
            Phase::Check(since) => {
                let since = *since;
                self.check(since, tracker, facts)
            }
            Phase::Probing { token, from, until } => {
                let until = *until;
                if let Some(family) = script::probed(&(facts.text)(*from), token) {
                    return self.teach(family, tracker, facts);
                }
                if facts.now >= until {
                    return Step::Fail(no_shell());
                }
                Step::Wait(until)
            }
            Phase::Teaching { key, family, until } => {
                let (family, until) = (*family, *until);
                match tracker.at_prompt() {
                    Some(shell) if shell.key() == key => self.type_command(family, tracker, facts),
                    _ if facts.now >= until => {
                        tracker.unlearn(key);
                        Step::Fail(no_shell())
                    }
                    _ => Step::Wait(until),
                }
            }
            Phase::Typed { since, at, ends } => {
                let (since, at, ends) = (*since, *at, *ends);
                self.typed(since, at, ends, tracker, facts)
            }
            Phase::Ended { done, until } => {
                if tracker.at_prompt().is_some() || facts.state.is_waiting() || facts.now >= *until
                {
                    return Step::Done(done.clone());
                }
                Step::Wait(*until)
            }
            Phase::Statement(statement) => statement.advance(self.deadline, facts),
        }
    }

    fn exited(&self, tracker: &Tracker, facts: &Facts<'_>) -> Step {
        match &self.phase {
            Phase::Typed { since, at, .. } => {
                let from = tracker.output_from().max(*at);
                Step::Done(self.so_far(RunEnd::Exited, from, *since, facts))
            }
            Phase::Ended { done, .. } => Step::Done(Done {
                end: RunEnd::Exited,
                ..done.clone()
            }),
            Phase::Statement(statement) => Step::Done(statement.so_far(RunEnd::Exited, facts)),
            _ => Step::Fail(Error::new(
                ErrorKind::Exited,
                "the session's program has ended; nothing was typed",
                "read what it left with read_output, or start a new session",
            )),
        }
    }

    /// Finds out who has the terminal, and types only to who takes commands.
    fn check(&mut self, since: Instant, tracker: &mut Tracker, facts: &Facts<'_>) -> Step {
        if facts.state == State::Waiting(WaitingFor::Password) {
            let foreground = (facts.foreground)();
            return Step::Fail(asks_password(&foreground.name));
        }
        if let Some(shell) = tracker.at_prompt() {
            let family = shell.family;
            return self.type_command(family, tracker, facts);
        }
        let waited = facts.now.saturating_duration_since(since);
        if tracker.is_half_typed() && Self::has_shell_terminal(tracker, facts) {
            let until = since + HALF_TYPED;
            if facts.now < until {
                return Step::Wait(until);
            }
            return Step::Fail(half_typed(&last_line(facts)));
        }
        let is_at_rest = is_at_rest(facts);
        match tracker.top().map(|top| top.stage) {
            // Its startup files may have put another program in its place.
            Some(Stage::Starting) if waited < START && !is_at_rest_for(facts, BUSY) => {
                return Step::Wait((since + START).min(facts.now + BUSY));
            }
            Some(Stage::Ended) if waited < PROMPT && !is_at_rest => {
                return Step::Wait(since + PROMPT);
            }
            _ => {}
        }
        let foreground = (facts.foreground)();
        let holder = foreground.holder();
        let rests = |at_most: Duration| match is_at_rest || waited >= at_most {
            true => None,
            false => Some(Step::Wait((since + at_most).min(facts.quiet_since + REST))),
        };
        match holder {
            Holder::Program(name, leave) => {
                // What has just been started may yet become a shell.
                rests(BUSY).unwrap_or_else(|| Step::Fail(has_the_terminal(&name, leave)))
            }
            Holder::Shell(family) => {
                if let Some(wait) = rests(BUSY) {
                    return wait;
                }
                if !is_at_rest {
                    return Step::Fail(at_work(&foreground.name, tracker.left()));
                }
                // The shell that is known reads its terminal while it runs a
                // command: `read`, not a prompt.
                let reads_itself = facts.state == State::Waiting(WaitingFor::Line)
                    && tracker.top().is_some_and(|top| {
                        matches!(top.stage, Stage::Running(_))
                            && top.is_process(foreground.pid)
                            && family.is_none_or(|family| family == top.family)
                    });
                if reads_itself {
                    return Step::Fail(reads_line(tracker.left()));
                }
                match family {
                    Some(family) => self.teach(family, tracker, facts),
                    None => self.probe(facts),
                }
            }
            Holder::Repl(name) => {
                if let Some(wait) = rests(BUSY) {
                    return wait;
                }
                if !is_at_rest {
                    return Step::Fail(at_work(&name, tracker.left()));
                }
                self.phase = Phase::Statement(Statement::new(&name, &self.command, facts));
                self.advance(tracker, facts)
            }
            Holder::Passage(_) | Holder::Unknown => {
                let name = match &holder {
                    Holder::Passage(name) => name.as_str(),
                    _ => "the program in the foreground",
                };
                if facts.alternate_screen {
                    return Step::Fail(full_screen(name));
                }
                if let Some(wait) = rests(BUSY) {
                    return wait;
                }
                let line = last_line(facts);
                if facts.bracketed_paste || looks_like_prompt(&line) {
                    return self.probe(facts);
                }
                Step::Fail(no_prompt(name, &line, tracker.left()))
            }
        }
    }

    /// Whether the shell that is known to have been at its prompt still has the
    /// terminal. One without hooks does not tell that a command has begun which
    /// somebody else typed.
    fn has_shell_terminal(tracker: &Tracker, facts: &Facts<'_>) -> bool {
        tracker.top().is_some_and(|top| {
            top.family != Family::Posix || top.is_process((facts.foreground)().pid)
        })
    }

    fn probe(&mut self, facts: &Facts<'_>) -> Step {
        let token = self.secrets[1].clone();
        let line = script::probe(&token) + "\r";
        self.phase = Phase::Probing {
            token,
            from: facts.end,
            until: facts.now + LEARN,
        };
        Step::Type(line.into_bytes())
    }

    fn teach(&mut self, family: Family, tracker: &mut Tracker, facts: &Facts<'_>) -> Step {
        let key = self.secrets[0].clone();
        let lines = script::bootstrap(family, &key);
        tracker.learn(key.clone(), family, facts.now);
        self.phase = Phase::Teaching {
            key,
            family,
            until: facts.now + LEARN,
        };
        Step::Type(typed_lines(&lines, family, facts.bracketed_paste))
    }

    fn type_command(&mut self, family: Family, tracker: &Tracker, facts: &Facts<'_>) -> Step {
        let lines = script::command(family, &self.command);
        self.phase = Phase::Typed {
            since: facts.now,
            at: facts.end,
            ends: tracker.ends(),
        };
        Step::Type(typed_lines(&lines, family, facts.bracketed_paste))
    }

    /// The command runs: its end is found, or why it goes on.
    fn typed(
        &mut self,
        since: Instant,
        at: u64,
        ends: u64,
        tracker: &mut Tracker,
        facts: &Facts<'_>,
    ) -> Step {
        if tracker.ends() > ends
            && let Some(last) = tracker.last()
        {
            let done = Done {
                end: RunEnd::Ended,
                exit_code: last.exit_code,
                cwd: last.cwd.clone(),
                duration: last.duration,
                from: last.from.max(at),
                to: last.to,
                text: None,
            };
            self.phase = Phase::Ended {
                done,
                until: facts.now + PROMPT,
            };
            return self.advance(tracker, facts);
        }
        let has_begun = tracker.output_from() > at;
        let from = if has_begun {
            tracker.output_from()
        } else {
            facts.end
        };
        let end = if has_begun && matches!(facts.state, State::Waiting(_)) {
            RunEnd::Waiting
        } else if facts.now >= self.deadline {
            RunEnd::Timeout
        } else {
            return Step::Wait(self.deadline);
        };
        tracker.leave(&self.command);
        Step::Done(self.so_far(end, from, since, facts))
    }

    fn so_far(&self, end: RunEnd, from: u64, since: Instant, facts: &Facts<'_>) -> Done {
        Done {
            end,
            exit_code: None,
            cwd: None,
            duration: facts.now.saturating_duration_since(since),
            from,
            to: facts.end,
            text: None,
        }
    }
}

/// How long a program that reads keys has to be quiet to be at rest, where the
/// system does not tell that it reads.
pub(crate) const REST: Duration = Duration::from_millis(200);

/// Whether the program reads input, as far as can be told.
pub(crate) fn is_at_rest(facts: &Facts<'_>) -> bool {
    facts.state.is_waiting() || (facts.is_raw && is_at_rest_for(facts, REST))
}

fn is_at_rest_for(facts: &Facts<'_>, time: Duration) -> bool {
    facts.now >= facts.quiet_since + time
}

/// The line that the cursor is on.
pub(crate) fn last_line(facts: &Facts<'_>) -> String {
    let text = (facts.text)(facts.end.saturating_sub(2048));
    text.rsplit('\n').next().unwrap_or_default().to_owned()
}

/// Whether a line ends as shells' prompts do.
fn looks_like_prompt(line: &str) -> bool {
    let end = line.trim_end();
    end.ends_with(['$', '#', '%', '>', '❯', '➜', '»', 'λ', '›', '▶', '»']) && end.len() <= 200
}

/// The keys for these lines: as pastes where that is on and they are long.
fn typed_lines(lines: &[String], family: Family, bracketed_paste: bool) -> Vec<u8> {
    let mut keys = Vec::new();
    for line in lines {
        if bracketed_paste && family != Family::Posix && line.len() >= PASTE_FROM {
            // The space goes first, as a shell may trim a paste.
            keys.extend_from_slice(b" \x1b[200~");
            keys.extend_from_slice(line.trim_start().as_bytes());
            keys.extend_from_slice(b"\x1b[201~");
        } else {
            keys.extend_from_slice(line.as_bytes());
        }
        keys.push(b'\r');
    }
    keys
}
