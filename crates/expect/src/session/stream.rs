//! What a blocking session talks through.
//!
//! A wait has a deadline, and `Read` knows none; so a session wants to be told how long to wait
//! for bytes. [`FdStream`] does that for everything with a descriptor, by `poll(2)`;
//! [`ThreadedStream`](crate::ThreadedStream) for any other `Read` and `Write`, by threads.

use rejoinder_pty::{Interest, PollEntry, poll};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// What a read came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// So many bytes, one at least.
    Bytes(usize),
    /// Nothing had come by the deadline.
    Nothing,
    /// The stream has ended.
    End,
}

/// The end of a stream that bytes come from.
pub trait Source {
    /// Reads what there is into `space`; when there is nothing, waits for it until `deadline`
    /// (`None`: for as long as it takes). A deadline that has passed asks for what is there now.
    ///
    /// # Errors
    ///
    /// What reading reports. The end of the stream is [`Received::End`], and no error.
    fn receive(&mut self, space: &mut [u8], deadline: Option<Instant>) -> io::Result<Received>;
}

/// The end of a stream that bytes are sent to.
pub trait Sink {
    /// Sends as much of `bytes` as can be sent at once; when nothing can, waits until `deadline`.
    /// Returns how many bytes were taken, 0 when none were by the deadline.
    ///
    /// # Errors
    ///
    /// What writing reports, `BrokenPipe` when nobody is there to read.
    fn transmit(&mut self, bytes: &[u8], deadline: Option<Instant>) -> io::Result<usize>;
}

/// What came of an [`exchange`](Stream::exchange).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many bytes were sent.
    pub sent: usize,
    /// What was read.
    pub received: Received,
}

/// Both ends of a stream.
pub trait Stream: Source + Sink {
    /// The end that is read from, by itself.
    type Source: Source;
    /// The end that is written to, by itself.
    type Sink: Sink;

    /// Sends some of `bytes` and reads into `space`, whichever is possible; when neither is, waits
    /// until `deadline` for the first of them.
    ///
    /// A program that is busy printing does not read. Who sends to it without reading meanwhile
    /// waits for it while it waits for him.
    ///
    /// # Errors
    ///
    /// What reading and writing report.
    fn exchange(
        &mut self,
        bytes: &[u8],
        space: &mut [u8],
        deadline: Option<Instant>,
    ) -> io::Result<Progress>;

    /// Takes the two ends apart.
    fn split(self) -> (Self::Source, Self::Sink);
}

/// A stream over descriptors: sockets, serial ports, pipes, terminals.
///
/// Works with descriptors that block and with ones that do not.
///
/// # Example
///
/// ```no_run
/// use rejoinder_expect::{FdStream, Session};
/// use std::net::TcpStream;
///
/// let tcp = TcpStream::connect("mail.example:25")?;
/// let mut session = Session::new(FdStream::new(tcp.try_clone()?, tcp));
/// session.expect("220 ")?;
/// session.send("EHLO client.example\r\n")?;
/// session.expect("250 ")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FdStream<R, W> {
    source: FdSource<R>,
    sink: FdSink<W>,
}

/// The end of an [`FdStream`] that is read from.
#[derive(Debug)]
pub struct FdSource<R>(R);

/// The end of an [`FdStream`] that is written to.
#[derive(Debug)]
pub struct FdSink<W>(W);

/// What is written at once, in bytes: so little that a descriptor that was said to be writable
/// takes it without blocking. (A pipe is writable when it has room for `PIPE_BUF` bytes, 512 at
/// the least; see pipe(7).)
const WRITE_AT_ONCE: usize = 512;

impl<R: Read + AsFd, W: Write + AsFd> FdStream<R, W> {
    /// A stream that reads from one descriptor and writes to another, or to a clone of the same.
    pub fn new(reader: R, writer: W) -> FdStream<R, W> {
        FdStream {
            source: FdSource(reader),
            sink: FdSink(writer),
        }
    }
}

impl<R, W> FdStream<R, W> {
    pub(crate) fn source(&self) -> &FdSource<R> {
        &self.source
    }
}

impl<R> FdSource<R> {
    pub(crate) fn reader(&self) -> &R {
        &self.0
    }
}

impl<R: Read + AsFd> Source for FdSource<R> {
    fn receive(&mut self, space: &mut [u8], deadline: Option<Instant>) -> io::Result<Received> {
        loop {
            if !ready(self.0.as_fd(), Interest::READABLE, deadline)? {
                return Ok(Received::Nothing);
            }
            if let Some(received) = read_some(&mut self.0, space)? {
                return Ok(received);
            }
        }
    }
}

impl<W: Write + AsFd> Sink for FdSink<W> {
    fn transmit(&mut self, bytes: &[u8], deadline: Option<Instant>) -> io::Result<usize> {
        loop {
            if !ready(self.0.as_fd(), Interest::WRITABLE, deadline)? {
                return Ok(0);
            }
            if let Some(sent) = write_some(&mut self.0, bytes)? {
                return Ok(sent);
            }
        }
    }
}

impl<R: Read + AsFd, W: Write + AsFd> Source for FdStream<R, W> {
    fn receive(&mut self, space: &mut [u8], deadline: Option<Instant>) -> io::Result<Received> {
        self.source.receive(space, deadline)
    }
}

impl<R: Read + AsFd, W: Write + AsFd> Sink for FdStream<R, W> {
    fn transmit(&mut self, bytes: &[u8], deadline: Option<Instant>) -> io::Result<usize> {
        self.sink.transmit(bytes, deadline)
    }
}

impl<R: Read + AsFd, W: Write + AsFd> Stream for FdStream<R, W> {
    type Source = FdSource<R>;
    type Sink = FdSink<W>;

    fn exchange(
        &mut self,
        bytes: &[u8],
        space: &mut [u8],
        deadline: Option<Instant>,
    ) -> io::Result<Progress> {
        loop {
            let mut entries = [
                PollEntry::new(self.source.0.as_fd(), Interest::READABLE),
                PollEntry::new(self.sink.0.as_fd(), Interest::WRITABLE),
            ];
            let none = Progress {
                sent: 0,
                received: Received::Nothing,
            };
            if poll(&mut entries, left(deadline))? == 0 {
                return Ok(none);
            }
            let [readable, writable] = [entries[0].ready().readable, entries[1].ready().writable];
            let mut progress = none;
            if writable && let Some(sent) = write_some(&mut self.sink.0, bytes)? {
                progress.sent = sent;
            }
            if readable && let Some(received) = read_some(&mut self.source.0, space)? {
                progress.received = received;
            }
            if progress != none {
                return Ok(progress);
            }
        }
    }

    fn split(self) -> (FdSource<R>, FdSink<W>) {
        (self.source, self.sink)
    }
}

/// How long it is until a deadline.
pub(crate) fn left(deadline: Option<Instant>) -> Option<Duration> {
    deadline.map(|at| at.saturating_duration_since(Instant::now()))
}

fn ready(
    fd: std::os::fd::BorrowedFd<'_>,
    interest: Interest,
    deadline: Option<Instant>,
) -> io::Result<bool> {
    Ok(poll(&mut [PollEntry::new(fd, interest)], left(deadline))? > 0)
}

/// One read; `None` when there was nothing after all.
fn read_some(reader: &mut impl Read, space: &mut [u8]) -> io::Result<Option<Received>> {
    match reader.read(space) {
        Ok(0) => Ok(Some(Received::End)),
        Ok(count) => Ok(Some(Received::Bytes(count))),
        Err(error) if is_temporary(&error) => Ok(None),
        Err(error) if super::is_hang_up(&error) => Ok(Some(Received::End)),
        Err(error) => Err(error),
    }
}

/// One write; `None` when there was no room after all.
fn write_some(writer: &mut impl Write, bytes: &[u8]) -> io::Result<Option<usize>> {
    let bytes = &bytes[..bytes.len().min(WRITE_AT_ONCE)];
    match writer.write(bytes) {
        Ok(0) if !bytes.is_empty() => Err(ErrorKind::WriteZero.into()),
        Ok(count) => Ok(Some(count)),
        Err(error) if is_temporary(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
}
