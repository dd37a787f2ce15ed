//! The signals that the server listens to: those that ask it to stop, and SIGCHLD.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGTERM, SIGINT and SIGHUP: each asks for an orderly end.
#[derive(Debug)]
pub(crate) struct Signals {
    term: Signal,
    int: Signal,
    hup: Signal,
}

impl Signals {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            hup: signal(SignalKind::hangup())?,
        })
    }

    /// Returns when one of them has come.
    pub(crate) async fn stop(&mut self) {
        let name = tokio::select! {
            _ = self.term.recv() => "SIGTERM",
            _ = self.int.recv() => "SIGINT",
            _ = self.hup.recv() => "SIGHUP",
        };
        tracing::info!(signal = name, "stopping");
    }
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
