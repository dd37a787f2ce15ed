//! Ending a session: first asking, then killing, until nothing it started is left.

use std::time::{Duration, Instant};

use rejoinder_pty::{Process, ProcessTree, Signal};

use crate::core::Token;
use crate::id::SessionId;
use crate::launch::MARKER;
use crate::request::Termination;

/// The first pause between two looks at what is left.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// The longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// How long killed processes may take to go; what is still there then cannot be
/// killed (it hangs in the kernel), and waiting longer would not help.
const GIVE_UP: Duration = Duration::from_secs(3);

/// The ending of one session.
#[derive(Debug)]
pub(crate) struct Ending {
    tree: ProcessTree,
    under_way: Option<UnderWay>,
}

#[derive(Debug)]
struct UnderWay {
    askers: Vec<Token>,
    kill_at: Instant,
    next_look: Instant,
    pause: Duration,
}

impl Ending {
    /// The ending of the session with this program. Where it is `alone` in
    /// this process, every orphan handed to it is the session's.
    pub(crate) fn new(process: &Process, id: SessionId, alone: bool) -> Self {
        let tree = ProcessTree::of(process).marker(MARKER, id.to_string());
        Self {
            tree: tree.adopted(alone),
            under_way: None,
        }
    }

    pub(crate) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Begins to end everything, or makes an ending under way more urgent.
    pub(crate) fn begin(&mut self, asker: Option<Token>, how: Termination, now: Instant) {
        let grace = if how.force { Duration::ZERO } else { how.grace };
        let kill_at = now + grace;
        if how.orphans {
            self.tree = self.tree.clone().adopted(true);
        }
        match &mut self.under_way {
            Some(under_way) => {
                under_way.kill_at = under_way.kill_at.min(kill_at);
                under_way.next_look = now;
                under_way.askers.extend(asker);
            }
            None => {
                if !how.force {
                    self.ask();
                }
                self.under_way = Some(UnderWay {
                    askers: asker.into_iter().collect(),
                    kill_at,
                    next_look: now,
                    pause: FIRST_PAUSE,
                });
            }
        }
    }

    /// When [`Ending::advance`] is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.under_way.as_ref().map(|under_way| under_way.next_look)
    }

    /// Looks at what is left, kills it when its grace is over, and returns who
    /// asked for the ending once it is complete.
    pub(crate) fn advance(&mut self, exited: bool, now: Instant) -> Vec<Token> {
        let Some(under_way) = &mut self.under_way else {
            return Vec::new();
        };
        if now < under_way.next_look && !exited {
            return Vec::new();
        }
        let left = self.tree.snapshot().map_or(0, |left| left.len());
        let hopeless = now >= under_way.kill_at + GIVE_UP;
        if (left == 0 && exited) || hopeless {
            if hopeless {
                tracing::warn!(left, "some processes of the session cannot be killed");
            }
            return self
                .under_way
                .take()
                .map_or_else(Vec::new, |done| done.askers);
        }
        let kill = now >= under_way.kill_at;
        under_way.next_look = now + under_way.pause;
        if !kill {
            under_way.next_look = under_way.next_look.min(under_way.kill_at);
        }
        under_way.pause = (under_way.pause * 2).min(LONGEST_PAUSE);
        if kill {
            self.kill_now();
        }
        Vec::new()
    }

    /// Sends a signal to every process of the session.
    pub(crate) fn signal_all(&self, signal: Signal) -> std::io::Result<()> {
        self.tree.signal_all(signal).map(|_| ())
    }

    /// Kills every process of the session.
    pub(crate) fn kill_now(&self) {
        if let Err(error) = self.signal_all(Signal::KILL) {
            tracing::warn!(%error, "cannot look for the session's processes");
        }
    }

    /// What closing a terminal window does (HUP), then TERM for who ignores
    /// that, and CONT because a stopped process takes neither.
    fn ask(&self) {
        for signal in [Signal::HUP, Signal::TERM, Signal::CONT] {
            if let Err(error) = self.signal_all(signal) {
                tracing::warn!(%error, "cannot look for the session's processes");
            }
        }
    }
}
