//! Which stream of a session a message goes to.
//!
//! The answer to a request, and what belongs to it, goes out by the response to the POST that
//! brought it: as one JSON object, or as a stream once there is more to say. Everything else goes
//! to the stream that a GET opened. What is said on a stream is kept for a while, so that a client
//! that lost its connection can ask for the rest.

use std::collections::HashMap;

use bytes::Bytes;
use mcp_proto::http::{CannotReplay, EventLog, StreamId};
use mcp_proto::{Outgoing, RequestKey};
use tokio::sync::{mpsc, oneshot};

/// Events that may wait for a client that doesn't read; then its stream is closed, to be resumed.
const EVENTS_AHEAD: usize = 64;

/// Milliseconds after which a client is to come back to a stream that was closed on purpose.
const COME_BACK_MS: u64 = 100;

/// Where the events of a stream go, while somebody listens.
type Listener = mpsc::Sender<Bytes>;

/// What a POST gets to hear first.
#[derive(Debug)]
pub(super) enum First {
    /// The answer; nothing comes after it.
    Answer(Outgoing),
    /// A stream, which begins with these events and goes on with what is received.
    Stream(mpsc::Receiver<Bytes>),
}

/// The ways out of one session.
#[derive(Debug, Default)]
pub(super) struct Routes {
    log: EventLog,
    /// The way of each request that is open.
    requests: HashMap<RequestKey, u64>,
    ways: HashMap<u64, Way>,
    next: u64,
    /// The stream of what belongs to no request.
    general: Option<StreamId>,
    listeners: HashMap<StreamId, Listener>,
    /// Whether streams begin with an event without data.
    primes: bool,
}

/// The way out of one POST.
#[derive(Debug)]
struct Way {
    /// Requests that go by it and are open; a batch has several.
    open: usize,
    state: State,
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

    /// A way out for the requests that a POST brought, as far as they have none yet.
    pub(super) fn open(&mut self, keys: &[RequestKey]) -> Option<(u64, oneshot::Receiver<First>)> {
        let new: Vec<RequestKey> = keys
            .iter()
            .filter(|key| !self.requests.contains_key(key))
            .copied()
            .collect();
        if new.is_empty() {
            return None;
        }
        self.next += 1;
        let way = self.next;
        for key in &new {
            self.requests.insert(*key, way);
        }
        let (sender, first) = oneshot::channel();
        let state = State::Waiting(sender);
        let open = new.len();
        self.ways.insert(way, Way { open, state });
        Some((way, first))
    }

    /// Sends a message on its way. `is_open` says whether its request is still open after it.
    pub(super) fn send(&mut self, outgoing: Outgoing, is_open: impl Fn(RequestKey) -> bool) {
        let way = outgoing.regards().and_then(|key| self.requests.get(&key));
        match way.copied() {
            Some(way) => {
                let ended = self.settle(way, is_open);
                self.send_by(way, outgoing, ended);
            }
            None => self.send_to_all(&outgoing),
        }
    }

    /// Ends the ways of requests that are gone without an answer: the client gave them up.
    pub(super) fn drop_closed(&mut self, is_open: impl Fn(RequestKey) -> bool) {
        let closed = self.requests.iter().filter(|(key, _)| !is_open(**key));
        let ways: Vec<u64> = closed.map(|(_, way)| *way).collect();
        for way in ways {
            if self.settle(way, &is_open)
                && let Some(Way {
                    state: State::Streaming(stream),
                    ..
                }) = self.ways.remove(&way)
            {
                self.log.finish(stream);
                self.listeners.remove(&stream);
            }
        }
    }

    /// Counts out the requests of a way that are answered; whether all are.
    fn settle(&mut self, way: u64, is_open: impl Fn(RequestKey) -> bool) -> bool {
        let mut answered = 0;
        self.requests.retain(|key, of| {
            let stays = *of != way || is_open(*key);
            answered += usize::from(!stays);
            stays
        });
        let Some(way) = self.ways.get_mut(&way) else {
            return true;
        };
        way.open = way.open.saturating_sub(answered);
        way.open == 0
    }

    fn send_by(&mut self, way: u64, outgoing: Outgoing, ended: bool) {
        let Some(Way { state, .. }) = self.ways.get_mut(&way) else {
            return;
        };
        if ended && let State::Waiting(_) = state {
            if let Some(Way {
                state: State::Waiting(first),
                ..
            }) = self.ways.remove(&way)
            {
                // A client that went away has lost this answer.
                let _ = first.send(First::Answer(outgoing));
            }
            return;
        }
        if let Some(stream) = self.stream_of(way) {
            self.push(stream, outgoing.as_bytes());
            if ended {
                self.log.finish(stream);
                self.listeners.remove(&stream);
            }
        }
        if ended {
            self.ways.remove(&way);
        }
    }

    /// Has a POST that waits answered by a stream from now on.
    pub(super) fn begin_stream(&mut self, way: u64) {
        self.stream_of(way);
    }

    /// The stream of a way, opened now if it wasn't.
    fn stream_of(&mut self, way: u64) -> Option<StreamId> {
        let way = self.ways.get_mut(&way)?;
        match std::mem::replace(&mut way.state, State::Deaf) {
            State::Streaming(stream) => {
                way.state = State::Streaming(stream);
                Some(stream)
            }
            State::Deaf => None,
            State::Waiting(first) => {
                let stream = self.log.open()?;
                let (listener, events) = mpsc::channel(EVENTS_AHEAD);
                if self.primes
                    && let Some(priming) = self.log.prime(stream, Some(COME_BACK_MS))
                {
                    // The channel is new, and has room.
                    let _ = listener.try_send(priming);
                }
                if first.send(First::Stream(events)).is_err() && !self.primes {
                    // Without an event nobody can ask for the rest.
                    self.log.forget(stream);
                    return None;
                }
                way.state = State::Streaming(stream);
                self.listeners.insert(stream, listener);
                Some(stream)
            }
        }
    }

    /// Closes the response to a request's POST: its client comes back for the answer. Only for
    /// clients that know how to.
    pub(super) fn close_stream(&mut self, key: RequestKey) {
        if !self.primes {
            return;
        }
        let Some(way) = self.requests.get(&key).copied() else {
            return;
        };
        if let Some(stream) = self.stream_of(way) {
            self.listeners.remove(&stream);
        }
    }

    /// Opens the stream of what belongs to no request, in the place of an earlier one.
    pub(super) fn listen(&mut self) -> Option<mpsc::Receiver<Bytes>> {
        if let Some(before) = self.general.take() {
            self.log.finish(before);
            self.listeners.remove(&before);
        }
        let stream = self.log.open()?;
        self.general = Some(stream);
        let (listener, events) = mpsc::channel(EVENTS_AHEAD);
        if self.primes
            && let Some(priming) = self.log.prime(stream, None)
        {
            // The channel is new, and has room.
            let _ = listener.try_send(priming);
        }
        self.listeners.insert(stream, listener);
        Some(events)
    }

    /// The rest of a stream that a client lost: what was said since, and what is to come.
    pub(super) fn resume(
        &mut self,
        last_event_id: &str,
    ) -> Result<(Vec<Bytes>, Option<mpsc::Receiver<Bytes>>), CannotReplay> {
        let replay = self.log.replay_after(last_event_id)?;
        if replay.finished {
            return Ok((replay.frames, None));
        }
        let (listener, events) = mpsc::channel(EVENTS_AHEAD);
        // Whoever listened before is gone, or should be.
        self.listeners.insert(replay.stream, listener);
        Ok((replay.frames, Some(events)))
    }

    /// Ends every stream; they can't be resumed, either.
    pub(super) fn close(&mut self) {
        self.listeners.clear();
        self.ways.clear();
        self.requests.clear();
    }

    /// Ends the streams that no request waits for.
    pub(super) fn close_general(&mut self) {
        if let Some(stream) = self.general.take() {
            self.log.finish(stream);
            self.listeners.remove(&stream);
        }
    }

    /// A message that belongs to no request; nobody's, while nobody has opened the stream for
    /// such.
    fn send_to_all(&mut self, outgoing: &Outgoing) {
        if let Some(stream) = self.general {
            self.push(stream, outgoing.as_bytes());
        }
    }

    fn push(&mut self, stream: StreamId, message: &[u8]) {
        let Some(event) = self.log.push(stream, message) else {
            return;
        };
        let sent = self
            .listeners
            .get(&stream)
            .map(|listener| listener.try_send(event));
        if let Some(Err(_)) = sent {
            // Gone, or so slow that it had better come back for the rest.
            self.listeners.remove(&stream);
        }
    }
}
