//! What can be asked of a session, as plain data.
//!
//! A session's driver may run in this process or behind a socket, so requests and
//! their answers hold no callbacks and no compiled patterns.

use std::time::Duration;

use minicbor::{Decode, Encode};
use rejoinder_ansi::Key;
use rejoinder_expect::Offset;
use rejoinder_pty::{Signal, Winsize};

use crate::lease::Actor;
use crate::secret::Secret;
use crate::shell::RunRequest;
use crate::state::State;
use crate::wire::codec;

/// One request to a session.
#[derive(Debug, Clone, Encode, Decode)]
#[non_exhaustive]
pub(crate) enum Request {
    /// Type, wait, read: any of them, in this order.
    #[n(0)]
    Interact(#[n(0)] Box<Interact>),
    /// Tell all that is known, unread bytes as counted for this reader.
    #[n(1)]
    Info {
        /// The reader whose unread bytes are counted.
        #[n(0)]
        reader: String,
        /// Whether this counts as use of the session, which keeps it from being
        /// closed for being idle.
        #[n(1)]
        counts: bool,
    },
    /// Tell who typed last.
    #[n(6)]
    Journal,
    /// Free the input that this actor holds.
    #[n(7)]
    Release(#[n(0)] Actor),
    /// Change the terminal's size.
    #[n(2)]
    Resize(#[cbor(n(0), with = "codec::winsize")] Winsize),
    /// Send a signal.
    #[n(3)]
    Signal {
        /// Which one.
        #[cbor(n(0), with = "codec::signal")]
        signal: Signal,
        /// To whom.
        #[n(1)]
        target: SignalTarget,
    },
    /// End everything the session started.
    #[n(4)]
    Terminate(#[n(0)] Termination),
    /// Tell what is on the screen.
    #[n(13)]
    Screen(#[n(0)] ScreenLook),
    /// Forget the session, whose program has ended.
    #[n(5)]
    Close,
    /// Run a command in the shell or REPL that has the terminal.
    #[n(8)]
    Run(#[n(0)] RunRequest),
    /// Wait until something is another than it was seen.
    #[n(16)]
    Follow(#[n(0)] Follow),
}

/// How much longer than its timeout a command may take: its shell may have to be
/// taught first, and what was not finished to be thrown away.
const LEARNING: Duration = Duration::from_secs(30);

impl Request {
    /// Whether it changes anything, so that it must not be asked twice.
    pub(crate) fn has_effects(&self) -> bool {
        match self {
            Self::Interact(interact) => interact.input.is_some(),
            // An ending that has ended is none.
            Self::Info { .. } | Self::Screen(_) | Self::Terminate(_) | Self::Follow(_) => false,
            _ => true,
        }
    }

    /// Bytes that it holds, for requests that may not be moved about.
    pub(crate) fn room(&self) -> usize {
        match self {
            Self::Interact(interact) => {
                let parts = interact
                    .input
                    .as_ref()
                    .map_or(&[][..], |input| &input.parts);
                parts.iter().map(InputPart::room).sum()
            }
            _ => 0,
        }
    }

    /// The longest that the session may take to answer.
    pub(crate) fn longest(&self) -> Duration {
        match self {
            Self::Interact(interact) => {
                let input = interact.input.as_ref().map(|input| input.timeout);
                let wait = interact.wait.as_ref().map(|wait| wait.timeout);
                [input, wait]
                    .into_iter()
                    .flatten()
                    .fold(Duration::ZERO, Duration::saturating_add)
            }
            Self::Terminate(how) if how.force => Duration::ZERO,
            Self::Terminate(how) => how.grace,
            Self::Run(run) => run.timeout + LEARNING,
            Self::Follow(follow) => follow.timeout,
            _ => Duration::ZERO,
        }
    }
}

/// Typing, waiting and reading as one step, so that nothing comes between them.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(map)]
pub struct Interact {
    /// What to type first.
    #[n(0)]
    pub input: Option<Input>,
    /// What to wait for then.
    #[n(1)]
    pub wait: Option<Wait>,
    /// What to read at the end.
    #[n(2)]
    pub read: Option<Read>,
}

/// Something to type.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Input {
    /// The pieces, typed in this order.
    #[n(0)]
    pub parts: Vec<InputPart>,
    /// How long a full terminal queue may hold the typing up; what is not
    /// accepted by then is not typed, and the answer says how much was.
    #[n(1)]
    pub timeout: Duration,
    /// Type nothing unless the session is in this state (by its name in status
    /// lines; `waiting` stands for every waiting state).
    #[n(2)]
    pub expect_state: Option<String>,
    /// Who types; the agent that owns the session when absent.
    #[n(3)]
    pub actor: Option<Actor>,
}

/// A piece of input.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum InputPart {
    /// Text, which arrives as it is: while the terminal edits lines, control
    /// characters that it would act on are quoted (`VLNEXT`), and refused where
    /// it cannot quote. Tab, newline and carriage return are keys. Where the
    /// program reads keys itself, every byte goes to it.
    #[n(0)]
    Text(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
    /// Text pasted: bracketed when the program asked for that, control
    /// characters other than tab and line ends left out. What follows is typed
    /// when the program has taken it.
    #[n(1)]
    Paste(#[n(0)] String),
    /// A key, encoded for the terminal's present modes. While the terminal edits
    /// lines, `C-c`, `C-\`, `C-z`, `C-d` and `BSpace` are its own characters for
    /// interrupt, quit, suspend, end of input and erase, whatever those are.
    #[n(2)]
    Key(#[cbor(n(0), with = "codec::key")] Key),
    /// The end of a line: carriage return to a terminal, newline to a pipe.
    #[n(3)]
    Enter,
    /// A secret, typed as text where nothing shows it: once the program has turned
    /// echo off, or at one of the secret's own prompts. Where that does not come
    /// about within a second, nothing of the whole input is typed
    /// ([`ErrorKind::PolicyDenied`](crate::ErrorKind::PolicyDenied)). From then on it
    /// is masked in the program's output.
    #[n(8)]
    Secret(#[n(0)] Box<Secret>),
}

impl InputPart {
    /// Bytes that it may take to type this, for parts that may not be moved about.
    pub(crate) fn room(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Paste(text) => text.len(),
            Self::Secret(secret) => secret.value.as_bytes().len(),
            Self::Key(_) | Self::Enter => 32,
        }
    }
}

/// What ends a wait. The program's end and the timeout always do.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Wait {
    /// Return when one of these is found.
    #[n(0)]
    pub patterns: Vec<PatternSpec>,
    /// Whether a match is taken: the reader's next search from its last match
    /// starts behind it. Otherwise it was only looked for, and the next search
    /// starts with it.
    #[n(1)]
    pub take_match: bool,
    /// Where the search for them begins.
    #[n(2)]
    pub from: SearchFrom,
    /// The reader whose read position and last match count.
    #[n(3)]
    pub reader: String,
    /// Return as soon as this reader has something unread.
    #[n(4)]
    pub output: bool,
    /// Return when output pauses.
    #[n(5)]
    pub idle: Option<Pause>,
    /// Return when the program waits for input.
    #[n(6)]
    pub waiting: bool,
    /// Return after this long, whatever happened.
    #[n(7)]
    pub timeout: Duration,
}

/// A pause in the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Pause {
    /// Nothing for this long after output that the caller has not read.
    #[n(0)]
    AfterOutput(#[n(0)] Duration),
    /// Nothing for this long, whether or not there was something before.
    #[n(1)]
    Quiet(#[n(0)] Duration),
}

/// Where a search begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub enum SearchFrom {
    /// Where this reader's last match ended, or the start of the output.
    #[default]
    #[n(0)]
    LastMatch,
    /// The first byte this reader has not read (or its last match, if later).
    #[n(1)]
    Unread,
    /// Output that follows the input of the same request, its echo left out.
    #[n(2)]
    Input,
    /// At this offset.
    #[n(3)]
    Offset(#[cbor(n(0), with = "codec::offset")] Offset),
}

/// A pattern as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PatternSpec {
    /// A regular expression, or text to be found as it is.
    #[n(0)]
    pub text: String,
    /// Take `text` as it is.
    #[n(1)]
    pub literal: bool,
    /// Tell upper from lower case.
    #[n(2)]
    pub case_sensitive: bool,
}

/// What to read.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Read {
    /// The reader, whose position moves past what is returned.
    #[n(0)]
    pub reader: String,
    /// Read from here instead of from the reader's position.
    #[cbor(n(1), with = "codec::optional_offset", has_nil)]
    pub since: Option<Offset>,
    /// Return at most this many lines, the rest stays unread; 0 is no limit.
    #[n(2)]
    pub max_lines: usize,
    /// Read what the wait's search went through: from its start to the end of the
    /// match, whoever has read it before.
    #[n(3)]
    pub searched: bool,
    /// Only note that the reader has read up to here, somewhere else; nothing is
    /// returned.
    #[cbor(n(4), with = "codec::optional_offset", has_nil)]
    pub noted: Option<Offset>,
}

/// What is wanted of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct ScreenLook {
    /// Rows that left the top of the screen, as many as these and as there are.
    #[n(0)]
    pub scrollback: u32,
    /// Tell which rows have changed since this version of the screen.
    #[n(1)]
    pub since: Option<u64>,
}

/// A wait for a session to change, which is no use of it: nothing is read, no reader's place
/// moves, and a session that nobody uses is closed all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Follow {
    /// What was seen of it before; `None` returns at once.
    #[n(0)]
    pub seen: Option<Seen>,
    /// Return also when something else than the output is new: the state and its hint, the
    /// title, the terminal's size, whether a person has the input.
    #[n(1)]
    pub state: bool,
    /// Return after this long, though nothing changed.
    #[n(2)]
    pub timeout: Duration,
}

/// How a session stood when somebody looked who follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Seen {
    /// The end of its output.
    #[cbor(n(0), with = "codec::offset")]
    pub(crate) end: Offset,
    /// A number for everything else; it means something to whoever runs the session.
    #[n(1)]
    pub(crate) facts: u64,
}

/// Who gets a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum SignalTarget {
    /// The terminal's foreground process group.
    #[default]
    #[n(0)]
    Foreground,
    /// Every process that the session started.
    #[n(1)]
    Session,
}

/// How to end a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Termination {
    /// KILL at once instead of HUP and TERM first.
    #[n(0)]
    pub force: bool,
    /// How long after HUP and TERM the rest is killed.
    #[n(1)]
    pub grace: Duration,
    /// End orphans that were handed to this process too, which nothing tells
    /// to be of one session or another: for when every session ends. A session
    /// in a holder ends its own orphans always.
    #[n(2)]
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
            noted: None,
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

/// Whether a state answers to the name given in [`Input::expect_state`].
pub(crate) fn state_is(state: State, name: &str) -> bool {
    state.name() == name || (name == "waiting" && state.is_waiting())
}
