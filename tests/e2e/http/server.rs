//! The server under test, over HTTP, and its clients of either era.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::client::{Connection, Events, Request, Response};
use crate::processes::send;
use crate::support::{Directory, command_in};

/// How long the server may take to say where it listens.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running server that listens.
pub(crate) struct Server {
    // Ended before the directory is cleared away.
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) socket: PathBuf,
    pub(crate) directory: Directory,
}

impl Server {
    /// A server with the default configuration.
    pub(crate) fn start() -> Self {
        Self::with_config("")
    }

    /// A server with this configuration, on a free port and a Unix socket.
    pub(crate) fn with_config(config: &str) -> Self {
        Self::in_directory(Directory::new(), config)
    }

    /// The same in a directory where a server may have been before.
    pub(crate) fn in_directory(directory: Directory, config: &str) -> Self {
        let socket = directory.path().join("socket");
        let mut child = command_in(&directory, config)
            .args(["serve", "--http", "127.0.0.1:0", "--unix"])
            .arg(&socket)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = listen_to(child.stderr.take().unwrap());
        let mut urls = (0..2).map(|_| said.recv_timeout(PATIENCE).expect("the server listens"));
        let address = urls.next().unwrap();
        let address = address.strip_prefix("http://").unwrap();
        let address = address.strip_suffix("/mcp").unwrap().parse().unwrap();
        assert_eq!(urls.next().unwrap(), format!("unix:{}", socket.display()));
        Self {
            child,
            address,
            socket,
            directory,
        }
    }

    pub(crate) fn pid(&self) -> i64 {
        self.child.id().into()
    }

    /// A new connection.
    #[track_caller]
    pub(crate) fn connect(&self) -> Connection {
        Connection::tcp(self.address).unwrap()
    }

    /// Sends one request on a connection of its own.
    #[track_caller]
    pub(crate) fn ask(&self, request: &Request) -> Response {
        self.connect().ask(request)
    }

    /// Opens the stream that a request is answered by.
    #[track_caller]
    pub(crate) fn stream(&self, request: &Request) -> Events {
        let mut connection = self.connect();
        connection.send(request);
        connection.events()
    }

    /// Calls a tool in the way of 2026-07-28.
    #[track_caller]
    pub(crate) fn call(&self, tool: &str, arguments: Value) -> Answer {
        Answer::of(&self.ask(&call(tool, arguments)).json())
    }

    /// Calls a tool that has to succeed.
    #[track_caller]
    pub(crate) fn ok(&self, tool: &str, arguments: Value) -> Answer {
        let answer = self.call(tool, arguments);
        assert!(!answer.is_error, "{tool} failed: {}", answer.text);
        answer
    }

    /// A shell that reads what it is sent and prints it, named `cat`.
    #[track_caller]
    pub(crate) fn cat(&self) -> Answer {
        self.ok("start_process", cat())
    }

    /// A session of this revision.
    #[track_caller]
    pub(crate) fn session(&self, revision: &'static str) -> Session<'_> {
        self.session_of(revision, &[])
    }

    /// The same, of a client that sends these headers along.
    #[track_caller]
    pub(crate) fn session_of(
        &self,
        revision: &'static str,
        headers: &[(&str, &str)],
    ) -> Session<'_> {
        let with = |request: Request| {
            let add = |request: Request, (name, value): &(&str, &str)| request.with(name, value);
            headers.iter().fold(request, add)
        };
        let response = self.ask(&with(Request::post(&initialize(revision))));
        assert_eq!(response.status(), 200, "{response:?}");
        assert_eq!(response.json()["result"]["protocolVersion"], revision);
        let session = Session {
            server: self,
            id: response.head.header("mcp-session-id").to_owned(),
            revision,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        assert_eq!(session.id.len(), 32);
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        let accepted = self.ask(&session.post(&ready));
        assert_eq!((accepted.status(), accepted.body.len()), (202, 0));
        session
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        send(self.pid(), Signal::SIGTERM);
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Kills it, and gives back the directory that it lived in.
    pub(crate) fn kill(mut self) -> Directory {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::mem::replace(&mut self.directory, Directory::new())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Shows what the server says, and passes on where it listens.
fn listen_to(errors: ChildStderr) -> mpsc::Receiver<String> {
    let (found, finds) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(errors).lines() {
            let Ok(line) = line else { return };
            eprintln!("server: {line}");
            if let Some((_, url)) = line.split_once("listening on ") {
                // Only the first ones are waited for.
                let _ = found.send(url.to_owned());
            }
        }
    });
    finds
}

/// A client before 2026-07-28.
pub(crate) struct Session<'a> {
    pub(crate) server: &'a Server,
    pub(crate) id: String,
    revision: &'static str,
    headers: Vec<(String, String)>,
}

impl Session<'_> {
    /// A POST of this message in the session.
    pub(crate) fn post(&self, message: &Value) -> Request {
        self.own(Request::post(message))
    }

    /// A GET of a stream, or of the rest of one.
    pub(crate) fn get(&self, last_event_id: Option<&str>) -> Request {
        let request = self.own(Request::new("GET").with("Accept", "text/event-stream"));
        match last_event_id {
            Some(id) => request.with("Last-Event-ID", id),
            None => request,
        }
    }

    pub(crate) fn delete(&self) -> Request {
        self.own(Request::new("DELETE"))
    }

    fn own(&self, request: Request) -> Request {
        let request = request.with("Mcp-Session-Id", &self.id);
        let request = match self.revision {
            "2025-03-26" => request,
            revision => request.with("MCP-Protocol-Version", revision),
        };
        let add = |request: Request, (name, value): &(String, String)| request.with(name, value);
        self.headers.iter().fold(request, add)
    }

    /// Calls a tool and waits for its answer in one piece.
    #[track_caller]
    pub(crate) fn call(&self, tool: &str, arguments: Value) -> Answer {
        let message = request(
            json!(tool),
            "tools/call",
            json!({"name": tool, "arguments": arguments}),
        );
        Answer::of(&self.server.ask(&self.post(&message)).json())
    }

    /// Whether a request of this id is being worked on: then no other may have the id.
    pub(crate) fn is_under_way(&self, id: &str) -> bool {
        let ping = request(json!(id), "ping", json!({}));
        self.server.ask(&self.post(&ping)).json()["error"]["code"] == -32600
    }

    /// A POST of a call with a progress token, which is also its id.
    pub(crate) fn progressing(&self, id: &str, tool: &str, arguments: Value) -> Request {
        let params = json!({"name": tool, "arguments": arguments, "_meta": {"progressToken": id}});
        self.post(&request(json!(id), "tools/call", params))
    }
}

/// A JSON-RPC request.
pub(crate) fn request(id: Value, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

pub(crate) fn initialize(revision: &str) -> Value {
    let params = json!({"protocolVersion": revision, "capabilities": {},
                        "clientInfo": {"name": "wire", "version": "1"}});
    request(json!(0), "initialize", params)
}

/// A request of 2026-07-28, its headers and `_meta` in order.
pub(crate) fn modern(method: &str, mut params: Value) -> Request {
    let meta = &mut params["_meta"];
    meta["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
    meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "wire", "version": "1"});
    meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
    let post = Request::post(&request(json!(1), method, params.clone()))
        .with("MCP-Protocol-Version", "2026-07-28")
        .with("Mcp-Method", method);
    match params["name"].as_str() {
        Some(name) => post.with("Mcp-Name", name),
        None => post,
    }
}

/// A call in the way of 2026-07-28.
pub(crate) fn call(tool: &str, arguments: Value) -> Request {
    modern("tools/call", json!({"name": tool, "arguments": arguments}))
}

/// The same with a progress token.
pub(crate) fn progressing(tool: &str, arguments: Value) -> Request {
    let params = json!({"name": tool, "arguments": arguments, "_meta": {"progressToken": "p"}});
    modern("tools/call", params)
}

/// The arguments of a program that prints back what it is sent.
pub(crate) fn cat() -> Value {
    json!({"command": "cat", "name": "cat", "timeout": 30})
}

/// A wait that ends when the program prints this.
pub(crate) fn wait_for(text: &str) -> Value {
    json!({"session_id": "cat", "since": 0, "wait_for": text, "timeout": 45})
}

/// What a call was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) is_error: bool,
    pub(crate) meta: Value,
}

impl Answer {
    /// What a JSON-RPC response with a tool's result says.
    #[track_caller]
    pub(crate) fn of(response: &Value) -> Self {
        let result = response.get("result");
        let result = result.unwrap_or_else(|| panic!("no result: {response}"));
        let blocks = result["content"].as_array().into_iter().flatten();
        let texts: Vec<&str> = blocks.filter_map(|it| it["text"].as_str()).collect();
        Self {
            text: texts.join("\n"),
            is_error: result["isError"] == true,
            meta: result["_meta"].clone(),
        }
    }

    /// A field of its status.
    pub(crate) fn status(&self, field: &str) -> &Value {
        &self.meta["rejoinder/status"][field]
    }

    /// The kind of failure that it is.
    pub(crate) fn error_type(&self) -> &str {
        self.meta["rejoinder/error"]["error_type"]
            .as_str()
            .unwrap_or_default()
    }
}
