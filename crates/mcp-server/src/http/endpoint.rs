//! The endpoint `/mcp`, and the documents beside it: who may ask, who asks, and for what.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use mcp_proto::RpcError;
use mcp_proto::http::{
    AccessRules, DeleteHead, ENDPOINT_METHODS, GetHead, Page, Peek, PostHead, Refusal, Route, Verb,
    check_mirrors,
};
use tokio::time::Instant;

use super::auth::METADATA_PATH;
use super::body;
use super::caller::Caller;
use super::phase::Phase;
use super::shared::Shared;
use super::stateless;

/// Where the endpoint is.
pub(super) const PATH: &str = "/mcp";

/// What a page may ask the documents for.
const METADATA_METHODS: &str = "GET";

/// How long a client may take to send the body of a request: 30 seconds.
const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// How long a body is read that is refused anyway: 5 seconds.
const DISCARD_PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of a body that are read in vain where it is too long: 16 MiB, the most that any may have.
const EXCESS: usize = 16 << 20;

/// The endpoint as one listener has it.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) shared: Arc<Shared>,
    pub(super) access: Arc<AccessRules>,
}

/// Everything that is served.
pub(super) fn router(endpoint: Endpoint) -> Router {
    let documents = || get(metadata).fallback(no_document);
    Router::new()
        .route(PATH, any(serve))
        .route(METADATA_PATH, documents())
        .route(&format!("{METADATA_PATH}{PATH}"), documents())
        .with_state(endpoint)
}

/// What OAuth clients need to know of this server (RFC 9728).
async fn metadata(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let page = match endpoint.access.admit(request.uri(), request.headers()) {
        Ok(page) => page,
        Err(refusal) => return body::refused(refusal),
    };
    let response = match endpoint.shared.authenticator.metadata() {
        Some(metadata) => {
            let mut response = Response::new(Body::from(metadata.to_string()));
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        None => body::bare(StatusCode::NOT_FOUND),
    };
    shared_with(page, response)
}

/// Whatever else the documents are asked for: the preflights of pages, and what is not allowed.
async fn no_document(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let not_allowed = body::bare(StatusCode::METHOD_NOT_ALLOWED);
    // What comes from no page is told so without being judged.
    if !request.headers().contains_key(ORIGIN) {
        return not_allowed;
    }
    let page = match endpoint.access.admit(request.uri(), request.headers()) {
        Ok(page) => page,
        Err(refusal) => return body::refused(refusal),
    };
    let preflight = page
        .as_ref()
        .and_then(|page| page.preflight(request.method(), request.headers(), METADATA_METHODS));
    match preflight {
        Some(headers) => body::preflight(headers),
        None => shared_with(page, not_allowed),
    }
}

async fn serve(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let Endpoint { shared, access } = endpoint;
    let (head, body) = request.into_parts();
    let page = match access.admit(&head.uri, &head.headers) {
        Ok(page) => page,
        Err(refusal) => {
            Box::pin(discard(&head.headers, body, shared.config.max_body_bytes)).await;
            return body::refused(refusal);
        }
    };
    let preflight = page
        .as_ref()
        .and_then(|page| page.preflight(&head.method, &head.headers, ENDPOINT_METHODS));
    match preflight {
        Some(headers) => body::preflight(headers),
        None => shared_with(page, answer(&shared, &head, body).await),
    }
}

/// Lets the page that a request came from read the response.
fn shared_with(page: Option<Page>, mut response: Response) -> Response {
    if let Some(page) = page {
        page.share(response.headers_mut());
    }
    response
}

/// Answers a request of somebody who may talk to us.
async fn answer(shared: &Arc<Shared>, head: &Parts, body: Body) -> Response {
    match admit(shared, head).await {
        Ok((caller, verb)) => {
            let headers = &head.headers;
            let served = match verb {
                // Apart, so that a request which opens a stream is small: what it took is a gap
                // between what the stream keeps and what the next one does.
                Verb::Post => Box::pin(post(shared, &caller, headers, body)).await,
                Verb::Get => open_stream(shared, &caller, headers),
                Verb::Delete => end_session(shared, &caller, headers),
            };
            let response = served.unwrap_or_else(body::refused);
            response.map(|body| shared.unread.count(body))
        }
        Err(refused) => {
            Box::pin(discard(&head.headers, body, shared.config.max_body_bytes)).await;
            refused
        }
    }
}

/// Who asks, and in what way; or the response that says why not.
async fn admit(shared: &Shared, head: &Parts) -> Result<(Caller, Verb), Response> {
    let identity = shared.authenticator.authenticate(&head.headers).await;
    let identity = identity.map_err(body::challenged)?;
    if shared.phases.has_come(Phase::Draining) {
        return Err(body::no_room());
    }
    let verb = Verb::of(&head.method).map_err(body::refused)?;
    if verb == Verb::Post {
        // Judged here, while nothing of the body is read.
        PostHead::read(&head.headers).map_err(body::refused)?;
    }
    Ok((identity.into(), verb))
}

async fn post(
    shared: &Arc<Shared>,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let head = PostHead::read(headers)?;
    let frame = read(headers, body, shared.config.max_body_bytes).await?;
    let peek = Peek::read(&frame)?;
    match Route::decide(&head, &peek)? {
        Route::Stateless => {
            check_mirrors(&head, &peek, &shared.catalogue())?;
            Ok(stateless::serve(shared, caller, &frame).await)
        }
        Route::Initialize => Ok(shared.sessions.begin(shared, &caller.principal, &frame)),
        Route::Session(id) => {
            let session = shared.sessions.get(id, &caller.principal);
            let session = session.ok_or_else(|| Refusal::unknown_session(peek.id))?;
            Ok(session.post(shared, &frame).await)
        }
        _ => Err(Refusal::session_required(peek.id)),
    }
}

fn open_stream(
    shared: &Arc<Shared>,
    caller: &Caller,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let head = GetHead::read(headers)?;
    let session = shared.sessions.get(head.session, &caller.principal);
    let session = session.ok_or_else(|| Refusal::unknown_session(None))?;
    Ok(session.get(shared, caller, head.last_event_id))
}

fn end_session(
    shared: &Arc<Shared>,
    caller: &Caller,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let head = DeleteHead::read(headers)?;
    match shared.sessions.end(head.session, &caller.principal) {
        true => Ok(body::bare(StatusCode::NO_CONTENT)),
        false => Err(Refusal::unknown_session(None)),
    }
}

/// The whole body, if it comes in time and is not too long.
async fn read(headers: &HeaderMap, mut body: Body, limit: usize) -> Result<Bytes, Refusal> {
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if let Some(length) = declared.filter(|length| *length > limit) {
        // One that would not get to its end is not begun.
        if length <= limit + EXCESS {
            discard(headers, body, length).await;
        }
        return Err(too_long(limit));
    }
    let whole = Limited::new(&mut body, limit).collect();
    match tokio::time::timeout_at(Instant::now() + BODY_PATIENCE, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            discard(headers, body, EXCESS).await;
            Err(too_long(limit))
        }
        Ok(Err(error)) => Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            RpcError::invalid_request(format!("Invalid request: the body broke off: {error}")),
        )),
        Err(_) => Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            RpcError::invalid_request(format!(
                "Invalid request: the body did not come within {} s",
                BODY_PATIENCE.as_secs()
            )),
        )),
    }
}

/// Reads a body, or `limit` bytes of it, to no purpose but that its client gets to the response:
/// one that is writing when the connection closes may never see why. A client that waits to be
/// asked for its body is not asked.
async fn discard(headers: &HeaderMap, mut body: Body, limit: usize) {
    if headers.contains_key(EXPECT) {
        return;
    }
    let all = async {
        let mut left = limit;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(length) {
                Some(less) => left = less,
                None => return,
            }
        }
    };
    // What comes after that is cut off.
    let _ = tokio::time::timeout_at(Instant::now() + DISCARD_PATIENCE, all).await;
}

fn too_long(limit: usize) -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        RpcError::invalid_request(format!(
            "Invalid request: the body has more than {limit} bytes, the most that is taken"
        )),
    )
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};

    use super::*;

    /// A body that comes in these pieces, one each `pause`, and then ends or doesn't.
    fn pieces(pieces: Vec<&'static [u8]>, pause: Duration, ends: bool) -> Body {
        let pieces = stream::iter(pieces).then(move |piece| async move {
            tokio::time::sleep_until(Instant::now() + pause).await;
            Ok::<_, Infallible>(Bytes::from_static(piece))
        });
        match ends {
            true => Body::from_stream(pieces),
            false => Body::from_stream(pieces.chain(stream::pending())),
        }
    }

    async fn status(body: Body, limit: usize) -> Result<Bytes, u16> {
        let read = read(&HeaderMap::new(), body, limit).await;
        read.map_err(|refusal| refusal.status.as_u16())
    }

    const TEXT: &[u8] = b"{\"jsonrpc\":\"2.0\"}";

    /// Promise: however a body is cut, it is the same.
    #[tokio::test(start_paused = true)]
    async fn a_body_comes_in_any_pieces() {
        for cut in 0..=TEXT.len() {
            let (one, two) = TEXT.split_at(cut);
            let body = pieces(vec![one, two], Duration::from_secs(1), true);
            assert_eq!(status(body, TEXT.len()).await.unwrap(), TEXT);
        }
        let body = pieces(TEXT.chunks(1).collect(), Duration::from_secs(1), true);
        assert_eq!(status(body, TEXT.len()).await.unwrap(), TEXT);
    }

    /// Promise: a body that takes too long is given up, whether it stops or trickles.
    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_given_up() {
        let started = Instant::now();
        let stops = pieces(vec![TEXT], Duration::ZERO, false);
        assert_eq!(status(stops, 1024).await, Err(408));
        assert_eq!(started.elapsed(), BODY_PATIENCE);
        let trickles = pieces(TEXT.chunks(1).collect(), Duration::from_secs(2), true);
        assert_eq!(status(trickles, 1024).await, Err(408));
    }

    /// Promise: a body that nobody wants is read to its end, for the client's sake, but neither for
    /// long nor without a limit, and not when the client would rather not send it.
    #[tokio::test(start_paused = true)]
    async fn an_unwanted_body_is_read_in_vain() {
        let pause = Duration::from_millis(100);
        let took = async |headers: &HeaderMap, body: Body, limit: usize| {
            let started = Instant::now();
            discard(headers, body, limit).await;
            started.elapsed()
        };
        let body = || pieces(TEXT.chunks(1).collect(), pause, true);
        let none = HeaderMap::new();
        assert_eq!(took(&none, body(), 1024).await, 17 * pause);
        assert_eq!(took(&none, body(), 9).await, 10 * pause);
        let endless = pieces(vec![TEXT], pause, false);
        assert_eq!(took(&none, endless, 1024).await, DISCARD_PATIENCE);
        let mut expects = HeaderMap::new();
        expects.insert(EXPECT, HeaderValue::from_static("100-continue"));
        assert_eq!(took(&expects, body(), 1024).await, Duration::ZERO);
    }

    /// Promise: one byte beyond the limit is one too many, declared or not.
    #[tokio::test]
    async fn a_body_has_a_limit() {
        let body = || Body::from(TEXT);
        assert!(status(body(), TEXT.len()).await.is_ok());
        assert_eq!(status(body(), TEXT.len() - 1).await, Err(413));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("17"));
        headers.insert(EXPECT, HeaderValue::from_static("100-continue"));
        let endless = pieces(Vec::new(), Duration::ZERO, false);
        let refusal = read(&headers, endless, 16).await.unwrap_err();
        assert_eq!(refusal.status, 413);
    }
}
