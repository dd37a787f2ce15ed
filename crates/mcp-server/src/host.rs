//! The server as something to be served: tools through the one pipeline.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mcp_proto::{Answer, Catalogue, InvalidArguments, Query, RequestContext, ToolCall};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, MissedTickBehavior};

use crate::approval::Asking;
use crate::call_log::CallLog;
use crate::serve::{Change, Changed, Host, Requester, Watch, Work};
use crate::server::Server;
use crate::tools::{Call, Caller};

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
            let asking = Asking {
                can_ask: call.context.takes_forms(),
                input: call.input,
            };
            let work = Server::call(self, caller, call.name, call.arguments, &asking);
            if reports {
                with_progress(work, &requester).await
            } else {
                work.await
            }
        })
    }

    fn refuse(&self, call: &ToolCall, why: &InvalidArguments, requester: &Requester) -> Answer {
        let caller = caller(&call.context, requester);
        Answer::Tool(Server::refuse(self, &caller, &call.name, why))
    }

    fn query(self: Arc<Self>, query: Query, requester: Requester) -> Work {
        let call = Call {
            caller: caller(&query.context, &requester),
            started: std::time::Instant::now(),
            server: self,
        };
        Box::pin(async move { crate::queries::answer(&call, query.kind).await })
    }

    fn watch(self: Arc<Self>, uri: String, principal: Arc<str>, changed: Changed) -> Watch {
        let since = SystemTime::now();
        Box::pin(async move {
            crate::resources::watch::watch(self, &uri, &principal, since, &changed).await;
        })
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
        log: Arc::new(CallLog::new(context, requester)),
    }
}

/// Reports now and then how long the work has taken so far.
async fn with_progress(work: impl Future<Output = Answer>, requester: &Requester) -> Answer {
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
