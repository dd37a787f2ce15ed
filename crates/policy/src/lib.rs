//! Pure policy decisions for programs that run other programs on somebody's behalf.
//!
//! Facts about a call go in, a [`Verdict`] comes out: allow, ask or deny, with the rule that
//! decided, the reason, and what to do next. The crate reads no clock, no environment, no file and
//! no socket; the time is an argument and paths arrive already canonicalised. Enforcing a verdict
//! is the caller's part.
//!
//! # Example
//!
//! ```
//! use std::path::Path;
//! use std::time::Instant;
//! use rejoinder_policy::{Argv, CallFacts, ClientId, Decision, PathFact, Policy, PolicyConfig};
//!
//! let mut config = PolicyConfig::default();
//! config.shell.denied_words = vec!["mkfs".into()];
//! config.paths.allowed_roots = vec!["/srv/build".into()];
//! let mut policy = Policy::new(&config)?;
//!
//! let client = ClientId::new("stdio");
//! let argv = Argv::parse_line("timeout 5 sh -c 'mkfs /dev/sda'")?;
//! let call = CallFacts::new(&client, "start_process", Instant::now())
//!     .argv(&argv)
//!     .cwd(PathFact::new(Path::new("/srv/build"), Some("/srv/build".into())));
//! let verdict = policy.judge(&call);
//! assert_eq!(verdict.decision(), Decision::Deny);
//! assert_eq!(verdict.rule().as_str(), "shell.denied_words:mkfs");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Concepts
//!
//! - [`PolicyConfig`] is what a person writes: rules over argv, a shell section, path roots, a rate
//!   limit. [`Policy::new`] compiles it and names the key of anything wrong.
//! - [`CallFacts`] is what one call is about to do. Every call passes [`Policy::judge`], also one
//!   that runs nothing: the rate limit is counted there.
//! - Every fact is judged and the strictest answer wins: deny over ask over allow. A deny rule
//!   therefore always beats an allow rule, wherever the two stand.
//! - Programs that run another program (`env`, `sudo`, `timeout`, `sh -c` and their like) are
//!   looked through: what they would run is judged as if it had been asked for directly. Where the
//!   inner program cannot be told, every possible one is held against the deny and ask rules.
//! - [`SecretRule`] says whether a named secret may be typed as things stand ([`TypingFacts`]), or put
//!   into a program's environment. Values of secrets never come near this crate.
//! - [`AuditRecord`] is one line for the log, written before the effect. Values of the environment
//!   are never part of it and argument values that look like secrets are masked.
//!
//! # What it is not
//!
//! Policy is a guardrail against mistakes, and not a boundary against an adversary: a program that
//! is allowed to run can do whatever the operating system lets it (`python3 -c`, a script, a
//! shell that something is typed into later). The boundary is the operating system's: a user of
//! one's own, namespaces, Landlock, resource limits.
//!
//! # Limits
//!
//! Each bound is a public constant beside what it bounds: [`Argv::MAX_ARGS`],
//! [`Argv::MAX_ARG_BYTES`], [`Argv::MAX_TOTAL_BYTES`], [`MAX_LOOK_THROUGH_DEPTH`],
//! [`MAX_CANDIDATES`], [`MAX_PATTERN_BYTES`], [`MAX_RULES`], [`MAX_SUMMARY_BYTES`],
//! [`ClientId::MAX_BYTES`] and [`RateLimitConfig::max_clients`].
#![forbid(unsafe_code)]

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod argv;
mod audit;
mod config;
mod error;
mod facts;
mod lex;
mod mask;
mod pattern;
mod policy;
mod rate;
mod rules;
mod secrets;
mod verdict;
mod wrappers;

pub use argv::{Argv, ArgvError};
pub use audit::{AuditRecord, MAX_SUMMARY_BYTES};
pub use config::{
    ArgvConfig, ArgvRule, MAX_RULES, PathsConfig, PolicyConfig, RateLimitConfig, ShellConfig,
};
pub use error::ConfigError;
pub use facts::{CallFacts, ClientId, Fact, PathFact};
pub use pattern::MAX_PATTERN_BYTES;
pub use policy::Policy;
pub use rate::{RateLimiter, RetryAfter};
pub use rules::{MAX_CANDIDATES, MAX_LOOK_THROUGH_DEPTH, Rules};
pub use secrets::{Echo, SecretRule, SecretUse, TypingFacts};
pub use verdict::{Decision, RuleId, Verdict};
