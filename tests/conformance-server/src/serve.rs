//! From a command line to a server that runs.

use anyhow::Context;
use mcp_proto::{Answer, RpcError};
use mcp_server::serve::stdio::{self, Stop};

use crate::Fixture;
use crate::cli::Over;

/// Serves until the input ends, or, over HTTP, for as long as the process lives.
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
    let fixture = Fixture::new()?;
    let served = match over {
        Over::Stdio => runtime.block_on(stdio::serve(fixture, Never)),
        Over::Http(_) => anyhow::bail!("not yet"),
    };
    // Reading standard input cannot be interrupted; nothing waits for it.
    runtime.shutdown_background();
    served
}

/// Nothing stops the server before its input ends.
struct Never;

impl Stop for Never {
    async fn requested(&mut self) {
        std::future::pending::<()>().await;
    }

    async fn let_go(&mut self) {}

    fn last_answer(&self) -> Answer {
        RpcError::internal("Internal error: the server stops").into()
    }
}
