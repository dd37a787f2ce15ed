//! The server as something to be served: tools through the one pipeline.

use std::sync::Arc;
use std::time::Duration;

use mcp_proto::{
    Answer, Catalogue, InvalidArguments, Query, RequestContext, RpcError, ToolCall, ToolResult,
};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, MissedTickBehavior};

use crate::serve::{Change, Changed, Host, Requester, Watch, Work};
use crate::server::Server;
use crate::tools::Caller;

/// How often a waiting call that asked for it reports progress.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

impl Host for Server {
    fn face(&self) -> Arc<mcp_proto::Server> {
        Server::face(self)
    }

    fn catalogue(&self) -> watch::Receiver<Arc<Catalogue>> {
        Server::catalogues(self)
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        Server::changes(self)
    }

    fn call(self: Arc<Self>, call: ToolCall, requester: Requester) -> Work {
        let caller = caller(&call.context, &requester);
        let reports = call.progress_token.is_some();
        Box::pin(async move {
            let work = Server::call(self, caller, call.name, call.arguments);
            let result = if reports {
                with_progress(work, &requester).await
            } else {
                work.await
            };
            Answer::Tool(result)
        })
    }

    fn refuse(&self, call: &ToolCall, why: &InvalidArguments, requester: &Requester) -> Answer {
        let caller = caller(&call.context, requester);
        Answer::Tool(Server::refuse(self, &caller, &call.name, why))
    }

    fn query(self: Arc<Self>, _query: Query, _requester: Requester) -> Work {
        Box::pin(async { RpcError::internal("Internal error: not answered here").into() })
    }

    fn watch(self: Arc<Self>, _uri: String, _principal: Arc<str>, _changed: Changed) -> Watch {
        Box::pin(std::future::pending())
    }

    fn promised_bytes(&self, call: &ToolCall) -> usize {
        self.extra_bytes(&call.arguments)
    }
}

/// Whose call it is: each client of a principal has a read position of its own.
pub(crate) fn caller(context: &RequestContext, requester: &Requester) -> Caller {
    let client = context.client.as_ref();
    let owner = requester.principal.to_string();
    Caller {
        reader: client.map_or_else(|| owner.clone(), |client| client.name.clone()),
        owner,
    }
}

/// Reports now and then how long the work has taken so far.
async fn with_progress(
    work: impl Future<Output = ToolResult>,
    requester: &Requester,
) -> ToolResult {
    let started = Instant::now();
    let mut ticks = tokio::time::interval_at(started + PROGRESS_EVERY, PROGRESS_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    tokio::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => return result,
            _ = ticks.tick() => {
                let waited = started.elapsed();
                let message = format!("waiting for {} s", waited.as_secs());
                requester.progress(waited.as_secs_f64(), None, Some(message));
            }
        }
    }
}
