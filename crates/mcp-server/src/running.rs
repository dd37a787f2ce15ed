//! The server's life: what it does beside serving, when it stops, and what it does then.

use std::sync::Arc;

use anyhow::Result;
use mcp_proto::Answer;

use crate::failure::{ErrorType, Failure};
use crate::serve::stdio::{self, Stop};
use crate::server::Server;
use crate::signals::{Children, Signals};

/// Serves standard input until it ends or a signal asks to stop, then takes leave of the
/// sessions.
///
/// # Errors
///
/// When the signals cannot be watched.
pub(crate) async fn stdio(server: Arc<Server>) -> Result<()> {
    let life = Life::begin(&server)?;
    stdio::serve(server, life).await
}

/// What runs beside serving.
pub(crate) struct Life {
    server: Arc<Server>,
    signals: Signals,
}

impl Life {
    /// Begins to clear away what dead sessions left, and to take leave of orphans.
    ///
    /// # Errors
    ///
    /// When the signals cannot be watched.
    pub(crate) fn begin(server: &Arc<Server>) -> Result<Self> {
        let signals = Signals::new()?;
        let mut children = Children::new()?;
        let tidy = Arc::clone(server);
        tokio::spawn(async move { tidy.collect().await });
        let reaper = Arc::clone(server);
        tokio::spawn(async move {
            loop {
                children.ended().await;
                reaper.reap_orphans();
            }
        });
        Ok(Self {
            server: Arc::clone(server),
            signals,
        })
    }
}

impl Stop for Life {
    async fn requested(&mut self) {
        self.signals.stop().await;
    }

    async fn let_go(&mut self) {
        self.server.shut_down().await;
    }

    fn last_answer(&self) -> Answer {
        Answer::Tool(
            Failure::new(
                ErrorType::ExecutionError,
                "the server stops; the call was cut short",
                "the next server has the session still: read_output there continues where this call stopped",
            )
            .into_result(),
        )
    }
}
