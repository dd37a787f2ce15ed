//! Tools that are about what happens before a result: logs, progress, a stream that is closed,
//! a call that is given up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mcp_proto::{LogLevel, ToolResult};
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::{Call, Shown, Tool};
use crate::Fixture;

/// Time between two reports.
const STEP: Duration = Duration::from_millis(50);

/// How long a call goes on after its stream was closed.
const AWAY: Duration = Duration::from_millis(100);

/// How long the call takes that is there to be given up: a minute.
const LONG: Duration = Duration::from_secs(60);

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "test_tool_with_logging",
            "Logs three times, then answers.",
            with_logging,
        ),
        Tool::new(
            "test_logging_tool",
            "Logs once, then answers.",
            logging_tool,
        ),
        Tool::new(
            "test_tool_with_progress",
            "Reports progress three times, then answers.",
            with_progress,
        ),
        Tool::new(
            "test_reconnection",
            "Has its stream closed, then answers whoever comes back for it.",
            reconnection,
        ),
        Tool::new(
            "test_slow",
            "Takes a minute, and notes when it is given up before.",
            slow,
        )
        .shown(Shown::Never),
        Tool::new(
            "test_given_up",
            "Says how many calls of test_slow were given up, of how many that began.",
            given_up,
        )
        .shown(Shown::Never),
    ]
}

async fn pause(time: Duration) {
    sleep_until(Instant::now() + time).await;
}

fn log(call: &Call, text: &str) {
    let logger = Some("conformance-server");
    call.requester.log(LogLevel::Info, logger, json!(text));
}

async fn with_logging(call: Call) -> ToolResult {
    log(&call, "Tool execution started");
    pause(STEP).await;
    log(&call, "Tool processing data");
    pause(STEP).await;
    log(&call, "Tool execution completed");
    ToolResult::text("Logged three times.")
}

async fn logging_tool(call: Call) -> ToolResult {
    log(&call, "Tool was called");
    ToolResult::text("Logged once, for whoever asked to hear it.")
}

async fn with_progress(call: Call) -> ToolResult {
    for done in [0.0, 50.0, 100.0] {
        if done > 0.0 {
            pause(STEP).await;
        }
        let message = format!("Completed step {done} of 100");
        call.requester.progress(done, Some(100.0), Some(message));
    }
    ToolResult::text("Reported progress three times.")
}

async fn reconnection(call: Call) -> ToolResult {
    call.requester.close_stream();
    pause(AWAY).await;
    ToolResult::text("The stream was closed, and you came back.")
}

async fn slow(call: Call) -> ToolResult {
    call.fixture.slow.begun.fetch_add(1, Ordering::Relaxed);
    let mut watch = GivenUp(Some(call.fixture));
    pause(LONG).await;
    watch.0 = None;
    ToolResult::text("Nobody gave up.")
}

async fn given_up(call: Call) -> ToolResult {
    let given_up = call.fixture.slow.given_up.load(Ordering::Relaxed);
    let begun = call.fixture.slow.begun.load(Ordering::Relaxed);
    ToolResult::text(format!("{given_up} of {begun}"))
}

/// The calls of `test_slow`.
#[derive(Debug, Default)]
pub(crate) struct Slow {
    begun: AtomicU64,
    /// Those that were dropped before they came to their end.
    given_up: AtomicU64,
}

/// Tells the fixture when it is dropped with it still inside.
struct GivenUp(Option<Arc<Fixture>>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        if let Some(fixture) = &self.0 {
            fixture.slow.given_up.fetch_add(1, Ordering::Relaxed);
        }
    }
}
