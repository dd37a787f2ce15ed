//! A server with one tool on the project's crates, as `peers/rmcp` is one on `rmcp`: the same tool
//! and the same arguments, served as `mcp-server` serves its own.
//!
//! ```text
//! rejoinder-bench-ours WORKERS stdio|blocking|http
//! ```
//!
//! `WORKERS` threads run it, 0 being the one that starts it. Over HTTP it says `listening ADDRESS` and
//! serves until its standard input ends.

#![forbid(unsafe_code)]

mod blocking;
mod host;
mod tool;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use mcp_server::http::{self, auth::Authenticator, settings};
use mcp_server::serve::stdio;
use tokio::runtime::{Builder, Runtime};

use host::{Echo, Until};

/// Serves as the arguments say.
///
/// # Errors
///
/// When they say something else than above, or the system refuses what serving needs.
pub fn run() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().context("an argument is missing");
    let workers = next()?.parse()?;
    let transport = next()?;
    if transport == "blocking" {
        return blocking::serve();
    }
    let runtime = runtime(workers)?;
    runtime.block_on(async {
        let echo = Arc::new(Echo::new()?);
        match transport.as_str() {
            "stdio" => stdio::serve(echo, Until::EndOfClient).await,
            "http" => over_http(echo).await,
            other => bail!("no transport is {other}"),
        }
    })?;
    // A read of standard input cannot be called off.
    runtime.shutdown_background();
    Ok(())
}

/// One that does not start threads unless it should.
fn runtime(workers: usize) -> Result<Runtime> {
    let mut builder = match workers {
        0 => Builder::new_current_thread(),
        workers => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(workers);
            builder
        }
    };
    Ok(builder.enable_all().build()?)
}

async fn over_http(echo: Arc<Echo>) -> Result<()> {
    let config = settings::HttpConfig {
        listen: vec![SocketAddr::from(([127, 0, 0, 1], 0))],
        ..settings::HttpConfig::default()
    };
    let authenticator = Authenticator::new(&config)?;
    let bound = http::bind(config).await?;
    let urls = bound.urls();
    let url = urls.first().and_then(|url| url.strip_prefix("http://"));
    let address = url.and_then(|url| url.split('/').next());
    println!("listening {}", address.context("it listens nowhere")?);
    bound.serve(echo, authenticator, Until::EndOfInput).await
}
