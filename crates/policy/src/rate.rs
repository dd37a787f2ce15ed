//! A token bucket per client, on a clock that the caller supplies.
//!
//! Kept in the form of the generic cell rate algorithm: a bucket is the one instant at which it
//! will be full again. A call moves that instant on by one refill interval and is accepted as long
//! as it stays within the bucket's depth. The arithmetic is exact, a bucket cannot overflow, and a
//! full bucket need not be remembered, which is what lets idle clients be forgotten without loss.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::config::RateLimitConfig;
use crate::error::ConfigError;
use crate::facts::ClientId;

/// A refusal by the rate limit: how long until the next call is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many calls: try again in {} ms", self.as_millis_rounded_up())]
pub struct RetryAfter {
    after: Duration,
}

impl RetryAfter {
    /// The time after which one call is accepted, provided that no other came in between.
    pub fn after(self) -> Duration {
        self.after
    }

    /// The same in whole milliseconds, rounded up, so that waiting them is always enough.
    pub fn as_millis_rounded_up(self) -> u128 {
        self.after.as_nanos().div_ceil(1_000_000)
    }
}

/// The buckets of all clients.
///
/// # Example
///
/// ```
/// use std::time::{Duration, Instant};
/// use rejoinder_policy::{ClientId, RateLimitConfig, RateLimiter};
///
/// let config = RateLimitConfig { capacity: 1, refill_per_second: 10.0, ..Default::default() };
/// let mut limiter = RateLimiter::new(&config)?;
/// let (client, now) = (ClientId::new("stdio"), Instant::now());
/// assert!(limiter.try_acquire(&client, now).is_ok());
/// let retry = limiter.try_acquire(&client, now).unwrap_err();
/// assert_eq!(retry.after(), Duration::from_millis(100));
/// assert!(limiter.try_acquire(&client, now + retry.after()).is_ok());
/// # Ok::<(), rejoinder_policy::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct RateLimiter {
    limit: Option<Limit>,
    full_at: HashMap<ClientId, Instant>,
    latest: Option<Instant>,
}

#[derive(Debug)]
struct Limit {
    interval: Duration,
    depth: Duration,
    max_clients: usize,
}

impl RateLimiter {
    /// A limiter with every bucket full.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] where a number is out of the range that [`RateLimitConfig`] gives for it.
    pub fn new(config: &RateLimitConfig) -> Result<Self, ConfigError> {
        let limit = config.enabled.then(|| Limit::new(config)).transpose()?;
        Ok(RateLimiter {
            limit,
            full_at: HashMap::new(),
            latest: None,
        })
    }

    /// Takes one token from the client's bucket.
    ///
    /// A `now` before one that was seen already counts as that later one, so that a caller whose
    /// threads read the clock and reach the limiter in different orders gains and loses nothing.
    ///
    /// # Errors
    ///
    /// [`RetryAfter`] where the bucket is empty; the call has then cost nothing.
    pub fn try_acquire(&mut self, client: &ClientId, now: Instant) -> Result<(), RetryAfter> {
        let Some(limit) = &self.limit else {
            return Ok(());
        };
        let now = self.latest.map_or(now, |latest| latest.max(now));
        self.latest = Some(now);

        let full_at = self
            .full_at
            .get(client)
            .map_or(now, |full_at| (*full_at).max(now));
        let after_call = full_at.duration_since(now) + limit.interval;
        if after_call > limit.depth {
            return Err(RetryAfter {
                after: after_call - limit.depth,
            });
        }
        if !self.full_at.contains_key(client) && self.full_at.len() >= limit.max_clients {
            self.make_room(now);
        }
        self.full_at.insert(client.clone(), now + after_call);
        Ok(())
    }

    /// The number of clients whose bucket is remembered.
    pub fn tracked_clients(&self) -> usize {
        self.full_at.len()
    }

    /// The calls that a client could make at `now`, or `None` where nothing is limited.
    pub fn available(&self, client: &ClientId, now: Instant) -> Option<u32> {
        let limit = self.limit.as_ref()?;
        let now = self.latest.map_or(now, |latest| latest.max(now));
        let used = self.full_at.get(client).map_or(Duration::ZERO, |full_at| {
            full_at.saturating_duration_since(now)
        });
        let free = limit.depth.saturating_sub(used).as_nanos() / limit.interval.as_nanos();
        u32::try_from(free).ok()
    }

    /// Forgets the clients whose bucket is full again, or else the one nearest to it.
    fn make_room(&mut self, now: Instant) {
        let before = self.full_at.len();
        self.full_at.retain(|_, full_at| *full_at > now);
        if self.full_at.len() < before {
            return;
        }
        let fullest = self.full_at.iter().min_by_key(|(_, full_at)| **full_at);
        if let Some(client) = fullest.map(|(client, _)| client.clone()) {
            self.full_at.remove(&client);
        }
    }
}

impl Limit {
    fn new(config: &RateLimitConfig) -> Result<Self, ConfigError> {
        let RateLimitConfig {
            capacity,
            refill_per_second,
            max_clients,
            ..
        } = *config;
        if !(1..=1_000_000).contains(&capacity) {
            return Err(out_of_range("capacity", capacity, "1 to 1000000"));
        }
        if !(0.001..=1_000_000.0).contains(&refill_per_second) {
            return Err(out_of_range(
                "refill_per_second",
                refill_per_second,
                "0.001 to 1000000",
            ));
        }
        if !(1..=100_000).contains(&max_clients) {
            return Err(out_of_range("max_clients", max_clients, "1 to 100000"));
        }
        let interval = Duration::from_secs_f64(1.0 / refill_per_second);
        Ok(Limit {
            interval,
            depth: interval * capacity,
            max_clients,
        })
    }
}

fn out_of_range(key: &str, found: impl std::fmt::Display, range: &str) -> ConfigError {
    ConfigError::new(
        format!("rate_limit.{key}"),
        format!("{found} is not within {range}"),
    )
}
