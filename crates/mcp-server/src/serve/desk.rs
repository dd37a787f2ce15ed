//! One connection and what is under way on it.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_channel::mpsc;
use mcp_proto::{
    Answer, Catalogue, ChangedList, Connection, Era, InvalidArguments, Line, Outcome, Outgoing,
    Query, RequestContext, RequestKey, ToolCall,
};
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::guard::guarded;
use super::hearing::{Hearing, Level};
use super::{Change, Changed, Host, Report, Requester, Work};

/// How long a user may take over a question before it counts as dismissed: 5 minutes.
const PATIENCE: Duration = Duration::from_secs(300);

/// Something that happened to what is under way. The receiver that [`Desk::new`] returns brings
/// them; each goes to [`Desk::event`].
///
/// They come by a channel of `futures-channel`, which takes no room while nothing waits in it:
/// tokio's has room for 32 from the start, and every session and every subscription has one.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A call or a query came to its end.
    Answered(RequestKey, Box<Answer>),
    /// One has something to say before that.
    Reported(RequestKey, Box<Report>),
    /// A resource that is watched changed.
    Updated(Changed),
    /// A question to the user has been open for too long.
    Unanswered(RequestKey),
}

const _: () = assert!(size_of::<Event>() <= 40);

/// What a transport is to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum Effect {
    /// Write this to the client.
    Send(Outgoing),
    /// The client gave this request up: nothing answers it.
    GivenUp(RequestKey),
    /// Close the stream of this request; the answer is fetched from another.
    CloseStream(RequestKey),
}

/// A call or a query under way.
struct Running {
    task: AbortHandle,
    promised_bytes: usize,
}

/// A connection, its requests under way and its watches. Dropping it ends them all.
pub struct Desk {
    host: Arc<dyn Host>,
    connection: Connection,
    principal: Arc<str>,
    running: HashMap<RequestKey, Running>,
    watches: HashMap<String, AbortHandle>,
    events: mpsc::UnboundedSender<Event>,
    /// What the client has said it wants to hear, up to 2025-11-25.
    level: Level,
    /// Requests that were taken in since somebody asked for them.
    begun: Vec<RequestKey>,
    /// What the calls under way have asked for beyond the usual.
    promised_bytes: usize,
}

impl Desk {
    /// A desk for a client of this principal. What the receiver brings goes to
    /// [`event`](Self::event).
    pub fn new(host: Arc<dyn Host>, principal: Arc<str>) -> (Self, mpsc::UnboundedReceiver<Event>) {
        let (events, inbox) = mpsc::unbounded();
        let catalogue = Arc::clone(&host.catalogue().borrow());
        let desk = Self {
            connection: Connection::new(host.face(), catalogue),
            host,
            principal,
            running: HashMap::new(),
            watches: HashMap::new(),
            events,
            level: Level::none(),
            begun: Vec::new(),
            promised_bytes: 0,
        };
        (desk, inbox)
    }

    /// The connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Whose it is.
    pub fn principal(&self) -> &Arc<str> {
        &self.principal
    }

    /// Bytes that the calls under way have asked for beyond the usual.
    pub fn promised_bytes(&self) -> usize {
        self.promised_bytes
    }

    /// Calls and queries under way; questions to the user count, subscriptions don't.
    pub fn under_way(&self) -> usize {
        self.connection.in_flight() - self.connection.subscriptions().len()
    }

    /// Takes a line.
    pub fn line(&mut self, line: Line<'_>) -> Vec<Effect> {
        let outcomes = self.connection.handle_line(line);
        self.level.set(self.connection.log_level(None));
        self.carry_out(outcomes)
    }

    /// Takes a message.
    pub fn frame(&mut self, frame: &[u8]) -> Vec<Effect> {
        let outcomes = self.connection.handle_frame(frame);
        self.level.set(self.connection.log_level(None));
        self.carry_out(outcomes)
    }

    /// The requests that are under way since the last time this was asked. One that is worked on
    /// once more, with answers to its questions, is among them again; one that was answered at once
    /// is not.
    pub fn take_begun(&mut self) -> Vec<RequestKey> {
        std::mem::take(&mut self.begun)
    }

    /// Takes what happened.
    pub fn event(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Answered(key, answer) => {
                self.end(key);
                let outcomes = self.connection.answer(key, *answer);
                if self.connection.is_asking(key) {
                    self.be_patient(key);
                }
                self.carry_out(outcomes)
            }
            Event::Reported(key, report) => self.report(key, *report).into_iter().collect(),
            Event::Updated(changed) => {
                let updates = self.connection.resource_updated(changed.heard());
                updates.into_iter().map(Effect::Send).collect()
            }
            Event::Unanswered(key) => {
                let outcomes = self.connection.stop_asking(key);
                self.carry_out(outcomes)
            }
        }
    }

    /// Offers something else from now on.
    pub fn set_catalogue(&mut self, catalogue: Arc<Catalogue>) -> Vec<Effect> {
        let announcements = self.connection.set_catalogue(catalogue);
        announcements.into_iter().map(Effect::Send).collect()
    }

    /// Takes a change of another list, if it is one for this principal.
    pub fn list_changed(&mut self, change: &Change) -> Vec<Effect> {
        let concerns = |principal: &Arc<str>| *principal == self.principal;
        if !change.principal.as_ref().is_none_or(concerns) {
            return Vec::new();
        }
        self.announce(change.list)
    }

    /// Announces that a list changed.
    pub fn announce(&mut self, list: ChangedList) -> Vec<Effect> {
        let announcements = self.connection.list_changed(list);
        announcements.into_iter().map(Effect::Send).collect()
    }

    /// Gives up a request whose answer cannot reach the client any more.
    pub fn abandon(&mut self, key: RequestKey) -> Vec<Effect> {
        self.cancel(key);
        let outcomes = self.connection.abandon(key);
        self.carry_out(outcomes)
    }

    /// Ends the subscriptions in good order: for each its response, then that it is cancelled.
    pub fn end_subscriptions(&mut self) -> Vec<Effect> {
        let farewells = self.connection.end_subscriptions();
        farewells.into_iter().map(Effect::Send).collect()
    }

    /// Takes leave: ends the subscriptions, and answers what is under way with this.
    pub fn close(&mut self, answer: &Answer) -> Vec<Effect> {
        let mut effects = self.end_subscriptions();
        let keys: Vec<RequestKey> = self.running.keys().copied().collect();
        for key in keys {
            self.cancel(key);
            for outcome in self.connection.answer(key, answer.clone()) {
                if let Outcome::Send(outgoing) = outcome {
                    effects.push(Effect::Send(outgoing));
                }
            }
        }
        effects
    }

    /// Whether anything is being worked on.
    pub fn is_busy(&self) -> bool {
        !self.running.is_empty()
    }

    fn carry_out(&mut self, outcomes: Vec<Outcome>) -> Vec<Effect> {
        let mut effects = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            match outcome {
                Outcome::Send(outgoing) => effects.push(Effect::Send(outgoing)),
                Outcome::CallTool(call) => effects.extend(self.call(call)),
                Outcome::InvalidArguments(call, why) => {
                    effects.extend(self.refuse(&call, &why));
                }
                Outcome::Query(query) => effects.extend(self.query(query)),
                Outcome::Watch(uri) => self.watch(uri),
                Outcome::Unwatch(uri) => self.unwatch(&uri),
                Outcome::Cancel { key, reason } => {
                    tracing::debug!(%key, ?reason, "the client gave up");
                    self.cancel(key);
                    effects.push(Effect::GivenUp(key));
                }
                _ => {}
            }
        }
        effects
    }

    fn call(&mut self, call: ToolCall) -> Vec<Effect> {
        let key = call.key;
        let promised_bytes = self.host.promised_bytes(&call);
        let requester = self.requester(key, &call.context);
        let work = Arc::clone(&self.host).call(call, requester);
        self.run(key, work, promised_bytes)
    }

    fn refuse(&mut self, call: &ToolCall, why: &InvalidArguments) -> Vec<Effect> {
        let requester = self.requester(call.key, &call.context);
        let answer = self.host.refuse(call, why, &requester);
        self.run(call.key, Box::pin(std::future::ready(answer)), 0)
    }

    fn query(&mut self, query: Query) -> Vec<Effect> {
        let key = query.key;
        let requester = self.requester(key, &query.context);
        let work = Arc::clone(&self.host).query(query, requester);
        self.run(key, work, 0)
    }

    fn run(&mut self, key: RequestKey, work: Work, promised_bytes: usize) -> Vec<Effect> {
        // Its patience, where it asked the user before.
        self.cancel(key);
        let mut work = guarded(work);
        // Much is through without any waiting, and then needs no task. What isn't is waited for
        // by its task, which asks again first of all.
        let mut nobody = Context::from_waker(Waker::noop());
        if let Poll::Ready(answer) = work.as_mut().poll(&mut nobody) {
            // What it has reported comes before its answer.
            if self.events.is_empty() {
                let effects = self.event(Event::Answered(key, Box::new(answer)));
                // It is still under way where its answer was a question to the user.
                if self.connection.is_in_flight(key) {
                    self.begun.push(key);
                }
                return effects;
            }
            work = Box::pin(std::future::ready(answer));
        }
        self.begun.push(key);
        let events = self.events.clone();
        let task = tokio::spawn(async move {
            let answer = work.await;
            // Without the desk there is nobody to tell.
            let _ = events.unbounded_send(Event::Answered(key, Box::new(answer)));
        });
        self.note(key, task.abort_handle(), promised_bytes);
        Vec::new()
    }

    /// Waits for the user, but not for ever.
    fn be_patient(&mut self, key: RequestKey) {
        let events = self.events.clone();
        let task = tokio::spawn(async move {
            tokio::time::sleep_until(Instant::now() + PATIENCE).await;
            // Without the desk there is nobody to tell.
            let _ = events.unbounded_send(Event::Unanswered(key));
        });
        self.note(key, task.abort_handle(), 0);
    }

    /// Puts a task on the list of those under way.
    fn note(&mut self, key: RequestKey, task: AbortHandle, promised_bytes: usize) {
        self.promised_bytes += promised_bytes;
        let running = Running {
            task,
            promised_bytes,
        };
        self.running.insert(key, running);
    }

    fn watch(&mut self, uri: String) {
        let changed = Changed::new(&uri, self.events.clone());
        let principal = Arc::clone(&self.principal);
        let watch = Arc::clone(&self.host).watch(uri.clone(), principal, changed);
        let task = tokio::spawn(watch);
        self.watches.insert(uri, task.abort_handle());
    }

    fn unwatch(&mut self, uri: &str) {
        if let Some(task) = self.watches.remove(uri) {
            task.abort();
        }
    }

    fn report(&mut self, key: RequestKey, report: Report) -> Option<Effect> {
        if matches!(report, Report::CloseStream) {
            return Some(Effect::CloseStream(key));
        }
        report.outgoing(&mut self.connection, key).map(Effect::Send)
    }

    fn requester(&self, key: RequestKey, context: &RequestContext) -> Requester {
        let hearing = match context.revision.era() {
            Era::Initialize => self.level.hearing(),
            Era::Stateless => Hearing::lasting(self.connection.log_level(Some(key))),
        };
        let principal = Arc::clone(&self.principal);
        Requester::new(principal, key, self.events.clone(), hearing)
    }

    /// Takes a request off the list of those under way.
    fn end(&mut self, key: RequestKey) -> Option<AbortHandle> {
        let running = self.running.remove(&key)?;
        self.promised_bytes -= running.promised_bytes;
        Some(running.task)
    }

    fn cancel(&mut self, key: RequestKey) {
        if let Some(task) = self.end(key) {
            task.abort();
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let running = self.running.values().map(|running| &running.task);
        for task in running.chain(self.watches.values()) {
            task.abort();
        }
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("principal", &self.principal)
            .field("connection", &self.connection)
            .field("watches", &self.watches.len())
            .finish_non_exhaustive()
    }
}
