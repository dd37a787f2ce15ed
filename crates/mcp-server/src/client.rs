//! A blocking client that starts a server as its child and talks to it over
//! standard input and output, as MCP clients do.
//!
//! It drives the demo, the end-to-end tests and the benchmarks. For a client of
//! your own, [`mcp_proto::Client`] is the part without IO.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use mcp_proto::{
    CallResult, Client as Core, Event, Implementation, Line, LineFramer, LogLevel, ProgressToken,
    RequestId, Revision, RpcError, ServerDescription,
};
use rejoinder_pty::{Interest, PollEntry, poll};
use serde_json::{Map, Value};

/// How long an answer may take before the server is taken for hung.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server, started as a child, and the client's side of its connection.
///
/// # Example
///
/// ```no_run
/// use mcp_server::client::StdioClient;
/// use std::process::Command;
///
/// let mut client = StdioClient::spawn(&mut Command::new("mcp-server"))?;
/// client.initialize("2025-11-25".parse()?)?;
/// let answer = client.call("list_sessions", serde_json::json!({}))?;
/// println!("{}", answer.text());
/// # Ok::<(), anyhow::Error>(())
/// ```
pub struct StdioClient {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    framer: LineFramer,
    frames: VecDeque<Vec<u8>>,
    core: Core,
    /// Frames that were not the answer awaited, oldest first.
    events: VecDeque<Event>,
}

impl std::fmt::Debug for StdioClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StdioClient")
            .field("pid", &self.child.id())
            .finish_non_exhaustive()
    }
}

impl StdioClient {
    /// Starts the server. Its standard error stays where the command sends it.
    ///
    /// # Errors
    ///
    /// When the server cannot be started.
    pub fn spawn(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {:?}", command.get_program()))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("the child has no output")?;
        Ok(Self {
            child,
            stdin,
            stdout,
            framer: LineFramer::new(),
            frames: VecDeque::new(),
            core: Core::new(me()),
            events: VecDeque::new(),
        })
    }

    /// Declares what the client can be asked for (`ClientCapabilities`); before it says anything.
    pub fn declare(&mut self, capabilities: Map<String, Value>) {
        self.core = Core::new(me()).with_capabilities(capabilities);
    }

    /// The server's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Opens the connection with `initialize`, proposing this revision.
    ///
    /// # Errors
    ///
    /// When the server refuses, ends or hangs.
    pub fn initialize(&mut self, revision: Revision) -> Result<ServerDescription> {
        let (_, line) = self.core.initialize(revision);
        self.send(&line)?;
        self.ready()
    }

    /// Opens the connection with `server/discover` (2026-07-28).
    ///
    /// # Errors
    ///
    /// When the server refuses, ends or hangs.
    pub fn discover(&mut self) -> Result<ServerDescription> {
        let (_, line) = self.core.discover();
        self.send(&line)?;
        self.ready()
    }

    fn ready(&mut self) -> Result<ServerDescription> {
        loop {
            match self.next_event()? {
                Event::Ready { server, reply } => {
                    if let Some(line) = reply {
                        self.send(&line)?;
                    }
                    return Ok(server);
                }
                Event::Send(line) => self.send(&line)?,
                Event::Failed { error, .. } => bail!("the server refused the connection: {error}"),
                other => self.events.push_back(other),
            }
        }
    }

    /// The tools, of all pages.
    ///
    /// # Errors
    ///
    /// When the server refuses, ends or hangs.
    pub fn list_tools(&mut self) -> Result<Vec<Value>> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let (_, line) = self.core.list_tools(cursor.as_deref());
            self.send(&line)?;
            loop {
                match self.next_event()? {
                    Event::Tools {
                        tools, next_cursor, ..
                    } => {
                        all.extend(tools);
                        cursor = next_cursor;
                        break;
                    }
                    Event::Failed { error, .. } => bail!("tools/list failed: {error}"),
                    other => self.events.push_back(other),
                }
            }
            if cursor.is_none() {
                return Ok(all);
            }
        }
    }

    /// Calls a tool and waits for its result.
    ///
    /// # Errors
    ///
    /// When the call is a protocol error, or the server ends or hangs. A tool
    /// that failed is a result with `is_error`.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Result<CallResult> {
        let id = self.begin_call(tool, arguments, None)?;
        self.finish_call(&id)
    }

    /// Calls a tool without waiting for its result.
    ///
    /// # Errors
    ///
    /// When the server no longer reads.
    pub fn begin_call(
        &mut self,
        tool: &str,
        arguments: Value,
        progress: Option<&ProgressToken>,
    ) -> Result<RequestId> {
        let (id, line) = self.core.call_tool(tool, arguments, progress);
        self.send(&line)?;
        Ok(id)
    }

    /// Waits for the result of a call that was begun; other results that come
    /// first are kept for their own turn.
    ///
    /// # Errors
    ///
    /// As [`StdioClient::call`].
    pub fn finish_call(&mut self, wanted: &RequestId) -> Result<CallResult> {
        outcome(self.wait_for(|event| answers(event, wanted))?)
    }

    /// Calls a tool again with the answers to what the server asked (2026-07-28).
    ///
    /// # Errors
    ///
    /// When the server no longer reads.
    pub fn begin_call_again(
        &mut self,
        tool: &str,
        arguments: Value,
        responses: Map<String, Value>,
        state: Option<&str>,
    ) -> Result<RequestId> {
        let (id, line) = self.core.call_tool_again(tool, arguments, responses, state);
        self.send(&line)?;
        Ok(id)
    }

    /// Answers what the server asked ([`Event::Asked`]).
    ///
    /// # Errors
    ///
    /// When the server no longer reads.
    pub fn respond(&mut self, id: &RequestId, result: &Value) -> Result<()> {
        let line = self.core.answer(id, &Ok(result.clone()));
        self.send(&line)
    }

    /// Asks for log messages of this severity and above, from now on.
    ///
    /// # Errors
    ///
    /// When the server ends, hangs, or has none.
    pub fn set_log_level(&mut self, level: LogLevel) -> Result<()> {
        let Some((wanted, line)) = self.core.set_log_level(level) else {
            return Ok(());
        };
        self.send(&line)?;
        match self.wait_for(|event| answers(event, &wanted))? {
            Event::Done { .. } => Ok(()),
            other => bail!("no level is set: {other:?}"),
        }
    }

    /// Makes a request that has no method of its own here, without waiting for its result.
    ///
    /// # Errors
    ///
    /// When the server no longer reads.
    pub fn begin_request(
        &mut self,
        method: &str,
        params: &Map<String, Value>,
    ) -> Result<RequestId> {
        let (id, line) = self.core.request(method, params);
        self.send(&line)?;
        Ok(id)
    }

    /// Makes a request that has no method of its own here, and waits for its result; an error of
    /// the protocol is a result, too.
    ///
    /// # Errors
    ///
    /// When the server ends or hangs.
    pub fn request(
        &mut self,
        method: &str,
        params: &Map<String, Value>,
    ) -> Result<std::result::Result<Value, RpcError>> {
        let wanted = self.begin_request(method, params)?;
        match self.wait_for(|event| answers(event, &wanted))? {
            Event::Done { result, .. } => Ok(Ok(result)),
            Event::Failed { error, .. } => Ok(Err(error)),
            other => bail!("no result of a request: {other:?}"),
        }
    }

    /// Waits for an event; others that come first are kept for their own turn.
    ///
    /// # Errors
    ///
    /// When the server ends or hangs.
    pub fn wait_for(&mut self, wanted: impl Fn(&Event) -> bool) -> Result<Event> {
        let kept = self.events.iter().position(&wanted);
        if let Some(event) = kept.and_then(|index| self.events.remove(index)) {
            return Ok(event);
        }
        loop {
            let event = self.next_event()?;
            if wanted(&event) {
                return Ok(event);
            }
            self.events.push_back(event);
        }
    }

    /// Gives a call up: its result, should one come, is ignored.
    ///
    /// # Errors
    ///
    /// When the server no longer reads.
    pub fn cancel(&mut self, id: &RequestId, reason: &str) -> Result<()> {
        let line = self.core.cancel(id, reason);
        self.send(&line)
    }

    /// Events that came while something else was awaited.
    pub fn take_events(&mut self) -> Vec<Event> {
        self.events.drain(..).collect()
    }

    /// Sends bytes as they are, for who wants to misbehave.
    ///
    /// # Errors
    ///
    /// When the server no longer reads.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let stdin = self.stdin.as_mut().context("standard input is closed")?;
        stdin.write_all(bytes).context("the server does not read")
    }

    /// The next line from the server, understood.
    ///
    /// # Errors
    ///
    /// When the server ends or hangs.
    pub fn next_event(&mut self) -> Result<Event> {
        let frame = self.next_frame()?.context("the server ended")?;
        Ok(self.core.handle_frame(&frame))
    }

    /// The next line from the server, `None` when it has closed its output.
    ///
    /// # Errors
    ///
    /// When the server hangs, or sends a line beyond the limit.
    pub fn next_frame(&mut self) -> Result<Option<Vec<u8>>> {
        let deadline = Instant::now() + PATIENCE;
        let mut buffer = [0; 64 * 1024];
        while self.frames.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            let mut entries = [PollEntry::new(self.stdout.as_fd(), Interest::READABLE)];
            if poll(&mut entries, Some(left))? == 0 {
                bail!("the server gave no answer in {} s", PATIENCE.as_secs());
            }
            let count = self.stdout.read(&mut buffer)?;
            if count == 0 {
                return Ok(None);
            }
            let mut rest = &buffer[..count];
            while let Some(line) = self.framer.next_line(&mut rest) {
                match line {
                    Line::Frame(frame) => self.frames.push_back(frame.to_vec()),
                    Line::TooLong { limit } => bail!("the server sent a line over {limit} bytes"),
                }
            }
        }
        Ok(self.frames.pop_front())
    }

    /// Closes the server's standard input, without waiting for its end.
    pub fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Closes the connection and waits for the server's end.
    ///
    /// # Errors
    ///
    /// When it cannot be waited for.
    pub fn close(&mut self) -> Result<ExitStatus> {
        self.close_input();
        while self.next_frame()?.is_some() {}
        Ok(self.child.wait()?)
    }
}

impl Drop for StdioClient {
    fn drop(&mut self) {
        self.stdin = None;
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            // The server ends by itself once its input is closed.
            let _ = self.child.wait();
        }
    }
}

fn me() -> Implementation {
    Implementation::new("rejoinder-client", env!("CARGO_PKG_VERSION"))
}

fn answers(event: &Event, wanted: &RequestId) -> bool {
    match event {
        Event::ToolResult { id, .. } | Event::Done { id, .. } => id == wanted,
        Event::Failed { id, .. } => id.as_ref() == Some(wanted),
        _ => false,
    }
}

fn outcome(event: Event) -> Result<CallResult> {
    match event {
        Event::ToolResult { result, .. } => Ok(result),
        Event::Failed { error, .. } => bail!("the call failed: {error}"),
        other => bail!("no result of a call: {other:?}"),
    }
}
