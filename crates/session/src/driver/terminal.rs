//! What the driver does to the terminal and to the processes on it, and what it
//! sees of them.

use std::time::Instant;

use rejoinder_ansi::Key;
use rejoinder_pty::aio::AsyncLeader;
use rejoinder_pty::{Flush, ProcessInfo, Signal, TerminalModes, Winsize, WriteOutcome};

use super::{Driver, Sight};
use crate::answer::Answer;
use crate::error::{Error, ErrorKind};
use crate::request::{ScreenLook, SignalTarget};
use crate::state::{ForegroundProcess, Identity, Info, Mode};
use crate::waiting::Look;

/// Bytes that the program has not read, from which on a terminal is taken for
/// full: half of what Linux keeps (`N_TTY_BUF_SIZE`), as an unfinished line is
/// not counted.
const HALF_FULL: usize = 2048;

impl Driver {
    /// Looks at the program for somebody who wants to know at once: a wait that
    /// is seen is looked at once more.
    pub(super) fn look(&mut self, now: Instant) {
        self.look_once(now);
        if self.core.wants_second_look() {
            self.look_once(now);
        }
    }

    /// Looks at the program. What it printed before it came to what it does now
    /// is taken afterwards: a state must never overtake the output.
    pub(super) fn look_once(&mut self, now: Instant) {
        let look = if self.core.is_exited() {
            None
        } else {
            self.sight()
        };
        if self.take_pending(now) > 0 {
            return;
        }
        let now = Instant::now();
        self.release_output(now);
        let before = self.core.status().state;
        self.core.terminal(look.as_ref(), now);
        let state = self.core.status().state;
        if state != before && state.is_waiting() {
            let quiet_us =
                u64::try_from(self.core.watch().quiet(now).as_micros()).unwrap_or(u64::MAX);
            tracing::debug!(session = %self.identity.name, %state, quiet_us, "the program waits");
        }
    }

    fn sight(&self) -> Option<Look> {
        let started = Instant::now();
        let thorough = self.core.watch().is_thorough();
        // Asked before anybody is looked at: who waits after all was read waits
        // for more.
        let is_typing = self.typing.wants_room();
        let (sighting, input_taken) = match &self.sight {
            Sight::Terminal(probe) => {
                let taken = match self.core.watch().is_input_pending() {
                    true => probe.is_input_taken(),
                    false => Some(true),
                };
                (probe.look(thorough)?, taken)
            }
            Sight::Pipe(probe) => (probe.look(thorough), Some(true)),
            Sight::Blind => return None,
        };
        Some(Look {
            sighting,
            input_taken: if is_typing { Some(false) } else { input_taken },
            cost: started.elapsed(),
        })
    }

    pub(super) fn terminal_modes(&self) -> Option<TerminalModes> {
        self.leader.as_ref()?.leader().modes().ok()
    }

    /// Types the answers to what the program asked its terminal. They are the terminal's
    /// and nobody's input: whoever has the input does not matter.
    pub(super) fn answer_program(&mut self, now: Instant) {
        let (Some(display), Some(leader), Some(input)) =
            (&mut self.display, &self.leader, &self.input)
        else {
            return;
        };
        let Some(answers) = display.answers(|| leader.leader().modes().ok(), now) else {
            return;
        };
        match input.try_write(answers) {
            Ok(WriteOutcome::Written(count)) => {
                answers.drain(..count);
                if !answers.is_empty() {
                    display.hold(now);
                }
            }
            Ok(WriteOutcome::WouldBlock) => display.hold(now),
            Ok(WriteOutcome::Hangup) | Err(_) => answers.clear(),
        }
    }

    /// What is on the screen.
    pub(super) fn see(&mut self, look: ScreenLook) -> Result<Answer, Error> {
        let status = self.core.status();
        let Some(display) = &mut self.display else {
            return Err(no_screen(&self.identity));
        };
        Ok(Answer::Screen(Box::new(look.at(display.screen(), status))))
    }

    /// The terminal's size; what it was when it is closed.
    pub(super) fn size(&self) -> Option<Winsize> {
        match &self.leader {
            Some(leader) => leader.leader().winsize().ok().flatten(),
            None => self.last_size,
        }
    }

    pub(super) fn resize(&mut self, size: Winsize) -> Result<Answer, Error> {
        if self.core.is_exited() {
            return Err(exited(
                &self.identity,
                "there is no terminal left to resize",
            ));
        }
        let Some(leader) = &self.leader else {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "session {} runs through pipes, which have no size",
                    self.identity.name
                ),
                "start the program with mode `pty`",
            ));
        };
        leader
            .leader()
            .resize(size)
            .map_err(|error| Error::io("cannot resize the terminal", error))?;
        self.witness.resized(size, Instant::now());
        if let Some(display) = &mut self.display {
            display.resize(size);
        }
        Ok(Answer::Done(self.core.status()))
    }

    pub(super) fn signal(&mut self, signal: Signal, target: SignalTarget) -> Result<Answer, Error> {
        if self.core.is_exited() {
            return Err(exited(&self.identity, "there is nothing left to signal"));
        }
        let now = Instant::now();
        if (signal, target) == (Signal::INT, SignalTarget::Foreground) {
            // The interrupt key is input like any other.
            let agent = self.agent();
            self.takes_input_from(&agent, now)?;
        }
        match (target, &self.leader) {
            (SignalTarget::Session, _) => self.ending.signal_all(signal),
            (SignalTarget::Foreground, Some(leader)) => {
                let leader = leader.leader().clone();
                if signal == Signal::INT && self.type_interrupt() {
                    Ok(())
                } else {
                    leader.signal_foreground(signal).map(|_| ())
                }
            }
            (SignalTarget::Foreground, None) => self.process.signal_group(signal).map(|_| ()),
        }
        .map_err(|error| Error::io(&format!("cannot send {signal}"), error))?;
        self.core.typing(now);
        self.tracker.typed();
        Ok(Answer::Done(self.core.status()))
    }

    /// Types the terminal's interrupt character, as a person would: a program
    /// that reads keys, or a remote one, gets it too. `false` where that would
    /// not arrive: behind other input, or in a terminal that has it switched
    /// off.
    fn type_interrupt(&mut self) -> bool {
        if self.typing.current.is_some() || self.is_behind_input() {
            return false;
        }
        let mut bytes = Vec::new();
        match self.terminal_modes() {
            Some(modes) if modes.isig => bytes.extend(modes.vintr),
            _ => {
                let key: Key = "C-c".parse().expect("a key that there is");
                let encoded = key.encode(self.core.modes().key_modes(), &mut bytes);
                debug_assert!(encoded.is_ok(), "C-c has bytes in every mode");
            }
        }
        if bytes.is_empty() {
            return false;
        }
        self.typing.press(&bytes);
        let flushed = self.flush_input();
        let left = self.typing.writer.clear();
        if left == 0 {
            let agent = self.agent();
            self.record(&agent, bytes.len() as u64);
        }
        left == 0 && matches!(flushed, Ok(Flush::Done))
    }

    /// Whether a key typed now would wait until the program reads what was
    /// typed before. Where the system does not say, what was seen last counts.
    fn is_behind_input(&self) -> bool {
        let leader = self.leader.as_ref().map(AsyncLeader::leader);
        match leader.and_then(|leader| leader.unread_input().ok()) {
            Some(0) => false,
            Some(unread) => self.typing.is_clogged || unread >= HALF_FULL,
            None => self.typing.is_clogged,
        }
    }

    pub(super) fn info(&self, reader: &str) -> Info {
        let foreground = self.foreground();
        Info {
            identity: self.identity.clone(),
            status: self.core.status(),
            last_activity: self.last_activity,
            idle_s: self
                .last_activity
                .elapsed()
                .map_or(0.0, |idle| idle.as_secs_f64()),
            unread_bytes: self.core.unread(reader),
            title: self.core.modes().title().map(str::to_owned),
            size: self.size(),
            cwd: foreground
                .as_ref()
                .and_then(|info| info.cwd().ok())
                .map(|path| path.display().to_string()),
            foreground: foreground.map(|info| ForegroundProcess {
                pid: info.pid.as_raw(),
                name: info.comm.to_string_lossy().into_owned(),
            }),
            limits: self.limits,
            transcript: self.witness.transcript(),
            human_in_control: self.lease.is_held_by_person(),
        }
    }

    pub(super) fn foreground(&self) -> Option<ProcessInfo> {
        if self.core.is_exited() {
            return None;
        }
        let group = match (&self.leader, self.identity.mode) {
            (Some(leader), Mode::Pty) => leader.leader().foreground_process_group().ok()??,
            _ => self.process.pid(),
        };
        ProcessInfo::read(group).ok()
    }
}

fn exited(identity: &Identity, remedy: &str) -> Error {
    let what = format!("the program of session {} has ended", identity.name);
    Error::new(ErrorKind::Exited, what, remedy)
}

/// The session runs through pipes.
pub(crate) fn no_screen(identity: &Identity) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "session {} runs through pipes, which have no screen",
            identity.name
        ),
        "read_output shows its output; start the program with mode `pty` for a screen",
    )
}
