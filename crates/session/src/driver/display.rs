//! The session's screen, and the answers to what the program asks its terminal.

use std::time::{Duration, Instant};

use memchr::memmem;
use rejoinder_pty::{TerminalModes, Winsize};
use rejoinder_screen::{Event, Screen, ScreenConfig, Size};

/// How long after the last output the screen is brought up to date, so that nothing is
/// kept for it while the session is at rest.
const REST: Duration = Duration::from_millis(50);

/// How long an answer waits for a program that can read it.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// What line editors, those of shells for one, begin with: they ask for pastes in brackets.
/// Who asked something before that, a program that has ended or a file that was shown, does
/// not read the answer any more; it would stand in the line that is edited.
const LINE_EDITOR: &[u8] = b"\x1b[?2004h";

/// How soon it is looked again whether the program can read an answer; the pause
/// doubles each time.
const FIRST_LOOK: Duration = Duration::from_millis(2);

/// The screen of one session.
pub(super) struct Display {
    screen: Screen,
    events: Vec<Event>,
    answers: Vec<u8>,
    held: Option<Held>,
    rest: Option<Instant>,
}

/// Answers that the program cannot read yet.
struct Held {
    until: Instant,
    next: Instant,
    pause: Duration,
}

impl Display {
    pub(super) fn new(size: Winsize) -> Self {
        let mut config = ScreenConfig::default();
        config.size = size_of(size);
        Self {
            screen: Screen::new(config),
            events: Vec::new(),
            answers: Vec::new(),
            held: None,
            rest: None,
        }
    }

    /// Takes output; what the program told its terminal in it is returned.
    pub(super) fn output(&mut self, bytes: &[u8], now: Instant) -> std::vec::Drain<'_, Event> {
        let mut rest = bytes;
        while let Some(at) = memmem::find(rest, LINE_EDITOR) {
            let (before, after) = rest.split_at(at + LINE_EDITOR.len());
            self.screen.push(before, &mut self.events);
            self.forget_answers();
            rest = after;
        }
        self.screen.push(rest, &mut self.events);
        self.rest = Some(now + REST);
        self.events.drain(..)
    }

    pub(super) fn resize(&mut self, size: Winsize) {
        self.screen.resize(size_of(size));
    }

    pub(super) fn screen(&mut self) -> &mut Screen {
        &mut self.screen
    }

    /// What is to be typed for the program's questions now, given the terminal's modes.
    ///
    /// While the terminal hands input over by lines nobody could read an answer, which
    /// has no end of line; it would stand in front of the next line that is typed. A
    /// program that asks first and changes the mode then gets its answer after that. Where
    /// it is a [line editor](LINE_EDITOR) that comes up meanwhile, the question is dropped.
    pub(super) fn answers(
        &mut self,
        modes: impl FnOnce() -> Option<TerminalModes>,
        now: Instant,
    ) -> Option<&mut Vec<u8>> {
        if self.screen.has_replies() {
            self.answers.extend(self.screen.take_replies());
        }
        if self.answers.is_empty() || self.held.as_ref().is_some_and(|held| now < held.next) {
            return None;
        }
        match modes() {
            Some(modes) if !modes.canonical => {
                self.held = None;
                Some(&mut self.answers)
            }
            Some(_) => {
                self.hold(now);
                None
            }
            None => {
                self.forget_answers();
                None
            }
        }
    }

    /// The terminal took no more: what is left of the answers is tried again.
    pub(super) fn hold(&mut self, now: Instant) {
        let held = self.held.get_or_insert(Held {
            until: now + ANSWER_WITHIN,
            next: now,
            pause: FIRST_LOOK,
        });
        if now >= held.until {
            self.forget_answers();
            return;
        }
        held.next = now + held.pause;
        held.pause *= 2;
    }

    fn forget_answers(&mut self) {
        self.screen.take_replies();
        self.answers = Vec::new();
        self.held = None;
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let next = self.held.as_ref().map(|held| held.next);
        self.rest.into_iter().chain(next).min()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.rest.is_some_and(|rest| rest <= now) {
            self.rest = None;
            self.screen.catch_up();
        }
    }
}

/// A terminal's size as a screen takes it.
pub(crate) fn size_of(size: Winsize) -> Size {
    Size {
        rows: size.rows(),
        cols: size.cols(),
    }
}
