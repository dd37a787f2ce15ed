//! The signals that the server listens to: those that ask it to stop, SIGHUP, and SIGCHLD.

use std::io;
use std::sync::Arc;

use anyhow::Result;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::Source;
use crate::registry::Choice;
use crate::server::Server;

/// SIGTERM and SIGINT: each asks for an orderly end.
#[derive(Debug)]
pub(crate) struct Signals {
    term: Signal,
    int: Signal,
}

impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
        })
    }

    /// Returns when one of them has come.
    pub(crate) async fn stop(&mut self) {
        let name = tokio::select! {
            _ = self.term.recv() => "SIGTERM",
            _ = self.int.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "stopping");
    }
}

/// Has SIGHUP switch the server's toolsets and names to what the configuration says then.
/// The rest of the configuration stays as it was read at the start.
///
/// # Errors
///
/// When the signal cannot be watched.
pub(crate) fn reload_on_hangup(server: Arc<Server>, source: Source) -> io::Result<()> {
    let mut hangups = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            match reload(&server, &source) {
                Ok(true) => tracing::info!("the tools are those of the configuration now"),
                Ok(false) => tracing::info!("the configuration has the same tools as before"),
                Err(error) => tracing::error!("the tools stay as they are: {error:#}"),
            }
        }
    });
    Ok(())
}

fn reload(server: &Server, source: &Source) -> Result<bool> {
    let config = source.load()?;
    server.switch(Choice::new(config.toolsets.as_deref(), config.names)?)
}

/// SIGCHLD: a child has ended, perhaps one that was adopted and that nobody
/// else waits for.
#[derive(Debug)]
pub(crate) struct Children(Signal);

impl Children {
    pub(crate) fn new() -> io::Result<Self> {
        signal(SignalKind::child()).map(Self)
    }

    /// Returns when a child has ended.
    pub(crate) async fn ended(&mut self) {
        self.0.recv().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Names};

    fn source(config: &str) -> (tempfile::TempDir, Source) {
        let directory = tempfile::TempDir::new().unwrap();
        let file = directory.path().join("config.toml");
        std::fs::write(&file, config).unwrap();
        let source = Source {
            file: Some(file),
            ..Source::default()
        };
        (directory, source)
    }

    fn server() -> Arc<Server> {
        Server::new(Config::parse("[sessions]\noutlive_server = false\n").unwrap()).unwrap()
    }

    /// Promise: a configuration that is not understood, or cannot be served, changes nothing.
    #[tokio::test]
    async fn a_bad_configuration_changes_nothing() {
        let server = server();
        let (catalogues, before) = (server.catalogues(), server.choice());
        for config in [
            "toolsets = []\nnames = 7\n",
            "toolsets = []\n[limits]\nmax_session = 3\n",
            "toolsets = [\"weather\"]\n",
            "toolsets = []\nnames = \"ssh-session\"\n",
        ] {
            let (_directory, source) = source(config);
            assert!(reload(&server, &source).is_err(), "{config}");
            assert_eq!(server.choice(), before);
        }
        assert!(!catalogues.has_changed().unwrap());
    }

    /// Promise: those who watch are told of a change and of nothing else, and what the
    /// command line says stands.
    #[tokio::test]
    async fn only_a_change_is_told() {
        let server = server();
        let mut catalogues = server.catalogues();
        let (_directory, mut source) = source("names = \"interactive-process\"\ntoolsets = []\n");
        source.toolsets = Some(vec!["session".to_owned()]);
        assert!(reload(&server, &source).unwrap());
        assert_eq!(catalogues.borrow_and_update().listed().count(), 8);
        assert_eq!(server.choice().names(), Names::InteractiveProcess);
        assert!(!reload(&server, &source).unwrap());
        assert!(!catalogues.has_changed().unwrap());
        source.names = Some(Names::Canonical);
        assert!(reload(&server, &source).unwrap());
        assert_eq!(catalogues.borrow_and_update().listed().count(), 17);
    }
}
