//! The Streamable HTTP binding of both eras, as functions over the parts of a request.
//!
//! Nothing here reads a socket: an HTTP server hands over methods, headers and bodies of the
//! `http` crate and gets decisions back. Every step that can turn a request away returns a
//! [`Refusal`], which is a whole response. A server asks in this order:
//!
//! 1. [`AccessRules::admit`], for whatever comes: may this host and this page talk to us? A
//!    [`Page`] may only ask whether it may ([`Page::preflight`]), and may read each response
//!    ([`Page::share`]).
//! 2. Authentication, which is the server's own.
//! 3. [`Verb::of`], then [`PostHead`], [`GetHead`] or [`DeleteHead`]: may such a head stand here?
//! 4. For a POST, once its body is there, [`Peek::read`] and [`Route::decide`]: who serves it?
//!    For [`Route::Stateless`] also [`check_mirrors`]: do headers and body agree?
//! 5. [`Connection::handle_frame`](crate::Connection::handle_frame) with the body. What comes out
//!    is sent as one JSON object with [`answer_status`], or as a stream of [`sse`] events, kept in
//!    an [`EventLog`] where the client's revision resumes streams.
//!
//! # Example
//!
//! ```
//! use http::Request;
//! use mcp_proto::Catalogue;
//! use mcp_proto::http::{AccessRules, Peek, PostHead, Refusal, Route, Verb, check_mirrors};
//!
//! fn route(request: &Request<Vec<u8>>, tools: &Catalogue) -> Result<Route, Refusal> {
//!     AccessRules::loopback(8765).check(request.uri(), request.headers())?;
//!     assert_eq!(Verb::of(request.method())?, Verb::Post);
//!     let head = PostHead::read(request.headers())?;
//!     let peek = Peek::read(request.body())?;
//!     let route = Route::decide(&head, &peek)?;
//!     if route == Route::Stateless {
//!         check_mirrors(&head, &peek, tools)?;
//!     }
//!     Ok(route)
//! }
//!
//! let request = Request::post("/mcp")
//!     .header("Host", "127.0.0.1:8765")
//!     .header("Content-Type", "application/json")
//!     .header("Accept", "application/json, text/event-stream")
//!     .body(br#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#.to_vec())
//!     .unwrap();
//! let tools = Catalogue::builder().build().unwrap();
//! assert_eq!(route(&request, &tools), Ok(Route::Initialize));
//! ```
//!
//! # Limits
//!
//! The size of heads and bodies is the HTTP server's to limit.
//!
//! | what | limit |
//! | --- | --- |
//! | streams of one session in an [`EventLog`] | [`DEFAULT_LOG_STREAMS`], 16,384 |
//! | events and bytes kept of them to be sent again | [`DEFAULT_LOG_EVENTS`], 1,024; [`DEFAULT_LOG_BYTES`], 1 MiB |
//! | an event that a [`sse::Parser`] takes | [`sse::MAX_EVENT_BYTES`], 16 MiB |
//! | an integer that a header mirrors | [`MAX_MIRRORED_INTEGER`], 2^53 − 1 |

mod access;
mod answer;
mod event_log;
mod head;
mod media;
mod mirrors;
mod names;
mod page;
mod peek;
mod refusal;
mod route;
mod session_id;
pub mod sse;
mod value;

pub use access::{AccessRules, InvalidRule};
pub use answer::answer_status;
pub use event_log::{
    CannotReplay, DEFAULT_LOG_BYTES, DEFAULT_LOG_EVENTS, DEFAULT_LOG_STREAMS, EventLog,
    EventLogLimits, Replay, StreamId,
};
pub use head::{DeleteHead, ENDPOINT_METHODS, GetHead, NamedRevision, PostHead, Verb};
pub use mirrors::{MAX_MIRRORED_INTEGER, check_mirrors};
pub use names::{LAST_EVENT_ID, METHOD, NAME, PROTOCOL_VERSION, SESSION_ID};
pub use page::Page;
pub use peek::{BodyKind, Peek};
pub use refusal::Refusal;
pub use route::Route;
pub use session_id::{InvalidSessionId, SessionId};
pub use value::{InvalidValue, decode_value, encode_value};
