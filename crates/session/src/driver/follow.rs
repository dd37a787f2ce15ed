//! Telling whoever follows the session that it has changed.
//!
//! Following is no use of the session: it keeps nobody's place in the output, and does not keep
//! an idle session open.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use super::Driver;
use crate::answer::{Answer, Followed};
use crate::core::Token;
use crate::request::{Follow, Seen};

/// Those who wait for a change.
#[derive(Debug, Default)]
pub(super) struct Followers {
    open: Vec<Follower>,
}

#[derive(Debug)]
struct Follower {
    token: Token,
    seen: Option<Seen>,
    state: bool,
    until: Instant,
}

impl Followers {
    /// When the first of them is told that nothing changed.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.open.iter().map(|follower| follower.until).min()
    }

    /// Whether anybody wants to hear of states.
    fn want_state(&self) -> bool {
        self.open.iter().any(|follower| follower.state)
    }
}

impl Driver {
    pub(super) fn follow(&mut self, token: Token, follow: Follow, now: Instant) {
        let Follow {
            seen,
            state,
            timeout,
        } = follow;
        self.followers.open.push(Follower {
            token,
            seen,
            state,
            until: now + timeout,
        });
        if state {
            // Looks begin with output; a program may have waited since long before.
            self.look(now);
        }
        self.core.set_followed(self.followers.want_state(), now);
    }

    pub(super) fn forget_follower(&mut self, token: Token) {
        let before = self.followers.open.len();
        self.followers
            .open
            .retain(|follower| follower.token != token);
        if self.followers.open.len() < before {
            self.core
                .set_followed(self.followers.want_state(), Instant::now());
        }
    }

    /// Answers those for whom something is another than they saw it, or whose time is over.
    pub(super) fn tell_followers(&mut self) {
        if self.followers.open.is_empty() {
            return;
        }
        let now = Instant::now();
        let status = self.core.status();
        let present = Seen {
            end: status.end,
            facts: self.facts(),
        };
        let is_over = status.state.is_exited();
        let told: Vec<Follower> = self
            .followers
            .open
            .extract_if(.., |follower| {
                let is_new = follower.seen.is_none_or(|seen| {
                    seen.end != present.end || (follower.state && seen.facts != present.facts)
                });
                is_new || is_over || follower.until <= now
            })
            .collect();
        if told.is_empty() {
            return;
        }
        for follower in told {
            let followed = Followed {
                seen: present,
                status: status.clone(),
            };
            self.reply(follower.token, Ok(Answer::Followed(Box::new(followed))));
        }
        self.core.set_followed(self.followers.want_state(), now);
    }

    /// A number for all that is told of the session beside its output. Only this process
    /// compares it.
    fn facts(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let status = self.core.status();
        status.state.name().hash(&mut hasher);
        status.hint.map(|hint| hint.to_string()).hash(&mut hasher);
        self.core.modes().title().hash(&mut hasher);
        self.size()
            .map(|size| (size.rows(), size.cols()))
            .hash(&mut hasher);
        self.lease.is_held_by_person().hash(&mut hasher);
        hasher.finish()
    }
}
