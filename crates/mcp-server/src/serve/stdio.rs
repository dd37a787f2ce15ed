//! Serving one client over standard input and output.
//!
//! A thread reads, a thread writes, and one loop between them holds the
//! connection: a client that stops reading stops being read, and slows down
//! nothing else.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use bytes::{Buf, Bytes};
use mcp_proto::{ChangedList, LineFramer, Outgoing};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::{Desk, Effect, Event, Host, Stop};

/// Bytes read from standard input at once.
const READ_SIZE: usize = 64 * 1024;

/// Bytes written to standard output at once, unless one line has more.
const WRITE_SIZE: usize = 64 * 1024;

/// Writes that may wait for the one under way; they are not counted as unsent.
const WRITES_AHEAD: usize = 2;

/// Bytes of answers that may wait for the client to read them, or that calls
/// under way have asked for beyond the usual, before no more of its requests are
/// read.
const MAX_UNSENT: usize = 8 << 20;

/// How long the client may take to read the last lines when the server ends.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The principal of standard input: whoever started the server.
pub const OWNER: &str = "local";

/// Serves standard input until it ends or `stop` says so.
///
/// # Errors
///
/// When the threads that read and write cannot be started.
pub async fn serve(host: Arc<dyn Host>, mut stop: impl Stop) -> Result<()> {
    let mut input = start_reader()?;
    let (to_writer, written) = start_writer()?;
    let mut catalogue = host.catalogue();
    let mut changes = host.changes();
    let (desk, mut inbox) = Desk::new(host, OWNER.into());
    let mut framer = LineFramer::new();
    let mut unread = Bytes::new();
    let mut line = Line {
        desk,
        unsent: VecDeque::new(),
        unsent_bytes: 0,
    };
    loop {
        tokio::select! {
            biased;
            () = stop.requested() => break,
            permit = to_writer.reserve(), if !line.unsent.is_empty() => match permit {
                Ok(permit) => {
                    if let Some(bytes) = line.next_unsent() {
                        permit.send(bytes);
                    }
                }
                Err(_) => {
                    tracing::info!("standard output is closed");
                    break;
                }
            },
            Some(event) = inbox.recv() => line.event(event),
            Ok(()) = catalogue.changed() => {
                let now = Arc::clone(&catalogue.borrow_and_update());
                let effects = line.desk.set_catalogue(now);
                line.take(effects);
            }
            change = changes.recv() => match change {
                Ok(change) => {
                    let effects = line.desk.list_changed(&change);
                    line.take(effects);
                }
                Err(RecvError::Lagged(_)) => {
                    for list in [ChangedList::Prompts, ChangedList::Resources] {
                        let effects = line.desk.announce(list);
                        line.take(effects);
                    }
                }
                Err(RecvError::Closed) => {}
            },
            bytes = input.recv(), if unread.is_empty() && line.has_room() => {
                let Some(bytes) = bytes else {
                    // A last line without its newline counts.
                    framer.finish().into_iter().for_each(|last| line.received(last));
                    break;
                };
                unread = bytes;
            }
        }
        while line.has_room() {
            let mut rest = &unread[..];
            let Some(next) = framer.next_line(&mut rest) else {
                unread.clear();
                break;
            };
            line.received(next);
            let left = rest.len();
            unread.advance(unread.len() - left);
        }
    }
    line.close(inbox, &mut stop).await;
    flush(line.unsent, to_writer, written).await;
    Ok(())
}

/// The desk, and what waits to be written.
struct Line {
    desk: Desk,
    unsent: VecDeque<Vec<u8>>,
    unsent_bytes: usize,
}

impl Line {
    fn received(&mut self, line: mcp_proto::Line<'_>) {
        let effects = self.desk.line(line);
        self.take(effects);
    }

    fn event(&mut self, event: Event) {
        let effects = self.desk.event(event);
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            // There is one stream here, which nothing closes.
            if let Effect::Send(outgoing) = effect {
                self.send(outgoing);
            }
        }
    }

    fn send(&mut self, outgoing: Outgoing) {
        let line = outgoing.into_line();
        self.unsent_bytes += line.len();
        self.unsent.push_back(line);
    }

    /// What to write next: a line, and those behind it as far as they are short.
    fn next_unsent(&mut self) -> Option<Vec<u8>> {
        let mut lines = self.unsent.pop_front()?;
        while let Some(next) = self.unsent.front()
            && lines.len() + next.len() <= WRITE_SIZE
        {
            lines.extend_from_slice(next);
            self.unsent.pop_front();
        }
        self.unsent_bytes -= lines.len();
        Some(lines)
    }

    /// Whether another request may be taken in.
    fn has_room(&self) -> bool {
        self.unsent_bytes + self.desk.promised_bytes() <= MAX_UNSENT
    }

    /// Takes leave: calls that come to an end are answered; the others are told that they were
    /// cut short.
    async fn close(&mut self, mut events: mpsc::UnboundedReceiver<Event>, stop: &mut impl Stop) {
        stop.let_go().await;
        let deadline = Instant::now() + LAST_WORDS;
        while self.desk.is_busy() {
            match tokio::time::timeout_at(deadline, events.recv()).await {
                Ok(Some(event)) => self.event(event),
                _ => break,
            }
        }
        let effects = self.desk.close(&stop.last_answer());
        self.take(effects);
        // A call that was starting something just now has started it after all.
        stop.let_go().await;
    }
}

/// Starts the thread that reads standard input.
fn start_reader() -> Result<mpsc::Receiver<Bytes>> {
    let (sender, receiver) = mpsc::channel(16);
    let read = move || {
        let mut buffer = vec![0; READ_SIZE];
        let mut input = std::io::stdin().lock();
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
fn start_writer() -> Result<(mpsc::Sender<Vec<u8>>, oneshot::Receiver<()>)> {
    let (sender, mut receiver) = mpsc::channel::<Vec<u8>>(WRITES_AHEAD);
    let (done, written) = oneshot::channel();
    let write = move || {
        let mut output = std::io::stdout().lock();
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

fn thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .stack_size(256 * 1024)
        .spawn(work)?;
    Ok(())
}

/// Writes what is left, for as long as the client reads it.
async fn flush(
    unsent: VecDeque<Vec<u8>>,
    to_writer: mpsc::Sender<Vec<u8>>,
    written: oneshot::Receiver<()>,
) {
    let flush = async move {
        for line in unsent {
            if to_writer.send(line).await.is_err() {
                return;
            }
        }
        drop(to_writer);
        // An error means that the writer is gone, and nothing more can be written.
        let _ = written.await;
    };
    if tokio::time::timeout(LAST_WORDS, flush).await.is_err() {
        tracing::warn!("the client does not read; its last answers are lost");
    }
}
