//! The one entry that every call passes.

use crate::config::PolicyConfig;
use crate::error::ConfigError;
use crate::facts::CallFacts;
use crate::rate::RateLimiter;
use crate::rules::Rules;
use crate::verdict::{Decision, Verdict};

/// A compiled policy: the rules and the rate limiter's state.
///
/// Judging changes the limiter, so a policy shared between threads sits in a mutex; a call is
/// judged in microseconds and never blocks.
#[derive(Debug)]
pub struct Policy {
    rules: Rules,
    limiter: RateLimiter,
}

impl Policy {
    /// Compiles a configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the key that is wrong: a pattern that does not parse or is too large,
    /// a rule without a pattern, a root that is not absolute, a number out of its range.
    pub fn new(config: &PolicyConfig) -> Result<Self, ConfigError> {
        Ok(Policy {
            rules: Rules::new(config)?,
            limiter: RateLimiter::new(&config.rate_limit)?,
        })
    }

    /// Judges one call: takes a token from the client's bucket, then holds every fact against the
    /// rules. A call that is refused by a rule has used its token too.
    pub fn judge(&mut self, call: &CallFacts<'_>) -> Verdict {
        match self.limiter.try_acquire(call.client(), call.now()) {
            Ok(()) => self.rules.judge(call),
            Err(retry) => Verdict::new(
                Decision::Deny,
                "rate_limit",
                format!("client `{}` has made too many calls", call.client()),
            )
            .remedy_of(format!("try again in {} ms", retry.as_millis_rounded_up()))
            .retry_in(retry.after()),
        }
    }

    /// The rules without the rate limit, to ask what would be decided without counting a call.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}
