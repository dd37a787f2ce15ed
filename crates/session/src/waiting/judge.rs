//! What a sighting means: the program waits, it does not, or it cannot be told
//! yet. Pure.

use std::time::Duration;

use super::{LineModes, Reader, Sighting};
use crate::state::WaitingFor;

/// A program that wakes by itself more often than this, without being on a
/// screen of its own, has to let one such time pass without printing: it may be
/// one that draws its progress and looks at the keyboard in between.
const SHORT_TICK: Duration = Duration::from_secs(1);

/// How long after such a time has passed the program has had its turn.
const TURN: Duration = Duration::from_millis(20);

/// How long a program that works in one thread and reads in another has to be
/// quiet.
const QUIET_AT_WORK: Duration = Duration::from_millis(500);

/// How long a program that also waits for something from outside has to be
/// quiet, after output that ends in a prompt or in a screen of its own.
const QUIET_RELAY: Duration = Duration::from_millis(50);

/// The same where nothing was printed since something was typed: what was
/// typed may still be on its way through a network.
const QUIET_RELAY_SILENT: Duration = Duration::from_millis(1500);

/// How long a program that cannot be looked into has to be quiet.
const QUIET_HIDDEN: Duration = Duration::from_millis(20);

/// How things stood when a sighting was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Circumstances {
    /// How long ago something was printed or typed.
    pub(crate) quiet: Duration,
    /// Something was printed since something was typed, if ever.
    pub(crate) has_answered: bool,
    /// The program uses the alternate screen.
    pub(crate) alternate_screen: bool,
    /// The output ends in the middle of a line that looks like a question.
    pub(crate) asks: bool,
    /// It looks like one for a secret.
    pub(crate) asks_secret: bool,
}

/// What a sighting means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The program is at work, or what it does cannot be told from work.
    Working,
    /// It waits.
    Waiting(WaitingFor),
    /// It waits unless it does something before the output has been quiet for
    /// this long.
    After(Duration),
}

/// Judges a sighting.
pub(crate) fn judge(sighting: &Sighting, at: &Circumstances) -> Verdict {
    let Some(reader) = &sighting.reader else {
        let asks_hidden = sighting.is_hidden
            && sighting
                .modes
                .is_some_and(|modes| modes.canonical && !modes.echo);
        if !asks_hidden {
            return Verdict::Working;
        }
        return verdict_after(QUIET_HIDDEN, at, WaitingFor::Password);
    };
    match quiet_needed(reader, sighting.is_busy, at) {
        Some(quiet) => verdict_after(quiet, at, kind(sighting.modes, reader, at)),
        None => Verdict::Working,
    }
}

fn verdict_after(quiet: Duration, at: &Circumstances, kind: WaitingFor) -> Verdict {
    if at.quiet < quiet {
        Verdict::After(quiet)
    } else {
        Verdict::Waiting(kind)
    }
}

/// How long the output has to be quiet for this wait to be believed; `None`
/// where no silence tells it from work.
fn quiet_needed(reader: &Reader, is_busy: bool, at: &Circumstances) -> Option<Duration> {
    let mut quiet = Duration::ZERO;
    if reader.has_other_sources {
        if !at.asks && !at.alternate_screen {
            return None;
        }
        quiet = quiet.max(if at.has_answered {
            QUIET_RELAY
        } else {
            QUIET_RELAY_SILENT
        });
    }
    if let Some(tick) = reader.tick.filter(|tick| *tick <= SHORT_TICK)
        && !at.alternate_screen
    {
        quiet = quiet.max(tick + TURN);
    }
    if is_busy {
        quiet = quiet.max(QUIET_AT_WORK);
    }
    Some(quiet)
}

fn kind(modes: Option<LineModes>, reader: &Reader, at: &Circumstances) -> WaitingFor {
    match modes {
        None => WaitingFor::Line,
        Some(LineModes {
            canonical: true,
            echo,
            ..
        }) if echo => WaitingFor::Line,
        Some(LineModes {
            canonical: true, ..
        }) => WaitingFor::Password,
        // Some ask for a password key by key and leave all else as it was;
        // who edits a line takes the carriage return itself.
        Some(LineModes {
            echo: false,
            icrnl: true,
            ..
        }) if reader.in_read && at.asks_secret && !at.alternate_screen => WaitingFor::Password,
        Some(_) => WaitingFor::Raw,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader() -> Reader {
        Reader {
            name: "program".to_owned(),
            in_read: true,
            tick: None,
            has_other_sources: false,
        }
    }

    fn modes(canonical: bool, echo: bool) -> Option<LineModes> {
        Some(LineModes {
            canonical,
            echo,
            icrnl: canonical,
        })
    }

    fn seen(modes: Option<LineModes>, reader: Reader) -> Sighting {
        Sighting {
            modes,
            reader: Some(reader),
            ..Sighting::default()
        }
    }

    const LINE: Verdict = Verdict::Waiting(WaitingFor::Line);
    const PASSWORD: Verdict = Verdict::Waiting(WaitingFor::Password);
    const RAW: Verdict = Verdict::Waiting(WaitingFor::Raw);

    /// The modes of the terminal say what is read.
    #[test]
    fn the_kind_is_told_by_the_modes() {
        let at = Circumstances::default();
        let table = [
            (modes(true, true), LINE),
            (modes(true, false), PASSWORD),
            (modes(false, false), RAW),
            (modes(false, true), RAW),
            (None, LINE),
        ];
        for (modes, verdict) in table {
            assert_eq!(judge(&seen(modes, reader()), &at), verdict, "{modes:?}");
        }
    }

    /// Without a reader nothing waits, except who hides with the echo off.
    #[test]
    fn nobody_reads() {
        let at = Circumstances {
            quiet: Duration::from_secs(60),
            ..Circumstances::default()
        };
        let hidden = |modes, is_hidden| Sighting {
            modes,
            is_hidden,
            ..Sighting::default()
        };
        assert_eq!(judge(&hidden(modes(true, false), true), &at), PASSWORD);
        for (modes, is_hidden) in [
            (modes(true, false), false),
            (modes(true, true), true),
            (modes(false, false), true),
            (None, true),
        ] {
            assert_eq!(judge(&hidden(modes, is_hidden), &at), Verdict::Working);
        }
    }

    /// A program that may be woken by others is at rest at a prompt or on a
    /// screen of its own, once that has been there for a moment.
    #[test]
    fn what_also_waits_for_others_needs_a_sign() {
        let relay = Reader {
            has_other_sources: true,
            in_read: false,
            ..reader()
        };
        let sighting = seen(modes(false, false), relay);
        let long = Duration::from_secs(5);
        let at = |asks, alternate_screen, has_answered, quiet| Circumstances {
            asks,
            alternate_screen,
            has_answered,
            quiet,
            ..Circumstances::default()
        };
        assert_eq!(
            judge(&sighting, &at(false, false, true, long)),
            Verdict::Working
        );
        assert_eq!(judge(&sighting, &at(true, false, true, long)), RAW);
        assert_eq!(judge(&sighting, &at(false, true, true, long)), RAW);
        assert_eq!(
            judge(&sighting, &at(true, false, true, Duration::ZERO)),
            Verdict::After(QUIET_RELAY)
        );
        assert_eq!(
            judge(&sighting, &at(true, false, false, QUIET_RELAY)),
            Verdict::After(QUIET_RELAY_SILENT)
        );
    }

    /// One that wakes several times a second has to be quiet for longer than
    /// that; one that works in another thread, for half a second.
    #[test]
    fn what_wakes_by_itself_or_works_has_to_be_quiet() {
        let ticking = |tick| {
            seen(
                modes(true, true),
                Reader {
                    tick: Some(tick),
                    in_read: false,
                    ..reader()
                },
            )
        };
        let at = |quiet, alternate_screen| Circumstances {
            quiet,
            alternate_screen,
            ..Circumstances::default()
        };
        let tenth = Duration::from_millis(100);
        assert_eq!(
            judge(&ticking(tenth), &at(tenth, false)),
            Verdict::After(tenth + TURN)
        );
        assert_eq!(judge(&ticking(tenth), &at(2 * tenth, false)), LINE);
        assert_eq!(judge(&ticking(tenth), &at(Duration::ZERO, true)), LINE);
        let slow = Duration::from_secs(3);
        assert_eq!(judge(&ticking(slow), &at(Duration::ZERO, false)), LINE);
        let mut busy = seen(modes(true, true), reader());
        busy.is_busy = true;
        assert_eq!(
            judge(&busy, &at(tenth, false)),
            Verdict::After(QUIET_AT_WORK)
        );
        assert_eq!(judge(&busy, &at(QUIET_AT_WORK, false)), LINE);
    }

    /// A password asked for key by key is one only by all signs together.
    #[test]
    fn a_secret_read_by_keys_is_told_by_its_question_too() {
        let at = |asks_secret, alternate_screen| Circumstances {
            asks_secret,
            alternate_screen,
            ..Circumstances::default()
        };
        let keys = |icrnl, echo, in_read| {
            let modes = LineModes {
                canonical: false,
                echo,
                icrnl,
            };
            seen(
                Some(modes),
                Reader {
                    in_read,
                    ..reader()
                },
            )
        };
        assert_eq!(judge(&keys(true, false, true), &at(true, false)), PASSWORD);
        for (sighting, at) in [
            (keys(false, false, true), at(true, false)),
            (keys(true, true, true), at(true, false)),
            (keys(true, false, false), at(true, false)),
            (keys(true, false, true), at(false, false)),
            (keys(true, false, true), at(true, true)),
        ] {
            assert_eq!(judge(&sighting, &at), RAW, "{sighting:?} {at:?}");
        }
    }
}
