//! Whether the program has taken a paste, so that what follows is typed as a
//! key of its own.
//!
//! A program that takes a paste at its own pace may throw away what was typed
//! meanwhile, or take an Enter on its heels for a part of the paste. Nothing
//! tells for certain that it is done; what tells most is that it has read
//! everything and shown something since. [`PasteGate`] is pure: it is told what
//! a look at the terminal showed, and when.

use std::time::{Duration, Instant};

use rejoinder_expect::Offset;

/// The pause before the first look; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// How long a program that has read everything may take to show something;
/// then it is one that shows nothing.
const SHOWS_NOTHING: Duration = Duration::from_secs(1);

/// What a look at the terminal's input showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// So many bytes wait to be read.
    Bytes(usize),
    /// The system does not say.
    Unknown,
}

/// The waiting between a paste and what follows it.
#[derive(Debug, Clone)]
pub(crate) struct PasteGate {
    /// Where the output stood when the last of the paste was handed over.
    at: Offset,
    next_look: Instant,
    pause: Duration,
    /// Since when every look has shown that nothing is left to read.
    empty_since: Option<Instant>,
}

impl PasteGate {
    /// The paste has been handed to the terminal, and the output ends here.
    pub(crate) fn new(at: Offset, now: Instant) -> Self {
        Self {
            at,
            next_look: now + FIRST_PAUSE,
            pause: FIRST_PAUSE,
            empty_since: None,
        }
    }

    /// When to look next.
    pub(crate) fn poll_timeout(&self) -> Instant {
        self.next_look
    }

    /// What a look showed, the output ending at `end`: whether the program has
    /// taken the paste.
    pub(crate) fn look(&mut self, unread: Unread, end: Offset, now: Instant) -> bool {
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.next_look = now + self.pause;
        if matches!(unread, Unread::Bytes(1..)) {
            self.empty_since = None;
            return false;
        }
        // What was typed a moment ago may still be on its way to the queue that
        // is looked at, so one look at an empty one does not count.
        let since = *self.empty_since.get_or_insert(now);
        let shown = end > self.at;
        (shown && since < now) || now >= since + SHOWS_NOTHING
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A gate, a clock, and the look that the gate asks for next.
    struct Bench {
        gate: PasteGate,
        end: Offset,
        now: Instant,
    }

    impl Bench {
        fn new() -> Self {
            let now = Instant::now();
            Self {
                gate: PasteGate::new(Offset::new(10), now),
                end: Offset::new(10),
                now,
            }
        }

        fn look(&mut self, unread: Unread) -> bool {
            self.now = self.gate.poll_timeout();
            self.gate.look(unread, self.end, self.now)
        }

        fn print(&mut self) {
            self.end += 1;
        }
    }

    #[test]
    fn read_and_shown_is_taken() {
        let mut bench = Bench::new();
        assert!(!bench.look(Unread::Bytes(5)));
        bench.print();
        assert!(!bench.look(Unread::Bytes(2)), "there is more to read");
        assert!(!bench.look(Unread::Bytes(0)), "one look does not count");
        assert!(bench.look(Unread::Bytes(0)));
    }

    #[test]
    fn output_from_before_is_no_sign() {
        let mut bench = Bench::new();
        assert!(!bench.look(Unread::Bytes(0)));
        assert!(!bench.look(Unread::Bytes(0)));
        bench.print();
        assert!(bench.look(Unread::Bytes(0)));
    }

    #[test]
    fn a_program_that_shows_nothing_has_its_time() {
        for unread in [Unread::Bytes(0), Unread::Unknown] {
            let mut bench = Bench::new();
            let start = bench.now;
            while !bench.look(unread) {}
            let waited = bench.now - start;
            assert!(waited >= SHOWS_NOTHING && waited <= SHOWS_NOTHING + 2 * LONGEST_PAUSE);
        }
    }

    #[test]
    fn a_program_that_reads_nothing_never_takes_it() {
        let mut bench = Bench::new();
        bench.print();
        for _ in 0..1000 {
            assert!(!bench.look(Unread::Bytes(1)));
        }
    }
}
