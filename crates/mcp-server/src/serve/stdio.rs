//! Serving one client over standard input and output.
//!
//! One loop reads, holds the connection, and writes: a client that stops reading
//! stops being read, and slows down nothing else.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use bytes::{Buf, Bytes};
use futures_channel::mpsc;
use mcp_proto::{ChangedList, LineFramer, Outgoing};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;

use super::streams::{Input, Output};
use super::{Desk, Effect, Event, Host, Stop};

/// Bytes written to standard output at once, unless one line has more.
const WRITE_SIZE: usize = 64 * 1024;

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
/// When threads are needed to read and write, and cannot be started.
pub async fn serve(host: Arc<dyn Host>, mut stop: impl Stop) -> Result<()> {
    let mut input = Input::open()?;
    let mut output = Output::open()?;
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
        if let Err(error) = output.push(|| line.next_unsent()) {
            tracing::info!(%error, "standard output is closed");
            break;
        }
        tokio::select! {
            biased;
            () = stop.requested() => break,
            () = output.ready(), if output.is_writing() || !line.unsent.is_empty() => {}
            Ok(event) = inbox.recv() => {
                line.event(event);
                // Those that ended together are answered together.
                while let Ok(event) = inbox.try_recv() {
                    line.event(event);
                }
            }
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
            bytes = input.read(), if unread.is_empty() && line.has_room() => {
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
    let last_words = output.finish(|| line.next_unsent());
    if tokio::time::timeout(LAST_WORDS, last_words).await.is_err() {
        tracing::warn!("the client does not read; its last answers are lost");
    }
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
                Ok(Ok(event)) => self.event(event),
                _ => break,
            }
        }
        let effects = self.desk.close(&stop.last_answer());
        self.take(effects);
        // A call that was starting something just now has started it after all.
        stop.let_go().await;
    }
}
