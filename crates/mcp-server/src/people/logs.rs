//! `mcp-server logs`: what a session has printed, and goes on to print.

use std::io::{ErrorKind, Write};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use rejoinder_session::{
    Format, Interact, Offset, Read, ReturnedBy, SearchFrom, Session, Wait, render,
};

use super::{READER, find, on_sessions, readable};
use crate::config::Config;

/// How long one request for more output waits; then it is asked again.
const WAIT: Duration = Duration::from_secs(600);

/// Reads a session's output.
#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// The session's name or id
    session: String,
    /// Go on with what it prints until it ends
    #[arg(short, long)]
    follow: bool,
    /// Print the bytes as they came, escape sequences and all
    #[arg(long)]
    raw: bool,
}

impl Logs {
    pub(crate) fn run(&self, config: &Config) -> Result<()> {
        on_sessions(config, |sessions| async move {
            let session = find(&sessions, &self.session).await?;
            match self.print(&session).await {
                // Whoever read it has seen enough.
                Err(error) if is_closed(&error) => Ok(()),
                done => done,
            }
        })
    }

    async fn print(&self, session: &Session) -> Result<()> {
        let mut out = std::io::stdout();
        let mut at = Offset::ZERO;
        let mut wait = None;
        loop {
            let answer = session
                .interact(Interact {
                    input: None,
                    wait,
                    read: Some(Read {
                        since: Some(at),
                        ..Read::unread(READER)
                    }),
                })
                .await
                .map_err(readable)?;
            let ended = answer.returned_by == Some(ReturnedBy::Exit);
            if let Some(chunk) = answer.output {
                if chunk.dropped > 0 {
                    eprintln!("[{} bytes are only in the transcript]", chunk.dropped);
                }
                if self.raw {
                    out.write_all(&chunk.bytes)?;
                } else {
                    out.write_all(render(&chunk.bytes, Format::Text).as_bytes())?;
                }
                out.flush()?;
                at = chunk.end;
            }
            if !self.follow || ended {
                return Ok(());
            }
            wait = Some(Wait {
                patterns: Vec::new(),
                take_match: false,
                from: SearchFrom::Offset(at),
                reader: READER.to_owned(),
                output: true,
                idle: None,
                waiting: false,
                timeout: WAIT,
            });
        }
    }
}

fn is_closed(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
