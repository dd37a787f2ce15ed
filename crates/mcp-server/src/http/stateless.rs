//! Requests of 2026-07-28: each on its own, with a connection that ends with it.
//!
//! A request that is answered at once, or soon, is answered by one JSON object. When something is
//! to be said before the answer, or the answer takes so long that somebody on the way might take
//! the connection for a dead one, it becomes a stream of events. Where the client goes away, the
//! request is dropped with all that it does.

use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use futures_channel::mpsc;
use http::StatusCode;
use mcp_proto::http::sse;
use mcp_proto::{Era, Outcome, Outgoing, RequestKey};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::body;
use super::caller::Caller;
use super::exchange::{Exchange, Step};
use super::shared::Shared;
use super::subscription;
use crate::serve::{Hearing, Requester, Work};

/// Serves one message.
pub(super) async fn serve(shared: &Arc<Shared>, caller: &Caller, frame: &[u8]) -> Response {
    let mut connection = shared.connection();
    let mut outcomes = connection.handle_frame(frame).into_iter();
    let Some(first) = outcomes.next() else {
        return body::accepted();
    };
    let (sender, reports) = mpsc::unbounded();
    let principal = &caller.principal;
    let requester = |key: RequestKey| {
        let hearing = Hearing::lasting(connection.log_level(Some(key)));
        Requester::new(Arc::clone(principal), key, sender.clone(), hearing)
    };
    let host = Arc::clone(&shared.host);
    let (key, work): (RequestKey, Work) = match first {
        Outcome::Send(ack) if ack.regards().is_some() => {
            return subscription::open(shared, caller, frame);
        }
        Outcome::Send(answer) => return body::json(Era::Stateless, answer),
        Outcome::CallTool(call) => {
            let key = call.key;
            (key, host.call(call, requester(key)))
        }
        Outcome::Query(query) => {
            let key = query.key;
            (key, host.query(query, requester(key)))
        }
        Outcome::InvalidArguments(call, why) => {
            let answer = host.refuse(&call, &why, &requester(call.key));
            (call.key, Box::pin(std::future::ready(answer)))
        }
        _ => return body::accepted(),
    };
    let exchange = Exchange::new(
        connection,
        key,
        work,
        reports,
        shared.phases.clone(),
        shared.last_answer.clone(),
    );
    // Apart, as a subscription is opened without it.
    Box::pin(answer(shared, exchange)).await
}

fn whole(answer: Option<Outgoing>) -> Response {
    match answer {
        Some(answer) => body::json(Era::Stateless, answer),
        None => body::bare(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn answer(shared: &Arc<Shared>, mut exchange: Exchange) -> Response {
    let patience = Instant::now() + shared.config.keep_alive();
    let first = tokio::select! {
        biased;
        step = exchange.next() => match step {
            Step::Final(answer) => return whole(answer),
            Step::Interim(first) => sse::message(None, first.as_bytes()),
        },
        () = tokio::time::sleep_until(patience) => Bytes::from_static(sse::KEEP_ALIVE),
    };
    let Some(permit) = shared.stream_permit() else {
        // The answer alone is better than none.
        return without_stream(exchange).await;
    };
    let stream = Stream {
        exchange,
        keep_alive: keep_alive(shared),
        _permit: permit,
    };
    body::events((Some(first), Some(stream)), |(ready, stream)| async move {
        match (ready, stream) {
            (Some(ready), stream) => Some((ready, (None, stream))),
            (None, Some(stream)) => stream
                .next()
                .await
                .map(|(event, rest)| (event, (None, rest))),
            (None, None) => None,
        }
    })
}

async fn without_stream(mut exchange: Exchange) -> Response {
    loop {
        if let Step::Final(answer) = exchange.next().await {
            return whole(answer);
        }
    }
}

/// A request that is answered by events.
struct Stream {
    exchange: Exchange,
    keep_alive: Interval,
    _permit: OwnedSemaphorePermit,
}

impl Stream {
    /// The next event, and the stream, unless it ends with that.
    async fn next(mut self) -> Option<(Bytes, Option<Self>)> {
        let step = tokio::select! {
            biased;
            step = self.exchange.next() => step,
            _ = self.keep_alive.tick() => {
                return Some((Bytes::from_static(sse::KEEP_ALIVE), Some(self)));
            }
        };
        self.keep_alive.reset();
        match step {
            Step::Interim(outgoing) => Some((sse::message(None, outgoing.as_bytes()), Some(self))),
            Step::Final(answer) => {
                answer.map(|answer| (sse::message(None, answer.as_bytes()), None))
            }
        }
    }
}

/// Ticks whenever a stream was silent for long enough; reset it at each event.
pub(super) fn keep_alive(shared: &Shared) -> Interval {
    let every = shared.config.keep_alive();
    let mut ticks = tokio::time::interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
