//! One request of 2026-07-28 being worked on.

use futures_channel::mpsc;
use mcp_proto::{Answer, Connection, Outcome, Outgoing, RequestKey};

use super::phase::{Phase, Phases};
use crate::serve::guard::guarded;
use crate::serve::{Event, Work};

/// A connection of one request, and the work for it. Dropping it cancels the request.
pub(super) struct Exchange {
    connection: Connection,
    key: RequestKey,
    work: Work,
    reports: mpsc::UnboundedReceiver<Event>,
    phases: Phases,
    last_answer: Answer,
    /// What the work came to, while what it reported before is still to be said.
    result: Option<Answer>,
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
            work: guarded(work),
            reports,
            phases,
            last_answer,
            result: None,
        }
    }

    /// Waits for what comes next. Whatever is awaited beside it may cut this short: nothing is
    /// lost then.
    pub(super) async fn next(&mut self) -> Step {
        while self.result.is_none() {
            tokio::select! {
                biased;
                Ok(event) = self.reports.recv() => {
                    if let Some(outgoing) = self.report(event) {
                        return Step::Interim(outgoing);
                    }
                }
                answer = &mut self.work => self.result = Some(answer),
                () = self.phases.come(Phase::Closing) => self.result = Some(self.last_answer.clone()),
            }
        }
        // Work may report and come to its end in one go.
        while let Ok(event) = self.reports.try_recv() {
            if let Some(outgoing) = self.report(event) {
                return Step::Interim(outgoing);
            }
        }
        let answer = self.result.take();
        Step::Final(answer.and_then(|answer| self.answer(answer)))
    }

    fn report(&mut self, event: Event) -> Option<Outgoing> {
        let Event::Reported(_, report) = event else {
            return None;
        };
        report.outgoing(&mut self.connection, self.key)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use mcp_proto::{Catalogue, Implementation, Server, ToolDefinition, ToolResult};

    use super::*;
    use crate::http::phase::Conductor;
    use crate::serve::{Hearing, Requester};

    /// Promise: what work reports is said before its answer, also when it reports and ends without
    /// waiting for anything.
    #[tokio::test]
    async fn reports_come_before_the_answer() {
        let tool = ToolDefinition::new("hurry", "Reports and ends.");
        let catalogue = Catalogue::builder().tool(tool).build().unwrap();
        let server = Server::new(Implementation::new("it", "1"));
        let mut connection = Connection::new(Arc::new(server), Arc::new(catalogue));
        let call =
            br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hurry","_meta":{
            "io.modelcontextprotocol/protocolVersion":"2026-07-28",
            "io.modelcontextprotocol/clientCapabilities":{},"progressToken":"t"}}}"#;
        let Some(Outcome::CallTool(call)) = connection.handle_frame(call).pop() else {
            panic!("a call was expected");
        };
        let (sender, reports) = mpsc::unbounded();
        let requester = Requester::new("somebody".into(), call.key, sender, Hearing::lasting(None));
        let work: Work = Box::pin(async move {
            requester.progress(1.0, None, None);
            requester.progress(2.0, None, None);
            ToolResult::text("done").into()
        });
        let (_conductor, phases) = Conductor::new();
        let last_answer = ToolResult::error("the end").into();
        let mut exchange = Exchange::new(connection, call.key, work, reports, phases, last_answer);

        let mut said = Vec::new();
        for _ in 0..2 {
            let Step::Interim(report) = exchange.next().await else {
                panic!("a report was expected");
            };
            said.extend(report.into_line());
        }
        let said = String::from_utf8(said).unwrap();
        assert!(
            said.contains("\"progress\":1") && said.contains("\"progress\":2"),
            "{said}"
        );
        let Step::Final(Some(answer)) = exchange.next().await else {
            panic!("an answer was expected");
        };
        assert!(
            answer
                .into_line()
                .starts_with(br#"{"jsonrpc":"2.0","id":1,"result""#)
        );
    }
}
