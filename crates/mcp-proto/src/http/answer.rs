//! The status of an answer that is one JSON object.

use http::StatusCode;

use crate::connection::Outgoing;
use crate::revision::Era;

/// The HTTP status of a response that isn't a stream, by the era of its request.
///
/// In 2026-07-28 an unknown method is 404, a request that lacks what `_meta` must have, names an
/// unspoken revision, needs an undeclared capability or is no message is 400, and any other error
/// is 200 like a result: also -32602 about anything but `_meta`. Before that, 404 means that the
/// session is gone, so an unknown method is 200.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use mcp_proto::{Catalogue, Connection, Implementation, Outcome, Server};
/// use mcp_proto::Era;
/// use mcp_proto::http::answer_status;
///
/// # let server = Arc::new(Server::new(Implementation::new("clock", "1.0.0")));
/// # let tools = Arc::new(Catalogue::builder().build().unwrap());
/// # let mut connection = Connection::new(server, tools);
/// let frame = br#"{"jsonrpc":"2.0","id":1,"method":"no/such"}"#;
/// let outcomes = connection.handle_frame(frame);
/// let [Outcome::Send(answer)] = &outcomes[..] else { panic!() };
/// assert_eq!(answer_status(Era::Stateless, answer), 404);
/// assert_eq!(answer_status(Era::Initialize, answer), 200);
/// ```
pub fn answer_status(era: Era, answer: &Outgoing) -> StatusCode {
    match (era, answer.http_status()) {
        (_, 400) => StatusCode::BAD_REQUEST,
        (Era::Stateless, 404) => StatusCode::NOT_FOUND,
        _ => StatusCode::OK,
    }
}
