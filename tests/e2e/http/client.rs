//! HTTP/1.1 as it goes over the wire, from a client that hides nothing: it writes what it is told,
//! piece by piece if need be, and shows statuses, headers and chunks as they come.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use mcp_proto::http::sse::{Event, Parser};
use serde_json::Value;

/// How long the server may be silent before it is taken for hung.
const PATIENCE: Duration = Duration::from_secs(120);

/// A request, as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    /// A request without a body, to the endpoint.
    pub(crate) fn new(method: &'static str) -> Self {
        Self {
            method,
            path: "/mcp".to_owned(),
            headers: vec![("Host".to_owned(), "localhost".to_owned())],
            body: Vec::new(),
        }
    }

    /// A POST of a message, with the headers that all of them have.
    pub(crate) fn post(message: &Value) -> Self {
        Self::new("POST")
            .with("Content-Type", "application/json")
            .with("Accept", "application/json, text/event-stream")
            .with_body(message.to_string().as_bytes())
    }

    /// The same to another path.
    pub(crate) fn to(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without a header.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    /// The same with another value of a header.
    pub(crate) fn instead(self, name: &str, value: &str) -> Self {
        self.without(name).with(name, value)
    }

    /// The same with this body.
    pub(crate) fn with_body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// The request as bytes, with its length declared.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head(&format!("Content-Length: {}\r\n", self.body.len()));
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The request as bytes, its body in chunks of this size.
    pub(crate) fn chunked(&self, size: usize) -> Vec<u8> {
        let mut bytes = self.head("Transfer-Encoding: chunked\r\n");
        for chunk in self.body.chunks(size) {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        bytes
    }

    fn head(&self, framing: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head.push_str(framing);
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// The beginning of a response.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
}

impl Head {
    /// A header's value; empty when it isn't there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map_or("", |(_, value)| value)
    }
}

/// A response that is complete.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn status(&self) -> u16 {
        self.head.status
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of the error that it is.
    #[track_caller]
    pub(crate) fn code(&self) -> i64 {
        self.json()["error"]["code"].as_i64().unwrap_or_default()
    }
}

/// One connection.
pub(crate) struct Connection {
    pipe: Box<dyn Pipe>,
    /// What was read and not understood yet.
    ahead: Vec<u8>,
}

/// A socket of either kind.
trait Pipe: Read + Write + Send {
    fn stop_writing(&self);
}

impl Pipe for TcpStream {
    fn stop_writing(&self) {
        self.shutdown(Shutdown::Write).unwrap();
    }
}

impl Pipe for UnixStream {
    fn stop_writing(&self) {
        self.shutdown(Shutdown::Write).unwrap();
    }
}

impl Connection {
    pub(crate) fn tcp(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self::over(stream))
    }

    pub(crate) fn unix(path: &Path) -> std::io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self::over(stream))
    }

    fn over(pipe: impl Pipe + 'static) -> Self {
        Self {
            pipe: Box::new(pipe),
            ahead: Vec::new(),
        }
    }

    /// Writes bytes as they are; whether anybody took them.
    pub(crate) fn try_write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.pipe.write_all(bytes)
    }

    #[track_caller]
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.try_write(bytes).unwrap();
    }

    #[track_caller]
    pub(crate) fn send(&mut self, request: &Request) {
        self.write(&request.bytes());
    }

    /// Says that nothing more is sent.
    pub(crate) fn stop_writing(&self) {
        self.pipe.stop_writing();
    }

    /// Sends a request and reads its whole response.
    #[track_caller]
    pub(crate) fn ask(&mut self, request: &Request) -> Response {
        self.send(request);
        self.response()
    }

    /// Reads a response to its end.
    #[track_caller]
    pub(crate) fn response(&mut self) -> Response {
        let head = self.head();
        let mut body = Vec::new();
        if head.header("transfer-encoding") == "chunked" {
            while let Some(chunk) = self.chunk() {
                body.extend_from_slice(&chunk);
            }
        } else if let Ok(length) = head.header("content-length").parse() {
            body = self.take(length);
        }
        Response { head, body }
    }

    /// Reads the head of a response.
    #[track_caller]
    pub(crate) fn head(&mut self) -> Head {
        let status = self.line().expect("the server answers");
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut headers = Vec::new();
        loop {
            let line = self.line().expect("the head has an end");
            let Some((name, value)) = line.split_once(':') else {
                assert!(line.is_empty(), "{line:?}");
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Head {
            status: status.expect("the head begins with a status"),
            headers,
        }
    }

    /// Reads a response that is a stream of events.
    #[track_caller]
    pub(crate) fn events(mut self) -> Events {
        let head = self.head();
        assert_eq!(head.header("content-type"), "text/event-stream", "{head:?}");
        assert_eq!(head.header("x-accel-buffering"), "no");
        assert_eq!(head.status, 200);
        Events {
            connection: self,
            parser: Parser::new(),
            unparsed: Vec::new(),
            comments: 0,
            ended: false,
        }
    }

    /// The next chunk of a chunked body; `None` at its end.
    #[track_caller]
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = self.line().expect("a chunk begins with its size");
        let size = usize::from_str_radix(&size, 16).unwrap();
        let chunk = self.take(size);
        assert_eq!(self.line().as_deref(), Some(""));
        (size > 0).then_some(chunk)
    }

    /// Whether the server has closed the connection, with nothing said before.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.ahead.is_empty() && !self.fill()
    }

    fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.ahead.windows(2).position(|two| two == b"\r\n") {
                let line = String::from_utf8(self.ahead[..end].to_vec()).unwrap();
                self.ahead.drain(..end + 2);
                return Some(line);
            }
            if !self.fill() {
                return None;
            }
        }
    }

    #[track_caller]
    fn take(&mut self, count: usize) -> Vec<u8> {
        while self.ahead.len() < count {
            assert!(self.fill(), "the body broke off");
        }
        self.ahead.drain(..count).collect()
    }

    /// Reads some more; false at the end. A connection that was reset has ended.
    fn fill(&mut self) -> bool {
        let mut bytes = [0; 64 * 1024];
        match self.pipe.read(&mut bytes) {
            Ok(count) => {
                self.ahead.extend_from_slice(&bytes[..count]);
                count > 0
            }
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => false,
            Err(error) => panic!("the server is silent: {error}"),
        }
    }
}

/// A response that is a stream of events, and the connection it comes by.
pub(crate) struct Events {
    connection: Connection,
    parser: Parser,
    unparsed: Vec<u8>,
    /// Chunks that held nothing but a comment.
    pub(crate) comments: usize,
    ended: bool,
}

impl Events {
    /// The next event; `None` when the stream ends in good order.
    #[track_caller]
    pub(crate) fn event(&mut self) -> Option<Event> {
        loop {
            let mut rest = &self.unparsed[..];
            let event = self.parser.next_event(&mut rest).unwrap();
            self.unparsed = rest.to_vec();
            if event.is_some() {
                return event;
            }
            if self.ended {
                return None;
            }
            match self.connection.chunk() {
                Some(chunk) if chunk == b":\n\n" => self.comments += 1,
                Some(chunk) => self.unparsed = chunk,
                None => self.ended = true,
            }
        }
    }

    /// The next message; an event without data is none.
    #[track_caller]
    pub(crate) fn message(&mut self) -> Option<Value> {
        loop {
            let event = self.event()?;
            if !event.data.is_empty() {
                return Some(serde_json::from_str(&event.data).unwrap());
            }
        }
    }

    /// The next message, which there has to be.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Value {
        self.message().expect("the stream goes on")
    }

    /// All messages up to the end of the stream.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.message()).collect()
    }

    /// Waits for a comment, before which no event may come.
    #[track_caller]
    pub(crate) fn comment(&mut self) {
        assert!(self.unparsed.is_empty());
        let chunk = self.connection.chunk().expect("the stream goes on");
        assert_eq!(String::from_utf8_lossy(&chunk), ":\n\n");
        self.comments += 1;
    }

    /// The id to resume by.
    pub(crate) fn last_id(&self) -> String {
        self.parser.last_event_id().to_owned()
    }

    /// After how many milliseconds to come back, if the server said so.
    pub(crate) fn retry_ms(&self) -> Option<u64> {
        self.parser.retry_ms()
    }

    /// The connection, once the stream has ended.
    #[track_caller]
    pub(crate) fn into_connection(self) -> Connection {
        assert!(self.ended, "the stream goes on");
        self.connection
    }
}
