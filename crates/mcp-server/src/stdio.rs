//! Serving one client over standard input and output.
//!
//! A thread reads, a thread writes, and one loop between them holds the
//! connection: a client that stops reading stops being read, and slows down
//! nothing else.

use std::collections::{HashMap, VecDeque};
use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use bytes::{Buf, Bytes};
use mcp_proto::{
    Connection, Line, LineFramer, Outcome, Outgoing, RequestKey, ToolCall, ToolResult,
};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior};

use crate::failure::{ErrorType, Failure};
use crate::server::Server;
use crate::signals::{Children, Signals};
use crate::tools::Caller;

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

/// How often a waiting call that asked for it reports progress.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// The principal of standard input: whoever started the server.
const OWNER: &str = "local";

/// What a call's task tells the loop.
enum Event {
    Finished(RequestKey, ToolResult),
    Progress(RequestKey, Duration),
}

/// Serves standard input until it ends or a signal asks to stop, then ends
/// every session.
///
/// # Errors
///
/// When the signals cannot be watched.
pub(crate) async fn serve(server: Arc<Server>, connection: Connection) -> Result<()> {
    let mut signals = Signals::new()?;
    let mut children = Children::new()?;
    let mut input = start_reader()?;
    let (to_writer, written) = start_writer()?;
    let (events, mut inbox) = mpsc::unbounded_channel();
    let mut catalogues = server.catalogues();
    // The connection may have been made with the one before.
    catalogues.mark_changed();
    let tidy = Arc::clone(&server);
    tokio::spawn(async move { tidy.collect().await });
    let mut framer = LineFramer::new();
    let mut unread = Bytes::new();
    let mut desk = Desk {
        server,
        connection,
        unsent: VecDeque::new(),
        unsent_bytes: 0,
        promised_bytes: 0,
        calls: HashMap::new(),
        events,
    };
    loop {
        tokio::select! {
            biased;
            () = signals.stop() => break,
            permit = to_writer.reserve(), if !desk.unsent.is_empty() => match permit {
                Ok(permit) => {
                    if let Some(line) = desk.next_unsent() {
                        permit.send(line);
                    }
                }
                Err(_) => {
                    tracing::info!("standard output is closed");
                    break;
                }
            },
            Some(event) = inbox.recv() => desk.event(event),
            Ok(()) = catalogues.changed() => {
                let catalogue = Arc::clone(&catalogues.borrow_and_update());
                for outgoing in desk.connection.set_catalogue(catalogue) {
                    desk.send(Some(outgoing));
                }
            }
            bytes = input.recv(), if unread.is_empty() && desk.has_room() => {
                let Some(bytes) = bytes else {
                    // A last line without its newline counts.
                    framer.finish().into_iter().for_each(|line| desk.received(line));
                    break;
                };
                unread = bytes;
            }
            () = children.ended() => desk.server.reap_orphans(),
        }
        while desk.has_room() {
            let mut rest = &unread[..];
            let Some(line) = framer.next_line(&mut rest) else {
                unread.clear();
                break;
            };
            desk.received(line);
            let left = rest.len();
            unread.advance(unread.len() - left);
        }
    }
    desk.close(inbox).await;
    flush(desk.unsent, to_writer, written).await;
    Ok(())
}

/// A call under way.
struct Running {
    task: AbortHandle,
    promised_bytes: usize,
}

/// The connection and its calls under way.
struct Desk {
    server: Arc<Server>,
    connection: Connection,
    unsent: VecDeque<Vec<u8>>,
    unsent_bytes: usize,
    /// What the calls under way have asked for beyond the usual.
    promised_bytes: usize,
    calls: HashMap<RequestKey, Running>,
    events: mpsc::UnboundedSender<Event>,
}

impl Desk {
    fn received(&mut self, line: Line<'_>) {
        for outcome in self.connection.handle_line(line) {
            match outcome {
                Outcome::Send(outgoing) => self.send(Some(outgoing)),
                Outcome::CallTool(call) => self.start(call),
                Outcome::InvalidArguments(call, why) => {
                    let caller = caller(&call);
                    let result = self.server.refuse(&caller, &call.name, &why);
                    let outgoing = self.connection.finish(call.key, &result);
                    self.send(outgoing);
                }
                Outcome::Cancel { key, .. } => {
                    if let Some(call) = self.end(key) {
                        call.task.abort();
                    }
                }
                _ => {}
            }
        }
    }

    fn start(&mut self, call: ToolCall) {
        let key = call.key;
        let promised_bytes = self.server.extra_bytes(&call.arguments);
        let reports = call.progress_token.is_some();
        let caller = caller(&call);
        let work = Arc::clone(&self.server).call(caller, call.name, call.arguments);
        let events = self.events.clone();
        let task = tokio::spawn(async move {
            let result = if reports {
                with_progress(work, key, &events).await
            } else {
                work.await
            };
            // Without the loop there is nobody to tell.
            let _ = events.send(Event::Finished(key, result));
        });
        self.promised_bytes += promised_bytes;
        let running = Running {
            task: task.abort_handle(),
            promised_bytes,
        };
        self.calls.insert(key, running);
    }

    /// Takes a call off the list of those under way.
    fn end(&mut self, key: RequestKey) -> Option<Running> {
        let call = self.calls.remove(&key)?;
        self.promised_bytes -= call.promised_bytes;
        Some(call)
    }

    fn event(&mut self, event: Event) {
        let outgoing = match event {
            Event::Finished(key, result) => {
                self.end(key);
                self.connection.finish(key, &result)
            }
            Event::Progress(key, waited) => {
                let message = format!("waiting for {} s", waited.as_secs());
                self.connection
                    .progress(key, waited.as_secs_f64(), None, Some(&message))
            }
        };
        self.send(outgoing);
    }

    fn send(&mut self, outgoing: Option<Outgoing>) {
        if let Some(line) = outgoing.map(Outgoing::into_line) {
            self.unsent_bytes += line.len();
            self.unsent.push_back(line);
        }
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
        self.unsent_bytes + self.promised_bytes <= MAX_UNSENT
    }

    /// Takes leave: sessions of this process end, and calls that wait on them are
    /// answered; what waits on sessions that go on is told so.
    async fn close(&mut self, mut events: mpsc::UnboundedReceiver<Event>) {
        self.server.shut_down().await;
        let deadline = Instant::now() + LAST_WORDS;
        while !self.calls.is_empty() {
            match tokio::time::timeout_at(deadline, events.recv()).await {
                Ok(Some(event)) => self.event(event),
                _ => break,
            }
        }
        for outgoing in self.connection.end_subscriptions() {
            self.send(Some(outgoing));
        }
        let cut_short: Vec<RequestKey> = self.calls.keys().copied().collect();
        for key in cut_short {
            if let Some(call) = self.calls.get(&key) {
                call.task.abort();
            }
            self.event(Event::Finished(key, stopping().into_result()));
        }
        // A call that was starting a program just now has started it after all.
        self.server.shut_down().await;
    }
}

/// The answer to a call that the server does not live to finish.
fn stopping() -> Failure {
    Failure::new(
        ErrorType::ExecutionError,
        "the server stops; the call was cut short",
        "the next server has the session still: read_output there continues where this call stopped",
    )
}

/// Whose call it is: over standard input always the same principal, each client
/// with a read position of its own.
fn caller(call: &ToolCall) -> Caller {
    let client = call.context.client.as_ref();
    Caller {
        owner: OWNER.to_owned(),
        reader: client.map_or_else(|| OWNER.to_owned(), |client| client.name.clone()),
    }
}

/// Reports now and then how long the work has taken so far.
async fn with_progress(
    work: impl Future<Output = ToolResult>,
    key: RequestKey,
    events: &mpsc::UnboundedSender<Event>,
) -> ToolResult {
    let started = Instant::now();
    let mut ticks = tokio::time::interval_at(started + PROGRESS_EVERY, PROGRESS_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    tokio::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => return result,
            _ = ticks.tick() => {
                // Without the loop there is nobody to tell.
                let _ = events.send(Event::Progress(key, started.elapsed()));
            }
        }
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
