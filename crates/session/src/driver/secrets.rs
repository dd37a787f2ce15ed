//! The driver's secrets: typed only where nothing shows them, masked in what the
//! program prints.

use std::time::{Duration, Instant};

use rejoinder_ansi::strip;
use rejoinder_policy::{Echo, SecretRule, SecretUse, TypingFacts, Verdict};
use rejoinder_pty::MAX_CANONICAL_LINE;
use rejoinder_pty::aio::AsyncLeader;

use super::output::take_in;
use super::{Driver, Reading};
use crate::core::Token;
use crate::error::{Error, ErrorKind};
use crate::lease::Actor;
use crate::request::InputPart;
use crate::secret::Secret;

/// How long a secret waits for echo to be turned off: many a program prints its
/// question first.
const PATIENCE: Duration = Duration::from_secs(1);

/// The pause before the second look at the terminal; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// How long echo that is still off after a secret counts as that secret's, while
/// the program prints nothing: a second one would be typed ahead, into whatever comes.
const SAME_QUESTION: Duration = Duration::from_millis(150);

/// How long output that may be the beginning of a secret is held back at most.
const HELD_BACK: Duration = Duration::from_millis(10);

/// Bytes at the end of the output in which the last line is looked for.
const LAST_LINE: usize = 4096;

/// A secret whose time has not come.
#[derive(Debug)]
pub(crate) struct SecretGate {
    token: Token,
    rule: SecretRule,
    next_look: Instant,
    pause: Duration,
    deadline: Instant,
}

/// What may be done with the input whose turn it is.
pub(super) enum Admission {
    /// It may be typed, as far as secrets are concerned.
    Go,
    /// It may be allowed in a moment.
    Later,
    /// It is refused.
    Refused(Error),
}

impl SecretGate {
    /// When to look again.
    pub(crate) fn poll_timeout(&self) -> Instant {
        self.next_look
    }
}

impl Driver {
    /// Whether the input at the head of the queue may be typed now. Nothing happens
    /// between this look at the terminal and the typing.
    pub(super) fn admit_secret(&mut self, now: Instant) -> Admission {
        let gate = self.typing.gate_of_secret.take();
        let Some((token, actor, parts)) = self.next_with_secret() else {
            return Admission::Go;
        };
        let human = self.lease.is_held_by_person() && !actor.is_person();
        if self.core.is_exited() || human {
            // The usual checks say what is wrong.
            return Admission::Go;
        }
        let mut gate = match gate {
            Some(gate) if gate.token == token => gate,
            _ => match new_gate(token, parts, now) {
                Ok(gate) => gate,
                Err(error) => return Admission::Refused(error),
            },
        };
        self.take_pending(now);
        self.release_output(now);
        let verdict = self.judge(&gate.rule);
        let behind_input = self.is_same_question(now) || self.has_unread_input();
        if verdict.is_allowed() && !behind_input {
            return Admission::Go;
        }
        if now >= gate.deadline {
            return Admission::Refused(if verdict.is_allowed() {
                typed_ahead()
            } else {
                refused(&verdict)
            });
        }
        gate.next_look = (now + gate.pause).min(gate.deadline);
        gate.pause = (gate.pause * 2).min(LONGEST_PAUSE);
        self.typing.gate_of_secret = Some(gate);
        Admission::Later
    }

    /// The input whose turn it is, when it has a secret.
    fn next_with_secret(&self) -> Option<(Token, &Actor, &[InputPart])> {
        let queued = self.typing.queue.front()?;
        let parts = &queued.checked.interact.input.as_ref()?.parts;
        secrets_of(parts).next()?;
        Some((queued.token, &queued.actor, parts))
    }

    fn judge(&self, rule: &SecretRule) -> Verdict {
        let echo = match self.terminal_modes() {
            None => Echo::Unknown,
            Some(modes) if modes.echo => Echo::On,
            Some(modes) if modes.canonical => Echo::Off,
            Some(_) => Echo::Raw,
        };
        let foreground = self.foreground();
        let program = foreground.as_ref().map(|info| info.comm.to_string_lossy());
        rule.judge_typing(&TypingFacts {
            echo,
            last_line: &last_line(self.core.tail(LAST_LINE)),
            program: program.as_deref(),
        })
    }

    /// Whether a secret was typed a moment ago and the program shows no sign of
    /// having taken it.
    fn is_same_question(&self, now: Instant) -> bool {
        self.last_secret
            .is_some_and(|(end, at)| self.core.status().end == end && now < at + SAME_QUESTION)
    }

    /// Whether the program has not read what was typed before: that would be its
    /// answer, and the secret the one to whatever it asks next.
    fn has_unread_input(&self) -> bool {
        let leader = self.leader.as_ref().map(AsyncLeader::leader);
        // The first makes the kernel pass on what was just typed; the second also counts
        // the beginning of a line.
        leader.is_some_and(|leader| {
            leader.is_input_taken().is_ok_and(|taken| !taken)
                || leader.unread_input().is_ok_and(|bytes| bytes > 0)
        })
    }

    /// From here on the program may print these secrets.
    pub(super) fn hide(&mut self, parts: &[InputPart], now: Instant) -> Result<(), Error> {
        for secret in secrets_of(parts) {
            self.redactor
                .add(secret.value.as_bytes())
                .map_err(|_| too_many())?;
            self.last_secret = Some((self.core.status().end, now));
        }
        Ok(())
    }

    /// A secret that waits steps back for a person who types.
    pub(super) fn secret_steps_back(&mut self, person: &Actor) {
        let waits = self.typing.gate_of_secret.take().is_some();
        let Some(queued) = self
            .typing
            .queue
            .pop_front_if(|queued| waits && !queued.actor.is_person())
        else {
            return;
        };
        let error = Error::new(
            ErrorKind::HumanInControl,
            format!(
                "{} began to type into session {} before the secret was; nothing was typed",
                person.name(),
                self.identity.name
            ),
            super::input::WHILE_A_PERSON_TYPES,
        );
        self.reply(queued.token, Err(error));
    }

    /// Tells everybody of output that was held back, as no more comes for now.
    pub(super) fn release_output(&mut self, now: Instant) {
        self.held_until = None;
        if !self.redactor.holds_back() {
            return;
        }
        let shown = self.redactor.release();
        take_in(
            &mut self.core,
            &mut self.witness,
            self.display.as_mut(),
            &mut self.tracker,
            shown,
            now,
        );
        self.note_prompt();
        self.pause(now);
    }

    /// Output may have been held back: it is shown soon.
    pub(super) fn watch_held_back(&mut self, now: Instant) {
        let held = self.reading != Reading::Ended && self.redactor.holds_back();
        self.held_until = held.then_some(now + HELD_BACK);
    }
}

/// What the typing of a secret waits for. A secret stands alone, but for the keys
/// that follow it: what is judged is the moment at which it is typed.
fn new_gate(token: Token, parts: &[InputPart], now: Instant) -> Result<SecretGate, Error> {
    let is_key = |part: &InputPart| matches!(part, InputPart::Key(_) | InputPart::Enter);
    let Some((InputPart::Secret(secret), keys)) = parts.split_first() else {
        return Err(not_alone());
    };
    if !keys.iter().all(is_key) {
        return Err(not_alone());
    }
    if !secret.value.is_one_line() {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "the secret `{}` has several lines, and what is typed is one; nothing was typed",
                secret.name
            ),
            "give it to a program in its environment, or as a file",
        ));
    }
    // What does not fit would be typed later, when echo may be on again.
    if secret.value.as_bytes().len() > MAX_CANONICAL_LINE {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "the secret `{}` is longer than a terminal takes at once ({MAX_CANONICAL_LINE} \
                 bytes); nothing was typed",
                secret.name
            ),
            "give it to a program in its environment, or as a file",
        ));
    }
    let with = SecretUse {
        prompts: secret.prompts.clone(),
        programs: secret.programs.clone(),
    };
    let rule = SecretRule::new(&secret.name, &with).map_err(|error| {
        let remedy = "correct it in the configuration";
        Error::new(ErrorKind::BadPattern, error.to_string(), remedy)
    })?;
    Ok(SecretGate {
        token,
        rule,
        next_look: now,
        pause: FIRST_PAUSE,
        deadline: now + PATIENCE,
    })
}

fn not_alone() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "a secret is typed alone, with keys behind it at most; nothing was typed",
        "type the text first, in a call of its own",
    )
}

/// The secrets among the pieces of an input.
fn secrets_of(parts: &[InputPart]) -> impl Iterator<Item = &Secret> {
    parts.iter().filter_map(|part| match part {
        InputPart::Secret(secret) => Some(&**secret),
        _ => None,
    })
}

/// The last line that is not blank, without escape sequences.
fn last_line(output: &[u8]) -> String {
    let plain = strip(output);
    let text = String::from_utf8_lossy(&plain);
    let line = text
        .rsplit(['\n', '\r'])
        .find(|line| !line.trim().is_empty());
    line.unwrap_or_default().to_owned()
}

/// A verdict as an error of the session.
fn refused(verdict: &Verdict) -> Error {
    Error::new(
        ErrorKind::PolicyDenied,
        format!(
            "{}; nothing was typed (rule {})",
            verdict.reason(),
            verdict.rule()
        ),
        verdict.remedy().unwrap_or_default(),
    )
}

fn typed_ahead() -> Error {
    Error::new(
        ErrorKind::PolicyDenied,
        "the program has not read yet what was typed before, and would take the secret for the \
         answer to something else; nothing was typed (rule secrets.typed_ahead)",
        "wait until it asks for the password, and try again",
    )
}

fn too_many() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "{} lines of secrets are masked in this session's output already; nothing was typed",
            crate::redact::MAX_NEEDLES
        ),
        "start a new session",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_what_a_person_sees_last() {
        let check = |output: &[u8], line: &str| assert_eq!(last_line(output), line);
        check(b"one\r\nPassword: ", "Password: ");
        check(b"\x1b[1mToken:\x1b[0m \r\n\r\n", "Token: ");
        check(b"old\rnew", "new");
        check(b"", "");
    }
}
