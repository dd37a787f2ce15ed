//! The command line.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, Names, Source};
use crate::people;
use crate::server::{HOLD, Server};

/// Lets AI agents start, watch and drive interactive programs over the Model
/// Context Protocol. Without a command it serves standard input and output.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Configuration file [default: rejoinder/config.toml in the user's configuration directory]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Toolsets to serve, separated by commas
    #[arg(long, global = true, value_name = "NAMES", value_delimiter = ',')]
    toolsets: Option<Vec<String>>,
    /// Whose names to list the tools by [default: canonical]
    #[arg(long, global = true, value_name = "PROFILE")]
    names: Option<Names>,
    /// What to log to standard error, e.g. `info` or `rejoinder_session=debug` [default: warn, or $REJOINDER_LOG]
    #[arg(long, global = true, value_name = "FILTER")]
    log: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve Streamable HTTP, at /mcp, instead of standard input and output
    Serve {
        /// An address and port to listen on; beyond loopback only with authentication. Port 0
        /// picks a free one [default: the configuration's http.listen]
        #[arg(long, value_name = "ADDRESS")]
        http: Vec<SocketAddr>,
        /// A Unix socket to listen on, for this user alone [default: the configuration's http.unix]
        #[arg(long, value_name = "PATH")]
        unix: Option<PathBuf>,
    },
    /// Show the server at work: starts it as a client would and drives real programs
    Demo,
    /// List the tools
    Tools,
    /// List the sessions there are, also those that servers before this one started
    Sessions(people::Sessions),
    /// Show what a session has printed
    Logs(people::Logs),
    /// Write a session's transcript out, as text, as a page, or to be played
    Export(people::Export),
    /// Clear away what sessions left behind whose holders died
    Gc(people::Gc),
    /// Run one session (the server starts this itself)
    #[command(hide = true)]
    Hold {
        /// Its name, for whoever lists processes
        name: Option<String>,
    },
}

/// Runs the command line.
///
/// # Errors
///
/// When the configuration is not right, or what was asked for cannot be done.
pub fn run() -> Result<()> {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == HOLD[0])
    {
        // Before anything that could start a thread, and with standard error
        // being where the server listens. Every session waits for this: its
        // arguments are for whoever lists processes, and need no reading.
        return Ok(rejoinder_session::hold(log_to)?);
    }
    let arguments = Arguments::parse();
    log_to_stderr(arguments.log.as_deref())?;
    if matches!(arguments.command, Some(Command::Demo)) {
        return crate::demo::run();
    }
    let source = Source {
        file: arguments.config,
        toolsets: arguments.toolsets,
        names: arguments.names,
    };
    let mut config = source.load()?;
    match arguments.command {
        Some(Command::Serve { http, unix }) => {
            if !http.is_empty() {
                config.http.listen = http;
            }
            config.http.unix = unix.or(config.http.unix);
            serve_http(config, source)
        }
        Some(Command::Tools) => list_tools(config),
        Some(Command::Sessions(how)) => how.run(&config),
        Some(Command::Logs(how)) => how.run(&config),
        Some(Command::Export(how)) => how.run(&config),
        Some(Command::Gc(how)) => how.run(&config),
        Some(Command::Hold { .. }) => Ok(rejoinder_session::hold(log_to)?),
        Some(Command::Demo) | None => serve(config, source),
    }
}

fn log_to_stderr(filter: Option<&str>) -> Result<()> {
    let from_environment = std::env::var("REJOINDER_LOG").ok();
    let filter = filter.or(from_environment.as_deref()).unwrap_or("warn");
    let filter = EnvFilter::builder()
        .parse(filter)
        .with_context(|| format!("{filter:?} is no log filter"))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    Ok(())
}

/// Has a holder's warnings go to a file.
fn log_to(file: std::fs::File) {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(std::sync::Mutex::new(file))
        .with_ansi(false)
        .init();
}

fn serve(config: Config, source: Source) -> Result<()> {
    prepare(&config);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let served = runtime.block_on(async {
        let server = Server::new(config)?;
        crate::signals::reload_on_hangup(Arc::clone(&server), source)?;
        crate::running::stdio(server).await
    });
    // Reading standard input cannot be interrupted; nothing waits for it.
    runtime.shutdown_background();
    served
}

fn serve_http(config: Config, source: Source) -> Result<()> {
    prepare(&config);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        let server = Server::new(config)?;
        crate::signals::reload_on_hangup(Arc::clone(&server), source)?;
        crate::running::http(server).await
    })
}

/// Asks the system for what any way of serving needs.
fn prepare(config: &Config) {
    if !config.sessions.outlive_server
        && let Err(error) = rejoinder_pty::set_child_subreaper(true)
    {
        tracing::warn!(%error, "processes that turn into daemons may outlive their session");
    }
    // A session that was used has a connection, and there may be thousands.
    if let Err(error) = rejoinder_pty::raise_descriptor_limit() {
        tracing::warn!(%error, "the limit of open descriptors stays as it is");
    }
}

fn list_tools(config: Config) -> Result<()> {
    let server = Server::new(config)?;
    let mut out = std::io::stdout().lock();
    let catalogue = server.catalogue();
    for tool in catalogue.listed() {
        writeln!(out, "{}\n    {}\n", tool.name(), tool.description())?;
    }
    Ok(())
}
