//! Session identifiers: unguessable, short enough to type, safe in a file name.
//!
//! Whoever holds an id may drive the session, so an id carries 128 random bits
//! and says nothing about its session. Names are for people and for agents;
//! the registry resolves both.

use std::fmt;
use std::str::FromStr;

/// The characters of an id: Crockford's base 32 in lower case, which has no
/// letters that are easily taken for digits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Characters in an id: 26 of five bits each hold 128 bits.
const LENGTH: usize = 26;

/// The identifier of one session: 128 random bits, written as 26 characters.
///
/// # Example
///
/// ```
/// use rejoinder_session::SessionId;
///
/// let id = SessionId::random().expect("the system has random numbers");
/// let text = id.to_string();
/// assert_eq!(text.len(), 26);
/// assert_eq!(text.parse::<SessionId>().unwrap(), id);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(u128);

impl SessionId {
    /// Draws a new id from the operating system's random numbers.
    ///
    /// # Errors
    ///
    /// When the system's random source cannot be read.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(u128::from_le_bytes(bytes)))
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = (0..LENGTH)
            .rev()
            .map(|i| char::from(ALPHABET[((self.0 >> (5 * i)) & 31) as usize]))
            .collect();
        f.write_str(&text)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

/// The text is not a session id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a session id is {LENGTH} characters of 0-9 and a-z without i, l, o, u")]
pub struct InvalidSessionId;

impl FromStr for SessionId {
    type Err = InvalidSessionId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != LENGTH {
            return Err(InvalidSessionId);
        }
        let mut value = 0_u128;
        for byte in text.bytes() {
            let digit = ALPHABET
                .iter()
                .position(|&c| c == byte)
                .ok_or(InvalidSessionId)?;
            if value >> 123 != 0 {
                return Err(InvalidSessionId);
            }
            value = (value << 5) | digit as u128;
        }
        Ok(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_id_survives_its_text(value: u128) {
            let id = SessionId(value);
            prop_assert_eq!(id.to_string().parse::<SessionId>(), Ok(id));
        }

        #[test]
        fn any_text_is_an_id_or_an_error(text in "\\PC{0,40}") {
            if let Ok(id) = text.parse::<SessionId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }

    #[test]
    fn overlong_values_are_refused() {
        assert_eq!("z".repeat(26).parse::<SessionId>(), Err(InvalidSessionId));
    }

    #[test]
    fn ids_do_not_repeat() {
        let ids: std::collections::HashSet<_> =
            (0..1000).map(|_| SessionId::random().unwrap()).collect();
        assert_eq!(ids.len(), 1000);
    }
}
