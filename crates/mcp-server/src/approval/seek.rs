//! The pipeline's step in which a person decides.

use std::time::SystemTime;

use mcp_proto::InputRequired;
use rejoinder_policy::{AuditRecord, Verdict};
use serde_json::json;

use super::{Asking, Consent, Matter};
use crate::failure::{ErrorType, Failure};
use crate::server::Server;

/// Why a call is not carried out now.
pub(crate) enum Held {
    /// It is not done.
    Failed(Failure),
    /// A person has to be asked first.
    Asks(InputRequired),
}

impl From<Failure> for Held {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Server {
    /// Has a person decide, where the client can ask one, and puts on record what comes of it.
    pub(crate) fn seek_consent(&self, matter: &Matter<'_>, asking: &Asking) -> Result<(), Held> {
        let now = SystemTime::now();
        let Matter { facts, verdict, .. } = matter;
        let record = |verdict: &Verdict| AuditRecord::new(facts, verdict, now);
        match self.approvals().consent(matter, asking, now) {
            Consent::Given(name) => {
                let approved = (*verdict).clone().approved();
                self.record(&record(&approved).with_approval(name))?;
                Ok(())
            }
            Consent::Refused { name, dismissed } => {
                let refusal = by_a_person(verdict, dismissed);
                let refused = (*verdict).clone().refused(&refusal.message);
                let record = record(&refused);
                self.record(&match name {
                    Some(name) => record.with_approval(name),
                    None => record,
                })?;
                Err(refusal.into())
            }
            Consent::Ask(name, question) => {
                self.record(&record(verdict).with_approval(name))?;
                Err(Held::Asks(question))
            }
            Consent::Impossible => Ok(self.enforce(facts, verdict)?),
            Consent::TooMany => {
                self.record(&record(verdict))?;
                let failure = Failure::new(
                    ErrorType::ResourceExhausted,
                    "too many calls were agreed to in the last five minutes",
                    "try again in five minutes; nothing was done",
                );
                Err(failure.into())
            }
        }
    }
}

/// A person was asked, and the answer was not yes.
fn by_a_person(verdict: &Verdict, dismissed: bool) -> Failure {
    let what = match dismissed {
        false => "a person was asked and said no",
        true => "a person was asked and made no choice",
    };
    Failure::new(
        ErrorType::PolicyDenied,
        format!("{what}: {}", verdict.reason()),
        "don't try it again by other means; ask what to do instead. Nothing was done",
    )
    .with_details(json!({"rule": verdict.rule().as_str(), "dismissed": dismissed}))
}
