//! A session in a holder, driven from another process: the task between a
//! session's handles and the holder's socket.
//!
//! It takes the same commands that a driver in this process would. When the
//! holder dies, it ends what the holder left running and answers from what is
//! on disk.

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use bytes::BytesMut;
use tokio::net::UnixStream;
use tokio::sync::{mpsc, watch};

use crate::answer::Answer;
use crate::driver::{Command, Phase, Reply};
use crate::error::{Error, ErrorKind};
use crate::home::{Meta, Place};
use crate::remains;
use crate::state::Identity;
use crate::wire::{FromHolder, Hello, Pipe, ToHolder, VERSION};

/// How long a holder may take to say hello; it does so before anything else.
const HELLO_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to a holder that has said hello.
#[derive(Debug)]
pub(crate) struct Link {
    pipe: Pipe,
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum NoLink {
    /// Nobody listens: the holder is dead.
    Dead,
    /// Somebody does, and does not answer or not in this protocol.
    Mute(Error),
}

impl Link {
    /// Connects to the holder of a session.
    pub(crate) async fn open(place: &Place, identity: &Identity) -> Result<Self, NoLink> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::NotFound
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => NoLink::Dead,
            _ => NoLink::Mute(Error::io(
                &format!("cannot reach the holder of session {}", identity.name),
                error,
            )),
        };
        let (path, directory) = place.socket().map_err(failed)?;
        let stream = UnixStream::connect(&path).await.map_err(failed)?;
        drop(directory);
        let me = nix::unistd::geteuid().as_raw();
        if stream.peer_cred().map_err(failed)?.uid() != me {
            return Err(NoLink::Mute(Error::new(
                ErrorKind::Io,
                format!("another user listens at {}", path.display()),
                "end that program; nothing was sent to it",
            )));
        }
        let mut link = Self {
            pipe: Pipe::new(stream),
        };
        Hello::ours().write(link.pipe.out());
        match tokio::time::timeout(HELLO_TIMEOUT, link.greet()).await {
            Ok(Ok(())) => Ok(link),
            Ok(Err(error)) => Err(failed(error)),
            Err(_) => Err(NoLink::Mute(unresponsive(identity))),
        }
    }

    /// Sends our hello and waits for the holder's.
    async fn greet(&mut self) -> io::Result<()> {
        while self.pipe.unsent() > 0 {
            self.pipe.stream().writable().await?;
            self.pipe.send()?;
        }
        loop {
            if let Some(message) = self.next()? {
                return match message {
                    FromHolder::Hello(hello) if hello.version >= 1 => {
                        tracing::debug!(
                            version = hello.version.min(VERSION),
                            holder = hello.program,
                            "connected"
                        );
                        Ok(())
                    }
                    _ => Err(io::Error::other("it does not say hello")),
                };
            }
            self.pipe.stream().readable().await?;
            if !self.pipe.receive()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// The next message that this version knows.
    fn next(&mut self) -> io::Result<Option<FromHolder>> {
        while let Some(frame) = self.pipe.next()? {
            if let Some(message) = FromHolder::read(&frame).map_err(io::Error::other)? {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }
}

/// The task behind the handles of a session in a holder.
pub(crate) struct Remote {
    place: Place,
    meta: Meta,
    identity: Identity,
    waiting: HashMap<u64, Reply>,
    phase: watch::Sender<Phase>,
}

impl Remote {
    pub(crate) fn new(
        place: Place,
        meta: Meta,
        identity: Identity,
        phase: watch::Sender<Phase>,
    ) -> Self {
        Self {
            place,
            meta,
            identity,
            waiting: HashMap::new(),
            phase,
        }
    }

    /// Runs until nobody holds the session's handles any more; the session goes on.
    pub(crate) async fn run(
        mut self,
        mut link: Link,
        mut commands: mpsc::UnboundedReceiver<Command>,
    ) {
        let left = loop {
            if let Err(error) = link.pipe.send() {
                break error;
            }
            let unsent = link.pipe.unsent() > 0;
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.command(command, link.pipe.out()),
                    None => return,
                },
                ready = link.pipe.stream().readable() => {
                    match ready.and_then(|()| link.pipe.receive()).and_then(|open| self.received(&mut link, open)) {
                        Ok(()) => {}
                        Err(error) => break error,
                    }
                }
                ready = link.pipe.stream().writable(), if unsent => if let Err(error) = ready {
                    break error;
                },
            }
        };
        tracing::debug!(session = self.identity.name, error = %left, "the holder is gone");
        self.after_holder(commands).await;
    }

    fn command(&mut self, command: Command, out: &mut BytesMut) {
        match command {
            Command::Ask {
                token,
                request,
                reply,
            } => {
                self.waiting.insert(token.0, reply);
                ToHolder::write_ask(token.0, &request, out);
            }
            Command::Forget(token) => {
                if self.waiting.remove(&token.0).is_some() {
                    ToHolder::write_forget(token.0, out);
                }
            }
        }
    }

    fn received(&mut self, link: &mut Link, open: bool) -> io::Result<()> {
        while let Some(message) = link.next()? {
            let FromHolder::Answer(token, answer) = message else {
                continue;
            };
            if answer.as_ref().is_ok_and(Answer::is_exited) {
                self.phase.send_replace(Phase::Exited);
            }
            if let Some(reply) = self.waiting.remove(&token) {
                // Whoever asked may have gone since.
                let _ = reply.send(answer);
            }
        }
        if open {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    /// The holder has gone: with its session, or from it.
    pub(crate) async fn after_holder(mut self, commands: mpsc::UnboundedReceiver<Command>) {
        self.phase.send_replace(Phase::Exited);
        if !self.place.dir().is_dir() {
            // Closed in good order; handles learn it from their answers.
            self.phase.send_replace(Phase::Closed);
            for (_, reply) in self.waiting.drain() {
                // Whoever asked may have gone since.
                let _ = reply.send(Err(closed(&self.identity)));
            }
            return;
        }
        for (_, reply) in self.waiting.drain() {
            // Whoever asked may have gone since.
            let _ = reply.send(Err(lost(&self.identity)));
        }
        remains::serve(&self.place, &self.meta, &self.identity, commands).await;
    }
}

/// The holder lives and says nothing.
pub(crate) fn unresponsive(identity: &Identity) -> Error {
    Error::new(
        ErrorKind::Unresponsive,
        format!("the holder of session {} does not answer", identity.name),
        "try again; if it stays so, terminate_process ends the session and what it started",
    )
}

/// The session was closed while it was asked.
pub(crate) fn closed(identity: &Identity) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("session {} has been closed", identity.name),
        "start a new session; its transcript, if it had one, is kept",
    )
}

/// The session was lost while it was asked.
fn lost(identity: &Identity) -> Error {
    Error::new(
        ErrorKind::Lost,
        format!(
            "the holder of session {} has died, and its program was ended",
            identity.name
        ),
        "read_output shows what it printed; start a new session to go on",
    )
}
