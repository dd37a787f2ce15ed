//! One client of a holder.

use std::collections::HashMap;
use std::io;

use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::answer::Answer;
use crate::error::{Error, ErrorKind};
use crate::session::Session;
use crate::wire::{FromHolder, Hello, Pipe, ToHolder};

/// Requests of one client in progress at most; it is not read from until one is
/// answered.
const MAX_IN_FLIGHT: usize = 1024;

/// Bytes of answers that wait for the client to take them, before it is read
/// from again.
const MAX_UNSENT: usize = 4 << 20;

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
        pipe: Pipe::new(stream),
        asked: HashMap::new(),
        answers,
    };
    Hello::ours().write(client.pipe.out());
    if let Err(error) = client.run(inbox).await {
        tracing::debug!(%error, "a client has gone");
    }
    for (_, task) in client.asked {
        task.abort();
    }
}

struct Client {
    session: Session,
    pipe: Pipe,
    asked: HashMap<u64, AbortHandle>,
    answers: mpsc::UnboundedSender<Answered>,
}

impl Client {
    async fn run(&mut self, mut inbox: mpsc::UnboundedReceiver<Answered>) -> io::Result<()> {
        loop {
            self.pipe.send()?;
            let unsent = self.pipe.unsent();
            let room = self.asked.len() < MAX_IN_FLIGHT && unsent < MAX_UNSENT;
            tokio::select! {
                biased;
                Some((token, answer)) = inbox.recv() => {
                    if self.asked.remove(&token).is_some() {
                        FromHolder::write_answer(token, &answer, self.pipe.out());
                    }
                }
                ready = self.pipe.stream().writable(), if unsent > 0 => ready?,
                ready = self.pipe.stream().readable(), if room => {
                    ready?;
                    if !self.receive()? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Takes what the client says; `false` once it has gone.
    fn receive(&mut self) -> io::Result<bool> {
        if !self.pipe.receive()? {
            return Ok(false);
        }
        while let Some(frame) = self.pipe.next()? {
            let message = ToHolder::read(&frame).map_err(io::Error::other)?;
            frame.wipe();
            match message {
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
                    FromHolder::write_answer(token, &Err(unknown()), self.pipe.out());
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
