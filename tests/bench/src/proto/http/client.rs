//! One connection to a server over HTTP, as a client keeps it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use memchr::memmem;
use serde_json::json;

use super::response::{Response, field, head, is_success, read};
use crate::proto::question::{Era, opening, shown};

/// How long an answer may take before the server is taken for hung.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection, and the session that was opened on it if there is one.
#[derive(Debug)]
pub(in crate::proto) struct Connection {
    pub(super) stream: TcpStream,
    /// What came and was not taken.
    pub(super) received: Vec<u8>,
    address: SocketAddr,
    era: Era,
    session: Option<String>,
}

impl Connection {
    /// Connects, and opens a session where the era has an opening and `opens` says so.
    pub(in crate::proto) fn open(address: SocketAddr, era: Era, opens: bool) -> Result<Self> {
        let stream = TcpStream::connect(address).context("the server does not listen")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut connection = Self {
            stream,
            received: Vec::new(),
            address,
            era,
            session: None,
        };
        if era == Era::Initialize && opens {
            for message in opening() {
                let request = connection.post("", message.to_string().as_bytes());
                connection.stream.write_all(&request)?;
                let session = connection.answer()?;
                connection.session = connection.session.take().or(session);
            }
        }
        Ok(connection)
    }

    /// The request that makes a call.
    pub(super) fn call(&self, number: usize) -> Vec<u8> {
        let mut body = Vec::new();
        self.era.write_call(number, &mut body);
        self.post("Mcp-Method: tools/call\r\nMcp-Name: echo\r\n", &body)
    }

    /// Opens the stream on which the server says what has changed, and waits until it has begun.
    pub(in crate::proto) fn listen(&mut self) -> Result<()> {
        let (request, sign) = match self.era {
            Era::Initialize => (self.get(), ""),
            Era::Stateless => {
                let listen = json!({
                    "jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen",
                    "params": {
                        "notifications": {"toolsListChanged": true},
                        "_meta": {
                            "io.modelcontextprotocol/protocolVersion": self.era.revision(),
                            "io.modelcontextprotocol/clientInfo":
                                {"name": "bench", "version": "1.0.0"},
                            "io.modelcontextprotocol/clientCapabilities": {}
                        }
                    }
                });
                let body = listen.to_string();
                let request = self.post("Mcp-Method: subscriptions/listen\r\n", body.as_bytes());
                (request, "notifications/subscriptions/acknowledged")
            }
        };
        self.stream.write_all(&request)?;
        loop {
            if let Some((head, start)) = head(&self.received)? {
                let kind = field(head, "content-type").unwrap_or_default();
                let is_stream = is_success(head) && kind.starts_with("text/event-stream");
                ensure!(is_stream, "no stream: {}", shown(&self.received));
                if memmem::find(&self.received[start..], sign.as_bytes()).is_some() {
                    // A client of a thousand streams keeps nothing of them.
                    self.received = Vec::new();
                    return Ok(());
                }
            }
            self.receive()?;
        }
    }

    fn post(&self, method: &str, body: &[u8]) -> Vec<u8> {
        let method = if self.era == Era::Stateless {
            method
        } else {
            ""
        };
        let mut request = self.head("POST");
        request.push_str("Content-Type: application/json\r\n");
        request.push_str("Accept: application/json, text/event-stream\r\n");
        request.push_str(method);
        request.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let mut request = request.into_bytes();
        request.extend_from_slice(body);
        request
    }

    fn get(&self) -> Vec<u8> {
        let head = self.head("GET");
        format!("{head}Accept: text/event-stream\r\n\r\n").into_bytes()
    }

    fn head(&self, verb: &str) -> String {
        let session = match &self.session {
            Some(session) => format!("Mcp-Session-Id: {session}\r\n"),
            None => String::new(),
        };
        format!(
            "{verb} /mcp HTTP/1.1\r\nHost: {}\r\nUser-Agent: bench/1.0\r\n\
             MCP-Protocol-Version: {}\r\n{session}",
            self.address,
            self.era.revision()
        )
    }

    /// Waits for a response and returns the session that it names.
    fn answer(&mut self) -> Result<Option<String>> {
        loop {
            if let Response::Whole { head, length, .. } = read(&self.received)? {
                ensure!(is_success(head), "refused: {}", shown(&self.received));
                let session = field(head, "mcp-session-id").map(str::to_owned);
                self.received.drain(..length);
                return Ok(session);
            }
            self.receive()?;
        }
    }

    /// Waits for bytes.
    fn receive(&mut self) -> Result<()> {
        let mut buffer = [0; 16 * 1024];
        let count = self.stream.read(&mut buffer)?;
        ensure!(count > 0, "the server closed: {}", shown(&self.received));
        self.received.extend_from_slice(&buffer[..count]);
        Ok(())
    }
}
