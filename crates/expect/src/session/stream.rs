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
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Received, Session, Source};
/// use std::io;
/// use std::time::Instant;
///
/// /// A stream that has said all there is.
/// struct Silent;
///
/// impl Source for Silent {
///     fn receive(&mut self, _: &mut [u8], _: Option<Instant>) -> io::Result<Received> {
///         Ok(Received::End)
///     }
/// }
///
/// assert_eq!(Session::new(Silent).expect_eof()?.before(), "");
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
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
///
/// # Example
///
/// ```
/// use rejoinder_expect::{Received, Session, Source};
/// use std::io;
/// use std::time::Instant;
///
/// /// Plays a recording.
/// struct Recording(Vec<&'static str>);
///
/// impl Source for Recording {
///     fn receive(&mut self, space: &mut [u8], _: Option<Instant>) -> io::Result<Received> {
///         let Some(piece) = self.0.pop() else {
///             return Ok(Received::End);
///         };
///         space[..piece.len()].copy_from_slice(piece.as_bytes());
///         Ok(Received::Bytes(piece.len()))
///     }
/// }
///
/// let mut session = Session::new(Recording(vec!["ord: ", "passw"]));
/// session.expect("password: ")?;
/// # Ok::<(), rejoinder_expect::Error>(())
/// ```
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
///
/// # Example
///
/// ```
/// use rejoinder_expect::Sink;
/// use std::io;
/// use std::time::Instant;
///
/// /// Takes a few bytes at a time.
/// #[derive(Default)]
/// struct Narrow(Vec<u8>);
///
/// impl Sink for Narrow {
///     fn transmit(&mut self, bytes: &[u8], _: Option<Instant>) -> io::Result<usize> {
///         let taken = bytes.len().min(4);
///         self.0.extend_from_slice(&bytes[..taken]);
///         Ok(taken)
///     }
/// }
///
/// let mut sink = Narrow::default();
/// assert_eq!(sink.transmit(b"hello", None)?, 4);
/// # Ok::<(), io::Error>(())
/// ```
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
///
/// # Example
///
/// ```
/// use rejoinder_expect::{FdStream, Progress, Received, Stream};
/// use std::io::Write;
/// use std::os::unix::net::UnixStream;
///
/// let (near, mut far) = UnixStream::pair()?;
/// far.write_all(b"hello")?;
/// let mut stream = FdStream::new(near.try_clone()?, near);
/// let progress = stream.exchange(b"hi", &mut [0; 64], None)?;
/// assert_eq!(progress, Progress { sent: 2, received: Received::Bytes(5) });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many bytes were sent.
    pub sent: usize,
    /// What was read.
    pub received: Received,
}

/// Both ends of a stream.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{FdStream, Session, Stream};
/// use std::os::unix::net::UnixStream;
///
/// /// Asks and waits, over whatever there is to talk through.
/// fn ask<S: Stream>(session: &mut Session<S>, what: &str) -> Result<(), rejoinder_expect::Error> {
///     session.send_line(what)?;
///     session.expect(what).map(drop)
/// }
///
/// let (near, far) = UnixStream::pair()?;
/// std::thread::spawn(move || std::io::copy(&mut &far, &mut &far)); // says what it is told
/// ask(&mut Session::new(FdStream::new(near.try_clone()?, near)), "anybody there?")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{PtyStream, Received, Stream, pty::Command};
    ///
    /// let mut stream = PtyStream::new(Command::new("cat").spawn()?);
    /// let progress = stream.exchange(b"hi\n", &mut [0; 64], None)?;
    /// assert_eq!((progress.sent, progress.received), (3, Received::Nothing));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn exchange(
        &mut self,
        bytes: &[u8],
        space: &mut [u8],
        deadline: Option<Instant>,
    ) -> io::Result<Progress>;

    /// Takes the two ends apart.
    ///
    /// # Example
    ///
    /// ```
    /// use rejoinder_expect::{PtyStream, Received, Sink, Source, Stream, pty::Command};
    ///
    /// let (mut source, mut sink) = PtyStream::new(Command::new("cat").spawn()?).split();
    /// assert_eq!(sink.transmit(b"hi\n", None)?, 3);
    /// assert!(matches!(source.receive(&mut [0; 64], None)?, Received::Bytes(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn split(self) -> (Self::Source, Self::Sink);
}

/// A stream that has its two ends in fields reads and writes by them.
macro_rules! by_its_ends {
    ([$($generics:tt)*] $stream:ty) => {
        impl<$($generics)*> Source for $stream {
            fn receive(
                &mut self,
                space: &mut [u8],
                deadline: Option<Instant>,
            ) -> io::Result<Received> {
                self.source.receive(space, deadline)
            }
        }

        impl<$($generics)*> Sink for $stream {
            fn transmit(&mut self, bytes: &[u8], deadline: Option<Instant>) -> io::Result<usize> {
                self.sink.transmit(bytes, deadline)
            }
        }
    };
}
pub(super) use by_its_ends;

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
///
/// # Example
///
/// ```
/// use rejoinder_expect::{FdStream, Received, Source, Stream};
/// use std::io::Write;
/// use std::os::unix::net::UnixStream;
///
/// let (near, mut far) = UnixStream::pair()?;
/// let (mut source, _sink) = FdStream::new(near.try_clone()?, near).split();
/// far.write_all(b"hello")?;
/// assert_eq!(source.receive(&mut [0; 64], None)?, Received::Bytes(5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FdSource<R>(R);

/// The end of an [`FdStream`] that is written to.
///
/// # Example
///
/// ```
/// use rejoinder_expect::{FdStream, Sink, Stream};
/// use std::io::Read;
/// use std::os::unix::net::UnixStream;
///
/// let (near, mut far) = UnixStream::pair()?;
/// let (_source, mut sink) = FdStream::new(near.try_clone()?, near).split();
/// assert_eq!(sink.transmit(b"hello", None)?, 5);
/// far.read_exact(&mut [0; 5])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

by_its_ends!([R: Read + AsFd, W: Write + AsFd] FdStream<R, W>);

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
