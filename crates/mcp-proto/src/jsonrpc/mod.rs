//! JSON-RPC 2.0: ids, errors and messages, before any meaning is given to a method.

mod error;
mod id;
mod message;

pub use error::{RpcError, code};
pub use id::{InvalidId, MAX_ID_BYTES, ProgressToken, RequestId};
pub use message::{
    Malformed, Message, Notification, Request, Response, parse_batch, parse_message,
};
pub(crate) use message::{brief, text_of};
