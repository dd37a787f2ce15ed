//! The client's side: a stream of bytes, in whatever pieces, into events.

use memchr::memchr2;

/// How long an event may be unless told otherwise, in bytes of its lines: 16 MiB, like a line of
/// the stdio binding.
pub const MAX_EVENT_BYTES: usize = crate::framing::MAX_LINE_BYTES;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its type: `message` unless the stream says otherwise.
    pub kind: String,
    /// The id it came with or, failing that, the last one before it; empty when there was none.
    pub id: String,
    /// What it says. Empty in the event that a stream begins with.
    pub data: String,
}

/// An event is longer than the parser takes; the rest of the stream is not to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is longer than {limit} bytes")]
pub struct EventTooLong {
    limit: usize,
}

/// Cuts a stream into events, by the rules of WHATWG HTML, section 9.2.6.
///
/// The pieces that the bytes come in make no difference. What the stream ends in the middle of is
/// not an event.
///
/// # Example
///
/// ```
/// use mcp_proto::http::sse::Parser;
///
/// let mut parser = Parser::new();
/// let mut events = Vec::new();
/// for mut piece in [&b"id: 1-0\nretry: 500\nda"[..], b"ta\n\nid: 1-1\ndata: {}\n\n:\n\n"] {
///     while let Some(event) = parser.next_event(&mut piece)? {
///         events.push((event.id, event.data));
///     }
/// }
/// let expected = [("1-0", ""), ("1-1", "{}")];
/// assert_eq!(events, expected.map(|(id, data)| (id.to_owned(), data.to_owned())));
/// assert_eq!(parser.retry_ms(), Some(500));
/// # Ok::<(), mcp_proto::http::sse::EventTooLong>(())
/// ```
#[derive(Debug)]
pub struct Parser {
    limit: usize,
    /// The beginning of a line whose end hasn't come.
    line: Vec<u8>,
    /// The last byte was a carriage return, so a line feed belongs to it.
    after_cr: bool,
    /// No line has been read yet: a byte order mark may stand before it.
    at_start: bool,
    kind: String,
    /// The data lines so far, each with a line feed.
    data: String,
    last_id: String,
    retry_ms: Option<u64>,
}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl Parser {
    /// A parser at the beginning of a stream, for events of at most [`MAX_EVENT_BYTES`].
    pub fn new() -> Self {
        Self::with_limit(MAX_EVENT_BYTES)
    }

    /// A parser for events of which the data and any one line have at most `limit` bytes.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            after_cr: false,
            at_start: true,
            kind: String::new(),
            data: String::new(),
            last_id: String::new(),
            retry_ms: None,
        }
    }

    /// Takes bytes from the front of `input` up to the end of the next event. `None` when they
    /// are used up and no event is complete.
    ///
    /// # Errors
    ///
    /// When an event is too long. To go on reading the stream then makes no sense.
    pub fn next_event(&mut self, input: &mut &[u8]) -> Result<Option<Event>, EventTooLong> {
        while !input.is_empty() {
            if std::mem::take(&mut self.after_cr) && input[0] == b'\n' {
                *input = &input[1..];
                continue;
            }
            let Some(end) = memchr2(b'\r', b'\n', input) else {
                self.keep(input)?;
                *input = &[];
                break;
            };
            self.keep(&input[..end])?;
            self.after_cr = input[end] == b'\r';
            *input = &input[end + 1..];
            if let Some(event) = self.end_line()? {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// The last id of the stream: what to resume by. Empty when there was none.
    pub fn last_event_id(&self) -> &str {
        &self.last_id
    }

    /// After how many milliseconds the server wants a lost connection to be made anew.
    pub fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), EventTooLong> {
        self.check(self.line.len() + bytes.len())?;
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn check(&self, bytes: usize) -> Result<(), EventTooLong> {
        match bytes > self.limit {
            true => Err(EventTooLong { limit: self.limit }),
            false => Ok(()),
        }
    }

    fn end_line(&mut self) -> Result<Option<Event>, EventTooLong> {
        let mut line = std::mem::take(&mut self.line);
        let result = self.read_line(&line);
        // The buffer is used again.
        line.clear();
        self.line = line;
        result
    }

    fn read_line(&mut self, line: &[u8]) -> Result<Option<Event>, EventTooLong> {
        let line = match std::mem::take(&mut self.at_start) {
            true => line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line),
            false => line,
        };
        if line.is_empty() {
            return Ok(self.dispatch());
        }
        let line = String::from_utf8_lossy(line);
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => {
                self.check(self.data.len() + value.len())?;
                self.data.push_str(value);
                self.data.push('\n');
            }
            "event" => value.clone_into(&mut self.kind),
            "id" if !value.contains('\0') => value.clone_into(&mut self.last_id),
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry_ms = value.parse().ok().or(self.retry_ms);
            }
            _ => {}
        }
        Ok(None)
    }

    fn dispatch(&mut self) -> Option<Event> {
        let kind = std::mem::take(&mut self.kind);
        let mut data = std::mem::take(&mut self.data);
        data.pop()?;
        Some(Event {
            kind: match kind.is_empty() {
                true => "message".to_owned(),
                false => kind,
            },
            id: self.last_id.clone(),
            data,
        })
    }
}
