//! What a client's notifications lead to.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tracing::debug;

use super::Connection;
use super::in_flight::Kind;
use super::outcome::Outcome;
use crate::jsonrpc::{Notification, RequestId};

impl Connection {
    pub(super) fn handle_notification(
        &mut self,
        note: &Notification<'_>,
        outcomes: &mut Vec<Outcome>,
    ) {
        match note.method.as_ref() {
            "notifications/initialized" => self.initialized(outcomes),
            "notifications/cancelled" => self.cancelled(note.params, outcomes),
            method => debug!(method, "ignored a notification"),
        }
    }

    fn initialized(&mut self, outcomes: &mut Vec<Outcome>) {
        let Some(session) = self.session.as_mut().filter(|session| !session.ready) else {
            debug!("ignored notifications/initialized: there is no handshake to complete");
            return;
        };
        session.ready = true;
        outcomes.push(Outcome::Initialized(session.context.clone()));
    }

    fn cancelled(&mut self, params: Option<&str>, outcomes: &mut Vec<Outcome>) {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Cancelled<'a> {
            #[serde(borrow)]
            request_id: &'a RawValue,
            reason: Option<Value>,
        }
        let params = params.and_then(|text| serde_json::from_str::<Cancelled<'_>>(text).ok());
        let target = params.as_ref().and_then(|params| {
            let id = RequestId::parse(params.request_id.get()).ok()?;
            self.requests.key_of(&id)
        });
        // It may have crossed the answer on the wire, which is nobody's fault.
        let Some((key, params)) = target.zip(params) else {
            debug!("ignored a cancellation of no request in flight");
            return;
        };
        if matches!(
            self.requests.get(key).map(|request| &request.kind),
            Some(Kind::Subscription(_)) | None
        ) {
            return outcomes.extend(self.abandon(key));
        }
        let reason = params
            .reason
            .and_then(|reason| reason.as_str().map(str::to_owned));
        outcomes.push(Outcome::Cancel { key, reason });
        outcomes.extend(self.abandon(key));
    }
}
