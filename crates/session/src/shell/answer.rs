//! What a `run_command` asks for and comes to, as plain data.

use std::time::Duration;

use minicbor::{Decode, Encode};

use crate::answer::Chunk;
use crate::state::Status;

/// One command to run in whatever shell or REPL has the terminal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RunRequest {
    /// A line, or a script of several.
    #[n(0)]
    pub command: String,
    /// How long its end is waited for; it runs on after that.
    #[n(1)]
    pub timeout: Duration,
    /// The reader, whose position moves past what is returned.
    #[n(2)]
    pub reader: String,
}

/// What a command came to.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct Ran {
    /// Why the answer comes now.
    #[n(0)]
    pub end: RunEnd,
    /// The command's exit code, where it has ended in a shell.
    #[n(1)]
    pub exit_code: Option<i32>,
    /// The shell's working directory after it, where the shell tells.
    #[n(2)]
    pub cwd: Option<String>,
    /// How long it has run.
    #[n(3)]
    pub duration: Duration,
    /// Its output, prompt and echo left out.
    #[n(4)]
    pub output: Chunk,
    /// How things stand now.
    #[n(5)]
    pub status: Status,
    /// The end of a command before this one, which nobody has been told of.
    #[n(6)]
    pub before: Option<CommandEnd>,
}

/// Why a command's answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum RunEnd {
    /// It has ended.
    #[n(0)]
    Ended,
    /// It reads input.
    #[n(1)]
    Waiting,
    /// It runs on after the timeout.
    #[n(2)]
    Timeout,
    /// The session's program has ended with it.
    #[n(3)]
    Exited,
    /// The text was not finished (an open quote, a missing `;`): it was thrown
    /// away again.
    #[n(4)]
    Unfinished,
}

/// The end of a command whose answer had come before it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CommandEnd {
    /// The beginning of the command, one line.
    #[n(0)]
    pub command: String,
    /// Its exit code, where the shell told.
    #[n(1)]
    pub exit_code: Option<i32>,
    /// The shell's working directory after it.
    #[n(2)]
    pub cwd: Option<String>,
    /// How long it has run.
    #[n(3)]
    pub duration: Duration,
}
