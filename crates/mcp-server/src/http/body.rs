//! Responses: one JSON object, a stream of events, a refusal.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::{self, Stream};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use mcp_proto::http::{Refusal, answer_status, sse};
use mcp_proto::{Era, Outgoing};

use super::auth::Challenge;

/// Seconds after which a client that found no room may try again.
const TRY_AGAIN_S: u16 = 1;

/// An answer in one piece.
pub(super) fn json(era: Era, answer: Outgoing) -> Response {
    let status = answer_status(era, &answer);
    let mut response = Response::new(Body::from(answer.into_bytes()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// A message that was taken and that nothing answers.
pub(super) fn accepted() -> Response {
    bare(StatusCode::ACCEPTED)
}

/// A status without a body.
pub(super) fn bare(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// The answer to a browser that asks what a page may do, with these headers.
pub(super) fn preflight(headers: HeaderMap) -> Response {
    let mut response = bare(StatusCode::NO_CONTENT);
    *response.headers_mut() = headers;
    response
}

/// There is no room for this now.
pub(super) fn no_room() -> Response {
    let mut response = bare(StatusCode::SERVICE_UNAVAILABLE);
    let retry_after = HeaderValue::from(TRY_AGAIN_S);
    response.headers_mut().insert(RETRY_AFTER, retry_after);
    response
}

/// A request that is turned away.
pub(super) fn refused(refusal: Refusal) -> Response {
    refusal.into_response().map(Body::from)
}

/// A request of nobody known.
pub(super) fn challenged(challenge: Challenge) -> Response {
    let (status, headers, body) = challenge.into_response();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// A stream of events. `next` gives the bytes of the next one, and `None` at the end; what it
/// holds is dropped when the client goes away.
pub(super) fn events<S, F>(state: S, next: impl FnMut(S) -> F + Send + 'static) -> Response
where
    S: Send + 'static,
    F: Future<Output = Option<(Bytes, S)>> + Send + 'static,
{
    let events = stream::unfold(state, next);
    response_of(futures_util::StreamExt::map(
        events,
        Ok::<Bytes, std::convert::Infallible>,
    ))
}

/// A stream that ends without an event.
pub(super) fn nothing() -> Response {
    response_of(stream::empty())
}

fn response_of(
    events: impl Stream<Item = Result<Bytes, std::convert::Infallible>> + Send + 'static,
) -> Response {
    let mut response = Response::new(Body::from_stream(events));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(sse::CONTENT_TYPE));
    let no_cache = HeaderValue::from_static("no-cache, no-transform");
    headers.insert(CACHE_CONTROL, no_cache);
    // Has a proxy such as nginx hand on each event when it comes.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}
