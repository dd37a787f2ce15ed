//! The server as something to be served.

use std::sync::Arc;

use anyhow::Result;
use mcp_proto::{Answer, Catalogue, InvalidArguments, Query, RpcError, ToolCall, ToolResult};
use mcp_server::serve::Stop;
use mcp_server::serve::{Change, Changed, Host, Requester, Watch, Work};
use tokio::io::AsyncReadExt;
use tokio::sync::{broadcast, watch};

use crate::tool::{echo, parts};

/// A server with one tool.
#[derive(Debug)]
pub(crate) struct Echo {
    face: Arc<mcp_proto::Server>,
    catalogue: watch::Sender<Arc<Catalogue>>,
    changes: broadcast::Sender<Change>,
}

impl Echo {
    pub(crate) fn new() -> Result<Self> {
        let (face, tools) = parts()?;
        Ok(Self {
            face,
            catalogue: watch::Sender::new(tools),
            changes: broadcast::Sender::new(1),
        })
    }
}

impl Host for Echo {
    fn face(&self) -> Arc<mcp_proto::Server> {
        Arc::clone(&self.face)
    }

    fn catalogue(&self) -> watch::Receiver<Arc<Catalogue>> {
        self.catalogue.subscribe()
    }

    fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    fn call(self: Arc<Self>, call: ToolCall, _requester: Requester) -> Work {
        Box::pin(async move { Answer::Tool(echo(call.arguments)) })
    }

    fn refuse(&self, _: &ToolCall, why: &InvalidArguments, _: &Requester) -> Answer {
        Answer::Tool(ToolResult::error(why.to_string()))
    }

    fn query(self: Arc<Self>, _: Query, _: Requester) -> Work {
        Box::pin(async { RpcError::internal("Internal error: there are tools only").into() })
    }

    fn watch(self: Arc<Self>, _: String, _: Arc<str>, _: Changed) -> Watch {
        Box::pin(std::future::pending())
    }
}

/// How long to serve.
#[derive(Debug)]
pub(crate) enum Until {
    /// Until the client closes the connection.
    EndOfClient,
    /// Until standard input ends.
    EndOfInput,
}

impl Stop for Until {
    async fn requested(&mut self) {
        match self {
            Until::EndOfClient => std::future::pending().await,
            Until::EndOfInput => {
                // An input that cannot be read has ended, too.
                let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
            }
        }
    }

    async fn let_go(&mut self) {}

    fn last_answer(&self) -> Answer {
        Answer::Tool(ToolResult::error("the server stops"))
    }
}
