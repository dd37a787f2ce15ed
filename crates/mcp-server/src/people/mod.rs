//! What a person does with sessions at a terminal: see them, read them, clear up.

use std::future::Future;

use anyhow::{Context, Result, bail};
use rejoinder_session::{Info, Registry, Session};

use crate::config::Config;
use crate::server::HOLD;

mod export;
mod gc;
mod logs;
mod sessions;

pub(crate) use export::Export;
pub(crate) use gc::Gc;
pub(crate) use logs::Logs;
pub(crate) use sessions::Sessions;

/// The read position that counts for a person's look: one that moves nobody
/// else's.
const READER: &str = "person";

/// Runs something on the sessions there are.
fn on_sessions<T, F>(config: &Config, work: impl FnOnce(Registry) -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    if !config.sessions.outlive_server {
        bail!(
            "sessions.outlive_server is off in the configuration, so all sessions are inside their servers"
        );
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async { work(config.sessions(HOLD)?).await })
}

/// The session with this name or id, whoever's it is.
async fn find(sessions: &Registry, id_or_name: &str) -> Result<Session> {
    let found: Vec<Info> = sessions
        .list_all(READER)
        .await
        .into_iter()
        .filter(|info| {
            info.identity.name == id_or_name || info.identity.id.to_string() == id_or_name
        })
        .collect();
    match &found[..] {
        [] => bail!("there is no session {id_or_name:?}; `mcp-server sessions` lists them"),
        [info] => sessions
            .get(&info.identity.owner, &info.identity.id.to_string())
            .await
            .map_err(readable),
        _ => bail!(
            "{} sessions are called {id_or_name:?}; use the id of one (`mcp-server sessions --json` shows it)",
            found.len()
        ),
    }
}

/// A session's error with what to do about it.
fn readable(error: rejoinder_session::Error) -> anyhow::Error {
    match error.remedy() {
        "" => error.into(),
        remedy => anyhow::anyhow!("{error}; {remedy}"),
    }
}
