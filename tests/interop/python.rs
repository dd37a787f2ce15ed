//! The Python client (PyPI `mcp`), driven by `client.py`.
//!
//! It validates every result against the negotiated revision and structured content against the
//! tool's output schema; what it refuses ends the script with an exception.

use serde_json::json;

use crate::conversation;
use crate::support::{LEGACY, MODERN, beside, bounded, installed, seen};
use crate::transport::{Served, Transport, cells};

cells! {
    /// The handshake of the `initialize` era, and everything after it.
    by_initialize: "legacy" => LEGACY;
    /// The client asks for `server/discover` first and stays in the era that it finds.
    finds_the_newest_era: "auto" => MODERN;
    /// No handshake at all: the first request stands for itself.
    without_a_handshake: MODERN => MODERN;
}

#[track_caller]
fn check(transport: Transport, mode: &str, revision: &str) {
    let served = Served::over(transport);
    let mut client = bounded(&installed("venv/bin/python"));
    client
        .arg("-I")
        .arg(beside("client.py"))
        .arg(mode)
        .args(served.target());
    let mut seen = seen(served.house(&mut client));
    if mode == MODERN {
        // Nobody has asked the server who it is.
        assert_eq!(seen["server"], json!(null));
        seen["server"] = json!({"name": "rejoinder"});
    }
    conversation::check(&seen, revision);

    // This client passes on what else the newest era has in a result, and only what was sent.
    let complete = (revision == MODERN).then_some("complete");
    assert_eq!(seen["line"]["resultType"].as_str(), complete);
    if revision == LEGACY {
        assert_eq!(seen["listing"]["page"], json!({}), "of a later revision");
    }
}
