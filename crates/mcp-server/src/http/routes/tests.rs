//! The ways out of a session, with a real connection's messages.

use mcp_proto::http::sse::Parser;
use mcp_proto::{
    Catalogue, ChangedList, Connection, Implementation, Outcome, Server, ServerCapabilities,
    ToolDefinition, ToolResult,
};
use serde_json::{Value, json};

use super::*;

/// A session, by its connection and its ways out, and what a transport does with the two.
struct Client {
    connection: Connection,
    routes: Routes,
    room: Arc<Semaphore>,
}

type Waiting = oneshot::Receiver<First>;

impl Client {
    /// One of this revision, with room for so many streams.
    fn new(revision: &str, streams: usize) -> Self {
        let server = Server::new(Implementation::new("test", "1"))
            .with_capabilities(ServerCapabilities::new().with_tools_list_changed());
        let tools = Catalogue::builder().tool(ToolDefinition::new("work", "Works."));
        let tools = Arc::new(tools.build().unwrap());
        let room = Arc::new(Semaphore::new(streams));
        let mut client = Self {
            connection: Connection::new(Arc::new(server), tools),
            routes: Routes::new(Arc::clone(&room)),
            room,
        };
        let hello = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": revision, "capabilities": {"elicitation": {}},
            "clientInfo": {"name": "test", "version": "1"}}});
        client.connection.handle_frame(hello.to_string().as_bytes());
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        client.connection.handle_frame(ready.to_string().as_bytes());
        let settled = client.connection.session().unwrap().revision;
        assert_eq!(settled.as_str(), revision);
        client.routes.set_primes(settled.primes_streams());
        client
    }

    /// Posts calls of these ids, several as a batch.
    fn call(&mut self, ids: &[u32]) -> (Vec<RequestKey>, u64, Waiting) {
        let call = |id: &u32| {
            json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
                   "params": {"name": "work", "_meta": {"progressToken": id}}})
        };
        let message = match ids {
            [id] => call(id),
            ids => ids.iter().map(call).collect(),
        };
        let outcomes = self.connection.handle_frame(message.to_string().as_bytes());
        let key = |outcome| match outcome {
            Outcome::CallTool(call) => call.key,
            other => panic!("{other:?}"),
        };
        let keys: Vec<RequestKey> = outcomes.into_iter().map(key).collect();
        let (way, waiting) = self.routes.open(&keys).unwrap();
        (keys, way, waiting)
    }

    fn sends(&mut self, outgoing: impl IntoIterator<Item = Outgoing>) {
        outgoing.into_iter().for_each(|it| self.routes.send(it));
        self.routes.flush(|key| self.connection.is_in_flight(key));
    }

    fn progress(&mut self, key: RequestKey, progress: f64) {
        let said = self.connection.progress(key, progress, None, None);
        self.sends(Some(said.unwrap()));
    }

    fn finish(&mut self, key: RequestKey) {
        let answer = self.connection.finish(key, &ToolResult::text("done"));
        self.sends(answer);
    }

    fn give_up(&mut self, id: u32) {
        let note = json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
                          "params": {"requestId": id}});
        for outcome in self.connection.handle_frame(note.to_string().as_bytes()) {
            match outcome {
                Outcome::Cancel { key, .. } => self.routes.give_up(key),
                Outcome::Send(outgoing) => self.routes.send(outgoing),
                other => panic!("{other:?}"),
            }
        }
        self.routes.flush(|key| self.connection.is_in_flight(key));
    }

    fn announce(&mut self) {
        let announcements = self.connection.list_changed(ChangedList::Tools);
        self.sends(announcements);
    }
}

/// What a stream has said so far: the ids of its events and what each is, and whether it ended.
struct Heard {
    parser: Parser,
    events: Vec<(String, String)>,
    rest: Option<mpsc::Receiver<Bytes>>,
    ended: bool,
    _permit: OwnedSemaphorePermit,
}

impl Heard {
    fn of(opened: Opened) -> Self {
        let mut heard = Self {
            parser: Parser::new(),
            events: Vec::new(),
            rest: opened.rest,
            ended: false,
            _permit: opened.permit,
        };
        opened.missed.iter().for_each(|event| heard.take(event));
        heard.ended = heard.rest.is_none();
        heard
    }

    fn first(waiting: &mut Waiting) -> Self {
        match waiting.try_recv().unwrap() {
            First::Stream(opened) => Self::of(opened),
            First::Answer(answer) => panic!("{answer:?}"),
        }
    }

    fn take(&mut self, mut bytes: &[u8]) {
        while let Some(event) = self.parser.next_event(&mut bytes).unwrap() {
            let message: Value = serde_json::from_str(&event.data).unwrap_or_default();
            let what = match (&message["method"], &message["result"]) {
                (Value::String(method), _) => {
                    let progress = &message["params"]["progress"];
                    let word = method.rsplit_once('/').unwrap().1;
                    format!("{word} {}", progress.as_f64().unwrap_or_default())
                }
                (_, Value::Object(_)) => format!("answer {}", message["id"]),
                _ => "nothing".to_owned(),
            };
            self.events.push((event.id, what));
        }
    }

    /// What was said since this was asked last, without the ids.
    fn news(&mut self) -> Vec<String> {
        while let Some(rest) = &mut self.rest {
            match rest.try_recv() {
                Ok(bytes) => self.take(&bytes),
                Err(mpsc::TryRecvError::Empty) => break,
                Err(mpsc::TryRecvError::Closed) => {
                    self.rest = None;
                    self.ended = true;
                }
            }
        }
        let events = std::mem::take(&mut self.events);
        events.into_iter().map(|(_, what)| what).collect()
    }

    fn last_id(&self) -> String {
        self.parser.last_event_id().to_owned()
    }
}

fn answer(waiting: &mut Waiting) -> Value {
    match waiting.try_recv().unwrap() {
        First::Answer(answer) => serde_json::from_slice(answer.as_bytes()).unwrap(),
        First::Stream(opened) => panic!("{opened:?}"),
    }
}

/// Promise: an answer before which nothing is said is one JSON object.
#[test]
fn a_plain_answer_answers_the_post() {
    let mut client = Client::new("2025-06-18", 1);
    let (keys, _, mut waiting) = client.call(&[1]);
    assert!(waiting.try_recv().is_err());
    client.finish(keys[0]);
    assert_eq!(answer(&mut waiting)["id"], 1);
    assert!(client.routes.ways.is_empty() && client.routes.requests.is_empty());
}

/// Promise: what belongs to a request is said on its stream and on no other, then the answer, then
/// the stream ends.
#[test]
fn each_request_has_its_stream() {
    let mut client = Client::new("2025-06-18", 9);
    let mut general = Heard::of(client.routes.listen().unwrap());
    let (one, _, mut first) = client.call(&[1]);
    let (two, _, mut second) = client.call(&[2]);
    client.progress(one[0], 0.5);
    client.progress(two[0], 0.25);
    client.announce();
    client.progress(one[0], 0.75);
    client.finish(two[0]);
    client.finish(one[0]);
    let (mut one, mut two) = (Heard::first(&mut first), Heard::first(&mut second));
    assert_eq!(one.news(), ["progress 0.5", "progress 0.75", "answer 1"]);
    assert_eq!(two.news(), ["progress 0.25", "answer 2"]);
    assert_eq!(general.news(), ["list_changed 0"]);
    assert!(one.ended && two.ended && !general.ended);
}

/// Promise: a stream of 2025-11-25 begins with an event that can be asked for the rest by; older
/// ones, which took it for a message, don't.
#[test]
fn streams_begin_as_the_revision_has_it() {
    for (revision, begins) in [
        ("2025-11-25", &["nothing"][..]),
        ("2025-06-18", &[]),
        ("2025-03-26", &[]),
    ] {
        let mut client = Client::new(revision, 2);
        let (_, way, mut waiting) = client.call(&[1]);
        client.routes.begin_stream(way);
        assert_eq!(Heard::first(&mut waiting).news(), begins, "{revision}");
        let mut general = Heard::of(client.routes.listen().unwrap());
        assert_eq!(general.news(), begins, "{revision}");
    }
}

/// Promise: at whatever event a stream was lost, the rest of it comes once and in order.
#[test]
fn a_lost_stream_is_resumed_without_gap_or_repetition() {
    const SAID: [&str; 4] = ["nothing", "progress 1", "progress 2", "answer 1"];
    // Lost after `heard` events, resumed when `said` were said.
    for heard in 1..=SAID.len() {
        for said in heard..=SAID.len() {
            let mut client = Client::new("2025-11-25", 1);
            let (keys, way, mut waiting) = client.call(&[1]);
            client.routes.begin_stream(way);
            let mut stream = Some(Heard::first(&mut waiting));
            let mut all = Vec::new();
            for step in 1..=SAID.len() {
                if step == heard {
                    let mut lost = stream.take().unwrap();
                    all = lost.news();
                    let id = lost.last_id();
                    drop(lost);
                    client.say(keys[0], heard..said);
                    stream = Some(Heard::of(client.routes.resume(&id).unwrap()));
                }
                if step < heard || step >= said {
                    client.say(keys[0], step..step + 1);
                }
            }
            let mut stream = stream.unwrap();
            all.extend(stream.news());
            assert_eq!(all, SAID, "lost at {heard}, resumed at {said}");
            assert!(stream.ended);
        }
    }
}

impl Client {
    /// Says the messages of these numbers on a call's stream: progress, progress, the answer.
    fn say(&mut self, key: RequestKey, numbers: std::ops::Range<usize>) {
        for number in numbers {
            match number {
                1 => self.progress(key, 1.0),
                2 => self.progress(key, 2.0),
                3 => self.finish(key),
                _ => {}
            }
        }
    }
}

/// Promise: who resumes a stream takes it over from whoever still hangs on it.
#[test]
fn a_resumed_stream_has_one_listener() {
    let mut client = Client::new("2025-11-25", 2);
    let (keys, way, mut waiting) = client.call(&[1]);
    client.routes.begin_stream(way);
    let mut before = Heard::first(&mut waiting);
    let mut after = Heard::of(client.routes.resume(&before.last_id()).unwrap());
    client.finish(keys[0]);
    assert_eq!(before.news(), ["nothing"]);
    assert!(before.ended);
    assert_eq!(after.news(), ["answer 1"]);
}

/// Promise: a client that doesn't read loses its stream, and nothing of what is said on it.
#[test]
fn a_slow_reader_comes_back_for_the_rest() {
    let mut client = Client::new("2025-06-18", 2);
    let (keys, _, mut waiting) = client.call(&[1]);
    let count = EVENTS_AHEAD + 9;
    for step in 1..=count {
        client.progress(keys[0], f64::from(u32::try_from(step).unwrap()));
    }
    let mut stream = Heard::first(&mut waiting);
    let mut all = stream.news();
    assert!(stream.ended);
    assert_eq!(all.len(), EVENTS_AHEAD);
    let id = stream.last_id();
    client.finish(keys[0]);
    let mut rest = Heard::of(client.routes.resume(&id).unwrap());
    all.extend(rest.news());
    assert!(rest.ended);
    assert_eq!(all.len(), count + 1);
    assert_eq!(all.last().unwrap(), "answer 1");
}

/// Promise: the request of a client that went away before it heard anything goes on, and costs no
/// stream.
#[test]
fn a_post_that_is_gone_opens_no_stream() {
    for revision in ["2025-11-25", "2025-06-18"] {
        let mut client = Client::new(revision, 1);
        let (keys, way, waiting) = client.call(&[1]);
        drop(waiting);
        client.routes.begin_stream(way);
        client.progress(keys[0], 1.0);
        assert_eq!(client.routes.log.streams(), 0);
        client.finish(keys[0]);
        assert!(client.routes.ways.is_empty() && client.routes.requests.is_empty());
    }
}

/// Promise: without room for a stream the answer alone comes, and the room is given back.
#[test]
fn without_room_the_answer_is_one_object() {
    let mut client = Client::new("2025-11-25", 1);
    let general = client.routes.listen().unwrap();
    assert_eq!(client.routes.listen().unwrap_err(), NotOpened::NoRoom);
    let (keys, way, mut waiting) = client.call(&[1]);
    client.routes.begin_stream(way);
    client.progress(keys[0], 1.0);
    assert!(waiting.try_recv().is_err());
    client.finish(keys[0]);
    assert_eq!(answer(&mut waiting)["id"], 1);
    drop(general);
    assert_eq!(client.room.available_permits(), 1);
}

/// Promise: a GET without room takes nothing from the one that listens.
#[test]
fn a_get_without_room_replaces_nothing() {
    let mut client = Client::new("2025-06-18", 1);
    let mut general = Heard::of(client.routes.listen().unwrap());
    client.announce();
    assert_eq!(client.routes.listen().unwrap_err(), NotOpened::NoRoom);
    assert_eq!(client.routes.resume("1-1").unwrap_err(), NotOpened::NoRoom);
    client.announce();
    assert_eq!(general.news(), ["list_changed 0", "list_changed 0"]);
    assert!(!general.ended);
}

/// Promise: a second GET takes the place of the first, whose end can still be read.
#[test]
fn a_second_get_replaces_the_first() {
    let mut client = Client::new("2025-06-18", 4);
    let mut first = Heard::of(client.routes.listen().unwrap());
    client.announce();
    client.announce();
    let mut second = Heard::of(client.routes.listen().unwrap());
    client.announce();
    assert_eq!(first.news().len(), 2);
    assert!(first.ended);
    assert_eq!(second.news().len(), 1);
    assert_eq!(second.last_id(), "2-1");
    let mut rest = Heard::of(client.routes.resume("1-1").unwrap());
    assert_eq!(rest.news().len(), 1);
    assert!(rest.ended);
    assert!(matches!(
        client.routes.resume("3-0").unwrap_err(),
        NotOpened::CannotReplay(CannotReplay::UnknownStream)
    ));
}

/// Promise: a request that is given up ends its response without an answer, whatever it has heard.
#[test]
fn what_is_given_up_is_not_answered() {
    let mut client = Client::new("2025-06-18", 1);
    let (_, _, mut waiting) = client.call(&[1]);
    client.give_up(1);
    assert!(matches!(
        waiting.try_recv(),
        Err(oneshot::error::TryRecvError::Closed)
    ));
    let (keys, _, mut waiting) = client.call(&[2]);
    client.progress(keys[0], 1.0);
    client.give_up(2);
    let mut stream = Heard::first(&mut waiting);
    assert_eq!(stream.news(), ["progress 1"]);
    assert!(stream.ended);
    assert!(client.routes.ways.is_empty() && client.routes.requests.is_empty());
}

/// Promise: a batch has one answer, whichever of its requests ends last, and however.
#[test]
fn a_batch_is_answered_once() {
    let mut client = Client::new("2025-03-26", 1);
    let (keys, _, mut waiting) = client.call(&[1, 2, 3]);
    client.finish(keys[1]);
    client.give_up(1);
    assert!(waiting.try_recv().is_err());
    client.finish(keys[2]);
    let ids = |answers: &Value| -> Vec<Value> {
        let answers = answers.as_array().unwrap();
        answers.iter().map(|it| it["id"].clone()).collect()
    };
    assert_eq!(ids(&answer(&mut waiting)), [2, 3]);

    let (keys, _, mut waiting) = client.call(&[4, 5]);
    client.finish(keys[0]);
    client.give_up(5);
    assert_eq!(ids(&answer(&mut waiting)), [4]);

    let (_, _, mut waiting) = client.call(&[6, 7]);
    client.give_up(6);
    client.give_up(7);
    assert!(waiting.try_recv().is_err());
    assert!(client.routes.ways.is_empty() && client.routes.requests.is_empty());
}

/// Promise: a stream that is closed on purpose is one that its client can come back to; clients
/// that don't know how keep it.
#[test]
fn a_client_that_can_is_sent_away() {
    let mut client = Client::new("2025-11-25", 1);
    let (keys, _, mut waiting) = client.call(&[1]);
    client.routes.close_stream(keys[0]);
    client.sends(None);
    let mut stream = Heard::first(&mut waiting);
    assert_eq!(stream.news(), ["nothing"]);
    assert!(stream.ended);
    assert_eq!(stream.parser.retry_ms(), Some(COME_BACK_MS));
    let id = stream.last_id();
    drop(stream);
    client.finish(keys[0]);
    let mut rest = Heard::of(client.routes.resume(&id).unwrap());
    assert_eq!(rest.news(), ["answer 1"]);

    let mut client = Client::new("2025-06-18", 1);
    let (keys, _, mut waiting) = client.call(&[1]);
    client.routes.close_stream(keys[0]);
    client.finish(keys[0]);
    assert_eq!(answer(&mut waiting)["id"], 1);
}

/// Promise: the end of a session ends everything that waits for it.
#[test]
fn the_end_ends_all() {
    let mut client = Client::new("2025-11-25", 3);
    let mut general = Heard::of(client.routes.listen().unwrap());
    let (_, _, mut waiting) = client.call(&[1]);
    let (_, way, mut streaming) = client.call(&[2]);
    client.routes.begin_stream(way);
    client.routes.close();
    let mut stream = Heard::first(&mut streaming);
    assert_eq!((general.news().len(), stream.news().len()), (1, 1));
    assert!(general.ended && stream.ended && waiting.try_recv().is_err());
}
