//! The endpoint `/mcp`, and the documents beside it: who may ask, who asks, and for what.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use mcp_proto::RpcError;
use mcp_proto::http::{
    AccessRules, DeleteHead, GetHead, Peek, PostHead, Refusal, Route, Verb, check_mirrors,
};
use tokio::time::Instant;

use super::auth::METADATA_PATH;
use super::body;
use super::phase::Phase;
use super::shared::Shared;
use super::stateless;

/// Where the endpoint is.
pub(super) const PATH: &str = "/mcp";

/// How long a client may take to send the body of a request: 30 seconds.
const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// The endpoint as one listener has it.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) shared: Arc<Shared>,
    pub(super) access: Arc<AccessRules>,
}

/// Everything that is served.
pub(super) fn router(endpoint: Endpoint) -> Router {
    Router::new()
        .route(PATH, any(serve))
        .route(METADATA_PATH, get(metadata))
        .route(&format!("{METADATA_PATH}{PATH}"), get(metadata))
        .with_state(endpoint)
}

/// What OAuth clients need to know of this server (RFC 9728).
async fn metadata(State(endpoint): State<Endpoint>, request: Request) -> Response {
    if let Err(refusal) = endpoint.access.check(request.uri(), request.headers()) {
        return body::refused(refusal);
    }
    let Some(metadata) = endpoint.shared.authenticator.metadata() else {
        return body::bare(StatusCode::NOT_FOUND);
    };
    let mut response = Response::new(Body::from(metadata.to_string()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

async fn serve(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let Endpoint { shared, access } = endpoint;
    let (head, body) = request.into_parts();
    if let Err(refusal) = access.check(&head.uri, &head.headers) {
        return body::refused(refusal);
    }
    let principal: Arc<str> = match shared.authenticator.authenticate(&head.headers).await {
        Ok(principal) => principal.as_str().into(),
        Err(challenge) => return body::challenged(challenge),
    };
    if shared.phases.has_come(Phase::Draining) {
        return body::no_room();
    }
    let headers = &head.headers;
    let served = match Verb::of(&head.method) {
        Ok(Verb::Post) => post(&shared, &principal, headers, body).await,
        Ok(Verb::Get) => open_stream(&shared, &principal, headers),
        Ok(Verb::Delete) => end_session(&shared, &principal, headers),
        Err(refusal) => Err(refusal),
    };
    served.unwrap_or_else(body::refused)
}

async fn post(
    shared: &Arc<Shared>,
    principal: &Arc<str>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let head = PostHead::read(headers)?;
    let frame = read(headers, body, shared.config.max_body_bytes).await?;
    let peek = Peek::read(&frame)?;
    match Route::decide(&head, &peek)? {
        Route::Stateless => {
            check_mirrors(&head, &peek, &shared.catalogue())?;
            Ok(stateless::serve(shared, principal, &frame).await)
        }
        Route::Initialize => Ok(shared.sessions.begin(shared, principal, &frame)),
        Route::Session(id) => {
            let session = shared.sessions.get(id, principal);
            let session = session.ok_or_else(|| Refusal::unknown_session(peek.id))?;
            Ok(session.post(shared, &frame).await)
        }
        _ => Err(Refusal::session_required(peek.id)),
    }
}

fn open_stream(
    shared: &Arc<Shared>,
    principal: &Arc<str>,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let head = GetHead::read(headers)?;
    let session = shared.sessions.get(head.session, principal);
    let session = session.ok_or_else(|| Refusal::unknown_session(None))?;
    Ok(session.get(shared, head.last_event_id))
}

fn end_session(
    shared: &Arc<Shared>,
    principal: &Arc<str>,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let head = DeleteHead::read(headers)?;
    match shared.sessions.end(head.session, principal) {
        true => Ok(body::bare(StatusCode::NO_CONTENT)),
        false => Err(Refusal::unknown_session(None)),
    }
}

/// The whole body, if it comes in time and is not too long.
async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Refusal> {
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(too_long(limit));
    }
    let whole = Limited::new(body, limit).collect();
    match tokio::time::timeout_at(Instant::now() + BODY_PATIENCE, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_long(limit)),
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

    /// Promise: one byte beyond the limit is one too many, declared or not.
    #[tokio::test]
    async fn a_body_has_a_limit() {
        let body = || Body::from(TEXT);
        assert!(status(body(), TEXT.len()).await.is_ok());
        assert_eq!(status(body(), TEXT.len() - 1).await, Err(413));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("17"));
        let endless = pieces(Vec::new(), Duration::ZERO, false);
        let refusal = read(&headers, endless, 16).await.unwrap_err();
        assert_eq!(refusal.status, 413);
    }
}
