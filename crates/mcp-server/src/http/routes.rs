//! Which stream of a session a message goes to.
//!
//! The answer to a request, and what belongs to it, goes out by the response to the POST that
//! brought it: as one JSON object, or as a stream once there is more to say. Everything else goes
//! to the stream that a GET opened. What is said on a stream is kept for a while, so that a client
//! that lost its connection can ask for the rest.
//!
//! Messages are handed in by [`Routes::send`] and go out with [`Routes::flush`], when all that one
//! step of the connection led to is known: only then is it seen whether a message is the last of
//! its request.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_channel::mpsc;
use mcp_proto::http::{CannotReplay, EventLog, StreamId};
use mcp_proto::{Outgoing, RequestKey};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Events that may wait for a client that doesn't read; then its stream is closed, to be resumed.
const EVENTS_AHEAD: usize = 64;

/// Milliseconds after which a client is to come back to a stream that was closed on purpose.
const COME_BACK_MS: u64 = 100;

/// What a POST gets to hear first.
#[derive(Debug)]
pub(super) enum First {
    /// The answer; nothing comes after it.
    Answer(Outgoing),
    /// A stream.
    Stream(Opened),
}

/// A stream as the response that carries it has it.
#[derive(Debug)]
pub(super) struct Opened {
    /// What was said before it was opened.
    pub(super) missed: Vec<Bytes>,
    /// What is said from then on; nothing, where the stream has ended.
    pub(super) rest: Option<mpsc::Receiver<Bytes>>,
    /// Its place among all streams.
    pub(super) permit: OwnedSemaphorePermit,
}

/// Why a GET opens no stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotOpened {
    /// There are as many streams as there may be.
    NoRoom,
    /// There is nothing to be resumed by that id.
    CannotReplay(CannotReplay),
}

/// The ways out of one session.
#[derive(Debug)]
pub(super) struct Routes {
    log: EventLog,
    /// The way of each request that is open.
    requests: HashMap<RequestKey, u64>,
    ways: HashMap<u64, Way>,
    next: u64,
    /// Ways that something happened to since the last flush.
    touched: Vec<u64>,
    /// The stream of what belongs to no request.
    general: Option<StreamId>,
    /// Where the events of a stream go, while somebody listens.
    listeners: HashMap<StreamId, mpsc::Sender<Bytes>>,
    /// Room for streams, which all sessions share.
    room: Arc<Semaphore>,
    /// Whether streams begin with an event without data.
    primes: bool,
}

/// The way out of one POST.
#[derive(Debug)]
struct Way {
    /// The requests that go by it and are open; a batch has several.
    keys: Vec<RequestKey>,
    state: State,
    /// What was handed in since the last flush.
    unsent: Vec<Outgoing>,
    /// Whether the client is to come back for the rest.
    closes: bool,
    /// Whether a request of it was given up since the last flush.
    given_up: bool,
}

#[derive(Debug)]
enum State {
    /// The POST still waits to hear anything.
    Waiting(oneshot::Sender<First>),
    Streaming(StreamId),
    /// Nobody hears: the client went away before there was a stream.
    Deaf,
}

impl Routes {
    /// No ways yet, and room for streams by these permits.
    pub(super) fn new(room: Arc<Semaphore>) -> Self {
        Self {
            log: EventLog::default(),
            requests: HashMap::new(),
            ways: HashMap::new(),
            next: 0,
            touched: Vec::new(),
            general: None,
            listeners: HashMap::new(),
            room,
            primes: false,
        }
    }

    /// Ways out for a client whose streams begin as its revision has it.
    pub(super) fn set_primes(&mut self, primes: bool) {
        self.primes = primes;
    }

    /// Whether anybody listens to any stream.
    pub(super) fn has_listeners(&self) -> bool {
        self.listeners
            .values()
            .any(|listener| !listener.is_closed())
    }

    /// Whether messages of this request have a way out of their own.
    pub(super) fn knows(&self, key: RequestKey) -> bool {
        self.requests.contains_key(&key)
    }

    /// A way out for the requests that a POST brought, as far as they have none yet.
    pub(super) fn open(&mut self, keys: &[RequestKey]) -> Option<(u64, oneshot::Receiver<First>)> {
        let new = keys.iter().filter(|key| !self.requests.contains_key(key));
        let keys: Vec<RequestKey> = new.copied().collect();
        if keys.is_empty() {
            return None;
        }
        self.next += 1;
        let id = self.next;
        for key in &keys {
            self.requests.insert(*key, id);
        }
        let (sender, first) = oneshot::channel();
        let way = Way {
            keys,
            state: State::Waiting(sender),
            unsent: Vec::new(),
            closes: false,
            given_up: false,
        };
        self.ways.insert(id, way);
        Some((id, first))
    }

    /// Takes a message: for the way of its request, or for the stream of what belongs to none,
    /// which is nobody's while no GET has opened it.
    pub(super) fn send(&mut self, outgoing: Outgoing) {
        match outgoing.regards().and_then(|key| self.way_of(key)) {
            Some(way) => way.unsent.push(outgoing),
            None => {
                if let Some(stream) = self.general {
                    self.push(stream, outgoing.as_bytes());
                }
            }
        }
    }

    /// A request ends without an answer: the client gave it up.
    pub(super) fn give_up(&mut self, key: RequestKey) {
        if let Some(way) = self.way_of(key) {
            way.given_up = true;
        }
    }

    /// Closes the response to a request's POST: its client comes back for the answer. Only for
    /// clients that know how to.
    pub(super) fn close_stream(&mut self, key: RequestKey) {
        let primes = self.primes;
        if let Some(way) = self.way_of(key) {
            way.closes = primes;
        }
    }

    /// The way of a request, to which something happens.
    fn way_of(&mut self, key: RequestKey) -> Option<&mut Way> {
        let id = *self.requests.get(&key)?;
        if self.touched.last() != Some(&id) {
            self.touched.push(id);
        }
        self.ways.get_mut(&id)
    }

    /// Sends what was handed in, and ends the ways of which no request is open any more.
    pub(super) fn flush(&mut self, is_open: impl Fn(RequestKey) -> bool) {
        for id in std::mem::take(&mut self.touched) {
            self.flush_way(id, &is_open);
        }
    }

    fn flush_way(&mut self, id: u64, is_open: impl Fn(RequestKey) -> bool) {
        let Self { requests, ways, .. } = self;
        let Some(way) = ways.get_mut(&id) else {
            return;
        };
        way.keys.retain(|key| {
            let stays = is_open(*key);
            if !stays {
                requests.remove(key);
            }
            stays
        });
        let ended = way.keys.is_empty();
        let unsent = std::mem::take(&mut way.unsent);
        let given_up = std::mem::take(&mut way.given_up);
        let closes = std::mem::take(&mut way.closes);
        if ended && matches!(way.state, State::Waiting(_)) {
            return self.answer(id, unsent, given_up);
        }
        for outgoing in unsent {
            if let Some(stream) = self.stream_of(id) {
                self.push(stream, outgoing.as_bytes());
            }
        }
        if ended {
            if let Some(State::Streaming(stream)) = self.ways.remove(&id).map(|way| way.state) {
                self.finish(stream);
            }
        } else if closes && let Some(stream) = self.stream_of(id) {
            self.listeners.remove(&stream);
        }
    }

    /// Answers a POST that has heard nothing yet by the last message of its way. What came before
    /// that found no room for a stream.
    fn answer(&mut self, id: u64, mut unsent: Vec<Outgoing>, given_up: bool) {
        let Some(State::Waiting(first)) = self.ways.remove(&id).map(|way| way.state) else {
            return;
        };
        // What is said of a request that was given up is no answer to it, unless it is the answer
        // to the rest of its batch.
        let answer = unsent
            .pop()
            .filter(|last| !given_up || last.as_bytes().starts_with(b"["));
        if let Some(answer) = answer {
            // A client that went away has lost this answer.
            let _ = first.send(First::Answer(answer));
        }
    }

    /// Has a POST that waits answered by a stream from now on, if there is room for one.
    pub(super) fn begin_stream(&mut self, way: u64) {
        self.stream_of(way);
    }

    /// The stream of a way, opened now if it wasn't.
    fn stream_of(&mut self, id: u64) -> Option<StreamId> {
        let way = self.ways.get_mut(&id)?;
        match &way.state {
            State::Streaming(stream) => return Some(*stream),
            State::Deaf => return None,
            State::Waiting(first) if first.is_closed() => {
                // The client knows no event to ask for the rest by.
                way.state = State::Deaf;
                return None;
            }
            State::Waiting(_) => {}
        }
        // Without room the POST goes on waiting, for the answer alone.
        let permit = Arc::clone(&self.room).try_acquire_owned().ok()?;
        let stream = self.log.open()?;
        let opened = self.opened(stream, permit, Some(COME_BACK_MS));
        let way = self.ways.get_mut(&id)?;
        if let State::Waiting(first) = std::mem::replace(&mut way.state, State::Streaming(stream)) {
            // A client that goes away right now comes back or doesn't, as with any stream.
            let _ = first.send(First::Stream(opened));
        }
        Some(stream)
    }

    /// Begins to send the events of a new stream to whoever gets what this returns.
    fn opened(
        &mut self,
        stream: StreamId,
        permit: OwnedSemaphorePermit,
        come_back_ms: Option<u64>,
    ) -> Opened {
        let priming = match self.primes {
            true => self.log.prime(stream, come_back_ms),
            false => None,
        };
        Opened {
            missed: priming.into_iter().collect(),
            rest: Some(self.hear(stream)),
            permit,
        }
    }

    /// Has the events of a stream go to whoever gets the receiver, and to nobody else.
    fn hear(&mut self, stream: StreamId) -> mpsc::Receiver<Bytes> {
        // Each sender has room for one of its own.
        let (listener, events) = mpsc::channel(EVENTS_AHEAD - 1);
        self.listeners.insert(stream, listener);
        events
    }

    fn permit(&self) -> Result<OwnedSemaphorePermit, NotOpened> {
        Arc::clone(&self.room)
            .try_acquire_owned()
            .map_err(|_| NotOpened::NoRoom)
    }

    /// Opens the stream of what belongs to no request, in the place of an earlier one.
    pub(super) fn listen(&mut self) -> Result<Opened, NotOpened> {
        let permit = self.permit()?;
        self.close_general();
        let stream = self.log.open().ok_or(NotOpened::NoRoom)?;
        self.general = Some(stream);
        Ok(self.opened(stream, permit, None))
    }

    /// The rest of a stream that a client lost: what was said since, and what is to come.
    pub(super) fn resume(&mut self, last_event_id: &str) -> Result<Opened, NotOpened> {
        let permit = self.permit()?;
        let replay = self
            .log
            .replay_after(last_event_id)
            .map_err(NotOpened::CannotReplay)?;
        // Whoever listened before is gone, or should be.
        let rest = (!replay.finished).then(|| self.hear(replay.stream));
        Ok(Opened {
            missed: replay.frames,
            rest,
            permit,
        })
    }

    /// Ends every stream, and every POST that waits.
    pub(super) fn close(&mut self) {
        self.general = None;
        self.listeners.clear();
        self.ways.clear();
        self.requests.clear();
    }

    /// Ends the stream that no request waits for.
    pub(super) fn close_general(&mut self) {
        if let Some(stream) = self.general.take() {
            self.finish(stream);
        }
    }

    fn finish(&mut self, stream: StreamId) {
        self.log.finish(stream);
        self.listeners.remove(&stream);
    }

    fn push(&mut self, stream: StreamId, message: &[u8]) {
        let Some(event) = self.log.push(stream, message) else {
            return;
        };
        let sent = self
            .listeners
            .get_mut(&stream)
            .map(|listener| listener.try_send(event));
        if let Some(Err(_)) = sent {
            // Gone, or so slow that it had better come back for the rest.
            self.listeners.remove(&stream);
        }
    }
}

#[cfg(test)]
mod tests;
