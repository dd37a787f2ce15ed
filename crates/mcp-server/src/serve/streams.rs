//! Standard input and output, waited for by the runtime where the system lets it.
//!
//! Pipes and sockets, which is what clients start servers with, are read and written right in
//! the loop that holds the connection: a thread in between would be woken for every message, and
//! wake the loop in turn. Nothing else may notice: the open file behind standard input can be
//! other processes' too, so it must not become non-blocking. A pipe is opened anew by way of
//! `/proc`, and of a socket each call alone does not wait. Files and terminals have a thread each.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use bytes::Bytes;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::net::{RecvFlags, SendFlags, SocketType, sockopt};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{mpsc, oneshot};

/// Bytes read at once.
const READ_SIZE: usize = 64 * 1024;

/// Reads, and writes, that a thread may be ahead of the loop, or behind it.
const READS_AHEAD: usize = 16;
const WRITES_AHEAD: usize = 2;

/// Standard input.
pub(super) enum Input {
    Direct { file: Direct, buffer: Vec<u8> },
    Thread(mpsc::Receiver<Bytes>),
}

impl Input {
    /// # Errors
    ///
    /// When a thread is needed and cannot be started.
    pub(super) fn open() -> io::Result<Self> {
        match Direct::open(io::stdin().as_fd(), Interest::READABLE) {
            Some(file) => Ok(Self::Direct {
                file,
                buffer: vec![0; READ_SIZE],
            }),
            None => Ok(Self::Thread(start_reader()?)),
        }
    }

    /// What has come, `None` at the end. Calling it off loses nothing.
    pub(super) async fn read(&mut self) -> Option<Bytes> {
        match self {
            Self::Direct { file, buffer } => match file.read(buffer).await {
                Ok(0) => None,
                Ok(count) => Some(Bytes::copy_from_slice(&buffer[..count])),
                Err(error) => {
                    tracing::warn!(%error, "cannot read standard input");
                    None
                }
            },
            Self::Thread(received) => received.recv().await,
        }
    }
}

/// Standard output.
pub(super) enum Output {
    Direct {
        file: Direct,
        /// What is being written, and how much of it has been.
        lines: Vec<u8>,
        written: usize,
    },
    Thread {
        lines: mpsc::Sender<Vec<u8>>,
        done: oneshot::Receiver<()>,
    },
}

impl Output {
    /// # Errors
    ///
    /// When a thread is needed and cannot be started.
    pub(super) fn open() -> io::Result<Self> {
        match Direct::open(io::stdout().as_fd(), Interest::WRITABLE) {
            Some(file) => Ok(Self::Direct {
                file,
                lines: Vec::new(),
                written: 0,
            }),
            None => {
                let (lines, done) = start_writer()?;
                Ok(Self::Thread { lines, done })
            }
        }
    }

    /// Writes what `next` returns for as long as that takes no waiting.
    ///
    /// # Errors
    ///
    /// When nothing can be written any more.
    pub(super) fn push(&mut self, mut next: impl FnMut() -> Option<Vec<u8>>) -> io::Result<()> {
        match self {
            Self::Direct {
                file,
                lines,
                written,
            } => loop {
                if *written == lines.len() {
                    match next() {
                        Some(bytes) => (*lines, *written) = (bytes, 0),
                        None => return Ok(()),
                    }
                }
                match file.write(&lines[*written..]) {
                    Ok(count) => *written += count,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                    Err(error) => return Err(error),
                }
            },
            Self::Thread { lines, .. } => loop {
                match lines.try_reserve() {
                    Ok(permit) => match next() {
                        Some(bytes) => permit.send(bytes),
                        None => return Ok(()),
                    },
                    Err(mpsc::error::TrySendError::Full(())) => return Ok(()),
                    Err(mpsc::error::TrySendError::Closed(())) => {
                        return Err(ErrorKind::BrokenPipe.into());
                    }
                }
            },
        }
    }

    /// Whether something is being written that [`push`](Self::push) has taken.
    pub(super) fn is_writing(&self) -> bool {
        match self {
            Self::Direct { lines, written, .. } => *written < lines.len(),
            Self::Thread { .. } => false,
        }
    }

    /// Returns when it is worth trying again.
    pub(super) async fn ready(&self) {
        match self {
            // An error is one of the next write, too.
            Self::Direct { file, .. } => drop(file.0.writable().await),
            Self::Thread { lines, .. } => drop(lines.reserve().await),
        }
    }

    /// Writes all that there is, however long that takes.
    pub(super) async fn finish(mut self, mut next: impl FnMut() -> Option<Vec<u8>>) {
        loop {
            let Ok(()) = self.push(&mut next) else {
                return;
            };
            match &self {
                Self::Direct { .. } if self.is_writing() => self.ready().await,
                Self::Direct { .. } => return,
                Self::Thread { .. } => break,
            }
        }
        let Self::Thread { lines, done } = self else {
            return;
        };
        while let Some(bytes) = next() {
            if lines.send(bytes).await.is_err() {
                return;
            }
        }
        drop(lines);
        // An error means that the writer is gone, and nothing more can be written.
        let _ = done.await;
    }
}

/// A pipe or a socket, registered with the runtime.
pub(super) struct Direct(AsyncFd<Channel>);

enum Channel {
    /// With an open file of its own, which does not block.
    Pipe(OwnedFd),
    /// Whose open file others may have, and which may block.
    Socket(OwnedFd),
}

impl Direct {
    /// `None` for what is neither, keeps messages apart, or can't be opened anew.
    fn open(fd: BorrowedFd<'_>, interest: Interest) -> Option<Self> {
        let kind = FileType::from_raw_mode(rustix::fs::fstat(fd).ok()?.st_mode);
        let channel = match kind {
            FileType::Fifo => Channel::Pipe(open_anew(fd, interest)?),
            FileType::Socket if is_stream(fd) => Channel::Socket(fd.try_clone_to_owned().ok()?),
            _ => return None,
        };
        #[expect(
            deprecated,
            reason = "its successor is unsafe for the sake of types whose descriptor may change; \
                      a channel owns one and the same"
        )]
        let registered = AsyncFd::with_interest(channel, interest);
        registered.ok().map(Self)
    }

    async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.0.readable().await?;
            let read = ready.try_io(|channel| uninterrupted(|| channel.get_ref().read(buffer)));
            let Ok(read) = read else {
                continue;
            };
            // Less than there was room for is all there was: what comes next is told anew.
            if matches!(read, Ok(count) if count > 0 && count < buffer.len()) {
                ready.clear_ready();
            }
            return read;
        }
    }

    /// Writes without waiting; [`ErrorKind::WouldBlock`] when that can't be.
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_io(Interest::WRITABLE, |channel| {
            uninterrupted(|| channel.write(bytes))
        })
    }
}

impl Channel {
    fn read(&self, buffer: &mut [u8]) -> rustix::io::Result<usize> {
        match self {
            Self::Pipe(pipe) => rustix::io::read(pipe, buffer),
            Self::Socket(socket) => {
                rustix::net::recv(socket, buffer, RecvFlags::DONTWAIT).map(|(count, _)| count)
            }
        }
    }

    fn write(&self, bytes: &[u8]) -> rustix::io::Result<usize> {
        match self {
            Self::Pipe(pipe) => rustix::io::write(pipe, bytes),
            Self::Socket(socket) => {
                rustix::net::send(socket, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)
            }
        }
    }
}

impl std::os::fd::AsRawFd for Channel {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        match self {
            Self::Pipe(fd) | Self::Socket(fd) => fd.as_raw_fd(),
        }
    }
}

fn is_stream(socket: BorrowedFd<'_>) -> bool {
    sockopt::socket_type(socket).is_ok_and(|kind| kind == SocketType::STREAM)
}

/// Another open file of the same pipe, which does not block.
fn open_anew(fd: BorrowedFd<'_>, interest: Interest) -> Option<OwnedFd> {
    use std::os::fd::AsRawFd;
    let direction = match interest.is_readable() {
        true => OFlags::RDONLY,
        false => OFlags::WRONLY,
    };
    let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
    let flags = direction | OFlags::NONBLOCK | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).ok()
}

/// A signal is no reason to give up.
fn uninterrupted<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(rustix::io::Errno::INTR) => {}
            result => return Ok(result?),
        }
    }
}

/// Starts the thread that reads standard input.
fn start_reader() -> io::Result<mpsc::Receiver<Bytes>> {
    let (sender, receiver) = mpsc::channel(READS_AHEAD);
    let read = move || {
        let mut buffer = vec![0; READ_SIZE];
        let mut input = io::stdin().lock();
        loop {
            match input.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => {
                    let bytes = Bytes::copy_from_slice(&buffer[..count]);
                    if sender.blocking_send(bytes).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot read standard input");
                    return;
                }
            }
        }
    };
    thread("stdin", read)?;
    Ok(receiver)
}

/// Starts the thread that writes standard output, and tells when it has ended.
fn start_writer() -> io::Result<(mpsc::Sender<Vec<u8>>, oneshot::Receiver<()>)> {
    let (sender, mut receiver) = mpsc::channel::<Vec<u8>>(WRITES_AHEAD);
    let (done, written) = oneshot::channel();
    let write = move || {
        let mut output = io::stdout().lock();
        while let Some(line) = receiver.blocking_recv() {
            if let Err(error) = output.write_all(&line).and_then(|()| output.flush()) {
                tracing::info!(%error, "cannot write standard output");
                break;
            }
        }
        // Nobody may be waiting any more.
        let _ = done.send(());
    };
    thread("stdout", write)?;
    Ok((sender, written))
}

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .stack_size(256 * 1024)
        .spawn(work)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    /// Promise: what a client started the server with is read and written, byte for byte, and its
    /// open files are left as they were.
    async fn check(reader: BorrowedFd<'_>, writer: BorrowedFd<'_>) {
        let input = Direct::open(reader, Interest::READABLE).unwrap();
        let output = Direct::open(writer, Interest::WRITABLE).unwrap();
        for fd in [reader, writer] {
            let flags = rustix::fs::fcntl_getfl(fd).unwrap();
            assert!(!flags.contains(OFlags::NONBLOCK));
        }
        let text: Vec<u8> = (0..1_000_000_u32).map(|number| number as u8).collect();
        let mut output = Output::Direct {
            file: output,
            lines: Vec::new(),
            written: 0,
        };
        let mut lines = text.chunks(300_000).map(<[u8]>::to_vec);
        output.push(|| lines.next()).unwrap();
        assert!(output.is_writing(), "a megabyte fits into no pipe");
        let write = output.finish(|| lines.next());
        let mut input = Input::Direct {
            file: input,
            buffer: vec![0; READ_SIZE],
        };
        let read = async {
            let mut received = Vec::new();
            while received.len() < text.len() {
                received.extend(input.read().await.unwrap());
            }
            received
        };
        let ((), received) = tokio::join!(write, read);
        assert!(received == text);
    }

    #[tokio::test]
    async fn pipes_have_no_thread() {
        let (reader, writer) = io::pipe().unwrap();
        check(reader.as_fd(), writer.as_fd()).await;
    }

    #[tokio::test]
    async fn sockets_have_no_thread() {
        let (reader, writer) = UnixStream::pair().unwrap();
        check(reader.as_fd(), writer.as_fd()).await;
    }

    /// What epoll does not take is left to a thread.
    #[tokio::test]
    async fn files_are_left_to_a_thread() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert!(Direct::open(file.as_fd(), Interest::READABLE).is_none());
    }

    /// The end of the other side is the end, and no error.
    #[tokio::test]
    async fn the_end_is_told() {
        let (reader, writer) = io::pipe().unwrap();
        let file = Direct::open(reader.as_fd(), Interest::READABLE).unwrap();
        drop(writer);
        let mut input = Input::Direct {
            file,
            buffer: vec![0; READ_SIZE],
        };
        assert_eq!(input.read().await, None);
    }
}
