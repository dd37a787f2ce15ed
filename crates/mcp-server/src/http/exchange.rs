//! One request of 2026-07-28 being worked on.

use mcp_proto::{Answer, Connection, Outcome, Outgoing, RequestKey};
use tokio::sync::mpsc;

use super::phase::{Phase, Phases};
use crate::serve::{Event, Report, Work};

/// A connection of one request, and the work for it. Dropping it cancels the request.
pub(super) struct Exchange {
    connection: Connection,
    key: RequestKey,
    work: Work,
    reports: mpsc::UnboundedReceiver<Event>,
    phases: Phases,
    last_answer: Answer,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Step {
    /// Something before the answer.
    Interim(Outgoing),
    /// The answer; nothing comes after it. `None` where there is none to give, which no request
    /// that is open leads to.
    Final(Option<Outgoing>),
}

impl Exchange {
    pub(super) fn new(
        connection: Connection,
        key: RequestKey,
        work: Work,
        reports: mpsc::UnboundedReceiver<Event>,
        phases: Phases,
        last_answer: Answer,
    ) -> Self {
        Self {
            connection,
            key,
            work,
            reports,
            phases,
            last_answer,
        }
    }

    /// Waits for what comes next. Whatever is awaited beside it may cut this short: nothing is
    /// lost then.
    pub(super) async fn next(&mut self) -> Step {
        loop {
            let answer = tokio::select! {
                biased;
                Some(event) = self.reports.recv() => match self.report(event) {
                    Some(outgoing) => return Step::Interim(outgoing),
                    None => continue,
                },
                answer = &mut self.work => answer,
                () = self.phases.come(Phase::Closing) => self.last_answer.clone(),
            };
            return Step::Final(self.answer(answer));
        }
    }

    fn report(&mut self, event: Event) -> Option<Outgoing> {
        let Event::Reported(_, report) = event else {
            return None;
        };
        match report {
            Report::Progress {
                progress,
                total,
                message,
            } => self
                .connection
                .progress(self.key, progress, total, message.as_deref()),
            Report::Log {
                level,
                logger,
                data,
            } => self
                .connection
                .log(Some(self.key), level, logger.as_deref(), &data),
            Report::CloseStream => None,
        }
    }

    fn answer(&mut self, answer: Answer) -> Option<Outgoing> {
        let outcomes = self.connection.answer(self.key, answer);
        outcomes.into_iter().find_map(|outcome| match outcome {
            Outcome::Send(outgoing) => Some(outgoing),
            _ => None,
        })
    }
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exchange")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
