//! Listeners, connections, and their end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use mcp_proto::http::AccessRules;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::auth::Authenticator;
use super::endpoint::{Endpoint, PATH, router};
use super::patient::Patient;
use super::phase::{Conductor, Phase, Phases};
use super::sessions;
use super::settings::HttpConfig;
use super::shared::Shared;
use super::socket::Socket;
use crate::serve::{Host, Stop};

/// How long a client may take over the head of a request, and a connection be idle between
/// two: 60 seconds.
const HEAD_PATIENCE: Duration = Duration::from_secs(60);

/// How long a client may read nothing of what is written to it: 60 seconds.
const READ_PATIENCE: Duration = Duration::from_secs(60);

/// How long answers have to get out at the end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Bytes that a connection buffers in either direction at most, so the longest head of a request:
/// 64 KiB. Bodies may be longer.
const BUFFER: usize = 64 * 1024;

/// What a client is told that comes when there are as many connections as there may be.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// How long to wait when no connection can be accepted, for want of descriptors say.
const BREATHER: Duration = Duration::from_millis(100);

/// Listeners that are bound and not served yet.
#[derive(Debug)]
pub struct Bound {
    tcp: Vec<(TcpListener, SocketAddr)>,
    unix: Option<(UnixListener, Socket)>,
    config: HttpConfig,
}

/// Binds what the configuration names.
///
/// # Errors
///
/// When it names nothing, an address is taken or isn't this machine's, or there is another
/// file, or a living server, at the socket's path.
pub async fn bind(config: HttpConfig) -> Result<Bound> {
    if config.listen.is_empty() && config.unix.is_none() {
        bail!("there is nothing to listen on: give --http ADDRESS or --unix PATH");
    }
    let mut tcp = Vec::with_capacity(config.listen.len());
    for address in &config.listen {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))?;
        let address = listener.local_addr()?;
        tcp.push((listener, address));
    }
    let unix = match &config.unix {
        Some(path) => Some(Socket::bind(path).await?),
        None => None,
    };
    Ok(Bound { tcp, unix, config })
}

impl Bound {
    /// Where clients reach it.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        let tcp = self
            .tcp
            .iter()
            .map(|(_, address)| format!("http://{address}{PATH}"));
        let unix = self
            .unix
            .iter()
            .map(|(_, socket)| format!("unix:{}", socket.path().display()));
        tcp.chain(unix).collect()
    }

    /// Serves until `stop` says so: then nothing new is taken in, what is under way has the
    /// configured time to end, or until `stop` says so again, and what is not done by then is
    /// answered as cut short.
    ///
    /// # Errors
    ///
    /// When a configured host or origin is none.
    pub async fn serve(
        self,
        host: Arc<dyn Host>,
        authenticator: Authenticator,
        mut stop: impl Stop,
    ) -> Result<()> {
        let (conductor, phases) = Conductor::new();
        let drain = self.config.drain();
        let shared = Shared::new(
            host,
            self.config.clone(),
            authenticator,
            phases.clone(),
            stop.last_answer(),
        );
        let keeper = tokio::spawn(sessions::keep_in_order(Arc::clone(&shared)));
        let connections = Connections {
            room: Arc::new(Semaphore::new(self.config.max_connections)),
            phases,
        };
        let mut listeners = JoinSet::new();
        for (listener, address) in self.tcp {
            let endpoint = Endpoint {
                access: Arc::new(access(&self.config, Some(address))?),
                shared: Arc::clone(&shared),
            };
            listeners.spawn(connections.clone().tcp(listener, router(endpoint)));
        }
        let socket = match self.unix {
            Some((listener, socket)) => {
                let endpoint = Endpoint {
                    access: Arc::new(access(&self.config, None)?),
                    shared: Arc::clone(&shared),
                };
                listeners.spawn(connections.clone().unix(listener, router(endpoint)));
                Some(socket)
            }
            None => None,
        };
        stop.requested().await;
        conductor.enter(Phase::Draining);
        drop(socket);
        let deadline = Instant::now() + drain;
        tokio::select! {
            _ = tokio::time::timeout_at(deadline, connections.ended(&self.config)) => {}
            // Whoever asks once more doesn't want to wait.
            () = stop.requested() => {}
        }
        stop.let_go().await;
        conductor.enter(Phase::Closing);
        let deadline = Instant::now() + LAST_WORDS;
        let ended = tokio::time::timeout_at(deadline, connections.ended(&self.config)).await;
        if ended.is_err() {
            tracing::warn!("some clients did not read their last answers");
        }
        // A call that was starting something just now has started it after all.
        stop.let_go().await;
        listeners.shutdown().await;
        keeper.abort();
        Ok(())
    }
}

/// Which hosts and origins a listener answers.
fn access(config: &HttpConfig, address: Option<SocketAddr>) -> Result<AccessRules> {
    let mut rules = match address {
        None => AccessRules::unix(),
        Some(address) if address.ip().is_loopback() => AccessRules::loopback(address.port()),
        Some(address) if address.ip().is_unspecified() => AccessRules::new(),
        Some(address) => AccessRules::new().allow_host(&address.to_string())?,
    };
    for host in &config.allowed_hosts {
        rules = rules.allow_host(host)?;
    }
    for origin in &config.allowed_origins {
        rules = rules.allow_origin(origin)?;
    }
    Ok(rules)
}

/// The connections there are.
#[derive(Clone)]
struct Connections {
    room: Arc<Semaphore>,
    phases: Phases,
}

impl Connections {
    async fn tcp(mut self, listener: TcpListener, router: Router) {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.phases.come(Phase::Draining) => return,
            };
            match accepted {
                Ok((stream, _)) => {
                    // Answers are written whole; waiting to fill packets would only delay them.
                    let _ = stream.set_nodelay(true);
                    self.take(stream, &router);
                }
                Err(error) => breathe(&error).await,
            }
        }
    }

    async fn unix(mut self, listener: UnixListener, router: Router) {
        let me = nix::unistd::Uid::effective();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.phases.come(Phase::Draining) => return,
            };
            match accepted {
                Ok((stream, _)) => match stream.peer_cred() {
                    Ok(peer) if peer.uid() == me.as_raw() || peer.uid() == 0 => {
                        self.take(stream, &router);
                    }
                    Ok(peer) => tracing::warn!(uid = peer.uid(), "refused another user"),
                    Err(error) => tracing::warn!(%error, "refused somebody unknown"),
                },
                Err(error) => breathe(&error).await,
            }
        }
    }

    fn take<S>(&self, stream: S, router: &Router)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        match Arc::clone(&self.room).try_acquire_owned() {
            Ok(permit) => {
                let serve = serve_connection(stream, router.clone(), permit, self.phases.clone());
                tokio::spawn(serve);
            }
            Err(_) => {
                tokio::spawn(turn_away(stream));
            }
        }
    }

    /// Returns when no connection is left.
    async fn ended(&self, config: &HttpConfig) {
        let all = u32::try_from(config.max_connections).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let _ = self.room.acquire_many(all).await;
    }
}

async fn breathe(error: &std::io::Error) {
    tracing::warn!(%error, "cannot accept a connection");
    tokio::time::sleep_until(Instant::now() + BREATHER).await;
}

async fn turn_away(mut stream: impl AsyncWrite + Unpin) {
    let told = async {
        stream.write_all(FULL).await?;
        stream.shutdown().await
    };
    // Whether it hears that is its own affair.
    let _ = tokio::time::timeout_at(Instant::now() + LAST_WORDS, told).await;
}

async fn serve_connection<S>(
    stream: S,
    router: Router,
    _permit: OwnedSemaphorePermit,
    mut phases: Phases,
) where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = TowerToHyperService::new(router);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_buf_size(BUFFER);
    let stream = TokioIo::new(Patient::new(stream, READ_PATIENCE));
    let connection = builder.serve_connection(stream, service);
    tokio::pin!(connection);
    let mut draining = false;
    loop {
        tokio::select! {
            served = connection.as_mut() => {
                if let Err(error) = served {
                    tracing::debug!(%error, "a connection ended badly");
                }
                return;
            }
            () = phases.come(Phase::Draining), if !draining => {
                draining = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
