//! The end of serving, in steps: everything open has to see it come.

use tokio::sync::watch;

/// How far the end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// It isn't near.
    Serving,
    /// Nothing new is taken in; subscriptions and idle streams end, requests go on.
    Draining,
    /// Requests that are still open are answered as cut short.
    Closing,
}

/// Whoever decides.
#[derive(Debug)]
pub(super) struct Conductor(watch::Sender<Phase>);

/// Whoever has to know.
#[derive(Clone, Debug)]
pub(super) struct Phases(watch::Receiver<Phase>);

impl Conductor {
    pub(super) fn new() -> (Self, Phases) {
        let (sender, receiver) = watch::channel(Phase::Serving);
        (Self(sender), Phases(receiver))
    }

    pub(super) fn enter(&self, phase: Phase) {
        self.0.send_replace(phase);
    }
}

impl Phases {
    /// Whether it is as far as that.
    pub(super) fn has_come(&self, phase: Phase) -> bool {
        *self.0.borrow() >= phase
    }

    /// Returns once it is as far as that.
    pub(super) async fn come(&mut self, phase: Phase) {
        // Without a conductor nobody serves any more.
        let _ = self.0.wait_for(|now| *now >= phase).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: who waits for a phase hears of it, and of every later one, whenever they ask.
    #[tokio::test]
    async fn a_phase_has_come_once_a_later_one_has() {
        let (conductor, phases) = Conductor::new();
        let waits = |phase| {
            let mut phases = phases.clone();
            tokio::spawn(async move { phases.come(phase).await })
        };
        let (draining, closing) = (waits(Phase::Draining), waits(Phase::Closing));
        waits(Phase::Serving).await.unwrap();
        assert!(!phases.has_come(Phase::Draining));
        conductor.enter(Phase::Draining);
        draining.await.unwrap();
        assert!(phases.has_come(Phase::Draining) && !phases.has_come(Phase::Closing));
        assert!(!closing.is_finished());
        conductor.enter(Phase::Closing);
        closing.await.unwrap();
        waits(Phase::Draining).await.unwrap();
    }

    /// Promise: nobody waits for a server that is gone.
    #[tokio::test]
    async fn without_a_conductor_every_phase_comes() {
        let (conductor, mut phases) = Conductor::new();
        drop(conductor);
        phases.come(Phase::Closing).await;
    }
}
