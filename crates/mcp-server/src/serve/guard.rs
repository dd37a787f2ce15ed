//! Work that panics is answered all the same.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use mcp_proto::RpcError;

use super::Work;

/// The work, whose answer is an internal error when it panics. The panic itself has been written
/// to standard error by then.
pub(crate) fn guarded(work: Work) -> Work {
    Box::pin(async move {
        // Nothing of the work is used afterwards; what it shares with others is behind locks
        // that don't poison.
        match AssertUnwindSafe(work).catch_unwind().await {
            Ok(answer) => answer,
            Err(_) => {
                tracing::error!("a request panicked; the fault is this server's");
                RpcError::internal(
                    "Internal error: the server failed at this request and goes on; its log says \
                     more",
                )
                .into()
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use mcp_proto::{Answer, ToolResult};

    use super::*;

    /// Promise: no request is left without an answer.
    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let fails = guarded(Box::pin(async { panic!("on purpose") }));
        let Answer::Error(error) = fails.await else {
            panic!("an error");
        };
        assert_eq!(error.code, mcp_proto::code::INTERNAL_ERROR);
        let works = guarded(Box::pin(async { ToolResult::text("x").into() }));
        assert!(matches!(works.await, Answer::Tool(_)));
    }
}
