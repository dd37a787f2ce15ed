//! The server's life: what it does beside serving, when it stops, and what it does then.

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use mcp_proto::Answer;

use crate::failure::{ErrorType, Failure};
use crate::http;
use crate::http::auth::Authenticator;
use crate::serve::{Stop, stdio};
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
    // As a task among others: the runtime looks for input between two turns of its main future,
    // but not between two tasks that wake one another.
    tokio::spawn(stdio::serve(server, life)).await?
}

/// Serves Streamable HTTP until a signal asks to stop, then takes leave of the sessions. Where it
/// listens, and the token where one was made, are told on standard error.
///
/// # Errors
///
/// When the signals cannot be watched, an address cannot be listened on, or it would be open to
/// others than this machine's.
pub(crate) async fn http(server: Arc<Server>) -> Result<()> {
    let life = Life::begin(&server)?;
    let config = server.config().http.clone();
    let mut authenticator = Authenticator::new(&config)?;
    let bound = http::bind(config).await?;
    let mut err = std::io::stderr();
    for url in bound.urls() {
        // Nobody may be reading.
        let _ = writeln!(err, "mcp-server: listening on {url}");
    }
    let _ = authenticator.announce(&mut err);
    bound.serve(server, authenticator, life).await
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
