//! The token bucket on a clock of the test's own.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use rejoinder_policy::{
    CallFacts, ClientId, Decision, Policy, PolicyConfig, RateLimitConfig, RateLimiter,
};

fn limiter(capacity: u32, refill_per_second: f64, max_clients: usize) -> RateLimiter {
    let config = RateLimitConfig {
        enabled: true,
        capacity,
        refill_per_second,
        max_clients,
    };
    RateLimiter::new(&config).unwrap()
}

/// A burst is the whole bucket and not one call more; then calls come back one by one.
#[test]
fn a_burst_empties_the_bucket() {
    let mut limiter = limiter(3, 2.0, 10);
    let (client, start) = (ClientId::new("a"), Instant::now());
    assert_eq!(limiter.available(&client, start), Some(3));
    for left in [2, 1, 0] {
        assert!(limiter.try_acquire(&client, start).is_ok());
        assert_eq!(limiter.available(&client, start), Some(left));
    }
    let retry = limiter.try_acquire(&client, start).unwrap_err();
    assert_eq!(retry.after(), Duration::from_millis(500));
    let almost = start + retry.after() - Duration::from_nanos(1);
    assert!(
        limiter.try_acquire(&client, almost).is_err(),
        "a refused call costs nothing"
    );
    assert!(limiter.try_acquire(&client, start + retry.after()).is_ok());
    assert_eq!(
        limiter.available(&client, start + Duration::from_secs(3600)),
        Some(3)
    );
}

/// Clients do not use up each other's buckets.
#[test]
fn each_client_has_its_own_bucket() {
    let mut limiter = limiter(1, 1.0, 10);
    let start = Instant::now();
    assert!(limiter.try_acquire(&ClientId::new("a"), start).is_ok());
    assert!(limiter.try_acquire(&ClientId::new("b"), start).is_ok());
    assert!(limiter.try_acquire(&ClientId::new("a"), start).is_err());
}

/// The number of clients remembered has a limit: idle ones go first, then the one that has used
/// the least, so that the one that is being limited stays limited.
#[test]
fn the_number_of_clients_is_bounded() {
    let mut limiter = limiter(10, 1.0, 3);
    let start = Instant::now();
    let busy = ClientId::new("busy");
    while limiter.try_acquire(&busy, start).is_ok() {}
    for n in 0..1000 {
        assert!(
            limiter
                .try_acquire(&ClientId::new(format!("client {n}")), start)
                .is_ok()
        );
        assert!(limiter.tracked_clients() <= 3);
    }
    assert!(limiter.try_acquire(&busy, start).is_err());

    let later = start + Duration::from_secs(5);
    assert!(limiter.try_acquire(&ClientId::new("new"), later).is_ok());
    assert_eq!(
        limiter.tracked_clients(),
        2,
        "the idle ones are forgotten, all at once"
    );
}

/// The client's name is cut to its limit, so that a map of clients cannot grow by long names.
#[test]
fn client_names_are_bounded() {
    let client = ClientId::new("ä".repeat(ClientId::MAX_BYTES));
    assert_eq!(client.as_str().len(), ClientId::MAX_BYTES);
}

/// A refusal by the rate says when to come back, and a call refused by a rule has cost a token.
#[test]
fn the_policy_counts_every_call() {
    let mut config = PolicyConfig::default();
    config.shell.lines = Decision::Deny;
    config.rate_limit = RateLimitConfig {
        capacity: 1,
        refill_per_second: 4.0,
        ..Default::default()
    };
    let mut policy = Policy::new(&config).unwrap();
    let (client, now) = (ClientId::new("a"), Instant::now());
    let call = CallFacts::new(&client, "start_process", now).shell_line("ls");

    let first = policy.judge(&call);
    assert_eq!(
        (first.rule().as_str(), first.retry_after()),
        ("shell.lines", None)
    );
    let second = policy.judge(&call);
    assert_eq!(second.decision(), Decision::Deny);
    assert_eq!(second.rule().as_str(), "rate_limit");
    assert_eq!(second.retry_after(), Some(Duration::from_millis(250)));
    assert_eq!(second.remedy(), Some("try again in 250 ms"));
    assert_eq!(
        policy.rules().judge(&call).rule().as_str(),
        "shell.lines",
        "a dry run is not counted"
    );
}

/// Switched off, nothing is limited and nothing remembered.
#[test]
fn it_can_be_switched_off() {
    let config = RateLimitConfig {
        enabled: false,
        capacity: 0,
        ..Default::default()
    };
    let mut limiter = RateLimiter::new(&config).unwrap();
    let (client, now) = (ClientId::new("a"), Instant::now());
    assert!((0..10_000).all(|_| limiter.try_acquire(&client, now).is_ok()));
    assert_eq!(
        (limiter.tracked_clients(), limiter.available(&client, now)),
        (0, None)
    );
}

proptest! {
    /// Whatever the clock does, no stretch of time lets through more than the bucket and what
    /// flowed into it, and waiting as long as told is always enough.
    #[test]
    fn a_bucket_never_holds_more_than_its_capacity(
        capacity in 1_u32..20,
        rate in prop_oneof![Just(0.001), 0.1_f64..1000.0, Just(1_000_000.0)],
        steps in prop::collection::vec((-5_000_i64..5_000, 1_usize..30), 1..60),
    ) {
        let mut limiter = limiter(capacity, rate, 4);
        let client = ClientId::new("a");
        let mut now = Instant::now() + Duration::from_secs(1_000_000);
        let mut seen: Option<(Instant, Instant)> = None;
        let mut accepted = 0_u64;
        for (step_ms, calls) in steps {
            now = match u64::try_from(step_ms) {
                Ok(forward) => now + Duration::from_millis(forward),
                Err(_) => now - Duration::from_millis(step_ms.unsigned_abs()),
            };
            let (start, latest) = seen.map_or((now, now), |(start, latest)| (start, latest.max(now)));
            seen = Some((start, latest));
            for _ in 0..calls {
                let before = limiter.available(&client, now).unwrap();
                prop_assert!(before <= capacity);
                match limiter.try_acquire(&client, now) {
                    Ok(()) => {
                        accepted += 1;
                        prop_assert!(before >= 1);
                    }
                    Err(retry) => {
                        prop_assert_eq!(before, 0);
                        prop_assert!(retry.after() <= Duration::from_secs_f64(1.0 / rate));
                    }
                }
            }
            let flowed = latest.duration_since(start).as_secs_f64() * rate;
            prop_assert!(accepted as f64 <= f64::from(capacity) + flowed * 1.000_001 + 1e-6);
        }
        let (_, latest) = seen.unwrap();
        while limiter.try_acquire(&client, latest).is_ok() {}
        let retry = limiter.try_acquire(&client, latest).unwrap_err();
        prop_assert!(limiter.try_acquire(&client, latest + retry.after()).is_ok());
    }
}
