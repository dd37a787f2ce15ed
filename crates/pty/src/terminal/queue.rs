//! A bounded queue of bytes to type, written as the terminal takes them.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io;

use zeroize::Zeroize;

use super::canonical::{CanonicalSplitter, Segment};
use super::discipline::{Class, LineDiscipline};
use super::modes::TerminalModes;
use super::quoting::{InputKind, Quoting, Run, Taken};
use crate::endpoint::{Endpoint, Kind, WriteOutcome};
use crate::stream::Input;

/// How many bytes a [`CanonicalWriter`] keeps unless told otherwise.
pub const DEFAULT_QUEUE_LIMIT: usize = 1024 * 1024;

/// How many bytes are written at once at most, one end-of-file character not
/// counted: more than the kernel takes in one go.
const WRITE_SIZE: usize = 64 * 1024;

/// What came of [`CanonicalWriter::write_to`].
///
/// # Example
/// ```
/// use rejoinder_pty::{CanonicalWriter, Command, Flush};
///
/// let child = Command::new("cat").spawn()?;
/// let mut writer = CanonicalWriter::new();
/// writer.push(b"hi\n");
/// assert_eq!(writer.write_to(&child.input)?, Flush::Done);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// The queue is empty.
    Done,
    /// The terminal has no more room now. Write again when it is writable.
    WouldBlock,
    /// Nobody will read it, as [`WriteOutcome::Hangup`]. The rest stays in the
    /// queue.
    Hangup,
}

/// Types into a terminal without losing the end of long lines.
///
/// Bytes are queued by [`push`](Self::push) and written by
/// [`write_to`](Self::write_to), which never waits while the descriptor does
/// not block, and is to be called again when it is writable. In canonical mode
/// a line of more than [`MAX_CANONICAL_LINE`](super::MAX_CANONICAL_LINE) bytes
/// is split by end-of-file characters; the modes are looked at right before
/// each write. It must see all input of its terminal. In pipe mode it is a
/// plain queue.
///
/// What is pushed is keys: a control character does what it does at this
/// terminal. Text that is to arrive as it is goes in by
/// [`push_text`](Self::push_text).
///
/// What cannot be helped: a program that leaves canonical mode between the
/// look and its reading sees the end-of-file character among the bytes.
///
/// # Example
/// ```
/// use rejoinder_pty::{CanonicalWriter, Command, Flush, InitialModes, Interest, PollEntry, poll};
/// use std::io::Read;
/// use std::os::fd::AsFd;
///
/// let modes = InitialModes { echo: false, ..InitialModes::default() };
/// let child = Command::new("sh").args(["-c", "head -n 1 | wc -c"]).modes(modes).spawn()?;
/// let mut line = vec![b'x'; 100_000];
/// line.push(b'\n');
///
/// let mut writer = CanonicalWriter::new();
/// assert_eq!(writer.push(&line), line.len());
/// // This program prints nothing before it has read all; a driver of others
/// // reads their output meanwhile, lest both wait for each other.
/// while writer.write_to(&child.input)? == Flush::WouldBlock {
///     poll(&mut [PollEntry::new(child.input.as_fd(), Interest::WRITABLE)], None)?;
/// }
/// let mut seen = String::new();
/// (&child.output).read_to_string(&mut seen)?;
/// assert_eq!(seen, "100001\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CanonicalWriter {
    splitter: CanonicalSplitter,
    queue: Vec<u8>,
    /// Bytes of `queue` that were written.
    written: usize,
    /// What the rest of `queue` is made of.
    runs: VecDeque<Run>,
    /// The discipline made last, and the modes it was made from.
    discipline: Option<(TerminalModes, LineDiscipline)>,
    sent: u64,
    quoted: u64,
    /// Output is to be resumed, for a quoted character that may have held it.
    resume: bool,
    limit: usize,
}

impl Default for CanonicalWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl CanonicalWriter {
    /// An empty queue of [`DEFAULT_QUEUE_LIMIT`] bytes.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(DEFAULT_QUEUE_LIMIT)
    }

    /// An empty queue of `limit` bytes.
    ///
    /// # Example
    /// ```
    /// let mut writer = rejoinder_pty::CanonicalWriter::with_limit(4);
    /// assert_eq!(writer.push(b"too much"), 4);
    /// ```
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self {
            splitter: CanonicalSplitter::default(),
            queue: Vec::new(),
            written: 0,
            runs: VecDeque::new(),
            discipline: None,
            sent: 0,
            quoted: 0,
            resume: false,
            limit,
        }
    }

    /// Queues as many of `bytes` as there is room for, and says how many.
    ///
    /// # Example
    /// ```
    /// let mut writer = rejoinder_pty::CanonicalWriter::with_limit(8);
    /// assert_eq!(writer.push(b"0123456789"), 8);
    /// assert_eq!((writer.pending(), writer.sent()), (8, 0));
    /// assert_eq!(writer.clear(), 8);
    /// ```
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        self.push_as(InputKind::Keys, bytes)
    }

    /// Queues as many bytes of a text as there is room for, and says how many.
    /// Where the terminal is in canonical mode when they are written, control
    /// characters that it would act on are quoted, so that they arrive.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{CanonicalWriter, Command, Flush, InitialModes};
    /// use std::io::Read;
    ///
    /// let modes = InitialModes { echo: false, ..InitialModes::default() };
    /// let child = Command::new("head").args(["-n", "1"]).modes(modes).spawn()?;
    /// let mut writer = CanonicalWriter::new();
    /// writer.push_text(b"no\x03 interrupt\n");
    /// assert_eq!(writer.write_to(&child.input)?, Flush::Done);
    /// let mut seen = String::new();
    /// (&child.output).read_to_string(&mut seen)?;
    /// assert_eq!(seen, "no\x03 interrupt\r\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push_text(&mut self, bytes: &[u8]) -> usize {
        self.push_as(InputKind::Text, bytes)
    }

    /// Queues as many bytes of this kind as there is room for, and says how
    /// many.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{CanonicalWriter, InputKind};
    ///
    /// let mut writer = CanonicalWriter::with_limit(4);
    /// assert_eq!(writer.push_as(InputKind::Text, b"hello"), 4);
    /// ```
    pub fn push_as(&mut self, kind: InputKind, bytes: &[u8]) -> usize {
        let count = bytes.len().min(self.limit.saturating_sub(self.pending()));
        // What was written is dropped when it is the larger part, so that
        // moving the rest costs no more than writing it did.
        if self.written > self.queue.len() / 2 {
            self.queue.drain(..self.written);
            self.written = 0;
        }
        self.queue.extend_from_slice(&bytes[..count]);
        match self.runs.back_mut() {
            Some(run) if run.kind == kind => run.bytes += count,
            _ if count > 0 => self.runs.push_back(Run { kind, bytes: count }),
            _ => {}
        }
        count
    }

    /// How many bytes of this input the terminal would drop without a word, if
    /// it were typed in these modes behind all that was written before: the
    /// end of a line beyond [`MAX_CANONICAL_LINE`](super::MAX_CANONICAL_LINE),
    /// where the end-of-file character is switched off and lines cannot be
    /// split.
    ///
    /// # Example
    /// ```
    /// use rejoinder_pty::{CanonicalWriter, Command, InputKind, MAX_CANONICAL_LINE};
    ///
    /// let child = Command::new("cat").spawn()?;
    /// let mut modes = child.leader.as_ref().unwrap().modes()?;
    /// let line = [b'x'; MAX_CANONICAL_LINE + 5];
    /// let writer = CanonicalWriter::new();
    /// assert_eq!(writer.would_drop(&modes, [(InputKind::Text, &line[..])]), 0);
    /// modes.veof = None;
    /// assert_eq!(writer.would_drop(&modes, [(InputKind::Text, &line[..])]), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn would_drop<'a>(
        &self,
        modes: &TerminalModes,
        input: impl IntoIterator<Item = (InputKind, &'a [u8])>,
    ) -> usize {
        let discipline = LineDiscipline::new(modes);
        let classes = input.into_iter().flat_map(|(kind, bytes)| {
            let discipline = &discipline;
            bytes.iter().map(move |byte| match kind {
                InputKind::Text if discipline.acts_on(*byte) => Class::Stored,
                _ => discipline.class(*byte),
            })
        });
        self.splitter.dropped(&discipline, classes)
    }

    /// How many bytes are queued.
    ///
    /// # Example
    /// ```
    /// let mut writer = rejoinder_pty::CanonicalWriter::new();
    /// writer.push(b"hi");
    /// assert_eq!(writer.pending(), 2);
    /// ```
    #[must_use]
    pub fn pending(&self) -> usize {
        self.queue.len() - self.written
    }

    /// How many of the bytes queued the terminal has taken since the start;
    /// characters added on the way (end of file, quoting) are not counted.
    ///
    /// # Example
    /// ```
    /// let child = rejoinder_pty::Command::new("cat").spawn()?;
    /// let mut writer = rejoinder_pty::CanonicalWriter::new();
    /// writer.push(b"hi\n");
    /// writer.write_to(&child.input)?;
    /// assert_eq!((writer.pending(), writer.sent()), (0, 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// How many of the bytes taken were quoted, since the start.
    ///
    /// # Example
    /// ```
    /// let child = rejoinder_pty::Command::new("cat").spawn()?;
    /// let mut writer = rejoinder_pty::CanonicalWriter::new();
    /// writer.push_text(b"a\x03b\n");
    /// writer.write_to(&child.input)?;
    /// assert_eq!((writer.sent(), writer.quoted()), (4, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn quoted(&self) -> u64 {
        self.quoted
    }

    /// Drops what is queued and not yet written, and says how many bytes.
    ///
    /// # Example
    /// ```
    /// let mut writer = rejoinder_pty::CanonicalWriter::new();
    /// writer.push(b"never mind");
    /// assert_eq!(writer.clear(), 10);
    /// assert_eq!(writer.pending(), 0);
    /// ```
    pub fn clear(&mut self) -> usize {
        let dropped = self.pending();
        self.queue.clear();
        self.runs.clear();
        self.written = 0;
        dropped
    }

    /// Drops what is queued, and overwrites the memory of all that was: for when
    /// it was a secret.
    ///
    /// # Example
    /// ```
    /// let mut writer = rejoinder_pty::CanonicalWriter::new();
    /// writer.push(b"swordfish");
    /// writer.wipe();
    /// assert_eq!(writer.pending(), 0);
    /// ```
    pub fn wipe(&mut self) {
        self.clear();
        // All of its capacity, not only what is in use.
        self.queue.zeroize();
    }

    /// Writes what the terminal takes.
    ///
    /// # Errors
    /// What `write(2)` and `tcgetattr(3)` report. What was not taken is still
    /// queued.
    pub fn write_to(&mut self, input: &Input) -> io::Result<Flush> {
        self.write(&input.endpoint)
    }

    pub(crate) fn write(&mut self, endpoint: &Endpoint) -> io::Result<Flush> {
        while self.pending() > 0 {
            let modes = match endpoint.kind() {
                Kind::Pty => Some(TerminalModes::read(endpoint)?),
                Kind::Pipe => None,
            };
            match self.write_once(endpoint, modes)? {
                WriteOutcome::Written(_) => {}
                WriteOutcome::WouldBlock => return Ok(Flush::WouldBlock),
                WriteOutcome::Hangup => return Ok(Flush::Hangup),
            }
        }
        self.queue.clear();
        self.runs.clear();
        self.written = 0;
        Ok(Flush::Done)
    }

    fn write_once(
        &mut self,
        endpoint: &Endpoint,
        modes: Option<TerminalModes>,
    ) -> io::Result<WriteOutcome> {
        let mut pending = &self.queue[self.written..];
        pending = &pending[..pending.len().min(WRITE_SIZE)];
        let Some(modes) = modes else {
            let outcome = endpoint.write(pending)?;
            if let WriteOutcome::Written(count) = outcome {
                self.took(count);
            }
            return Ok(outcome);
        };
        if self.discipline.as_ref().is_none_or(|(of, _)| *of != modes) {
            self.discipline = Some((modes, LineDiscipline::new(&modes)));
        }
        let (_, discipline) = self.discipline.as_ref().expect("set above");
        let text = Quoting {
            discipline,
            runs: &self.runs,
            pending,
            quoted: self.splitter.is_quoted(),
            resume: self.resume,
        };
        let typed = text.typed();
        let Segment { bytes, end_of_file } = self.splitter.next(discipline, &typed);
        let bytes = &typed[..bytes];
        let outcome = match end_of_file {
            None => endpoint.write(bytes)?,
            // In one write, so that the program has no time between them to
            // change how the second is taken.
            Some(end_of_file) => endpoint.write(&[bytes, &[end_of_file]].concat())?,
        };
        let WriteOutcome::Written(taken) = outcome else {
            return Ok(outcome);
        };
        // Should the end-of-file character alone not have been taken, the
        // splitter asks for it again.
        let of_bytes = taken.min(bytes.len());
        self.splitter.written(discipline, &bytes[..of_bytes]);
        if taken > bytes.len() {
            self.splitter.end_of_file_written();
        }
        let taken = match typed {
            Cow::Borrowed(_) => Taken {
                bytes: of_bytes,
                ..Taken::default()
            },
            Cow::Owned(_) => text.taken(of_bytes),
        };
        self.quoted += taken.quoted;
        self.resume = taken.resume;
        self.took(taken.bytes);
        Ok(outcome)
    }

    /// Takes note that so many bytes of the queue were taken.
    fn took(&mut self, count: usize) {
        self.written += count;
        self.sent += count as u64;
        let mut rest = count;
        while let Some(run) = self.runs.front_mut().filter(|_| rest > 0) {
            let of_run = run.bytes.min(rest);
            run.bytes -= of_run;
            rest -= of_run;
            if run.bytes == 0 {
                self.runs.pop_front();
            }
        }
    }
}
