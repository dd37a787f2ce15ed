//! What was sent on the streams of one session, kept so that it can be sent again.
//!
//! In the era of `initialize` a client whose connection broke comes back with the id of the last
//! event it saw (2025-11-25, "Resumability and Redelivery"). An id says its stream and its place
//! in it, so that only that stream's events are sent again.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::str::FromStr;

use bytes::Bytes;

use super::{Refusal, sse};
use crate::jsonrpc::RpcError;

/// Streams of one session that are known at once, unless told otherwise: 16,384, as many as a
/// connection may have requests in flight.
pub const DEFAULT_LOG_STREAMS: usize = 16_384;

/// Events of one session that are kept, unless told otherwise: 1,024.
pub const DEFAULT_LOG_EVENTS: usize = 1024;

/// Bytes of one session's events that are kept, unless told otherwise: 1 MiB.
pub const DEFAULT_LOG_BYTES: usize = 1 << 20;

/// How much an [`EventLog`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventLogLimits {
    /// Streams known at once, finished ones among them; at least 1.
    pub streams: usize,
    /// Events of all streams together.
    pub events: usize,
    /// Bytes of all events together, as they are sent.
    pub bytes: usize,
}

impl Default for EventLogLimits {
    /// [`DEFAULT_LOG_STREAMS`], [`DEFAULT_LOG_EVENTS`], [`DEFAULT_LOG_BYTES`].
    fn default() -> Self {
        Self {
            streams: DEFAULT_LOG_STREAMS,
            events: DEFAULT_LOG_EVENTS,
            bytes: DEFAULT_LOG_BYTES,
        }
    }
}

/// Names a stream of one session; never used twice in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(u64);

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A place in a stream: after its `number`th event, 0 being its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct EventId {
    stream: StreamId,
    number: u64,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.stream, self.number)
    }
}

impl FromStr for EventId {
    type Err = CannotReplay;

    fn from_str(text: &str) -> Result<Self, CannotReplay> {
        let (stream, number) = text.split_once('-').ok_or(CannotReplay::NoEventId)?;
        let number_of = |digits: &str| {
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|_| plain)
        };
        match (number_of(stream), number_of(number)) {
            (Some(stream), Some(number)) => Ok(Self {
                stream: StreamId(stream),
                number,
            }),
            _ => Err(CannotReplay::NoEventId),
        }
    }
}

/// The streams of one session and the last of what was sent on them.
///
/// When there is more than the limits allow, the oldest events go first, whichever stream they
/// are of. A client that comes back then gets what is left, since the answer it waits for is the
/// last event of a stream and so the last to go; where that too has gone it is told.
///
/// # Example
///
/// ```
/// use mcp_proto::http::EventLog;
///
/// let mut log = EventLog::default();
/// let stream = log.open().unwrap();
/// assert_eq!(log.prime(stream, Some(500)).unwrap(), "id: 1-0\nretry: 500\ndata:\n\n");
/// assert_eq!(log.push(stream, b"{\"a\":1}").unwrap(), "id: 1-1\ndata: {\"a\":1}\n\n");
/// log.push(stream, b"{\"b\":2}");
/// log.finish(stream);
///
/// let replay = log.replay_after("1-1").unwrap();
/// assert_eq!(replay.frames, ["id: 1-2\ndata: {\"b\":2}\n\n"]);
/// assert!(replay.finished);
/// ```
#[derive(Debug, Default)]
pub struct EventLog {
    limits: EventLogLimits,
    streams: BTreeMap<StreamId, Stream>,
    /// In the order in which they were sent.
    events: VecDeque<Kept>,
    bytes: usize,
    opened: u64,
}

#[derive(Debug, Default)]
struct Stream {
    /// Events sent so far, which is the number of the last one.
    sent: u64,
    /// Events that are not kept any more, which is the number of the last of those.
    dropped: u64,
    finished: bool,
}

#[derive(Debug)]
struct Kept {
    id: EventId,
    frame: Bytes,
}

/// What a client that comes back is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replay {
    /// The stream that goes on.
    pub stream: StreamId,
    /// The events after the one that the client named, ready to be sent.
    pub frames: Vec<Bytes>,
    /// How many events between that one and these are lost.
    pub missed: u64,
    /// Whether nothing comes after these, so that the response ends with them.
    pub finished: bool,
}

/// Why a stream can't be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CannotReplay {
    /// The text is no event id of this server.
    #[error("Last-Event-ID is no event id of this server")]
    NoEventId,
    /// The session has no such stream, or not any more.
    #[error("there is no such stream, or its events are no longer kept; send the request again")]
    UnknownStream,
    /// The stream has ended, and its last event is no longer kept.
    #[error("the end of the stream is no longer kept; send the request again")]
    Gone,
}

impl From<CannotReplay> for Refusal {
    /// 400. Not 404, by which a client would take its session to be gone.
    fn from(reason: CannotReplay) -> Self {
        Self::bad_request(RpcError::invalid_request(format!(
            "Invalid request: {reason}"
        )))
    }
}

impl EventLog {
    /// A log without streams.
    pub fn new(limits: EventLogLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// Begins a stream. Where there are as many as there may be, the oldest finished one is
    /// forgotten; `None` when none of them is finished.
    pub fn open(&mut self) -> Option<StreamId> {
        if self.streams.len() >= self.limits.streams.max(1) {
            let finished = self.streams.iter().find(|(_, stream)| stream.finished);
            let oldest = *finished?.0;
            self.forget(oldest);
        }
        self.opened += 1;
        let id = StreamId(self.opened);
        self.streams.insert(id, Stream::default());
        Some(id)
    }

    /// The event that a stream begins with, by whose id the whole stream can be asked for: see
    /// [`sse::priming`]. `None` for a stream that isn't open.
    pub fn prime(&self, stream: StreamId, retry_ms: Option<u64>) -> Option<Bytes> {
        let open = !self.streams.get(&stream)?.finished;
        let id = EventId { stream, number: 0 };
        open.then(|| sse::priming(&id.to_string(), retry_ms))
    }

    /// Adds a message to a stream and returns it as it is to be sent, if somebody is there to
    /// send it to. `None` for a stream that isn't open.
    pub fn push(&mut self, stream: StreamId, message: &[u8]) -> Option<Bytes> {
        let state = self.streams.get_mut(&stream)?;
        if state.finished {
            return None;
        }
        state.sent += 1;
        let id = EventId {
            stream,
            number: state.sent,
        };
        let frame = sse::message(Some(&id.to_string()), message);
        self.bytes += frame.len();
        self.events.push_back(Kept {
            id,
            frame: frame.clone(),
        });
        self.drop_excess();
        Some(frame)
    }

    /// Ends a stream: nothing comes after what was pushed. It can still be replayed.
    pub fn finish(&mut self, stream: StreamId) {
        if let Some(state) = self.streams.get_mut(&stream) {
            state.finished = true;
        }
    }

    /// Forgets a stream and its events.
    pub fn forget(&mut self, stream: StreamId) {
        if self.streams.remove(&stream).is_none() {
            return;
        }
        let bytes = &mut self.bytes;
        self.events.retain(|event| {
            let stays = event.id.stream != stream;
            if !stays {
                *bytes -= event.frame.len();
            }
            stays
        });
    }

    /// The events of a stream after the one that a client names in `Last-Event-ID`.
    ///
    /// # Errors
    ///
    /// When the id is none, or none of a stream that is known, or the stream has ended and its
    /// last event is no longer kept. As a [`Refusal`] each is 400.
    pub fn replay_after(&self, last_event_id: &str) -> Result<Replay, CannotReplay> {
        let last: EventId = last_event_id.parse()?;
        let stream = self.streams.get(&last.stream);
        let stream = stream.ok_or(CannotReplay::UnknownStream)?;
        if last.number > stream.sent {
            return Err(CannotReplay::NoEventId);
        }
        let missed = stream.dropped.saturating_sub(last.number);
        if stream.finished && missed > 0 && stream.dropped == stream.sent {
            return Err(CannotReplay::Gone);
        }
        let wanted =
            |event: &&Kept| event.id.stream == last.stream && event.id.number > last.number;
        let frames = self.events.iter().filter(wanted);
        Ok(Replay {
            stream: last.stream,
            frames: frames.map(|event| event.frame.clone()).collect(),
            missed,
            finished: stream.finished,
        })
    }

    /// Whether nothing comes any more on a stream; true also for one that isn't known.
    pub fn is_finished(&self, stream: StreamId) -> bool {
        self.streams
            .get(&stream)
            .is_none_or(|stream| stream.finished)
    }

    /// Bytes of events that are kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Events that are kept.
    pub fn events(&self) -> usize {
        self.events.len()
    }

    /// Streams that are known, finished ones among them.
    pub fn streams(&self) -> usize {
        self.streams.len()
    }

    fn drop_excess(&mut self) {
        while self.events.len() > self.limits.events || self.bytes > self.limits.bytes {
            let Some(oldest) = self.events.pop_front() else {
                return;
            };
            self.bytes -= oldest.frame.len();
            if let Some(stream) = self.streams.get_mut(&oldest.id.stream) {
                stream.dropped = oldest.id.number;
            }
        }
    }
}
