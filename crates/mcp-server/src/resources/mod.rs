//! Sessions as resources: what a client reads, lists and watches by URI.
//!
//! A session has up to four: its screen, its output, its transcript and what is known about it.
//! Reading one is a call like any other and passes the pipeline. What a program printed is data
//! from a stranger, and is shown as the tools show it.

pub(crate) mod address;
pub(crate) mod changes;
pub(crate) mod follow;
pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod watch;

use mcp_proto::{CachePolicy, CatalogueBuilder};

use address::View;

/// Sessions come and go and change: nothing of them may be kept.
pub(crate) const NEVER_KEPT: CachePolicy = CachePolicy {
    ttl_ms: 0,
    public: false,
};

#[cfg(test)]
mod tests;

/// Adds the templates to what clients are told of the server.
pub(crate) fn offered(catalogue: CatalogueBuilder) -> CatalogueBuilder {
    View::ALL
        .iter()
        .fold(catalogue.dynamic_resources(), |catalogue, view| {
            catalogue.template(view.template())
        })
}
