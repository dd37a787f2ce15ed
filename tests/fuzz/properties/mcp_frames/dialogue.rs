//! A server at work: between a client's lines, handlers answer, ask, report and give up, the
//! client replies, and streams close, in whatever order the input says. Each request is answered
//! once or not at all, each frame is a message of its revision, and nothing is left in flight.
//!
//! A line that begins with `!` is no frame here: each byte behind it is one thing that happens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use mcp_proto::{
    Answer, Catalogue, ChangedList, Completion, Connection, Content, Era, Implementation,
    InputRequest, InputRequired, LogLevel, Outcome, Outgoing, Prompt, PromptArgument, PromptResult,
    PromptsCapability, QueryKind, RequestKey, Resource, ResourceBody, ResourceContents,
    ResourceTemplate, ResourcesCapability, Revision, RpcError, Server, ServerCapabilities,
    ToolDefinition, ToolResult,
};
use serde_json::{Map, Value, json};

/// What a request that was handed out takes for an answer.
#[derive(Clone, Copy)]
enum Wanted {
    Tool,
    Resources,
    Contents,
    Prompt,
    Completion,
}

struct Open {
    wanted: Wanted,
    revision: Revision,
    in_batch: bool,
}

struct Dialogue {
    connection: Connection,
    /// Handed out and neither answered nor given up.
    open: BTreeMap<RequestKey, Open>,
    /// Answered or given up; nothing may be heard of them any more.
    over: BTreeSet<RequestKey>,
    /// The ids of the questions that are out.
    asked: Vec<Value>,
    /// Every id that a question ever had.
    ever_asked: BTreeSet<String>,
    watched: BTreeSet<String>,
    /// Things happen to the newest request instead of the oldest.
    newest: bool,
    /// The frame being handled is a batch.
    in_batch: bool,
}

/// Runs the lines of `stream`; `dynamic` says whether resources come and go.
pub(super) fn check(stream: &[u8], dynamic: bool) {
    let mut dialogue = Dialogue::new(dynamic);
    for line in stream.split(|&byte| byte == b'\n') {
        match line.strip_prefix(b"!") {
            // So many things are as good as any number of them.
            Some(things) => things
                .iter()
                .take(256)
                .for_each(|&thing| dialogue.happen(thing)),
            None => dialogue.hear(line),
        }
    }
    dialogue.end();
}

impl Dialogue {
    fn new(dynamic: bool) -> Self {
        Self {
            connection: connection(dynamic),
            open: BTreeMap::new(),
            over: BTreeSet::new(),
            asked: Vec::new(),
            ever_asked: BTreeSet::new(),
            watched: BTreeSet::new(),
            newest: false,
            in_batch: false,
        }
    }

    /// A frame from the client.
    fn hear(&mut self, frame: &[u8]) {
        self.in_batch = frame.trim_ascii_start().starts_with(b"[");
        let outcomes = self.connection.handle_frame(frame);
        self.take(outcomes);
        self.in_batch = false;
        self.reconcile();
    }

    /// The answers to a batch go out together, so that one of them is over before it is seen.
    fn reconcile(&mut self) {
        let open: Vec<RequestKey> = self.open.keys().copied().collect();
        for key in open {
            if !self.connection.is_in_flight(key) {
                assert!(self.open[&key].in_batch, "{key} is gone without a word");
                self.finish(key);
            }
        }
        let streams = self.connection.subscriptions().len();
        let in_flight = self.connection.in_flight();
        assert_eq!(
            in_flight,
            self.open.len() + streams,
            "somebody is forgotten"
        );
    }

    fn say(&mut self, message: &Value) {
        self.hear(message.to_string().as_bytes());
    }

    fn take(&mut self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            match outcome {
                Outcome::Send(outgoing) => self.written(&outgoing),
                Outcome::CallTool(call) | Outcome::InvalidArguments(call, _) => {
                    self.begin(call.key, Wanted::Tool, call.context.revision);
                }
                Outcome::Query(query) => {
                    let wanted = match query.kind {
                        QueryKind::ListResources => Wanted::Resources,
                        QueryKind::ReadResource { .. } => Wanted::Contents,
                        QueryKind::GetPrompt { .. } => Wanted::Prompt,
                        _ => Wanted::Completion,
                    };
                    self.begin(query.key, wanted, query.context.revision);
                }
                Outcome::Cancel { key, .. } => self.finish(key),
                Outcome::Watch(uri) => assert!(self.watched.insert(uri), "watched twice"),
                Outcome::Unwatch(uri) => assert!(self.watched.remove(&uri), "unwatched twice"),
                _ => {}
            }
        }
    }

    /// A request is handed out, perhaps once more.
    fn begin(&mut self, key: RequestKey, wanted: Wanted, revision: Revision) {
        assert!(!self.over.contains(&key), "{key} is over and comes again");
        let in_batch = self.in_batch || self.open.get(&key).is_some_and(|open| open.in_batch);
        let open = Open {
            wanted,
            revision,
            in_batch,
        };
        self.open.insert(key, open);
    }

    fn finish(&mut self, key: RequestKey) {
        assert!(
            self.open.remove(&key).is_some(),
            "{key} ends without a beginning"
        );
        assert!(self.over.insert(key), "{key} ends twice");
    }

    /// A frame to the client.
    fn written(&mut self, outgoing: &Outgoing) {
        let text = outgoing.as_bytes();
        let message: Value = match serde_json::from_slice(text) {
            Ok(message) => message,
            Err(error) => panic!("{error}: {}", String::from_utf8_lossy(text)),
        };
        if let Some(messages) = message.as_array() {
            assert!(!messages.is_empty(), "an empty batch");
            messages.iter().for_each(check_response);
            return;
        }
        if message.get("method").is_some() {
            return self.check_request(&message, outgoing.regards());
        }
        check_response(&message);
        let Some(key) = outgoing.regards() else {
            return;
        };
        let Some(open) = self.open.get(&key) else {
            // A stream of announcements ends, which was never handed out.
            assert!(
                !self.over.contains(&key),
                "{key} is answered twice: {message}"
            );
            return;
        };
        if let Some(result) = message.get("result") {
            let is_stateless = result.get("resultType").is_some();
            assert_eq!(
                is_stateless,
                open.revision.era() == Era::Stateless,
                "{message}"
            );
        }
        self.finish(key);
    }

    /// A request or notification of the server's.
    fn check_request(&mut self, message: &Value, regards: Option<RequestKey>) {
        assert_eq!(message["jsonrpc"], "2.0");
        assert!(message.get("result").is_none() && message.get("error").is_none());
        let method = message["method"].as_str().unwrap_or_default();
        let Some(id) = message.get("id") else {
            assert!(method.starts_with("notifications/"), "{message}");
            if method == "notifications/cancelled" {
                let gone = &message["params"]["requestId"];
                self.asked.retain(|id| id != gone);
            }
            return;
        };
        let known = ["elicitation/create", "sampling/createMessage", "roots/list"];
        assert!(known.contains(&method), "{message}");
        let key = regards.and_then(|key| self.open.get(&key));
        let era = key.map(|open| open.revision.era());
        assert_eq!(
            era,
            Some(Era::Initialize),
            "asked in the wrong way: {message}"
        );
        assert!(
            self.ever_asked.insert(id.to_string()),
            "an id is used again: {message}"
        );
        self.asked.push(id.clone());
    }

    fn key(&self) -> Option<RequestKey> {
        let mut keys = self.open.keys();
        match self.newest {
            true => keys.next_back().copied(),
            false => keys.next().copied(),
        }
    }

    /// One of the things that happen between two frames.
    fn happen(&mut self, thing: u8) {
        match thing {
            b'z' => self.newest = !self.newest,
            b'n' => {
                let lists = [
                    ChangedList::Tools,
                    ChangedList::Prompts,
                    ChangedList::Resources,
                ];
                let told = lists.map(|list| self.connection.list_changed(list));
                told.iter().flatten().for_each(|note| self.written(note));
            }
            b'u' => {
                for note in self.connection.resource_updated("log://today") {
                    self.written(&note);
                }
            }
            b'r' => self.reply(&json!({"result": {"action": "accept", "content": {}}})),
            b'R' => self.reply(&json!({"error": {"code": 1, "message": "no"}})),
            b'x' => self.reply(&json!({"result": [null]})),
            _ => {
                if let Some(key) = self.key() {
                    self.happen_to(key, thing);
                }
            }
        }
    }

    fn happen_to(&mut self, key: RequestKey, thing: u8) {
        match thing {
            b'p' => {
                if let Some(note) = self.connection.progress(key, f64::from(thing), None, None) {
                    self.written(&note);
                }
            }
            b'l' => {
                let note = self
                    .connection
                    .log(Some(key), LogLevel::Error, None, &json!("!"));
                note.iter().for_each(|note| self.written(note));
            }
            b'a' => {
                let outcomes = self.connection.abandon(key);
                self.take(outcomes);
                self.finish(key);
                self.reconcile();
            }
            b't' => {
                let outcomes = self.connection.stop_asking(key);
                self.take(outcomes);
                self.reconcile();
            }
            b'q' => self.answer(key, questions().into()),
            b's' => self.answer(key, InputRequired::state("again").into()),
            b'e' => self.answer(key, RpcError::internal("no").into()),
            b'w' => self.answer(key, Answer::Resources(Vec::new())),
            _ => {
                if let Some(answer) = self.open.get(&key).map(|open| fitting(open.wanted)) {
                    self.answer(key, answer);
                }
            }
        }
    }

    fn answer(&mut self, key: RequestKey, answer: Answer) {
        let outcomes = self.connection.answer(key, answer);
        self.take(outcomes);
        self.reconcile();
    }

    /// The client answers the oldest question.
    fn reply(&mut self, outcome: &Value) {
        if self.asked.is_empty() {
            return;
        }
        let id = self.asked.remove(0);
        let mut message = json!({"jsonrpc": "2.0", "id": id});
        if let (Some(message), Some(outcome)) = (message.as_object_mut(), outcome.as_object()) {
            message.extend(outcome.clone());
        }
        self.say(&message);
        // A second answer is nobody's.
        let again = self.connection.handle_frame(message.to_string().as_bytes());
        assert!(again.is_empty(), "a second answer is taken: {again:?}");
    }

    /// Everything is answered, and everybody goes.
    fn end(mut self) {
        while let Some(key) = self.key() {
            self.answer(key, fitting(self.open[&key].wanted));
            assert!(
                !self.open.contains_key(&key),
                "{key} is answered and goes on"
            );
        }
        for note in self.connection.end_subscriptions() {
            self.written(&note);
        }
        assert_eq!(
            self.connection.in_flight(),
            0,
            "a request was never answered"
        );
        for _ in 0..self.asked.len() {
            self.reply(&json!({"result": {}}));
        }
        assert!(
            self.over
                .iter()
                .all(|key| !self.connection.is_in_flight(*key))
        );
    }
}

/// A response: to somebody or to nobody, with a result or an error.
fn check_response(message: &Value) {
    assert_eq!(message["jsonrpc"], "2.0", "{message}");
    assert!(message.get("method").is_none(), "{message}");
    let (result, error) = (message.get("result"), message.get("error"));
    assert!(result.is_some() != error.is_some(), "{message}");
    if let Some(error) = error {
        assert!(
            error["code"].is_i64() && error["message"].is_string(),
            "{message}"
        );
    }
    if let Some(result) = result {
        let id = &message["id"];
        assert!(
            id.is_string() || id.is_number(),
            "a result for nobody: {message}"
        );
        assert!(result.is_object(), "{message}");
        let identity = "/_meta/io.modelcontextprotocol~1serverInfo";
        let is_stateless = result.get("resultType").is_some();
        assert_eq!(
            is_stateless,
            result.pointer(identity).is_some(),
            "{message}"
        );
        assert!(is_stateless || result.get("ttlMs").is_none(), "{message}");
    }
}

fn fitting(wanted: Wanted) -> Answer {
    match wanted {
        Wanted::Tool => ToolResult::text("done").into(),
        Wanted::Resources => {
            let day = |day: u8| Resource::new(format!("log://h/{day}"), "log");
            Answer::Resources((0..3).map(day).collect())
        }
        Wanted::Contents => ResourceContents::one(ResourceBody::text("log://today", "well")).into(),
        Wanted::Prompt => PromptResult::user(Content::text("hello")).into(),
        Wanted::Completion => Completion::of(["a", "b"]).into(),
    }
}

fn questions() -> InputRequired {
    let form = json!({"type": "object", "properties": {"sure": {"type": "boolean"}}});
    let mut sampling = Map::new();
    sampling.insert("messages".into(), json!([]));
    InputRequired::one("form", InputRequest::form("Sure?", form))
        .with_request("roots", InputRequest::Roots)
        .with_request("sampling", InputRequest::Sampling(sampling))
        .with_state("asked")
}

fn connection(dynamic: bool) -> Connection {
    static SHARED: OnceLock<(Arc<Server>, [Arc<Catalogue>; 2])> = OnceLock::new();
    let (server, catalogues) = SHARED.get_or_init(|| {
        let declared = ServerCapabilities::new()
            .with_logging()
            .with_completions()
            .with_tools_list_changed()
            .with_prompts(PromptsCapability { list_changed: true })
            .with_resources(ResourcesCapability {
                subscribe: true,
                list_changed: true,
            });
        let server = Server::new(Implementation::new("fuzzed", "1.0.0"))
            .with_capabilities(declared)
            .with_max_in_flight(8);
        let catalogue = |dynamic: bool| {
            let builder = Catalogue::builder()
                .tool(ToolDefinition::new("now", "Tells the time."))
                .resource(Resource::new("log://today", "today"))
                .resource(Resource::new("log://yesterday", "yesterday"))
                .template(ResourceTemplate::new("log://{host}/{day}", "log"))
                .prompt(Prompt::new("greet").with_argument(PromptArgument::new("who")))
                .page_size(1);
            let builder = match dynamic {
                true => builder.dynamic_resources(),
                false => builder,
            };
            Arc::new(builder.build().expect("these entries are well-formed"))
        };
        (Arc::new(server), [catalogue(false), catalogue(true)])
    });
    let catalogue = &catalogues[usize::from(dynamic)];
    Connection::new(Arc::clone(server), Arc::clone(catalogue))
}
