//! What is asked beside tools: resources, guides, values to choose from. Each passes the same
//! pipeline as a tool's call: the policy with its rate limit, and the audit record.

use std::time::Instant;

use mcp_proto::{Answer, QueryKind, RpcError};
use rejoinder_policy::{CallFacts, ClientId};

use crate::call_log::Named;
use crate::complete::complete;
use crate::guides;
use crate::resources::{list, read};
use crate::server::Server;
use crate::tools::Call;

/// Finds it out.
pub(crate) async fn answer(call: &Call, asked: QueryKind) -> Answer {
    let found = match asked {
        QueryKind::ListResources => list::list(call).await.map(Answer::Resources),
        QueryKind::ReadResource { uri } => read::read(call, &uri).await.map(Answer::Contents),
        QueryKind::GetPrompt { name, arguments } => guides::get(call, &name, arguments)
            .await
            .map(Answer::Prompt),
        QueryKind::Complete(request) => complete(call, &request).await.map(Answer::Completion),
        _ => Err(RpcError::internal("Internal error: not answered here")),
    };
    found.unwrap_or_else(Answer::Error)
}

impl Call {
    /// Has what is asked pass the pipeline, under the name of its method.
    pub(crate) fn admit(&self, method: &str, session: Option<&str>) -> Result<(), RpcError> {
        let client = ClientId::new(&self.caller.owner);
        let facts = CallFacts::new(&client, method, self.started);
        let facts = match session {
            Some(session) => facts.session(session),
            None => facts,
        };
        let judged = self.server.judge(&facts);
        judged.map_err(|failure| {
            self.caller
                .log
                .failed(Named::plain(method), &failure.meta());
            failure.into_error()
        })
    }
}

impl Server {
    /// Puts on record that somebody begins to watch a session's resource, and whether that may
    /// be. It is asked for along with the request, which has been paid for by what it reads.
    pub(crate) fn may_watch(&self, owner: &str, session: &str) -> bool {
        let client = ClientId::new(owner);
        let facts = CallFacts::new(&client, "resources/subscribe", Instant::now());
        self.judge_uncounted(&facts.session(session)).is_ok()
    }
}
