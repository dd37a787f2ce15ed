//! From a command line to a server that runs.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use mcp_proto::{Answer, RpcError};
use mcp_server::http;
use mcp_server::http::auth::Authenticator;
use mcp_server::http::settings::HttpConfig;
use mcp_server::serve::{Stop, stdio};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::Fixture;
use crate::cli::Over;

/// Serves until the input ends or SIGTERM or SIGINT comes.
///
/// # Errors
///
/// When the address can't be listened on, or the system has no means for it.
pub fn run(over: &Over) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("REJOINDER_LOG"))
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let served = runtime.block_on(async {
        let fixture = Fixture::new()?;
        let signals = Signals::new().context("cannot watch for signals")?;
        match over {
            Over::Stdio => stdio::serve(fixture, signals).await,
            Over::Http(address) => serve_http(fixture, *address, signals).await,
        }
    });
    // Reading standard input cannot be interrupted; nothing waits for it.
    runtime.shutdown_background();
    served
}

/// Serves one address, and says on standard output by which URL.
async fn serve_http(
    fixture: Arc<Fixture>,
    address: SocketAddr,
    signals: Signals,
) -> anyhow::Result<()> {
    let config = HttpConfig {
        listen: vec![address],
        ..HttpConfig::default()
    };
    config.check()?;
    let authenticator = Authenticator::new(&config)?;
    let bound = http::bind(config).await?;
    let mut out = std::io::stdout();
    for url in bound.urls() {
        writeln!(out, "{url}")?;
    }
    out.flush()?;
    bound.serve(fixture, authenticator, signals).await
}

/// What ends the server before its input does.
struct Signals {
    term: Signal,
    int: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
        })
    }
}

impl Stop for Signals {
    async fn requested(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }

    async fn let_go(&mut self) {}

    fn last_answer(&self) -> Answer {
        RpcError::internal("Internal error: the server stops").into()
    }
}
