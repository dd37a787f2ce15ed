//! A program on a PTY as a stream for a blocking session.

use super::stream::{Progress, Received, Sink, Source, Stream, by_its_ends, left};
use rejoinder_pty::{
    CanonicalWriter, Child, Flush, Input, Interest, Leader, Output, PollEntry, Process,
    ReadOutcome, poll,
};
use std::io::{self, ErrorKind};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// A program on a terminal of its own, or on pipes.
///
/// Long lines typed to a terminal in canonical mode arrive whole. The stream ends when the program
/// has exited and all it printed is read; a terminal that is only closed may be opened again.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{PtyStream, Session, pty::Command};
///
/// let child = Command::new("echo").arg("hi").spawn()?;
/// let mut session = Session::new(PtyStream::new(child));
/// session.expect("hi")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PtyStream {
    source: PtySource,
    sink: PtySink,
}

/// The end of a [`PtyStream`] that is read from.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{PtySource, Session};
///
/// fn listen(mut reader: Session<PtySource>) -> Result<(), rejoinder_expect::Error> {
///     reader.expect("hi").map(drop)
/// }
///
/// let (reader, _writer) = Session::spawn("echo hi")?.split();
/// listen(reader)?;
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
#[derive(Debug)]
pub struct PtySource {
    process: Process,
    output: Output,
    leader: Option<Leader>,
    /// Whether the last read brought so much that more is likely to be there already.
    flowing: bool,
}

/// What a program that prints a lot prints more than in one read, and an answer does not, in
/// bytes. A terminal hands out 1 to 4 KiB at a time while a program floods it.
const FLOOD: usize = 1024;

/// The end of a [`PtyStream`] that is written to.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{PtySink, Session, Writer};
///
/// fn type_to(writer: &mut Writer<PtySink>) -> Result<(), rejoinder_expect::Error> {
///     writer.send_line("hi")
/// }
///
/// let (mut reader, mut writer) = Session::spawn("cat")?.split();
/// type_to(&mut writer)?;
/// reader.expect("hi")?;
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
#[derive(Debug)]
pub struct PtySink {
    input: Input,
    queue: CanonicalWriter,
}

/// How often a terminal that no program has open is looked at again, while the program that was
/// started on it lives on without it. There is nothing to wait for then: `poll(2)` reports the
/// hang-up at once for as long as it lasts.
const REOPENED_CHECK: Duration = Duration::from_millis(50);

impl PtyStream {
    /// Takes over a program that was just started. Its separate standard error, if it has one, is
    /// not read.
    pub fn new(child: Child) -> PtyStream {
        let Child {
            process,
            input,
            output,
            leader,
            ..
        } = child;
        PtyStream {
            source: PtySource {
                process,
                output,
                leader,
                flowing: false,
            },
            sink: PtySink {
                input,
                queue: CanonicalWriter::new(),
            },
        }
    }

    pub(crate) fn process(&self) -> &Process {
        &self.source.process
    }

    pub(crate) fn leader(&self) -> Option<&Leader> {
        self.source.leader.as_ref()
    }

    pub(crate) fn output(&self) -> &Output {
        &self.source.output
    }
}

impl PtySource {
    /// What one read gives, `None` when the terminal is closed and may be opened again.
    fn read(&mut self, space: &mut [u8]) -> io::Result<Option<Received>> {
        let outcome = self.output.read(space)?;
        self.flowing = matches!(outcome, ReadOutcome::Data(count) if count >= FLOOD);
        Ok(match outcome {
            ReadOutcome::Data(count) => Some(Received::Bytes(count)),
            ReadOutcome::WouldBlock => Some(Received::Nothing),
            ReadOutcome::End => Some(Received::End),
            ReadOutcome::Hangup => None,
        })
    }

    /// What can be read without waiting. A program that floods its terminal is mostly about to
    /// print on: it is let run for a moment, as being put to sleep and woken up costs more than a
    /// read that was for nothing.
    fn read_at_once(&mut self, space: &mut [u8]) -> io::Result<Option<Received>> {
        let flowed = self.flowing;
        let received = self.read(space)?;
        if flowed && received == Some(Received::Nothing) {
            std::thread::yield_now();
            return self.read(space);
        }
        Ok(received)
    }

    /// What is left once the program has exited.
    fn read_last(&mut self, space: &mut [u8]) -> io::Result<Received> {
        Ok(match self.read(space)? {
            Some(Received::Bytes(count)) => Received::Bytes(count),
            Some(Received::Nothing | Received::End) | None => Received::End,
        })
    }
}

impl Source for PtySource {
    fn receive(&mut self, space: &mut [u8], deadline: Option<Instant>) -> io::Result<Received> {
        let mut hung_up = false;
        // Mostly there is nothing yet, and a read that finds that out is one call too many.
        if self.flowing || left(deadline).is_some_and(|left| left.is_zero()) {
            match self.read_at_once(space)? {
                Some(Received::Nothing) => {}
                Some(received) => return Ok(received),
                None => hung_up = true,
            }
        }
        loop {
            match self.wait(hung_up, None, deadline)? {
                Woken::Exited => return self.read_last(space),
                Woken::Late => return Ok(Received::Nothing),
                Woken::Ready => {}
            }
            match self.read(space)? {
                Some(Received::Nothing) => hung_up = false,
                Some(received) => return Ok(received),
                None => hung_up = true,
            }
        }
    }
}

/// Whether what is typed is echoed, as far as the terminal's modes tell. Where a program reads
/// keys one by one, it may echo by itself.
pub(crate) fn may_echo(leader: &Leader) -> bool {
    leader
        .modes()
        .map_or(true, |modes| modes.echo || !modes.canonical)
}

enum Woken {
    /// There may be something to read or room to write.
    Ready,
    /// The program has exited.
    Exited,
    /// The deadline has passed.
    Late,
}

impl PtySource {
    fn wait(
        &self,
        hung_up: bool,
        writing: Option<&Input>,
        deadline: Option<Instant>,
    ) -> io::Result<Woken> {
        let exit = PollEntry::new(self.process.exit_fd(), Interest::READABLE);
        let left = left(deadline);
        if hung_up {
            let pause = left.map_or(REOPENED_CHECK, |left| left.min(REOPENED_CHECK));
            let exited = poll(&mut [exit], Some(pause))? > 0;
            return Ok(match exited {
                true => Woken::Exited,
                false if left.is_some_and(|left| left <= pause) => Woken::Late,
                false => Woken::Ready,
            });
        }
        let mut entries = vec![
            exit,
            PollEntry::new(self.output.as_fd(), Interest::READABLE),
        ];
        if let Some(input) = writing {
            entries.push(PollEntry::new(input.as_fd(), Interest::WRITABLE));
        }
        if poll(&mut entries, left)? == 0 {
            return Ok(Woken::Late);
        }
        let ready = entries[1..].iter().any(|entry| {
            let ready = entry.ready();
            ready.readable || ready.writable
        });
        // What the program printed before its exit is read first.
        Ok(if ready { Woken::Ready } else { Woken::Exited })
    }
}

impl PtySink {
    /// Queues bytes and writes what the terminal takes. Returns how many of them were taken.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The queue holds nothing but these bytes: what is not taken now is given back, so that
        // the caller knows what was sent.
        let queued = self.queue.push(bytes);
        let flush = self.queue.write_to(&self.input)?;
        let taken = queued - self.queue.clear();
        match flush {
            Flush::Hangup if taken == 0 => Err(ErrorKind::BrokenPipe.into()),
            Flush::Hangup | Flush::Done | Flush::WouldBlock => Ok(taken),
        }
    }
}

impl Sink for PtySink {
    fn transmit(&mut self, bytes: &[u8], deadline: Option<Instant>) -> io::Result<usize> {
        loop {
            let taken = self.write(bytes)?;
            if taken > 0 || bytes.is_empty() {
                return Ok(taken);
            }
            let mut entries = [PollEntry::new(self.input.as_fd(), Interest::WRITABLE)];
            let late = poll(&mut entries, left(deadline))? == 0;
            let left = left(deadline);
            if late || left.is_some_and(|left| left.is_zero()) {
                return Ok(0);
            }
            if entries[0].ready().hangup {
                let pause = left.map_or(REOPENED_CHECK, |left| left.min(REOPENED_CHECK));
                poll(&mut [], Some(pause))?;
            }
        }
    }
}

by_its_ends!([] PtyStream);

impl Stream for PtyStream {
    type Source = PtySource;
    type Sink = PtySink;

    fn exchange(
        &mut self,
        bytes: &[u8],
        space: &mut [u8],
        deadline: Option<Instant>,
    ) -> io::Result<Progress> {
        loop {
            let sent = self.sink.write(bytes)?;
            if sent == bytes.len() {
                return Ok(Progress {
                    sent,
                    received: Received::Nothing,
                });
            }
            let received = self.source.read(space)?;
            let hung_up = received.is_none();
            let received = received.unwrap_or(Received::Nothing);
            if sent > 0 || received != Received::Nothing {
                return Ok(Progress { sent, received });
            }
            match self
                .source
                .wait(hung_up, Some(&self.sink.input), deadline)?
            {
                Woken::Exited => {
                    let received = self.source.read_last(space)?;
                    return Ok(Progress { sent, received });
                }
                Woken::Late => return Ok(Progress { sent, received }),
                Woken::Ready => {}
            }
        }
    }

    fn split(self) -> (PtySource, PtySink) {
        (self.source, self.sink)
    }
}
