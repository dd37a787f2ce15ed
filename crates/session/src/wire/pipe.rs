//! A socket that frames go through in both directions, as both of its ends use it.

use std::io;

use bytes::{Buf, BytesMut};
use tokio::net::UnixStream;

use super::frame::{Frame, FrameReader};

/// Bytes read from the socket at once. An answer is mostly as long as the output it
/// carries (20,000 bytes unless asked otherwise), a request is short.
const READ_SIZE: usize = 16 * 1024;

/// One end of a connection between a holder and a client. Nothing in it waits: its
/// owner waits for the socket and then calls [`Pipe::send`] and [`Pipe::receive`].
#[derive(Debug)]
pub(crate) struct Pipe {
    stream: UnixStream,
    reader: FrameReader,
    out: BytesMut,
}

impl Pipe {
    pub(crate) fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            reader: FrameReader::default(),
            out: BytesMut::new(),
        }
    }

    /// The socket, to wait for.
    pub(crate) fn stream(&self) -> &UnixStream {
        &self.stream
    }

    /// Where frames to be sent are written.
    pub(crate) fn out(&mut self) -> &mut BytesMut {
        &mut self.out
    }

    /// Bytes that the socket has not taken yet.
    pub(crate) fn unsent(&self) -> usize {
        self.out.len()
    }

    /// Hands over what the socket takes.
    pub(crate) fn send(&mut self) -> io::Result<()> {
        while !self.out.is_empty() {
            match self.stream.try_write(&self.out) {
                Ok(count) => {
                    // A request may have held a secret; nothing of it stays in the buffer.
                    self.out[..count].fill(0);
                    self.out.advance(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if self.out.is_empty() && self.out.capacity() > READ_SIZE {
            // At rest nothing is kept of a large answer.
            self.out = BytesMut::new();
        }
        Ok(())
    }

    /// Takes what the socket has; `false` at its end.
    pub(crate) fn receive(&mut self) -> io::Result<bool> {
        let buffer = self.reader.buffer();
        buffer.reserve(READ_SIZE);
        match self.stream.try_read_buf(buffer) {
            Ok(0) => Ok(false),
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The next frame of what was received.
    pub(crate) fn next(&mut self) -> io::Result<Option<Frame>> {
        self.reader.next().map_err(io::Error::other)
    }
}
