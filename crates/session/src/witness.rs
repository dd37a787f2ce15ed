//! What a driver tells the disk while its session lives: how things stand, the
//! transcript, the end.

use std::time::{Duration, Instant, SystemTime};

use rejoinder_expect::Offset;
use rejoinder_pty::{ExitStatus, Winsize};

use crate::core::Core;
use crate::home::{Ended, Place, Position, Snapshot, StatusFile};
use crate::state::State;

/// How often the status file is written while nothing but output comes.
const OUTPUT_EVERY: Duration = Duration::from_millis(20);

/// What the status file depends on, cheap to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    state: State,
    end: Offset,
    readers: u64,
    human_in_control: bool,
}

/// Writes down what happens in a session. The default one writes nothing.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    place: Option<(Place, StatusFile)>,
    written: Option<(Seen, Instant)>,
    due: Option<Instant>,
}

impl Witness {
    /// One that keeps a session's directory up to date.
    pub(crate) fn at(place: Place, status: StatusFile) -> Self {
        Self {
            place: Some((place, status)),
            ..Self::default()
        }
    }

    /// Output came.
    pub(crate) fn output(&mut self, _bytes: &[u8], _now: Instant) {}

    /// No more output is there for now.
    pub(crate) fn paused(&mut self) {}

    /// The terminal has another size.
    pub(crate) fn resized(&mut self, _size: Winsize, _now: Instant) {}

    /// Input was typed.
    pub(crate) fn typed(&mut self, _bytes: u64, _now: Instant) {}

    /// The program has ended.
    pub(crate) fn exited(&mut self, status: ExitStatus, end: Offset, _now: Instant) {
        if let Some((place, _)) = &self.place
            && let Err(error) = place.write_ended(&Ended::new(status, end))
        {
            tracing::warn!(%error, "how the program ended cannot be written down");
        }
    }

    /// Writes down how things stand, if that has changed.
    pub(crate) fn note(
        &mut self,
        core: &Core,
        human_in_control: bool,
        last_activity: SystemTime,
        now: Instant,
    ) {
        let Some((_, file)) = &mut self.place else {
            return;
        };
        let status = core.status();
        let seen = Seen {
            state: status.state,
            end: status.end,
            readers: core.readers().changes(),
            human_in_control,
        };
        self.due = None;
        if let Some((written, at)) = self.written {
            if written == seen {
                return;
            }
            let only_output = Seen {
                end: seen.end,
                ..written
            } == seen;
            if only_output && now < at + OUTPUT_EVERY {
                self.due = Some(at + OUTPUT_EVERY);
                return;
            }
        }
        let snapshot = Snapshot {
            state: status.state,
            end: status.end,
            oldest: status.oldest,
            last_activity,
            readers: core
                .readers()
                .iter()
                .map(|(reader, read)| Position {
                    reader: reader.to_owned(),
                    read,
                })
                .collect(),
            title: core.modes().title().map(str::to_owned),
            human_in_control,
        };
        if let Err(error) = file.write(&snapshot) {
            tracing::warn!(%error, "how the session stands cannot be written down");
        }
        self.written = Some((seen, now));
    }

    /// When [`Witness::note`] is due though nothing happens.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }
}
