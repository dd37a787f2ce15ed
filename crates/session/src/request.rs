//! What can be asked of a session, and what it answers, as plain data.
//!
//! A session's driver may run in this process or behind a socket, so requests
//! and answers hold no callbacks and no compiled patterns.

use std::time::Duration;

use bytes::Bytes;
use rejoinder_ansi::Key;
use rejoinder_expect::Offset;
use rejoinder_pty::{Signal, Winsize};

use crate::lease::{Actor, InputRecord};
use crate::state::{Info, State, Status};

/// One request to a session.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub(crate) enum Request {
    /// Type, wait, read: any of them, in this order.
    Interact(Box<Interact>),
    /// Tell all that is known, unread bytes as counted for this reader.
    Info {
        /// The reader whose unread bytes are counted.
        reader: String,
    },
    /// Tell who typed last.
    Journal,
    /// Free the input that this actor holds.
    Release(Actor),
    /// Change the terminal's size.
    Resize(Winsize),
    /// Send a signal.
    Signal {
        /// Which one.
        signal: Signal,
        /// To whom.
        target: SignalTarget,
    },
    /// End everything the session started.
    Terminate(Termination),
}

/// Typing, waiting and reading as one step, so that nothing comes between them.
#[derive(Debug, Clone, Default)]
pub struct Interact {
    /// What to type first.
    pub input: Option<Input>,
    /// What to wait for then.
    pub wait: Option<Wait>,
    /// What to read at the end.
    pub read: Option<Read>,
}

/// Something to type.
#[derive(Debug, Clone)]
pub struct Input {
    /// The pieces, typed in this order.
    pub parts: Vec<InputPart>,
    /// How long a full terminal queue may hold the typing up; what is not
    /// accepted by then is not typed, and the answer says how much was.
    pub timeout: Duration,
    /// Type nothing unless the session is in this state (by its name in status
    /// lines; `waiting` stands for every waiting state).
    pub expect_state: Option<String>,
    /// Who types; the agent that owns the session when absent.
    pub actor: Option<Actor>,
}

/// A piece of input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputPart {
    /// Text, which arrives as it is: while the terminal edits lines, control
    /// characters that it would act on are quoted (`VLNEXT`), and refused where
    /// it cannot quote. Tab, newline and carriage return are keys. Where the
    /// program reads keys itself, every byte goes to it.
    Text(Vec<u8>),
    /// Text pasted: bracketed when the program asked for that, control
    /// characters other than tab and line ends left out. What follows is typed
    /// when the program has taken it.
    Paste(String),
    /// A key, encoded for the terminal's present modes. While the terminal edits
    /// lines, `C-c`, `C-\`, `C-z`, `C-d` and `BSpace` are its own characters for
    /// interrupt, quit, suspend, end of input and erase, whatever those are.
    Key(Key),
    /// The end of a line: carriage return to a terminal, newline to a pipe.
    Enter,
}

/// What ends a wait. The program's end and the timeout always do.
#[derive(Debug, Clone)]
pub struct Wait {
    /// Return when one of these is found.
    pub patterns: Vec<PatternSpec>,
    /// Whether a match is taken: the reader's next search from its last match
    /// starts behind it. Otherwise it was only looked for, and the next search
    /// starts with it.
    pub take_match: bool,
    /// Where the search for them begins.
    pub from: SearchFrom,
    /// The reader whose read position and last match count.
    pub reader: String,
    /// Return as soon as this reader has something unread.
    pub output: bool,
    /// Return when output pauses.
    pub idle: Option<Pause>,
    /// Return when the program waits for input.
    pub waiting: bool,
    /// Return after this long, whatever happened.
    pub timeout: Duration,
}

/// A pause in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// Nothing for this long after output that the caller has not read.
    AfterOutput(Duration),
    /// Nothing for this long, whether or not there was something before.
    Quiet(Duration),
}

/// Where a search begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchFrom {
    /// Where this reader's last match ended, or the start of the output.
    #[default]
    LastMatch,
    /// The first byte this reader has not read (or its last match, if later).
    Unread,
    /// Output that follows the input of the same request, its echo left out.
    Input,
    /// At this offset.
    Offset(Offset),
}

/// A pattern as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternSpec {
    /// A regular expression, or text to be found as it is.
    pub text: String,
    /// Take `text` as it is.
    pub literal: bool,
    /// Tell upper from lower case.
    pub case_sensitive: bool,
}

/// What to read.
#[derive(Debug, Clone)]
pub struct Read {
    /// The reader, whose position moves past what is returned.
    pub reader: String,
    /// Read from here instead of from the reader's position.
    pub since: Option<Offset>,
    /// Return at most this many lines, the rest stays unread; 0 is no limit.
    pub max_lines: usize,
    /// Read what the wait's search went through: from its start to the end of the
    /// match, whoever has read it before.
    pub searched: bool,
}

/// Who gets a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignalTarget {
    /// The terminal's foreground process group.
    #[default]
    Foreground,
    /// Every process that the session started.
    Session,
}

/// How to end a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Termination {
    /// KILL at once instead of HUP and TERM first.
    pub force: bool,
    /// How long after HUP and TERM the rest is killed.
    pub grace: Duration,
    /// End orphans that were handed to this process too, which nothing tells
    /// to be of one session or another: for when every session ends.
    pub orphans: bool,
}

impl Input {
    /// A line of text and its Enter, with five seconds for a full queue.
    #[must_use]
    pub fn line(text: &str) -> Self {
        Self {
            parts: vec![InputPart::Text(text.as_bytes().to_vec()), InputPart::Enter],
            timeout: Duration::from_secs(5),
            expect_state: None,
            actor: None,
        }
    }
}

impl Wait {
    /// Waits for a regular expression in the answer to the request's input.
    #[must_use]
    pub fn for_pattern(reader: &str, pattern: &str, timeout: Duration) -> Self {
        Self {
            patterns: vec![PatternSpec {
                text: pattern.to_owned(),
                literal: false,
                case_sensitive: true,
            }],
            take_match: true,
            from: SearchFrom::Input,
            reader: reader.to_owned(),
            output: false,
            idle: None,
            waiting: false,
            timeout,
        }
    }
}

impl Read {
    /// All that this reader has not read.
    #[must_use]
    pub fn unread(reader: &str) -> Self {
        Self {
            reader: reader.to_owned(),
            since: None,
            max_lines: 0,
            searched: false,
        }
    }
}

impl Default for Termination {
    /// Five seconds of grace.
    fn default() -> Self {
        Self {
            force: false,
            grace: Duration::from_secs(5),
            orphans: false,
        }
    }
}

/// The answer to a [`Request`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub(crate) enum Answer {
    /// To [`Request::Interact`].
    Interacted(Box<Interacted>),
    /// To [`Request::Info`].
    Info(Box<Info>),
    /// To [`Request::Journal`].
    Journal(Vec<InputRecord>),
    /// To the requests that change something: how things stand after it.
    Done(Status),
}

/// What an [`Interact`] came to.
#[derive(Debug, Clone)]
pub struct Interacted {
    /// Bytes of input that the terminal took, and that were to be typed.
    pub typed: Option<Typed>,
    /// Which condition ended the wait; absent when there was none.
    pub returned_by: Option<ReturnedBy>,
    /// The match, when a pattern ended the wait.
    pub matched: Option<Matched>,
    /// What was read.
    pub output: Option<Chunk>,
    /// How things stand now.
    pub status: Status,
}

/// How much of some input was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Typed {
    /// Bytes that the terminal took.
    pub accepted: u64,
    /// Bytes that were to be typed.
    pub of: u64,
    /// Bytes among those accepted that were quoted, as the terminal would have
    /// acted on them.
    pub quoted: u64,
    /// Characters of a paste that were left out, as a paste is plain text.
    pub left_out: u64,
}

/// The condition that ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnedBy {
    /// A pattern was found.
    Match,
    /// The program waits for input.
    Waiting,
    /// The program ended.
    Exit,
    /// Output paused.
    Idle,
    /// The timeout passed.
    Timeout,
    /// There was output to read.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The pattern's index in the wait's list.
    pub index: usize,
    /// Where the match starts, in bytes of output.
    pub start: Offset,
    /// Where it ends.
    pub end: Offset,
    /// The matched text, escape sequences left out.
    pub text: String,
    /// The groups of the pattern, the whole match first.
    pub groups: Vec<Group>,
}

/// One group of a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name, if the pattern gives one.
    pub name: Option<String>,
    /// Its text; `None` when it took no part in the match.
    pub text: Option<String>,
}

/// A stretch of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Where it starts.
    pub start: Offset,
    /// Just past its last byte; the reader's next read starts here.
    pub end: Offset,
    /// The bytes as the program printed them.
    pub bytes: Bytes,
    /// Bytes that left the ring before this reader came to them.
    pub dropped: u64,
    /// Bytes after `end` that are there already.
    pub more: u64,
}

/// Whether a state answers to the name given in [`Input::expect_state`].
pub(crate) fn state_is(state: State, name: &str) -> bool {
    state.name() == name || (name == "waiting" && state.is_waiting())
}
