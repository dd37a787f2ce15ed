//! What a session answers, as plain data.

use bytes::Bytes;
use minicbor::{Decode, Encode};
use rejoinder_expect::Offset;

use crate::lease::InputRecord;
use crate::request::Seen;
use crate::shell::{CommandEnd, Ran};
use crate::state::{Info, Status};
use crate::wire::{WireScreen, codec};

/// The answer to a [`Request`](crate::request::Request).
#[derive(Debug, Clone, Encode, Decode)]
#[non_exhaustive]
pub(crate) enum Answer {
    /// To [`Request::Interact`](crate::request::Request::Interact).
    #[n(0)]
    Interacted(#[n(0)] Box<Interacted>),
    /// To [`Request::Info`](crate::request::Request::Info).
    #[n(1)]
    Info(#[n(0)] Box<Info>),
    /// To [`Request::Journal`](crate::request::Request::Journal).
    #[n(3)]
    Journal(#[n(0)] Vec<InputRecord>),
    /// To [`Request::Screen`](crate::request::Request::Screen).
    #[n(13)]
    Screen(#[n(0)] Box<SeenScreen>),
    /// To the requests that change something: how things stand after it.
    #[n(2)]
    Done(#[n(0)] Status),
    /// To [`Request::Run`](crate::request::Request::Run).
    #[n(8)]
    Ran(#[n(0)] Box<Ran>),
    /// To [`Request::Follow`](crate::request::Request::Follow).
    #[n(16)]
    Followed(#[n(0)] Box<Followed>),
}

impl Answer {
    /// Whether it tells that the program has ended.
    pub(crate) fn is_exited(&self) -> bool {
        match self {
            Self::Interacted(interacted) => interacted.status.state.is_exited(),
            Self::Info(info) => info.status.state.is_exited(),
            Self::Done(status) => status.state.is_exited(),
            Self::Screen(seen) => seen.status.state.is_exited(),
            Self::Ran(ran) => ran.status.state.is_exited(),
            Self::Followed(followed) => followed.status.state.is_exited(),
            Self::Journal(_) => false,
        }
    }
}

/// What was on a session's screen.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct SeenScreen {
    #[n(0)]
    pub(crate) screen: WireScreen,
    /// The rows that changed since the version that was asked about, counted from 0;
    /// absent where all may have.
    #[n(1)]
    pub(crate) changed: Option<Vec<u16>>,
    #[n(2)]
    pub(crate) status: Status,
}

/// What a [`Follow`](crate::Follow) came to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Followed {
    /// How the session stands now, to follow it on from there.
    #[n(0)]
    pub seen: Seen,
    /// The same for whoever reads it.
    #[n(1)]
    pub status: Status,
}

/// What an [`Interact`](crate::Interact) came to.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Interacted {
    /// Bytes of input that the terminal took, and that were to be typed.
    #[n(0)]
    pub typed: Option<Typed>,
    /// Which condition ended the wait; absent when there was none.
    #[n(1)]
    pub returned_by: Option<ReturnedBy>,
    /// The match, when a pattern ended the wait.
    #[n(2)]
    pub matched: Option<Matched>,
    /// What was read.
    #[n(3)]
    pub output: Option<Chunk>,
    /// How things stand now.
    #[n(4)]
    pub status: Status,
    /// The end of a command that [`Session::run`](crate::Session::run) had left
    /// running, told once.
    #[cbor(n(15), default)]
    pub ended: Option<CommandEnd>,
}

/// How much of some input was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Typed {
    /// Bytes that the terminal took.
    #[n(0)]
    pub accepted: u64,
    /// Bytes that were to be typed.
    #[n(1)]
    pub of: u64,
    /// Bytes among those accepted that were quoted, as the terminal would have
    /// acted on them.
    #[cbor(n(2), default)]
    pub quoted: u64,
    /// Characters of a paste that were left out, as a paste is plain text.
    #[cbor(n(3), default)]
    pub left_out: u64,
}

/// The condition that ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ReturnedBy {
    /// A pattern was found.
    #[n(0)]
    Match,
    /// The program waits for input.
    #[n(1)]
    Waiting,
    /// The program ended.
    #[n(2)]
    Exit,
    /// Output paused.
    #[n(3)]
    Idle,
    /// The timeout passed.
    #[n(4)]
    Timeout,
    /// There was output to read.
    #[n(5)]
    Output,
}

impl ReturnedBy {
    /// The condition's name in status lines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Waiting => "waiting",
            Self::Exit => "exit",
            Self::Idle => "idle",
            Self::Timeout => "timeout",
            Self::Output => "output",
        }
    }
}

/// A match of one of a wait's patterns.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Matched {
    /// The pattern's index in the wait's list.
    #[n(0)]
    pub index: usize,
    /// Where the match starts, in bytes of output.
    #[cbor(n(1), with = "codec::offset")]
    pub start: Offset,
    /// Where it ends.
    #[cbor(n(2), with = "codec::offset")]
    pub end: Offset,
    /// The matched text, escape sequences left out.
    #[n(3)]
    pub text: String,
    /// The groups of the pattern, the whole match first.
    #[n(4)]
    pub groups: Vec<Group>,
}

/// One group of a match.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Group {
    /// Its name, if the pattern gives one.
    #[n(0)]
    pub name: Option<String>,
    /// Its text; `None` when it took no part in the match.
    #[n(1)]
    pub text: Option<String>,
}

/// A stretch of output.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Chunk {
    /// Where it starts.
    #[cbor(n(0), with = "codec::offset")]
    pub start: Offset,
    /// Just past its last byte; the reader's next read starts here.
    #[cbor(n(1), with = "codec::offset")]
    pub end: Offset,
    /// The bytes as the program printed them.
    #[cbor(n(2), with = "codec::output")]
    pub bytes: Bytes,
    /// Bytes that left the ring before this reader came to them.
    #[n(3)]
    pub dropped: u64,
    /// Bytes after `end` that are there already.
    #[n(4)]
    pub more: u64,
}
