//! `mcp-server gc`.

use anyhow::Result;
use clap::Args;
use rejoinder_session::Termination;

use super::{READER, on_sessions, readable};
use crate::config::Config;

/// Clears up.
#[derive(Debug, Args)]
pub(crate) struct Gc {
    /// End every session, too, with everything that it started
    #[arg(long)]
    all: bool,
    /// Kill at once what would otherwise be asked to end first
    #[arg(long, requires = "all")]
    force: bool,
}

impl Gc {
    pub(crate) fn run(&self, config: &Config) -> Result<()> {
        on_sessions(config, |sessions| async move {
            let mut ended = 0;
            if self.all {
                let how = Termination {
                    force: self.force,
                    ..Termination::default()
                };
                let mut endings = tokio::task::JoinSet::new();
                for info in sessions.list_all(READER).await {
                    let identity = info.identity;
                    let id = identity.id.to_string();
                    let session = sessions.get(&identity.owner, &id).await.map_err(readable)?;
                    endings.spawn(async move {
                        session.terminate(how).await?;
                        session.close().await
                    });
                }
                for ending in endings.join_all().await {
                    match ending {
                        Ok(_) => ended += 1,
                        Err(error) => eprintln!("mcp-server: {:#}", readable(error)),
                    }
                }
            }
            let collected = sessions.collect().await.map_err(readable)?;
            println!(
                "{ended} sessions ended, {} lost ones cleared away, {} directories and {} transcripts removed",
                collected.lost, collected.removed, collected.transcripts
            );
            Ok(())
        })
    }
}
