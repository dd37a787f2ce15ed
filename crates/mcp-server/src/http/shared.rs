//! What all requests of an HTTP server share.

use std::sync::Arc;

use mcp_proto::{Answer, Catalogue, Connection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::auth::Authenticator;
use super::phase::Phases;
use super::sessions::Sessions;
use super::settings::HttpConfig;
use crate::serve::Host;

pub(super) struct Shared {
    pub(super) host: Arc<dyn Host>,
    pub(super) config: HttpConfig,
    pub(super) authenticator: Authenticator,
    pub(super) sessions: Sessions,
    pub(super) phases: Phases,
    /// What requests are answered that are still open at the end.
    pub(super) last_answer: Answer,
    face: Arc<mcp_proto::Server>,
    catalogue: watch::Receiver<Arc<Catalogue>>,
    streams: Arc<Semaphore>,
}

impl Shared {
    pub(super) fn new(
        host: Arc<dyn Host>,
        config: HttpConfig,
        authenticator: Authenticator,
        phases: Phases,
        last_answer: Answer,
    ) -> Arc<Self> {
        Arc::new(Self {
            face: host.face(),
            catalogue: host.catalogue(),
            streams: Arc::new(Semaphore::new(config.max_streams)),
            sessions: Sessions::new(config.max_sessions, config.session_idle()),
            host,
            authenticator,
            config,
            phases,
            last_answer,
        })
    }

    /// What is offered now.
    pub(super) fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.catalogue.borrow())
    }

    /// A connection for one request.
    pub(super) fn connection(&self) -> Connection {
        Connection::new(Arc::clone(&self.face), self.catalogue())
    }

    /// Room for streams, by the permit.
    pub(super) fn streams(&self) -> Arc<Semaphore> {
        Arc::clone(&self.streams)
    }

    /// Room for one more stream, if there is any.
    pub(super) fn stream_permit(&self) -> Option<OwnedSemaphorePermit> {
        self.streams().try_acquire_owned().ok()
    }
}
