//! Watching a resource: when to say that it changed.

use std::sync::Arc;
use std::time::SystemTime;

use rejoinder_session::Session;

use super::address::{Address, View};
use crate::serve::Changed;
use crate::server::Server;

/// The reader who looks whether something happened: its position is nobody's.
const READER: &str = "";

/// Tells when a resource changes that is watched since then, at most once in
/// [`super::follow::WINDOW`], and a last time when its session's program ends. What is not there,
/// is somebody else's or has ended never changes.
pub(crate) async fn watch(
    server: Arc<Server>,
    uri: &str,
    owner: &str,
    since: SystemTime,
    changed: &Changed,
) {
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
    let mut standing = followers.follow(session.clone(), view == View::Info);
    if standing.wait_for(Option::is_some).await.is_err() {
        return;
    }
    // The client has been told that it watches before it was known how things stand.
    if has_acted(session, since).await {
        changed.tell();
    }
    while standing.changed().await.is_ok() {
        changed.tell();
    }
    changed.tell();
}

/// Whether the program printed, or was typed to, since then.
async fn has_acted(session: Session, since: SystemTime) -> bool {
    let info = session.glance(READER).await;
    info.is_ok_and(|info| info.last_activity >= since)
}
