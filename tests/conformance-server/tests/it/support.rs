//! A client with memory between it and the fixture.

use std::collections::VecDeque;
use std::sync::Arc;

use conformance_server::Fixture;
use futures_channel::mpsc;
use mcp_proto::Catalogue;
use mcp_server::serve::{Change, Desk, Effect, Event, Host};
use serde_json::{Value, json};
use tokio::sync::{broadcast, watch};

/// A connection to the fixture, and what came over it that nobody has looked at.
pub(crate) struct Client {
    desk: Desk,
    inbox: mpsc::UnboundedReceiver<Event>,
    catalogue: watch::Receiver<Arc<Catalogue>>,
    changes: broadcast::Receiver<Change>,
    heard: VecDeque<Value>,
}

impl Client {
    /// A client that has said nothing.
    pub(crate) fn new() -> Self {
        let fixture = Fixture::new().expect("there is randomness");
        let (catalogue, changes) = (fixture.catalogue(), fixture.changes());
        let (desk, inbox) = Desk::new(fixture, "somebody".into());
        Self {
            desk,
            inbox,
            catalogue,
            changes,
            heard: VecDeque::new(),
        }
    }

    /// A client that has initialized by 2025-11-25.
    pub(crate) async fn initialized() -> Self {
        let mut client = Self::new();
        let params = json!({
            "protocolVersion": "2025-11-25",
            "clientInfo": {"name": "it", "version": "1"},
            "capabilities": {"elicitation": {}, "sampling": {}, "roots": {}},
        });
        client.send(&json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}));
        client.hear().await;
        client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        client
    }

    /// Sends a message.
    pub(crate) fn send(&mut self, message: &Value) {
        let effects = self.desk.frame(message.to_string().as_bytes());
        self.take(effects);
    }

    /// Sends a request of 2025-11-25.
    pub(crate) fn request(&mut self, id: u64, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
    }

    /// Sends a request of 2026-07-28, and returns the answer.
    pub(crate) async fn ask(&mut self, method: &str, mut params: Value) -> Value {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}, "sampling": {}, "roots": {}},
        });
        self.request(1, method, &params);
        loop {
            let message = self.hear().await;
            if message["id"] == 1 {
                return message;
            }
        }
    }

    /// The next message.
    pub(crate) async fn hear(&mut self) -> Value {
        loop {
            if let Some(message) = self.heard.pop_front() {
                return message;
            }
            let effects = tokio::select! {
                Ok(event) = self.inbox.recv() => self.desk.event(event),
                Ok(()) = self.catalogue.changed() => {
                    let now = Arc::clone(&self.catalogue.borrow_and_update());
                    self.desk.set_catalogue(now)
                }
                Ok(change) = self.changes.recv() => self.desk.list_changed(&change),
            };
            self.take(effects);
        }
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Send(outgoing) = effect {
                let message = serde_json::from_slice(outgoing.as_bytes());
                self.heard.push_back(message.expect("what is sent is JSON"));
            }
        }
    }
}

/// The first text of a result.
pub(crate) fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"]
        .as_str()
        .unwrap_or_else(|| panic!("no text in {answer}"))
}
