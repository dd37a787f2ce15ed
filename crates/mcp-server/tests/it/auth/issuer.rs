//! An authorization server on loopback: its metadata and its keys, as a test wants
//! them, and how often it was asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::signer::Signer;

pub(crate) const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";
pub(crate) const OPENID_METADATA: &str = "/.well-known/openid-configuration";
pub(crate) const KEYS: &str = "/keys";

/// A running issuer; it ends with the test's runtime.
pub(crate) struct TestIssuer {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    documents: BTreeMap<String, Value>,
    requests: BTreeMap<String, usize>,
    down: bool,
}

impl TestIssuer {
    /// One with OAuth metadata and these keys.
    pub(crate) async fn start(keys: &[&Signer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let issuer = Self {
            url,
            state: Arc::clone(&state),
        };
        let metadata = issuer.metadata();
        issuer.publish(OAUTH_METADATA, Some(metadata));
        issuer.publish_keys(keys);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&state)));
            }
        });
        issuer
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What its metadata says of it.
    pub(crate) fn metadata(&self) -> Value {
        json!({"issuer": self.url, "jwks_uri": format!("{}{KEYS}", self.url)})
    }

    /// Has a document stand at a path, or nothing.
    pub(crate) fn publish(&self, path: &str, document: Option<Value>) {
        let documents = &mut self.state.lock().documents;
        match document {
            Some(document) => drop(documents.insert(path.to_owned(), document)),
            None => drop(documents.remove(path)),
        }
    }

    pub(crate) fn publish_keys(&self, keys: &[&Signer]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
        self.publish(KEYS, Some(json!({"keys": keys})));
    }

    /// Whether it answers 503 to everything.
    pub(crate) fn set_down(&self, down: bool) {
        self.state.lock().down = down;
    }

    /// How often a path was asked for.
    pub(crate) fn requests(&self, path: &str) -> usize {
        self.state.lock().requests.get(path).copied().unwrap_or(0)
    }
}

async fn answer(stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut stream = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        match stream.read_line(&mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) if line == "\r\n" => break,
            Ok(_) => lines.push(line),
        }
    }
    let path = lines[0].split(' ').nth(1).unwrap().to_owned();
    let (status, body) = {
        let mut state = state.lock();
        *state.requests.entry(path.clone()).or_default() += 1;
        match state.documents.get(&path) {
            _ if state.down => ("503 Service Unavailable", String::new()),
            Some(document) => ("200 OK", document.to_string()),
            None => ("404 Not Found", String::new()),
        }
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let answer = format!("{head}{body}");
    stream.write_all(answer.as_bytes()).await.unwrap();
}
