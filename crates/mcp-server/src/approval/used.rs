//! Agreements that were used: none counts twice.

use std::collections::HashMap;

use super::GOOD_FOR;

/// Bytes that tell a question from every other.
pub(super) const NONCE_BYTES: usize = 16;

/// Used agreements that are remembered at most; more within [`GOOD_FOR`] are turned away, since
/// one that is forgotten early could be used again.
pub(super) const MAX_USED: usize = 4096;

/// What tells a question from every other.
pub(super) type Nonce = [u8; NONCE_BYTES];

/// The questions that were answered, and when (seconds of the Unix epoch).
#[derive(Debug, Default)]
pub(super) struct Used(HashMap<Nonce, u64>);

/// Why an answer doesn't count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotSpent {
    /// It has counted before.
    Before,
    /// There is no room to remember it.
    Full,
}

impl Used {
    /// Has an answer count, once.
    pub(super) fn spend(&mut self, nonce: Nonce, now: u64) -> Result<(), NotSpent> {
        if self.0.contains_key(&nonce) {
            return Err(NotSpent::Before);
        }
        if self.0.len() >= MAX_USED {
            // A state that old is refused by its seal.
            self.0
                .retain(|_, at| now.saturating_sub(*at) <= GOOD_FOR.as_secs());
        }
        if self.0.len() >= MAX_USED {
            return Err(NotSpent::Full);
        }
        self.0.insert(nonce, now);
        Ok(())
    }
}

/// A question's name in audit records: half of its nonce, which tells nobody the rest.
pub(super) fn name(nonce: Nonce) -> String {
    let half = nonce.iter().take(NONCE_BYTES / 2);
    half.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonce(number: u64) -> Nonce {
        let mut nonce = [0; NONCE_BYTES];
        nonce[..8].copy_from_slice(&number.to_le_bytes());
        nonce
    }

    /// Promise: an answer counts once, and is forgotten only when it is too old to count.
    #[test]
    fn an_answer_counts_once_at_the_limit_too() {
        let mut used = Used::default();
        for number in 0..MAX_USED as u64 {
            assert_eq!(used.spend(nonce(number), 1000), Ok(()));
            assert_eq!(used.spend(nonce(number), 1000), Err(NotSpent::Before));
        }
        let one_more = nonce(u64::MAX);
        let last_second = 1000 + GOOD_FOR.as_secs();
        assert_eq!(used.spend(one_more, last_second), Err(NotSpent::Full));
        assert_eq!(used.spend(nonce(0), last_second), Err(NotSpent::Before));
        assert_eq!(used.spend(one_more, last_second + 1), Ok(()));
        assert_eq!(used.0.len(), 1);
    }
}
