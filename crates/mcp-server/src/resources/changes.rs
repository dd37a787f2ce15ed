//! Changes of the list of resources: sessions that begin, and that are forgotten.
//!
//! The sessions that this server starts are noticed at once, and so is the end of every session
//! that it has started or listed. One that another server starts is noticed by whoever lists.

use std::collections::HashSet;
use std::sync::Arc;

use mcp_proto::ChangedList;
use parking_lot::Mutex;
use rejoinder_session::{Identity, Info, Session, SessionId};

use crate::serve::Change;
use crate::server::Server;

/// The sessions whose end is waited for; as many as there are.
#[derive(Debug, Default)]
pub(crate) struct Noticed(Mutex<HashSet<SessionId>>);

impl Server {
    /// A session was started: its owner's list is another.
    pub(crate) fn has_started(self: &Arc<Self>, session: &Session) {
        self.announce(&session.identity().owner);
        self.notice(session);
    }

    /// A session was found: its end will be a change of its owner's list.
    pub(crate) async fn has_listed(self: &Arc<Self>, info: &Info) {
        let Identity { id, owner, .. } = &info.identity;
        // What is left of an ended session is forgotten by and by, without a word of it.
        if info.status.state.is_exited() || self.noticed().0.lock().contains(id) {
            return;
        }
        if let Ok(session) = self.sessions().get(owner, &id.to_string()).await {
            self.notice(&session);
        }
    }

    fn notice(self: &Arc<Self>, session: &Session) {
        let Identity { id, owner, .. } = session.identity().clone();
        if !self.noticed().0.lock().insert(id) {
            return;
        }
        let forgotten = session.forgotten();
        let server = Arc::downgrade(self);
        tokio::spawn(async move {
            forgotten.await;
            if let Some(server) = server.upgrade() {
                server.noticed().0.lock().remove(&id);
                server.announce(&owner);
            }
        });
    }

    fn announce(&self, owner: &str) {
        let change = Change {
            list: ChangedList::Resources,
            principal: Some(owner.into()),
        };
        self.has_changed(change);
    }
}
