//! Serving: what a server does, apart from how its clients reach it.
//!
//! A [`Host`] is what is served: it runs tools, reads resources, watches them. Transports
//! ([`stdio`], [`crate::http`]) bring it clients. Between the two stands a [`Desk`], one for each
//! connection, which runs what the protocol hands out and gives back what is to be sent. A
//! transport knows no tool, and a host no transport.

pub mod desk;
pub mod stdio;

pub(crate) mod guard;

mod hearing;
mod streams;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use futures_channel::mpsc;
use mcp_proto::{
    Answer, Catalogue, ChangedList, Connection, InvalidArguments, LogLevel, Outgoing, Query,
    RequestKey, ToolCall,
};
use serde_json::Value;
use tokio::sync::{broadcast, watch};

pub use desk::{Desk, Effect, Event};
pub use hearing::Hearing;

/// A call or a query under way. Dropping it is how it is cancelled.
pub type Work = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A resource being watched. Dropping it ends the watch.
pub type Watch = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What is served.
pub trait Host: Send + Sync + 'static {
    /// Who the server is, and what it declares.
    fn face(&self) -> Arc<mcp_proto::Server>;

    /// What it offers, now and when that changes.
    fn catalogue(&self) -> watch::Receiver<Arc<Catalogue>>;

    /// Changes of its other lists.
    fn changes(&self) -> broadcast::Receiver<Change>;

    /// Runs a tool, whose arguments fit its schema.
    fn call(self: Arc<Self>, call: ToolCall, requester: Requester) -> Work;

    /// Answers a call whose arguments don't fit.
    fn refuse(&self, call: &ToolCall, why: &InvalidArguments, requester: &Requester) -> Answer;

    /// Finds something out that is no tool.
    fn query(self: Arc<Self>, query: Query, requester: Requester) -> Work;

    /// Tells, until it is dropped, when a resource changes. A resource that isn't there, or isn't
    /// this principal's, never changes.
    fn watch(self: Arc<Self>, uri: String, principal: Arc<str>, changed: Changed) -> Watch;

    /// Bytes that the answer to this call may have beyond the usual; a transport takes in no more
    /// requests while too much is promised.
    fn promised_bytes(&self, _call: &ToolCall) -> usize {
        0
    }
}

/// When serving is to stop, and what is left to do then.
pub trait Stop {
    /// Returns when serving is to stop before the input ends.
    fn requested(&mut self) -> impl Future<Output = ()>;

    /// Lets go of what calls under way wait for, so that they come to an end.
    fn let_go(&mut self) -> impl Future<Output = ()>;

    /// What calls are answered that did not come to an end.
    fn last_answer(&self) -> Answer;
}

/// A list that changed, for everybody or for one principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The list.
    pub list: ChangedList,
    /// For whom it is another now; for all when `None`.
    pub principal: Option<Arc<str>>,
}

/// Whoever sent a request, and the way back to it while it is being worked on.
#[derive(Clone)]
pub struct Requester {
    /// Whom the transport has made out: what it owns, nobody else sees.
    pub principal: Arc<str>,
    key: RequestKey,
    reports: mpsc::UnboundedSender<Event>,
    hearing: Hearing,
}

/// What a request under way has to say before its answer.
#[derive(Debug)]
pub enum Report {
    /// How far it is.
    Progress {
        /// Greater than what was reported before.
        progress: f64,
        /// What it would be at the end.
        total: Option<f64>,
        /// In words.
        message: Option<String>,
    },
    /// A log message.
    Log {
        /// Its severity.
        level: LogLevel,
        /// Who writes it.
        logger: Option<String>,
        /// What it says.
        data: Value,
    },
    /// The stream of this request may be closed: its client is to come back for the answer
    /// (2025-11-25 over HTTP; nothing elsewhere).
    CloseStream,
}

impl Report {
    /// What the client is sent of it, if it wants to hear it; a stream to be closed is none of
    /// the connection's business.
    pub(crate) fn outgoing(self, connection: &mut Connection, key: RequestKey) -> Option<Outgoing> {
        match self {
            Self::Progress {
                progress,
                total,
                message,
            } => connection.progress(key, progress, total, message.as_deref()),
            Self::Log {
                level,
                logger,
                data,
            } => connection.log(Some(key), level, logger.as_deref(), &data),
            Self::CloseStream => None,
        }
    }
}

impl Requester {
    /// Somebody of this principal, who sent the request of this key, hears by this channel, and
    /// wants to hear this much.
    pub fn new(
        principal: Arc<str>,
        key: RequestKey,
        reports: mpsc::UnboundedSender<Event>,
        hearing: Hearing,
    ) -> Self {
        Self {
            principal,
            key,
            reports,
            hearing,
        }
    }

    /// Reports how far the request is; nothing comes of it where nobody asked.
    pub fn progress(&self, progress: f64, total: Option<f64>, message: Option<String>) {
        self.report(Report::Progress {
            progress,
            total,
            message,
        });
    }

    /// Whether a log message of this severity would be heard now. Where making one takes some
    /// doing, ask this first.
    pub fn hears(&self, level: LogLevel) -> bool {
        self.hearing.hears(level)
    }

    /// Sends a log message that belongs to the request; nothing comes of it where nobody asked.
    pub fn log(&self, level: LogLevel, logger: Option<&str>, data: Value) {
        self.report(Report::Log {
            level,
            logger: logger.map(str::to_owned),
            data,
        });
    }

    /// Lets the client come back for the answer, where its transport has such a thing.
    pub fn close_stream(&self) {
        self.report(Report::CloseStream);
    }

    fn report(&self, report: Report) {
        // Without a connection there is nobody to tell.
        let _ = self
            .reports
            .unbounded_send(Event::Reported(self.key, Box::new(report)));
    }
}

impl fmt::Debug for Requester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requester")
            .field("principal", &self.principal)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Tells that a resource changed. Telling it twice before anybody heard is telling it once.
#[derive(Clone, Debug)]
pub struct Changed {
    uri: Arc<str>,
    told: Arc<std::sync::atomic::AtomicBool>,
    events: mpsc::UnboundedSender<Event>,
}

impl Changed {
    pub(crate) fn new(uri: &str, events: mpsc::UnboundedSender<Event>) -> Self {
        Self {
            uri: uri.into(),
            told: Arc::default(),
            events,
        }
    }

    /// The resource changed.
    pub fn tell(&self) {
        use std::sync::atomic::Ordering;
        if !self.told.swap(true, Ordering::AcqRel) {
            // Without a connection there is nobody to tell.
            let _ = self.events.unbounded_send(Event::Updated(self.clone()));
        }
    }

    /// Somebody heard; what comes from now on is told anew.
    pub(crate) fn heard(&self) -> &str {
        use std::sync::atomic::Ordering;
        self.told.store(false, Ordering::Release);
        &self.uri
    }
}
