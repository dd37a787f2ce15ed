//! What is known of a program's waiting from one look to the next. Pure: it is
//! told what happens and what a look showed, and says what that means.

use std::time::{Duration, Instant};

use super::{Circumstances, Clues, Hint, LastLine, Sampling, Sighting, Verdict, judge, suggest};
use crate::state::WaitingFor;

/// How long a program that shows no sign of having taken its input is taken to
/// be busy with it, where the system does not say.
pub(crate) const STALE: Duration = Duration::from_millis(150);

/// What a look at the program showed.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    /// Who waits for the input, and how. Seen after the input was asked about.
    pub(crate) sighting: Sighting,
    /// All that was typed has been read; `None` where the system does not say.
    pub(crate) input_taken: Option<bool>,
    /// How long the look took.
    pub(crate) cost: Duration,
}

/// How the output stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// Its last bytes, [`LastLine::LOOKED_AT`] of them if there are as many.
    pub(crate) tail: &'a [u8],
    /// The program uses the alternate screen.
    pub(crate) alternate_screen: bool,
}

/// What is known after a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The program is at work.
    Working,
    /// It waits for this, and seems to be that.
    Waiting(WaitingFor, Option<Hint>),
    /// Another look will tell.
    Unsure,
}

/// The watch on one program.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    sampling: Sampling,
    last_output: Option<Instant>,
    last_input: Option<Instant>,
    /// Nothing has shown yet that the last input was read.
    input_pending: bool,
}

impl Watch {
    /// Something was printed.
    pub(crate) fn output(&mut self, now: Instant) {
        self.last_output = Some(now);
        self.sampling.restart(now);
    }

    /// Something is about to be typed.
    pub(crate) fn typing(&mut self, now: Instant) {
        self.last_input = Some(now);
        self.input_pending = true;
        self.sampling.restart(now);
    }

    /// Somebody began to wait for the state.
    pub(crate) fn wanted(&mut self, now: Instant) {
        if self.sampling.due().is_some() {
            self.sampling.restart(now);
        }
    }

    /// There is nothing to look at any more.
    pub(crate) fn stop(&mut self) {
        self.sampling.stop();
    }

    /// When the next look is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.sampling.due()
    }

    /// Whether the last look saw a wait, which has to be seen once more.
    pub(crate) fn has_seen(&self) -> bool {
        self.sampling.has_seen()
    }

    /// Whether the next look is to find also what is hard to find.
    pub(crate) fn is_thorough(&self) -> bool {
        self.sampling.is_thorough()
    }

    /// Whether a look has to tell if what was typed has been read.
    pub(crate) fn is_input_pending(&self) -> bool {
        self.input_pending
    }

    /// When something was printed last.
    pub(crate) fn last_output(&self) -> Option<Instant> {
        self.last_output
    }

    /// When something was last printed or typed.
    pub(crate) fn last_event(&self) -> Option<Instant> {
        self.last_output.max(self.last_input)
    }

    /// For how long nothing was printed or typed.
    pub(crate) fn quiet(&self, now: Instant) -> Duration {
        let last = self.last_event();
        last.map_or(Duration::MAX, |last| now.saturating_duration_since(last))
    }

    /// What a look means, as output and input stand.
    pub(crate) fn looked(&mut self, look: &Look, shown: Shown<'_>, now: Instant) -> Finding {
        let quiet = self.quiet(now);
        let line = LastLine::of(shown.tail);
        let verdict = self.judge(look, &line, shown.alternate_screen, now);
        let told = self.sampling.looked(verdict, quiet, look.cost, now);
        match told {
            Some(waiting) => {
                let reader = look.sighting.reader.as_ref();
                let hint = suggest(Clues {
                    program: reader.map_or(&look.sighting.foreground, |reader| &reader.name),
                    waiting,
                    line: &line,
                });
                Finding::Waiting(waiting, hint)
            }
            None if verdict == Verdict::Working => Finding::Working,
            None => Finding::Unsure,
        }
    }

    fn judge(
        &mut self,
        look: &Look,
        line: &LastLine,
        alternate_screen: bool,
        now: Instant,
    ) -> Verdict {
        let has_answered = self
            .last_input
            .is_none_or(|input| self.last_output.is_some_and(|output| output >= input));
        if self.input_pending {
            let is_stale = self.last_input.is_none_or(|input| now >= input + STALE);
            if !look.input_taken.unwrap_or(has_answered || is_stale) {
                return Verdict::Working;
            }
            self.input_pending = false;
        }
        judge(
            &look.sighting,
            &Circumstances {
                quiet: self.quiet(now),
                has_answered,
                alternate_screen,
                asks: line.asks(),
                asks_secret: line.asks_secret(),
            },
        )
    }
}
