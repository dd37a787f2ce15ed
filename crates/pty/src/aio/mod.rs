//! Leaders, pipes and process exits on tokio's reactor.
