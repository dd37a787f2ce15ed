//! What the fixture does that the conformance suite does not look at.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![allow(
    clippy::needless_pass_by_value,
    reason = "messages are written in place at the call"
)]

mod support;

mod asking;
mod cancelling;
mod changes;
mod http;
mod rounds;

use conformance_server::Fixture;
use mcp_server::serve::Host;

/// Promise: every schema on the list is one.
#[test]
fn schemas_are_valid() {
    let fixture = Fixture::new().expect("there is randomness");
    let catalogue = fixture.catalogue();
    catalogue.borrow().check_schemas().expect("valid schemas");
}
