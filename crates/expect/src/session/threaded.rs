//! A stream for a session over anything that reads and writes, by two threads.

use super::stream::{Progress, Received, Sink, Source, Stream, by_its_ends, left};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

/// A stream over any `Read` and `Write`, when there is no descriptor to poll: a TLS connection,
/// an SSH channel, a serial port by another library.
///
/// Two threads do the reading and the writing, each through a queue of at most 256 KiB. They end
/// when the stream does, or when both ends of this are dropped and the call they are in returns:
/// a reader that is blocked in `read` goes on being so until its stream ends.
///
/// What is sent counts as sent once it is queued; a failure to write is reported by the next
/// sending.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Session, ThreadedStream};
///
/// // Any reader and any writer will do.
/// let reader = &b"Hello, who are you? "[..];
/// let mut session = Session::new(ThreadedStream::new(reader, std::io::sink())?);
/// session.expect("who are you? ")?;
/// session.send("a friend\n")?;
/// session.expect_eof()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ThreadedStream {
    source: ThreadedSource,
    sink: ThreadedSink,
}

/// The end of a [`ThreadedStream`] that is read from.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Received, Source, Stream, ThreadedStream};
///
/// let (mut source, _sink) = ThreadedStream::new(&b"hello"[..], std::io::sink())?.split();
/// assert_eq!(source.receive(&mut [0; 64], None)?, Received::Bytes(5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ThreadedSource(Arc<Queues>);

/// The end of a [`ThreadedStream`] that is written to.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Sink, Stream, ThreadedStream};
///
/// let (_source, mut sink) = ThreadedStream::new(std::io::empty(), std::io::sink())?.split();
/// assert_eq!(sink.transmit(b"hello", None)?, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ThreadedSink(Arc<Queues>);

/// How many bytes wait in each direction at most.
const QUEUE_BYTES: usize = 256 << 10;

/// What is read at once, in bytes.
const READ_AT_ONCE: usize = 8 << 10;

#[derive(Debug, Default)]
struct Queues {
    state: Mutex<State>,
    /// Notified at every change of the state.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    incoming: VecDeque<u8>,
    reading: End,
    outgoing: VecDeque<u8>,
    writing: End,
}

/// How far one direction has come.
#[derive(Debug, Default)]
struct End {
    /// Nothing more will come from the thread.
    finished: bool,
    failure: Option<io::Error>,
    /// Nobody uses this end any more.
    dropped: bool,
}

impl Queues {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a change; `None` when there was none by the deadline.
    fn wait<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        deadline: Option<Instant>,
    ) -> Option<MutexGuard<'a, State>> {
        match left(deadline) {
            None => Some(
                self.changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
            ),
            Some(left) if left.is_zero() => None,
            Some(left) => {
                let waited = self.changed.wait_timeout(state, left);
                Some(waited.unwrap_or_else(PoisonError::into_inner).0)
            }
        }
    }
}

impl State {
    fn take(&mut self, space: &mut [u8]) -> io::Result<Received> {
        let count = self.incoming.len().min(space.len());
        if count > 0 {
            for (to, from) in space.iter_mut().zip(self.incoming.drain(..count)) {
                *to = from;
            }
            return Ok(Received::Bytes(count));
        }
        match self.reading.failure.take() {
            Some(failure) => Err(failure),
            None if self.reading.finished => Ok(Received::End),
            None => Ok(Received::Nothing),
        }
    }

    fn give(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(failure) = self.writing.failure.take() {
            return Err(failure);
        }
        if self.writing.finished {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let count = bytes
            .len()
            .min(QUEUE_BYTES.saturating_sub(self.outgoing.len()));
        self.outgoing.extend(&bytes[..count]);
        Ok(count)
    }
}

impl ThreadedStream {
    /// Starts the two threads.
    ///
    /// # Errors
    ///
    /// When the system has no more threads to give.
    pub fn new<R, W>(reader: R, writer: W) -> io::Result<ThreadedStream>
    where
        R: Read + Send + 'static,
        W: Write + Send + 'static,
    {
        let queues = Arc::new(Queues::default());
        let stream = ThreadedStream {
            source: ThreadedSource(Arc::clone(&queues)),
            sink: ThreadedSink(Arc::clone(&queues)),
        };
        let for_reader = Arc::clone(&queues);
        let name = |name: &str| thread::Builder::new().name(name.to_owned());
        name("expect-read").spawn(move || pump_in(reader, &for_reader))?;
        name("expect-write").spawn(move || pump_out(writer, &queues))?;
        Ok(stream)
    }
}

fn pump_in(mut reader: impl Read, queues: &Queues) {
    let mut buffer = vec![0; READ_AT_ONCE];
    loop {
        let read = reader.read(&mut buffer);
        let mut state = queues.lock();
        match read {
            Ok(count) if count > 0 => {
                while state.incoming.len() >= QUEUE_BYTES && !state.reading.dropped {
                    let Some(woken) = queues.wait(state, None) else {
                        return;
                    };
                    state = woken;
                }
                state.incoming.extend(&buffer[..count]);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            ended => {
                state.reading.failure = ended.err();
                state.reading.finished = true;
            }
        }
        queues.changed.notify_all();
        if state.reading.finished || state.reading.dropped {
            return;
        }
    }
}

fn pump_out(mut writer: impl Write, queues: &Queues) {
    loop {
        let mut state = queues.lock();
        while state.outgoing.is_empty() {
            if state.writing.dropped {
                return;
            }
            let Some(woken) = queues.wait(state, None) else {
                return;
            };
            state = woken;
        }
        let bytes: Vec<u8> = state.outgoing.drain(..).collect();
        drop(state);
        queues.changed.notify_all();
        if let Err(error) = writer.write_all(&bytes).and_then(|()| writer.flush()) {
            let mut state = queues.lock();
            state.writing.failure = Some(error);
            state.writing.finished = true;
            drop(state);
            queues.changed.notify_all();
            return;
        }
    }
}

impl Source for ThreadedSource {
    fn receive(&mut self, space: &mut [u8], deadline: Option<Instant>) -> io::Result<Received> {
        let mut state = self.0.lock();
        loop {
            let received = state.take(space)?;
            if received != Received::Nothing {
                self.0.changed.notify_all();
                return Ok(received);
            }
            match self.0.wait(state, deadline) {
                Some(woken) => state = woken,
                None => return Ok(Received::Nothing),
            }
        }
    }
}

impl Sink for ThreadedSink {
    fn transmit(&mut self, bytes: &[u8], deadline: Option<Instant>) -> io::Result<usize> {
        let mut state = self.0.lock();
        loop {
            let sent = state.give(bytes)?;
            if sent > 0 || bytes.is_empty() {
                self.0.changed.notify_all();
                return Ok(sent);
            }
            match self.0.wait(state, deadline) {
                Some(woken) => state = woken,
                None => return Ok(0),
            }
        }
    }
}

by_its_ends!([] ThreadedStream);

impl Stream for ThreadedStream {
    type Source = ThreadedSource;
    type Sink = ThreadedSink;

    fn exchange(
        &mut self,
        bytes: &[u8],
        space: &mut [u8],
        deadline: Option<Instant>,
    ) -> io::Result<Progress> {
        let queues = &self.source.0;
        let mut state = queues.lock();
        loop {
            let progress = Progress {
                sent: state.give(bytes)?,
                received: state.take(space)?,
            };
            if progress.sent > 0 || progress.received != Received::Nothing {
                queues.changed.notify_all();
                return Ok(progress);
            }
            match queues.wait(state, deadline) {
                Some(woken) => state = woken,
                None => return Ok(progress),
            }
        }
    }

    fn split(self) -> (ThreadedSource, ThreadedSink) {
        (self.source, self.sink)
    }
}

impl Drop for ThreadedSource {
    fn drop(&mut self) {
        self.0.lock().reading.dropped = true;
        self.0.changed.notify_all();
    }
}

impl Drop for ThreadedSink {
    fn drop(&mut self) {
        self.0.lock().writing.dropped = true;
        self.0.changed.notify_all();
    }
}
