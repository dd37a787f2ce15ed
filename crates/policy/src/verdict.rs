//! The answer of the policy: a decision with the rule, the reason and the remedy.
//!
//! A verdict is made for two readers, the program that obeys it and the agent or person who has to
//! do something about it; how it is shown to either is left to the caller.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is to happen with a call. Ordered by strictness: `Allow < Ask < Deny`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// The call goes ahead.
    #[default]
    Allow,
    /// A person has to agree first.
    Ask,
    /// The call is refused.
    Deny,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Decision::Allow => "allow",
            Decision::Ask => "ask",
            Decision::Deny => "deny",
        })
    }
}

/// The name of the rule that decided, such as `argv.deny:no-mkfs`, `paths.allowed_roots` or
/// `rate_limit`. The part before the colon is the configuration key, the part after it the rule's
/// own name or, for a rule without one, its index.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct RuleId(String);

impl RuleId {
    pub(crate) fn new(id: impl Into<String>) -> Self {
        RuleId(id.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The outcome of judging one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    decision: Decision,
    rule: RuleId,
    reason: String,
    remedy: Option<String>,
    retry_after: Option<Duration>,
}

impl Verdict {
    pub(crate) fn new(
        decision: Decision,
        rule: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Verdict {
            decision,
            rule: RuleId::new(rule),
            reason: reason.into(),
            remedy: None,
            retry_after: None,
        }
    }

    /// The verdict where nothing was there to object to.
    pub(crate) fn allow_by_default() -> Self {
        Verdict::new(Decision::Allow, "default", "no rule objects")
    }

    pub(crate) fn remedy_of(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    pub(crate) fn retry_in(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }

    /// The stricter of two verdicts; `self` where they are equally strict.
    #[must_use]
    pub(crate) fn or_stricter(self, other: Verdict) -> Verdict {
        if other.decision > self.decision {
            other
        } else {
            self
        }
    }

    /// The same rule's verdict after a person agreed; the rule still stands in it.
    #[must_use]
    pub fn approved(mut self) -> Self {
        self.decision = Decision::Allow;
        self
    }

    /// The same rule's verdict after a person refused, or made no choice.
    #[must_use]
    pub fn refused(mut self, reason: impl Into<String>) -> Self {
        self.decision = Decision::Deny;
        self.reason = reason.into();
        self.remedy = None;
        self
    }

    /// What is to happen.
    pub fn decision(&self) -> Decision {
        self.decision
    }

    /// Whether the call goes ahead without further ado.
    pub fn is_allowed(&self) -> bool {
        self.decision == Decision::Allow
    }

    /// The rule that decided.
    pub fn rule(&self) -> &RuleId {
        &self.rule
    }

    /// What happened, and to what: one sentence without a final stop.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What to do next, where there is anything to do.
    pub fn remedy(&self) -> Option<&str> {
        self.remedy.as_deref()
    }

    /// How long to wait before the same call is accepted; `Some` only where the rate limit decided.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (rule {})", self.decision, self.reason, self.rule)?;
        match &self.remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}
