//! From the terminal to all who want its output, up to the program's end.

use std::time::{Instant, SystemTime};

use rejoinder_pty::ReadOutcome;
use rejoinder_pty::aio::{AsyncInput, AsyncOutput};

use super::display::Display;
use super::{Driver, Phase, Reading, Sight};
use crate::core::Core;
use crate::shell::Tracker;
use crate::witness::Witness;

/// Bytes taken from the terminal before anything else gets its turn.
const BURST: usize = 256 * 1024;

/// A read of so many bytes is taken for a part of a flood: a terminal hands out 1 to
/// 4 KiB at a time while a program prints without end.
const FLOOD: usize = 1024;

/// Bytes read after the program's end at most, should a process that it left
/// behind go on printing: twice what the kernel can hold for a terminal.
const DRAIN_LIMIT: usize = 16 * 1024 * 1024;

impl Driver {
    pub(super) fn read_on(&mut self, open: bool) {
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
    pub(super) fn pause(&mut self, now: Instant) {
        self.watch_held_back(now);
        self.witness.paused(now);
        self.core.output_paused(now);
        self.answer_program(now);
    }

    /// Takes what output there is at this moment, whether or not the reactor
    /// knows of it yet.
    pub(super) fn take_pending(&mut self, now: Instant) -> usize {
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
    pub(super) fn reopened(&mut self, open: bool) {
        self.reading = if open { Reading::Open } else { Reading::Ended };
    }

    /// All output that the program printed is in the kernel's hands by the time
    /// its end is seen, so reading until nothing is there loses nothing.
    pub(super) fn exited(&mut self, status: std::io::Result<rejoinder_pty::ExitStatus>) {
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
}

/// Output, as it may be shown, goes to all who want it.
pub(super) fn take_in(
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

pub(super) async fn readable(output: Option<&AsyncOutput>) -> std::io::Result<()> {
    match output {
        Some(output) => output.readable().await,
        None => std::future::pending().await,
    }
}

pub(super) async fn reopened(output: Option<&AsyncOutput>) -> std::io::Result<()> {
    match output {
        Some(output) => output.reopened().await,
        None => std::future::pending().await,
    }
}

pub(super) async fn writable(input: Option<&AsyncInput>) -> std::io::Result<()> {
    match input {
        Some(input) => input.writable().await,
        None => std::future::pending().await,
    }
}
