//! The Model Context Protocol without IO.
//!
//! Use this crate to offer tools to a language model's client over any transport: standard
//! streams, a socket, HTTP, memory. It reads and writes bytes that you carry; it never waits,
//! reads a clock, opens anything or starts a task. One [`Connection`] serves clients of every
//! revision since 2024-11-05 from the same domain types.
//!
//! # Example
//!
//! A server whose tools answer at once is a [`Service`], a function from frames to frames:
//!
//! ```
//! use mcp_proto::{Implementation, Server, Service, ToolDefinition, arguments};
//!
//! arguments! {
//!     /// Where.
//!     pub struct Zone {
//!         /// A time zone's name.
//!         pub name: Option<String> {"maxLength": 64},
//!     }
//! }
//!
//! let service = Service::builder(Server::new(Implementation::new("clock", "1.0.0")))
//!     .function(ToolDefinition::new("now", "Tells the time."), |zone: Zone, _| {
//!         format!("noon in {}", zone.name.unwrap_or_else(|| "UTC".to_owned()))
//!     })
//!     .build()?;
//!
//! let mut connection = service.connection();
//! let answers = service.handle(&mut connection, br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
//! assert_eq!(answers[0].as_bytes(), br#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
//! # Ok::<(), mcp_proto::InvalidEntry>(())
//! ```
//!
//! `examples/calculator.rs` is a whole server in 40 lines, `examples/echo.rs` one that asks its
//! user back, with a client of it on a [`Loopback`].
//!
//! A server whose tools take their time, run elsewhere or are cancelled works with the
//! [`Connection`] itself:
//!
//! ```
//! use std::sync::Arc;
//! use mcp_proto::{Catalogue, Connection, Implementation, Outcome, Server, ToolDefinition, ToolResult};
//! use mcp_proto::LineFramer;
//!
//! let server = Arc::new(Server::new(Implementation::new("clock", "1.0.0")));
//! let tools = Catalogue::builder().tool(ToolDefinition::new("now", "Tells the time.")).build()?;
//! let mut connection = Connection::new(server, Arc::new(tools));
//!
//! let mut framer = LineFramer::new();
//! let mut read: &[u8] = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
//! let mut written = Vec::new();
//! while let Some(line) = framer.next_line(&mut read) {
//!     for outcome in connection.handle_line(line) {
//!         match outcome {
//!             Outcome::Send(answer) => written.extend(answer.into_line()),
//!             Outcome::CallTool(call) => {
//!                 let answer = connection.finish(call.key, &ToolResult::text("noon"));
//!                 written.extend(answer.into_iter().flat_map(|answer| answer.into_line()));
//!             }
//!             _ => {}
//!         }
//!     }
//! }
//! assert_eq!(written, b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n");
//! # Ok::<(), mcp_proto::InvalidEntry>(())
//! ```
//!
//! # Concepts
//!
//! - A **revision** ([`Revision`]) is a date. Those up to 2025-11-25 begin with an `initialize`
//!   handshake; 2026-07-28 has none, and each request says itself by what revision it is to be
//!   served and what its client can do. These are the two **eras** ([`Era`]), and both may be
//!   spoken on one connection at a time, request by request.
//! - A [`Server`] is who you are, a [`Catalogue`] what you offer. Both are shared by connections
//!   and cost nothing until used: lists are written once per revision when first asked for, a
//!   schema is compiled when its tool is first called.
//! - A [`Connection`] turns what a client sends into [`Outcome`]s. A [`ToolCall`] is yours to
//!   run, a [`Query`] yours to find out, wherever you like; its [`RequestKey`] is what you answer
//!   it by, report progress by, and are told by when the client gives up on it.
//! - An [`Answer`] may be a question ([`InputRequired`]): to the user, to the user's model, for
//!   the client's roots. The same request comes again with what was answered ([`Input`]). That is
//!   how 2026-07-28 does it; clients before it are asked by requests of the connection's own, of
//!   which a handler notices nothing. What a client doesn't declare it is never asked.
//! - A [`Service`] is all of that with the handlers in it, for servers that answer at once; a
//!   [`Tool`] has [`Arguments`] that are read from JSON and know their schema.
//! - A [`ToolResult`] is written for the revision of its request: what that doesn't know is left
//!   out, or, where something would be lost (a link, sound), said in text.
//! - Over HTTP, module [`http`] says of each request who serves it or why it is refused.
//! - A [`StateSealer`] protects what a server gives a client to bring back (`requestState`).
//! - Three kinds of failure: a frame or request that is wrong ([`RpcError`], answered here), a
//!   call whose arguments don't fit ([`InvalidArguments`], yours to put into words), a tool that
//!   fails ([`ToolResult::error`], which the model sees).
//!
//! # What each revision gets
//!
//! | | 2024-11-05 | 2025-03-26 | 2025-06-18 | 2025-11-25 | 2026-07-28 |
//! | --- | --- | --- | --- | --- | --- |
//! | opening | `initialize` | `initialize` | `initialize` | `initialize` | none, or `server/discover` |
//! | tools, prompts, resources and their templates | yes | yes | yes | yes | yes |
//! | `completion/complete` | undeclared | yes | yes | yes | yes |
//! | `ping`, `logging/setLevel` | yes | yes | yes | yes | no |
//! | batches | no | yes | no | no | no |
//! | tool annotations, audio, progress messages | no | yes | yes | yes | yes |
//! | titles, `structuredContent`, resource links | no | no | yes | yes | yes |
//! | icons | no | no | no | yes | yes |
//! | structured results other than objects | no | no | no | no | yes |
//! | `resultType`, `ttlMs`, `cacheScope`, `serverInfo` in `_meta` | no | no | no | no | yes |
//! | announcements of changed lists | unasked | unasked | unasked | unasked | `subscriptions/listen` |
//! | changes of a resource | `resources/subscribe` | `resources/subscribe` | `resources/subscribe` | `resources/subscribe` | `subscriptions/listen` |
//! | log messages | by level set | by level set | by level set | by level set | by request |
//! | sampling, roots | asked | asked | asked | asked | `input_required` |
//! | forms | no | no | asked | asked | `input_required` |
//! | pages to visit | no | no | no | asked, `notifications/elicitation/complete` | `input_required` |
//! | tools in sampling | no | no | no | asked | `input_required` |
//! | code of a resource that isn't there | -32002 | -32002 | -32002 | -32002 | -32602 |
//!
//! # What each method leads to
//!
//! | method | needs | leads to |
//! | --- | --- | --- |
//! | `initialize`, `ping`, `server/discover` | | an answer; [`Outcome::Initialized`] when the handshake is complete |
//! | `tools/list`, `prompts/list`, `resources/templates/list` | the capability | an answer from the [`Catalogue`], page by page |
//! | `tools/call` | tools | [`Outcome::CallTool`], or [`Outcome::InvalidArguments`] |
//! | `resources/list` | resources | an answer, or [`QueryKind::ListResources`] where they come and go |
//! | `resources/read` | resources | [`QueryKind::ReadResource`] |
//! | `resources/subscribe`, `resources/unsubscribe` | `subscribe` of resources | an answer; [`Outcome::Watch`] for the first, [`Outcome::Unwatch`] for the last |
//! | `subscriptions/listen` | | an acknowledgement of what is declared, and the same |
//! | `prompts/get` | prompts | [`QueryKind::GetPrompt`], its arguments checked |
//! | `completion/complete` | completions | [`QueryKind::Complete`] |
//! | `logging/setLevel` | logging | an answer |
//! | `notifications/cancelled` | | [`Outcome::Cancel`] |
//!
//! # Limits
//!
//! | what | limit |
//! | --- | --- |
//! | a line | [`MAX_LINE_BYTES`], 16 MiB; [`LineFramer::with_limit`] |
//! | nesting of JSON | 128 levels (serde_json) |
//! | an id or progress token | [`MAX_ID_BYTES`], 1,024 bytes |
//! | requests in flight per connection | [`DEFAULT_MAX_IN_FLIGHT`], 16,384; [`Server::with_max_in_flight`] |
//! | messages in a batch | [`MAX_BATCH_MESSAGES`], 256 |
//! | items on a page of a list | [`DEFAULT_PAGE_SIZE`], 1,000; [`CatalogueBuilder::page_size`] |
//! | problems named of one call's arguments | [`MAX_PROBLEMS`], 8 |
//! | a resource's URI in a request | [`MAX_URI_BYTES`], 8,192 bytes |
//! | resources watched per connection | [`MAX_WATCHED`], 1,024, those of every subscription counted |
//! | questions of one answer | [`MAX_INPUT_REQUESTS`], 32 |
//! | values of one completion | [`MAX_COMPLETIONS`], 100; the value typed so far 4,096 bytes |
//! | a `requestState` | [`MAX_STATE_BYTES`], 64 KiB |
//! | streams over HTTP | see [`http`] |
//!
//! # Where the specification leaves a choice
//!
//! - Ids are strings or integers. `1.0` is the integer 1 and is echoed as `1.0`; `1.5` is refused
//!   with an error that echoes it; `null` is refused. See [`RequestId`].
//! - An error to a message whose id can't be told has `"id":null`, as JSON-RPC 2.0 asks, and from
//!   2025-11-25 no `id`, as the schema does.
//! - A second request with an id that is in flight is refused by an error without an id (the id
//!   is in its `data`), so that the first request's answer isn't mistaken.
//! - A second `initialize` settles the revision anew; calls in flight keep theirs.
//! - `null` in place of `params`, `arguments`, `cursor` and other optional members counts as
//!   absent.
//! - `initialize` for an unknown revision is answered with the newest that has a handshake;
//!   `server/discover` and error -32022 list every revision, of both eras.
//! - Members of the schema that a request's revision doesn't know are ignored, not refused.
//! - A question to the user that the client answers by an error, or not in time, counts as
//!   dismissed; any other question fails its request. A question that isn't needed any more is
//!   taken back by `notifications/cancelled`.
//! - A batch is of 2025-03-26 in all its members: a request with the `_meta` of 2026-07-28 in it
//!   is refused.
//! - A cursor of a list that has changed since is refused. Where resources come and go it names
//!   the last resource of its page and is refused when that has gone.
//! - Contents that don't say how long they may be kept, and lists of resources that come and go,
//!   have `ttlMs` 0.
//!
//! # Features
//!
//! None: everything is always there.

#![forbid(unsafe_code)]

mod catalogue;
mod client;
mod connection;
mod framing;
pub mod http;
mod jsonrpc;
mod memory;
mod meta;
mod model;
mod request_state;
mod revision;
mod server;
mod service;
mod wire;

pub use catalogue::{
    ArgumentProblem, Catalogue, CatalogueBuilder, DEFAULT_PAGE_SIZE, InvalidArguments,
    InvalidCursor, InvalidEntry, MAX_PROBLEMS, MirroredParameter, MirroredType,
};
pub use client::{CallResult, Client, Event, ServerDescription};
pub use connection::{
    Answer, ChangedList, Connection, Input, MAX_URI_BYTES, MAX_WATCHED, Outcome, Outgoing, Query,
    QueryKind, RequestKey, ToolCall,
};
pub use framing::{Line, LineFramer, MAX_LINE_BYTES};
pub use jsonrpc::{
    InvalidId, MAX_ID_BYTES, Malformed, Message, Notification, ProgressToken, Request, RequestId,
    Response, RpcError, code, parse_batch, parse_message,
};
pub use memory::Loopback;
pub use meta::{RequestContext, TraceContext};
pub use model::{
    Annotations, ClientCapabilities, Completion, CompletionRequest, CompletionTarget, Content,
    Elicited, Icon, Implementation, InputRequest, InputRequired, InputResponses, LogLevel,
    MAX_COMPLETIONS, MAX_INPUT_REQUESTS, Prompt, PromptArgument, PromptMessage, PromptResult,
    PromptsCapability, Resource, ResourceBody, ResourceContents, ResourceTemplate,
    ResourcesCapability, Role, ServerCapabilities, ToolAnnotations, ToolDefinition, ToolResult,
};
pub use request_state::{MAX_STATE_BYTES, StateRefused, StateSealer, StateTooLong};
pub use revision::{Era, Revision, UnknownRevision};
pub use server::{CachePolicy, DEFAULT_MAX_IN_FLIGHT, DEFAULT_TTL_MS, MAX_BATCH_MESSAGES, Server};
pub use service::{Arguments, CallContext, Field, NoArguments, Service, ServiceBuilder, Tool};

/// What `arguments!` expands to; no part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use serde::{Deserialize, Deserializer};
    pub use serde_json::{Value, json};

    pub use crate::service::{Members, ObjectSchema};
}

/// The examples of the README are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
