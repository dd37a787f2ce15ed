//! When to look, and when to believe what was seen. Pure.
//!
//! The first look is a moment after the output went quiet; a wait that was seen
//! is looked at once more before it is told, and a program at work is looked at
//! ever more rarely. Nothing is looked at while output flows, as every output
//! begins anew.

use std::time::{Duration, Instant};

use super::Verdict;
use crate::state::WaitingFor;

/// How long output has to be quiet before the first look, and how long until
/// the second.
const QUIET: Duration = Duration::from_millis(3);

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Of the looks at a program that has been at work for long, one in so many is
/// thorough: a rare one may cost more.
const THOROUGH_EVERY: u32 = 8;

/// Looking at a program at work takes at most one part in so many of the time.
const SHARE: u32 = 20;

/// The schedule of looks, and what the last one showed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sampling {
    next: Option<Instant>,
    pause: Duration,
    /// A wait that was seen once.
    seen: Option<WaitingFor>,
    /// Looks since there was something new.
    looks: u32,
}

impl Sampling {
    /// Something was printed or typed, or somebody began to wait: what was seen
    /// does not count any more.
    pub(crate) fn restart(&mut self, now: Instant) {
        *self = Self {
            next: Some(now + QUIET),
            pause: QUIET,
            seen: None,
            looks: 0,
        };
    }

    /// There is nothing to look at any more.
    pub(crate) fn stop(&mut self) {
        *self = Self::default();
    }

    /// Whether there is something to look at at all.
    pub(crate) fn is_on(&self) -> bool {
        self.next.is_some()
    }

    /// Whether the last look saw a wait, which has to be seen once more.
    pub(crate) fn has_seen(&self) -> bool {
        self.seen.is_some()
    }

    /// When the next look is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.next
    }

    /// Whether the next look is to find also what is hard to find.
    pub(crate) fn is_thorough(&self) -> bool {
        self.pause >= LONGEST_PAUSE && self.looks.is_multiple_of(THOROUGH_EVERY)
    }

    /// What a look showed that took `cost`, the output having been quiet for
    /// `quiet`; what can be told by now.
    pub(crate) fn looked(
        &mut self,
        verdict: Verdict,
        quiet: Duration,
        cost: Duration,
        now: Instant,
    ) -> Option<WaitingFor> {
        let before = self.seen.take();
        let mut pause = self.pause.max(QUIET);
        let mut told = None;
        self.looks = self.looks.wrapping_add(1);
        match verdict {
            Verdict::Waiting(kind) => {
                self.seen = Some(kind);
                if before == Some(kind) {
                    told = Some(kind);
                } else {
                    pause = QUIET;
                }
            }
            // The silence that is needed may have lasted by the next look.
            Verdict::After(needed) => {
                pause = needed.saturating_sub(quiet).clamp(QUIET, LONGEST_PAUSE);
            }
            Verdict::Working => {
                self.pause = (pause * 2).min(LONGEST_PAUSE);
                pause = pause.max(cost * SHARE);
            }
        }
        self.next = Some(now + pause);
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: Verdict = Verdict::Waiting(WaitingFor::Raw);
    const LINE: Verdict = Verdict::Waiting(WaitingFor::Line);

    /// Looks when it is due; what is told, and how long after the start.
    fn run(verdicts: &[Verdict], cost: Duration) -> Vec<(Duration, Option<WaitingFor>)> {
        let start = Instant::now();
        let mut sampling = Sampling::default();
        sampling.restart(start);
        verdicts
            .iter()
            .map(|verdict| {
                let now = sampling.due().unwrap();
                let told = sampling.looked(*verdict, now - start, cost, now);
                (now - start, told)
            })
            .collect()
    }

    #[test]
    fn a_wait_is_told_when_it_was_seen_twice() {
        let ms = Duration::from_millis;
        let told = run(&[RAW, RAW], Duration::ZERO);
        assert_eq!(told, [(ms(3), None), (ms(6), Some(WaitingFor::Raw))]);
        let told = run(&[RAW, Verdict::Working, RAW, LINE, LINE], Duration::ZERO);
        let last = told.last().unwrap();
        assert!(told[..4].iter().all(|(_, told)| told.is_none()), "{told:?}");
        assert_eq!(last.1, Some(WaitingFor::Line));
    }

    /// A program at work is looked at ten times a second in the end, and less
    /// where a look is dear.
    #[test]
    fn work_is_looked_at_ever_more_rarely() {
        let told = run(&[Verdict::Working; 30], Duration::ZERO);
        let pauses: Vec<Duration> = told.windows(2).map(|w| w[1].0 - w[0].0).collect();
        assert!(pauses.is_sorted(), "{pauses:?}");
        assert_eq!(pauses.last(), Some(&LONGEST_PAUSE));
        let mut sampling = Sampling::default();
        sampling.restart(Instant::now());
        let thorough = (0..64).filter(|_| {
            let now = sampling.due().unwrap();
            sampling.looked(Verdict::Working, now - now, Duration::ZERO, now);
            sampling.is_thorough()
        });
        assert_eq!(thorough.count(), 8);
        let dear = run(&[Verdict::Working; 3], Duration::from_millis(20));
        assert!(dear[1].0 - dear[0].0 >= Duration::from_millis(400));
    }

    /// Where silence has to last, the look comes when it has lasted.
    #[test]
    fn a_silence_is_waited_for() {
        let needed = Duration::from_millis(60);
        let told = run(&[Verdict::After(needed), RAW, RAW], Duration::ZERO);
        assert_eq!(told[1].0, needed);
        assert_eq!(told[2].1, Some(WaitingFor::Raw));
    }
}
