//! What a driver tells the disk while its session lives: how things stand, the
//! transcript, the end.

use std::time::{Duration, Instant, SystemTime};

use rejoinder_expect::Offset;
use rejoinder_pty::{ExitStatus, Winsize};

use crate::core::Core;
use crate::home::{Ended, Place, Position, Snapshot, StatusFile};
use crate::state::{State, TranscriptInfo};
use crate::transcript::Recorder;

/// How often the status file is written while nothing but output comes.
const OUTPUT_EVERY: Duration = Duration::from_millis(20);

/// How often the transcript is written while output comes without end: a program
/// that prints as fast as it is read would have every few kilobytes written.
const FLUSH_EVERY: Duration = Duration::from_millis(5);

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
    recorder: Option<Recorder>,
    /// When the transcript was last written because output had paused.
    flushed: Option<Instant>,
    /// When output that is kept back for the transcript has to be written.
    flush_due: Option<Instant>,
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

    /// Has it keep a transcript, too.
    pub(crate) fn recording(mut self, recorder: Option<Recorder>) -> Self {
        self.recorder = recorder;
        self
    }

    /// The session's directory, if it has one.
    pub(crate) fn dir(&self) -> Option<&std::path::Path> {
        self.place.as_ref().map(|(place, _)| place.dir())
    }

    /// Whether the session has a process of its own, a holder: only there it
    /// has a directory.
    pub(crate) fn is_holders(&self) -> bool {
        self.place.is_some()
    }

    /// Output came.
    pub(crate) fn output(&mut self, bytes: &[u8], now: Instant) {
        if let Some(recorder) = &mut self.recorder {
            recorder.output(bytes, now);
        }
    }

    /// No more output is there for now. It is written at once, or soon after what
    /// was written last.
    pub(crate) fn paused(&mut self, now: Instant) {
        if self.recorder.is_none() {
            return;
        }
        match self.flushed.map(|at| at + FLUSH_EVERY) {
            Some(due) if now < due => self.flush_due = Some(due),
            _ => {
                self.flushed = Some(now);
                self.flush();
            }
        }
    }

    /// Writes what the transcript has kept back: whoever learns of output finds
    /// it on disk.
    pub(crate) fn flush(&mut self) {
        self.flush_due = None;
        if let Some(recorder) = &mut self.recorder {
            recorder.flush();
        }
    }

    /// The terminal has another size.
    pub(crate) fn resized(&mut self, size: Winsize, now: Instant) {
        if let Some(recorder) = &mut self.recorder {
            recorder.resize(size, now);
        }
    }

    /// Input was typed.
    pub(crate) fn typed(&mut self, bytes: u64, actor: &str, now: Instant) {
        if let Some(recorder) = &mut self.recorder {
            recorder.input(bytes, actor, now);
        }
    }

    /// Where the transcript is, and whether it is complete.
    pub(crate) fn transcript(&self) -> Option<TranscriptInfo> {
        let recorder = self.recorder.as_ref()?;
        Some(TranscriptInfo {
            path: recorder.path().display().to_string(),
            first: recorder.first(),
            stopped: recorder
                .stopped()
                .map(|stopped| format!("at byte {}: {}", stopped.at, stopped.reason)),
        })
    }

    /// The program has ended.
    pub(crate) fn exited(&mut self, status: ExitStatus, end: Offset, now: Instant) {
        if let Some(recorder) = &mut self.recorder {
            recorder.exit(status, now);
        }
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
        if self.flush_due.is_some_and(|due| due <= now) {
            self.flushed = Some(now);
            self.flush();
        }
        if self.place.is_none() {
            return;
        }
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
            hint: status.hint,
        };
        // The transcript is never behind what the file says.
        self.flush();
        let Some((_, file)) = &mut self.place else {
            return;
        };
        if let Err(error) = file.write(&snapshot) {
            tracing::warn!(%error, "how the session stands cannot be written down");
        }
        self.written = Some((seen, now));
    }

    /// When [`Witness::note`] is due though nothing happens.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due.into_iter().chain(self.flush_due).min()
    }
}
