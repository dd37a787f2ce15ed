//! A server with one tool on the project's crates, as `peers/rmcp` is one on `rmcp`: the same tool,
//! the same arguments, each call a task of its own.
//!
//! ```text
//! rejoinder-bench-ours WORKERS pipes|blocking
//! ```
//!
//! `WORKERS` threads run it, 0 being the one that starts it.

#![forbid(unsafe_code)]

mod blocking;
mod pipes;
mod tool;

use anyhow::{Context, Result, bail};
use tokio::runtime::{Builder, Runtime};

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
        match transport.as_str() {
            "pipes" => pipes::serve().await,
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
