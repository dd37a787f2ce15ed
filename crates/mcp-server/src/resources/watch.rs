//! Watching a resource: when to say that it changed.

use std::sync::Arc;

use super::address::{Address, View};
use crate::serve::Changed;
use crate::server::Server;

/// Tells when a resource changes, at most once in [`super::follow::WINDOW`], and a last time when
/// its session's program ends. What is not there, is somebody else's or has ended never changes.
pub(crate) async fn watch(server: Arc<Server>, uri: &str, owner: &str, changed: &Changed) {
    let Some(Address { session, view }) = Address::parse(uri) else {
        return;
    };
    if !server.may_watch(owner, &session) {
        return;
    }
    let Ok(session) = server.sessions().get(owner, &session).await else {
        return;
    };
    let followers = Arc::clone(server.followers());
    let mut standing = followers.follow(session, view == View::Info);
    let mut is_known = standing.borrow_and_update().is_some();
    while standing.changed().await.is_ok() {
        standing.mark_unchanged();
        if is_known {
            changed.tell();
        }
        // How it stands when watching begins is no change.
        is_known = true;
    }
    if is_known {
        changed.tell();
    }
}
