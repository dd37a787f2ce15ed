//! The Model Context Protocol without IO: framing, dispatch, schemas, every revision since 2024-11-05
#![forbid(unsafe_code)]

mod catalogue;
mod client;
mod connection;
mod framing;
mod jsonrpc;
mod meta;
mod model;
mod revision;
mod server;
mod wire;

pub use catalogue::{
    ArgumentProblem, Catalogue, CatalogueBuilder, DEFAULT_PAGE_SIZE, InvalidArguments,
    InvalidCursor, InvalidTool, MAX_PROBLEMS,
};
pub use client::{CallResult, Client, Event, ServerDescription};
pub use connection::{Connection, Outcome, Outgoing, RequestKey, ToolCall};
pub use framing::{Line, LineFramer, MAX_LINE_BYTES};
pub use jsonrpc::{
    InvalidId, MAX_ID_BYTES, Malformed, Message, Notification, ProgressToken, Request, RequestId,
    Response, RpcError, code, parse_batch, parse_message,
};
pub use meta::{RequestContext, TraceContext};
pub use model::{
    Annotations, ClientCapabilities, Content, Icon, Implementation, LogLevel, Resource,
    ResourceBody, Role, ServerCapabilities, Tool, ToolAnnotations, ToolResult,
};
pub use revision::{Era, Revision, UnknownRevision};
pub use server::{CachePolicy, DEFAULT_MAX_IN_FLIGHT, DEFAULT_TTL_MS, MAX_BATCH_MESSAGES, Server};
