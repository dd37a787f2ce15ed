//! What clients have not read yet, counted over all connections.
//!
//! An answer stays in memory until its client has taken it, and there may be a thousand clients.
//! While few bytes wait nobody is hurried; when many do, those clients are given up that take
//! nothing ([`Patient`](super::patient::Patient)).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// Bytes that may wait before clients are hurried: 64 MiB.
pub(super) const MAX_UNREAD: usize = 64 << 20;

/// The count.
#[derive(Clone, Debug, Default)]
pub(super) struct Unread(Arc<AtomicUsize>);

impl Unread {
    /// Whether more waits than should.
    pub(super) fn is_too_much(&self) -> bool {
        self.0.load(Ordering::Relaxed) > MAX_UNREAD
    }

    /// The same bytes, counted until they are dropped.
    pub(super) fn hold(&self, bytes: Bytes) -> Bytes {
        self.0.fetch_add(bytes.len(), Ordering::Relaxed);
        let count = self.clone();
        Bytes::from_owner(Held { bytes, count })
    }

    /// A body whose bytes are counted from when the connection takes them until they are written.
    pub(super) fn count(&self, body: Body) -> Body {
        Body::new(Counted {
            body,
            count: self.clone(),
        })
    }
}

struct Held {
    bytes: Bytes,
    count: Unread,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Unread(count) = &self.count;
        count.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

struct Counted {
    body: Body,
    count: Unread,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        let count = &self.count;
        frame.map_ok(|frame| frame.map_data(|bytes| count.hold(bytes)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    /// Promise: bytes count from when they are taken until all that holds them is gone.
    #[tokio::test]
    async fn bytes_count_while_they_are_held() {
        let unread = Unread::default();
        let mut body = unread.count(Body::from("hello"));
        assert_eq!(body.size_hint().exact(), Some(5));
        assert_eq!(unread.0.load(Ordering::Relaxed), 0);
        let frame = body.frame().await.unwrap().unwrap();
        let bytes = frame.into_data().unwrap();
        assert_eq!(unread.0.load(Ordering::Relaxed), 5);
        let part = bytes.slice(1..2);
        drop((bytes, body));
        assert_eq!(unread.0.load(Ordering::Relaxed), 5);
        drop(part);
        assert_eq!(unread.0.load(Ordering::Relaxed), 0);
    }

    /// Promise: there is room for [`MAX_UNREAD`] and for no byte more.
    #[test]
    fn there_is_a_limit() {
        let unread = Unread::default();
        let all = unread.hold(Bytes::from(vec![0; MAX_UNREAD]));
        assert!(!unread.is_too_much());
        let more = unread.hold(Bytes::from_static(b"x"));
        assert!(unread.is_too_much());
        drop(all);
        assert!(!unread.is_too_much());
        drop(more);
    }
}
