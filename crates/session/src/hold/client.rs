//! One client of a holder.

use std::collections::HashMap;
use std::io;

use bytes::{Buf, BytesMut};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::answer::Answer;
use crate::error::{Error, ErrorKind};
use crate::session::Session;
use crate::wire::{FrameReader, FromHolder, Hello, ToHolder};

/// Requests of one client in progress at most; it is not read from until one is
/// answered.
const MAX_IN_FLIGHT: usize = 1024;

/// Bytes of answers that wait for the client to take them, before it is read
/// from again.
const MAX_UNSENT: usize = 4 << 20;

/// Bytes read from the socket at once.
const READ_SIZE: usize = 16 * 1024;

type Answered = (u64, Result<Answer, Error>);

/// Serves a client until it goes; what it waited for is forgotten then.
pub(super) async fn serve(stream: UnixStream, session: Session) {
    let me = nix::unistd::geteuid().as_raw();
    match stream.peer_cred() {
        Ok(peer) if peer.uid() == me => {}
        Ok(peer) => {
            tracing::warn!(uid = peer.uid(), "another user was turned away");
            return;
        }
        Err(error) => {
            tracing::warn!(%error, "a client without a user was turned away");
            return;
        }
    }
    let (answers, inbox) = mpsc::unbounded_channel();
    let mut client = Client {
        session,
        reader: FrameReader::default(),
        out: BytesMut::new(),
        asked: HashMap::new(),
        answers,
    };
    Hello::ours().write(&mut client.out);
    if let Err(error) = client.run(stream, inbox).await {
        tracing::debug!(%error, "a client has gone");
    }
    for (_, task) in client.asked {
        task.abort();
    }
}

struct Client {
    session: Session,
    reader: FrameReader,
    out: BytesMut,
    asked: HashMap<u64, AbortHandle>,
    answers: mpsc::UnboundedSender<Answered>,
}

impl Client {
    async fn run(
        &mut self,
        stream: UnixStream,
        mut inbox: mpsc::UnboundedReceiver<Answered>,
    ) -> io::Result<()> {
        loop {
            self.send(&stream)?;
            let unsent = !self.out.is_empty();
            let room = self.asked.len() < MAX_IN_FLIGHT && self.out.len() < MAX_UNSENT;
            tokio::select! {
                biased;
                Some((token, answer)) = inbox.recv() => {
                    if self.asked.remove(&token).is_some() {
                        FromHolder::write_answer(token, &answer, &mut self.out);
                    }
                }
                ready = stream.writable(), if unsent => ready?,
                ready = stream.readable(), if room => {
                    ready?;
                    if !self.receive(&stream)? {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn send(&mut self, stream: &UnixStream) -> io::Result<()> {
        while !self.out.is_empty() {
            match stream.try_write(&self.out) {
                Ok(count) => self.out.advance(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if self.out.is_empty() && self.out.capacity() > READ_SIZE {
            // An idle holder keeps nothing of a large answer.
            self.out = BytesMut::new();
        }
        Ok(())
    }

    /// Takes what the client says; `false` once it has gone.
    fn receive(&mut self, stream: &UnixStream) -> io::Result<bool> {
        let buffer = self.reader.buffer();
        buffer.reserve(READ_SIZE);
        match stream.try_read_buf(buffer) {
            Ok(0) => return Ok(false),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
            Err(error) => return Err(error),
        }
        while let Some(frame) = self.reader.next().map_err(io::Error::other)? {
            match ToHolder::read(&frame).map_err(io::Error::other)? {
                Some(ToHolder::Ask(token, request)) => {
                    let session = self.session.clone();
                    let answers = self.answers.clone();
                    let task = tokio::spawn(async move {
                        let answer = session.ask(request).await;
                        // The client may have gone since.
                        let _ = answers.send((token, answer));
                    });
                    self.asked.insert(token, task.abort_handle());
                }
                Some(ToHolder::Forget(token)) => {
                    if let Some(task) = self.asked.remove(&token) {
                        task.abort();
                    }
                }
                Some(ToHolder::Unknown(token)) => {
                    FromHolder::write_answer(token, &Err(unknown()), &mut self.out);
                }
                Some(ToHolder::Hello(hello)) => {
                    tracing::debug!(version = hello.version, client = hello.program, "connected");
                }
                None => {}
            }
        }
        Ok(true)
    }
}

fn unknown() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "the session's holder was started by an older version of this program, which cannot do this",
        "start a new session for it",
    )
}
