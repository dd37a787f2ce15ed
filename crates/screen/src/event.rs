//! What a program tells its terminal beside what it shows.

/// Something that a program told its terminal, found in its output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Offset of the sequence's first byte in the stream.
    pub start: u64,
    /// Offset behind its last byte.
    pub end: u64,
    /// What it says.
    pub kind: EventKind,
}

/// What an [`Event`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// A mark of shell integration: OSC 133 (FinalTerm) or OSC 633 (Visual Studio Code).
    Mark(Mark),
    /// The working directory: the path of OSC 7's `file://` URL, or of `633;P;Cwd=` and
    /// `9;9;`, percent-decoded.
    Directory {
        /// The URL's host, empty where it names none.
        host: String,
        /// The path.
        path: Vec<u8>,
    },
}

/// A mark of shell integration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Which one.
    pub kind: MarkKind,
    /// The parameters behind the letter (`key=value` or bare), as they came: for
    /// `133;D;0;k=abc` these are `0` and `k=abc`. At most 16 of at most 4,096 bytes.
    pub parameters: Vec<String>,
}

/// The kinds of marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkKind {
    /// `A`: a prompt begins.
    PromptStart,
    /// `B`: the prompt has ended, a command line can be typed.
    PromptEnd,
    /// `C`: the command line was accepted, its output begins.
    OutputStart,
    /// `D`: the command has ended; the first parameter is its exit code, where there is one.
    CommandEnd,
    /// `E` of OSC 633: the command line as the shell took it.
    CommandLine,
}
